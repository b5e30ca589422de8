/*
 * offsets_topic.h - reading __consumer_offsets itself, record by record.
 *
 * A reader assigns partitions to itself: it subscribes to nothing, joins no
 * group and commits nothing.  A cluster has one reader at a time.  It reads
 * committed records
 * only, so what an aborted transaction wrote never comes, and what an open one
 * wrote, and everything behind it, comes when it has ended (verified.md 1.6):
 * that is why a partition has two ends.
 *
 * How far each partition was read is in the caller's array, so that one who
 * keeps the array can go on later, with this reader or another.
 */
#ifndef KAFKA_OFFSETS_TOPIC_H
#define KAFKA_OFFSETS_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/logrecord.h"
#include "kafka/cluster.h"

/* The two ends of a partition, as its leader tells them. */
struct offsets_end {
	int32_t partition; /* set by the caller */
	int error;
	int64_t high;   /* high watermark: where the next record will stand */
	int64_t stable; /* last stable offset: where reading committed ends */
	int32_t epoch;  /* leader epoch of who told it */
};

/* Ask the leaders.  Every end is filled in, or has an error. */
int offsets_topic_ends(struct cluster *cluster, struct offsets_end *ends,
    size_t count, const struct call_limits *limits, struct err *err) MUST_CHECK;

/* The topic as the first broker of the view that answers tells it. */
int offsets_topic_see(struct cluster *cluster, const struct cluster_view *view,
    int64_t timeout_ms, struct offsets_topic *out, struct err *err) MUST_CHECK;

struct offsets_reading {
	int32_t partition;
	int64_t next; /* the first offset that has not been read; 0: all */
	int64_t stop; /* read up to here; at most the last stable offset */
	int error;    /* why it cannot be read; then it is not waited for */
};

/* How much there is to read, by offsets; false: nothing more comes. */
bool offsets_readings_measure(const struct offsets_reading *readings,
    size_t count, int64_t *done, int64_t *total);

/* First member of every implementation's own struct. */
struct offsets_reader {
	const struct offsets_reader_ops *ops;
};
struct offsets_reader_ops {
	int (*read)(struct offsets_reader *, int64_t, log_record_fn *, void *,
	    struct err *);
	void (*free)(struct offsets_reader *);
};

/*
 * Begin to read these partitions from next on, ordered by number.  The array
 * is borrowed until the reader is freed, and brought up to date by it.  Needs
 * READ on the topic; that it is lacking shows as the error of each partition.
 */
int offsets_reader_open(struct cluster *cluster,
    struct offsets_reading *readings, size_t count, struct offsets_reader **out,
    struct err *err) MUST_CHECK;

/*
 * Read until every partition without an error has come to its stop (which the
 * caller may have moved on since the last call), or until deadline_ms of
 * env_monotonic_ms: next < stop then tells which have not.  Records come in
 * the order of each partition's offsets; those behind the stop come as well
 * where they have been fetched already.
 */
int offsets_reader_read(struct offsets_reader *reader, int64_t deadline_ms,
    log_record_fn *take, void *context, struct err *err) MUST_CHECK;

void offsets_reader_free(struct offsets_reader *reader);

#endif /* KAFKA_OFFSETS_TOPIC_H */
