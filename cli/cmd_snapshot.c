/*
 * tidemark snapshot: cluster -> capture -> model -> archive -> repository.
 * cmd_snapshot reads as the summary of the way in.
 */
#include "cli/capture_choice.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/monitor.h"
#include "cli/snapshot_text.h"
#include "cli/source_text.h"
#include "common/timetext.h"
#include "formats/archive.h"
#include "snapshot/capture.h"
#include "snapshot/ledger.h"
#include "snapshot/source.h"

static int
parse_source(struct context *context, enum source_wish *out, struct err *err)
{
	static const char *const words[] = { "api", "offsets-topic", "both",
		"auto" };
	static const enum source_wish wishes[] = { SOURCE_WISH_API,
		SOURCE_WISH_TOPIC, SOURCE_WISH_BOTH, SOURCE_WISH_AUTO };
	size_t chosen;

	if (options_choice(&context->options, OPT_SOURCE, words,
		sizeof(words) / sizeof(*words), &chosen, err) != 0)
		return -1;
	*out = wishes[chosen];
	return 0;
}

static int
choose_source(struct context *context, const struct capture_job *job,
    struct source_choice *choice, struct err *err)
{
	enum source_wish wish = SOURCE_WISH_AUTO;

	if (parse_source(context, &wish, err) != 0)
		return -1;
	return source_choose(job, wish, choice, err);
}

static int
gather_options(
    struct context *context, struct capture_options *options, struct err *err)
{
	if (capture_choice_options(context, options, err) != 0)
		return -1;
	options->progress = progress_show;
	options->progress_context = &context->progress;
	return 0;
}

static json_t *
json_index(const struct index_report *report)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "points",
	    (json_int_t)report->point_count, "partitions",
	    (json_int_t)report->partition_count, "questions",
	    (json_int_t)report->question_count, "requests",
	    (json_int_t)report->request_count, "failed",
	    (json_int_t)report->failed_count, "disbelieved",
	    (json_int_t)report->disbelieved_count, "duration_ms",
	    (json_int_t)report->duration_ms);
}

static void
print_json(const struct snapshot *snapshot, const struct snapshot_key *key,
    const struct source_choice *choice, const struct capture_report *report,
    struct output *out)
{
	json_t *result = snapshot_json_info(&snapshot->info);
	json_t *holes = json_array();
	json_t *gone = json_array();

	for (size_t index = 0; index < snapshot->hole_count; index++)
		json_array_append_new(
		    holes, snapshot_json_hole(&snapshot->holes[index]));
	for (size_t index = 0; index < snapshot->gone_count; index++)
		json_array_append_new(
		    gone, snapshot_json_gone(&snapshot->gone[index]));
	json_object_set_new(result, "holes", holes);
	json_object_set_new(result, "gone", gone);
	json_object_set_new(
	    result, "key", key != NULL ? json_string(key->key) : json_null());
	json_object_set_new(result, "size",
	    json_integer(key != NULL ? (json_int_t)key->size : 0));
	json_object_set_new(
	    result, "duration_ms", json_integer(report->duration_ms));
	source_json_add(choice, &report->scan, result);
	json_object_set_new(result, "time_index", json_index(&report->index));
	json_object_set_new(
	    result, "retries", json_integer((json_int_t)report->retry_count));
	json_object_set_new(
	    result, "absent", json_integer((json_int_t)report->absent_count));
	json_object_set_new(result, "topics_gone",
	    json_integer((json_int_t)report->missing_topic_count));
	json_object_set_new(result, "share_or_empty",
	    json_integer((json_int_t)report->untyped_empty_count));
	output_json(out, result);
}

static void
print_counts(const struct snapshot_info *info,
    const struct capture_report *report, struct output *out)
{
	if (info->negative_count > 0)
		output_text(out,
		    "%zu positions hold a negative offset, which no consumer "
		    "can use: kept, never restored\n",
		    info->negative_count);
	if (info->unstable_count > 0)
		output_text(out,
		    "%zu positions were held by an open transaction: read "
		    "plainly\n",
		    info->unstable_count);
	if (report->absent_count > 0)
		output_text(out,
		    "%zu of the groups given by name have no position and may "
		    "not exist\n",
		    report->absent_count);
	if (report->missing_topic_count > 0)
		output_text(out,
		    "%zu topics that positions stand on are gone\n",
		    report->missing_topic_count);
	if (report->untyped_empty_count > 0)
		output_text(out,
		    "%zu groups without positions are share groups or empty: "
		    "left out\n",
		    report->untyped_empty_count);
}

static void
print_index(const struct index_report *report, struct output *out)
{
	char took[TIME_RFC3339_MAX];

	if (report->partition_count == 0)
		return;
	output_text(out,
	    "time index: %zu point%s of %zu partition%s by %zu request%s in "
	    "%s\n",
	    report->point_count, output_plural(report->point_count),
	    report->partition_count, output_plural(report->partition_count),
	    report->request_count, output_plural(report->request_count),
	    duration_format(report->duration_ms, took));
	if (report->failed_count > 0)
		output_text(out,
		    "time index: %zu partition%s did not answer all that was "
		    "asked; the next snapshot asks again\n",
		    report->failed_count, output_plural(report->failed_count));
	if (report->disbelieved_count > 0)
		output_text(out,
		    "time index: %zu times a broker said \"no record from then "
		    "on\" where there is one: not believed (DeleteRecords does "
		    "this)\n",
		    report->disbelieved_count);
}

static void
print_people(const struct snapshot *snapshot, const struct snapshot_key *key,
    const struct source_choice *choice, const struct capture_report *report,
    struct output *out)
{
	const struct snapshot_info *info = &snapshot->info;
	char took[TIME_RFC3339_MAX];

