/*
 * plan_make.h - from the options of plan and restore to a plan: repository ->
 * brackets, cluster -> target, both -> plan.
 */
#ifndef CLI_PLAN_MAKE_H
#define CLI_PLAN_MAKE_H

#include <stdbool.h>

#include "cli/plan_choice.h"
#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"
#include "restore/census.h"
#include "restore/plan.h"
#include "restore/reach.h"

struct context;
struct repo;

/* What a restore works with, for as long as the command runs. */
struct plan_make {
	struct context *context;
	struct plan_choice choice;
	bool waits; /* --wait comes before the plan: groups move until empty */
	struct repo *repo; /* NULL where none is needed */
	struct cluster *cluster;
	struct cluster_view view;
	struct reach reach;
	struct census census;
	struct retention retention;
	struct plan plan;
};

/* Refuse option combinations before anything is opened: ERR_USAGE. */
int plan_make_check(struct plan_make *make, struct err *err) MUST_CHECK;

/* Connect to the cluster, and fill in reach. */
int plan_make_connect(struct plan_make *make, struct err *err) MUST_CHECK;

/* Make the plan; changes nothing anywhere.  make is zeroed but for context and
 * what plan_make_check has read; release it whatever the result. */
int plan_make_run(struct plan_make *make, struct err *err) MUST_CHECK;

/* Make the plan that undoes this record; after plan_make_connect and the
 * census. */
int plan_make_undo(struct plan_make *make, const struct plan *record,
    struct err *err) MUST_CHECK;

void plan_make_release(struct plan_make *make);

/* Write the plan to a file that must not exist yet, and to the disk. */
int plan_make_write(
    const struct plan *plan, const char *path, struct err *err) MUST_CHECK;

#endif /* CLI_PLAN_MAKE_H */
