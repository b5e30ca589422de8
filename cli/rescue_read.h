/*
 * rescue_read.h - the records that a rescue works from, read from the cluster
 * or from segment files, and what was found in them.
 */
#ifndef CLI_RESCUE_READ_H
#define CLI_RESCUE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"
#include "kafka/cluster.h"
#include "snapshot/offsetsscan.h"
#include "snapshot/rescuebuild.h"
#include "snapshot/rescuefacts.h"
#include "snapshot/rescuefind.h"
#include "snapshot/rescuewatch.h"
#include "snapshot/segmentreport.h"

struct context;
struct selector;

struct rescue_request {
	int64_t at_ms;                  /* or RESCUE_LAST_KNOWN */
	const struct selector *history; /* whose commits to keep; NULL: none */
	bool needs_cluster_id;
};

/* Not to be moved once it is read. */
struct rescue_reading {
	struct arena arena;
	char cluster_id[SNAPSHOT_TEXT_MAX]; /* "" where nothing tells */
	struct cluster *cluster;            /* NULL with --segments */
	struct cluster_view view;
	struct offsets_scan scan;
	struct ledger own;  /* of segment files: instead of the scan's */
	struct ledger then; /* as of a time */
	struct rescue_watch watch;
	struct rescue_facts facts;
	struct rescue_findings findings;
	struct segment_report segments;
	struct rescue_gap *gaps; /* what was not read */
	size_t gap_count;
	size_t gap_capacity;
	int32_t partition_count; /* of the offsets topic, 0: not known */
	int64_t start_ms, end_ms;
	/* Of segment files: of the last record, and when the newest file was
	 * written; -1: there is none. */
	int64_t last_record_ms, written_ms;
	const struct ledger *records; /* all of them */
	const struct ledger *as_of;   /* up to the time, or all */
};

/* Released in any case. */
int rescue_read(struct context *context, const struct rescue_request *request,
    struct rescue_reading *out, struct err *err) MUST_CHECK;
/* Note something that was not read; for the files that read. */
void rescue_reading_gap(struct rescue_reading *reading, enum hole_kind kind,
    int32_t partition, const char *text);
void rescue_reading_release(struct rescue_reading *reading);

#endif /* CLI_RESCUE_READ_H */
