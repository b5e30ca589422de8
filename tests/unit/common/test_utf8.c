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

/* Encode a code point by the definition, surrogates too; return the size. */
static size_t
encode(int32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const int32_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = size - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(marks[size] | code);
	return size;
}

static void
every_code_point_is_read_back_and_no_surrogate(void **state)
{
	(void)state;
	for (int32_t code = 0; code < 0x120000; code++) {
		char text[4];
		const size_t size = encode(code, text);
		const char *at = text;
		const bool is_good =
		    code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

		assert_int_equal(
		    utf8_next(&at, text + size), is_good ? code : -1);
		assert_ptr_equal(at, text + (is_good ? size : 1));
		/* Cut short it is none, and only one byte is passed over. */
		if (size > 1) {
			at = text;
			assert_int_equal(utf8_next(&at, text + size - 1), -1);
			assert_ptr_equal(at, text + 1);
		}
	}
}

static void
overlong_forms_are_not_valid(void **state)
{
	(void)state;
	static const char *const texts[] = { "\xc1\xbf", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xbf" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(utf8_valid(bytes_of(texts[i])));
}

static void
a_bad_byte_is_found_wherever_it_stands(void **state)
{
	(void)state;
	char text[40];

	for (size_t size = 1; size <= sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			memset(text, 'x', sizeof(text));
			assert_true(utf8_valid((struct bytes){ text, size }));
			text[at] = '\x80';
			assert_false(utf8_valid((struct bytes){ text, size }));
		}
	}
}

static void
no_bytes_are_fine_everywhere(void **state)
{
	(void)state;
	const struct bytes none = { NULL, 0 };
	char out[4] = "xyz";

	assert_true(utf8_valid(none));
	assert_string_equal(escaped(none), "");
	assert_string_equal(utf8_escape_to(none, out, sizeof(out)), "");
	assert_int_equal(utf8_utf16_length(none), 0);
	assert_int_equal(utf8_columns(none), 0);
}

static void
whatever_is_escaped_is_printable_and_valid(void **state)
{
	(void)state;
	for (int32_t code = 0; code <= 0x10ffff; code++) {
		char text[4];
		const struct bytes one = { text, encode(code, text) };
		const char *shown = escaped(one);

		assert_true(utf8_valid(bytes_of(shown)));
		for (const char *at = shown; *at != '\0'; at++)
			assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
		/* A C1 control character. */
		assert_false(
		    shown[0] == '\xc2' && (unsigned char)shown[1] < 0xa0);
	}
}

static void
characters_that_are_hidden_or_reorder_are_escaped(void **state)
{
	(void)state;
	static const int32_t codes[] = { 0xad, 0x34f, 0x61c, 0x115f, 0x180e,
		0x200b, 0x200d, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060,
		0x2066, 0x2069, 0x206f, 0x3164, 0xfeff, 0xfff9, 0x1d173,
		0xe0001, 0xe0061 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		char text[4];
		const struct bytes one = { text, encode(codes[i], text) };

		assert_memory_equal(escaped(one), "\\u{", 3);
	}
}

static void
an_array_of_any_size_holds_what_fits(void **state)
{
	(void)state;
	static const char text[] = "a\n\xe2\x82\xac\xff"
				   "bc\033\xf0\x9f\x98\x80";
	const char *whole = escaped(bytes_of(text));
	const size_t length = strlen(whole);

	for (size_t capacity = 1; capacity < length + 3; capacity++) {
		char out[64];

		memset(out, 'X', sizeof(out));
		(void)utf8_escape_to(bytes_of(text), out, capacity);
		assert_int_equal(out[capacity], 'X');

		const size_t size = strlen(out);

		assert_true(size < capacity);
		assert_true(utf8_valid(bytes_of(out)));
		if (capacity > length) {
			assert_string_equal(out, whole);
		} else if (capacity > 3) {
			assert_string_equal(out + size - 3, "...");
			assert_memory_equal(out, whole, size - 3);
		}
	}
}

static void
no_room_at_all_is_left_alone(void **state)
{
	(void)state;
	char out[1] = { 'X' };

	(void)utf8_escape_to(bytes_of("abc"), out, 0);
	assert_int_equal(out[0], 'X');
}

static void
columns_of_scripts_and_of_what_joins_them(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{ "", 0 },
		{ "\xc3\xbc", 1 },                 /* u umlaut */
		{ "\xd0\x96", 1 },                 /* Cyrillic */
		{ "\xe1\x84\x80\xe1\x85\xa1", 2 }, /* Hangul, in parts */
		{ "\xea\xb0\x80", 2 },             /* Hangul */
		{ "\xe3\x81\x8b\xe3\x82\x99", 2 }, /* ka and its mark */
		{ "\xef\xbc\xa1", 2 },             /* fullwidth A */
		{ "\xef\xbd\xb1", 1 },             /* halfwidth a */
		{ "\xe2\x80\xa6", 1 },             /* ellipsis */
		{ "\xe2\x9c\x85", 2 },             /* check mark emoji */
		{ "\xe2\x9c\x93", 1 },             /* check mark */
		{ "\xf0\xa0\x80\x80", 2 },         /* plane 2 */
		{ "\xf0\x9f\xab\xa8", 2 },         /* newer than the table */
		{ "\xe0\xb8\x81\xe0\xb8\xb4", 1 }, /* Thai with a vowel */
		{ "\xff", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (utf8_columns(bytes_of(rows[i].text)) != rows[i].columns)
			fail_msg("row %zu", i);
	}
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
		cmocka_unit_test(
		    every_code_point_is_read_back_and_no_surrogate),
		cmocka_unit_test(overlong_forms_are_not_valid),
		cmocka_unit_test(a_bad_byte_is_found_wherever_it_stands),
		cmocka_unit_test(no_bytes_are_fine_everywhere),
		cmocka_unit_test(whatever_is_escaped_is_printable_and_valid),
		cmocka_unit_test(
		    characters_that_are_hidden_or_reorder_are_escaped),
		cmocka_unit_test(an_array_of_any_size_holds_what_fits),
		cmocka_unit_test(no_room_at_all_is_left_alone),
		cmocka_unit_test(columns_of_scripts_and_of_what_joins_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
