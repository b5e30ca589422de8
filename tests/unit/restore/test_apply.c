/*
 * Carrying plans out on a cluster that fails in ways no real one can be made
 * to: contract lines 2 and 3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "restore/plancodec.h"
#include "tests/unit/restore/planrig.h"

static int
setup(void **state)
{
	struct planrig *rig = test_calloc(1, sizeof(*rig));

	planrig_init(rig);
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
lose_first_answer(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	return fake->commit_count == 1 ? FAKE_LOST_ANSWER : FAKE_STORED;
}

static enum fake_fate
lose_first_request(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	return fake->commit_count == 1 ? FAKE_LOST_REQUEST : FAKE_STORED;
}

static enum fake_fate
store_otherwise(struct fake *fake, const struct commit_request *request)
{
	(void)fake;
	(void)request;
	return FAKE_STORED_OTHERWISE;
}

/* A member joins between our look and the commit. */
static enum fake_fate
join_first(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	fake_add_member(&fake->groups[0], "late", "/10.0.0.9");
	return FAKE_STORED;
}

/* The coordinator moves just before the first commit arrives. */
static enum fake_fate
move_first(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	if (fake->commit_count == 1)
		fake->coordinator = 2;
	return FAKE_STORED;
}

static enum fake_fate
interrupt(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	fake->interrupted = true;
	return FAKE_STORED;
}

static void
expect_stored(const struct planrig *rig)
{
	assert_int_equal(planrig_found(rig, 0), 10);
	assert_int_equal(planrig_found(rig, 1), 20);
}

static void
a_plan_is_written_and_read_back(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	expect_stored(rig);
	assert_int_equal(result.outcomes[APPLY_DONE], 2);
	assert_int_equal(fake_find(rig->group, "orders", 0)->epoch, 3);
	apply_release(&result);
}

static void
a_lost_answer_is_settled_by_reading_back(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = lose_first_answer;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	expect_stored(rig);
	assert_int_equal(result.outcomes[APPLY_DONE], 2);
	apply_release(&result);
}

static void
a_lost_request_is_sent_again(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = lose_first_request;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	expect_stored(rig);
	apply_release(&result);
}

static void
contract_2_what_reads_back_otherwise_is_a_failure(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = store_otherwise;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 1);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	assert_int_equal(result.outcomes[APPLY_FAILED], 2);
	apply_release(&result);
}

static void
contract_3_a_member_that_joins_late_is_a_clean_refusal(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = join_first;
	planrig_plan(rig);
	assert_int_not_equal(planrig_apply(rig, &result), 0);
	assert_int_equal(planrig_found(rig, 0), -1);
	assert_false(result.groups[0].half_done);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	apply_release(&result);
}

static void
a_coordinator_that_moves_is_looked_up_again(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = move_first;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 0);
	expect_stored(rig);
	assert_int_equal(rig->fake.last_coordinator, 2);
	apply_release(&result);
}

static void
an_interruption_is_130_and_says_what_was_done(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.on_commit = interrupt;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 130);
	assert_true(result.interrupted);
	/* The one request was on its way: stored, maybe not read back. */
	expect_stored(rig);
	assert_int_equal(result.outcomes[APPLY_UNTOUCHED], 0);
	apply_release(&result);
}

static void
a_position_that_moved_since_the_plan_is_refused(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	fake_commit(rig->group, "orders", 0, 50, "");
	planrig_plan(rig);
	fake_commit(rig->group, "orders", 0, 55, "");
	assert_int_equal(planrig_apply(rig, &result), 5);
	assert_int_equal(planrig_found(rig, 0), 55);
	assert_int_equal(rig->fake.commit_count, 0);
	apply_release(&result);
}

static void
a_position_at_its_planned_place_already_is_fine(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	planrig_plan(rig);
	fake_commit(rig->group, "orders", 0, 10, "");
	assert_int_equal(planrig_apply(rig, &result), 0);
	expect_stored(rig);
	apply_release(&result);
}

