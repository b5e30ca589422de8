/*
 * test_diff.c - what became of positions between two readings: each kind of
 * difference, and above all what must not be called lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kafka/cluster.h"
#include "restore/diff.h"
#include "tests/unit/restore/snapgen.h"

/* Group g stands at t-0: 40 of a log from 0 to 1000, before and after. */
struct world {
	struct snapshot before, after;
	struct group *then, *now;
	struct diff_side left, right;
	const char *groups[2];
	const char *topics[1];
	struct selection wanted;
	struct diff diff;
};

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	snapgen_begin(&world->before, "00000000000000aa", 100, 200);
	snapgen_begin(&world->after, "00000000000000bb", 500, 600);
	(void)snprintf(world->after.info.previous,
	    sizeof(world->after.info.previous), "%s", "00000000000000aa");
	world->then = snapgen_group(&world->before, "g", 150);
	world->now = snapgen_group(&world->after, "g", 550);
	(void)snapgen_position(&world->before, world->then, "t", 0, 40);
	(void)snapgen_position(&world->after, world->now, "t", 0, 40);
	(void)snapgen_topic(&world->before, "t", 1, 7);
	(void)snapgen_topic(&world->after, "t", 1, 7);
	world->left.snapshot = &world->before;
	world->right.snapshot = &world->after;
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	diff_release(&world->diff);
	snapshot_release(&world->before);
	snapshot_release(&world->after);
	free(world);
	return 0;
}

static void
build(struct world *world)
{
	struct err err = { 0 };

	snapgen_end(&world->before);
	snapgen_end(&world->after);
	if (diff_build(&world->left, &world->right, &world->wanted,
		&world->diff, &err) != 0)
		fail_msg("diff: %s", err.message);
}

/* The one group that differs. */
static const struct diff_group *
only_group(struct world *world, enum diff_kind kind)
{
	build(world);
	assert_int_equal(world->diff.group_count, 1);
	assert_string_equal(
	    diff_kind_text(world->diff.groups[0].kind), diff_kind_text(kind));
	assert_int_equal(world->diff.by_kind[kind], 1);
	assert_int_equal(diff_is_partial(&world->diff), kind == DIFF_UNKNOWN);
	return &world->diff.groups[0];
}

/* The one position in which it does. */
static const struct diff_row *
only_row(struct world *world, enum diff_kind kind)
{
	const struct diff_group *group = only_group(world, kind);

	assert_false(group->as_whole);
	assert_int_equal(group->row_count, 1);
	assert_int_equal(group->rows[0].kind, kind);
	return &group->rows[0];
}

static void
expect_nothing(struct world *world, enum diff_kind counted)
{
	build(world);
	assert_int_equal(world->diff.group_count, 0);
	assert_int_equal(world->diff.by_kind[counted], 1);
	assert_false(diff_is_partial(&world->diff));
}

static struct position *
position_of(struct group *group)
{
	return &group->topics[0].positions[0];
}

static struct log_range *
log_of(struct snapshot *snapshot)
{
	return &snapshot->topics[0].partitions[0];
}

/* --- positions --------------------------------------------------------- */

static void
same_is_no_difference(void **state)
{
	expect_nothing(*state, DIFF_SAME);
}

static void
a_position_that_is_gone_is_lost(void **state)
{
	struct world *world = *state;
	const struct diff_row *row;

	world->now->topic_count = 0;
	row = only_row(world, DIFF_POSITION_LOST);
	assert_true(row->before.present);
	assert_int_equal(row->before.offset, 40);
	assert_false(row->after.present);
	assert_int_equal(row->records, -1);
}

static void
a_negative_offset_is_no_position(void **state)
{
	struct world *world = *state;

	position_of(world->now)->offset = -1;
	assert_non_null(strstr(
	    only_row(world, DIFF_POSITION_LOST)->text, "negative offset"));
}

static void
a_position_that_was_negative_before_appears(void **state)
{
	struct world *world = *state;

	position_of(world->then)->offset = -1;
	(void)only_row(world, DIFF_POSITION_APPEARED);
}

static void
a_smaller_number_has_gone_back(void **state)
{
	struct world *world = *state;
	const struct diff_row *row;

	position_of(world->now)->offset = 10;
	row = only_row(world, DIFF_GONE_BACK);
	assert_int_equal(row->records, 30);
	assert_int_equal(world->diff.groups[0].records, 30);
}

