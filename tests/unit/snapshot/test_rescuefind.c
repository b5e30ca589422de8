/*
 * Why a position is gone, or that it was overwritten.  Positions are kept for
 * 24 hours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "tests/unit/snapshot/rescuegen.h"

static const uint8_t seven[UUID_SIZE] = { 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7 };
static const uint8_t nine[UUID_SIZE] = { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
	9, 9, 9 };

static int
setup(void **state)
{
	struct rescuegen *book = xcalloc(1, sizeof(*book));

	rescuegen_init(book, INT64_MAX);
	*state = book;
	return 0;
}

static int
teardown(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_release(book);
	free(book);
	return 0;
}

static const struct rescue_finding *
expect(struct rescuegen *book, const char *group, enum rescue_why why,
    bool is_sure)
{
	const struct rescue_finding *finding = rescuegen_find(book, group);

	if (finding->why != why || finding->is_sure != is_sure)
		fail_msg("%s: %s%s: %s", group, rescue_why_text(finding->why),
		    finding->is_sure ? "" : " ?", finding->text);
	return finding;
}

static void
later(struct rescuegen *book, int64_t by_ms)
{
	book->now_ms += by_ms;
}

/* --- gone --------------------------------------------------------------- */

static void
what_holds_is_no_finding(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, 1);
	rescuegen_commit(book, "g", "0", 9, 3);
	assert_int_equal(rescuegen_count(book), 0);
}

static void
a_simple_group_that_expired(void **state)
{
	struct rescuegen *book = *state;
	const struct rescue_finding *found;

	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, RESCUEGEN_KEPT);
	rescuegen_bury(book, "g", "0");
	found = expect(book, "g", RESCUE_EXPIRED, true);
	assert_int_equal(found->offset, 5);
	assert_int_equal(found->epoch, 3);
	assert_int_equal(found->commit_ms, RESCUEGEN_START);
	assert_int_equal(found->at_ms, RESCUEGEN_START + RESCUEGEN_KEPT);
	assert_string_equal(
	    found->text, "1d after its commit; positions are kept for 1d");
}

static void
a_classic_group_expires_from_when_it_was_empty(void **state)
{
	struct rescuegen *book = *state;

	/* It is empty since the start, whatever is committed later. */
	rescuegen_classic(book, "g", 0);
	later(book, 23 * RESCUEGEN_HOUR);
	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	rescuegen_bury_group(book, "g");
	(void)expect(book, "g", RESCUE_EXPIRED, true);
}

static void
a_group_that_came_back_tells_nothing_of_when_it_was_empty(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	later(book, RESCUEGEN_HOUR);
	rescuegen_classic(book, "g", 0);
	(void)expect(book, "g", RESCUE_REMOVED, false);
}

static void
retention_that_is_assumed_is_named(void **state)
{
	struct rescuegen *book = *state;

	book->facts.retention_known = false;
	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, RESCUEGEN_KEPT);
	rescuegen_bury(book, "g", "0");
	assert_non_null(
	    strstr(expect(book, "g", RESCUE_EXPIRED, false)->text, "assumed"));
}

static void
a_group_that_was_deleted_takes_its_record_along(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, seven);
	rescuegen_classic(book, "g", 0);
	rescuegen_commit_id(book, "g", "0", 5, 7);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	rescuegen_bury_group(book, "g");
	(void)expect(book, "g", RESCUE_GROUP_DELETED, true);
}

static void
all_positions_at_one_moment_are_the_group(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, seven);
	rescuegen_commit_id(book, "g", "0", 5, 7);
	rescuegen_commit_id(book, "g", "1", 6, 7);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	rescuegen_bury(book, "g", "1");
	assert_int_equal(rescuegen_count(book), 2);
	for (size_t at = 0; at < 2; at++) {
		assert_int_equal(
		    book->findings.list[at].why, RESCUE_GROUP_DELETED);
		assert_false(book->findings.list[at].is_sure);
	}
}

static void
a_position_that_was_removed_while_the_group_stayed(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, seven);
	rescuegen_commit_id(book, "g", "0", 5, 7);
	rescuegen_commit_id(book, "g", "1", 6, 7);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "1");
	assert_int_equal(
	    expect(book, "g", RESCUE_REMOVED, true)->spot->partition, 1);
}

static void
a_topic_that_is_gone_with_the_positions_of_two_groups(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), false, NULL);
	rescuegen_commit_id(book, "g", "0", 5, 7);
	rescuegen_commit_id(book, "h", "0", 6, 7);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	later(book, RESCUE_MOMENT_MS);
	rescuegen_bury(book, "h", "0");
	(void)expect(book, "g", RESCUE_TOPIC_DELETED, true);
	(void)expect(book, "h", RESCUE_TOPIC_DELETED, true);
}

