/*
 * applywrite.h - an apply's changes to the groups that it may touch: commits,
 * and what an undo takes away.
 */
#ifndef RESTORE_APPLYWRITE_H
#define RESTORE_APPLYWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "restore/commits.h"
#include "restore/target.h"

struct apply_group;
struct apply_result;
struct err;
struct plan;
struct plan_group;
struct reach;

/* A group that has something to write or to read back. */
struct apply_work {
	const struct plan_group *plan;
	const struct plan_group *before; /* as a record has it; NULL: none */
	struct apply_group *result;
	struct target_waits waits;
	int32_t listed_by;
	/* The group itself goes, if it has nothing but what is removed. */
	bool remove_group;
	struct commit_job commits, removals, removal;
};

/* Carry out what is left to be done; what became of each row stands in the
 * results.  -1: it was kept from going on (ERR_INTERRUPTED and others). */
int applywrite_run(const struct reach *reach, struct apply_work *works,
    size_t count, struct apply_result *result, struct err *err);

#endif /* RESTORE_APPLYWRITE_H */
