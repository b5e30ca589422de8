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

/* Of those that make the plan themselves: nothing may be there in the place of
 * the files of --record and -o; before the plan is made. */
int plan_apply_check_files(struct context *context, struct err *err) MUST_CHECK;

/* Where the options say that records are kept. */
struct recorder plan_apply_recorder(struct plan_make *make);

/* The exit status of a plan that is not carried out: also that an unfinished
 * apply of its groups comes first, which is said. */
int plan_apply_outlook(struct plan_make *make, struct err *err);

/* "tidemark apply -r DIR -b HOST:PORT PLAN", on stderr. */
void plan_apply_say_line(struct plan_make *make, const char *path);

/* Apply make->plan, print the result, and return the exit status; -1 with err
 * for what concerns the plan as a whole. */
int plan_apply(struct plan_make *make, bool dry_run, struct err *err);

/* The exit status of a plan that is only shown: plan_apply_outlook, or what
 * stands for it. */
typedef int plan_outlook_fn(struct plan_make *make, struct err *err);

/* Print make->plan, and apply it where --execute or --dry-run is given. */
int plan_apply_as_asked(
    struct plan_make *make, plan_outlook_fn *outlook, struct err *err);

#endif /* CLI_PLAN_APPLY_H */
