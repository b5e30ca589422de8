/* Tests of common/timetext.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
