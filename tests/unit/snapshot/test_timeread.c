/*
 * What a capture asks of the logs for its time index, and what it keeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/indexbase.h"
#include "tests/unit/snapshot/trial.h"

/* The liar's clock begins here, and 1 s later when a test does. */
#define EPOCH INT64_C(1700000000000)
#define MINUTE INT64_C(60000)
#define DAY (1440 * MINUTE)
#define RECORDS 60

/* A record each minute, the last one a minute before the clock begins. */
static int64_t steady[RECORDS];

static int
set_up(void **state)
{
	struct trial *trial;

	if (trial_setup(state) != 0)
		return -1;
	trial = *state;
	trial->options.index_points = 8;
	trial->options.index_step_ms = 15 * MINUTE;
	for (int64_t i = 0; i < RECORDS; i++)
		steady[i] = EPOCH - (RECORDS - i) * MINUTE;
	trial->liar.topics[0].stamps = steady;
	trial->liar.topics[0].stamp_count = RECORDS;
	liar_add_group(&trial->liar, "g", 5);
	return 0;
}

/* None of a partition that was not asked. */
static struct partition_times
points_of(const struct trial *trial, int32_t partition)
{
	static struct time_point nothing;
	const struct topic_times *times =
	    model_find_times(&trial->snapshot, bytes_of("orders"));
	const struct partition_times *found =
	    times == NULL ? NULL : times_find_partition(times, partition);

	return found == NULL ? (struct partition_times){ .points = &nothing }
			     : *found;
}

static bool
gap_of(const struct trial *trial, int32_t partition, int64_t *since_ms)
{
	const struct topic_times *times =
	    model_find_times(&trial->snapshot, bytes_of("orders"));

	return times != NULL && times_find_gap(times, partition, since_ms);
}

/* Every point is what the liar would answer now. */
static void
expect_true(const struct trial *trial, struct partition_times partition)
{
	const struct liar_topic *topic = &trial->liar.topics[0];

	for (size_t i = 0; i < partition.count; i++) {
		const struct time_point *point = &partition.points[i];
		int64_t at = topic->start;

		while (at < topic->stamp_count &&
		    topic->stamps[at] < point->asked_ms)
			at++;
		if (at == topic->stamp_count) {
			assert_true(point->offset == -1);
			assert_true(point->found_ms == -1);
		} else {
			assert_true(point->offset == at);
			assert_true(point->found_ms == topic->stamps[at]);
		}
	}
}

static void
without_points_nothing_is_asked(void **state)
{
	struct trial *trial = *state;
	size_t calls;

	trial->options.index_points = 0;
	trial_capture(trial);
	calls = trial->liar.calls[LIAR_LOG];
	assert_int_equal(trial->snapshot.times_count, 0);
	assert_int_equal(trial->snapshot.info.index_points, 0);
	assert_int_equal(trial->report.index.question_count, 0);
	trial->options.index_points = 8;
	trial_capture(trial);
	assert_true(trial->liar.calls[LIAR_LOG] > 2 * calls);
}

static void
the_first_time_the_whole_log_is_asked(void **state)
{
	struct trial *trial = *state;
	struct partition_times points;

	trial_capture(trial);
	trial_is_complete(trial);
	points = points_of(trial, 0);
	assert_true(points.count > 0);
	assert_true(points.points[0].asked_ms == 0);
	assert_true(points.points[0].found_ms == steady[0]);
	assert_int_equal(points.count, 8);
	expect_true(trial, points);
	expect_true(trial, points_of(trial, 1));
	assert_int_equal(trial->snapshot.info.point_count, 16);
	assert_int_equal(trial->report.index.point_count, 16);
	assert_int_equal(trial->report.index.partition_count, 2);
	assert_int_equal(trial->report.index.failed_count, 0);
	assert_true(trial->report.index.request_count > 0);
	assert_true(trial->report.index.duration_ms > 0);
}

static void
a_log_that_did_not_grow_is_not_asked_again(void **state)
{
	struct trial *trial = *state;

	trial_capture(trial);
	trial_capture(trial);
	assert_int_equal(trial->snapshot.times_count, 0);
	assert_int_equal(trial->report.index.question_count, 0);
	assert_int_equal(trial->snapshot.info.index_points, 8);
}

