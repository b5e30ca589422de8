/*
 * test_expiry.c - from when Kafka counts, what is said about it, and how long
 * the cluster keeps positions where a broker does not tell (contract 12).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/timetext.h"
#include "restore/expiry.h"
#include "restore/plan.h"
#include "restore/retention.h"
#include "tests/unit/restore/planrig.h"

#define DAY_MS INT64_C(86400000)
#define WRITTEN_MS INT64_C(1764079500123) /* 2025-11-25T14:05:00.123Z */

static const struct retention week = { 7 * DAY_MS, true };
static const struct retention assumed = { 7 * DAY_MS, false };

static enum expiry_clock
clock_of(bool exists, enum group_type type, const char *protocol_type)
{
	const struct plan_group group = { .exists = exists,
		.type = type,
		.protocol_type = protocol_type,
		.state = "Empty" };

	return expiry_clock_of(&group);
}

static void
contract_12_empty_classic_group_counts_from_becoming_empty(void **state)
{
	(void)state;
	assert_int_equal(
	    clock_of(true, GROUP_CLASSIC, "consumer"), EXPIRY_EMPTY);
	assert_int_equal(
	    clock_of(true, GROUP_CLASSIC, "connect"), EXPIRY_EMPTY);
}

static void
the_others_count_from_the_commit(void **state)
{
	(void)state;
	assert_int_equal(clock_of(true, GROUP_CLASSIC, ""), EXPIRY_COMMIT);
	assert_int_equal(
	    clock_of(true, GROUP_CONSUMER, "consumer"), EXPIRY_COMMIT);
	assert_int_equal(
	    clock_of(true, GROUP_STREAMS, "unknown"), EXPIRY_COMMIT);
}

static void
group_that_a_restore_makes_counts_from_the_commit(void **state)
{
	(void)state;
	assert_int_equal(
	    clock_of(false, GROUP_UNKNOWN, "unknown"), EXPIRY_COMMIT);
	assert_int_equal(
	    clock_of(false, GROUP_CLASSIC, "consumer"), EXPIRY_COMMIT);
}

static void
what_is_hidden_is_not_guessed(void **state)
{
	(void)state;
	assert_int_equal(
	    clock_of(true, GROUP_UNKNOWN, "unknown"), EXPIRY_EITHER);
	assert_int_equal(
	    clock_of(true, GROUP_CLASSIC, "unknown"), EXPIRY_EITHER);
	assert_int_equal(clock_of(true, GROUP_SHARE, "share"), EXPIRY_UNTOLD);
}

static void
every_clock_has_a_word(void **state)
{
	(void)state;
	for (int i = 0; i < EXPIRY_COUNT; i++) {
		enum expiry_clock found;

		assert_true(expiry_parse(
		    bytes_of(expiry_text((enum expiry_clock)i)), &found));
		assert_int_equal(found, i);
	}
}

