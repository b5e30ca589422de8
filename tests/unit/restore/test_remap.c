/*
 * test_remap.c - captures and files under other names: what collides, and what
 * a plan says of positions that come from elsewhere (contracts 5 and 6).
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
#include "restore/direct.h"
#include "restore/lookups.h"
#include "restore/mapping.h"
#include "restore/plan.h"
#include "restore/policy.h"
#include "restore/remap.h"
#include "restore/target.h"
#include "restore/topicspec.h"
#include "tests/unit/restore/fakecluster.h"
#include "tests/unit/restore/snapgen.h"

/* Groups a and b were captured: a at t-0: 40 and u-0: 7, b at t-0: 50.  On the
 * cluster are the topics t, u and copy, each of one partition, and no group. */
struct world {
	struct fake fake;
	struct snapshot snapshot;
	struct topic *copied; /* t as it was captured */
	const char *all[1];
	struct selection selection;
	struct brackets brackets;
	struct mapping mapping;
	struct target target;
	struct plan plan;
};

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct group *group;
	struct position *position;

	fake_init(&world->fake);
	fake_add_topic(&world->fake, "t", 1, 7);
	fake_add_topic(&world->fake, "u", 1, 8);
	fake_add_topic(&world->fake, "copy", 1, 9);
	snapgen_begin(&world->snapshot, "00000000000000aa", 100, 200);
	group = snapgen_group(&world->snapshot, "a", 150);
	position = snapgen_position(&world->snapshot, group, "t", 0, 40);
	position->metadata = "kept";
	position->metadata_size = 4;
	(void)snapgen_position(&world->snapshot, group, "u", 0, 7);
	group = snapgen_group(&world->snapshot, "b", 150);
	(void)snapgen_position(&world->snapshot, group, "t", 0, 50);
	world->copied = snapgen_topic(&world->snapshot, "t", 1, 7);
	(void)snapgen_topic(&world->snapshot, "u", 1, 8);
	world->all[0] = "*";
	world->selection.groups = world->all;
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
	mapping_release(&world->mapping);
	brackets_release(&world->brackets);
	snapshot_release(&world->snapshot);
	fake_release(&world->fake);
	free(world);
	return 0;
}

/* NULL: no rule. */
static void
read_rules(struct world *world, const char *groups, const char *topics)
{
	struct err err = { 0 };

	assert_int_equal(mapping_parse(&world->mapping.groups, "--map-group",
			     &groups, groups != NULL, &err),
	    0);
	assert_int_equal(mapping_parse(&world->mapping.topics, "--map-topic",
			     &topics, topics != NULL, &err),
	    0);
}

static int
remap(struct world *world, const char *groups, const char *topics,
    struct err *err)
{
	bool added;

	snapgen_end(&world->snapshot);
	assert_int_equal(
	    brackets_init(&world->brackets, &world->selection, 300, false, err),
	    0);
	assert_int_equal(
	    brackets_add_low(&world->brackets, &world->snapshot, &added, err),
	    0);
	read_rules(world, groups, topics);
	return remap_brackets(&world->mapping, &world->brackets, err);
}

