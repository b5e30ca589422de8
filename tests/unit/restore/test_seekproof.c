/*
 * test_seekproof.c - what is said of the record that comes next, and what a
 * plan by time promises about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "restore/seekproof.h"
#include "tests/unit/restore/planrig.h"

#define AT_MS 1000000

/* --- judging ----------------------------------------------------------- */

/* A plan by time with one position, at 50. */
struct bench {
	struct arena arena;
	struct plan plan;
	struct plan_row row;
	struct proof_found next, before;
	struct proof_row proof;
};

static int
setup_bench(void **state)
{
	struct bench *bench = test_calloc(1, sizeof(*bench));

	(void)snprintf(
	    bench->plan.question, sizeof(bench->plan.question), "log-time");
	bench->plan.at_ms = AT_MS;
	bench->row.planned.present = true;
	bench->row.planned.offset = 50;
	bench->next =
	    (struct proof_found){ true, KAFKA_OK, PEEK_RECORD, 50, AT_MS };
	bench->before =
	    (struct proof_found){ true, KAFKA_OK, PEEK_RECORD, 49, AT_MS - 1 };
	*state = bench;
	return 0;
}

static int
teardown_bench(void **state)
{
	struct bench *bench = *state;

	arena_release(&bench->arena);
	test_free(bench);
	return 0;
}

static void
judge(struct bench *bench)
{
	seekproof_judge(&bench->arena, &bench->plan, &bench->row, &bench->next,
	    &bench->before, &bench->proof);
}

static void
expect(struct bench *bench, enum proof_kind kind, bool warned)
{
	judge(bench);
	assert_int_equal(bench->proof.kind, kind);
	assert_int_equal(bench->proof.warning[0] != '\0', warned);
}

static void
a_record_of_the_time_with_an_older_one_before_it_is_plain(void **state)
{
	struct bench *bench = *state;

	expect(bench, PROOF_RECORD, false);
	assert_int_equal(bench->proof.offset, 50);
	assert_int_equal(bench->proof.timestamp, AT_MS);
}

static void
a_record_that_is_older_than_the_time_is_a_warning(void **state)
{
	struct bench *bench = *state;

	bench->next.timestamp = AT_MS - 1;
	expect(bench, PROOF_RECORD, true);
	assert_non_null(strstr(bench->proof.warning,
	    "the record at 50 is of "
	    "1970-01-01T00:16:39.999Z"
	    ", older than "
	    "1970-01-01T00:16:40"));
}

static void
a_record_before_it_that_is_not_older_is_a_warning(void **state)
{
	struct bench *bench = *state;

	bench->before.timestamp = AT_MS;
	expect(bench, PROOF_RECORD, true);
	assert_non_null(strstr(bench->proof.warning, "at 49"));
	bench->next.kind = PEEK_END;
	expect(bench, PROOF_END, true);
}

static void
only_a_record_right_before_it_counts(void **state)
{
	struct bench *bench = *state;

	/* The place before it is empty: reading came to the position. */
	bench->before = bench->next;
	expect(bench, PROOF_RECORD, false);
	bench->before = (struct proof_found){ .answered = true,
		.error = KAFKA_OFFSET_OUT_OF_RANGE };
	expect(bench, PROOF_RECORD, false);
	bench->before = (struct proof_found){ 0 };
	expect(bench, PROOF_RECORD, false);
}

static void
a_record_without_a_time_contradicts_nothing(void **state)
{
	struct bench *bench = *state;

	bench->next.timestamp = -1;
	bench->before.timestamp = -1;
	expect(bench, PROOF_RECORD, false);
	assert_int_equal(bench->proof.timestamp, -1);
}

static void
where_no_record_had_reached_the_time_what_comes_may_be_older(void **state)
{
	struct bench *bench = *state;

	bench->row.rule = RULE_NO_RECORD;
	bench->next.timestamp = AT_MS - 1;
	expect(bench, PROOF_RECORD, false);
	bench->before.timestamp = AT_MS;
	expect(bench, PROOF_RECORD, true);
}

