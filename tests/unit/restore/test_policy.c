/* Policies, and topics with partitions: the words for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "restore/policy.h"
#include "restore/topicspec.h"

static void
at_least_once_skips_nothing(void **state)
{
	struct policy policy;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(policy_init(&policy, "at-least-once", &err), 0);
	assert_int_equal(policy.on[GAP_FORWARD], CHOICE_REFUSE);
	for (size_t gap = 0; gap < GAP_COUNT; gap++)
		assert_int_not_equal(policy.on[gap], CHOICE_LATEST);
}

static void
strict_refuses_every_gap(void **state)
{
	struct policy policy;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(policy_init(&policy, "strict", &err), 0);
	for (size_t gap = 0; gap < GAP_BACKWARD; gap++)
		assert_int_equal(policy.on[gap], CHOICE_REFUSE);
}

static void
at_most_once_reads_nothing_again(void **state)
{
	struct policy policy;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(policy_init(&policy, "at-most-once", &err), 0);
	assert_int_equal(policy.on[GAP_BACKWARD], CHOICE_REFUSE);
	assert_int_equal(policy.on[GAP_TOPIC_RECREATED], CHOICE_LATEST);
}

static void
what_was_set_stands_in_the_text(void **state)
{
	struct policy policy;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(policy_init(&policy, "strict", &err), 0);
	assert_int_equal(
	    policy_set(&policy, GAP_ABOVE_LOG_END, "time", &err), 0);
	assert_int_equal(policy_set_moved_back(&policy, "after", &err), 0);
	assert_string_equal(
	    policy.text, "strict, above-log-end=time, moved-back=after");
}

static void
a_choice_that_a_gap_has_not_is_refused(void **state)
{
	struct policy policy;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(policy_init(&policy, "strict", &err), 0);
	assert_int_equal(
	    policy_set(&policy, GAP_TOPIC_MISSING, "earliest", &err), -1);
	assert_string_equal(err.message,
	    "missing-topic 'earliest': one of refuse, skip is wanted");
	err = (struct err){ 0 };
	assert_int_equal(policy_init(&policy, "", &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
}

static bool
takes(const char *text, const char *topic, int32_t partition)
{
	struct topicspecs specs;
	struct err err = { 0 };
	bool result;

	assert_int_equal(topicspecs_parse(&text, 1, &specs, &err), 0);
	result = topicspecs_take(&specs, bytes_of(topic), partition);
	topicspecs_release(&specs);
	return result;
}

static void
partitions_stand_behind_a_colon(void **state)
{
	(void)state;
	assert_true(takes("orders", "orders", 9));
	assert_true(takes("orders:0,2,2", "orders", 2));
	assert_false(takes("orders:0,2", "orders", 1));
	assert_false(takes("orders:0,2", "order", 0));
	assert_true(takes("ord*:7", "orders", 7));
	assert_true(takes("re:ord.*", "orders", 7));
	assert_true(takes("re:ord.*:7", "orders", 7));
	assert_false(takes("re:ord.*:7", "orders", 8));
	assert_true(takes("re:[[:alpha:]]+", "orders", 1));
}

static void
partitions_that_are_none_are_refused(void **state)
{
	static const char *const wrong[] = { "t:", "t:a", "t:1,", "t:,1",
		"t:-1", "t:2147483648", "t:1-3" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct topicspecs specs;
		struct err err = { 0 };

		assert_int_equal(
		    topicspecs_parse(&wrong[i], 1, &specs, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		topicspecs_release(&specs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_least_once_skips_nothing),
		cmocka_unit_test(strict_refuses_every_gap),
		cmocka_unit_test(at_most_once_reads_nothing_again),
		cmocka_unit_test(what_was_set_stands_in_the_text),
		cmocka_unit_test(a_choice_that_a_gap_has_not_is_refused),
		cmocka_unit_test(partitions_stand_behind_a_colon),
		cmocka_unit_test(partitions_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