static void
another_topic_id_is_recreated_whatever_the_numbers_are(void **state)
{
	struct world *world = *state;

	memset(world->after.topics[0].id, 8, UUID_SIZE);
	(void)only_row(world, DIFF_TOPIC_RECREATED);
}

static void
a_recreated_topic_is_not_gone_back(void **state)
{
	struct world *world = *state;

	memset(world->after.topics[0].id, 8, UUID_SIZE);
	position_of(world->now)->offset = 3;
	assert_int_equal(only_row(world, DIFF_TOPIC_RECREATED)->records, -1);
}

static void
a_recreated_topic_is_not_a_lost_position(void **state)
{
	struct world *world = *state;

	memset(world->after.topics[0].id, 8, UUID_SIZE);
	world->now->topic_count = 0;
	(void)only_row(world, DIFF_TOPIC_RECREATED);
}

static void
without_ids_a_log_that_goes_back_tells(void **state)
{
	struct world *world = *state;

	world->after.topics[0].has_id = false;
	log_of(&world->before)->start = 30;
	(void)only_row(world, DIFF_TOPIC_RECREATED);
}

static void
a_topic_that_does_not_exist_is_gone(void **state)
{
	struct world *world = *state;
	const struct bytes missing = bytes_of("t");

	world->right.missing = &missing;
	world->right.missing_count = 1;
	world->right.asked = true;
	world->after.topic_count = 0;
	world->now->topic_count = 0;
	(void)only_row(world, DIFF_TOPIC_GONE);
}

static void
a_log_start_that_moved_past_it_lost_records(void **state)
{
	struct world *world = *state;

	log_of(&world->after)->start = 70;
	assert_int_equal(only_row(world, DIFF_RECORDS_LOST)->records, 30);
}

static void
a_log_start_beyond_it_before_is_no_difference(void **state)
{
	struct world *world = *state;

	log_of(&world->before)->start = 70;
	log_of(&world->after)->start = 70;
	expect_nothing(world, DIFF_SAME);
}

static void
a_log_that_was_cut_back_leaves_it_beyond_the_end(void **state)
{
	struct world *world = *state;

	log_of(&world->after)->end = 30;
	assert_int_equal(only_row(world, DIFF_BEYOND_END)->records, 10);
}

static void
beyond_the_end_before_is_no_difference(void **state)
{
	struct world *world = *state;

	log_of(&world->before)->end = 30;
	log_of(&world->after)->end = 30;
	expect_nothing(world, DIFF_SAME);
}

static void
unknown_log_ranges_do_not_keep_numbers_from_being_compared(void **state)
{
	struct world *world = *state;

	log_of(&world->after)->start = log_of(&world->after)->end = -1;
	position_of(world->now)->offset = 10;
	(void)only_row(world, DIFF_GONE_BACK);
}

/* --- forward ----------------------------------------------------------- */

static void
forward_with_an_epoch_is_reading(void **state)
{
	struct world *world = *state;

	position_of(world->now)->offset = 60;
	expect_nothing(world, DIFF_MOVED_ON);
}

static void
forward_without_the_epoch_it_had_is_a_jump(void **state)
{
	struct world *world = *state;

	position_of(world->now)->offset = 60;
	position_of(world->now)->epoch = -1;
	world->now->state = "Stable";
	assert_int_equal(only_row(world, DIFF_JUMPED)->records, 20);
}

static void
forward_without_epochs_and_members_is_a_jump(void **state)
{
	struct world *world = *state;

	position_of(world->then)->epoch = -1;
	position_of(world->now)->epoch = -1;
	position_of(world->now)->offset = 60;
	assert_non_null(
	    strstr(only_row(world, DIFF_JUMPED)->text, "no members"));
}

static void
forward_without_epochs_is_reading_where_there_were_members(void **state)
{
	struct world *world = *state;

	position_of(world->then)->epoch = -1;
	position_of(world->now)->epoch = -1;
	position_of(world->now)->offset = 60;
	world->then->state = "Stable";
	expect_nothing(world, DIFF_MOVED_ON);
}

static void
simple_groups_never_have_members(void **state)
{
	struct world *world = *state;

	position_of(world->then)->epoch = -1;
	position_of(world->now)->epoch = -1;
	position_of(world->now)->offset = 60;
	world->then->protocol_type = world->now->protocol_type = "";
	expect_nothing(world, DIFF_MOVED_ON);
}

