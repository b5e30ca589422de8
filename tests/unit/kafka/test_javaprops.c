/* Tests of kafka/javaprops.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "kafka/javaprops.h"

/* Parse one text, which must be right, and compare the first value. */
static void
check(const char *text, const char *name, const char *value)
{
	struct javaprops props = { 0 };
	struct err err = { 0 };

	assert_int_equal(javaprops_parse(bytes_of(text), "f", &props, &err), 0);
	assert_true(props.count >= 1);
	assert_string_equal(props.list[0].name, name);
	assert_string_equal(props.list[0].value, value);
	javaprops_release(&props);
}

static void
check_refused(struct bytes text, const char *part)
{
	struct javaprops props = { 0 };
	struct err err = { 0 };

	assert_int_equal(javaprops_parse(text, "f", &props, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, part));
	assert_null(props.list);
}

static void
a_name_ends_at_any_separator(void **state)
{
	(void)state;
	check("a=b", "a", "b");
	check("a:b", "a", "b");
	check("a b", "a", "b");
	check("  a \t = \f b", "a", "b");
	check("a==b", "a", "=b");
	check("a=:b", "a", ":b");
	check("a\\=b\\:c\\ d=e", "a=b:c d", "e");
}

static void
a_value_may_be_missing(void **state)
{
	(void)state;
	check("a", "a", "");
	check("a=", "a", "");
	check("a=\n", "a", "");
	check("=b", "", "b");
}

static void
spaces_at_the_end_belong_to_the_value(void **state)
{
	(void)state;
	check("a=b  \nc=d", "a", "b  ");
}

static void
comments_and_empty_lines_are_passed_over(void **state)
{
	(void)state;
	check("# x=y\n! z\n\n \t\n a=b # not a comment\n", "a",
	    "b # not a comment");
	/* A comment has no continuation. */
	check("# x \\\na=b", "a", "b");
}

static void
a_line_goes_on_behind_a_backslash(void **state)
{
	(void)state;
	check("a=b\\\n   c", "a", "bc");
	check("a=b\\\r\n\tc", "a", "bc");
	check("a=b\\\rc", "a", "bc");
	check("a \\\n = b", "a", "b");
	check("a\\\n  b=c", "ab", "c");
	check("a=b\\\\\nc=d", "a", "b\\");
	check("a=b\\", "a", "b");
}

static void
any_line_end_will_do(void **state)
{
	struct javaprops props = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(javaprops_parse(bytes_of("a=1\rb=2\r\nc=3\nd=4"), "f",
			     &props, &err),
	    0);
	assert_int_equal(props.count, 4);
	assert_string_equal(javaprops_find(&props, "d"), "4");
	assert_int_equal(props.list[0].line, 1);
	assert_int_equal(props.list[1].line, 2);
	assert_int_equal(props.list[2].line, 3);
	assert_int_equal(props.list[3].line, 4);
	javaprops_release(&props);
}

static void
escapes_are_javas(void **state)
{
	(void)state;
	check("a=\\t\\n\\r\\f\\\\\\q\\\"", "a", "\t\n\r\f\\q\"");
	check("a=\\u0041\\u00fc\\u20ac", "a", "A\xc3\xbc\xe2\x82\xac");
	check("a=\\uD83D\\uDE00", "a", "\xf0\x9f\x98\x80");
	/* Half a pair is no character. */
	check("a=\\uD83Dx", "a", "\xef\xbf\xbdx");
	check("a=\\uDE00", "a", "\xef\xbf\xbd");
	check("a=x\\uD83D", "a", "x\xef\xbf\xbd");
}

static void
bytes_are_latin_1_as_for_java(void **state)
{
	(void)state;
	check("a=\xfc", "a", "\xc3\xbc");
	check("a=\xc3\xbc", "a", "\xc3\x83\xc2\xbc");
}

static void
of_a_name_given_twice_the_last_counts(void **state)
{
	struct javaprops props = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    javaprops_parse(bytes_of("a=1\na=2\n"), "f", &props, &err), 0);
	assert_string_equal(javaprops_find(&props, "a"), "2");
	assert_null(javaprops_find(&props, "b"));
	javaprops_release(&props);
}

static void
what_java_refuses_is_refused_with_its_line(void **state)
{
	const struct bytes nul = { "a=b\nc=\0d", 8 };

	(void)state;
	check_refused(bytes_of("a=b\nc=\\u12"), "f:2");
	check_refused(bytes_of("a=\\u12gz"), "\\u");
	check_refused(bytes_of("a=\\u0000"), "NUL");
	check_refused(nul, "f:2");
}

static void
a_line_without_end_is_refused(void **state)
{
	const size_t size = JAVAPROPS_LINE_MAX + 100;
	char *text = xcalloc(size, 1);

	(void)state;
	memset(text, 'x', size);
	check_refused((struct bytes){ text, size }, "f:1");
	free(text);
}

static void
a_file_too_large_is_refused(void **state)
{
	const size_t size = JAVAPROPS_SIZE_MAX + 1;
	char *text = xcalloc(size, 1);

	(void)state;
	memset(text, '\n', size);
	check_refused((struct bytes){ text, size }, "over");
	free(text);
}

static void
an_empty_file_has_nothing(void **state)
{
	struct javaprops props = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    javaprops_parse((struct bytes){ NULL, 0 }, "f", &props, &err), 0);
	assert_int_equal(props.count, 0);
	javaprops_release(&props);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_ends_at_any_separator),
		cmocka_unit_test(a_value_may_be_missing),
		cmocka_unit_test(spaces_at_the_end_belong_to_the_value),
		cmocka_unit_test(comments_and_empty_lines_are_passed_over),
		cmocka_unit_test(a_line_goes_on_behind_a_backslash),
		cmocka_unit_test(any_line_end_will_do),
		cmocka_unit_test(escapes_are_javas),
		cmocka_unit_test(bytes_are_latin_1_as_for_java),
		cmocka_unit_test(of_a_name_given_twice_the_last_counts),
		cmocka_unit_test(what_java_refuses_is_refused_with_its_line),
		cmocka_unit_test(a_line_without_end_is_refused),
		cmocka_unit_test(a_file_too_large_is_refused),
		cmocka_unit_test(an_empty_file_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
