/*
 * segmentgaps.h - what of the offsets topic is not in the segment files that
 * were read, as far as that can be told.  Pure.
 *
 * Files do not tell how many partitions there are, so nothing is inferred: that
 * number is given (partition_count), or it is a gap that it is not known.
 *
 * Nor do they tell of when they are.  A partition may have no record for long,
 * so its last one is no bound; but a broker writes the files of a directory as
 * records come, so that the newest of them was copied no earlier than it was
 * written.  As of a time up to that all is there, unless files were made newer
 * than their content, which is why it is said (by_time_count).  As of a later
 * one nobody knows: a gap; and later than any file it is refused.
 */
#ifndef SNAPSHOT_SEGMENTGAPS_H
#define SNAPSHOT_SEGMENTGAPS_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/rescuebuild.h"
#include "snapshot/segmentreport.h"

struct segmentgaps_job {
	const struct segment_report *report;
	const struct ledger *ledger; /* of all records; finished */
	/* Of the topic; 0: not known.  As topic_partitions of the ledger. */
	int32_t partition_count;
	int64_t at_ms; /* or RESCUE_LAST_KNOWN */
};

/* All zeroes is an empty list. */
struct segmentgaps {
	struct arena arena;
	struct rescue_gap *list;
	size_t count;
	size_t capacity;
	int64_t last_record_ms; /* of all, -1: there is none */
	int64_t modified_ms;    /* when the newest file was written, -1 */
	/* Partitions that only the times of files show to hold all. */
	size_t by_time_count;
};

/*
 * Find them.  A time later than all files is ERR_REFUSED and says which is the
 * last; a partition that a topic of so many cannot have ERR_USAGE.
 */
int segmentgaps_find(const struct segmentgaps_job *job, struct segmentgaps *out,
    struct err *err) MUST_CHECK;

void segmentgaps_release(struct segmentgaps *gaps);

#endif /* SNAPSHOT_SEGMENTGAPS_H */
