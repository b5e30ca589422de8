/*
 * segmentreport.h - what reading segment files came upon.
 */
#ifndef SNAPSHOT_SEGMENTREPORT_H
#define SNAPSHOT_SEGMENTREPORT_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "formats/logcodec.h"

/* A place that was passed over; the first so many are kept. */
#define SEGMENTREPORT_PLACE_MAX 100
struct segment_place {
	const char *path;  /* raw bytes of a file name: not for a terminal */
	int32_t partition; /* -1: of none */
	const char *reason;
	uint64_t position;
	uint64_t size; /* 0: not known, or the whole file */
};

/* A directory with partitions of the topic, as log.dirs of a broker. */
struct segment_folder {
	const char *path;    /* raw bytes, too */
	int64_t modified_ms; /* of the newest segment file in it */
};

struct segment_partition {
	int32_t partition;
	int64_t modified_ms; /* of the newest folder that it is in */
};

/* All zeroes is an empty report. */
struct segment_report {
	struct arena arena;
	struct segment_folder *folders;
	size_t folder_count;
	struct segment_partition *partitions; /* of which there are files */
	size_t partition_count;               /* ... by number */
	size_t file_count;
	size_t batch_count;    /* in all files, control batches too */
	size_t control_count;  /* ... of these */
	size_t record_count;   /* handed out */
	size_t repeated_count; /* records that stood in another file as well */
	size_t aborted_count;  /* records of aborted transactions */
	size_t open_count; /* records of transactions that have no end here */
	/* Records of which damage may have taken the marker, so that the next
	 * one of that producer decided; handed out or counted as aborted. */
	size_t doubtful_count;
	size_t conflict_count;              /* offsets at which copies differ */
	uint64_t byte_count;                /* in all files */
	size_t unsupported[LOGCODEC_COUNT]; /* batches, by codec */
	size_t place_count;                 /* all of them */
	struct segment_place places[SEGMENTREPORT_PLACE_MAX];
};

/* Note a place; one that goes on where the last one ended, for the same
 * reason, makes that one larger. */
void segmentreport_add(
    struct segment_report *report, const struct segment_place *place);

void segmentreport_release(struct segment_report *report);

#endif /* SNAPSHOT_SEGMENTREPORT_H */
