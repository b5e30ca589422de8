/*
 * timesbuild.h - the time index of a snapshot from its lines.
 */
#ifndef FORMATS_TIMESBUILD_H
#define FORMATS_TIMESBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/columns.h"
#include "formats/model.h"
#include "formats/timesline.h"

/*
 * snapshot, which has room for limit topics in times, is set by the caller; the
 * rest begins as zeroes.  With takes only the topics that it wants are built;
 * the lines of others may begin and end anywhere.
 */
struct timesbuild {
	struct snapshot *snapshot;
	size_t limit;
	bool (*takes)(const void *context, struct bytes name); /* NULL: all */
	const void *context;
	bool open;
	int64_t next_part;
	struct time_point *points; /* of the open topic, as they stand there */
	int32_t *owners;           /* the partition of each */
	size_t point_count;
	size_t point_capacity;
	size_t owner_capacity;
	struct time_gap *gaps;
	size_t gap_count;
	size_t gap_capacity;
	struct timesline line;
	struct columns partitions;
	struct columns times;
	struct columns offsets;
	struct columns found;
};

int timesbuild_line(
    struct timesbuild *build, struct bytes text, struct err *err) MUST_CHECK;

/* There are no more lines. */
void timesbuild_finish(struct timesbuild *build);

void timesbuild_release(struct timesbuild *build);

#endif /* FORMATS_TIMESBUILD_H */