/* The captures between had no index of their own. */
static void
the_index_goes_on_from_where_it_was_made_last(void **state)
{
	static int64_t grown[RECORDS + 1];
	struct trial *trial = *state;
	int64_t then_ms;

	trial_capture(trial);
	then_ms = trial->snapshot.info.from_ms;
	memcpy(grown, steady, sizeof(steady));
	grown[RECORDS] = then_ms + 10;
	indexbase_take(&trial->indexed, &trial->snapshot);
	trial->options.index_points = 0;
	trial->liar.topics[0].stamps = grown;
	trial->liar.topics[0].stamp_count = RECORDS + 1;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.times_count, 0);
	trial->options.index_points = 8;
	trial_capture(trial);
	assert_int_equal(points_of(trial, 0).count, 1);
	assert_true(points_of(trial, 0).points[0].asked_ms == then_ms);
	expect_true(trial, points_of(trial, 0));
}

/* The last capture of a window, whose index is of an earlier one: where its
 * logs ended does not tell what the index has. */
static void
an_index_of_before_the_previous_capture_is_gone_on_with(void **state)
{
	static int64_t grown[RECORDS + 1];
	struct trial *trial = *state;
	int64_t then_ms;

	trial_capture(trial);
	then_ms = trial->snapshot.info.index_ms;
	assert_true(then_ms == trial->snapshot.info.from_ms);
	memcpy(grown, steady, sizeof(steady));
	grown[RECORDS] = then_ms + 10;
	trial->options.index_points = 0;
	trial->liar.topics[0].stamps = grown;
	trial->liar.topics[0].stamp_count = RECORDS + 1;
	trial_capture(trial);
	assert_true(trial->snapshot.info.index_ms == -1);
	trial->snapshot.info.index_points = 8;
	trial->snapshot.info.index_ms = then_ms;
	trial->options.index_points = 8;
	trial_capture(trial);
	assert_int_equal(points_of(trial, 0).count, 1);
	assert_true(points_of(trial, 0).points[0].asked_ms == then_ms);
	assert_int_equal(points_of(trial, 1).count, 1);
	expect_true(trial, points_of(trial, 0));
}

static void
a_gap_of_the_index_is_kept_for_later(void **state)
{
	struct trial *trial = *state;
	int64_t since_ms = -1;

	trial->liar.topics[0].time_error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	trial->liar.topics[0].time_error_count = 1;
	trial_capture(trial);
	assert_true(gap_of(trial, 1, &since_ms));
	indexbase_take(&trial->indexed, &trial->snapshot);
	indexbase_take(&trial->indexed, &trial->snapshot);
	trial->options.index_points = 0;
	trial_capture(trial);
	trial->options.index_points = 8;
	trial_capture(trial);
	assert_false(gap_of(trial, 1, &since_ms));
	assert_int_equal(points_of(trial, 1).count, 8);
	assert_int_equal(points_of(trial, 0).count, 0);
}

static void
later_only_the_time_since_is_asked(void **state)
{
	static int64_t grown[RECORDS + 40];
	struct trial *trial = *state;
	struct partition_times points;
	int64_t from_ms;

	trial_capture(trial);
	from_ms = trial->snapshot.info.from_ms;
	memcpy(grown, steady, sizeof(steady));
	for (int64_t i = 0; i < 40; i++)
		grown[RECORDS + i] = EPOCH + (i + 1) * MINUTE;
	trial->liar.topics[0].stamps = grown;
	trial->liar.topics[0].stamp_count = RECORDS + 40;
	trial->liar.now_ms += 41 * MINUTE;
	trial_capture(trial);
	points = points_of(trial, 0);
	assert_int_equal(points.count, 3);
	assert_true(points.points[0].asked_ms == from_ms);
	assert_true(points.points[1].asked_ms == from_ms + 15 * MINUTE);
	expect_true(trial, points);
}

static void
an_empty_log_is_not_asked(void **state)
{
	struct trial *trial = *state;

	trial->liar.topics[0].start = RECORDS;
	trial_capture(trial);
	assert_int_equal(trial->report.index.question_count, 0);
	assert_int_equal(trial->snapshot.times_count, 0);
}

