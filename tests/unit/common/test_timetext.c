/* Tests of common/timetext.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "common/timetext.h"
#include <string.h>

#define NOW_MS INT64_C(1795586897196)

static int64_t
parsed(const char *text)
{
	int64_t time_ms = -1;
	struct err err = { 0 };

	if (time_parse(text, NOW_MS, &time_ms, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	return time_ms;
}

static void
expect_refused(const char *text, const char *word)
{
	int64_t time_ms = -1;
	struct err err = { 0 };

	if (time_parse(text, NOW_MS, &time_ms, &err) == 0)
		fail_msg("%s was taken for %lld", text, (long long)time_ms);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.message, word) == NULL && strstr(err.hint, word) == NULL)
		fail_msg("%s: %s", text, err.message);
}

static int64_t
duration(const char *text)
{
	int64_t duration_ms = -1;
	struct err err = { 0 };

	if (duration_parse(text, &duration_ms, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	return duration_ms;
}

static void
times_with_a_zone_are_parsed(void **state)
{
	(void)state;
	assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(
	    parsed("2026-11-25T14:05:00Z"), INT64_C(1795615500000));
	assert_int_equal(
	    parsed("2026-11-25T14:05:00.5+01:00"), INT64_C(1795611900500));
	assert_int_equal(
	    parsed("2026-11-25 14:05:00z"), INT64_C(1795615500000));
	assert_int_equal(
	    parsed("2024-02-29T23:59:59.999Z"), INT64_C(1709251199999));
}

static void
a_time_without_a_zone_is_refused_and_told_how(void **state)
{
	(void)state;
	expect_refused("2026-11-25T14:05:00", "zone");
	expect_refused("2026-11-25 14:05:00", "zone");
}

static void
days_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	expect_refused("2023-02-29T00:00:00Z", "");
	expect_refused("2026-13-01T00:00:00Z", "");
	expect_refused("2026-04-31T00:00:00Z", "");
	expect_refused("2026-11-25T24:00:00Z", "");
	expect_refused("2026-11-25T23:59:60Z", "");
}

static void
now_may_be_shifted(void **state)
{
	(void)state;
	assert_int_equal(parsed("now"), NOW_MS);
	assert_int_equal(parsed("now-2h"), NOW_MS - 7200000);
	assert_int_equal(parsed("now+PT5M"), NOW_MS + 300000);
	expect_refused("now-2", "unit");
	expect_refused("now-", "");
}

static void
milliseconds_are_taken_and_seconds_are_not(void **state)
{
	(void)state;
	assert_int_equal(parsed("1795615500000"), INT64_C(1795615500000));
	expect_refused("1795615500", "seconds");
	expect_refused("", "");
	expect_refused("99999999999999999999", "");
}

static void
what_is_formatted_parses_back(void **state)
{
	const int64_t times[] = { 0, 1, NOW_MS, TIME_LAST_MS,
		INT64_C(951782400000) /* 2000-02-29 */ };
	char text[TIME_RFC3339_MAX];
	char key[TIME_KEY_MAX];
	(void)state;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t back = -1;

		assert_int_equal(parsed(time_format(times[i], text)), times[i]);
		assert_true(time_parse_key(
		    bytes_of(time_format_key(times[i], key)), &back));
		assert_int_equal(back, times[i]);
	}
	assert_string_equal(time_format_key(INT64_C(1795615500123), key),
	    "20261125T140500123Z");
}

static void
a_time_out_of_the_calendar_is_shown_as_a_number(void **state)
{
	char text[TIME_RFC3339_MAX];
	(void)state;

	assert_string_equal(
	    time_format(INT64_MAX, text), "9223372036854775807");
}

static void
keys_of_another_form_are_refused(void **state)
{
	int64_t back;
	(void)state;

	assert_false(time_parse_key(bytes_of("20261125T140500123"), &back));
	assert_false(time_parse_key(bytes_of("20261325T140500123Z"), &back));
	assert_false(time_parse_key(bytes_of("20261125t140500123Z"), &back));
	assert_false(time_parse_key(bytes_of("2026112 T140500123Z"), &back));
}

