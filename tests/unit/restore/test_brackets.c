/*
 * test_brackets.c - from snapshots to the bracket of each position.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "restore/brackets.h"
#include "restore/containment.h"
#include "tests/unit/restore/snapgen.h"

/* Selections of one group pattern; static, as brackets borrow them. */
static struct selection
select_group(const char **pattern)
{
	struct selection selection = { 0 };

	selection.groups = pattern;
	selection.group_count = 1;
	return selection;
}

static void
begin(
    struct brackets *brackets, const struct selection *selection, int64_t at_ms)
{
	struct err err = { 0 };

	assert_int_equal(
	    brackets_init(brackets, selection, at_ms, false, &err), 0);
}

static bool
add_low(struct brackets *brackets, struct snapshot *snapshot)
{
	struct err err = { 0 };
	bool added;

	snapgen_end(snapshot);
	assert_int_equal(brackets_add_low(brackets, snapshot, &added, &err), 0);
	snapshot_release(snapshot);
	return added;
}

static bool
add_high(struct brackets *brackets, struct snapshot *snapshot)
{
	struct err err = { 0 };
	bool added;

	snapgen_end(snapshot);
	assert_int_equal(
	    brackets_add_high(brackets, snapshot, &added, &err), 0);
	snapshot_release(snapshot);
	return added;
}

/* A snapshot in which group g stands at one offset of t-0. */
static void
one_position(struct snapshot *snapshot, const char *id, int64_t from_ms,
    int64_t end_ms, int64_t offset)
{
	struct group *group;

	snapgen_begin(snapshot, id, from_ms, end_ms + 5);
	group = snapgen_group(snapshot, "g", end_ms);
	(void)snapgen_position(snapshot, group, "t", 0, offset);
	(void)snapgen_topic(snapshot, "t", 1, 7);
}

static const struct bracket *
row_of(const struct brackets *brackets, const char *group, size_t row)
{
	const struct bracket_group *found =
	    brackets_find(brackets, bytes_of(group));

	assert_non_null(found);
	assert_true(row < found->row_count);
	return &found->rows[row];
}

