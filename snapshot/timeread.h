/*
 * timeread.h - the time index of a capture: offsetsForTimes over a grid, of the
 * partitions whose log has grown.
 */
#ifndef SNAPSHOT_TIMEREAD_H
#define SNAPSHOT_TIMEREAD_H

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;
struct snapshot;

/*
 * Fill out->times, once its topics are there and sorted, and what the index
 * cost into the report.  Nothing where index_points is 0.
 *
 * A partition that the index of the previous snapshot (or of the one that the
 * job names for this) covers is asked for the time since the capture began that
 * asked it last (info.index_ms); any other for all of its log: from the
 * timestamp of its first record on (asked for as the first one at or after 0),
 * which bounds what the retention left better than its configuration would.  An
 * answer holds up to the timestamp found, so no time before that is asked for.
 * What fails, or does not answer in the part of the capture's time that this
 * may take, leaves a gap for the next snapshot, and makes no hole.
 *
 * "No such record" is checked by the greatest timestamp that the partition
 * holds: DeleteRecords makes brokers say it wrongly (kafka.md 3).  Where it is
 * right it is kept for the time just behind that timestamp.
 *
 * Fails only when the capture must end.
 */
int timeread_run(struct capture_state *state, struct snapshot *out,
    struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_TIMEREAD_H */
