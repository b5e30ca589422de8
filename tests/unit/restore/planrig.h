/*
 * planrig.h - a fake cluster, a snapshot of it and the plan from both: what the
 * tests of rules, codec and apply begin with.
 *
 * The snapshot has group "g" with 10 in orders-0 and 20 in orders-1, topic id
 * 7, logs from 0 to 1000.  A test changes fake and snapshot, then plans.
 */
#ifndef RESTORE_PLANRIG_H
#define RESTORE_PLANRIG_H

#include "restore/apply.h"
#include "restore/census.h"
#include "restore/plan.h"
#include "restore/policy.h"
#include "restore/policyrules.h"
#include "tests/unit/restore/fakecluster.h"
#include "tests/unit/restore/snapgen.h"

struct planrig {
	struct fake fake;
	struct fake_group *group; /* "g", with nothing committed */
	struct snapshot snapshot;
	struct group *captured;
	struct census census; /* taken when the plan is made */
	struct policy policy; /* strict */
	struct policyrules rules;
	struct plan plan;
};

void planrig_init(struct planrig *rig);
void planrig_release(struct planrig *rig);

/* Ends the snapshot, reads the fake, and makes the plan for group "g". */
void planrig_plan(struct planrig *rig);

/* The row of orders in partition; must be there. */
const struct plan_row *planrig_row(
    const struct planrig *rig, int32_t partition);

/* Apply the plan, settling for 3 s, and return the exit status. */
int planrig_apply(struct planrig *rig, struct apply_result *result);

/* What the cluster has now for orders in partition, -1 for none. */
int64_t planrig_found(const struct planrig *rig, int32_t partition);

#endif /* RESTORE_PLANRIG_H */
