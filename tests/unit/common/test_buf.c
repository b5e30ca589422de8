/* Tests of common/buf.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "tests/unit/common/dying.h"

static void
an_empty_buffer_is_an_empty_text(void **state)
{
	(void)state;
	struct buf buf = { 0 };

	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf_bytes(&buf).size, 0);
	buf_clear(&buf);
	buf_release(&buf);
}

static void
what_is_added_stands_in_order_with_a_nul_behind(void **state)
{
	(void)state;
	struct buf buf = { 0 };

	buf_add(&buf, "ab", 2);
	buf_add_char(&buf, '-');
	buf_add_text(&buf, "cd");
	buf_add_bytes(&buf, bytes_of("ef"));
	buf_add(&buf, NULL, 0);
	buf_add_format(&buf, "<%d>", 7);
	buf_add_i64(&buf, -12);
	assert_string_equal(buf.data, "ab-cdef<7>-12");
	assert_int_equal(buf.size, strlen(buf.data));
	buf_release(&buf);
}

static void
adding_byte_by_byte_survives_every_growth(void **state)
{
	(void)state;
	struct buf buf = { 0 };

	for (size_t i = 0; i < 5000; i++) {
		buf_add_char(&buf, (char)('a' + i % 26));
		assert_int_equal(buf.data[buf.size], '\0');
		assert_true(buf.size < buf.capacity);
	}
	for (size_t i = 0; i < 5000; i++) {
		assert_int_equal(buf.data[i], (char)('a' + i % 26));
	}
	buf_release(&buf);
}

static void
a_format_of_any_length_is_complete(void **state)
{
	(void)state;
	struct buf buf = { 0 };
	char text[600];

	for (size_t size = 0; size < sizeof(text); size++) {
		memset(text, 'x', size);
		text[size] = '\0';
		buf_clear(&buf);
		buf_add_text(&buf, "12345");
		buf_add_format(&buf, "%s", text);
		assert_int_equal(buf.size, size + 5);
		assert_string_equal(buf.data + 5, text);
		if (size % 100 == 0) {
			buf_release(&buf);
		}
	}
	buf_release(&buf);
}

static void
integers_are_written_as_printf_does(void **state)
{
	(void)state;
	static const int64_t values[] = { 0, 1, 9, 10, 11, 99, 100, 101, 999,
		1000, 12345, 1234567890123456789, INT64_MAX, INT64_MIN, -1, -9,
		-10, -99, -100, INT32_MIN };
	struct buf buf = { 0 };
	char text[32];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		(void)snprintf(text, sizeof(text), "%" PRId64, values[i]);
		buf_clear(&buf);
		buf_add_i64(&buf, values[i]);
		assert_string_equal(buf_text(&buf), text);
	}
	for (int64_t i = -100000; i < 100000; i += 3) {
		(void)snprintf(text, sizeof(text), "%" PRId64, i);
		buf_clear(&buf);
		buf_add_i64(&buf, i);
		assert_string_equal(buf_text(&buf), text);
	}
	buf_release(&buf);
}

static void
reserved_room_is_filled_by_the_caller(void **state)
{
	(void)state;
	struct buf buf = { 0 };

	buf_add_text(&buf, "ab");
	memcpy(buf_reserve(&buf, 1000), "cdef", 4);
	buf.size += 4;
	assert_string_equal(buf_text(&buf), "abcdef");
	assert_true(buf.capacity - buf.size > 996);
	buf_release(&buf);
}

static void
clear_keeps_the_memory(void **state)
{
	(void)state;
	struct buf buf = { 0 };

	buf_add_text(&buf, "abc");
	const char *before = buf.data;

	buf_clear(&buf);
	assert_int_equal(buf.size, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "d");
	assert_ptr_equal(buf.data, before);
	buf_release(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.capacity, 0);
}

static void
overflow_growth(void)
{
	struct buf buf = { 0 };

	buf_add_text(&buf, "x");
	*buf_reserve(&buf, SIZE_MAX) = 'y';
}

static void
overflow_sum(void)
{
	struct buf buf = { 0 };

	buf_add_text(&buf, "x");
	*buf_reserve(&buf, SIZE_MAX / 2) = 'y';
}

static void
a_size_that_overflows_ends_the_process(void **state)
{
	(void)state;
	char output[200];

	assert_int_equal(
	    dying_status(overflow_growth, output, sizeof(output)), 1);
	assert_int_equal(dying_status(overflow_sum, output, sizeof(output)), 1);
	assert_non_null(strstr(output, "out of memory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_text),
		cmocka_unit_test(
		    what_is_added_stands_in_order_with_a_nul_behind),
		cmocka_unit_test(adding_byte_by_byte_survives_every_growth),
		cmocka_unit_test(a_format_of_any_length_is_complete),
		cmocka_unit_test(integers_are_written_as_printf_does),
		cmocka_unit_test(reserved_room_is_filled_by_the_caller),
		cmocka_unit_test(clear_keeps_the_memory),
		cmocka_unit_test(a_size_that_overflows_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
