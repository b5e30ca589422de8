/*
 * applycheck.h - the judgements of an apply about one group, without talking to
 * anybody: what the guard saw, whether the cluster is still what the plan saw,
 * and whether what was read back is what was planned.  Pure.
 */
#ifndef RESTORE_APPLYCHECK_H
#define RESTORE_APPLYCHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "restore/target.h"

struct apply_group;
struct apply_row;
struct arena;
struct commit_job;
struct plan;
struct plan_group;
struct plan_row;

/* Some row is still to be written or read back. */
bool applycheck_has_work(const struct apply_group *group);

/* The positions that are to be written or read back. */
struct target_waits applycheck_waits(struct arena *arena,
    const struct plan_group *plan, const struct apply_group *group);

/* Refuse a group with members, or whose members cannot be told. */
void applycheck_members(struct arena *arena, const struct target_group *now,
    struct apply_group *group);

struct applycheck {
	struct arena *arena;
	const struct plan_group *plan;
	const struct plan_group *before; /* as recorded by an earlier apply of
					  * it; NULL: none */
	bool force_stale;
	bool was_watched; /* the plan is so new that only a consumer at work
			   * can have moved a simple group since */
};

/*
 * Members again, then each position: it stands where the plan saw it, where it
 * stood before an earlier apply, or where it is to stand, else the whole group
 * is left alone (changed; a simple group: refused, it moves).  With force_stale
 * only a simple group that moves now is.  Then topic ids and log ranges, row by
 * row.
 */
void applycheck_group(const struct applycheck *check,
    const struct target *target, struct apply_group *group);

/* Keep where the group stands, for applycheck_group to see whether it moves. */
void applycheck_baseline(struct arena *arena, const struct plan_group *plan,
    const struct target_group *now, struct apply_group *group);

/* Has the group nothing but what the plan removes? */
bool applycheck_removes_all(
    const struct plan_group *plan, const struct target_group *now);

/* A row whose commit is to be sent: it does not stand there already, or the
 * commit itself is what is wanted. */
bool applycheck_is_written(
    const struct plan_row *plan, const struct apply_row *row);

/* A commit that a joining member refused whole is a refusal, not a failure, as
 * long as nothing of the group had been written before. */
void applycheck_stopped(const struct plan_group *from,
    const struct commit_job *job, struct apply_group *group);

void applycheck_read_back(struct arena *arena, const struct plan_group *plan,
    const struct target_group *now, struct apply_group *group);

/* A dry run ends here. */
void applycheck_would(struct apply_group *group);

/* Count the outcomes, and see whether the group is half done. */
void applycheck_finish(
    const struct plan_group *plan, struct apply_group *group, size_t *outcomes);

#endif /* RESTORE_APPLYCHECK_H */
