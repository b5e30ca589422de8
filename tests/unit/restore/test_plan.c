/*
 * test_plan.c - plans in the cases that test_rules.c does not have: brackets
 * with two ends, clusters that cannot tell, groups as a whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "restore/brackets.h"
#include "restore/census.h"
#include "restore/lookups.h"
#include "restore/plan.h"
#include "restore/policy.h"
#include "restore/target.h"
#include "restore/topicspec.h"
#include "tests/unit/restore/fakecluster.h"
#include "tests/unit/restore/snapgen.h"

/* Everything between a snapshot or two and the plan. */
struct world {
	struct fake fake;
	struct snapshot low, high;
	bool has_high, exact;
	const char *pattern[1];
	const char *known; /* a group's name from elsewhere, NULL: none */
	struct selection selection;
	struct brackets brackets;
	struct target target;
	struct plan plan;
	struct group *group; /* "g" in low */
};

/* Group g stands at t-0: 40 in the snapshot, 60 now; topic t has one
 * partition with a log from 0 to 1000. */
static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	fake_init(&world->fake);
	snapgen_begin(&world->low, "00000000000000aa", 100, 200);
	snapgen_begin(&world->high, "00000000000000bb", 500, 600);
	world->group = snapgen_group(&world->low, "g", 150);
	(void)snapgen_position(&world->low, world->group, "t", 0, 40);
	(void)snapgen_topic(&world->low, "t", 1, 7);
	fake_commit(fake_add_group(&world->fake, "g"), "t", 0, 60, "");
	fake_add_topic(&world->fake, "t", 1, 7);
	world->pattern[0] = "g";
	world->selection.groups = world->pattern;
	world->selection.group_count = 1;
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	plan_release(&world->plan);
	target_release(&world->target);
	brackets_release(&world->brackets);
	snapshot_release(&world->low);
	snapshot_release(&world->high);
	fake_release(&world->fake);
	free(world);
	return 0;
}

static void
resolve(struct world *world)
{
	struct err err = { 0 };
	bool added;

	snapgen_end(&world->low);
	assert_int_equal(brackets_init(&world->brackets, &world->selection, 300,
			     world->exact, &err),
	    0);
	if (world->known != NULL)
		brackets_add_name(&world->brackets, bytes_of(world->known));
	assert_int_equal(
	    brackets_add_low(&world->brackets, &world->low, &added, &err), 0);
	if (!world->has_high)
		return;
	snapgen_end(&world->high);
	assert_int_equal(
	    brackets_add_high(&world->brackets, &world->high, &added, &err), 0);
}

/* The plan, and in it the row of t-partition of g. */
static const struct plan_row *
build_row(struct world *world, int32_t partition)
{
	struct policy policy;
	struct lookups lookups = { 0 };
	const struct topicspecs everything = { 0 };
	const struct plan_options options = {
		.cluster_id = "here",
		.writer = "test",
		.env = &world->fake.env,
		.policy = &policy,
		.lookups = &lookups,
		.topics = &everything,
	};
	struct target_request request = { 0 };
	struct census census = { 0 };
	struct err err = { 0 };
	struct bytes *names, *topics;

	assert_int_equal(policy_init(&policy, "strict", &err), 0);
	resolve(world);
	names = calloc(world->brackets.group_count + 1, sizeof(*names));
	for (size_t i = 0; i < world->brackets.group_count; i++)
		names[i] = world->brackets.groups[i]->name;
	topics = plan_topics(&world->brackets, &request.topic_count);
	assert_int_equal(census_read(&world->fake.reach, &census, &err), 0);
	request.groups = names;
	request.group_count = world->brackets.group_count;
	request.topics = topics;
	request.census = &census;
	assert_int_equal(
	    target_read(&world->fake.reach, &request, &world->target, &err), 0);
	plan_build(&world->brackets, &world->target, &options, &world->plan);
	census_release(&census);
	free(names);
	free(topics);
	for (size_t i = 0; i < world->plan.groups[0].row_count; i++)
		if (world->plan.groups[0].rows[i].partition == partition)
			return &world->plan.groups[0].rows[i];
	return NULL;
}

