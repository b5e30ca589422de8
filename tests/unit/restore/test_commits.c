/*
 * test_commits.c - groups that need several requests, and applies that do not
 * get through: contract lines 2 and 3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "restore/chunk.h"
#include "tests/unit/restore/planrig.h"

#define WIDE 32
#define WIDE_METADATA ((size_t)60 * 1024) /* 8 of them go in a request */

/* Group g with 32 positions that do not fit one request, and none now. */
static int
setup(void **state)
{
	struct planrig *rig = test_calloc(1, sizeof(*rig));
	struct group_topic *topic;
	char *metadata;

	planrig_init(rig);
	rig->fake.topics[0].count = WIDE;
	metadata = arena_alloc(&rig->fake.arena, WIDE_METADATA + 1, 1);
	memset(metadata, 'm', WIDE_METADATA);
	for (int32_t i = 2; i < WIDE; i++)
		(void)snapgen_position(
		    &rig->snapshot, rig->captured, "orders", i, 10);
	topic = &rig->captured->topics[0];
	for (size_t i = 0; i < topic->count; i++) {
		topic->positions[i].metadata = metadata;
		topic->positions[i].metadata_size = (uint32_t)WIDE_METADATA;
	}
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct planrig *rig = *state;

	planrig_release(rig);
	test_free(rig);
	return 0;
}

static enum fake_fate
join_before_second(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	if (fake->commit_count == 2)
		fake_add_member(&fake->groups[0], "late", "/10.0.0.9");
	return FAKE_STORED;
}

static enum fake_fate
interrupt_in_first(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	fake->interrupted = true;
	return FAKE_STORED;
}

static enum fake_fate
lose_all_requests(struct fake *fake, const struct commit_request *request)
{
	(void)fake;
	(void)request;
	return FAKE_LOST_REQUEST;
}

/* The answer is lost, and somebody else commits before we look. */
static enum fake_fate
lose_and_move(struct fake *fake, const struct commit_request *request)
{
	struct fake_group *group = &fake->groups[0];

	(void)request;
	if (fake->commit_count == 1)
		fake_commit(group, "orders", 0, 777, "");
	return FAKE_LOST_REQUEST;
}

static enum fake_fate
refuse_whole(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	fake->fate_error = KAFKA_GROUP_AUTHORIZATION_FAILED;
	return FAKE_REFUSED_WHOLE;
}

static enum fake_fate
load_at_first(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	fake->fate_error = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
	return fake->commit_count < 4 ? FAKE_REFUSED : FAKE_STORED;
}

static void
simple_group_goes_on(struct fake *fake)
{
	fake_commit(
	    &fake->groups[0], "orders", 0, 100 + fake->now_ms % 100, "");
}

static void
interrupt_when_asleep(struct fake *fake)
{
	fake->interrupted = true;
}

static int
unreadable(struct fake *fake, const struct offsets_request *request)
{
	(void)request;
	return fake->commit_count > 0 ? KAFKA_COORDINATOR_LOAD_IN_PROGRESS
				      : KAFKA_OK;
}

static void
requests_stay_under_the_limit_of_the_offsets_topic(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	assert_int_equal(result.outcomes[APPLY_DONE], WIDE);
	assert_int_equal(rig->fake.row_count, WIDE);
	assert_int_equal(rig->fake.commit_count, 4);
	assert_true(rig->fake.largest_request <= CHUNK_SIZE_MAX);
	apply_release(&result);
}

static void
group_that_fits_goes_in_one_request(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	for (size_t i = 0; i < WIDE; i++)
		rig->captured->topics[0].positions[i].metadata_size = 10;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	assert_int_equal(rig->fake.commit_count, 1);
	apply_release(&result);
}

static void
contract_3_member_in_a_later_part_is_a_failure_that_names_rows(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = join_before_second;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 1);
	assert_int_equal(rig->fake.commit_count, 2);
	assert_int_equal(result.outcomes[APPLY_DONE], 8);
	assert_int_equal(result.outcomes[APPLY_FAILED], 8);
	assert_int_equal(result.outcomes[APPLY_UNTOUCHED], 16);
	assert_true(result.groups[0].half_done);
	assert_non_null(
	    strstr(result.groups[0].rows[8].text, "a member joined"));
	apply_release(&result);
}

static void
interruption_between_parts_names_what_is_written(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = interrupt_in_first;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 130);
	assert_int_equal(result.outcomes[APPLY_UNREAD], 8);
	assert_int_equal(result.outcomes[APPLY_UNTOUCHED], 24);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	assert_true(result.groups[0].half_done);
	apply_release(&result);
}

