/*
 * rescue_segments.h - the segment files of a broker's disk as the source of a
 * rescue, without a cluster.
 */
#ifndef CLI_RESCUE_SEGMENTS_H
#define CLI_RESCUE_SEGMENTS_H

#include "cli/rescue_read.h"
#include "common/compiler.h"
#include "common/err.h"

struct context;

/*
 * The id of the cluster: --cluster, else that of meta.properties beside the
 * files, of each directory that has some.  All that are there have to agree;
 * "" where none is.
 */
int rescue_segments_cluster(struct context *context,
    char into[SNAPSHOT_TEXT_MAX], struct err *err) MUST_CHECK;

/* Read them into reading->own and, unless it is NULL, then. */
int rescue_segments_read(struct context *context,
    struct rescue_reading *reading, struct ledger *then,
    struct err *err) MUST_CHECK;

/* --partitions, 0: not given. */
int32_t rescue_segments_partitions(const struct context *context);

/* What was passed over, which partitions are not there, and what may have come
 * up to the time: gaps.  Fails as segmentgaps_find. */
int rescue_segments_gaps(struct context *context, int64_t at_ms,
    struct rescue_reading *reading, struct err *err) MUST_CHECK;

#endif /* CLI_RESCUE_SEGMENTS_H */
