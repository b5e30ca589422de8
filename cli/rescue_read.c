#include "cli/rescue_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/rescue_segments.h"
#include "common/buf.h"
#include "common/xalloc.h"
#include "restore/reach.h"
#include "restore/retention.h"

/* Kafka's default of offsets.retention.minutes. */
#define DEFAULT_RETENTION_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

void
rescue_reading_gap(struct rescue_reading *reading, enum hole_kind kind,
    int32_t partition, const char *text)
{
	reading->gaps = xgrow(reading->gaps, reading->gap_count,
	    &reading->gap_capacity, sizeof(*reading->gaps));
	reading->gaps[reading->gap_count++] = (struct rescue_gap){
		.kind = kind,
		.partition = partition,
		.text = arena_text(&reading->arena, text),
	};
}

static uint64_t
seed(const struct context *context)
{
	uint64_t drawn;

	context->env.random(context->env.context, &drawn, sizeof(drawn));
	return drawn;
}

/* --- the cluster -------------------------------------------------------- */

static int
read_cluster(struct context *context, struct rescue_reading *reading,
    struct ledger *then, struct err *err)
{
	const struct offsets_scan_job job = {
		.cluster = reading->cluster,
		.view = &reading->view,
		.env = &context->env,
		.log = &context->log,
		.timeout_ms = options_number(&context->options, OPT_TIMEOUT),
		.until_ms = INT64_MAX,
		.changed = rescuewatch_change,
		.changed_context = &reading->watch,
		.also = then,
		.progress = progress_show,
		.progress_context = &context->progress,
	};

	if (offsetsscan_run(&job, &reading->scan, err) != 0)
		return -1;
	reading->records = &reading->scan.ledger;
	reading->partition_count = (int32_t)reading->scan.count;
	reading->start_ms = reading->scan.start_ms;
	reading->end_ms = reading->scan.end_ms;
	return 0;
}

static void
find_cluster_gaps(struct rescue_reading *reading)
{
	static const enum hole_kind kinds[] = {
		[OFFSETS_WHOLE] = HOLE_LISTING,
		[OFFSETS_LEADERLESS] = HOLE_LEADERLESS,
		[OFFSETS_HELD] = HOLE_HELD,
		[OFFSETS_LATE] = HOLE_LISTING,
		[OFFSETS_FAILED] = HOLE_LISTING,
		[OFFSETS_MOVED] = HOLE_MOVED,
	};
	const struct offsets_scan *scan = &reading->scan;

	for (size_t at = 0; at < scan->count; at++) {
		const enum offsets_verdict verdict =
		    offsetsscan_verdict(scan, at);
		struct buf text = { 0 };

		if (verdict == OFFSETS_WHOLE)
			continue;
		offsetsscan_add_trouble(&text, scan, at);
		rescue_reading_gap(
		    reading, kinds[verdict], (int32_t)at, buf_text(&text));
		reading->gaps[reading->gap_count - 1].error =
		    scan->readings[at].error;
		buf_release(&text);
	}
}

static int
ask_facts(
    struct context *context, struct rescue_reading *reading, struct err *err)
{
	const struct options *options = &context->options;
	const struct reach reach = {
		.cluster = reading->cluster,
		.view = &reading->view,
		.env = &context->env,
		.log = &context->log,
		.timeout_ms = options_number(options, OPT_TIMEOUT),
	};
	struct retention retention = { DEFAULT_RETENTION_MS, false };

	if (options_is_set(options, OPT_RETENTION))
		retention =
		    (struct retention){ options_number(options, OPT_RETENTION),
			    true };
	else if (reading->cluster != NULL &&
	    retention_read(&reach, &retention, err) != 0)
		return -1;
	rescuefacts_init(
	    &reading->facts, seed(context), retention.ms, retention.known);
	return reading->cluster == NULL
	    ? 0
	    : rescuefacts_ask(&reading->facts, reading->records,
		  reading->cluster, &context->env, reach.timeout_ms, err);
}

/* --- segment files ------------------------------------------------------ */

static int
read_segments(struct context *context, struct rescue_reading *reading,
    struct ledger *then, struct err *err)
{
	ledger_init(&reading->own, seed(context), INT64_MAX);
	reading->own.changed = rescuewatch_change;
	reading->own.changed_context = &reading->watch;
	reading->records = &reading->own;
	reading->start_ms = env_now_ms(&context->env);
	if (rescue_segments_read(context, reading, then, err) != 0)
		return -1;
	reading->end_ms = env_now_ms(&context->env);
	return 0;
}

/* --- both --------------------------------------------------------------- */

static int
open_source(struct context *context, const struct rescue_request *request,
    struct rescue_reading *out, struct err *err)
{
	if (!options_is_set(&context->options, OPT_SEGMENTS)) {
		if (options_is_set(&context->options, OPT_PARTITIONS))
			return err_set(err, ERR_USAGE,
			    "--partitions is of --segments: a cluster tells "
			    "how many there are");
		if (context_open_cluster(
			context, &out->cluster, &out->view, err) != 0)
			return -1;
		(void)snprintf(out->cluster_id, sizeof(out->cluster_id), "%s",
		    out->view.cluster_id);
		return 0;
	}
	if (rescue_segments_cluster(context, out->cluster_id, err) != 0)
		return -1;
	if (out->cluster_id[0] != '\0' || !request->needs_cluster_id)
		return 0;
	(void)err_set(
	    err, ERR_USAGE, "the files do not tell which cluster they are of");
	err_hint(err,
	    "add --cluster ID: meta.properties of a broker's log directory "
	    "has it as cluster.id");
	return -1;
}

int
rescue_read(struct context *context, const struct rescue_request *request,
    struct rescue_reading *out, struct err *err)
{
	const bool is_timed = request->at_ms != RESCUE_LAST_KNOWN;
	struct ledger *then = is_timed ? &out->then : NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rescuewatch_init(&out->watch, seed(context), request->history);
	if (open_source(context, request, out, err) != 0)
		return -1;
	if (is_timed)
		ledger_init(then, seed(context), request->at_ms);
	rc = out->cluster != NULL ? read_cluster(context, out, then, err)
				  : read_segments(context, out, then, err);
	if (rc != 0 || ask_facts(context, out, err) != 0)
		return -1;
	progress_clear(&context->progress);
	if (out->cluster != NULL)
		find_cluster_gaps(out);
	else if (rescue_segments_gaps(context, request->at_ms, out, err) != 0)
		return -1;
	out->as_of = is_timed ? then : out->records;
	rescuefind_run(out->records, &out->watch, &out->facts, &out->findings);
	return 0;
}

void
rescue_reading_release(struct rescue_reading *reading)
{
	rescue_findings_release(&reading->findings);
	rescuefacts_release(&reading->facts);
	rescuewatch_release(&reading->watch);
	segmentreport_release(&reading->segments);
	offsetsscan_release(&reading->scan);
	ledger_release(&reading->own);
	ledger_release(&reading->then);
	free(reading->gaps);
	cluster_view_release(&reading->view);
	cluster_free(reading->cluster);
	arena_release(&reading->arena);
	memset(reading, 0, sizeof(*reading));
}
