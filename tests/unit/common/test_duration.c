/* Tests of common/duration.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/duration.h"

static void
assert_parses(const char *text, int64_t expected_ms)
{
	int64_t duration_ms = -1;
	struct err err = { 0 };

	if (duration_parse(text, &duration_ms, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	assert_int_equal(duration_ms, expected_ms);
}

static void
assert_refused(const char *text, const char *reason)
{
	int64_t duration_ms = 4711;
	struct err err = { 0 };

	if (duration_parse(text, &duration_ms, &err) == 0)
		fail_msg("%s was taken", text);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(duration_ms, 4711);
	if (strstr(err.message, reason) == NULL)
		fail_msg("%s: %s", text, err.message);
}

static void
assert_shown(int64_t duration_ms, const char *expected)
{
	char text[DURATION_TEXT_MAX];

	assert_string_equal(duration_format(duration_ms, text), expected);
}

static void
every_unit_has_its_length(void **state)
{
	(void)state;
	assert_parses("1w", 604800000);
	assert_parses("1d", 86400000);
	assert_parses("1h", 3600000);
	assert_parses("1m", 60000);
	assert_parses("1s", 1000);
	assert_parses("1ms", 1);
	assert_parses("1w2d3h4m5s6ms", 788645006);
	assert_parses("P1W", 604800000);
	assert_parses("P1D", 86400000);
	assert_parses("PT1H", 3600000);
	assert_parses("PT1M", 60000);
	assert_parses("PT1S", 1000);
	assert_parses("P1W2DT3H4M5.006S", 788645006);
}

static void
a_number_may_be_larger_than_the_next_unit(void **state)
{
	(void)state;
	assert_parses("90m", 5400000);
	assert_parses("PT36H", 129600000);
	assert_parses("9223372036854775807ms", INT64_MAX);
}

static void
a_fraction_is_of_seconds_and_not_finer_than_a_millisecond(void **state)
{
	(void)state;
	assert_parses("0.5s", 500);
	assert_parses("1.25s", 1250);
	assert_parses("PT0.001S", 1);
	assert_refused("0.0005s", "finer than a millisecond");
	assert_refused("1.5h", "fraction");
	assert_refused("1.5ms", "fraction");
	assert_refused("1.s", "not a duration");
	assert_refused(".5s", "not a duration");
}

static void
units_stand_once_and_from_large_to_small(void **state)
{
	(void)state;
	assert_refused("1m1h", "order");
	assert_refused("1h1h", "order");
	assert_refused("PT1S1M", "order");
	assert_refused("1x", "unknown unit");
	/* Neither has a fixed length; and in ISO 8601 a minute is a time. */
	assert_refused("P1Y", "unknown unit");
	assert_refused("P1M", "unknown unit");
	assert_refused("PT1D", "unknown unit");
}

static void
what_is_missing_or_left_over_is_refused(void **state)
{
	(void)state;
	assert_refused("", "not a duration");
	assert_refused("10", "no unit");
	assert_refused("P", "not a duration");
	assert_refused("PT", "not a duration");
	assert_refused("P1DT", "not a duration");
	assert_refused("P1DT1HT1M", "not a duration");
	assert_refused("1dT1h", "not a duration");
	assert_refused("1h 30m", "unknown unit");
	assert_refused(" 1h", "not a duration");
	assert_refused("-1h", "sign");
	assert_refused("P-1D", "sign");
	assert_refused("+1h", "sign");
}

static void
what_does_not_fit_is_refused(void **state)
{
	(void)state;
	assert_refused("9223372036854775808ms", "too long");
	assert_refused("9223372036854776s", "too long");
	assert_refused("106751991168d", "too long");
	assert_refused("106751991167d8h", "too long");
	assert_refused("9223372036854775s808ms", "too long");
	assert_parses("9223372036854775s807ms", INT64_MAX);
	assert_refused("9223372036854775.808s", "too long");
}

static void
what_the_user_wrote_cannot_control_the_terminal(void **state)
{
	(void)state;
	assert_refused("\033[2J", "\\u{1b}[2J");
}

static void
people_are_shown_two_units_at_most(void **state)
{
	(void)state;
	assert_shown(0, "0 ms");
	assert_shown(250, "250 ms");
	assert_shown(999, "999 ms");
	assert_shown(1000, "1s");
	assert_shown(1999, "1s");
	assert_shown(59999, "59s");
	assert_shown(60000, "1m");
	assert_shown(200000, "3m 20s");
	assert_shown(3600000, "1h");
	assert_shown(3659999, "1h");
	assert_shown(3660000, "1h 1m");
	assert_shown(86399999, "23h 59m");
	assert_shown(93600000, "1d 2h");
	assert_shown(86400000 + 59999, "1d");
}

static void
extreme_durations_are_shown_whole(void **state)
{
	(void)state;
	assert_shown(-250, "-250 ms");
	assert_shown(-93600000, "-1d 2h");
	assert_shown(INT64_MAX, "106751991167d 7h");
	assert_shown(INT64_MIN, "-106751991167d 7h");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit_has_its_length),
		cmocka_unit_test(a_number_may_be_larger_than_the_next_unit),
		cmocka_unit_test(
		    a_fraction_is_of_seconds_and_not_finer_than_a_millisecond),
		cmocka_unit_test(units_stand_once_and_from_large_to_small),
		cmocka_unit_test(what_is_missing_or_left_over_is_refused),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(
		    what_the_user_wrote_cannot_control_the_terminal),
		cmocka_unit_test(people_are_shown_two_units_at_most),
		cmocka_unit_test(extreme_durations_are_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
