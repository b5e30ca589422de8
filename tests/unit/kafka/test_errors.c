/* Tests of the error codes of kafka/cluster.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kafka/cluster.h"

#define NEWEST 136 /* of Kafka 4.4.0 */

static void
a_code_has_its_name_and_number(void **state)
{
	(void)state;
	assert_string_equal(kafka_error_name(0), "NONE (0)");
	assert_string_equal(
	    kafka_error_name(14), "COORDINATOR_LOAD_IN_PROGRESS (14)");
	assert_string_equal(kafka_error_name(69), "GROUP_ID_NOT_FOUND (69)");
	assert_string_equal(
	    kafka_error_name(88), "UNSTABLE_OFFSET_COMMIT (88)");
	assert_string_equal(kafka_error_name(-1), "UNKNOWN_SERVER_ERROR (-1)");
	assert_string_equal(kafka_error_name(-185), "_TIMED_OUT (-185)");
	assert_string_equal(kafka_error_name(KAFKA_UNSUPPORTED_NAME),
	    "UNSUPPORTED_NAME (-10001)");
}

static void
every_code_stands_at_its_own_place(void **state)
{
	char end[16];

	(void)state;
	for (int code = 0; code <= NEWEST; code++) {
		const char *name = kafka_error_name(code);
		(void)snprintf(end, sizeof(end), "(%d)", code);
		assert_non_null(strstr(name, end));
	}
}

static void
a_code_that_is_not_known_still_has_a_text(void **state)
{
	(void)state;
	assert_non_null(strstr(kafka_error_name(NEWEST + 1), "not know"));
	assert_non_null(strstr(kafka_error_name(-9999), "not know"));
}

static void
what_may_pass_is_retriable(void **state)
{
	static const int codes[] = { 5, 6, 7, 9, 13, 14, 15, 16, 74, 75, 78, 88,
		-185, -195 };
	static const int others[] = { 0, 3, 12, 25, 28, 29, 30, -1, -199,
		KAFKA_UNSUPPORTED_NAME };

	(void)state;
	for (size_t at = 0; at < sizeof(codes) / sizeof(*codes); at++)
		assert_true(kafka_error_is_retriable(codes[at]));
	for (size_t at = 0; at < sizeof(others) / sizeof(*others); at++)
		assert_false(kafka_error_is_retriable(others[at]));
}

static void
a_right_that_is_missing_is_denied(void **state)
{
	(void)state;
	assert_true(kafka_error_is_denied(29));
	assert_true(kafka_error_is_denied(30));
	assert_true(kafka_error_is_denied(31));
	assert_true(kafka_error_is_denied(58));
	assert_true(kafka_error_is_denied(-169));
	assert_false(kafka_error_is_denied(0));
	assert_false(kafka_error_is_denied(16));
}

static void
the_right_that_is_missing_is_named(void **state)
{
	(void)state;
	assert_string_equal(kafka_right_needed(30, KAFKA_TO_LOOK),
	    ": DESCRIBE on the group is needed");
	assert_string_equal(kafka_right_needed(30, KAFKA_TO_COMMIT),
	    ": READ on the group is needed");
	assert_string_equal(kafka_right_needed(30, KAFKA_TO_REMOVE),
	    ": DELETE on the group is needed");
	assert_string_equal(kafka_right_needed(29, KAFKA_TO_LOOK),
	    ": DESCRIBE on the topic is needed");
	assert_string_equal(kafka_right_needed(29, KAFKA_TO_COMMIT),
	    ": READ on the topic is needed");
	assert_string_equal(kafka_right_needed(29, KAFKA_TO_READ_SETTING),
	    ": DESCRIBE_CONFIGS on the topic is needed");
	assert_string_equal(kafka_right_needed(29, KAFKA_TO_SET),
	    ": ALTER_CONFIGS on the topic is needed");
	assert_string_equal(kafka_right_needed(25, KAFKA_TO_COMMIT), "");
	assert_string_equal(kafka_right_needed(0, KAFKA_TO_LOOK), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_has_its_name_and_number),
		cmocka_unit_test(every_code_stands_at_its_own_place),
		cmocka_unit_test(a_code_that_is_not_known_still_has_a_text),
		cmocka_unit_test(what_may_pass_is_retriable),
		cmocka_unit_test(a_right_that_is_missing_is_denied),
		cmocka_unit_test(the_right_that_is_missing_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