/* --- what cannot be told ----------------------------------------------- */

static void
a_hole_before_is_unknown(void **state)
{
	struct world *world = *state;

	world->then->topic_count = 0;
	snapgen_hole(&world->before, HOLE_POSITION, "g", "t", 0);
	(void)only_row(world, DIFF_UNKNOWN);
}

static void
a_hole_after_is_unknown_not_lost(void **state)
{
	struct world *world = *state;

	world->now->topic_count = 0;
	snapgen_hole(&world->after, HOLE_POSITION, "g", "t", 0);
	(void)only_row(world, DIFF_UNKNOWN);
}

static void
a_doubtful_position_is_unknown_though_there_is_a_number(void **state)
{
	struct world *world = *state;

	position_of(world->now)->offset = 10;
	snapgen_hole(&world->after, HOLE_UNSTABLE, "g", "t", 0);
	(void)only_row(world, DIFF_UNKNOWN);
}

static void
a_group_that_could_not_be_read_is_unknown(void **state)
{
	struct world *world = *state;

	world->after.group_count = 0;
	snapgen_hole(&world->after, HOLE_GROUP, "g", NULL, -1);
	assert_true(only_group(world, DIFF_UNKNOWN)->as_whole);
}

static void
a_group_that_was_not_read_before_has_not_appeared(void **state)
{
	struct world *world = *state;

	world->before.group_count = 0;
	snapgen_hole(&world->before, HOLE_GROUP, "g", NULL, -1);
	assert_true(only_group(world, DIFF_UNKNOWN)->as_whole);
}

static void
a_hole_that_names_no_group_hides_any(void **state)
{
	struct world *world = *state;

	world->after.group_count = 0;
	snapgen_hole(&world->after, HOLE_LISTING, NULL, NULL, -1);
	(void)only_group(world, DIFF_UNKNOWN);
	assert_true(world->diff.after_hides);
	assert_false(world->diff.before_hides);
}

static void
holes_that_name_no_group_make_it_partial_also_where_all_agrees(void **state)
{
	struct world *world = *state;

	snapgen_hole(&world->before, HOLE_LISTING, NULL, NULL, -1);
	build(world);
	assert_int_equal(world->diff.group_count, 0);
	assert_true(diff_is_partial(&world->diff));
}

static void
what_was_asked_for_by_name_is_lost_in_spite_of_such_a_hole(void **state)
{
	struct world *world = *state;

	world->after.group_count = 0;
	world->right.asked = true;
	snapgen_hole(&world->after, HOLE_LISTING, NULL, NULL, -1);
	build(world);
	assert_int_equal(world->diff.groups[0].kind, DIFF_POSITION_LOST);
}

static void
in_scope_visible_absence_proves_nothing(void **state)
{
	struct world *world = *state;

	world->after.group_count = 0;
	world->after.info.scope = SCOPE_VISIBLE;
	(void)only_group(world, DIFF_UNKNOWN);
}

static void
a_topic_whose_id_is_not_known_is_unknown(void **state)
{
	struct world *world = *state;

	world->after.topic_count = 0;
	position_of(world->now)->offset = 10;
	snapgen_hole(&world->after, HOLE_TOPIC, NULL, "t", -1);
	(void)only_row(world, DIFF_UNKNOWN);
}

static void
a_position_in_a_hidden_topic_is_unknown(void **state)
{
	struct world *world = *state;

	world->after.topic_count = 0;
	world->now->topic_count = 0;
	snapgen_hole(&world->after, HOLE_TOPIC, NULL, "t", -1);
	world->after.holes[0].error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	(void)only_row(world, DIFF_UNKNOWN);
}

/* Who may not see a topic is not told of positions in it. */
static void
a_topic_that_a_later_snapshot_has_not_is_unknown(void **state)
{
	struct world *world = *state;

	world->after.info.previous[0] = '\0';
	world->after.topic_count = 0;
	world->now->topic_count = 0;
	(void)only_row(world, DIFF_UNKNOWN);
}

static void
the_snapshot_right_after_was_told_of_the_topic(void **state)
{
	struct world *world = *state;

	world->after.topic_count = 0;
	world->now->topic_count = 0;
	(void)only_row(world, DIFF_POSITION_LOST);
}

