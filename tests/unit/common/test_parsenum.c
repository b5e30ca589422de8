/* Tests of common/parsenum.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/parsenum.h"

/* What the text parses to without bounds; *parses tells whether it does. */
static int64_t
parsed(const char *text, bool *parses)
{
	int64_t value = 4711;

	*parses = parse_i64(bytes_of(text), INT64_MIN, INT64_MAX, &value);
	return value;
}

static void
assert_parses(const char *text, int64_t expected)
{
	bool parses;

	assert_int_equal(parsed(text, &parses), expected);
	assert_true(parses);
}

static void
assert_refused(const char *text)
{
	bool parses;

	assert_int_equal(parsed(text, &parses), 4711);
	assert_false(parses);
}

static void
parse_takes_every_int64(void **state)
{
	(void)state;
	assert_parses("0", 0);
	assert_parses("-0", 0);
	assert_parses("7", 7);
	assert_parses("-7", -7);
	assert_parses("9223372036854775807", INT64_MAX);
	assert_parses("-9223372036854775808", INT64_MIN);
	assert_parses("999999999999999999", 999999999999999999);
	assert_parses("1000000000000000000", 1000000000000000000);
}

static void
parse_refuses_what_does_not_fit(void **state)
{
	(void)state;
	assert_refused("9223372036854775808");
	assert_refused("-9223372036854775809");
	assert_refused("9999999999999999999");
	assert_refused("18446744073709551616");
	assert_refused("18446744073709551617");
	assert_refused("100000000000000000000000000");
}

static void
parse_allows_leading_zeros_as_in_segment_names(void **state)
{
	(void)state;
	assert_parses("00000000000000368769", 368769);
	assert_parses("000000000000000000000000000000000007", 7);
	assert_parses("-0000000000000000009223372036854775808", INT64_MIN);
}

static void
parse_refuses_a_leading_plus(void **state)
{
	(void)state;
	assert_refused("+1");
}

static void
parse_refuses_spaces_and_anything_that_is_no_digit(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "-", " 1", "1 ", "1\n", "--1",
		"- 1", "0x10", "1e3", "1.0", "1_000", "1,000", "a", "1a", "/",
		":", "\xd9\xa1" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_refused(texts[i]);
	}
}

static void
parse_refuses_a_nul_within(void **state)
{
	(void)state;
	const struct bytes text = { "1\0", 2 };
	const struct bytes none = { NULL, 0 };
	int64_t value = 4711;

	assert_false(parse_i64(text, 0, 10, &value));
	assert_false(parse_i64(none, 0, 10, &value));
	assert_int_equal(value, 4711);
}

static void
parse_keeps_to_the_bounds(void **state)
{
	(void)state;
	int64_t value = 4711;

	assert_true(parse_i64(bytes_of("5"), 5, 5, &value));
	assert_int_equal(value, 5);
	assert_false(parse_i64(bytes_of("4"), 5, 6, &value));
	assert_false(parse_i64(bytes_of("7"), 5, 6, &value));
	assert_int_equal(value, 5);
}

static void
parse_i32_refuses_what_an_int32_cannot_hold(void **state)
{
	(void)state;
	int32_t value = 4711;

	assert_true(
	    parse_i32(bytes_of("-2147483648"), INT32_MIN, INT32_MAX, &value));
	assert_int_equal(value, INT32_MIN);
	assert_true(
	    parse_i32(bytes_of("2147483647"), INT32_MIN, INT32_MAX, &value));
	assert_int_equal(value, INT32_MAX);
	assert_false(
	    parse_i32(bytes_of("2147483648"), INT32_MIN, INT32_MAX, &value));
	assert_int_equal(value, INT32_MAX);
}

static void
prefix_moves_behind_the_number(void **state)
{
	(void)state;
	const char *text = "12,-34x";
	const char *at = text;
	const char *const end = text + strlen(text);
	int64_t value = 0;

	assert_true(parse_i64_prefix(&at, end, &value));
	assert_int_equal(value, 12);
	assert_ptr_equal(at, text + 2);
	at++;
	assert_true(parse_i64_prefix(&at, end, &value));
	assert_int_equal(value, -34);
	assert_ptr_equal(at, text + 6);
}

static void
prefix_stays_where_it_is_when_it_fails(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "x", "-", "-x",
		"9223372036854775808", "-9223372036854775809," };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *at = texts[i];
		int64_t value = 4711;

		assert_false(parse_i64_prefix(&at, at + strlen(at), &value));
		assert_ptr_equal(at, texts[i]);
		assert_int_equal(value, 4711);
	}
}

static void
prefix_does_not_look_behind_the_end(void **state)
{
	(void)state;
	const char *text = "12345678901234567890123";

	for (size_t size = 1; size <= 19; size++) {
		const char *at = text;
		const char *expected = text + size;
		char copy[24];
		int64_t value = 0;
		bool parses;

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)size, text);
		assert_true(parse_i64_prefix(&at, text + size, &value));
		assert_ptr_equal(at, expected);
		assert_int_equal(value, parsed(copy, &parses));
	}
}

static void
what_is_printed_parses_to_the_same(void **state)
{
	(void)state;
	char text[32];

	for (int shift = 0; shift < 63; shift++) {
		for (int64_t delta = -2; delta <= 2; delta++) {
			const int64_t value = (INT64_C(1) << shift) + delta;

			(void)snprintf(text, sizeof(text), "%" PRId64, value);
			assert_parses(text, value);
			(void)snprintf(text, sizeof(text), "%" PRId64, -value);
			assert_parses(text, -value);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_takes_every_int64),
		cmocka_unit_test(parse_refuses_what_does_not_fit),
		cmocka_unit_test(
		    parse_allows_leading_zeros_as_in_segment_names),
		cmocka_unit_test(parse_refuses_a_leading_plus),
		cmocka_unit_test(
		    parse_refuses_spaces_and_anything_that_is_no_digit),
		cmocka_unit_test(parse_refuses_a_nul_within),
		cmocka_unit_test(parse_keeps_to_the_bounds),
		cmocka_unit_test(parse_i32_refuses_what_an_int32_cannot_hold),
		cmocka_unit_test(prefix_moves_behind_the_number),
		cmocka_unit_test(prefix_stays_where_it_is_when_it_fails),
		cmocka_unit_test(prefix_does_not_look_behind_the_end),
		cmocka_unit_test(what_is_printed_parses_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
