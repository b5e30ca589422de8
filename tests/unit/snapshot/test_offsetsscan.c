/*
 * Reading the whole offsets topic: what was read, and what is told of a
 * partition that was not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "snapshot/offsetsscan.h"

#define PARTITIONS 3

/* A topic of which every record is of an unknown type: they are counted. */
struct part {
	int32_t leader;
	int64_t high, stable;
	int error;      /* of its ends */
	int read_error; /* of reading it */
	bool silent;    /* no record comes */
	int32_t epoch;
	int32_t stale; /* the leader that broker 1 tells of, 0: the same */
};

struct world {
	struct cluster base; /* first: the cluster is the world */
	struct env env;
	struct log log;
	struct part parts[PARTITIONS];
	enum offsets_topic_state state;
	bool may_read;
	bool interrupted;
	int64_t now_ms;
	size_t reader_count;
	/* Called when somebody sleeps. */
	void (*on_sleep)(struct world *world);
	/* Called when somebody asks for ends, with how often that was done. */
	void (*on_ends)(struct world *world, size_t times);
	size_t ends_count;
	bool is_whole; /* broker 1 answers as well */
	struct offsets_scan scan;
};

struct reader {
	struct offsets_reader base;
	struct world *world;
	struct offsets_reading *readings;
	size_t count;
};

static struct reader the_reader; /* a cluster has one at a time */

static int
offsets_topic(struct cluster *cluster, int32_t broker, int64_t timeout_ms,
    struct offsets_topic *out, struct err *err)
{
	const struct world *world = (const struct world *)cluster;

	(void)timeout_ms;
	if (broker == 1 && !world->is_whole)
		return err_set(err, ERR_UNAVAILABLE, "it is down");
	out->state = world->state;
	out->may_read = world->may_read;
	out->count = world->state == OFFSETS_TOPIC_SEEN ? PARTITIONS : 0;
	out->leaders = xcalloc(PARTITIONS, sizeof(*out->leaders));
	for (size_t at = 0; at < PARTITIONS; at++)
		out->leaders[at] = broker == 1 && world->parts[at].stale != 0
		    ? world->parts[at].stale
		    : world->parts[at].leader;
	return 0;
}

static int
list_offsets(struct cluster *cluster, const struct log_request *requests,
    size_t count, const struct call_limits *limits, log_fn *answered,
    void *context, struct err *err)
{
	struct world *world = (struct world *)cluster;

	(void)limits;
	(void)err;
	world->ends_count += !requests->committed;
	if (world->on_ends != NULL && !requests->committed)
		world->on_ends(world, world->ends_count);
	for (size_t at = 0; at < count; at++) {
		const struct part *part = &world->parts[requests[at].partition];
		const struct log_answer answer = { .request = &requests[at],
			.error = part->error,
			.offset =
			    requests[at].committed ? part->stable : part->high,
			.epoch = part->epoch };

		answered(context, &answer);
	}
	return 0;
}

static int
read_some(struct offsets_reader *base, int64_t deadline_ms, log_record_fn *take,
    void *context, struct err *err)
{
	struct reader *reader = (struct reader *)base;

	(void)err;
	for (size_t at = 0; at < reader->count; at++) {
		struct offsets_reading *reading = &reader->readings[at];
		const struct part *part = &reader->world->parts[at];

		if (part->read_error != KAFKA_OK)
			reading->error = part->read_error;
		while (!part->silent && reading->error == KAFKA_OK &&
		    reading->next < reading->stop) {
			const struct log_record record = {
				.partition = reading->partition,
				.offset = reading->next++,
				.key = { "\x7f\x7f", 2 },
			};

			take(context, &record);
		}
	}
	reader->world->now_ms = deadline_ms;
	return 0;
}

static void
close_reader(struct offsets_reader *base)
{
	((struct reader *)base)->world->reader_count--;
}

static int
open_reader(struct cluster *cluster, struct offsets_reading *readings,
    size_t count, struct offsets_reader **out, struct err *err)
{
	static const struct offsets_reader_ops ops = { read_some,
		close_reader };
	struct world *world = (struct world *)cluster;

	(void)err;
	the_reader = (struct reader){ { &ops }, world, readings, count };
	world->reader_count++;
	*out = &the_reader.base;
	return 0;
}

static int64_t
now(void *context)
{
	const struct world *world = context;

	return world->now_ms;
}

static void
sleep_ms(void *context, int64_t duration_ms)
{
	struct world *world = context;

	world->now_ms += duration_ms;
	if (world->on_sleep != NULL)
		world->on_sleep(world);
}

static void
random_bytes(void *context, void *out, size_t size)
{
	(void)context;
	memset(out, 1, size);
}