/* --- groups ------------------------------------------------------------ */

static void
a_group_that_is_gone_is_lost_with_its_positions(void **state)
{
	struct world *world = *state;
	const struct diff_group *group;

	world->after.group_count = 0;
	group = only_group(world, DIFF_GROUP_LOST);
	assert_true(group->as_whole);
	assert_int_equal(group->position_count, 1);
	assert_int_equal(group->rows[0].kind, DIFF_POSITION_LOST);
}

static void
a_group_that_had_no_position_has_ended(void **state)
{
	struct world *world = *state;

	world->then->topic_count = 0;
	world->after.group_count = 0;
	assert_int_equal(only_group(world, DIFF_GROUP_ENDED)->row_count, 0);
	assert_int_equal(diff_count(&world->diff, DIFF_IS_HURT), 0);
}

static void
a_new_group_has_appeared(void **state)
{
	struct world *world = *state;

	world->before.group_count = 0;
	assert_int_equal(
	    only_group(world, DIFF_GROUP_APPEARED)->position_count, 1);
	assert_int_equal(diff_count(&world->diff, DIFF_IS_NOTE), 1);
}

/* Snapshots do not have such a group: it may be a share group, or nothing. */
static void
a_new_group_without_type_and_positions_is_no_difference(void **state)
{
	struct world *world = *state;

	world->before.group_count = 0;
	world->now->type = GROUP_UNKNOWN;
	world->now->topic_count = 0;
	expect_nothing(world, DIFF_SAME);
}

static void
what_a_selection_leaves_out_is_outside(void **state)
{
	struct world *world = *state;

	world->before.group_count = 0;
	snapgen_select(&world->before, "other", NULL);
	expect_nothing(world, DIFF_OUTSIDE);
}

static void
what_a_selection_leaves_out_is_unknown_where_it_was_asked_for(void **state)
{
	struct world *world = *state;

	world->before.group_count = 0;
	snapgen_select(&world->before, "other", NULL);
	world->groups[0] = "*";
	world->wanted.groups = world->groups;
	world->wanted.group_count = 1;
	(void)only_group(world, DIFF_UNKNOWN);
}

static void
topics_that_a_selection_leaves_out_are_outside(void **state)
{
	struct world *world = *state;

	world->now->topic_count = 0;
	snapgen_select(&world->after, NULL, "other");
	expect_nothing(world, DIFF_OUTSIDE);
}

static void
only_topics_that_are_wanted_are_compared(void **state)
{
	struct world *world = *state;

	(void)snapgen_position(&world->before, world->then, "u", 0, 5);
	world->topics[0] = "t";
	world->wanted.topics = world->topics;
	world->wanted.topic_count = 1;
	expect_nothing(world, DIFF_SAME);
}

static void
a_name_that_is_nowhere_is_unknown(void **state)
{
	struct world *world = *state;

	world->groups[0] = "typo";
	world->groups[1] = "g";
	world->wanted.groups = world->groups;
	world->wanted.group_count = 2;
	assert_non_null(
	    strstr(only_group(world, DIFF_UNKNOWN)->text, "no such group"));
	assert_int_equal(world->diff.by_kind[DIFF_SAME], 1);
}

static void
a_name_that_is_nowhere_is_unknown_also_with_an_incomplete_census(void **state)
{
	struct world *world = *state;

	world->right.asked = true;
	snapgen_hole(&world->after, HOLE_LISTING, NULL, NULL, -1);
	world->groups[0] = "typo";
	world->wanted.groups = world->groups;
	world->wanted.group_count = 1;
	assert_non_null(
	    strstr(only_group(world, DIFF_UNKNOWN)->text, "no such group"));
}

/* --- order ------------------------------------------------------------- */

