/*
 * tidemark expiring: offsets topic -> ledger -> rule, or where that may not be
 * read snapshots -> bounds -> rule.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/expiring_next.h"
#include "cli/expiring_text.h"
#include "cli/metrics_file.h"
#include "cli/version.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/window.h"
#include "restore/reach.h"
#include "restore/retention.h"
#include "snapshot/capture.h"
#include "snapshot/lifebounds.h"
#include "snapshot/offsetsscan.h"
#include "snapshot/selector.h"

/* What it works with, for as long as the command runs. */
struct work {
	struct context *context;
	struct cluster *cluster;
	struct cluster_view view;
	struct selection selection;
	struct selector *selector;
	struct expiring_query query;
	/* One of the two; what the report borrows from. */
	struct offsets_scan scan;
	struct snapshot newest;
	struct lifebounds bounds;
	struct repo *repo;
	struct expiring_report report;
	size_t trouble_capacity;
};

static void
note_trouble(struct work *work, const char *text)
{
	struct expiring_report *report = &work->report;

	report->troubles = xgrow(report->troubles, report->trouble_count,
	    &work->trouble_capacity, sizeof(*report->troubles));
	report->troubles[report->trouble_count++] =
	    arena_text(&report->arena, text);
}

/* --- retention ----------------------------------------------------------- */

static int
find_retention(struct work *work, struct err *err)
{
	const struct options *options = &work->context->options;
	const struct reach reach = {
		.cluster = work->cluster,
		.view = &work->view,
		.env = &work->context->env,
		.log = &work->context->log,
		.timeout_ms = options_number(options, OPT_TIMEOUT),
	};
	struct retention retention = { 0 };

	if (options_is_set(options, OPT_RETENTION)) {
		work->report.retention_source = "option";
		work->report.retention_ms =
		    options_number(options, OPT_RETENTION);
		return 0;
	}
	if (retention_read(&reach, &retention, err) != 0)
		return -1;
	work->report.retention_source = retention.known ? "broker" : "default";
	work->report.retention_ms = retention.ms;
	if (!retention.known)
		log_warn(&work->context->log,
		    "offsets.retention.minutes is assumed to be Kafka's "
		    "default of 7 days: no broker tells it (DESCRIBE_CONFIGS "
		    "on the cluster is needed); --retention gives it");
	return 0;
}

/* --- by the offsets topic ------------------------------------------------ */

static int
scan_topic(struct work *work, struct err *err)
{
	struct context *context = work->context;
	const struct offsets_scan_job job = {
		.cluster = work->cluster,
		.view = &work->view,
		.env = &context->env,
		.log = &context->log,
		.timeout_ms = options_number(&context->options, OPT_TIMEOUT),
		.until_ms = INT64_MAX,
		.progress = progress_show,
		.progress_context = &context->progress,
	};

	return offsetsscan_run(&job, &work->scan, err);
}

/* Whether a group that was asked for may have its records there. */
static bool
is_asked_for(const struct work *work, size_t partition)
{
	const struct selector *selector = work->selector;

	if (!selector_is_named(selector))
		return true;
	for (size_t i = 0; i < selector_named_count(selector); i++)
		if ((size_t)coordinator_partition(
			selector_named_at(selector, i),
			(int32_t)work->scan.count) == partition)
			return true;
	return false;
}

static bool
has_oddity(const struct work *work)
{
	const struct ledger *ledger = &work->scan.ledger;

	for (size_t at = 0; at < ledger->oddity_count; at++)
		if (is_asked_for(work, (size_t)ledger->oddities[at].partition))
			return true;
	return ledger->oddity_count == LEDGER_ODDITY_MAX;
}

static void
take_scan(struct work *work)
{
	const struct offsets_scan *scan = &work->scan;

	for (size_t at = 0; at < scan->count; at++) {
		struct buf text = { 0 };

		if (offsetsscan_verdict(scan, at) == OFFSETS_WHOLE ||
		    !is_asked_for(work, at))
			continue;
		buf_add_text(&text, OFFSETS_TOPIC " ");
		offsetsscan_add_trouble(&text, scan, at);
		note_trouble(work, buf_text(&text));
		buf_release(&text);
	}
	if (has_oddity(work))
		note_trouble(work,
		    "some records of " OFFSETS_TOPIC " cannot be decoded");
	work->query.now_ms = scan->end_ms;
	expiring_of_ledger(&scan->ledger, &work->query, &work->report.expiring);
}

