/*
 * Strategies that need no snapshot, where a real broker cannot be made to
 * answer so: holes in lookups by time, answers that fail, logs that grow
 * between two questions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kafka/cluster.h"
#include "restore/direct.h"
#include "restore/lookups.h"
#include "restore/plan.h"
#include "restore/policy.h"
#include "restore/target.h"

#define AT_MS INT64_C(1700000000000)

/* A group at 90 of a log from 10 to 100. */
struct scene {
	struct arena arena;
	struct policy policy;
	struct lookups lookups;
	struct lookup answers[2];
	struct target_position position;
	struct target_group group;
	struct target_partition log;
	struct target_topic topic;
	struct plan_row row;
	struct direct direct;
};

static int
setup(void **state)
{
	static struct scene scene;
	struct err err = { 0 };
	struct scene *s = &scene;

	memset(s, 0, sizeof(*s));
	assert_int_equal(policy_init(&s->policy, "at-least-once", &err), 0);
	s->position = (struct target_position){ .topic = bytes_of("t"),
		.present = true,
		.offset = 90,
		.epoch = 3,
		.metadata = bytes_of("m") };
	s->group.positions = &s->position;
	s->group.position_count = 1;
	s->log =
	    (struct target_partition){ .epoch = 5, .start = 10, .end = 100 };
	s->topic = (struct target_topic){
		.name = bytes_of("t"), .partitions = &s->log, .count = 1
	};
	s->row.topic = bytes_of("t");
	s->direct =
	    (struct direct){ .strategy = STRATEGY_LOG_TIME, .time_ms = AT_MS };
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	arena_release(&s->arena);
	return 0;
}

/* What the target answered: for the time, and for the newest timestamp. */
static void
answer(struct scene *s, int64_t offset, int64_t newest, int64_t newest_time)
{
	s->answers[0] = (struct lookup){ .topic = bytes_of("t"),
		.time_ms = LOG_GREATEST,
		.answered = true,
		.offset = newest,
		.timestamp = newest_time,
		.epoch = -1 };
	s->answers[1] = (struct lookup){ .topic = bytes_of("t"),
		.time_ms = AT_MS,
		.answered = true,
		.offset = offset,
		.timestamp = offset < 0 ? -1 : AT_MS + 1,
		.epoch = 4 };
	s->lookups =
	    (struct lookups){ .list = s->answers, .count = 2, .read = true };
}

static void
decide(struct scene *s, int64_t wanted, enum plan_action action,
    enum plan_rule rule, int64_t planned)
{
	const struct placing placing = { .policy = &s->policy,
		.lookups = &s->lookups,
		.target = &s->group,
		.topic = &s->topic,
		.arena = &s->arena };

	direct_decide(&s->direct, &placing, wanted, &s->row);
	assert_string_equal(plan_rule_text(s->row.rule), plan_rule_text(rule));
	assert_int_equal(s->row.action, action);
	if (planned >= 0)
		assert_int_equal(s->row.planned.offset, planned);
}

static void
what_is_found_by_time_has_the_epoch_of_the_answer(void **state)
{
	struct scene *s = *state;

	answer(s, 40, 99, AT_MS + 500);
	decide(s, 0, PLAN_COMMIT, RULE_BACKWARD, 40);
	assert_int_equal(s->row.planned.epoch, 4);
	assert_int_equal(s->row.planned.metadata.size, 0);
	assert_int_equal(s->row.reread, 50);
}

static void
a_hole_in_the_lookup_is_not_believed(void **state)
{
	struct scene *s = *state;

	answer(s, -1, 99, AT_MS + 500);
	decide(s, 0, PLAN_COMMIT, RULE_TIME_HOLE, 10);
	assert_int_equal(s->row.planned.epoch, -1);
}

static void
strict_refuses_the_hole(void **state)
{
	struct scene *s = *state;
	struct err err = { 0 };

	assert_int_equal(policy_init(&s->policy, "strict", &err), 0);
	answer(s, -1, 99, AT_MS + 500);
	decide(s, 0, PLAN_REFUSE, RULE_TIME_HOLE, -1);
}

static void
no_record_means_the_end_that_was_read_before(void **state)
{
	struct scene *s = *state;

	s->position.offset = 100;
	/* Appended after the log end was read, with a later time. */
	answer(s, -1, 120, AT_MS + 500);
	decide(s, 0, PLAN_SAME, RULE_NO_RECORD, 100);
}

static void
no_record_passes_over_nothing_unasked(void **state)
{
	struct scene *s = *state;

	answer(s, -1, 99, AT_MS - 500);
	decide(s, 0, PLAN_REFUSE, RULE_FORWARD, 100);
	s->policy.on[GAP_FORWARD] = CHOICE_ALLOW;
	decide(s, 0, PLAN_COMMIT, RULE_NO_RECORD, 100);
	assert_int_equal(s->row.skip, 10);
}

static void
a_record_beyond_the_end_that_was_read_is_not_skipped_to(void **state)
{
	struct scene *s = *state;

	s->position.offset = 100;
	answer(s, 120, 120, AT_MS + 500);
	decide(s, 0, PLAN_SAME, RULE_NO_RECORD, 100);
}

static void
a_lookup_that_failed_is_refused(void **state)
{
	struct scene *s = *state;

	answer(s, 40, 99, AT_MS);
	s->answers[1].answered = false;
	s->answers[1].error = KAFKA_LEADER_NOT_AVAILABLE;
	decide(s, 0, PLAN_REFUSE, RULE_LOG_UNKNOWN, -1);
}

static void
shifting_beyond_what_an_offset_can_be_is_refused(void **state)
{
	struct scene *s = *state;

	s->direct.strategy = STRATEGY_SHIFT;
	s->direct.number = INT64_MAX;
	decide(s, 0, PLAN_REFUSE, RULE_NOT_A_NUMBER, -1);
	s->direct.number = -INT64_MAX;
	decide(s, 0, PLAN_COMMIT, RULE_BELOW_LOG_START, 10);
}

static void
current_keeps_epoch_and_metadata(void **state)
{
	struct scene *s = *state;

	s->direct.strategy = STRATEGY_CURRENT;
	decide(s, 0, PLAN_SAME, RULE_SAME, 90);
	assert_int_equal(s->row.planned.epoch, 3);
	s->position.offset = 5;
	decide(s, 0, PLAN_COMMIT, RULE_BELOW_LOG_START, 10);
	assert_int_equal(s->row.planned.epoch, -1);
	assert_int_equal(s->row.planned.metadata.size, 0);
}

static void
a_negative_position_counts_as_none(void **state)
{
	struct scene *s = *state;

	s->position.offset = -1;
	s->direct.strategy = STRATEGY_CURRENT;
	decide(s, 0, PLAN_LEAVE, RULE_NO_POSITION_HERE, -1);
	s->direct.strategy = STRATEGY_EARLIEST;
	decide(s, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW, 10);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_found_by_time_has_the_epoch_of_the_answer),
		TEST(a_hole_in_the_lookup_is_not_believed),
		TEST(strict_refuses_the_hole),
		TEST(no_record_means_the_end_that_was_read_before),
		TEST(no_record_passes_over_nothing_unasked),
		TEST(a_record_beyond_the_end_that_was_read_is_not_skipped_to),
		TEST(a_lookup_that_failed_is_refused),
		TEST(shifting_beyond_what_an_offset_can_be_is_refused),
		TEST(current_keeps_epoch_and_metadata),
		TEST(a_negative_position_counts_as_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
