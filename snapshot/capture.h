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

#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "common/log.h"
#include "formats/model.h"
#include "kafka/cluster.h"

enum scope_wish {
	SCOPE_WISH_AUTO, /* named if all are exact, else cluster */
	SCOPE_WISH_CLUSTER,
	SCOPE_WISH_NAMED,
	SCOPE_WISH_VISIBLE, /* what I may see is what I want */
};

struct capture_options {
	struct selection selection;
	enum scope_wish wish;
	int64_t timeout_ms; /* for the whole capture, default 60 s */
	size_t window;      /* group requests in flight, default 500 */
	const char *writer; /* "tidemark 0.1.0" */
	const char *reason; /* "" or the operator's words */
	/* Called now and then; may be NULL.  total grows as groups are found. */
	void (*progress)(void *context, const char *phase, size_t done,
	    size_t total);
	void *progress_context;
};

struct capture_report {
	size_t empty_group_count;  /* listed, with no position: kept */
	size_t untyped_empty_count; /* "share or empty": not in the snapshot */
	size_t retry_count;
	int64_t duration_ms;
};

/*
 * The scope that a capture will have, before it begins: needed to find the
 * previous snapshot.  Asking for named with a pattern is ERR_USAGE.
 */
int capture_scope(const struct cluster_view *view,
    const struct capture_options *options, enum scope *out, struct err *err)
    MUST_CHECK;

/*
 * Capture.  previous is the last snapshot of the same cluster, scope and
 * selection, or NULL.  On success out is sorted, counted and has a new id.
 * Fails, and stores nothing, only when the cluster cannot be asked at all or
 * the operator interrupted.
 */
int capture_run(struct cluster *cluster, const struct cluster_view *view,
    const struct capture_options *options, const struct snapshot *previous,
    const struct env *env, const struct log *log, struct snapshot *out,
    struct capture_report *report, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_CAPTURE_H */
