/*
 * test_timeindex.c - time and offset told from each other: what is called exact
 * is true, a range holds the truth, and timestamps that lie are named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "restore/timeindex.h"
#include "tests/unit/restore/logworld.h"
#include "tests/unit/restore/snapgen.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define BEGIN LOGWORLD_BEGIN

struct rig {
	struct logworld world;
	struct timeindex index;
	size_t number;    /* of the next capture */
	int64_t since_ms; /* of the last one */
};

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));

	rig->world.topic_id = 1;
	timeindex_init(&rig->index, bytes_of(LOGWORLD_TOPIC), 0);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	timeindex_release(&rig->index);
	free(rig);
	return 0;
}

static void
capture(struct rig *rig, int64_t at_ms)
{
	struct snapshot snapshot;

	logworld_snapshot(
	    &rig->world, rig->number++, at_ms, rig->since_ms, &snapshot);
	assert_non_null(timeindex_add(&rig->index, &snapshot));
	snapshot_release(&snapshot);
	rig->since_ms = at_ms;
}

static struct timeindex_life
life_at(const struct rig *rig, int64_t at_ms)
{
	struct timeindex_life life;

	assert_true(timeindex_life_at(&rig->index, at_ms, &life));
	return life;
}

/* A record each minute for two hours; captures each hour. */
static void
write_steadily(struct rig *rig)
{
	for (int64_t i = 0; i < 120; i++)
		logworld_write(&rig->world, BEGIN + i * MINUTE, 0);
	capture(rig, BEGIN + 30 * SECOND + 30 * MINUTE);
	capture(rig, BEGIN + 30 * SECOND + 60 * MINUTE);
	capture(rig, BEGIN + 30 * SECOND + 90 * MINUTE);
}

static void
where_the_log_ended_is_between_two_captures(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_answer answer;

	write_steadily(rig);
	life = life_at(rig, BEGIN + 45 * MINUTE);
	answer = timeindex_end_at(&life, BEGIN + 45 * MINUTE);
	assert_int_equal(answer.sure, SURE_RANGE);
	assert_true(answer.low == 31);
	assert_true(answer.high == 61);
	assert_in_range(answer.estimate, 44, 47);
	assert_string_equal(answer.low_by->id, "0000000000000000");
	assert_string_equal(answer.high_by->id, "0000000000000001");
	/* Before the first and behind the last one side is open. */
	answer = timeindex_end_at(&life, BEGIN);
	assert_int_equal(answer.sure, SURE_RANGE);
	assert_true(answer.low == -1 && answer.high == 31);
	assert_true(answer.estimate == -1);
	answer = timeindex_end_at(&life, BEGIN + 5 * HOUR);
	assert_true(answer.low == 91 && answer.high == -1);
}

/* It is kept under the time that it is of, and saw the log later. */
static void
a_rescue_does_not_say_where_the_log_ended(void **state)
{
	struct rig *rig = *state;
	struct snapshot snapshot;

	write_steadily(rig);
	logworld_snapshot(&rig->world, rig->number, BEGIN + 2 * HOUR,
	    rig->since_ms, &snapshot);
	snapshot.info.source = SOURCE_RESCUE;
	assert_null(timeindex_add(&rig->index, &snapshot));
	assert_int_equal(rig->index.count, 3);
	snapshot_release(&snapshot);
}

static void
a_log_at_rest_is_known_exactly(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_answer answer;

	logworld_write(&rig->world, BEGIN, 0);
	capture(rig, BEGIN + HOUR);
	capture(rig, BEGIN + 2 * HOUR);
	life = life_at(rig, BEGIN + 90 * MINUTE);
	answer = timeindex_end_at(&life, BEGIN + 90 * MINUTE);
	assert_int_equal(answer.sure, SURE_EXACT);
	assert_true(answer.low == 1);
	answer = timeindex_first_from(&life, BEGIN + 90 * MINUTE);
	assert_true(answer.none);
	assert_int_equal(answer.sure, SURE_RANGE);
	assert_true(answer.low == 1 && answer.high == -1);
}

