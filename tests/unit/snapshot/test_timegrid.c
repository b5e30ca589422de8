/*
 * Which times are asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snapshot/timegrid.h"

#define MINUTE INT64_C(60000)
#define NOW (INT64_C(29401325) * MINUTE)

static size_t
count_times(const struct timegrid *grid)
{
	int64_t at = -1;
	size_t count = 0;

	while (timegrid_next(grid, at, &at)) {
		assert_true(at < grid->end_ms);
		count++;
	}
	return count;
}

static void
a_whole_log_is_cut_evenly(void **state)
{
	const struct timegrid grid = timegrid_first(NOW - 640, NOW, 64);
	int64_t at;

	(void)state;
	/* With the one at the first record these are 64. */
	assert_int_equal(count_times(&grid), 63);
	assert_true(timegrid_next(&grid, -1, &at));
	assert_true(at == NOW - 630);
	assert_true(timegrid_next(&grid, at, &at));
	assert_true(at == NOW - 620);
}

static void
a_short_log_has_fewer_times(void **state)
{
	const struct timegrid short_grid = timegrid_first(NOW - 5, NOW, 64);
	const struct timegrid one = timegrid_first(NOW - 5000, NOW, 1);

	(void)state;
	assert_int_equal(count_times(&short_grid), 4);
	assert_int_equal(count_times(&one), 0);
}

static void
a_first_record_of_the_future_leaves_nothing_to_ask(void **state)
{
	const struct timegrid grid = timegrid_first(NOW + 5, NOW, 64);
	const struct timegrid far = timegrid_first(INT64_MAX, NOW, 64);

	(void)state;
	assert_int_equal(count_times(&grid), 0);
	assert_int_equal(count_times(&far), 0);
}

static void
later_the_step_is_kept_and_the_beginning_asked(void **state)
{
	const struct timegrid grid =
	    timegrid_later(NOW - 60 * MINUTE, NOW, 15 * MINUTE, 64);
	int64_t at;

	(void)state;
	assert_int_equal(count_times(&grid), 4);
	assert_true(timegrid_next(&grid, -1, &at));
	assert_true(at == NOW - 60 * MINUTE);
	assert_true(timegrid_next(&grid, at, &at));
	assert_true(at == NOW - 45 * MINUTE);
}

static void
a_long_time_widens_the_step(void **state)
{
	(void)state;
	for (size_t points = 1; points < 200; points++) {
		const struct timegrid grid = timegrid_later(
		    NOW - 1440 * MINUTE - 7, NOW, 15 * MINUTE, points);

		assert_in_range(count_times(&grid), 1, points);
		assert_true(grid.step_ms >= 15 * MINUTE);
	}
}

static void
a_clock_set_back_gives_one_time(void **state)
{
	const struct timegrid grid =
	    timegrid_later(NOW + MINUTE, NOW, MINUTE, 64);

	(void)state;
	assert_int_equal(count_times(&grid), 1);
}

static void
times_that_an_answer_covers_are_passed_over(void **state)
{
	const struct timegrid grid =
	    timegrid_later(NOW - 60 * MINUTE, NOW, 15 * MINUTE, 64);
	int64_t at;

	(void)state;
	assert_true(timegrid_next(&grid, NOW - 31 * MINUTE, &at));
	assert_true(at == NOW - 30 * MINUTE);
	assert_true(timegrid_next(&grid, NOW - 30 * MINUTE, &at));
	assert_true(at == NOW - 15 * MINUTE);
	assert_false(timegrid_next(&grid, NOW - 15 * MINUTE, &at));
	assert_false(timegrid_next(&grid, INT64_MAX, &at));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_log_is_cut_evenly),
		cmocka_unit_test(a_short_log_has_fewer_times),
		cmocka_unit_test(
		    a_first_record_of_the_future_leaves_nothing_to_ask),
		cmocka_unit_test(
		    later_the_step_is_kept_and_the_beginning_asked),
		cmocka_unit_test(a_long_time_widens_the_step),
		cmocka_unit_test(a_clock_set_back_gives_one_time),
		cmocka_unit_test(times_that_an_answer_covers_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