static void
expect(const struct world *world, const struct plan_row *row,
    enum plan_action action, enum plan_rule rule)
{
	assert_non_null(row);
	assert_string_equal(plan_rule_text(row->rule), plan_rule_text(rule));
	assert_string_equal(
	    plan_action_text(row->action), plan_action_text(action));
	assert_int_equal(
	    plan_exit_status(&world->plan), action == PLAN_REFUSE ? 4 : 0);
}

static struct fake_group *
now(struct world *world)
{
	return &world->fake.groups[0];
}

static struct position *
then(struct world *world)
{
	return &world->group->topics[0].positions[0];
}

static void
negative_offset_now_counts_as_none(void **state)
{
	struct world *world = *state;

	now(world)->positions[0].offset = -1;
	expect(world, build_row(world, 0), PLAN_COMMIT, RULE_NO_POSITION_NOW);
}

static void
strict_forward_past_records_is_refused(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	now(world)->positions[0].offset = 10;
	row = build_row(world, 0);
	expect(world, row, PLAN_REFUSE, RULE_FORWARD);
	assert_int_equal(row->skip, 30);
	assert_true(row->moved_back);
}

/* Captures at 12:00 and 14:00, set back to earliest at 14:30, and the question
 * for 14:05 comes at 15:00. */
static void
strict_3_a_m_case_shows_both_numbers_and_refuses(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	now(world)->positions[0].offset = 0;
	row = build_row(world, 0);
	expect(world, row, PLAN_REFUSE, RULE_FORWARD);
	assert_true(row->moved_back);
	assert_int_equal(row->planned.offset, 40);
	assert_int_equal(row->low.offset, 40);
	assert_true(row->high.is_now);
	assert_int_equal(row->high.offset, 0);
}

static void
strict_moved_back_inside_the_bracket_is_refused_also_backward(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->has_high = true;
	(void)snapgen_position(
	    &world->high, snapgen_group(&world->high, "g", 550), "t", 0, 30);
	row = build_row(world, 0);
	expect(world, row, PLAN_REFUSE, RULE_FORWARD);
	assert_true(row->moved_back);
	assert_int_equal(row->high.offset, 30);
	assert_string_equal(row->high.snapshot_id, "00000000000000bb");
}

static void
strict_group_that_no_capture_read_is_refused(void **state)
{
	struct world *world = *state;

	world->low.group_count = 0;
	snapgen_hole(&world->low, HOLE_GROUP, "g", NULL, -1);
	(void)build_row(world, 0);
	assert_int_equal(world->plan.groups[0].refused, RULE_NOT_CAPTURED);
	assert_int_equal(plan_exit_status(&world->plan), 4);
}

static void
topic_without_rights_is_refused(void **state)
{
	struct world *world = *state;

	world->fake.topics[0].error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	expect(world, build_row(world, 0), PLAN_REFUSE, RULE_TOPIC_DENIED);
}

static void
contract_5_without_ids_log_range_and_epoch_tell(void **state)
{
	struct world *world = *state;

	world->fake.topics[0].id = 0;
	world->fake.topics[0].epoch = 1;
	now(world)->count = 0;
	expect(world, build_row(world, 0), PLAN_REFUSE, RULE_TOPIC_RECREATED);
}

static void
position_in_an_open_transaction_is_refused(void **state)
{
	struct world *world = *state;

	now(world)->positions[0].error = KAFKA_UNSTABLE_OFFSET_COMMIT;
	expect(world, build_row(world, 0), PLAN_REFUSE, RULE_OPEN_TRANSACTION);
	/* It was waited for, not for ever. */
	assert_true(world->fake.now_ms >= 1000000 + 5000);
	assert_true(world->fake.now_ms < 1000000 + 10000);
}

/* --- groups ------------------------------------------------------------ */

static void
group_found_nowhere_is_refused(void **state)
{
	struct world *world = *state;

	world->pattern[0] = "typo";
	(void)build_row(world, 0);
	assert_int_equal(world->plan.groups[0].refused, RULE_NO_SUCH_GROUP);
	assert_int_equal(plan_exit_status(&world->plan), 4);
}