static void
expect_says(const struct buf *text, const char *words)
{
	if (strstr(buf_text(text), words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", buf_text(text), words);
}

static void
what_is_planned_has_a_length_and_what_is_written_an_end(void **state)
{
	struct buf text = { 0 };

	(void)state;
	expiry_add_planned(&text, EXPIRY_COMMIT, &week);
	expect_says(&text, "for 7d from then, unless the group reads before");
	buf_clear(&text);
	expiry_add_written(&text, EXPIRY_COMMIT, &week, WRITTEN_MS);
	assert_string_equal(buf_text(&text),
	    "written offsets live until 2025-12-02T14:05:00.123Z unless the "
	    "group reads before");
	buf_release(&text);
}

static void
contract_12_what_to_do_about_it_is_said(void **state)
{
	struct buf text = { 0 };

	(void)state;
	expiry_add_planned(&text, EXPIRY_EMPTY, &week);
	expect_says(&text, "at the latest");
	expect_says(&text, "start its consumers before, or delete the group");
	buf_clear(&text);
	expiry_add_written(&text, EXPIRY_EMPTY, &week, WRITTEN_MS);
	expect_says(&text, "2025-12-02T14:05:00.123Z at the latest");
	expect_says(&text, "start its consumers");
	buf_release(&text);
}

static void
assumption_is_named_as_one(void **state)
{
	struct buf text = { 0 };

	(void)state;
	for (int i = EXPIRY_COMMIT; i < EXPIRY_COUNT; i++) {
		buf_clear(&text);
		expiry_add_planned(&text, (enum expiry_clock)i, &assumed);
		expect_says(&text, "is assumed");
		buf_clear(&text);
		expiry_add_written(
		    &text, (enum expiry_clock)i, &assumed, WRITTEN_MS);
		expect_says(&text, "is assumed");
	}
	buf_release(&text);
}

static void
end_beyond_all_times_is_the_last_one(void **state)
{
	const struct retention forever = { INT64_MAX, true };

	(void)state;
	assert_true(expiry_end_ms(&forever, WRITTEN_MS) == TIME_LAST_MS);
}

/* --- what brokers tell ------------------------------------------------- */

static struct retention
read_from(struct fake *fake)
{
	struct retention retention;
	struct err err = { 0 };

	assert_int_equal(retention_read(&fake->reach, &retention, &err), 0);
	return retention;
}

static void
first_broker_that_tells_is_believed(void **state)
{
	struct fake fake;
	struct retention found;

	(void)state;
	fake_init(&fake);
	fake.retention = "90";
	found = read_from(&fake);
	assert_true(found.known);
	assert_true(found.ms == INT64_C(90) * 60000);
	assert_int_equal(fake.config_count, 1);
	fake_release(&fake);
}

static void
without_the_right_the_default_is_assumed_at_once(void **state)
{
	struct fake fake;
	struct retention found;

	(void)state;
	fake_init(&fake);
	fake.config_error = ERR_DENIED;
	found = read_from(&fake);
	assert_false(found.known);
	assert_true(found.ms == 7 * DAY_MS);
	assert_int_equal(fake.config_count, 1);
	fake_release(&fake);
}

static void
broker_that_does_not_answer_is_not_the_only_one(void **state)
{
	struct fake fake;

	(void)state;
	fake_init(&fake);
	fake.config_error = ERR_UNAVAILABLE;
	assert_false(read_from(&fake).known);
	assert_int_equal(fake.config_count, 2);
	fake_release(&fake);
}

static void
contract_10_nonsense_is_not_believed(void **state)
{
	static const char *const others[] = { "", "-1", "0", "7d",
		"99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct fake fake;

		fake_init(&fake);
		fake.retention = others[i];
		assert_false(read_from(&fake).known);
		fake_release(&fake);
	}
}

static void
interruption_ends_the_asking(void **state)
{
	struct retention found;
	struct err err = { 0 };
	struct fake fake;

	(void)state;
	fake_init(&fake);
	fake.config_error = ERR_UNAVAILABLE;
	fake.interrupted = true;
	assert_int_equal(retention_read(&fake.reach, &found, &err), -1);
	assert_int_equal(err.kind, ERR_INTERRUPTED);
	fake_release(&fake);
}

/* --- what an apply writes ---------------------------------------------- */

static void
time_is_counted_from_before_the_first_commit(void **state)
{
	struct apply_result result;
	struct planrig rig;
	int64_t before_ms;

	(void)state;
	planrig_init(&rig);
	planrig_plan(&rig);
	assert_int_equal(rig.plan.retention.ms, 60000);
	assert_int_equal(rig.plan.groups[0].expiry, EXPIRY_EMPTY);
	before_ms = rig.fake.now_ms;
	assert_int_equal(planrig_apply(&rig, &result), 0);
	assert_in_range(
	    result.groups[0].written_ms, before_ms, rig.fake.now_ms);
	apply_release(&result);
	/* Nothing is to be written a second time. */
	assert_int_equal(planrig_apply(&rig, &result), 0);
	assert_int_equal(result.groups[0].written_ms, 0);
	apply_release(&result);
	planrig_release(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    contract_12_empty_classic_group_counts_from_becoming_empty),
		cmocka_unit_test(the_others_count_from_the_commit),
		cmocka_unit_test(
		    group_that_a_restore_makes_counts_from_the_commit),
		cmocka_unit_test(what_is_hidden_is_not_guessed),
		cmocka_unit_test(every_clock_has_a_word),
		cmocka_unit_test(
		    what_is_planned_has_a_length_and_what_is_written_an_end),
		cmocka_unit_test(contract_12_what_to_do_about_it_is_said),
		cmocka_unit_test(assumption_is_named_as_one),
		cmocka_unit_test(end_beyond_all_times_is_the_last_one),
		cmocka_unit_test(first_broker_that_tells_is_believed),
		cmocka_unit_test(
		    without_the_right_the_default_is_assumed_at_once),
		cmocka_unit_test(
		    broker_that_does_not_answer_is_not_the_only_one),
		cmocka_unit_test(contract_10_nonsense_is_not_believed),
		cmocka_unit_test(interruption_ends_the_asking),
		cmocka_unit_test(time_is_counted_from_before_the_first_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
