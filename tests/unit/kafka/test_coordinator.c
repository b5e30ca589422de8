/* Tests of coordinator_partition (kafka/cluster.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kafka/cluster.h"

static const struct vector {
	const char *group;
	size_t size;
	int32_t of_50;
} vectors[] = {
	/* Computed by Java 17. */
	{ "", 0, 0 },
	{ "g", 1, 3 },
	{ "my-group", 8, 12 },
	{ "test.group-1", 12, 25 },
	{ "console-consumer-12345", 22, 6 },
	/* Its hash is the least integer, which has no absolute value. */
	{ "polygenelubricants", 18, 0 },
	{ "gr\xc3\xb6\xc3\x9f"
	  "e",
	    7, 7 },
	{ "\xe7\xbb\x84-1", 5, 16 },
	{ "\xf0\x9f\x98\x80-grp", 8, 27 },
	{ "a\0b", 3, 15 },
};

static void
a_group_belongs_where_java_puts_it(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(vectors) / sizeof(*vectors); at++) {
		const struct bytes group = { vectors[at].group,
			vectors[at].size };
		assert_int_equal(
		    coordinator_partition(group, 50), vectors[at].of_50);
	}
}

static void
an_empty_name_without_memory_is_a_name(void **state)
{
	const struct bytes nothing = { NULL, 0 };

	(void)state;
	assert_int_equal(coordinator_partition(nothing, 50), 0);
}

static void
a_byte_that_is_not_utf8_counts_as_a_replacement_character(void **state)
{
	(void)state;
	assert_int_equal(coordinator_partition(bytes_of("\xff"), 1000000),
	    coordinator_partition(bytes_of("\xef\xbf\xbd"), 1000000));
	assert_int_equal(
	    coordinator_partition(bytes_of("\xff"), 1000000), 0xfffd);
}

static void
every_group_is_in_the_only_partition(void **state)
{
	(void)state;
	assert_int_equal(coordinator_partition(bytes_of("my-group"), 1), 0);
}

static void
no_partitions_have_no_place(void **state)
{
	(void)state;
	assert_int_equal(coordinator_partition(bytes_of("g"), 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_belongs_where_java_puts_it),
		cmocka_unit_test(an_empty_name_without_memory_is_a_name),
		cmocka_unit_test(
		    a_byte_that_is_not_utf8_counts_as_a_replacement_character),
		cmocka_unit_test(every_group_is_in_the_only_partition),
		cmocka_unit_test(no_partitions_have_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