static void
only_plans_by_time_promise_times(void **state)
{
	struct bench *bench = *state;

	(void)snprintf(
	    bench->plan.question, sizeof(bench->plan.question), "committed");
	bench->next.timestamp = AT_MS - 1;
	bench->before.timestamp = AT_MS;
	expect(bench, PROOF_RECORD, false);
}

static void
a_later_record_is_a_gap(void **state)
{
	struct bench *bench = *state;

	bench->next.offset = 57;
	expect(bench, PROOF_GAP, false);
	assert_int_equal(bench->proof.offset, 57);
	bench->next.timestamp = AT_MS - 1;
	expect(bench, PROOF_GAP, true);
}

static void
ends_and_open_transactions_are_told_apart(void **state)
{
	struct bench *bench = *state;

	bench->next.kind = PEEK_END;
	expect(bench, PROOF_END, false);
	assert_int_equal(bench->proof.timestamp, -1);
	bench->next.kind = PEEK_HELD;
	expect(bench, PROOF_HELD, false);
}

static void
an_error_is_the_reason_why_it_is_not_proved(void **state)
{
	struct bench *bench = *state;

	bench->next.error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	expect(bench, PROOF_UNPROVED, false);
	assert_string_equal(
	    bench->proof.reason, "TOPIC_AUTHORIZATION_FAILED (29)");
	bench->next.error = KAFKA_LOCAL_TIMED_OUT;
	expect(bench, PROOF_UNPROVED, false);
	assert_string_equal(bench->proof.reason, "no answer in time");
}

/* --- reading ----------------------------------------------------------- */

static int
setup(void **state)
{
	struct planrig *rig = test_calloc(1, sizeof(*rig));

	planrig_init(rig);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct planrig *rig = *state;

	planrig_release(rig);
	test_free(rig);
	return 0;
}

static enum err_kind
deny_second(struct fake *fake, struct peek_answer *answer)
{
	if (fake->peek_count == 2)
		answer->error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	return ERR_NONE;
}

static enum err_kind
interrupt_second(struct fake *fake, struct peek_answer *answer)
{
	(void)answer;
	return fake->peek_count == 2 ? ERR_INTERRUPTED : ERR_NONE;
}

/* Apply the plan and prove it; the exit status must not change by it. */
static void
prove(struct planrig *rig, int status, struct seekproof *proof)
{
	struct apply_result result;

	assert_int_equal(planrig_apply(rig, &result), status);
	seekproof_run(&rig->fake.reach, &rig->plan, &result, proof);
	assert_int_equal(apply_exit_status(&result), status);
	apply_release(&result);
}

static void
what_was_restored_is_proved(void **state)
{
	struct planrig *rig = *state;
	struct seekproof proof;

	rig->fake.topics[0].first_ms = AT_MS;
	planrig_plan(rig);
	prove(rig, 0, &proof);
	assert_int_equal(proof.restored, 2);
	assert_int_equal(proof.counts[PROOF_RECORD], 2);
	assert_int_equal(proof.groups[0].rows[0].offset, 10);
	assert_int_equal(proof.groups[0].rows[0].timestamp, AT_MS + 10000);
	assert_int_equal(proof.groups[0].rows[1].offset, 20);
	/* Not what stands before: no time was asked for. */
	assert_int_equal(rig->fake.peek_count, 2);
	seekproof_release(&proof);
}

static void
what_was_not_restored_is_not_read(void **state)
{
	struct planrig *rig = *state;
	struct seekproof proof;

	rig->fake.topics[0].start = 15;
	planrig_plan(rig);
	prove(rig, 4, &proof);
	assert_int_equal(proof.restored, 1);
	assert_int_equal(rig->fake.peek_count, 1);
	assert_int_equal(proof.groups[0].rows[0].kind, PROOF_NONE);
	assert_int_equal(proof.groups[0].rows[1].kind, PROOF_RECORD);
	seekproof_release(&proof);
}

static void
what_may_not_be_read_is_named_and_fails_nothing(void **state)
{
	struct planrig *rig = *state;
	struct seekproof proof;

	rig->fake.on_peek = deny_second;
	planrig_plan(rig);
	prove(rig, 0, &proof);
	assert_int_equal(proof.counts[PROOF_RECORD], 1);
	assert_int_equal(proof.counts[PROOF_UNPROVED], 1);
	seekproof_release(&proof);
}