static void
an_answer_holds_up_to_the_timestamp_that_was_found(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_answer answer;

	logworld_write(&rig->world, BEGIN, 0);
	logworld_write(&rig->world, BEGIN + 10 * HOUR, 0);
	capture(rig, BEGIN + 12 * HOUR);
	life = life_at(rig, BEGIN);
	answer = timeindex_first_from(&life, BEGIN + 9 * HOUR);
	assert_int_equal(answer.sure, SURE_EXACT);
	assert_true(answer.low == 1);
	assert_true(answer.found_ms == BEGIN + 10 * HOUR);
	answer = timeindex_first_from(&life, BEGIN - DAY);
	assert_int_equal(answer.sure, SURE_EXACT);
	assert_true(answer.low == 0);
	answer = timeindex_first_from(&life, BEGIN + 11 * HOUR);
	assert_true(answer.none);
	assert_true(answer.low == 2);
}

/* Whatever the records are: nothing that is said is wrong. */
static void
check_times(const struct rig *rig, int64_t at_ms)
{
	const struct logworld *world = &rig->world;
	const struct timeindex_life life = life_at(rig, at_ms);
	const struct timeindex_answer end = timeindex_end_at(&life, at_ms);
	const struct timeindex_answer first =
	    timeindex_first_from(&life, at_ms);
	const int64_t true_end = logworld_end(world, at_ms);
	const int64_t last = life.captures[life.count - 1].end;
	int64_t true_first = logworld_first_from(world, last, at_ms, NULL);

	assert_true(end.low <= true_end);
	assert_true(end.high < 0 || end.high >= true_end);
	if (true_first < 0)
		true_first = last;
	assert_true(first.low <= true_first);
	assert_true(first.high < 0 || first.high >= true_first);
	if (first.sure == SURE_EXACT)
		assert_true(first.low == true_first);
	if (first.none)
		assert_true(logworld_first_from(
				world, first.low_by->end, at_ms, NULL) < 0);
	if (first.estimate >= 0)
		assert_true(first.estimate >= first.low &&
		    first.estimate <= first.high);
}

static void
check_offset(const struct rig *rig, int64_t offset)
{
	const struct logworld *world = &rig->world;
	const struct timeindex_life life = life_at(rig, INT64_MAX);
	const struct timeindex_answer written =
	    timeindex_written(&life, offset);
	const struct timeindex_answer stamped =
	    timeindex_stamped(&life, offset);

	assert_true(written.low < world->written[offset]);
	assert_true(written.none == (written.high < 0));
	assert_true(written.none || written.high >= world->written[offset]);
	if (stamped.sure == SURE_EXACT)
		assert_true(stamped.low == world->stamped[offset]);
	else if (stamped.high >= 0)
		assert_true(world->stamped[offset] < stamped.high);
	if (stamped.estimate >= 0 && stamped.high >= 0)
		assert_true(stamped.estimate < stamped.high);
}

static void
nothing_that_is_said_is_wrong(void **state)
{
	struct rig *rig = *state;
	uint64_t random = 1;

	for (int64_t i = 0; i < 2000; i++) {
		int64_t skew = 0;

		random = random * UINT64_C(6364136223846793005) + 1;
		if (random >> 60 == 0)
			skew = (int64_t)(random >> 40) % (6 * HOUR) - 3 * HOUR;
		logworld_write(&rig->world,
		    BEGIN + i * MINUTE + (i > 1000 ? 9 * HOUR : 0), skew);
		if (i % 77 == 76)
			capture(rig, rig->world.written[i] + 30 * SECOND);
	}
	for (int64_t at = BEGIN - HOUR; at < BEGIN + 48 * HOUR;
	     at += 17 * SECOND)
		check_times(rig, at);
	for (int64_t i = 0; i < 2000; i++)
		check_offset(rig, i);
}