static void
a_topic_that_was_made_again_has_another_id(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, nine);
	rescuegen_commit_id(book, "g", "0", 5, 7);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	assert_non_null(
	    strstr(expect(book, "g", RESCUE_TOPIC_DELETED, false)->text,
		"deleting the group looks the same"));
}

static void
a_group_that_lost_other_topics_too_was_deleted_itself(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), false, NULL);
	rescuefacts_tell(&book->facts, bytes_of("bills"), true, seven);
	rescuegen_classic(book, "g", 0);
	rescuegen_commit_id(book, "g", "orders/0", 5, 7);
	rescuegen_commit_id(book, "g", "bills/0", 6, 7);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "orders/0");
	rescuegen_bury(book, "g", "bills/0");
	rescuegen_bury_group(book, "g");
	assert_int_equal(rescuegen_count(book), 2);
	for (size_t at = 0; at < 2; at++)
		assert_int_equal(
		    book->findings.list[at].why, RESCUE_GROUP_DELETED);
}

/* A deleted topic takes all positions with it; without ids this tells. */
static void
a_position_that_outlived_the_moment_clears_the_topic(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, NULL);
	rescuegen_commit(book, "g", "0", 5, 3);
	rescuegen_commit(book, "g", "1", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	(void)expect(book, "g", RESCUE_REMOVED, true);
}

static void
so_does_one_that_went_later(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, NULL);
	rescuegen_commit(book, "g", "0", 5, 3);
	rescuegen_commit(book, "stays", "0", 7, 3);
	rescuegen_commit(book, "h", "0", 6, 3);
	rescuegen_commit(book, "h", "1", 6, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	rescuegen_bury(book, "h", "0");
	later(book, RESCUE_MOMENT_MS + 1);
	rescuegen_bury(book, "stays", "0");
	(void)expect(book, "h", RESCUE_REMOVED, true);
}

static void
without_ids_and_witnesses_it_may_have_been_the_topic(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_classic(book, "g", 0);
	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	rescuegen_bury_group(book, "g");
	assert_non_null(
	    strstr(expect(book, "g", RESCUE_GROUP_DELETED, false)->text,
		"its topic may have been deleted"));
}

static void
without_ids_the_first_record_tells_the_topic(void **state)
{
	struct rescuegen *book = *state;

	rescuefacts_tell(&book->facts, bytes_of("orders"), true, seven);
	rescuegen_commit(book, "g", "0", 5, 3);
	rescuegen_commit(book, "g", "bills/0", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "g", "0");
	rescuefacts_tell_first(
	    &book->facts, bytes_of("orders"), 0, book->now_ms + 1);
	(void)expect(book, "g", RESCUE_TOPIC_DELETED, true);
	rescuefacts_tell_first(
	    &book->facts, bytes_of("orders"), 0, book->now_ms);
	(void)expect(book, "g", RESCUE_REMOVED, false);
	/* Its first records are gone: they may have been older. */
	rescuefacts_tell_first(
	    &book->facts, bytes_of("orders"), 9, book->now_ms + 1);
	(void)expect(book, "g", RESCUE_REMOVED, false);
}

static void
what_was_compacted_away_has_no_value(void **state)
{
	struct rescuegen *book = *state;
	const struct rescue_finding *found;

	rescuegen_gap(book, "g");
	rescuegen_bury(book, "g", "0");
	found = expect(book, "g", RESCUE_UNTOLD, false);
	assert_false(found->has_value);
	assert_int_equal(found->offset, -1);
	assert_int_equal(found->at_ms, RESCUEGEN_START);
}

static void
a_record_that_cannot_be_decoded_hides_it(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "g", "0", 5, 3);
	rescuegen_break(book, "g", "0");
	assert_int_equal(expect(book, "g", RESCUE_UNREADABLE, true)->offset, 5);
}

static void
newest_first(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "old", "0", 5, 3);
	rescuegen_commit(book, "new", "0", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "old", "0");
	later(book, RESCUEGEN_HOUR);
	rescuegen_bury(book, "new", "0");
	assert_int_equal(rescuegen_count(book), 2);
	assert_true(
	    bytes_equal_text(book->findings.list[0].spot->group->name, "new"));
}

/* --- overwritten -------------------------------------------------------- */