static void
newest_capture_at_or_before_the_time_is_the_lower_end(void **state)
{
	static const char *pattern[] = { "g" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;
	const struct bracket *row;

	(void)state;
	begin(&brackets, &selection, 300);
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	assert_true(add_low(&brackets, &snapshot));
	assert_true(brackets_low_done(&brackets));
	one_position(&snapshot, "0000000000000001", 100, 110, 10);
	(void)add_low(&brackets, &snapshot);
	one_position(&snapshot, "0000000000000004", 400, 410, 40);
	assert_true(add_high(&brackets, &snapshot));
	one_position(&snapshot, "0000000000000005", 500, 510, 50);
	assert_false(add_high(&brackets, &snapshot));
	row = row_of(&brackets, "g", 0);
	assert_int_equal(row->low.state, SAMPLE_PRESENT);
	assert_int_equal(row->low.offset, 20);
	assert_int_equal(row->low.time_ms, 210);
	assert_string_equal(row->low.seen->id, "0000000000000002");
	assert_int_equal(row->high.offset, 40);
	assert_true(brackets_high_done(&brackets));
	brackets_release(&brackets);
}

static void
time_is_compared_with_the_end_of_the_groups_read(void **state)
{
	static const char *pattern[] = { "g" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;

	(void)state;
	begin(&brackets, &selection, 210);
	one_position(&snapshot, "0000000000000002", 200, 211, 20);
	assert_false(add_low(&brackets, &snapshot));
	one_position(&snapshot, "0000000000000001", 100, 210, 10);
	assert_true(add_low(&brackets, &snapshot));
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 10);
	one_position(&snapshot, "0000000000000002", 200, 211, 20);
	assert_true(add_high(&brackets, &snapshot));
	assert_int_equal(row_of(&brackets, "g", 0)->high.offset, 20);
	brackets_release(&brackets);
}

static void
overlapping_captures_are_ordered_by_the_end_of_their_reads(void **state)
{
	static const char *pattern[] = { "g" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;

	(void)state;
	begin(&brackets, &selection, 300);
	one_position(&snapshot, "0000000000000002", 120, 150, 15);
	(void)add_low(&brackets, &snapshot);
	one_position(&snapshot, "0000000000000001", 100, 200, 20);
	(void)add_low(&brackets, &snapshot);
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 20);
	assert_int_equal(brackets_low_floor(&brackets), 200);
	brackets_release(&brackets);
}

static void
hole_at_a_position_widens_its_bracket_only(void **state)
{
	static const char *pattern[] = { "g" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;
	struct group *group;

	(void)state;
	begin(&brackets, &selection, 300);
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	snapgen_hole(&snapshot, HOLE_POSITION, "g", "t", 1);
	assert_true(add_low(&brackets, &snapshot));
	assert_false(brackets_low_done(&brackets));
	snapgen_begin(&snapshot, "0000000000000001", 100, 120);
	group = snapgen_group(&snapshot, "g", 110);
	(void)snapgen_position(&snapshot, group, "t", 0, 10);
	(void)snapgen_position(&snapshot, group, "t", 1, 11);
	(void)snapgen_position(&snapshot, group, "t", 2, 12);
	assert_true(add_low(&brackets, &snapshot));
	assert_true(brackets_low_done(&brackets));
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 20);
	assert_int_equal(row_of(&brackets, "g", 1)->low.offset, 11);
	/* The newer capture read it and it was not there: gone since. */
	assert_int_equal(row_of(&brackets, "g", 2)->low.state, SAMPLE_ABSENT);
	assert_int_equal(row_of(&brackets, "g", 2)->low.time_ms, 210);
	brackets_release(&brackets);
}

static void
partial_snapshot_counts_where_it_read_the_group(void **state)
{
	static const char *pattern[] = { "*" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;

	(void)state;
	begin(&brackets, &selection, 300);
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	snapgen_hole(&snapshot, HOLE_GROUP, "h", NULL, -1);
	assert_true(add_low(&brackets, &snapshot));
	assert_false(brackets_low_done(&brackets));
	assert_false(brackets.names_settled);
	snapgen_begin(&snapshot, "0000000000000001", 100, 120);
	(void)snapgen_position(
	    &snapshot, snapgen_group(&snapshot, "g", 110), "t", 0, 10);
	(void)snapgen_position(
	    &snapshot, snapgen_group(&snapshot, "h", 110), "t", 0, 5);
	assert_true(add_low(&brackets, &snapshot));
	assert_true(brackets_low_done(&brackets));
	assert_true(brackets.names_settled);
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 20);
	assert_int_equal(row_of(&brackets, "h", 0)->low.offset, 5);
	brackets_release(&brackets);
}

static void
group_deleted_before_the_time_does_not_come_back(void **state)
{
	static const char *pattern[] = { "*" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;
	const struct bracket_group *group;

	(void)state;
	begin(&brackets, &selection, 300);
	/* The newer one has a hole elsewhere, so the walk goes on. */
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	snapgen_hole(&snapshot, HOLE_GROUP, "h", NULL, -1);
	(void)add_low(&brackets, &snapshot);
	snapgen_begin(&snapshot, "0000000000000001", 100, 120);
	(void)snapgen_position(
	    &snapshot, snapgen_group(&snapshot, "deleted", 110), "t", 0, 10);
	(void)add_low(&brackets, &snapshot);
	group = brackets_find(&brackets, bytes_of("deleted"));
	assert_non_null(group);
	assert_int_equal(group->rows[0].low.state, SAMPLE_ABSENT);
	assert_false(brackets_newest(group)->present);
	brackets_release(&brackets);
}

static void
nameless_hole_proves_nothing_of_an_absent_group(void **state)
{
	static const char *pattern[] = { "gone" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;

	(void)state;
	begin(&brackets, &selection, 300);
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	snapgen_hole(&snapshot, HOLE_LEADERLESS, NULL, NULL, 4);
	assert_false(add_low(&brackets, &snapshot));
	assert_int_equal(brackets_low_floor(&brackets), INT64_MIN);
	brackets_release(&brackets);
}

static void
selected_snapshot_speaks_for_its_topics_only(void **state)
{
	static const char *pattern[] = { "g" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;
	struct group *group;

	(void)state;
	begin(&brackets, &selection, 300);
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	snapgen_select(&snapshot, NULL, "t");
	assert_true(add_low(&brackets, &snapshot));
	assert_false(brackets_low_done(&brackets));
	snapgen_begin(&snapshot, "0000000000000001", 100, 120);
	group = snapgen_group(&snapshot, "g", 110);
	(void)snapgen_position(&snapshot, group, "t", 1, 11);
	(void)snapgen_position(&snapshot, group, "u", 0, 12);
	assert_true(add_low(&brackets, &snapshot));
	assert_true(brackets_low_done(&brackets));
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 20);
	assert_int_equal(row_of(&brackets, "g", 1)->low.state, SAMPLE_ABSENT);
	assert_int_equal(row_of(&brackets, "g", 2)->low.offset, 12);
	brackets_release(&brackets);
}

static void
snapshot_that_did_not_select_the_group_is_passed_over(void **state)
{
	static const char *pattern[] = { "g" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;

	(void)state;
	begin(&brackets, &selection, 300);
	snapgen_begin(&snapshot, "0000000000000002", 200, 210);
	snapgen_select(&snapshot, "other*", NULL);
	assert_false(add_low(&brackets, &snapshot));
	assert_false(brackets_low_done(&brackets));
	one_position(&snapshot, "0000000000000001", 100, 110, 10);
	assert_true(add_low(&brackets, &snapshot));
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 10);
	brackets_release(&brackets);
}

static void
exact_capture_is_asked_alone(void **state)
{
	static const char *pattern[] = { "*" };
	const struct selection selection = select_group(pattern);
	struct brackets brackets;
	struct snapshot snapshot;
	struct err err = { 0 };
	bool added;

	(void)state;
	one_position(&snapshot, "0000000000000002", 200, 210, 20);
	snapgen_hole(&snapshot, HOLE_POSITION, "g", "t", 1);
	snapgen_end(&snapshot);
	assert_int_equal(
	    brackets_init(&brackets, &selection, 0, true, &err), 0);
	assert_int_equal(
	    brackets_add_low(&brackets, &snapshot, &added, &err), 0);
	snapshot_release(&snapshot);
	assert_string_equal(brackets.snapshot_id, "0000000000000002");
	assert_int_equal(row_of(&brackets, "g", 0)->low.offset, 20);
	assert_int_equal(row_of(&brackets, "g", 1)->low.state, SAMPLE_UNKNOWN);
	brackets_release(&brackets);
}

static void
containment_is_claimed_only_where_it_is_sure(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool contains;
	} cases[] = {
		{ "*", "re:a.*", true },
		{ "team-*", "team-a*", true },
		{ "team-*", "team-a", true },
		{ "team-*", "tea*", false },
		{ "team-*", "re:team-.*", false },
		{ "re*", "re:x", false },
		{ "a?c", "a?c", true },
		{ "a?c", "a*c", false },
		{ "*-a", "x*-a", true },
		{ "*a*b*", "[ab]ab", true },
		{ "a", "a*", false },
		{ "a*", "*", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *outer_list[] = { cases[i].outer };
		const char *inner_list[] = { cases[i].inner };
		const struct selection outer = select_group(outer_list);
		const struct selection inner = select_group(inner_list);

		if (containment_of_groups(&outer, &inner) != cases[i].contains)
			fail_msg("%s and %s", cases[i].outer, cases[i].inner);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    newest_capture_at_or_before_the_time_is_the_lower_end),
		cmocka_unit_test(
		    time_is_compared_with_the_end_of_the_groups_read),
		cmocka_unit_test(
		    overlapping_captures_are_ordered_by_the_end_of_their_reads),
		cmocka_unit_test(hole_at_a_position_widens_its_bracket_only),
		cmocka_unit_test(
		    partial_snapshot_counts_where_it_read_the_group),
		cmocka_unit_test(
		    group_deleted_before_the_time_does_not_come_back),
		cmocka_unit_test(
		    nameless_hole_proves_nothing_of_an_absent_group),
		cmocka_unit_test(selected_snapshot_speaks_for_its_topics_only),
		cmocka_unit_test(
		    snapshot_that_did_not_select_the_group_is_passed_over),
		cmocka_unit_test(exact_capture_is_asked_alone),
		cmocka_unit_test(containment_is_claimed_only_where_it_is_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