/* Another snapshot was asked for it by name: nobody misses it here. */
static void
group_found_nowhere_that_a_pattern_took_is_left(void **state)
{
	struct world *world = *state;

	world->pattern[0] = "*";
	world->known = "typo";
	(void)build_row(world, 0);
	assert_int_equal(world->plan.group_count, 2);
	assert_true(bytes_equal(world->plan.groups[1].name, bytes_of("typo")));
	assert_int_equal(world->plan.groups[1].refused, RULE_NONE);
	assert_int_equal(plan_exit_status(&world->plan), 0);
}

static void
simple_group_that_exists_is_watched(void **state)
{
	struct world *world = *state;

	now(world)->protocol_type = "";
	(void)build_row(world, 0);
	assert_true(world->plan.groups[0].watch);
}

static void
streams_group_is_watched_and_the_plan_says_why(void **state)
{
	struct world *world = *state;

	now(world)->type = GROUP_STREAMS;
	now(world)->protocol_type = NULL;
	(void)build_row(world, 0);
	assert_true(world->plan.groups[0].watch);
	assert_non_null(
	    strstr(world->plan.groups[0].text, "the broker refuses"));
}

static void
names_that_no_snapshot_settles_make_it_partial(void **state)
{
	struct world *world = *state;

	world->pattern[0] = "*";
	snapgen_hole(&world->low, HOLE_LISTING, NULL, NULL, -1);
	(void)build_row(world, 0);
	assert_true(world->plan.names_open);
	assert_int_equal(plan_exit_status(&world->plan), 3);
}

/* --- epoch and metadata ------------------------------------------------ */

static void
contract_6_without_topic_ids_they_are_left_out(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->fake.topics[0].id = 0;
	then(world)->metadata = "m";
	then(world)->metadata_size = 1;
	row = build_row(world, 0);
	expect(world, row, PLAN_COMMIT, RULE_BACKWARD);
	assert_int_equal(row->planned.epoch, -1);
	assert_int_equal(row->planned.metadata.size, 0);
}

static void
contract_6_epoch_above_the_topics_is_left_out(void **state)
{
	struct world *world = *state;

	then(world)->epoch = 6;
	assert_int_equal(build_row(world, 0)->planned.epoch, -1);
}

static void
contract_7_metadata_survives_byte_for_byte(void **state)
{
	struct world *world = *state;
	static const char metadata[] = "a\0b\xff";
	const struct plan_row *row;

	then(world)->metadata = metadata;
	then(world)->metadata_size = 4;
	row = build_row(world, 0);
	assert_int_equal(row->planned.metadata.size, 4);
	assert_memory_equal(row->planned.metadata.data, metadata, 4);
}

#define PLAN_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(negative_offset_now_counts_as_none),
		PLAN_TEST(strict_forward_past_records_is_refused),
		PLAN_TEST(strict_3_a_m_case_shows_both_numbers_and_refuses),
		PLAN_TEST(
		    strict_moved_back_inside_the_bracket_is_refused_also_backward),
		PLAN_TEST(strict_group_that_no_capture_read_is_refused),
		PLAN_TEST(topic_without_rights_is_refused),
		PLAN_TEST(contract_5_without_ids_log_range_and_epoch_tell),
		PLAN_TEST(position_in_an_open_transaction_is_refused),
		PLAN_TEST(group_found_nowhere_is_refused),
		PLAN_TEST(group_found_nowhere_that_a_pattern_took_is_left),
		PLAN_TEST(simple_group_that_exists_is_watched),
		PLAN_TEST(streams_group_is_watched_and_the_plan_says_why),
		PLAN_TEST(names_that_no_snapshot_settles_make_it_partial),
		PLAN_TEST(contract_6_without_topic_ids_they_are_left_out),
		PLAN_TEST(contract_6_epoch_above_the_topics_is_left_out),
		PLAN_TEST(contract_7_metadata_survives_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
