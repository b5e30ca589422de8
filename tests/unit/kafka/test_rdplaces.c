/* Tests of kafka/rdplaces.h: the order in which places are asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kafka/rdplaces.h"

static void
expect(const struct place *place, const char *topic, int32_t partition,
    int64_t offset, size_t count)
{
	assert_string_equal(place->topic, topic);
	assert_int_equal(place->partition, partition);
	assert_int_equal(place->offset, offset);
	assert_int_equal(place->reached, offset);
	assert_int_equal(place->count, count);
}

static void
the_first_of_every_partition_comes_before_the_second_of_any(void **state)
{
	const struct peek_request requests[] = {
		{ bytes_of("b"), 0, 9 },
		{ bytes_of("a"), 1, 5 },
		{ bytes_of("b"), 0, 3 },
		{ bytes_of("a"), 0, 7 },
		{ bytes_of("b"), 0, 6 },
		{ bytes_of("a"), 1, 4 },
	};
	struct arena arena = { 0 };
	size_t count = 0;
	const struct place *places =
	    rdplaces_gather(&arena, requests, 6, &count);

	(void)state;
	assert_int_equal(count, 6);
	expect(&places[0], "a", 0, 7, 1);
	expect(&places[1], "a", 1, 4, 1);
	expect(&places[2], "b", 0, 3, 1);
	expect(&places[3], "a", 1, 5, 1);
	expect(&places[4], "b", 0, 6, 1);
	expect(&places[5], "b", 0, 9, 1);
	arena_release(&arena);
}

static void
a_place_that_many_ask_for_is_one(void **state)
{
	const struct peek_request requests[] = {
		{ bytes_of("a"), 0, 5 },
		{ bytes_of("a"), 0, 4 },
		{ bytes_of("a"), 0, 5 },
		{ bytes_of("a"), 0, 5 },
	};
	struct arena arena = { 0 };
	size_t count = 0;
	const struct place *places =
	    rdplaces_gather(&arena, requests, 4, &count);

	(void)state;
	assert_int_equal(count, 2);
	expect(&places[0], "a", 0, 4, 1);
	assert_ptr_equal(places[0].requests[0], &requests[1]);
	expect(&places[1], "a", 0, 5, 3);
	for (size_t at = 0; at < 3; at++)
		assert_int_equal(places[1].requests[at]->offset, 5);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_of_every_partition_comes_before_the_second_of_any),
		cmocka_unit_test(a_place_that_many_ask_for_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
