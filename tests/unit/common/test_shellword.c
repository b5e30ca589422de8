/* Tests of common/shellword.h; tests/e2e/test_diff.py gives them to bash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/shellword.h"

static void
expect(struct bytes word, const char *quoted)
{
	struct buf out = { 0 };

	shellword_add(&out, word);
	assert_string_equal(buf_text(&out), quoted);
	buf_release(&out);
}

static void
words_without_anything_special_stay(void **state)
{
	(void)state;
	expect(bytes_of("orders-1_a.b"), "orders-1_a.b");
	expect(bytes_of("s3://bucket/prefix"), "s3://bucket/prefix");
	expect(bytes_of("name=value"), "name=value");
	expect(bytes_of("-lead"), "-lead");
}

static void
what_a_shell_would_take_apart_is_quoted(void **state)
{
	(void)state;
	expect(bytes_of(""), "''");
	expect(bytes_of("a b"), "'a b'");
	expect(bytes_of("=ls"), "'=ls'");
	expect(bytes_of("~"), "'~'");
	expect(bytes_of("$(id) `id` \\ !! *"), "'$(id) `id` \\ !! *'");
	expect(bytes_of("q'uote"), "'q'\\''uote'");
	expect(bytes_of("\xf0\x9f\x98\x80"), "'\xf0\x9f\x98\x80'");
}

static void
what_controls_a_terminal_is_escaped(void **state)
{
	const struct bytes stray = { "a\xff"
				     "7",
		3 };

	(void)state;
	expect(bytes_of("a\nb"), "$'a\\012b'");
	expect(bytes_of("\033[2J"), "$'\\033[2J'");
	expect(bytes_of("a\xe2\x80\xae"
			"b"),
	    "$'a\\342\\200\\256b'");
	expect(stray, "$'a\\3777'");
	expect(bytes_of("\n'\\!"), "$'\\012\\047\\134\\041'");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_without_anything_special_stay),
		cmocka_unit_test(what_a_shell_would_take_apart_is_quoted),
		cmocka_unit_test(what_controls_a_terminal_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
