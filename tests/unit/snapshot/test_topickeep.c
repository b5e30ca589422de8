/*
 * Captures that go on from what an earlier one read of the offsets topic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/topicscan.h"
#include "tests/unit/snapshot/liarlog.h"
#include "tests/unit/snapshot/recordgen.h"
#include "tests/unit/snapshot/trial.h"

static const char *const names[] = { "alpha", "beta", "gamma", "delta" };
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static int
setup(void **state)
{
	struct trial *trial;
	size_t i;

	if (trial_setup(state) != 0)
		return -1;
	trial = *state;
	for (i = 0; i < NAME_COUNT; i++)
		liar_add_group(&trial->liar, names[i], 100);
	liar_write_all(&trial->liar);
	trial->options.source = SOURCE_TOPIC;
	trial->scan = topicscan_new(&trial->liar.env);
	return 0;
}

static int
teardown(void **state)
{
	const struct trial *trial = *state;

	assert_int_equal(trial->liar.open_readers, 1);
	return trial_teardown(state);
}

static size_t
records(const struct trial *trial)
{
	return trial->snapshot.info.scan.record_count;
}

static void
contract_1_a_later_capture_reads_what_has_come_since(void **state)
{
	struct trial *trial = *state;
	const size_t before = 2 * NAME_COUNT;

	trial_capture(trial);
	assert_int_equal(records(trial), before);
	liar_write_commit(&trial->liar, "alpha", 101);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(records(trial), before + 1);
	assert_int_equal(trial_offset(trial, "alpha"), 101);
	assert_int_equal(trial_offset(trial, "beta"), 100);
	assert_int_equal(trial->snapshot.group_count, NAME_COUNT);
	liar_write_removal(&trial->liar, "beta");
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(trial_has_gone(trial, "beta", "orders", 0));
	assert_int_equal(trial->liar.calls[LIAR_FETCH], 0);
	assert_int_equal(trial->liar.calls[LIAR_LIST_GROUPS], 0);
}

/* A capture's own end has to be asked for: an old one shows nothing. */
static void
contract_1_what_was_scanned_before_does_not_count_for_a_later_capture(
    void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");
	size_t i;

	trial_capture(trial);
	trial->liar.leaders[partition] = -1;
	liar_write_commit(&trial->liar, "alpha", 101);
	trial_capture(trial);
	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial_holes(trial, HOLE_LEADERLESS), 1);
	for (i = 0; i < trial->snapshot.group_count; i++)
		assert_false(
		    liar_partition(trial->snapshot.groups[i].name.data) ==
		    partition);
	assert_int_equal(trial->snapshot.gone_count, 0);

	liar_move(&trial->liar, partition, 3);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 101);
}

static void
contract_1_a_leader_that_moved_between_captures_is_read_on(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	trial_capture(trial);
	liar_move(&trial->liar, partition,
	    1 + trial->liar.leaders[partition] % LIAR_BROKERS);
	liar_write_commit(&trial->liar, "alpha", 101);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 101);
	assert_int_equal(records(trial), 2 * NAME_COUNT + 1);
}

static void
contract_1_a_log_that_was_cut_between_captures_is_read_anew(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	liar_write_commit(&trial->liar, "alpha", 150);
	trial_capture(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 150);
	trial->liar.logs[partition].count--;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 100);
	assert_int_equal(trial->snapshot.group_count, NAME_COUNT);
}

static void
contract_1_a_topic_made_again_between_captures_is_read_anew(void **state)
{
	struct trial *trial = *state;
	size_t i;

	trial_capture(trial);
	liar_remake(&trial->liar, 4);
	for (i = 1; i < NAME_COUNT; i++)
		liar_remove_group(&trial->liar, names[i]);
	liar_write_commit(&trial->liar, "alpha", 7);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 7);
	assert_int_equal(trial->snapshot.group_count, 1);
	assert_int_equal(trial->snapshot.group_count, 1);
	assert_int_equal(trial->snapshot.gone_count, NAME_COUNT - 1);
}

static void
contract_1_a_partition_that_is_held_is_polled_and_followed_again(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	trial_capture(trial);
	liar_group(liar, "alpha")->positions[0].offset = 300;
	liar_hold(liar, partition, LIAR_EVER);
	liar_write_commit(liar, "alpha", 300);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 300);
	assert_true(liar->calls[LIAR_FETCH_STABLE] > 0);
	assert_int_equal(trial->report.scan.asked_count, 1);

	liar->logs[partition].held_until_ms = 0;
	liar->calls[LIAR_FETCH_STABLE] = 0;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 300);
	assert_int_equal(trial->report.scan.asked_count, 0);
	assert_int_equal(liar->calls[LIAR_FETCH_STABLE], 0);
}

/* Groups and positions that come and go for months. */
static void
keys_that_pile_up_are_dropped_by_reading_anew(void **state)
{
	const struct recordgen_commit commit = { 5, 1, { "", 0 }, 5 };
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t home = liar_partition("alpha");
	const struct bytes none = { NULL, 0 };
	const size_t kept = liar->logs[home].count;
	int32_t i;

	trial_capture(trial);
	for (i = 1; i <= 100100; i++)
		liar_append(liar, home,
		    recordgen_commit_key(&liar->arena, RECORDGEN_COMMIT,
			bytes_of("alpha"), "orders", i),
		    i > 1 ? none
			  : recordgen_commit_value(&liar->arena, &commit));
	trial_capture(trial);
	assert_true(trial->scan->ledger.spot_count > 100000);

	/* The cleaner has been there. */
	liar->logs[home].count = kept;
	liar_write_commit(liar, "alpha", 101);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->scan->ledger.spot_count, NAME_COUNT);
	assert_int_equal(trial_offset(trial, "alpha"), 101);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(contract_1_a_later_capture_reads_what_has_come_since),
		TEST(
		    contract_1_what_was_scanned_before_does_not_count_for_a_later_capture),
		TEST(
		    contract_1_a_leader_that_moved_between_captures_is_read_on),
		TEST(
		    contract_1_a_log_that_was_cut_between_captures_is_read_anew),
		TEST(
		    contract_1_a_topic_made_again_between_captures_is_read_anew),
		TEST(
		    contract_1_a_partition_that_is_held_is_polled_and_followed_again),
		TEST(keys_that_pile_up_are_dropped_by_reading_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
