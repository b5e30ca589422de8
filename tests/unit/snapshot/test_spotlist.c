#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snapshot/spotlist.h"

static struct spot
spot(const char *topic, int32_t partition, int64_t offset, const char *metadata)
{
	const struct spot made = {
		.topic = bytes_of(topic),
		.position = {
			.offset = offset,
			.partition = partition,
			.metadata = metadata,
			.metadata_size = (uint32_t)bytes_of(metadata).size,
			.commit_ms = -1,
			.expire_ms = -1,
		},
	};

	return made;
}

static void
spots_are_sorted_and_own_their_metadata(void **state)
{
	struct spotlist list = { 0 };
	char metadata[] = "mine";
	struct spot spots[] = {
		spot("b", 0, 1, metadata),
		spot("a", 10, 2, ""),
		spot("a", 9, 3, "x"),
	};

	(void)state;
	spotlist_set(&list, spots, 3);
	metadata[0] = 'f';
	assert_int_equal(list.count, 3);
	assert_int_equal(list.spots[0].position.offset, 3);
	assert_int_equal(list.spots[1].position.offset, 2);
	assert_memory_equal(list.spots[2].position.metadata, "mine", 4);
	assert_int_equal(
	    spotlist_find(&list, bytes_of("a"), 10)->position.offset, 2);
	assert_null(spotlist_find(&list, bytes_of("a"), 8));
	assert_null(spotlist_find(&list, bytes_of("c"), 0));
	spotlist_release(&list);
}

static void
a_list_may_be_made_of_its_own_spots(void **state)
{
	struct spotlist list = { 0 };
	struct spot first[] = { spot("a", 0, 1, "one") };
	struct spot more[2];

	(void)state;
	spotlist_set(&list, first, 1);
	more[0] = list.spots[0];
	more[1] = spot("a", 1, 2, "two");
	spotlist_set(&list, more, 2);
	assert_int_equal(list.count, 2);
	assert_memory_equal(list.spots[0].position.metadata, "one", 3);
	assert_memory_equal(list.spots[1].position.metadata, "two", 3);
	spotlist_release(&list);
}

static void
nothing_is_a_list_too(void **state)
{
	struct spotlist list = { 0 };

	(void)state;
	assert_null(spotlist_find(&list, bytes_of("a"), 0));
	spotlist_set(&list, NULL, 0);
	assert_int_equal(list.count, 0);
	assert_null(spotlist_find(&list, bytes_of("a"), 0));
	spotlist_release(&list);
}

static void
no_position_stands_twice(void **state)
{
	struct spotlist list = { 0 };
	struct spot spots[] = {
		spot("a", 1, 1, ""),
		spot("a", 0, 2, ""),
		spot("a", 1, 3, ""),
	};

	(void)state;
	spotlist_set(&list, spots, 3);
	assert_int_equal(list.count, 2);
	spotlist_release(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spots_are_sorted_and_own_their_metadata),
		cmocka_unit_test(a_list_may_be_made_of_its_own_spots),
		cmocka_unit_test(nothing_is_a_list_too),
		cmocka_unit_test(no_position_stands_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