static void
interruption_while_settling_changes_nothing(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->group->protocol_type = "";
	fake_commit(rig->group, "orders", 0, 50, "");
	rig->fake.on_sleep = interrupt_when_asleep;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 130);
	assert_int_equal(rig->fake.commit_count, 0);
	assert_int_equal(result.outcomes[APPLY_UNTOUCHED], WIDE);
	assert_false(result.groups[0].half_done);
	apply_release(&result);
}

static void
commit_in_doubt_at_the_deadline_is_settled_by_the_read_back(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = lose_all_requests;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 1);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	assert_int_equal(
	    result.outcomes[APPLY_FAILED] + result.outcomes[APPLY_UNTOUCHED],
	    WIDE);
	apply_release(&result);
}

static void
position_that_moved_while_in_doubt_is_not_overwritten(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = lose_and_move;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 1);
	assert_int_equal(rig->fake.commit_count, 1);
	assert_int_equal(planrig_found(rig, 0), 777);
	assert_non_null(strstr(
	    result.groups[0].rows[0].text, "another position meanwhile"));
	apply_release(&result);
}

static void
contract_2_refused_commit_is_a_failure(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = refuse_whole;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 1);
	assert_int_equal(rig->fake.commit_count, 1);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	assert_non_null(strstr(result.groups[0].rows[0].text, "30"));
	apply_release(&result);
}

static void
loading_coordinator_is_tried_again(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = load_at_first;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	assert_int_equal(result.outcomes[APPLY_DONE], WIDE);
	apply_release(&result);
}

static void
contract_2_what_cannot_be_read_back_is_not_done(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_fetch = unreadable;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 1);
	assert_int_equal(result.outcomes[APPLY_UNREAD], WIDE);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	apply_release(&result);
}

static void
contract_3_simple_group_that_moves_is_refused(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->group->protocol_type = "";
	fake_commit(rig->group, "orders", 0, 50, "");
	planrig_plan(rig);
	rig->fake.on_sleep = simple_group_goes_on;
	assert_int_equal(planrig_apply(rig, &result), 4);
	assert_int_equal(result.groups[0].refused, RULE_SIMPLE_MOVED);
	assert_int_equal(rig->fake.commit_count, 0);
	apply_release(&result);
}

static void
contract_3_simple_group_that_rests_is_watched_and_written(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->group->protocol_type = "";
	fake_commit(rig->group, "orders", 0, 50, "");
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	assert_true(rig->fake.now_ms >= rig->plan.created_ms + 3000);
	apply_release(&result);
}

static void
transaction_on_a_refused_row_does_not_hold_up_the_others(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;
	int64_t planned_ms;

	fake_commit(rig->group, "orders", 0, 50, "");
	rig->group->positions[0].error = KAFKA_UNSTABLE_OFFSET_COMMIT;
	planrig_plan(rig);
	planned_ms = rig->fake.now_ms;
	assert_int_equal(planrig_apply(rig, &result), 4);
	assert_int_equal(result.outcomes[APPLY_DONE], WIDE - 1);
	assert_true(rig->fake.now_ms < planned_ms + 1000);
	apply_release(&result);
}

static void
hidden_offsets_topic_leaves_the_lookup_to_the_library(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.offsets_state = OFFSETS_TOPIC_HIDDEN;
	rig->fake.group_count = 0;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	assert_int_equal(rig->fake.last_coordinator, COORDINATOR_UNKNOWN);
	apply_release(&result);
}

#define COMMIT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		COMMIT_TEST(requests_stay_under_the_limit_of_the_offsets_topic),
		COMMIT_TEST(group_that_fits_goes_in_one_request),
		COMMIT_TEST(
		    contract_3_member_in_a_later_part_is_a_failure_that_names_rows),
		COMMIT_TEST(interruption_between_parts_names_what_is_written),
		COMMIT_TEST(interruption_while_settling_changes_nothing),
		COMMIT_TEST(
		    commit_in_doubt_at_the_deadline_is_settled_by_the_read_back),
		COMMIT_TEST(
		    position_that_moved_while_in_doubt_is_not_overwritten),
		COMMIT_TEST(contract_2_refused_commit_is_a_failure),
		COMMIT_TEST(loading_coordinator_is_tried_again),
		COMMIT_TEST(contract_2_what_cannot_be_read_back_is_not_done),
		COMMIT_TEST(contract_3_simple_group_that_moves_is_refused),
		COMMIT_TEST(
		    contract_3_simple_group_that_rests_is_watched_and_written),
		COMMIT_TEST(
		    transaction_on_a_refused_row_does_not_hold_up_the_others),
		COMMIT_TEST(
		    hidden_offsets_topic_leaves_the_lookup_to_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