static void
durations_of_both_kinds_are_parsed(void **state)
{
	(void)state;
	assert_int_equal(duration("90s"), 90000);
	assert_int_equal(duration("1h30m"), 5400000);
	assert_int_equal(duration("500ms"), 500);
	assert_int_equal(duration("P1DT1H30M"), 91800000);
	assert_int_equal(duration("PT0.5S"), 500);
	assert_int_equal(duration("0s"), 0);
}

static void
durations_without_unit_or_sense_are_refused(void **state)
{
	static const char *const texts[] = { "10", "", "-5s", "5x", "1h1h", "P",
		"PT", "99999999999999d", "1m1h" };
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t duration_ms;
		struct err err = { 0 };

		if (duration_parse(texts[i], &duration_ms, &err) == 0)
			fail_msg("%s was taken", texts[i]);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void
every_day_of_ten_thousand_years_has_its_date(void **state)
{
	(void)state;
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int64_t time_ms = INT64_C(-62167219200000);
	char text[TIME_RFC3339_MAX];

	for (int year = 0; year <= 9999; year++) {
		const bool is_leap =
		    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			const int count =
			    days[month - 1] + (month == 2 && is_leap ? 1 : 0);
			char expected[64];

			/* The first and the last day hold those between. */
			(void)snprintf(expected, sizeof(expected),
			    "%04d-%02d-01T00:00:00.000Z", year, month);
			assert_string_equal(
			    time_format(time_ms, text), expected);
			assert_int_equal(parsed(expected), time_ms);
			time_ms += count * INT64_C(86400000);
			(void)snprintf(expected, sizeof(expected),
			    "%04d-%02d-%02dT23:59:59.999Z", year, month, count);
			assert_string_equal(
			    time_format(time_ms - 1, text), expected);
			assert_int_equal(parsed(expected), time_ms - 1);
		}
	}
	assert_int_equal(time_ms - 1, TIME_LAST_MS);
}

static void
times_before_1970_count_back(void **state)
{
	(void)state;
	char text[TIME_RFC3339_MAX];

	assert_int_equal(parsed("1969-12-31T23:59:59.999Z"), -1);
	assert_string_equal(time_format(-1, text), "1969-12-31T23:59:59.999Z");
	assert_int_equal(parsed("-1"), -1);
	assert_string_equal(
	    time_format(INT64_C(-62167219200001), text), "-62167219200001");
}

static void
a_zone_moves_the_time_across_midnight(void **state)
{
	(void)state;
	assert_int_equal(parsed("1970-01-01T00:30:00+01:00"), -1800000);
	assert_int_equal(parsed("1969-12-31T20:00:00-04:00"), 0);
	assert_int_equal(parsed("1970-01-01T05:45:00+05:45"), 0);
	assert_int_equal(parsed("1970-01-01T00:00:00-00:00"), 0);
}

static void
a_zone_must_be_whole_and_possible(void **state)
{
	(void)state;
	expect_refused("2026-11-25T14:05:00+0100", "not a time");
	expect_refused("2026-11-25T14:05:00+01", "not a time");
	expect_refused("2026-11-25T14:05:00+24:00", "not a time");
	expect_refused("2026-11-25T14:05:00+01:60", "not a time");
	expect_refused("2026-11-25T14:05:00 UTC", "not a time");
	expect_refused("2026-11-25T14:05:00Zx", "not a time");
	expect_refused("2026-11-25T14:05:00ZZ", "not a time");
}

static void
a_fraction_is_cut_to_milliseconds(void **state)
{
	(void)state;
	assert_int_equal(parsed("1970-01-01T00:00:00.1Z"), 100);
	assert_int_equal(parsed("1970-01-01T00:00:00.0019999Z"), 1);
	assert_int_equal(parsed("1970-01-01T00:00:00.123456789Z"), 123);
	expect_refused("1970-01-01T00:00:00.Z", "not a time");
	expect_refused("1970-01-01T00:00:00,5Z", "not a time");
}