static void
when_an_offset_was_written(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_answer answer;

	write_steadily(rig);
	life = life_at(rig, INT64_MAX);
	answer = timeindex_written(&life, 45);
	assert_int_equal(answer.sure, SURE_RANGE);
	assert_true(answer.low == BEGIN + 30 * MINUTE + 30 * SECOND);
	assert_true(answer.high == BEGIN + 60 * MINUTE + 31 * SECOND);
	assert_in_range(
	    answer.estimate, BEGIN + 43 * MINUTE, BEGIN + 47 * MINUTE);
	answer = timeindex_stamped(&life, 45);
	assert_int_equal(answer.sure, SURE_RANGE);
	assert_in_range(
	    answer.estimate, BEGIN + 44 * MINUTE, BEGIN + 46 * MINUTE);
	answer = timeindex_written(&life, 500);
	assert_true(answer.none);
	assert_true(answer.high == -1);
	assert_string_equal(answer.low_by->id, "0000000000000002");
}

static void
a_partition_added_later_was_not_there_before(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_answer answer;
	struct snapshot snapshot;

	snapgen_begin(&snapshot, "00000000000000aa", BEGIN, BEGIN + 1);
	(void)snapgen_topic(&snapshot, LOGWORLD_TOPIC, 1, 1);
	rig->index.partition = 1;
	snapgen_end(&snapshot);
	assert_true(timeindex_add(&rig->index, &snapshot)->absent);
	snapshot_release(&snapshot);
	rig->index.partition = 0;
	logworld_write(&rig->world, BEGIN + HOUR, 0);
	capture(rig, BEGIN + 2 * HOUR);
	life = life_at(rig, BEGIN - HOUR);
	answer = timeindex_end_at(&life, BEGIN - HOUR);
	assert_true(answer.none);
	answer = timeindex_end_at(&life, BEGIN + HOUR);
	assert_false(answer.none);
	assert_true(answer.low == 0 && answer.high == 1);
	answer = timeindex_written(&life, 0);
	assert_true(answer.low == BEGIN);
}

static void
a_topic_made_again_is_another_one(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_answer answer;

	write_steadily(rig);
	rig->world = (struct logworld){ .topic_id = 2 };
	rig->since_ms = 0;
	logworld_write(&rig->world, BEGIN + 3 * HOUR, 0);
	capture(rig, BEGIN + 4 * HOUR);
	capture(rig, BEGIN + 5 * HOUR);
	life = life_at(rig, BEGIN + 45 * MINUTE);
	assert_int_equal(life.count, 3);
	assert_null(life.before);
	assert_true(life.next->from_ms == BEGIN + 4 * HOUR);
	/* In between it is the new one, and after. */
	life = life_at(rig, BEGIN + 3 * HOUR);
	assert_int_equal(life.count, 2);
	assert_null(life.next);
	assert_true(life.before->from_ms == BEGIN + 90 * MINUTE + 30 * SECOND);
	answer = timeindex_end_at(&life, BEGIN + 3 * HOUR);
	assert_true(answer.low == -1 && answer.high == 1);
	answer = timeindex_first_from(&life, BEGIN + 2 * HOUR);
	assert_int_equal(answer.sure, SURE_EXACT);
	assert_true(answer.low == 0);
	life = life_at(rig, INT64_MAX);
	assert_int_equal(life.count, 2);
}

static void
captures_come_in_any_order_and_other_topics_tell_nothing(void **state)
{
	struct rig *rig = *state;
	struct snapshot snapshot;

	capture(rig, BEGIN + 2 * HOUR);
	capture(rig, BEGIN + HOUR);
	capture(rig, BEGIN + 3 * HOUR);
	for (size_t i = 0; i < 3; i++)
		assert_true(rig->index.captures[i].from_ms ==
		    BEGIN + ((int64_t)i + 1) * HOUR);
	assert_non_null(timeindex_find(&rig->index, "0000000000000001"));
	snapgen_begin(&snapshot, "00000000000000aa", BEGIN, BEGIN + 1);
	(void)snapgen_topic(&snapshot, "other", 1, 1);
	(void)snapgen_topic(&snapshot, LOGWORLD_TOPIC, 0, 0);
	snapgen_end(&snapshot);
	assert_null(timeindex_add(&rig->index, &snapshot));
	snapshot_release(&snapshot);
	assert_null(timeindex_find(&rig->index, "00000000000000aa"));
}