static void
a_group_that_got_members_since_the_plan_is_refused(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	planrig_plan(rig);
	fake_add_member(rig->group, "early", "/10.0.0.8");
	assert_int_equal(planrig_apply(rig, &result), 4);
	assert_int_equal(rig->fake.commit_count, 0);
	apply_release(&result);
}

static void
a_topic_made_again_since_the_plan_is_refused(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	planrig_plan(rig);
	rig->fake.topics[0].id = 9;
	assert_int_not_equal(planrig_apply(rig, &result), 0);
	assert_int_equal(rig->fake.commit_count, 0);
	apply_release(&result);
}

static void
a_plan_for_another_cluster_is_refused(void **state)
{
	struct planrig *rig = *state;
	const struct apply_options options = { .settle_ms = 0 };
	struct apply_result result;
	struct err err = { 0 };

	planrig_plan(rig);
	rig->fake.view.cluster_id = "elsewhere";
	assert_int_equal(
	    apply_run(&rig->fake.reach, &rig->plan, &options, &result, &err),
	    -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_int_equal(rig->fake.commit_count, 0);
}

static void
a_refused_row_is_never_written(void **state)
{
	struct planrig *rig = *state;
	struct apply_result result;

	rig->fake.topics[0].start = 15;
	planrig_plan(rig);
	assert_int_equal(planrig_apply(rig, &result), 4);
	assert_int_equal(planrig_found(rig, 0), -1);
	assert_int_equal(planrig_found(rig, 1), 20);
	apply_release(&result);
}

static void
a_plan_survives_its_file_form(void **state)
{
	struct planrig *rig = *state;
	struct buf first = { 0 };
	struct buf second = { 0 };
	struct plan again;
	struct err err = { 0 };

	fake_commit(rig->group, "orders", 0, 60, "x");
	planrig_plan(rig);
	plancodec_encode(&rig->plan, &first);
	assert_int_equal(plancodec_decode(buf_bytes(&first), &again, &err), 0);
	plancodec_encode(&again, &second);
	assert_string_equal(buf_text(&first), buf_text(&second));
	plan_release(&again);
	buf_release(&first);
	buf_release(&second);
}

static void
a_plan_with_any_byte_changed_or_cut_is_refused(void **state)
{
	struct planrig *rig = *state;
	struct buf text = { 0 };
	struct plan again;

	planrig_plan(rig);
	plancodec_encode(&rig->plan, &text);
	for (size_t at = 0; at < text.size; at++) {
		const char was = text.data[at];
		struct err err = { 0 };

		text.data[at] = was == '0' ? '1' : '0';
		if (plancodec_decode(buf_bytes(&text), &again, &err) == 0)
			fail_msg("byte %zu was changed", at);
		text.data[at] = was;
		err = (struct err){ 0 };
		if (plancodec_decode(
			(struct bytes){ text.data, at }, &again, &err) == 0)
			fail_msg("cut to %zu bytes", at);
	}
	buf_release(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plan_is_written_and_read_back),
		TEST(a_lost_answer_is_settled_by_reading_back),
		TEST(a_lost_request_is_sent_again),
		TEST(contract_2_what_reads_back_otherwise_is_a_failure),
		TEST(contract_3_a_member_that_joins_late_is_a_clean_refusal),
		TEST(a_coordinator_that_moves_is_looked_up_again),
		TEST(an_interruption_is_130_and_says_what_was_done),
		TEST(a_position_that_moved_since_the_plan_is_refused),
		TEST(a_position_at_its_planned_place_already_is_fine),
		TEST(a_group_that_got_members_since_the_plan_is_refused),
		TEST(a_topic_made_again_since_the_plan_is_refused),
		TEST(a_plan_for_another_cluster_is_refused),
		TEST(a_refused_row_is_never_written),
		TEST(a_plan_survives_its_file_form),
		TEST(a_plan_with_any_byte_changed_or_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
