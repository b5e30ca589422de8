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
 * files.  Where both are there they have to agree; "" where neither is.
 */
int rescue_segments_cluster(struct context *context,
    char into[SNAPSHOT_TEXT_MAX], struct err *err) MUST_CHECK;

/* Read them into reading->own and, unless it is NULL, then. */
int rescue_segments_read(struct context *context,
    struct rescue_reading *reading, struct ledger *then,
    struct err *err) MUST_CHECK;

/* What was passed over, and which partitions are not there: gaps. */
void rescue_segments_gaps(struct rescue_reading *reading);

#endif /* CLI_RESCUE_SEGMENTS_H */
