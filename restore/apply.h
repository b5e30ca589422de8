/*
 * apply.h - carry out a plan: check that it is for this cluster and that the
 * cluster is still what it saw, make sure that nobody is in the groups, write,
 * and read every position back.
 *
 * Nothing is called done before it was read back.  Whatever happens, the
 * result has an outcome for each row of the plan; the call itself fails only
 * for what concerns the plan as a whole, before anything is written.
 */
#ifndef RESTORE_APPLY_H
#define RESTORE_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/guard.h"
#include "restore/plan.h"

struct census;
struct reach;

enum apply_outcome {
	APPLY_LEFT,      /* nothing was to be done */
	APPLY_SKIPPED,   /* by the plan */
	APPLY_REFUSED,   /* by the plan's rule, or by the guard */
	APPLY_CHANGED,   /* the cluster is no longer what the plan saw */
	APPLY_WOULD,     /* dry run: all that comes before writing is well */
	APPLY_DONE,      /* read back, and as planned */
	APPLY_UNTOUCHED, /* it was not written: interrupted, or given up */
	APPLY_FAILED,    /* refused by the cluster, or read back otherwise */
	APPLY_UNREAD,    /* written, and not read back */
	APPLY_DOUBT,     /* sent, and what became of it is not known */
	APPLY_OUTCOME_COUNT,
};

struct apply_row {
	enum apply_outcome outcome;
	bool found_known; /* it was read back (or before the commit) */
	struct plan_value found;
	const char *text; /* why, one line; "" where the outcome says it */
};

struct apply_group {
	enum plan_rule refused; /* of the guard or the plan */
	const char *text;       /* "" */
	struct apply_row *rows; /* as the plan's */
	size_t row_count;
	/* Some rows are written and others are not, or may not be. */
	bool half_done;
	int64_t written_ms; /* just before writing began; 0: none was */
};

struct apply_result {
	struct arena arena;
	struct apply_group *groups; /* as the plan's */
	size_t group_count;
	size_t outcomes[APPLY_OUTCOME_COUNT];
	bool dry_run;
	bool interrupted;
	bool names_open;     /* as the plan's */
	const char *trouble; /* what kept it from going on; "" */
};

struct apply_options {
	struct guard_wait wait;
	int64_t settle_ms;
	bool dry_run;
	bool force_stale;            /* also what moved since the plan */
	const struct census *census; /* may be NULL */
	/* This plan as an earlier apply of it recorded it: its rows have in now
	 * what was there before.  NULL: there was none. */
	const struct plan *before;
	/*
	 * Called once, before the first change, and never in a dry run: rows
	 * with the outcome APPLY_UNTOUCHED are about to be changed (or are
	 * right already), and found is what is there.  A failure is that of the
	 * whole apply, which has changed nothing.  NULL: nothing is recorded.
	 */
	int (*record)(void *context, const struct plan *plan,
	    const struct apply_result *result, struct err *err);
	void *record_context;
};

/*
 * A plan made for another cluster is ERR_REFUSED.  plan and result are used
 * together: the result borrows nothing from it, and has the same order.
 */
int apply_run(const struct reach *reach, const struct plan *plan,
    const struct apply_options *options, struct apply_result *out,
    struct err *err) MUST_CHECK;
void apply_release(struct apply_result *result);

/* Of several the first of 130, 1, 5, 4, 3, 0. */
int apply_exit_status(const struct apply_result *result);

/* "done", "refused", ... */
const char *apply_outcome_text(enum apply_outcome outcome);

#endif /* RESTORE_APPLY_H */
