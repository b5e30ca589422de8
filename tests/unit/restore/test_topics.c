/*
 * test_topics.c - log ranges of topics of which partitions have no leader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "restore/target.h"
#include "restore/topics.h"
#include "tests/unit/restore/fakecluster.h"

#define BEGAN_MS 1000000

static bool
is_partition_0(const void *context, struct bytes topic, int32_t partition)
{
	assert_null(context);
	assert_true(bytes_equal(topic, bytes_of("t")));
	return partition == 0;
}

/* Two partitions, of which the second has no leader. */
static void
read_topic(struct fake *fake, const struct log_interest *interest,
    struct target_topic *topic)
{
	const struct bytes name = bytes_of("t");
	struct err err = { 0 };

	fake_init(fake);
	fake_add_topic(fake, "t", 2, 1);
	fake->topics[0].end = 100;
	fake->topics[0].leaderless = 1U << 1;
	assert_int_equal(
	    topics_read(&fake->reach, &fake->arena,
		&(struct topics_request){
		    .names = &name, .count = 1, .interest = interest },
		topic, &err),
	    0);
	assert_int_equal(topic->count, 2);
	assert_int_equal(topic->partitions[0].error, KAFKA_OK);
	assert_int_equal(topic->partitions[0].end, 100);
	assert_int_equal(
	    topic->partitions[1].error, KAFKA_LEADER_NOT_AVAILABLE);
}

static void
starts_and_ends_have_one_deadline(void **state)
{
	const struct log_interest all = { 0 };
	struct target_topic topic;
	struct fake fake;

	(void)state;
	read_topic(&fake, &all, &topic);
	assert_in_range(fake.now_ms, BEGAN_MS + fake.reach.timeout_ms / 2,
	    BEGAN_MS + fake.reach.timeout_ms);
	fake_release(&fake);
}

static void
what_nobody_asks_for_is_not_waited_for(void **state)
{
	const struct log_interest interest = { .wants = is_partition_0 };
	struct target_topic topic;
	struct fake fake;

	(void)state;
	read_topic(&fake, &interest, &topic);
	assert_int_equal(fake.now_ms, BEGAN_MS);
	fake_release(&fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_ends_have_one_deadline),
		cmocka_unit_test(what_nobody_asks_for_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
