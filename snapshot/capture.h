/*
 * capture.h - read every group's positions now, and say honestly how complete
 * that is.
 *
 * Promises (contract 1 of the design): a group or position in scope that was
 * not read is a hole with a name; a snapshot without holes is complete in its
 * scope; nothing that the previous snapshot had disappears without being
 * listed in gone.  Commits are read before log ends, so that lag is never
 * negative by order of reading.
 */
#ifndef SNAPSHOT_CAPTURE_H
#define SNAPSHOT_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "common/log.h"
#include "formats/model.h"
#include "kafka/cluster.h"

struct ledger_oddity;
struct topicscan;

enum scope_wish {
	SCOPE_WISH_AUTO, /* named if all are exact, else cluster */
	SCOPE_WISH_CLUSTER,
	SCOPE_WISH_NAMED,
	SCOPE_WISH_VISIBLE, /* what I may see is what I want */
};

#define CAPTURE_TIMEOUT_MS 60000
#define CAPTURE_WINDOW 500

struct capture_options {
	struct selection selection;
	enum scope_wish wish;
	/* SOURCE_API, SOURCE_TOPIC or SOURCE_BOTH: see source.h. */
	enum snapshot_source source;
	int64_t timeout_ms; /* for the whole capture; CAPTURE_TIMEOUT_MS */
	size_t window;      /* group requests in flight; CAPTURE_WINDOW */
	size_t group_rate;  /* ... and groups asked in a second; 0: no limit */
	/* The time index (timeread.h): how many new points a partition may
	 * have, 0 for no index, and how far apart they are. */
	size_t index_points;
	int64_t index_step_ms;
	const char *writer; /* "tidemark 0.1.0" */
	const char *reason; /* "" or the operator's words */
	/* Called now and then; may be NULL.  total grows as groups are found.
	 */
	void (*progress)(
	    void *context, const char *phase, size_t done, size_t total);
	void *progress_context;
};

/* What a capture works on; all of it borrowed. */
struct capture_job {
	struct cluster *cluster;
	const struct cluster_view *view; /* of cluster_describe, just now */
	const struct capture_options *options;
	/* The last snapshot of the same cluster, scope and selection, complete
	 * or not; NULL: there is none. */
	const struct snapshot *previous;
	/* The snapshot that the time index goes on from (timeread.h), where
	 * that is not the previous one: its topics and gaps are enough. */
	const struct snapshot *indexed;
	/* What earlier captures of the same selection read of the offsets topic
	 * (topicscan.h), to be read on from; NULL: it is read whole. */
	struct topicscan *scan;
	const struct env *env;
	const struct log *log;
};

/* What the time index cost. */
struct index_report {
	size_t partition_count;   /* that had anything to ask */
	size_t point_count;       /* answers kept */
	size_t question_count;    /* (partition, time) pairs sent */
	size_t request_count;     /* in chunks of LOG_CHUNK, before leaders */
	size_t failed_count;      /* partitions with a gap */
	size_t disbelieved_count; /* "no such record", but there is one */
	int64_t duration_ms;
};

/* A position that one of the two sources has otherwise than the other. */
enum difference_kind {
	DIFFERENCE_ONLY_API,
	DIFFERENCE_ONLY_TOPIC,
	DIFFERENCE_OFFSET,
};
struct source_difference {
	enum difference_kind kind;
	struct bytes group, topic; /* in the arena of the report */
	int32_t partition;
	int64_t api_offset, topic_offset; /* -1: not there */
};

/* What reading the offsets topic gave. */
struct source_report {
	struct snapshot_scan records;
	size_t asked_count; /* partitions whose groups were asked instead */
	const struct ledger_oddity *oddities;
	size_t oddity_count;
	/* Of SOURCE_BOTH. */
	struct snapshot_compare compare;
	const struct source_difference *differences;
	size_t difference_count;
};

struct capture_report {
	struct arena arena; /* capture_report_release */
	struct source_report scan;
	size_t empty_group_count;   /* without a position: in the snapshot */
	size_t untyped_empty_count; /* "share or empty": not in the snapshot */
	size_t absent_count; /* named ones that seem not to exist: in it */
	size_t missing_topic_count; /* positions stand on them, they are gone */
	size_t retry_count;         /* requests that had to be repeated */
	size_t request_count;       /* to coordinators, for positions */
	struct index_report index;
	int64_t duration_ms;
};

/*
 * The scope that a capture will have, before it begins: needed to find the
 * previous snapshot.  Asking for named with a pattern is ERR_USAGE.  Without
 * DESCRIBE on the cluster, all groups or patterns give SCOPE_VISIBLE, also
 * where cluster was wished; the capture then has a hole for it unless visible
 * was wished.  The offsets topic hides no group from who may read it.
 */
int capture_scope(const struct cluster_view *view,
    const struct capture_options *options, enum scope *out,
    struct err *err) MUST_CHECK;

/*
 * Capture.  On success out is sorted, counted and has a new id; the caller
 * releases it.  Fails, and leaves nothing in out, only when the cluster cannot
 * be asked at all or the operator interrupted.
 *
 * A group given by name (scope named) that has no position is in the snapshot
 * without topics, type and state unknown: it is known that nothing was there.
 * So is a topic that positions stand on and the cluster has no more: without
 * id and partitions.  Positions of a group that was read while its coordinator
 * did not hold still are kept beside a HOLE_MOVED that names the group.
 */
int capture_run(const struct capture_job *job, struct snapshot *out,
    struct capture_report *report, struct err *err) MUST_CHECK;
void capture_report_release(struct capture_report *report);

#endif /* SNAPSHOT_CAPTURE_H */
