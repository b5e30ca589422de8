/*
 * plan_apply.h - carrying a plan out and reporting it: what apply and restore
 * share.
 */
#ifndef CLI_PLAN_APPLY_H
#define CLI_PLAN_APPLY_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/err.h"
#include "restore/guard.h"
#include "restore/record.h"

struct context;
struct plan_make;

/* How long --wait waits for members to leave, saying who keeps us waiting. */
struct guard_wait plan_apply_wait(struct context *context);

/* Is there a place for the record?  ERR_USAGE if not, before anything else. */
int plan_apply_check(struct context *context, struct err *err) MUST_CHECK;

/* Where the options say that records are kept. */
struct recorder plan_apply_recorder(struct plan_make *make);

/* Apply make->plan, print the result, and return the exit status; -1 with err
 * for what concerns the plan as a whole. */
int plan_apply(struct plan_make *make, bool dry_run, struct err *err);

#endif /* CLI_PLAN_APPLY_H */
