/*
 * test_guard.c - contract line 3: who is in a group, the wait for them, and
 * the wait in which a simple group is watched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "restore/guard.h"
#include "restore/members.h"
#include "restore/target.h"
#include "tests/unit/restore/fakecluster.h"

static void
leave_after_five_seconds(struct fake *fake)
{
	if (fake->now_ms >= 1005000)
		fake->groups[0].member_count = 0;
}

static void
interrupt_when_asleep(struct fake *fake)
{
	fake->interrupted = true;
}

static void
count_call(void *context, const struct target_group *groups, size_t count,
    int64_t left_ms)
{
	size_t *calls = context;

	assert_int_equal(count, 1);
	assert_int_equal(groups[0].member_count, 1);
	assert_string_equal(groups[0].members[0].client_id, "busy");
	assert_true(left_ms > 0);
	(*calls)++;
}

/* Group "g" with one member; waited for so long. */
static int
look(struct fake *fake, int64_t wait_ms, size_t *calls,
    struct target_group *group, struct err *err)
{
	const struct guard_wait wait = { wait_ms, count_call, calls };
	struct arena arena = { 0 };
	int result;

	group->name = bytes_of("g");
	group->listed_by = COORDINATOR_UNKNOWN;
	result = guard_members(&fake->reach, &arena, group, 1, &wait, err);
	group->members = NULL;
	arena_release(&arena);
	return result;
}

static void
contract_3_members_are_seen_at_one_look(void **state)
{
	struct target_group group = { 0 };
	struct err err = { 0 };
	struct fake fake;
	size_t calls = 0;

	(void)state;
	fake_init(&fake);
	fake_add_member(fake_add_group(&fake, "g"), "busy", "/h");
	assert_int_equal(look(&fake, 0, &calls, &group, &err), 0);
	assert_int_equal(group.member_count, 1);
	assert_int_equal(calls, 0);
	assert_int_equal(fake.describe_count, 1);
	fake_release(&fake);
}

static void
contract_3_wait_ends_when_the_members_have_left(void **state)
{
	struct target_group group = { 0 };
	struct err err = { 0 };
	struct fake fake;
	size_t calls = 0;

	(void)state;
	fake_init(&fake);
	fake_add_member(fake_add_group(&fake, "g"), "busy", "/h");
	fake.on_sleep = leave_after_five_seconds;
	assert_int_equal(look(&fake, 60000, &calls, &group, &err), 0);
	assert_int_equal(group.member_count, 0);
	assert_true(calls >= 4);
	assert_true(fake.now_ms < 1007000);
	fake_release(&fake);
}

static void
contract_3_wait_ends_at_its_deadline(void **state)
{
	struct target_group group = { 0 };
	struct err err = { 0 };
	struct fake fake;
	size_t calls = 0;

	(void)state;
	fake_init(&fake);
	fake_add_member(fake_add_group(&fake, "g"), "busy", "/h");
	assert_int_equal(look(&fake, 3000, &calls, &group, &err), 0);
	assert_int_equal(group.member_count, 1);
	assert_int_equal(fake.now_ms, 1003000);
	fake_release(&fake);
}

static void
wait_can_be_interrupted(void **state)
{
	struct target_group group = { 0 };
	struct err err = { 0 };
	struct fake fake;
	size_t calls = 0;

	(void)state;
	fake_init(&fake);
	fake_add_member(fake_add_group(&fake, "g"), "busy", "/h");
	fake.on_sleep = interrupt_when_asleep;
	assert_int_equal(look(&fake, 60000, &calls, &group, &err), -1);
	assert_int_equal(err.kind, ERR_INTERRUPTED);
	fake_release(&fake);
}

static void
settling_counts_from_the_plans_reading(void **state)
{
	(void)state;
	assert_int_equal(guard_settle_left(1000, 1000, 3000), 3000);
	assert_int_equal(guard_settle_left(1000, 2500, 3000), 1500);
	assert_int_equal(guard_settle_left(1000, 4000, 3000), 0);
	assert_int_equal(guard_settle_left(1000, 9000, 3000), 0);
	/* Made on a machine whose clock is ahead, or by hand. */
	assert_int_equal(guard_settle_left(9000, 1000, 3000), 3000);
	assert_int_equal(guard_settle_left(INT64_MIN, 1000, 3000), 0);
}

static void
another_protocol_leaves_it_to_the_broker(void **state)
{
	struct target_group group = { .exists = true,
		.protocol_type = "connect" };
	struct err err = { 0 };
	struct fake fake;
	size_t calls = 0;

	(void)state;
	fake_init(&fake);
	fake_add_group(&fake, "g")->protocol_type = "connect";
	assert_int_equal(look(&fake, 0, &calls, &group, &err), 0);
	assert_int_equal(group.members_error, KAFKA_OK);
	assert_true(group.asks_broker);
	group.asks_broker = false;
	group.protocol_type = "consumer";
	assert_int_equal(look(&fake, 0, &calls, &group, &err), 0);
	assert_int_equal(group.members_error, KAFKA_LOCAL_INVALID_ARG);
	assert_false(group.asks_broker);
	fake_release(&fake);
}

static void
members_are_named_and_cannot_paint(void **state)
{
	struct member members[] = {
		{ "1", "app\x1b[31m", "/10.0.0.1" },
		{ "2", "b", "/10.0.0.2" },
	};
	const struct target_group group = { .members = members,
		.member_count = 2 };
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(members_text(&arena, &group),
	    "2 members: app\\u{1b}[31m (/10.0.0.1), b (/10.0.0.2)");
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_3_members_are_seen_at_one_look),
		cmocka_unit_test(
		    contract_3_wait_ends_when_the_members_have_left),
		cmocka_unit_test(contract_3_wait_ends_at_its_deadline),
		cmocka_unit_test(wait_can_be_interrupted),
		cmocka_unit_test(settling_counts_from_the_plans_reading),
		cmocka_unit_test(another_protocol_leaves_it_to_the_broker),
		cmocka_unit_test(members_are_named_and_cannot_paint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
