/*
 * segmentlist.h - which segment files of __consumer_offsets are in a
 * directory: one of a partition, one of the broker's log.dirs, or one that
 * holds several of these (copies from several brokers).
 *
 * A partition's directory is named __consumer_offsets-N, with ".ID-delete" or
 * the like behind it where the broker is about to remove or move it.  In it
 * are NNNNNNNNNNNNNNNNNNNN.log, and what the log cleaner leaves behind for a
 * minute or after a crash: *.log.cleaned, *.log.swap, and *.log.deleted, which
 * may hold what the new file no longer has.
 */
#ifndef SNAPSHOT_SEGMENTLIST_H
#define SNAPSHOT_SEGMENTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/segmentreport.h"

/* No topic of offsets has as many partitions: what is kept of each is found by
 * its number. */
#define SEGMENTLIST_PARTITION_MAX 100000

/* Kafka keeps the size of a segment in 31 bits. */
#define SEGMENTLIST_FILE_SIZE_MAX ((uint64_t)INT32_MAX)

struct segment_file {
	const char *path;
	const char *folder; /* that the partition's directory is in */
	int32_t partition;
	int64_t modified_ms;
	int64_t base_offset; /* of its name */
	uint64_t size;       /* when it was listed; lowered where it cannot be
				read any further */
};

/* All zeroes is an empty list. */
struct segmentlist {
	struct arena arena;
	struct segment_file *files; /* by partition, base offset, path */
	size_t count;
	size_t capacity;
};

/*
 * Fill an empty list.  What has the name of a segment and is no regular file,
 * or is too large for one, is noted in the report, and so is a directory with a
 * number that no partition has.  No such directory, or
 * nothing of __consumer_offsets in it, is ERR_NOT_FOUND; a partition of
 * another topic, or a name that tells no partition, ERR_USAGE; one that may
 * not be read, ERR_DENIED.
 */
int segmentlist_find(struct segmentlist *list, const char *path,
    struct segment_report *report, struct err *err) MUST_CHECK;

/* Put down in the report which partitions are in which directories. */
void segmentlist_tell(
    const struct segmentlist *list, struct segment_report *report);

void segmentlist_release(struct segmentlist *list);

#endif /* SNAPSHOT_SEGMENTLIST_H */