static void
an_interruption_leaves_the_rest_unproved(void **state)
{
	struct planrig *rig = *state;
	struct seekproof proof;

	rig->fake.on_peek = interrupt_second;
	planrig_plan(rig);
	prove(rig, 0, &proof);
	assert_int_equal(proof.groups[0].rows[0].kind, PROOF_RECORD);
	assert_int_equal(proof.groups[0].rows[1].kind, PROOF_UNPROVED);
	assert_string_equal(proof.groups[0].rows[1].reason, "no peeking");
	seekproof_release(&proof);
}

static void
a_plan_by_time_is_read_before_its_positions_too(void **state)
{
	struct planrig *rig = *state;
	struct seekproof proof;

	rig->fake.topics[0].first_ms = AT_MS;
	planrig_plan(rig);
	(void)snprintf(
	    rig->plan.question, sizeof(rig->plan.question), "log-time");
	rig->plan.at_ms = AT_MS + 15000;
	prove(rig, 0, &proof);
	assert_int_equal(rig->fake.peek_count, 4);
	/* At 10 the record is five seconds older, before 20 four newer. */
	assert_int_equal(proof.warnings, 2);
	assert_non_null(
	    strstr(proof.groups[0].rows[0].warning, "the record at 10 "));
	assert_non_null(strstr(
	    proof.groups[0].rows[1].warning, "the record before it, at 19"));
	seekproof_release(&proof);
}

static void
more_than_the_limit_are_not_read_at_all(void **state)
{
	struct planrig *rig = *state;
	struct plan_row *rows = test_calloc(SEEKPROOF_MAX + 1, sizeof(*rows));
	struct apply_row *ended =
	    test_calloc(SEEKPROOF_MAX + 1, sizeof(*ended));
	struct plan_group group = { .rows = rows,
		.row_count = SEEKPROOF_MAX + 1 };
	struct apply_group ended_group = { .rows = ended,
		.row_count = SEEKPROOF_MAX + 1 };
	const struct apply_result result = { .groups = &ended_group,
		.group_count = 1 };
	struct plan plan = { .groups = &group, .group_count = 1 };
	struct seekproof proof;

	for (size_t i = 0; i <= SEEKPROOF_MAX; i++) {
		rows[i].topic = bytes_of("orders");
		rows[i].planned.present = true;
		ended[i].outcome = APPLY_DONE;
	}
	seekproof_run(&rig->fake.reach, &plan, &result, &proof);
	assert_true(proof.too_many);
	assert_int_equal(rig->fake.peek_count, 0);
	seekproof_release(&proof);
	ended[7].outcome = APPLY_LEFT;
	seekproof_run(&rig->fake.reach, &plan, &result, &proof);
	assert_false(proof.too_many);
	assert_int_equal(rig->fake.peek_count, SEEKPROOF_MAX);
	seekproof_release(&proof);
	test_free(ended);
	test_free(rows);
}

#define JUDGE(name) \
	cmocka_unit_test_setup_teardown(name, setup_bench, teardown_bench)
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGE(
		    a_record_of_the_time_with_an_older_one_before_it_is_plain),
		JUDGE(a_record_that_is_older_than_the_time_is_a_warning),
		JUDGE(a_record_before_it_that_is_not_older_is_a_warning),
		JUDGE(only_a_record_right_before_it_counts),
		JUDGE(a_record_without_a_time_contradicts_nothing),
		JUDGE(
		    where_no_record_had_reached_the_time_what_comes_may_be_older),
		JUDGE(only_plans_by_time_promise_times),
		JUDGE(a_later_record_is_a_gap),
		JUDGE(ends_and_open_transactions_are_told_apart),
		JUDGE(an_error_is_the_reason_why_it_is_not_proved),
		TEST(what_was_restored_is_proved),
		TEST(what_was_not_restored_is_not_read),
		TEST(what_may_not_be_read_is_named_and_fails_nothing),
		TEST(an_interruption_leaves_the_rest_unproved),
		TEST(a_plan_by_time_is_read_before_its_positions_too),
		TEST(more_than_the_limit_are_not_read_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
