#include "restore/guard.h"

#include "common/env.h"
#include "kafka/cluster.h"
#include "restore/members.h"
#include "restore/reach.h"
#include "restore/target.h"

/* Between two looks at who is still there. */
#define LOOK_MS 1000

/* So that an interruption is seen also where sleep does not return early. */
#define SLICE_MS 200

static bool
anybody_there(const struct target_group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (groups[i].member_count > 0)
			return true;
	return false;
}

static int
pause_for(const struct reach *reach, int64_t duration_ms, struct err *err)
{
	const int64_t end_ms = env_monotonic_ms(reach->env) + duration_ms;
	int64_t left_ms = duration_ms;

	while (left_ms > 0) {
		if (reach_check(reach, err) != 0)
			return -1;
		env_sleep_ms(
		    reach->env, left_ms < SLICE_MS ? left_ms : SLICE_MS);
		left_ms = end_ms - env_monotonic_ms(reach->env);
	}
	return reach_check(reach, err);
}

/* A long wait over many members must not fill the memory. */
static void
forget(struct arena *arena, struct target_group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		groups[i].state = "unknown";
		groups[i].members = NULL;
		groups[i].member_count = 0;
	}
	arena_release(arena);
}

int
guard_members(const struct reach *reach, struct arena *arena,
    struct target_group *groups, size_t count, const struct guard_wait *wait,
    struct err *err)
{
	const int64_t end_ms = env_monotonic_ms(reach->env) + wait->wait_ms;

	for (;;) {
		int64_t left_ms;

		forget(arena, groups, count);
		if (members_read(reach, arena, groups, count, err) != 0)
			return -1;
		left_ms = end_ms - env_monotonic_ms(reach->env);
		if (left_ms <= 0 || !anybody_there(groups, count))
			return 0;
		if (wait->waiting != NULL)
			wait->waiting(wait->context, groups, count, left_ms);
		if (pause_for(
			reach, left_ms < LOOK_MS ? left_ms : LOOK_MS, err) != 0)
			return -1;
	}
}

int64_t
guard_settle_left(int64_t read_ms, int64_t now_ms, int64_t settle_ms)
{
	if (read_ms > now_ms)
		return settle_ms;
	/* now_ms - read_ms may not fit: read_ms comes from a file. */
	if (read_ms < now_ms - settle_ms)
		return 0;
	return settle_ms - (now_ms - read_ms);
}

int
guard_settle(const struct reach *reach, int64_t left_ms, struct err *err)
{
	return left_ms > 0 ? pause_for(reach, left_ms, err) : 0;
}
