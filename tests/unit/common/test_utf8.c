/* Tests of common/utf8.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/utf8.h"
#include <string.h>

static const char *
escaped(struct bytes text)
{
	static struct buf out;

	buf_clear(&out);
	utf8_escape(&out, text);
	return buf_text(&out);
}

static void
well_formed_text_is_valid(void **state)
{
	(void)state;
	assert_true(utf8_valid(bytes_of("plain \xc3\xbc \xf0\x9f\x98\x80")));
	assert_true(utf8_valid(bytes_of("")));
}

static void
broken_text_is_not(void **state)
{
	static const char *const texts[] = { "\xff", "\xc3", "\xc0\x80",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "a\x80" };
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(utf8_valid(bytes_of(texts[i])));
}

static void
nothing_escaped_controls_a_terminal(void **state)
{
	(void)state;
	assert_string_equal(escaped(bytes_of("a\nb\tc\\")), "a\\nb\\tc\\\\");
	assert_string_equal(escaped(bytes_of("\xe2\x80\xae")), "\\u{202e}");
	assert_string_equal(escaped(bytes_of("\xc2\x9b")), "\\u{9b}");
	assert_string_equal(escaped(bytes_of("\xff")), "\\xff");
	assert_null(strchr(escaped(bytes_of("\033[2J\r\177")), '\033'));
	assert_string_equal(escaped((struct bytes){ "a\0b", 3 }), "a\\u{0}b");
}

static void
ordinary_text_is_left_alone(void **state)
{
	(void)state;
	assert_string_equal(escaped(bytes_of("gr\xc3\xb6\xc3\x9f"
					     "e 'x'")),
	    "gr\xc3\xb6\xc3\x9f"
	    "e 'x'");
}

static void
a_short_array_is_cut_with_dots(void **state)
{
	char out[12];
	(void)state;

	assert_string_equal(
	    utf8_escape_to(bytes_of("abcdefghijklmnop"), out, sizeof(out)),
	    "abcdefgh...");
	assert_string_equal(
	    utf8_escape_to(bytes_of("short"), out, sizeof(out)), "short");
}

static void
utf16_units_are_counted_as_java_does(void **state)
{
	(void)state;
	assert_int_equal(utf8_utf16_length(bytes_of("a\xc3\xbc")), 2);
	assert_int_equal(utf8_utf16_length(bytes_of("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(utf8_utf16_length(bytes_of("\xff\xfe")), 2);
}

static void
columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns(bytes_of("abc")), 3);
	assert_int_equal(utf8_columns(bytes_of("\xe7\xb5\x84")), 2);
	assert_int_equal(utf8_columns(bytes_of("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(utf8_columns(bytes_of("a\xcc\x81")), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_text_is_valid),
		cmocka_unit_test(broken_text_is_not),
		cmocka_unit_test(nothing_escaped_controls_a_terminal),
		cmocka_unit_test(ordinary_text_is_left_alone),
		cmocka_unit_test(a_short_array_is_cut_with_dots),
		cmocka_unit_test(utf16_units_are_counted_as_java_does),
		cmocka_unit_test(columns_are_those_of_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