static bool
interrupted(void *context)
{
	const struct world *world = context;

	return world->interrupted;
}

static void
discard(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

static int
setup(void **state)
{
	static const struct cluster_ops ops = {
		.offsets_topic = offsets_topic,
		.list_offsets = list_offsets,
		.open_reader = open_reader,
	};
	static struct world world;

	memset(&world, 0, sizeof(world));
	world.base.ops = &ops;
	world.env = (struct env){ now, now, sleep_ms, random_bytes, interrupted,
		&world };
	world.log = (struct log){ LOG_DEBUG, discard, NULL };
	world.state = OFFSETS_TOPIC_SEEN;
	world.may_read = true;
	for (int64_t at = 0; at < PARTITIONS; at++)
		world.parts[at] = (struct part){ .leader = 2,
			.high = at * 10,
			.stable = at * 10,
			.epoch = 4 };
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	assert_int_equal(world->reader_count, 0);
	offsetsscan_release(&world->scan);
	return 0;
}

static int
scan(struct world *world, struct err *err)
{
	static struct broker brokers[] = { { 1, "a", 1 }, { 2, "b", 2 } };
	static const struct cluster_view view = { .brokers = brokers,
		.broker_count = 2 };
	const struct offsets_scan_job job = {
		.cluster = &world->base,
		.view = &view,
		.env = &world->env,
		.log = &world->log,
		.timeout_ms = 20000,
		.until_ms = INT64_MAX,
	};

	*err = (struct err){ 0 };
	return offsetsscan_run(&job, &world->scan, err);
}

static void
assert_trouble(const struct world *world, size_t partition,
    enum offsets_verdict verdict, const char *text)
{
	struct buf said = { 0 };

	assert_int_equal(offsetsscan_verdict(&world->scan, partition), verdict);
	assert_false(offsetsscan_is_whole(&world->scan));
	offsetsscan_add_trouble(&said, &world->scan, partition);
	assert_string_equal(buf_text(&said), text);
	buf_release(&said);
}

static void
each_partition_is_read_up_to_its_end(void **state)
{
	struct world *world = *state;
	struct err err;

	assert_int_equal(scan(world, &err), 0);
	assert_true(offsetsscan_is_whole(&world->scan));
	assert_int_equal(world->scan.count, PARTITIONS);
	assert_int_equal(world->scan.ledger.counts.record_count, 30);
	assert_int_equal(world->scan.ends[2].high, 20);
	assert_int_equal(world->scan.ends[2].epoch, 4);
}

static void
a_topic_that_is_not_there_is_whole_and_empty(void **state)
{
	struct world *world = *state;
	struct err err;

	world->state = OFFSETS_TOPIC_ABSENT;
	assert_int_equal(scan(world, &err), 0);
	assert_int_equal(world->scan.count, 0);
	assert_true(offsetsscan_is_whole(&world->scan));
}

static void
without_read_it_is_denied_with_a_hint(void **state)
{
	struct world *world = *state;
	struct err err;

	world->may_read = false;
	assert_int_equal(scan(world, &err), -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_non_null(strstr(err.hint, "READ"));
	offsetsscan_release(&world->scan);
	/* Where only reading shows it. */
	world->may_read = true;
	world->parts[1].read_error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	assert_int_equal(scan(world, &err), -1);
	assert_int_equal(err.kind, ERR_DENIED);
}

static void
a_partition_without_a_leader_is_told(void **state)
{
	struct world *world = *state;
	struct err err;

	world->parts[1].leader = -1;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(
	    world, 1, OFFSETS_LEADERLESS, "partition 1 has no leader");
	assert_int_equal(offsetsscan_verdict(&world->scan, 2), OFFSETS_WHOLE);
	assert_int_equal(world->scan.ledger.counts.record_count, 20);
}

static void
choose_leader(struct world *world)
{
	world->parts[1].leader = 2;
}

static void
a_leader_that_is_chosen_meanwhile_is_read(void **state)
{
	struct world *world = *state;
	struct err err;

	world->parts[1].leader = -1;
	world->on_sleep = choose_leader;
	assert_int_equal(scan(world, &err), 0);
	assert_true(offsetsscan_is_whole(&world->scan));
}

static void
an_open_transaction_is_told(void **state)
{
	struct world *world = *state;
	struct err err;

	world->parts[2].stable = 12;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(world, 2, OFFSETS_HELD,
	    "partition 2 is held by an open transaction");
	assert_int_equal(world->scan.readings[2].next, 12);
}

/* It ends, and the log has grown: no further than was the end. */
static void
end_transaction(struct world *world)
{
	world->parts[2].stable = world->parts[2].high = 25;
}

static void
a_transaction_that_ends_meanwhile_is_waited_for(void **state)
{
	struct world *world = *state;
	struct err err;

	world->parts[2].stable = 12;
	world->on_sleep = end_transaction;
	assert_int_equal(scan(world, &err), 0);
	assert_true(offsetsscan_is_whole(&world->scan));
	assert_int_equal(world->scan.ends[2].high, 20);
}

static void
records_that_do_not_come_end_with_the_time(void **state)
{
	struct world *world = *state;
	struct err err;

	world->parts[1].silent = true;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(
	    world, 1, OFFSETS_LATE, "partition 1 was not read in time");
}

static void
an_error_of_one_partition_leaves_the_others(void **state)
{
	struct world *world = *state;
	struct err err;

	world->parts[1].read_error = KAFKA_OFFSET_OUT_OF_RANGE;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(world, 1, OFFSETS_FAILED,
	    "partition 1 cannot be read: OFFSET_OUT_OF_RANGE (1)");
	assert_int_equal(offsetsscan_verdict(&world->scan, 2), OFFSETS_WHOLE);
}

static void
an_interruption_ends_it(void **state)
{
	struct world *world = *state;
	struct err err;

	world->interrupted = true;
	assert_int_equal(scan(world, &err), -1);
	assert_int_equal(err.kind, ERR_INTERRUPTED);
}

/* Another leader has been chosen, which has two records more. */
static void
move_once(struct world *world, size_t times)
{
	if (times != 2)
		return;
	world->parts[1].epoch++;
	world->parts[1].high = world->parts[1].stable = 12;
}

static void
what_the_new_leader_has_is_read_too(void **state)
{
	struct world *world = *state;
	struct err err;

	world->on_ends = move_once;
	assert_int_equal(scan(world, &err), 0);
	assert_true(offsetsscan_is_whole(&world->scan));
	assert_int_equal(world->scan.ends[1].high, 12);
	assert_int_equal(world->scan.ends[1].epoch, 5);
	assert_int_equal(world->scan.ledger.counts.record_count, 32);
}

static void
move_on(struct world *world, size_t times)
{
	world->parts[1].epoch = (int32_t)times;
}

static void
a_leader_that_does_not_stay_is_told(void **state)
{
	struct world *world = *state;
	struct err err;

	world->on_ends = move_on;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(world, 1, OFFSETS_MOVED,
	    "partition 1 did not stay with one leader");
	assert_int_equal(offsetsscan_verdict(&world->scan, 2), OFFSETS_WHOLE);
	assert_int_equal(world->ends_count, 3);
}

static void
lose_records(struct world *world, size_t times)
{
	if (times == 2)
		world->parts[2].high = world->parts[2].stable = 15;
}

static void
a_log_that_is_shorter_than_what_was_read_is_told(void **state)
{
	struct world *world = *state;
	struct err err;

	world->on_ends = lose_records;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(world, 2, OFFSETS_MOVED,
	    "partition 2 did not stay with one leader");
}

static void
brokers_that_tell_of_different_leaders_are_told(void **state)
{
	struct world *world = *state;
	struct err err;

	world->is_whole = true;
	world->parts[1].stale = 1;
	assert_int_equal(scan(world, &err), 0);
	assert_trouble(world, 1, OFFSETS_MOVED,
	    "partition 1 did not stay with one leader");
	assert_int_equal(offsetsscan_verdict(&world->scan, 2), OFFSETS_WHOLE);
}

static void
forget_leader(struct world *world)
{
	world->parts[1].stale = 0;
}

static void
brokers_that_agree_at_last_are_believed(void **state)
{
	struct world *world = *state;
	struct err err;

	world->is_whole = true;
	world->parts[1].stale = 1;
	world->on_sleep = forget_leader;
	assert_int_equal(scan(world, &err), 0);
	assert_true(offsetsscan_is_whole(&world->scan));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_partition_is_read_up_to_its_end),
		TEST(a_topic_that_is_not_there_is_whole_and_empty),
		TEST(without_read_it_is_denied_with_a_hint),
		TEST(a_partition_without_a_leader_is_told),
		TEST(a_leader_that_is_chosen_meanwhile_is_read),
		TEST(an_open_transaction_is_told),
		TEST(a_transaction_that_ends_meanwhile_is_waited_for),
		TEST(records_that_do_not_come_end_with_the_time),
		TEST(an_error_of_one_partition_leaves_the_others),
		TEST(an_interruption_ends_it),
		TEST(what_the_new_leader_has_is_read_too),
		TEST(a_leader_that_does_not_stay_is_told),
		TEST(a_log_that_is_shorter_than_what_was_read_is_told),
		TEST(brokers_that_tell_of_different_leaders_are_told),
		TEST(brokers_that_agree_at_last_are_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
