/* Tests of common/xalloc.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "tests/unit/common/dying.h"

static void
calloc_gives_zeroed_memory(void **state)
{
	(void)state;
	unsigned char *memory = xcalloc(100, 3);

	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(memory[i], 0);
	}
	free(memory);
}

static void
no_bytes_give_a_pointer_that_may_be_freed(void **state)
{
	(void)state;
	void *memory = xcalloc(0, 8);

	assert_non_null(memory);
	memory = xreallocarray(memory, 8, 0);
	assert_non_null(memory);
	free(memory);
}

static void
copies_end_with_a_nul(void **state)
{
	(void)state;
	char *text = xstrdup("abc");
	char *part = xmemdup0("abc", 2);
	char *none = xmemdup0(NULL, 0);

	assert_string_equal(text, "abc");
	assert_string_equal(part, "ab");
	assert_string_equal(none, "");
	free(text);
	free(part);
	free(none);
}

static void
grow_keeps_the_elements_and_doubles(void **state)
{
	(void)state;
	size_t capacity = 0;
	size_t moves = 0;
	int *list = NULL;

	for (size_t count = 0; count < 1000; count++) {
		const size_t before = capacity;

		list = xgrow(list, count, &capacity, sizeof(*list));
		assert_true(capacity > count);
		moves += capacity != before ? 1 : 0;
		list[count] = (int)count;
	}
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(list[i], i);
	}
	assert_true(moves <= 8);
	free(list);
}

static void
overflow_calloc(void)
{
	free(xcalloc(SIZE_MAX / 2 + 1, 2));
}

static void
overflow_realloc(void)
{
	free(xreallocarray(NULL, SIZE_MAX / 8, 16));
}

static void
overflow_copy(void)
{
	free(xmemdup0("", SIZE_MAX));
}

static void
overflow_growth(void)
{
	size_t capacity = SIZE_MAX / 2 + 1;

	free(xgrow(NULL, SIZE_MAX / 2 + 1, &capacity, 1));
}

static NORETURN void
die(void)
{
	xdie("a reason");
}

static void
a_size_that_overflows_ends_the_process_with_one_line(void **state)
{
	(void)state;
	void (*const all[])(void) = { overflow_calloc, overflow_realloc,
		overflow_copy, overflow_growth };
	char output[200];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(
		    dying_status(all[i], output, sizeof(output)), 1);
		assert_string_equal(
		    output, "tidemark: out of memory (size overflow)\n");
	}
}

static void
die_says_the_reason(void **state)
{
	(void)state;
	char output[200];

	assert_int_equal(dying_status(die, output, sizeof(output)), 1);
	assert_string_equal(output, "tidemark: a reason\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calloc_gives_zeroed_memory),
		cmocka_unit_test(no_bytes_give_a_pointer_that_may_be_freed),
		cmocka_unit_test(copies_end_with_a_nul),
		cmocka_unit_test(grow_keeps_the_elements_and_doubles),
		cmocka_unit_test(
		    a_size_that_overflows_ends_the_process_with_one_line),
		cmocka_unit_test(die_says_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
