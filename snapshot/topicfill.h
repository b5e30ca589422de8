/*
 * topicfill.h - from the records of the offsets topic to the groups of a
 * capture, and the comparison with what the coordinators answered.
 *
 * Where a partition was scanned (topicscan.h) the records decide: they are
 * what a coordinator that starts anew would know.  Compared is what held still
 * between the two readings.  A position that only one of the two has is in the
 * snapshot, and named.
 */
#ifndef SNAPSHOT_TOPICFILL_H
#define SNAPSHOT_TOPICFILL_H

#include "snapshot/capturestate.h"

/* Fill in the candidates of all partitions that were scanned, types and states
 * of the others, and the report.  After the last round. */
void topicfill_run(struct capture_state *state);

#endif /* SNAPSHOT_TOPICFILL_H */