static void
a_new_partition_is_asked_for_all_of_its_log(void **state)
{
	struct trial *trial = *state;

	trial_capture(trial);
	trial->liar.topics[0].count = 3;
	trial_capture(trial);
	assert_int_equal(points_of(trial, 0).count, 0);
	assert_true(points_of(trial, 2).points[0].asked_ms == 0);
	expect_true(trial, points_of(trial, 2));
}

static void
a_topic_made_again_or_cut_back_is_a_new_log(void **state)
{
	struct trial *trial = *state;

	trial_capture(trial);
	trial->liar.topics[0].incarnation = 1;
	trial_capture(trial);
	assert_true(points_of(trial, 0).points[0].asked_ms == 0);
	trial->liar.topics[0].stamp_count = 5;
	trial_capture(trial);
	assert_true(points_of(trial, 0).points[0].asked_ms == 0);
	expect_true(trial, points_of(trial, 0));
}

static void
an_index_that_was_off_begins_anew(void **state)
{
	struct trial *trial = *state;

	trial_capture(trial);
	trial->options.index_points = 0;
	trial_capture(trial);
	trial->options.index_points = 8;
	trial_capture(trial);
	assert_true(points_of(trial, 0).points[0].asked_ms == 0);
}

/* What an answer covers up to its timestamp needs no question. */
static void
a_record_of_the_future_answers_for_all_times_up_to_it(void **state)
{
	static int64_t future[2];
	struct trial *trial = *state;
	struct partition_times points;

	future[0] = EPOCH - 60 * MINUTE;
	future[1] = EPOCH + 3 * DAY;
	trial->liar.topics[0].stamps = future;
	trial->liar.topics[0].stamp_count = 2;
	trial_capture(trial);
	points = points_of(trial, 0);
	assert_int_equal(points.count, 2);
	assert_true(points.points[1].offset == 1);
	assert_true(points.points[1].found_ms == future[1]);
	expect_true(trial, points);
}

static void
where_no_record_follows_the_index_says_so_once(void **state)
{
	static int64_t old[2];
	struct trial *trial = *state;
	struct partition_times points;

	old[0] = EPOCH - 600 * MINUTE;
	old[1] = EPOCH - 590 * MINUTE;
	trial->liar.topics[0].stamps = old;
	trial->liar.topics[0].stamp_count = 2;
	trial_capture(trial);
	points = points_of(trial, 0);
	assert_int_equal(points.count, 2);
	assert_true(points.points[1].offset == -1);
	assert_int_equal(trial->report.index.disbelieved_count, 0);
	expect_true(trial, points);
}

/* The broker looks at the first segment alone, whose records are deleted. */
static void
the_hole_that_deleted_records_make_is_not_believed(void **state)
{
	static int64_t stamps[20];
	struct trial *trial = *state;
	struct liar_topic *topic = &trial->liar.topics[0];
	struct partition_times points;
	int64_t ignored;

	/* The first segment: old ones, then one that is newer than many. */
	for (int64_t i = 0; i < 20; i++)
		stamps[i] = EPOCH - (20 - i) * (DAY / 3);
	stamps[9] = EPOCH - 5 * (DAY / 3);
	topic->stamps = stamps;
	topic->stamp_count = 20;
	topic->segment = 10;
	topic->start = 10;
	trial_capture(trial);
	points = points_of(trial, 0);
	assert_true(points.count > 0);
	assert_true(trial->report.index.disbelieved_count > 0);
	assert_int_equal(trial->report.index.failed_count, 0);
	assert_false(gap_of(trial, 0, &ignored));
	for (size_t i = 0; i < points.count; i++)
		assert_true(points.points[i].asked_ms > stamps[9]);
	expect_true(trial, points);
}

/* DeleteRecords between two questions: the snapshot is not lost over it. */
static void
records_that_vanish_meanwhile_leave_an_index_in_order(void **state)
{
	struct trial *trial = *state;

	trial->liar.topics[0].vanish_after = 3;
	trial_capture(trial);
	trial_is_complete(trial);
	for (int32_t partition = 0; partition < 2; partition++) {
		const struct partition_times points =
		    points_of(trial, partition);

		for (size_t i = 1; i < points.count; i++)
			assert_true(points.points[i - 1].asked_ms <
			    points.points[i].asked_ms);
	}
}

