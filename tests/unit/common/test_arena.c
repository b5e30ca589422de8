/* Tests of common/arena.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/arena.h"
#include "tests/unit/common/dying.h"

static void
memory_is_zeroed_and_aligned_for_any_type(void **state)
{
	(void)state;
	static const unsigned char zeroes[4096];
	struct arena arena = { 0 };

	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *memory = arena_alloc(&arena, size, 1);

		assert_int_equal((uintptr_t)memory % 16, 0);
		assert_memory_equal(memory, zeroes, size);
		memset(memory, 0xff, size);
		/* So that the next one has to be aligned. */
		assert_string_equal(arena_text(&arena, "xy"), "xy");
	}
	arena_release(&arena);
}

static void
texts_keep_their_content_while_the_arena_grows(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	static const char *texts[20000];

	for (int i = 0; i < 20000; i++) {
		texts[i] = arena_format(&arena, "text number %d", i);
	}
	for (int i = 0; i < 20000; i++) {
		struct arena again = { 0 };

		assert_string_equal(
		    texts[i], arena_format(&again, "text number %d", i));
		arena_release(&again);
	}
	arena_release(&arena);
}

static void
bytes_are_copied_with_a_nul_behind(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	const struct bytes from = { "a\0b", 3 };
	const struct bytes none = { NULL, 0 };
	const struct bytes copy = arena_bytes(&arena, from);

	assert_true(bytes_equal(copy, from));
	assert_int_equal(copy.data[3], '\0');
	assert_int_equal(arena_bytes(&arena, none).size, 0);
	assert_non_null(arena_bytes(&arena, none).data);
	arena_release(&arena);
}

static void
a_large_object_does_not_waste_the_room_of_the_block(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	char *small = arena_text(&arena, "small");
	char *large = arena_alloc(&arena, 5000000, 1);
	char *next = arena_text(&arena, "next");

	large[4999999] = 'x';
	assert_ptr_equal(next, small + sizeof("small"));
	arena_release(&arena);
}

static void
a_large_first_object_fits_too(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	char *large = arena_alloc(&arena, 5000, 1000);

	large[4999999] = 'x';
	assert_string_equal(arena_text(&arena, "next"), "next");
	arena_release(&arena);
}

static void
an_arena_may_be_used_again_after_release(void **state)
{
	(void)state;
	struct arena arena = { 0 };

	assert_string_equal(arena_text(&arena, "one"), "one");
	arena_release(&arena);
	arena_release(&arena);
	assert_string_equal(arena_text(&arena, "two"), "two");
	arena_release(&arena);
}

static void
overflow_product(void)
{
	struct arena arena = { 0 };

	(void)memset(arena_alloc(&arena, SIZE_MAX / 2, 3), 0, 1);
}

static void
overflow_block(void)
{
	struct arena arena = { 0 };

	(void)memset(arena_alloc(&arena, SIZE_MAX - 8, 1), 0, 1);
}

static void
overflow_bytes(void)
{
	struct arena arena = { 0 };
	const struct bytes huge = { "", SIZE_MAX };

	(void)arena_bytes(&arena, huge);
}

static void
a_size_that_overflows_ends_the_process(void **state)
{
	(void)state;
	void (*const all[])(
	    void) = { overflow_product, overflow_block, overflow_bytes };
	char output[200];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(
		    dying_status(all[i], output, sizeof(output)), 1);
		assert_non_null(strstr(output, "out of memory"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned_for_any_type),
		cmocka_unit_test(
		    texts_keep_their_content_while_the_arena_grows),
		cmocka_unit_test(bytes_are_copied_with_a_nul_behind),
		cmocka_unit_test(
		    a_large_object_does_not_waste_the_room_of_the_block),
		cmocka_unit_test(a_large_first_object_fits_too),
		cmocka_unit_test(an_arena_may_be_used_again_after_release),
		cmocka_unit_test(a_size_that_overflows_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
