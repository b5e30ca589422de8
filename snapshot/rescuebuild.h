/*
 * rescuebuild.h - a snapshot of every group out of the records of the offsets
 * topic: as of a time, or what each position held last.  Pure.
 *
 * What is not known is said: a position of which the records as of then are
 * compacted away is a hole that names the bound, and so is each offsets
 * partition whose history is not exact that far back.
 *
 * Of a topic no more is known than its id, where commits give it, and the
 * partitions that positions stand on; never where its log began and ended.
 * The id of sixteen zero bytes is that of an earlier topic of that name, which
 * is known to have been deleted since, and whose own id nobody has told.
 */
#ifndef SNAPSHOT_RESCUEBUILD_H
#define SNAPSHOT_RESCUEBUILD_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"
#include "snapshot/ledger.h"
#include "snapshot/rescuefind.h"

struct env;

/* Something of the offsets topic that was not read. */
struct rescue_gap {
	enum hole_kind kind;
	int32_t partition; /* -1: it cannot be told which */
	int error;         /* Kafka's, 0: none */
	const char *text;
};

/* As of no one time: what each position held last. */
#define RESCUE_LAST_KNOWN (-1)

struct rescue_job {
	const struct ledger *ledger; /* as of at_ms; finished */
	/* Of all records; NULL: nothing is known of what came later. */
	const struct rescue_findings *findings;
	int64_t at_ms;            /* or RESCUE_LAST_KNOWN */
	int64_t start_ms, end_ms; /* when it was read */
	const struct rescue_gap *gaps;
	size_t gap_count;
	int32_t partition_count; /* of the offsets topic, 0: not known */
	struct selection selection;
	const char *cluster_id;
	const char *writer; /* "tidemark 0.1.0" */
	const char *reason; /* "" or the operator's words */
	const struct env *env;
};

/*
 * Build.  On success out is sorted, counted and has a new id; the caller
 * releases it.  A bad pattern, and a selection of no group, is ERR_USAGE; a
 * time before the first record of all ERR_REFUSED, and says which that is.
 */
int rescuebuild_run(const struct rescue_job *job, struct snapshot *out,
    struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_RESCUEBUILD_H */