static void
expect_refused(struct world *world, const char *groups, const char *topics,
    const char *message)
{
	struct err err = { 0 };

	assert_int_equal(remap(world, groups, topics, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	if (strstr(err.message, message) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
}

/* --- collisions -------------------------------------------------------- */

static void
two_groups_under_one_name_are_refused(void **state)
{
	expect_refused(
	    *state, "s/[ab]/c/", NULL, "groups a and b would both be c");
}

static void
group_onto_another_that_is_selected_is_refused(void **state)
{
	expect_refused(
	    *state, "a=b", NULL, "group a would be put onto group b");
}

static void
two_topics_of_a_group_in_one_are_refused(void **state)
{
	expect_refused(*state, NULL, "t=u", "topics t and u would both be u");
}

static void
names_that_do_not_meet_in_one_group_are_no_collision(void **state)
{
	struct world *world = *state;
	struct err err = { 0 };

	/* Only group a has both t and u. */
	world->all[0] = "b";
	assert_int_equal(remap(world, NULL, "t=u", &err), 0);
	assert_true(bytes_equal_text(world->brackets.groups[0]->name, "b"));
	assert_true(
	    bytes_equal_text(world->brackets.groups[0]->rows[0].topic, "u"));
	assert_true(
	    bytes_equal_text(world->brackets.groups[0]->rows[0].from, "t"));
}

static void
rule_that_fits_no_group_is_refused(void **state)
{
	expect_refused(*state, "x=y", NULL, "\"x=y\" fits nothing");
}

static void
new_names_are_in_order_again(void **state)
{
	struct world *world = *state;
	struct bracket_group *group;
	struct err err = { 0 };

	assert_int_equal(remap(world, "a=z", "t=v", &err), 0);
	assert_true(bytes_equal_text(world->brackets.groups[0]->name, "b"));
	group = world->brackets.groups[1];
	assert_true(bytes_equal_text(group->name, "z"));
	assert_true(bytes_equal_text(group->from, "a"));
	assert_true(bytes_equal_text(group->rows[0].topic, "u"));
	assert_true(bytes_equal_text(group->rows[1].topic, "v"));
	assert_int_equal(group->rows[1].low.offset, 40);
}

/* --- files ------------------------------------------------------------- */

static void
rows_of_a_file_are_renamed_and_sorted(void **state)
{
	struct world *world = *state;
	struct direct_row rows[] = {
		{ .group = bytes_of("a"),
		    .topic = bytes_of("t"),
		    .partition = 0,
		    .offset = 1 },
		{ .group = bytes_of("a"),
		    .topic = bytes_of("t"),
		    .partition = 1,
		    .offset = 2 },
		{ .group = bytes_of("b"),
		    .topic = bytes_of("u"),
		    .partition = 0,
		    .offset = 3 },
	};
	struct arena arena = { 0 };
	struct err err = { 0 };

	read_rules(world, "a=z", "t=v");
	assert_int_equal(remap_rows(&world->mapping, &arena, rows, 3, &err), 0);
	assert_true(bytes_equal_text(rows[0].group, "b"));
	assert_true(bytes_equal_text(rows[0].from_topic, "u"));
	assert_true(bytes_equal_text(rows[2].group, "z"));
	assert_true(bytes_equal_text(rows[2].from_group, "a"));
	assert_true(bytes_equal_text(rows[2].topic, "v"));
	assert_int_equal(rows[2].offset, 2);
	arena_release(&arena);
}

static void
rows_of_a_file_that_collide_are_refused(void **state)
{
	struct world *world = *state;
	struct direct_row rows[] = {
		{ .group = bytes_of("a"), .topic = bytes_of("t") },
		{ .group = bytes_of("a"), .topic = bytes_of("u") },
	};
	struct arena arena = { 0 };
	struct err err = { 0 };

	read_rules(world, NULL, "s/./x/");
	assert_int_equal(
	    remap_rows(&world->mapping, &arena, rows, 2, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	arena_release(&arena);
}

/* --- the plan ---------------------------------------------------------- */

/* The first row of the first group, renamed so. */
static const struct plan_row *
plan(struct world *world, const char *groups, const char *topics)
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
	struct bytes *names, *asked;
	struct err err = { 0 };

	assert_int_equal(policy_init(&policy, "strict", &err), 0);
	if (remap(world, groups, topics, &err) != 0)
		fail_msg("%s", err.message);
	names = calloc(world->brackets.group_count + 1, sizeof(*names));
	for (size_t i = 0; i < world->brackets.group_count; i++)
		names[i] = world->brackets.groups[i]->name;
	asked = plan_topics(&world->brackets, &request.topic_count);
	assert_int_equal(census_read(&world->fake.reach, &census, &err), 0);
	request.groups = names;
	request.group_count = world->brackets.group_count;
	request.topics = asked;
	request.census = &census;
	assert_int_equal(
	    target_read(&world->fake.reach, &request, &world->target, &err), 0);
	plan_build(&world->brackets, &world->target, &options, &world->plan);
	census_release(&census);
	free(names);
	free(asked);
	assert_true(world->plan.groups[0].row_count > 0);
	return &world->plan.groups[0].rows[0];
}

static void
contract_6_clone_keeps_epoch_and_metadata(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->all[0] = "a";
	row = plan(world, "a=clone", NULL);
	assert_true(bytes_equal_text(world->plan.groups[0].name, "clone"));
	assert_true(world->plan.groups[0].renamed);
	assert_true(bytes_equal_text(world->plan.groups[0].from, "a"));
	assert_false(row->renamed);
	assert_int_equal(row->action, PLAN_COMMIT);
	assert_int_equal(row->planned.offset, 40);
	assert_int_equal(row->planned.epoch, 3);
	assert_true(bytes_equal_text(row->planned.metadata, "kept"));
}

static void
contract_6_copy_of_a_topic_gets_the_number_alone(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->all[0] = "a";
	row = plan(world, NULL, "t=copy");
	assert_true(bytes_equal_text(row->topic, "copy"));
	assert_true(row->renamed);
	assert_true(bytes_equal_text(row->from, "t"));
	assert_int_equal(row->action, PLAN_COMMIT);
	assert_int_equal(row->planned.offset, 40);
	assert_int_equal(row->planned.epoch, -1);
	assert_int_equal(row->planned.metadata.size, 0);
	assert_int_equal(row->topic_id[0], 9);
	/* The other topic is what it was. */
	assert_false(row[1].renamed);
	assert_int_equal(row[1].planned.epoch, 3);
}

static void
contract_4_copy_that_is_shorter_is_outside_the_log(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->all[0] = "b";
	world->fake.topics[2].end = 30;
	row = plan(world, NULL, "t=copy");
	assert_int_equal(row->action, PLAN_REFUSE);
	assert_int_equal(row->rule, RULE_ABOVE_LOG_END);
}

static void
another_partition_count_is_never_mapped_by_number(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->all[0] = "b";
	world->fake.topics[2].count = 2;
	row = plan(world, NULL, "t=copy");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(row[i].action, PLAN_REFUSE);
		assert_int_equal(row[i].rule, RULE_OTHER_COUNT);
	}
}

static void
where_the_clone_stands_is_no_end_of_the_bracket(void **state)
{
	struct world *world = *state;
	const struct plan_row *row;

	world->all[0] = "a";
	fake_commit(fake_add_group(&world->fake, "clone"), "t", 0, 20, "");
	row = plan(world, "a=clone", NULL);
	/* Else 20 would look as if the group had gone back from 40. */
	assert_false(row->high.known);
	assert_false(row->moved_back);
	assert_int_equal(row->now.offset, 20);
	assert_int_equal(row->rule, RULE_FORWARD);
}

static void
what_the_clone_has_besides_is_left_alone(void **state)
{
	struct world *world = *state;

	world->all[0] = "b";
	fake_commit(fake_add_group(&world->fake, "clone"), "u", 0, 20, "");
	(void)plan(world, "b=clone", NULL);
	assert_int_equal(world->plan.groups[0].row_count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    two_groups_under_one_name_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    group_onto_another_that_is_selected_is_refused, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    two_topics_of_a_group_in_one_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    names_that_do_not_meet_in_one_group_are_no_collision, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    rule_that_fits_no_group_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    new_names_are_in_order_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    rows_of_a_file_are_renamed_and_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    rows_of_a_file_that_collide_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    contract_6_clone_keeps_epoch_and_metadata, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    contract_6_copy_of_a_topic_gets_the_number_alone, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    contract_4_copy_that_is_shorter_is_outside_the_log, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    another_partition_count_is_never_mapped_by_number, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    where_the_clone_stands_is_no_end_of_the_bracket, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_the_clone_has_besides_is_left_alone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
