#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "snapshot/nametable.h"

static void
names_are_found_again_whatever_bytes_they_hold(void **state)
{
	struct arena arena = { 0 };
	struct nametable table;
	const struct bytes with_nul = { "a\0b", 3 };
	const struct nametable_entry *first;

	(void)state;
	nametable_init(&table, &arena, 1);
	assert_null(nametable_find(&table, bytes_of("a")));
	first = nametable_add(&table, with_nul);
	assert_ptr_equal(nametable_add(&table, with_nul), first);
	assert_ptr_not_equal(nametable_add(&table, bytes_of("a")), first);
	assert_non_null(nametable_add(&table, bytes_of("")));
	assert_int_equal(table.count, 3);
	assert_ptr_equal(nametable_find(&table, with_nul), first);
	assert_null(nametable_find(&table, bytes_of("b")));
	nametable_release(&table);
	arena_release(&arena);
}

static void
many_names_keep_their_entries(void **state)
{
	struct arena arena = { 0 };
	struct nametable table;
	char name[32];
	size_t i;

	(void)state;
	nametable_init(&table, &arena, 77);
	for (i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "group-%zu", i);
		nametable_add(&table, bytes_of(name))->value =
		    arena_text(&arena, name);
	}
	assert_int_equal(table.count, 20000);
	for (i = 0; i < 20000; i++) {
		const struct nametable_entry *entry;

		(void)snprintf(name, sizeof(name), "group-%zu", i);
		entry = nametable_find(&table, bytes_of(name));
		assert_non_null(entry);
		assert_string_equal(entry->value, name);
	}
	nametable_release(&table);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_are_found_again_whatever_bytes_they_hold),
		cmocka_unit_test(many_names_keep_their_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