static void
half_a_time_is_refused(void **state)
{
	(void)state;
	expect_refused("2026-11-25", "not a time");
	expect_refused("2026-11-25T14:05Z", "not a time");
	expect_refused("2026-1-25T14:05:00Z", "not a time");
	expect_refused("+2026-11-25T14:05:00Z", "not a time");
	expect_refused("14:05:00Z", "not a time");
	expect_refused("yesterday", "not a time");
	expect_refused("nowhere", "not a time");
	expect_refused("\033", "\\u{1b}");
}

static void
a_leap_second_is_refused_with_the_way_out(void **state)
{
	(void)state;
	expect_refused("2016-12-31T23:59:60Z", "leap second");
}

static void
what_leaves_the_calendar_is_refused(void **state)
{
	(void)state;
	expect_refused("9999-12-31T23:59:59-01:00", "years 0000 to 9999");
	expect_refused("0000-01-01T00:00:00+00:01", "years 0000 to 9999");
	expect_refused("253402300800000", "milliseconds");
	expect_refused("now+9000000d", "years 0000 to 9999");
	expect_refused("now-9223372036854775807ms", "years 0000 to 9999");
	expect_refused("now+9223372036854775807ms", "years 0000 to 9999");
}

static void
a_time_that_looks_like_seconds_is_told_how_to_go_on(void **state)
{
	(void)state;
	expect_refused("1795615500", "1795615500000");
	expect_refused("-1795615500", "seconds");
	assert_int_equal(parsed("0"), 0);
	assert_int_equal(parsed("999999999"), 999999999);
	assert_int_equal(parsed("10000000000"), INT64_C(10000000000));
}

static void
keys_sort_as_their_times_and_stay_in_bounds(void **state)
{
	(void)state;
	char earlier[TIME_KEY_MAX];
	char later[TIME_KEY_MAX];
	int64_t back;

	for (int64_t time_ms = 0; time_ms < TIME_LAST_MS - 86399999;
	     time_ms += INT64_C(86399999) * 1000) {
		(void)time_format_key(time_ms, earlier);
		(void)time_format_key(time_ms + 1, later);
		assert_true(strcmp(earlier, later) < 0);
		assert_true(time_parse_key(bytes_of(later), &back));
		assert_int_equal(back, time_ms + 1);
	}
	assert_string_equal(
	    time_format_key(TIME_LAST_MS, later), "99991231T235959999Z");
	assert_string_equal(
	    time_format_key(INT64_MAX, later), "99991231T235959999Z");
	assert_string_equal(
	    time_format_key(-1, earlier), "19700101T000000000Z");
	assert_false(time_parse_key(bytes_of("19691231T235959999Z"), &back));
	assert_false(time_parse_key(bytes_of("20260229T000000000Z"), &back));
	assert_false(time_parse_key(bytes_of("20260101T000060000Z"), &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_with_a_zone_are_parsed),
		cmocka_unit_test(a_time_without_a_zone_is_refused_and_told_how),
		cmocka_unit_test(days_that_do_not_exist_are_refused),
		cmocka_unit_test(now_may_be_shifted),
		cmocka_unit_test(milliseconds_are_taken_and_seconds_are_not),
		cmocka_unit_test(what_is_formatted_parses_back),
		cmocka_unit_test(
		    a_time_out_of_the_calendar_is_shown_as_a_number),
		cmocka_unit_test(keys_of_another_form_are_refused),
		cmocka_unit_test(durations_of_both_kinds_are_parsed),
		cmocka_unit_test(durations_without_unit_or_sense_are_refused),
		cmocka_unit_test(every_day_of_ten_thousand_years_has_its_date),
		cmocka_unit_test(times_before_1970_count_back),
		cmocka_unit_test(a_zone_moves_the_time_across_midnight),
		cmocka_unit_test(a_zone_must_be_whole_and_possible),
		cmocka_unit_test(a_fraction_is_cut_to_milliseconds),
		cmocka_unit_test(half_a_time_is_refused),
		cmocka_unit_test(a_leap_second_is_refused_with_the_way_out),
		cmocka_unit_test(what_leaves_the_calendar_is_refused),
		cmocka_unit_test(
		    a_time_that_looks_like_seconds_is_told_how_to_go_on),
		cmocka_unit_test(keys_sort_as_their_times_and_stay_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
