/*
 * timecheck.h - a plan by the records' own times held against what captures
 * saw: where the log ended at that time, no producer's clock involved.  Where
 * the two contradict each other, the timestamps of the topic lie, and the rows
 * of the plan say so.
 */
#ifndef RESTORE_TIMECHECK_H
#define RESTORE_TIMECHECK_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"

struct env;
struct log;
struct plan;
struct repo;

/* Partitions that are compared: each costs a read or two of the repository. */
#define TIMECHECK_MAX 100

struct timecheck {
	struct repo *repo;
	const char *cluster; /* its folder */
	const struct env *env;
	const struct log *log; /* may be NULL */
	size_t compared;       /* out: partitions that captures tell of */
	size_t lying;          /* out: those where they contradict the plan */
	size_t left_out;       /* out: beyond TIMECHECK_MAX */
};

/* Compare the rows that have a planned offset by the plan's time. */
int timecheck_plan(
    struct timecheck *check, struct plan *plan, struct err *err) MUST_CHECK;

#endif /* RESTORE_TIMECHECK_H */
