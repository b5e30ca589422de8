/*
 * trial.h - one capture of a cluster that lies, and what came of it.
 */
#ifndef SNAPSHOT_TRIAL_H
#define SNAPSHOT_TRIAL_H

#include "snapshot/capture.h"
#include "tests/unit/snapshot/liarcluster.h"

struct topicscan;

struct trial {
	struct liar liar;
	struct capture_options options;
	struct snapshot snapshot; /* of the last capture */
	struct snapshot previous; /* of the one before, if it was kept */
	struct capture_report report;
	struct err err;
	struct topicscan *scan;  /* kept for all captures; NULL: each its own */
	struct snapshot indexed; /* if its time is not 0 */
};

/* cmocka's setup and teardown: *state is the trial. */
int trial_setup(void **state);
int trial_teardown(void **state);

/* Capture, and keep the last snapshot as the previous one. */
int trial_run(struct trial *trial);

/* The same, and it must succeed with a model that obeys the rules. */
void trial_capture(struct trial *trial);

/* The offset of the group on "orders" 0; fails when it is not there. */
int64_t trial_offset(const struct trial *trial, const char *group);

const struct group *trial_group(const struct trial *trial, const char *group);

/* How many holes are of that kind. */
size_t trial_holes(const struct trial *trial, enum hole_kind kind);

/* Whether a hole of that kind names the group. */
bool trial_has_hole(
    const struct trial *trial, enum hole_kind kind, const char *group);

bool trial_has_gone(const struct trial *trial, const char *group,
    const char *topic, int32_t partition);

/* Complete, and says so. */
void trial_is_complete(const struct trial *trial);

#endif /* SNAPSHOT_TRIAL_H */