	output_text(out,
	    "snapshot %s of cluster %s: %s in scope %s\n"
	    "%zu group%s, %zu position%s, %zu topic%s in %s\n",
	    info->id, info->cluster_id, info->complete ? "complete" : "PARTIAL",
	    scope_text(info->scope), info->group_count,
	    output_plural(info->group_count), info->position_count,
	    output_plural(info->position_count), info->topic_count,
	    output_plural(info->topic_count),
	    duration_format(report->duration_ms, took));
	source_print(info, choice, &report->scan, out);
	print_counts(info, report, out);
	print_index(&report->index, out);
	snapshot_print_holes(snapshot, out);
	snapshot_print_gone(snapshot, out);
	if (key != NULL)
		output_text(out, "stored %s (%llu bytes)\n", key->key,
		    (unsigned long long)key->size);
	else
		output_text(out, "nothing stored (--dry-run)\n");
}

/* What one run works on. */
struct run {
	struct context *context;
	struct metrics *found;
	struct repo *repo;
	struct cluster *cluster;
	struct cluster_view view;
	struct source_choice choice;
	struct capture_before before;
	struct snapshot snapshot;
	struct capture_report report;
};

/* Count it, and fail as before. */
static int
repository_failed(struct run *run, const struct err *err)
{
	if (err->kind != ERR_INTERRUPTED)
		metrics_add(run->found, METRICS_REPOSITORY_ERRORS, 1);
	return -1;
}

static void
count_stored(struct run *run, const struct snapshot_key *key)
{
	metrics_take_snapshot(run->found, &run->snapshot);
	metrics_add(run->found, METRICS_WRITTEN_BYTES, (int64_t)key->size);
	if (options_flag(&run->context->options, OPT_METRICS_GROUPS))
		metrics_take_groups(run->found, &run->snapshot);
}

/* Encode, store unless this is a dry run, and report. */
static int
store_and_report(struct run *run, struct err *err)
{
	struct context *context = run->context;
	const struct snapshot *snapshot = &run->snapshot;
	const bool dry = options_flag(&context->options, OPT_DRY_RUN);
	struct snapshot_key key;
	struct buf archive = { 0 };
	int result = -1;

	if (archive_encode(snapshot, &archive, err) != 0)
		goto out;
	if (!dry &&
	    repo_save(run->repo, &snapshot->info, buf_bytes(&archive), &key,
		err) != 0) {
		result = repository_failed(run, err);
		goto out;
	}
	if (!dry)
		count_stored(run, &key);
	if (options_flag(&context->options, OPT_JSON))
		print_json(snapshot, dry ? NULL : &key, &run->choice,
		    &run->report, &context->out);
	else
		print_people(snapshot, dry ? NULL : &key, &run->choice,
		    &run->report, &context->out);
	result = snapshot->info.complete ? EXIT_ALL : EXIT_PARTIAL;
out:
	buf_release(&archive);
	return result;
}

/* Of the same cluster, scope and selection. */
static int
load_previous(struct run *run, struct capture_options *options, struct err *err)
{
	struct selection canonical = options->selection;
	struct sampler_identity identity = { run->view.cluster_id, "" };
	enum scope scope;

	if (capture_scope(&run->view, options, &scope, err) != 0)
		return -1;
	selection_canonical(scope, &canonical, false, identity.selection_hash);
	options->selection = canonical;
	if (capture_choice_before(
		run->context, run->repo, &identity, &run->before, err) != 0)
		return repository_failed(run, err);
	return 0;
}

static int
capture(struct run *run, struct capture_options *options, struct err *err)
{
	struct context *context = run->context;
	struct capture_job job = {
		.cluster = run->cluster,
		.view = &run->view,
		.options = options,
		.env = &context->env,
		.log = &context->log,
	};

	if (choose_source(context, &job, &run->choice, err) != 0)
		return -1;
	options->source = run->choice.source;
	if (load_previous(run, options, err) != 0)
		return -1;
	if (run->before.previous.info.id[0] != '\0')
		job.previous = &run->before.previous;
	if (run->before.indexed.info.from_ms != 0)
		job.indexed = &run->before.indexed;
	if (capture_run(&job, &run->snapshot, &run->report, err) != 0)
		return -1;
	metrics_set(
	    run->found, METRICS_CAPTURE_DURATION, run->report.duration_ms);
	progress_clear(&context->progress);
	if (run->report.absent_count > 0)
		log_warn(&context->log,
		    "%zu of the groups given by name have no position and may "
		    "not exist",
		    run->report.absent_count);
	return 0;
}

static int
take_snapshot(struct context *context, struct capture_options *options,
    struct metrics *found, struct err *err)
{
	struct run run = { .context = context, .found = found };
	int result = -1;

	if (context_open_repo(context, &run.repo, err) != 0)
		result = repository_failed(&run, err);
	else if (context_open_cluster(context, &run.cluster, &run.view, err) ==
		0 &&
	    capture(&run, options, err) == 0)
		result = store_and_report(&run, err);
	snapshot_release(&run.snapshot);
	snapshot_release(&run.before.previous);
	snapshot_release(&run.before.indexed);
	capture_report_release(&run.report);
	cluster_view_release(&run.view);
	cluster_free(run.cluster);
	repo_free(run.repo);
	return result;
}

int
cmd_snapshot(struct context *context, struct err *err)
{
	struct capture_options options;
	struct monitor monitor;
	int result = -1;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0 ||
	    gather_options(context, &options, err) != 0)
		return -1;
	if (monitor_snapshot_begin(context, &monitor, err) == 0)
		result = take_snapshot(context, &options, &monitor.found, err);
	monitor_snapshot_end(&monitor, result, err);
	return result;
}