static void
a_smaller_number_is_set_back(void **state)
{
	struct rescuegen *book = *state;
	const struct rescue_finding *found;

	rescuegen_commit(book, "g", "0", 40, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_commit(book, "g", "0", 5, 3);
	later(book, RESCUEGEN_HOUR);
	rescuegen_commit(book, "g", "0", 6, 3); /* it reads on */
	found = expect(book, "g", RESCUE_SET_BACK, true);
	assert_int_equal(found->offset, 40);
	assert_int_equal(found->new_offset, 5);
	assert_int_equal(found->commit_ms, RESCUEGEN_START);
	assert_int_equal(found->at_ms, RESCUEGEN_START + RESCUEGEN_HOUR);
}

static void
forward_without_the_epoch_that_it_had(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_classic(book, "g", 1);
	rescuegen_commit(book, "g", "0", 40, 3);
	rescuegen_commit(book, "g", "0", 90, -1);
	rescuegen_commit(book, "g", "0", 95, 3);
	assert_int_equal(expect(book, "g", RESCUE_JUMPED, false)->offset, 40);
}

static void
forward_while_nobody_was_in_the_group(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_classic(book, "g", 1);
	rescuegen_commit(book, "g", "0", 40, -1);
	rescuegen_commit(book, "g", "0", 50, -1); /* by its member */
	rescuegen_classic(book, "g", 0);
	rescuegen_commit(book, "g", "0", 90, -1);
	assert_int_equal(expect(book, "g", RESCUE_JUMPED, false)->offset, 50);
}

static void
a_simple_group_never_has_members(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "g", "0", 40, -1);
	rescuegen_commit(book, "g", "0", 90, -1);
	assert_int_equal(rescuegen_count(book), 0);
}

static void
it_was_gone_and_began_elsewhere(void **state)
{
	struct rescuegen *book = *state;
	const struct rescue_finding *found;

	rescuegen_commit(book, "g", "0", 40, 3);
	later(book, RESCUEGEN_KEPT);
	rescuegen_bury(book, "g", "0");
	later(book, RESCUEGEN_HOUR);
	rescuegen_commit(book, "g", "0", 90, 3);
	found = expect(book, "g", RESCUE_BEGUN_ANEW, true);
	assert_int_equal(found->offset, 40);
	assert_int_equal(found->at_ms, RESCUEGEN_START + RESCUEGEN_KEPT);
}

static void
what_was_put_right_is_no_finding(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "jumped", "0", 40, 3);
	rescuegen_commit(book, "jumped", "0", 90, -1);
	rescuegen_commit(book, "jumped", "0", 40, 3);
	rescuegen_commit(book, "gone", "0", 40, 3);
	rescuegen_bury(book, "gone", "0");
	rescuegen_commit(book, "gone", "0", 40, -1);
	assert_int_equal(rescuegen_count(book), 0);
}

static void
another_topic_of_the_name_is_no_move(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit_id(book, "g", "0", 40, 7);
	rescuegen_bury(book, "g", "0");
	rescuegen_commit_id(book, "g", "0", 2, 9);
	assert_int_equal(rescuegen_count(book), 0);
}

static void
a_damaged_record_is_no_move(void **state)
{
	struct rescuegen *book = *state;

	rescuegen_commit(book, "g", "0", 40, 3);
	rescuegen_break(book, "g", "0");
	rescuegen_commit(book, "g", "0", 41, 3);
	assert_int_equal(rescuegen_count(book), 0);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_holds_is_no_finding),
		TEST(a_simple_group_that_expired),
		TEST(a_classic_group_expires_from_when_it_was_empty),
		TEST(a_group_that_came_back_tells_nothing_of_when_it_was_empty),
		TEST(retention_that_is_assumed_is_named),
		TEST(a_group_that_was_deleted_takes_its_record_along),
		TEST(all_positions_at_one_moment_are_the_group),
		TEST(a_position_that_was_removed_while_the_group_stayed),
		TEST(a_topic_that_is_gone_with_the_positions_of_two_groups),
		TEST(a_topic_that_was_made_again_has_another_id),
		TEST(a_group_that_lost_other_topics_too_was_deleted_itself),
		TEST(a_position_that_outlived_the_moment_clears_the_topic),
		TEST(so_does_one_that_went_later),
		TEST(without_ids_and_witnesses_it_may_have_been_the_topic),
		TEST(without_ids_the_first_record_tells_the_topic),
		TEST(what_was_compacted_away_has_no_value),
		TEST(a_record_that_cannot_be_decoded_hides_it),
		TEST(newest_first),
		TEST(a_smaller_number_is_set_back),
		TEST(forward_without_the_epoch_that_it_had),
		TEST(forward_while_nobody_was_in_the_group),
		TEST(a_simple_group_never_has_members),
		TEST(it_was_gone_and_began_elsewhere),
		TEST(what_was_put_right_is_no_finding),
		TEST(another_topic_of_the_name_is_no_move),
		TEST(a_damaged_record_is_no_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
