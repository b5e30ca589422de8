/*
 * What segment files lack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/segmentgaps.h"
#include "tests/unit/snapshot/rescuegen.h"

#define LAST RESCUEGEN_START
#define WRITTEN (LAST + 1000)

struct trial {
	struct rescuegen book;
	struct segment_partition partitions[3];
	struct segment_report report;
	struct segmentgaps_job job;
	struct segmentgaps gaps;
	struct err err;
};

/* Partitions 0 and 1, each with a record. */
static int
setup(void **state)
{
	static struct trial trial;

	memset(&trial, 0, sizeof(trial));
	rescuegen_init(&trial.book, INT64_MAX);
	for (int32_t at = 0; at < 3; at++) {
		trial.partitions[at] =
		    (struct segment_partition){ at, WRITTEN };
		trial.book.partition = at;
		if (at < 2)
			rescuegen_commit(&trial.book, "g", "0", 5, 3);
	}
	trial.report.partitions = trial.partitions;
	trial.report.partition_count = 2;
	trial.job =
	    (struct segmentgaps_job){ &trial.report, &trial.book.all, 2, LAST };
	*state = &trial;
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;

	segmentgaps_release(&trial->gaps);
	rescuegen_release(&trial->book);
	return 0;
}

static void
find(struct trial *trial)
{
	segmentgaps_release(&trial->gaps);
	ledger_finish(&trial->book.all);
	if (segmentgaps_find(&trial->job, &trial->gaps, &trial->err) != 0)
		fail_msg("%s", trial->err.message);
}

static void
assert_gap(const struct trial *trial, size_t at, enum hole_kind kind,
    int32_t partition, const char *text)
{
	assert_true(at < trial->gaps.count);
	assert_int_equal(trial->gaps.list[at].kind, kind);
	assert_int_equal(trial->gaps.list[at].partition, partition);
	if (strstr(trial->gaps.list[at].text, text) == NULL)
		fail_msg("%s: %s", text, trial->gaps.list[at].text);
}

static void
assert_refused(struct trial *trial, enum err_kind kind, const char *text)
{
	segmentgaps_release(&trial->gaps);
	trial->err = (struct err){ 0 };
	assert_int_equal(
	    segmentgaps_find(&trial->job, &trial->gaps, &trial->err), -1);
	assert_int_equal(trial->err.kind, kind);
	if (strstr(trial->err.message, text) == NULL)
		fail_msg("%s: %s", text, trial->err.message);
}

static void
all_partitions_of_the_number_given_are_no_gap(void **state)
{
	struct trial *trial = *state;

	find(trial);
	assert_int_equal(trial->gaps.count, 0);
	assert_int_equal(trial->gaps.last_record_ms, LAST);
	assert_int_equal(trial->gaps.modified_ms, WRITTEN);
	assert_int_equal(trial->gaps.by_time_count, 0);
}

/* One directory, and every group is at home in it: of a topic of one. */
static void
the_number_of_partitions_is_never_inferred(void **state)
{
	struct trial *trial = *state;

	trial->job.partition_count = 0;
	for (size_t count = 1; count <= 2; count++) {
		trial->report.partition_count = count;
		find(trial);
		assert_int_equal(trial->gaps.count, 1);
		assert_gap(trial, 0, HOLE_LISTING, -1, "--partitions N");
	}
}

static void
each_partition_without_files_is_a_gap(void **state)
{
	struct trial *trial = *state;

	trial->partitions[0].partition = 1;
	trial->partitions[1].partition = 3;
	trial->job.partition_count = 6;
	find(trial);
	assert_int_equal(trial->gaps.count, 4);
	assert_gap(trial, 0, HOLE_LISTING, 0, "partition 0 is not among");
	assert_gap(trial, 1, HOLE_LISTING, 2, "partition 2");
	assert_gap(trial, 2, HOLE_LISTING, 4, "partition 4");
	assert_gap(trial, 3, HOLE_LISTING, 5, "partition 5");
}

static void
a_directory_beyond_the_number_is_refused(void **state)
{
	struct trial *trial = *state;

	trial->job.partition_count = 1;
	assert_refused(trial, ERR_USAGE, "directory __consumer_offsets-1");
}

