/* Tests of common/bytes.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/bytes.h"

static const struct bytes none = { NULL, 0 };

static void
a_null_text_is_no_bytes(void **state)
{
	(void)state;
	assert_int_equal(bytes_of(NULL).size, 0);
	assert_int_equal(bytes_of("abc").size, 3);
}

static void
order_is_by_unsigned_bytes_with_a_prefix_first(void **state)
{
	(void)state;
	assert_true(bytes_compare(bytes_of("a"), bytes_of("b")) < 0);
	assert_true(bytes_compare(bytes_of("b"), bytes_of("a")) > 0);
	assert_true(bytes_compare(bytes_of("a"), bytes_of("ab")) < 0);
	assert_true(bytes_compare(bytes_of("ab"), bytes_of("a")) > 0);
	assert_true(bytes_compare(bytes_of("z"), bytes_of("\xc3\xa9")) < 0);
	assert_true(bytes_compare(none, bytes_of("a")) < 0);
	assert_int_equal(bytes_compare(none, bytes_of("")), 0);
	assert_int_equal(bytes_compare(bytes_of("a"), bytes_of("a")), 0);
}

static void
equality_sees_behind_a_nul(void **state)
{
	(void)state;
	const struct bytes left = { "a\0b", 3 };
	const struct bytes right = { "a\0c", 3 };

	assert_true(bytes_equal(left, left));
	assert_false(bytes_equal(left, right));
	assert_false(bytes_equal_text(left, "a"));
	assert_true(bytes_equal_text(bytes_of("a"), "a"));
	assert_true(bytes_equal_text(none, ""));
	assert_true(bytes_equal(none, none));
}

static void
everything_starts_with_nothing(void **state)
{
	(void)state;
	assert_true(bytes_start_with(none, none));
	assert_true(bytes_start_with(bytes_of("abc"), none));
	assert_true(bytes_start_with(bytes_of("abc"), bytes_of("ab")));
	assert_true(bytes_start_with(bytes_of("abc"), bytes_of("abc")));
	assert_false(bytes_start_with(bytes_of("ab"), bytes_of("abc")));
	assert_false(bytes_start_with(bytes_of("abc"), bytes_of("b")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_null_text_is_no_bytes),
		cmocka_unit_test(
		    order_is_by_unsigned_bytes_with_a_prefix_first),
		cmocka_unit_test(equality_sees_behind_a_nul),
		cmocka_unit_test(everything_starts_with_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