static void
an_error_that_passes_is_asked_again(void **state)
{
	struct trial *trial = *state;
	int64_t since = -1;

	trial->liar.topics[0].time_error = KAFKA_OFFSET_NOT_AVAILABLE;
	trial->liar.topics[0].time_error_count = 3;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(points_of(trial, 1).count, 8);
	assert_false(gap_of(trial, 1, &since));
}

static void
an_error_that_lasts_is_a_gap_and_no_hole(void **state)
{
	struct trial *trial = *state;
	int64_t since = -1;

	trial->liar.topics[0].time_error = KAFKA_UNKNOWN_SERVER_ERROR;
	trial->liar.topics[0].time_error_count = 1000;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(points_of(trial, 0).count, 8);
	assert_int_equal(points_of(trial, 1).count, 0);
	assert_true(gap_of(trial, 1, &since));
	assert_true(since == 0);
	assert_int_equal(trial->report.index.failed_count, 1);
	assert_non_null(strstr(trial->liar.said, "1 of 2 partitions"));

	/* And the next snapshot asks again, though the log did not grow. */
	trial->liar.topics[0].time_error_count = 0;
	trial_capture(trial);
	assert_int_equal(points_of(trial, 0).count, 0);
	assert_int_equal(points_of(trial, 1).count, 8);
	assert_false(gap_of(trial, 1, &since));
}

static void
stop_answering(struct liar *liar, enum liar_call call)
{
	/* Two calls are for the log ranges, some for the offsets topic. */
	if (call == LIAR_LOG && liar->step++ > 6)
		liar->now_ms += 20000;
}

static void
the_time_that_it_may_take_is_limited(void **state)
{
	struct trial *trial = *state;
	int64_t since = -1;

	trial->options.index_points = 50;
	trial->liar.before = stop_answering;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(gap_of(trial, 0, &since));
	assert_true(since > 0);
	assert_int_equal(trial->report.index.failed_count, 2);
	assert_true(trial->report.duration_ms < CAPTURE_TIMEOUT_MS);
}

static void
interrupt_late(struct liar *liar, enum liar_call call)
{
	if (call == LIAR_LOG && liar->step++ > 6)
		liar->interrupted = true;
}

static void
an_interruption_leaves_nothing(void **state)
{
	struct trial *trial = *state;

	trial->options.index_points = 50;
	trial->liar.before = interrupt_late;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_INTERRUPTED);
	assert_int_equal(trial->snapshot.group_count, 0);
}

int
main(void)
{
#define TRIAL(name) \
	cmocka_unit_test_setup_teardown(name, set_up, trial_teardown)
	const struct CMUnitTest tests[] = {
		TRIAL(without_points_nothing_is_asked),
		TRIAL(the_first_time_the_whole_log_is_asked),
		TRIAL(a_log_that_did_not_grow_is_not_asked_again),
		TRIAL(later_only_the_time_since_is_asked),
		TRIAL(the_index_goes_on_from_where_it_was_made_last),
		TRIAL(an_index_of_before_the_previous_capture_is_gone_on_with),
		TRIAL(a_gap_of_the_index_is_kept_for_later),
		TRIAL(an_empty_log_is_not_asked),
		TRIAL(a_new_partition_is_asked_for_all_of_its_log),
		TRIAL(a_topic_made_again_or_cut_back_is_a_new_log),
		TRIAL(an_index_that_was_off_begins_anew),
		TRIAL(a_record_of_the_future_answers_for_all_times_up_to_it),
		TRIAL(where_no_record_follows_the_index_says_so_once),
		TRIAL(the_hole_that_deleted_records_make_is_not_believed),
		TRIAL(records_that_vanish_meanwhile_leave_an_index_in_order),
		TRIAL(an_error_that_passes_is_asked_again),
		TRIAL(an_error_that_lasts_is_a_gap_and_no_hole),
		TRIAL(the_time_that_it_may_take_is_limited),
		TRIAL(an_interruption_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