static void
records_elsewhere_than_at_home_doubt_the_number(void **state)
{
	struct trial *trial = *state;

	trial->book.all.topic_partitions = 2;
	trial->book.partition = 0;
	/* Two groups of different homes, or of one that is not this. */
	rescuegen_commit(&trial->book, "a", "0", 5, 3);
	rescuegen_commit(&trial->book, "b", "0", 5, 3);
	assert_int_equal(trial->book.all.counts.stray_count, 1);
	find(trial);
	assert_int_equal(trial->gaps.count, 1);
	assert_gap(trial, 0, HOLE_LISTING, -1, "that number is wrong");
}

static void
a_time_after_all_files_is_refused(void **state)
{
	struct trial *trial = *state;

	trial->job.at_ms = WRITTEN;
	find(trial);
	trial->job.at_ms = WRITTEN + 1;
	assert_refused(trial, ERR_REFUSED, "of 2023-11-14T22:13:21.000Z");
	assert_non_null(
	    strstr(trial->err.hint, "--at 2023-11-14T22:13:21.000Z"));
	trial->job.at_ms = RESCUE_LAST_KNOWN;
	find(trial);
	assert_int_equal(trial->gaps.count, 0);
}

static void
behind_the_last_record_the_files_times_tell(void **state)
{
	struct trial *trial = *state;

	trial->job.at_ms = LAST + 1;
	find(trial);
	assert_int_equal(trial->gaps.count, 0);
	assert_int_equal(trial->gaps.by_time_count, 2);
	/* Of another directory, which is of earlier. */
	trial->partitions[0].modified_ms = LAST;
	find(trial);
	assert_int_equal(trial->gaps.by_time_count, 1);
	assert_int_equal(trial->gaps.count, 1);
	assert_gap(
	    trial, 0, HOLE_HISTORY, 0, "2023-11-14T22:13:20.000Z or later");
}

static void
a_segment_that_is_not_there_is_a_gap(void **state)
{
	struct trial *trial = *state;

	trial->book.all.shows_loss = true;
	trial->book.partition = 1;
	rescuegen_commit(&trial->book, "g", "0", 5, 3);
	rescuegen_gap(&trial->book, "g");
	rescuegen_commit(&trial->book, "g", "0", 5, 3);
	find(trial);
	assert_int_equal(trial->gaps.count, 1);
	assert_gap(trial, 0, HOLE_UNREADABLE, 1, "10 offsets");
	assert_non_null(strstr(trial->gaps.list[0].text, "from 2 on"));
}

static void
places_and_open_transactions_are_gaps(void **state)
{
	struct trial *trial = *state;
	const struct segment_place place = { .path = "/x/\033.log",
		.partition = 1,
		.reason = "its checksum is wrong",
		.position = 7 };

	for (int at = 0; at <= SEGMENTREPORT_PLACE_MAX; at++)
		segmentreport_add(&trial->report, &place);
	trial->report.open_count = 3;
	find(trial);
	assert_int_equal(trial->gaps.count, SEGMENTREPORT_PLACE_MAX + 2);
	assert_gap(trial, 0, HOLE_UNREADABLE, 1,
	    "\\u{1b}.log, byte 7: its checksum is wrong; the rest");
	assert_gap(trial, SEGMENTREPORT_PLACE_MAX, HOLE_UNREADABLE, -1, "more");
	assert_gap(
	    trial, SEGMENTREPORT_PLACE_MAX + 1, HOLE_HELD, -1, "3 records");
	arena_release(&trial->report.arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_partitions_of_the_number_given_are_no_gap),
		TEST(the_number_of_partitions_is_never_inferred),
		TEST(each_partition_without_files_is_a_gap),
		TEST(a_directory_beyond_the_number_is_refused),
		TEST(records_elsewhere_than_at_home_doubt_the_number),
		TEST(a_time_after_all_files_is_refused),
		TEST(behind_the_last_record_the_files_times_tell),
		TEST(a_segment_that_is_not_there_is_a_gap),
		TEST(places_and_open_transactions_are_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