static void
the_worst_comes_first_and_among_equals_the_most_records(void **state)
{
	static const char *const expected[] = { "lost", "far", "near", "g" };
	struct world *world = *state;
	struct group *group;

	position_of(world->now)->offset = 60;
	position_of(world->now)->epoch = -1;
	(void)snapgen_position(&world->before,
	    snapgen_group(&world->before, "lost", 150), "t", 0, 1);
	group = snapgen_group(&world->before, "near", 150);
	(void)snapgen_position(&world->before, group, "t", 0, 20);
	group = snapgen_group(&world->after, "near", 550);
	(void)snapgen_position(&world->after, group, "t", 0, 10);
	group = snapgen_group(&world->before, "far", 150);
	(void)snapgen_position(&world->before, group, "t", 0, 500);
	group = snapgen_group(&world->after, "far", 550);
	(void)snapgen_position(&world->after, group, "t", 0, 10);
	build(world);
	assert_int_equal(world->diff.group_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(
		    bytes_equal_text(world->diff.groups[i].name, expected[i]));
	assert_int_equal(diff_count(&world->diff, DIFF_IS_HURT), 3);
	assert_int_equal(diff_count(&world->diff, DIFF_IS_SUSPECT), 1);
}

static void
a_group_is_as_bad_as_its_worst_position(void **state)
{
	struct world *world = *state;
	const struct diff_group *group;

	(void)snapgen_position(&world->before, world->then, "t", 1, 9);
	(void)snapgen_position(&world->after, world->now, "t", 2, 9);
	position_of(world->now)->offset = 10;
	group = only_group(world, DIFF_POSITION_LOST);
	assert_int_equal(group->row_count, 3);
	assert_int_equal(group->rows[0].partition, 1);
	assert_int_equal(group->rows[1].kind, DIFF_GONE_BACK);
	assert_int_equal(group->rows[2].kind, DIFF_POSITION_APPEARED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(same_is_no_difference),
		TEST(a_position_that_is_gone_is_lost),
		TEST(a_negative_offset_is_no_position),
		TEST(a_position_that_was_negative_before_appears),
		TEST(a_smaller_number_has_gone_back),
		TEST(another_topic_id_is_recreated_whatever_the_numbers_are),
		TEST(a_recreated_topic_is_not_gone_back),
		TEST(a_recreated_topic_is_not_a_lost_position),
		TEST(without_ids_a_log_that_goes_back_tells),
		TEST(a_topic_that_does_not_exist_is_gone),
		TEST(a_log_start_that_moved_past_it_lost_records),
		TEST(a_log_start_beyond_it_before_is_no_difference),
		TEST(a_log_that_was_cut_back_leaves_it_beyond_the_end),
		TEST(beyond_the_end_before_is_no_difference),
		TEST(
		    unknown_log_ranges_do_not_keep_numbers_from_being_compared),
		TEST(forward_with_an_epoch_is_reading),
		TEST(forward_without_the_epoch_it_had_is_a_jump),
		TEST(forward_without_epochs_and_members_is_a_jump),
		TEST(
		    forward_without_epochs_is_reading_where_there_were_members),
		TEST(simple_groups_never_have_members),
		TEST(a_hole_before_is_unknown),
		TEST(a_hole_after_is_unknown_not_lost),
		TEST(a_doubtful_position_is_unknown_though_there_is_a_number),
		TEST(a_group_that_could_not_be_read_is_unknown),
		TEST(a_group_that_was_not_read_before_has_not_appeared),
		TEST(a_hole_that_names_no_group_hides_any),
		TEST(
		    holes_that_name_no_group_make_it_partial_also_where_all_agrees),
		TEST(
		    what_was_asked_for_by_name_is_lost_in_spite_of_such_a_hole),
		TEST(in_scope_visible_absence_proves_nothing),
		TEST(a_topic_whose_id_is_not_known_is_unknown),
		TEST(a_position_in_a_hidden_topic_is_unknown),
		TEST(a_topic_that_a_later_snapshot_has_not_is_unknown),
		TEST(the_snapshot_right_after_was_told_of_the_topic),
		TEST(a_group_that_is_gone_is_lost_with_its_positions),
		TEST(a_group_that_had_no_position_has_ended),
		TEST(a_new_group_has_appeared),
		TEST(a_new_group_without_type_and_positions_is_no_difference),
		TEST(what_a_selection_leaves_out_is_outside),
		TEST(
		    what_a_selection_leaves_out_is_unknown_where_it_was_asked_for),
		TEST(topics_that_a_selection_leaves_out_are_outside),
		TEST(only_topics_that_are_wanted_are_compared),
		TEST(a_name_that_is_nowhere_is_unknown),
		TEST(
		    a_name_that_is_nowhere_is_unknown_also_with_an_incomplete_census),
		TEST(the_worst_comes_first_and_among_equals_the_most_records),
		TEST(a_group_is_as_bad_as_its_worst_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