/* --- by snapshots -------------------------------------------------------- */

/* The cluster as it is now is the newest capture; who is in a group, and of
 * which type it is, only listings tell. */
static int
look_now(struct work *work, struct err *err)
{
	struct context *context = work->context;
	const struct options *options = &context->options;
	const struct capture_options how = {
		.selection = work->selection,
		.wish = SCOPE_WISH_VISIBLE,
		.source = SOURCE_API,
		.timeout_ms = options_number(options, OPT_TIMEOUT),
		.window = (size_t)options_number(options, OPT_WINDOW),
		.writer = version_writer,
		.reason = "",
		.progress = progress_show,
		.progress_context = &context->progress,
	};
	const struct capture_job job = {
		.cluster = work->cluster,
		.view = &work->view,
		.options = &how,
		.env = &context->env,
		.log = &context->log,
	};
	struct capture_report report = { 0 };

	if (capture_run(&job, &work->newest, &report, err) != 0)
		return -1;
	capture_report_release(&report);
	for (size_t at = 0; at < work->newest.hole_count; at++)
		note_trouble(work, work->newest.holes[at].text);
	return 0;
}

/* Matches repo_walker.visit: the next earlier snapshot. */
static int
take_snapshot(const struct snapshot_key *key, void *context, struct err *err)
{
	struct work *work = context;
	/* A window that is open now may have gone on meanwhile. */
	const struct capture_choice choice = { .how = CAPTURE_BEFORE,
		.at_ms = work->newest.info.from_ms };
	struct snapshot snapshot = { 0 };
	struct selector *selector = NULL;
	struct err trouble = { 0 };

	if (env_interrupted(&work->context->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	if (key->from_ms > work->newest.info.window.from_ms)
		return 0;
	if (repo_load_at(work->repo, key, &choice, &snapshot, &trouble) != 0 &&
	    trouble.kind == ERR_NOT_FOUND && key->to_ms > choice.at_ms)
		return 0;
	if (trouble.kind != ERR_NONE ||
	    selector_new(&snapshot.info.selection, &selector, &trouble) != 0) {
		/* A bound that it could have given is wider without it. */
		log_warn(
		    &work->context->log, "passed over: %s", trouble.message);
	} else {
		lifebounds_take(&work->bounds, &snapshot, selector);
		work->report.capture_count++;
	}
	selector_free(selector);
	snapshot_release(&snapshot);
	progress_show(&work->context->progress, "snapshots",
	    work->report.capture_count, work->report.capture_count);
	return work->bounds.open_count == 0 ||
	    key->from_ms < work->query.now_ms - work->report.retention_ms;
}

/* What was captured longer ago than the retention changes no bound. */
static bool
is_old(int64_t before_ms, void *context)
{
	const struct work *work = context;

	return before_ms < work->query.now_ms - work->report.retention_ms;
}

static int
find_bounds(struct work *work, struct err *err)
{
	const struct repo_walker walker = { take_snapshot, is_old, work };
	char cluster[REPO_CLUSTER_MAX];

	if (look_now(work, err) != 0)
		return -1;
	work->report.is_bound = true;
	work->query.now_ms = env_now_ms(&work->context->env);
	lifebounds_init(&work->bounds, &work->newest);
	repo_cluster(work->view.cluster_id, cluster);
	if (repo_walk_before(work->repo, cluster, INT64_MAX, &walker, err) != 0)
		return -1;
	expiring_of_bounds(&work->bounds, &work->query, &work->report.expiring);
	return 0;
}

/*
 * A group that was given by name and is not there looks as safe as one that
 * will not be lost: it may be lost already.
 */
static void
miss_named(struct work *work)
{
	const struct expiring *expiring = &work->report.expiring;

	for (size_t i = 0; i < selector_named_count(work->selector); i++) {
		const struct bytes name = selector_named_at(work->selector, i);
		struct buf text = { 0 };
		bool found = false;

		for (size_t at = 0; at < expiring->count && !found; at++)
			found =
			    bytes_equal(expiring->positions[at].group, name);
		if (found)
			continue;
		buf_add_text(&text, "group ");
		utf8_escape(&text, name);
		buf_add_text(&text,
		    " has no position that was asked for: it was lost, or "
		    "never there");
		note_trouble(work, buf_text(&text));
		buf_release(&text);
	}
}

/* --- the whole ----------------------------------------------------------- */

static int
find(struct work *work, struct err *err)
{
	struct err denied = { 0 };

	if (scan_topic(work, &denied) == 0) {
		take_scan(work);
		return 0;
	}
	if (denied.kind != ERR_DENIED) {
		*err = denied;
		return -1;
	}
	if (!options_is_set(&work->context->options, OPT_REPO)) {
		*err = denied;
		err_hint(err,
		    "have READ on topic " OFFSETS_TOPIC " granted, or give a "
		    "repository with -r: its snapshots give bounds");
		return -1;
	}
	log_info(&work->context->log, "%s: bounds from snapshots instead",
	    denied.message);
	if (context_open_repo(work->context, &work->repo, err) != 0)
		return -1;
	return find_bounds(work, err);
}

/* Whoever reads the exit status is not to lose it over the file. */
static void
write_metrics(const struct work *work)
{
	const char *path =
	    options_text(&work->context->options, OPT_METRICS_FILE);
	struct buf text = { 0 };
	struct err err = { 0 };

	if (path == NULL)
		return;
	expiring_metrics(&work->report, &text);
	if (metrics_file_put_expiring(
		path, buf_bytes(&text), &work->context->env, &err) != 0)
		log_warn(&work->context->log, "no metrics were written: %s",
		    err.message);
	buf_release(&text);
}

static bool
is_incomplete(const struct expiring_report *report)
{
	return report->trouble_count > 0 || report->expiring.unknown_count > 0;
}

/* What is known to be lost soon does not wait for what is not known. */
static int
exit_status(const struct expiring_report *report)
{
	if (report->expiring.within_count > 0)
		return EXIT_EXPIRING;
	return is_incomplete(report) ? EXIT_PARTIAL : EXIT_ALL;
}

static void
print_people(const struct work *work)
{
	expiring_text_print(&work->report, &work->context->out);
	expiring_next_print(work->context, &work->report.expiring);
}

static int
run(struct work *work, struct err *err)
{
	struct context *context = work->context;

	if (context_open_cluster(context, &work->cluster, &work->view, err) !=
		0 ||
	    find_retention(work, err) != 0)
		return -1;
	work->query.selector = work->selector;
	work->query.retention_ms = work->report.retention_ms;
	work->query.within_ms = options_number(&context->options, OPT_WITHIN);
	if (find(work, err) != 0)
		return -1;
	miss_named(work);
	progress_clear(&context->progress);
	work->report.cluster_id = work->view.cluster_id;
	work->report.now_ms = work->query.now_ms;
	work->report.within_ms = work->query.within_ms;
	if (options_flag(&context->options, OPT_JSON))
		expiring_text_json(&work->report, &context->out);
	else
		print_people(work);
	write_metrics(work);
	if (is_incomplete(&work->report))
		log_warn(&context->log,
		    "not all of it is known: there may be more that will be "
		    "lost");
	return exit_status(&work->report);
}

static void
release(struct work *work)
{
	expiring_release(&work->report.expiring);
	free(work->report.troubles);
	arena_release(&work->report.arena);
	lifebounds_release(&work->bounds);
	snapshot_release(&work->newest);
	offsetsscan_release(&work->scan);
	selector_free(work->selector);
	repo_free(work->repo);
	cluster_view_release(&work->view);
	cluster_free(work->cluster);
}

int
cmd_expiring(struct context *context, struct err *err)
{
	struct work work = { .context = context };
	int result = -1;

	context_selection(context, &work.selection);
	if (context_need_arguments(context, 0, 0, "no arguments", err) == 0 &&
	    selector_new(&work.selection, &work.selector, err) == 0)
		result = run(&work, err);
	release(&work);
	return result;
}
