/*
 * record.h - what was there before an apply changed it, and what became of the
 * apply: kept before the first change, in the repository or in a file, so that
 * an apply that was killed can go on, and every one can be undone.
 *
 * A record is the plan itself (plancodec.h) with, in the rows that are about to
 * be changed, what stands there as "now".  An apply of the same plan that goes
 * on, and changes rows that the first did not, adds a record of its own; of a
 * row the oldest counts.  Rows that it does not touch are "skip" in it.
 */
#ifndef RESTORE_RECORD_H
#define RESTORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"
#include "restore/plan.h"
#include "storage/applies.h"

struct apply_result;
struct env;
struct log;
struct repo;

/* Where records are kept. */
struct recorder {
	struct repo *repo; /* NULL: none */
	const char *file;  /* instead of the repository; NULL: none */
	const char *cluster_id;
	const struct env *env;
	/* Of the plan that is applied, as recorded earlier; empty: none. */
	struct record *before;
	bool began; /* there is a record of it now, or was before */
};

/* What is recorded of one plan. */
struct record {
	struct plan *plans; /* as they were written, oldest first */
	size_t count;       /* 0: nothing */
	/* The first of them, with the changes of the others: of the same groups
	 * and rows as the plan. */
	struct plan *merged;
};

/* A plan may be applied again after it was finished or undone. */
enum record_part {
	RECORD_OPEN, /* what began and did not end: an apply goes on with it */
	RECORD_NEWEST, /* the newest that began, ended or not, without what its
			* outcome says was not written: an undo is of it */
};

/* Read what is recorded of a plan; nothing is no error.  ERR_CORRUPT. */
int record_load(const struct recorder *recorder, const char *plan_id,
    enum record_part part, struct record *out, struct err *err) MUST_CHECK;
void record_release(struct record *record);

/* Are both of the same plan, and so of the same groups and rows?  ERR_USAGE,
 * ERR_CORRUPT. */
int record_fits(const struct record *record, const struct plan *plan,
    struct err *err) MUST_CHECK;

/* The plan that a word means: its id or the first 4 digits of it or more, or
 * "latest": the newest change, unless that was an undo or is undone already.
 * ERR_NOT_FOUND, ERR_USAGE. */
int record_find(const struct recorder *recorder, const char *word,
    char plan_id[ENV_ID_MAX], struct err *err) MUST_CHECK;

enum record_state {
	RECORD_UNFINISHED,
	RECORD_FINISHED,
	RECORD_UNDONE,
};
struct record_line {
	char plan_id[ENV_ID_MAX];
	int64_t began_ms; /* the newest time */
	enum record_state state;
};

/* What is recorded in the folder of a cluster, oldest first; opens nothing. */
int record_list(struct repo *repo, const char *cluster,
    void (*visit)(void *context, const struct record_line *line), void *context,
    struct err *err) MUST_CHECK;

/* Matches apply_options.record; context is a recorder.  A record that cannot
 * be kept is a failure. */
int record_begin(void *context, const struct plan *plan,
    const struct apply_result *result, struct err *err) MUST_CHECK;

/* Is there nothing left to go on with? */
bool record_is_finished(const struct apply_result *result);

/* What became of it; an undo that put everything back is told of the plan that
 * it undid, too.  Nothing is written where nothing began. */
int record_end(const struct recorder *recorder, const struct plan *plan,
    const struct apply_result *result, struct err *err) MUST_CHECK;

/* A plan that was begun and is not finished, and changes one of this plan's
 * groups; "" if there is none.  Not counted: this plan, and what it undoes. */
int record_blocker(const struct recorder *recorder, const struct plan *plan,
    char plan_id[ENV_ID_MAX], struct err *err) MUST_CHECK;

#endif /* RESTORE_RECORD_H */