static void
nothing_is_said_without_captures(void **state)
{
	const struct rig *rig = *state;
	struct timeindex_life life;

	assert_false(timeindex_life_at(&rig->index, BEGIN, &life));
	assert_int_equal(timeindex_end_at(&life, BEGIN).sure, SURE_NOTHING);
	assert_int_equal(timeindex_first_from(&life, BEGIN).sure, SURE_NOTHING);
	assert_int_equal(timeindex_written(&life, 0).sure, SURE_NOTHING);
	assert_int_equal(timeindex_stamped(&life, 0).sure, SURE_NOTHING);
	assert_true(timeindex_lie(&life).by_ms == 0);
}

static void
true_timestamps_are_not_accused(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;

	/* Clocks that differ by less than a step do no harm. */
	for (int64_t i = 0; i < 600; i++)
		logworld_write(&rig->world, BEGIN + i * MINUTE,
		    i % 7 == 0 ? 10 * MINUTE : -(i % 3) * MINUTE);
	for (int64_t i = 1; i < 10; i++)
		capture(rig, BEGIN + i * HOUR + 1);
	life = life_at(rig, INT64_MAX);
	assert_true(timeindex_lie(&life).by_ms == 0);
}

static void
records_of_the_future_are_named(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_lie lie;

	for (int64_t i = 0; i < 120; i++)
		logworld_write(
		    &rig->world, BEGIN + i * MINUTE, i == 70 ? 3 * DAY : 0);
	capture(rig, BEGIN + HOUR + 1);
	capture(rig, BEGIN + 2 * HOUR + 1);
	life = life_at(rig, INT64_MAX);
	lie = timeindex_lie(&life);
	assert_true(lie.ahead);
	assert_true(lie.offset == 70);
	assert_true(lie.stamp_ms == BEGIN + 70 * MINUTE + 3 * DAY);
	assert_in_range(lie.by_ms, 3 * DAY - HOUR, 3 * DAY);
	assert_true(lie.before_ms == BEGIN + 2 * HOUR + 1 + SECOND);
}

static void
records_of_the_past_are_named(void **state)
{
	struct rig *rig = *state;
	struct timeindex_life life;
	struct timeindex_lie lie;

	for (int64_t i = 0; i < 180; i++)
		logworld_write(
		    &rig->world, BEGIN + i * MINUTE, i >= 120 ? -30 * DAY : 0);
	capture(rig, BEGIN + HOUR);
	capture(rig, BEGIN + 2 * HOUR);
	capture(rig, BEGIN + 3 * HOUR);
	life = life_at(rig, INT64_MAX);
	/* What was written after the last good one may be of the same minute.
	 */
	assert_true(timeindex_lie(&life).by_ms == 0);
	capture(rig, BEGIN + 4 * HOUR);
	for (int64_t i = 0; i < 10; i++)
		logworld_write(
		    &rig->world, BEGIN + 6 * HOUR + i * MINUTE, -30 * DAY);
	capture(rig, BEGIN + 7 * HOUR);
	capture(rig, BEGIN + 8 * HOUR);
	life = life_at(rig, INT64_MAX);
	lie = timeindex_lie(&life);
	assert_false(lie.ahead);
	assert_true(lie.below);
	assert_true(lie.offset == 189);
	assert_true(lie.stamp_ms == BEGIN + 119 * MINUTE + 1);
	assert_true(lie.after_ms == BEGIN + 4 * HOUR);
	assert_true(lie.by_ms == lie.after_ms - lie.stamp_ms);
}

int
main(void)
{
#define RIG(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		RIG(where_the_log_ended_is_between_two_captures),
		RIG(a_rescue_does_not_say_where_the_log_ended),
		RIG(a_log_at_rest_is_known_exactly),
		RIG(an_answer_holds_up_to_the_timestamp_that_was_found),
		RIG(nothing_that_is_said_is_wrong),
		RIG(when_an_offset_was_written),
		RIG(a_partition_added_later_was_not_there_before),
		RIG(a_topic_made_again_is_another_one),
		RIG(captures_come_in_any_order_and_other_topics_tell_nothing),
		RIG(nothing_is_said_without_captures),
		RIG(true_timestamps_are_not_accused),
		RIG(records_of_the_future_are_named),
		RIG(records_of_the_past_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
