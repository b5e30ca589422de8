/*
 * offsetsscan.h - read the whole offsets topic once, into a ledger, and say
 * how far that came.
 *
 * Each partition is read up to the high watermark that its leader told at the
 * beginning, so that every commit that was acknowledged before is among the
 * records.  A partition that was not is told by its verdict; the others are
 * right all the same, for a group has all its records in one partition.
 *
 * No leader is taken at its word: one that was frozen and has thawed goes on
 * telling of its old leadership for a while.  When all is read, another broker
 * is asked who the leaders are, and they which epoch it is.  What differs is
 * read on to the end of the new leader, once; what then still does, has moved.
 */
#ifndef SNAPSHOT_OFFSETSSCAN_H
#define SNAPSHOT_OFFSETSSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "kafka/offsets_topic.h"
#include "snapshot/ledger.h"

struct cluster_view;
struct env;
struct log;

/* All of it is borrowed. */
struct offsets_scan_job {
	struct cluster *cluster;
	const struct cluster_view *view; /* of cluster_describe, just now */
	const struct env *env;
	const struct log *log;
	int64_t timeout_ms; /* for all of it */
	int64_t until_ms;   /* of the ledger; INT64_MAX: all records count */
	ledger_change_fn *changed; /* of the ledger; may be NULL */
	void *changed_context;
	struct ledger *also; /* gets all records, too; may be NULL */
	/* Called now and then; may be NULL. */
	void (*progress)(
	    void *context, const char *phase, size_t done, size_t total);
	void *progress_context;
};

enum offsets_verdict {
	OFFSETS_WHOLE,
	OFFSETS_LEADERLESS, /* no broker leads the partition */
	OFFSETS_HELD,       /* an open transaction hides what comes after */
	OFFSETS_LATE,       /* the time was over */
	OFFSETS_FAILED,     /* by the error of its reading, or of its end */
	OFFSETS_MOVED,      /* its leader did not stay, or nobody confirms it */
};

/* Not to be moved: the ledger points into itself. */
struct offsets_scan {
	struct ledger ledger;             /* finished */
	struct offsets_reading *readings; /* by partition */
	struct offsets_end *ends; /* ... high as it was in the beginning,
				      or when the leader changed */
	bool *leaderless;
	bool *moved;
	int32_t *leaders; /* as they were told last */
	size_t count;     /* partitions; 0: nobody ever committed there */
	int64_t start_ms; /* env_now_ms when ends were asked for ... */
	int64_t end_ms;   /* ... and when reading was over */
};

/*
 * Scan.  Without READ on the topic ERR_DENIED, where that can be told before;
 * else fails only when nothing can be asked at all, or on interruption.  In
 * any case the caller releases what is in out.
 */
int offsetsscan_run(const struct offsets_scan_job *job,
    struct offsets_scan *out, struct err *err) MUST_CHECK;
void offsetsscan_release(struct offsets_scan *scan);

/* How far the partition (the index is its number) was read. */
enum offsets_verdict offsetsscan_verdict(
    const struct offsets_scan *scan, size_t partition);

/* Every partition was read to its end. */
bool offsetsscan_is_whole(const struct offsets_scan *scan);

/* "partition 3 has no leader" and the like, of one that is not whole. */
struct buf;
void offsetsscan_add_trouble(
    struct buf *out, const struct offsets_scan *scan, size_t partition);

#endif /* SNAPSHOT_OFFSETSSCAN_H */
