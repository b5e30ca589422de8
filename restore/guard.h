/*
 * guard.h - no active group is touched (contract 3): who is in the groups, the
 * wait for them to leave, and the wait in which a simple group's consumers,
 * which nobody can see, would move its positions.
 */
#ifndef RESTORE_GUARD_H
#define RESTORE_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"

struct reach;
struct target_group;

struct guard_wait {
	int64_t wait_ms; /* 0: look once */
	/* Who is still there, now and then; may be NULL. */
	void (*waiting)(void *context, const struct target_group *groups,
	    size_t count, int64_t left_ms);
	void *context;
};

/*
 * Look who is in the groups (which have their name and listed_by), and wait
 * until they are empty or the time is over.  What is in them then stands in
 * the groups, in the arena, which is emptied before each look.
 */
int guard_members(const struct reach *reach, struct arena *arena,
    struct target_group *groups, size_t count, const struct guard_wait *wait,
    struct err *err) MUST_CHECK;

/* How long to wait still, so that settle_ms lie between the plan's reading and
 * ours.  A reading that lies in the future by this clock counts as now. */
int64_t guard_settle_left(int64_t read_ms, int64_t now_ms, int64_t settle_ms);

/* Wait that long; ERR_INTERRUPTED. */
int guard_settle(
    const struct reach *reach, int64_t left_ms, struct err *err) MUST_CHECK;

#endif /* RESTORE_GUARD_H */
