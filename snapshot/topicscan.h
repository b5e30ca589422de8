/*
 * topicscan.h - the offsets topic as the source of a capture: reading it, and
 * what the records say of the groups.
 *
 * A partition is scanned when it was read up to the high watermark that its
 * leader told after the view that settled its era (capturestate.h) and by the
 * same leader epoch; a later view of the same era confirms it.  Every commit
 * that was acknowledged before is then among the records.
 *
 * Who captures again and again keeps the scan: each capture then reads what has
 * come since, up to ends that it asked for itself, and nothing that an earlier
 * capture was told counts but the records.
 *
 * Where an open transaction holds the last stable offset back for longer than
 * the capture's patience, a position or group cannot be decoded, or another
 * partition has younger records of a group (ledger.h), the partition's groups
 * are asked of their coordinator instead (struct era: asked).
 */
#ifndef SNAPSHOT_TOPICSCAN_H
#define SNAPSHOT_TOPICSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "kafka/offsets_topic.h"
#include "snapshot/capturestate.h"
#include "snapshot/ledger.h"

/* Beside the reading of each partition. */
struct scan_goal {
	uint64_t step;   /* when it was set, within the era; 0: never */
	int32_t epoch;   /* of the leader that told it */
	int64_t high;    /* the high watermark then: to be read up to */
	int64_t mark;    /* what stands before it was decided by then */
	bool is_blurred; /* what came later cannot be seen, or not all */
};

struct topicscan {
	struct ledger ledger;
	size_t era_count; /* partitions of the topic when it was begun */
	struct offsets_reading *readings; /* the wanted ones, by partition */
	struct scan_goal *goals;          /* of each */
	struct offsets_end *ends;         /* scratch */
	size_t *asked;                    /* which reading each end is of */
	size_t count;
	struct offsets_reader *reader; /* NULL: not begun */
	int64_t start_ms; /* env_now_ms when ends were first asked for ... */
	int64_t end_ms;   /* ... and when the last reading was over */
	size_t key_count; /* when all had been read for the first time; 0 */
};

/* For captures to come, by one cluster, which has to outlive it. */
struct topicscan *topicscan_new(
    const struct env *env) MUST_CHECK RETURNS_NONNULL;
void topicscan_free(struct topicscan *scan);

/* Begin; state->scan is set: the job's, or one of this capture alone. */
void topicscan_begin(struct capture_state *state);

/* Read what has not been scanned in its era. */
int topicscan_update(struct capture_state *state, struct err *err) MUST_CHECK;

/* Read on to the end as it is now, where a partition has been scanned: what
 * was committed while the coordinators were asked becomes known. */
int topicscan_follow(struct capture_state *state, struct err *err) MUST_CHECK;

/* When nothing more is read, and the candidates are filled in.  What is not
 * kept is dropped: its memory is needed for the snapshot. */
void topicscan_end(struct capture_state *state);

/* Right after a view: every partition that matters was scanned, or is asked of
 * its coordinator. */
bool topicscan_is_complete(const struct capture_state *state);

/* When a partition was scanned, and whether what came later could be seen. */
const struct scan_goal *topicscan_goal(
    const struct topicscan *scan, int32_t partition) RETURNS_NONNULL;

#endif /* SNAPSHOT_TOPICSCAN_H */
