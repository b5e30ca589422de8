/*
 * tidemark rescue snapshot: offsets topic, or segment files -> ledger -> model
 * -> archive -> repository.
 */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/rescue_read.h"
#include "cli/rescue_text.h"
#include "cli/version.h"
#include "common/timetext.h"
#include "formats/archive.h"
#include "snapshot/selector.h"

static int
parse_at(struct context *context, int64_t *out, struct err *err)
{
	const char *text = options_text(&context->options, OPT_AT);
	const int64_t now_ms = env_now_ms(&context->env);

	*out = RESCUE_LAST_KNOWN;
	if (text == NULL)
		return 0;
	if (time_parse(text, now_ms, out, err) != 0) {
		err_hint(err, "--at of rescue snapshot is a time, as %s",
		    "2026-11-25T14:05:00Z or now-2h");
		return err_wrap(err, "--at");
	}
	if (*out < 0)
		return err_set(err, ERR_USAGE, "--at: %s is before 1970", text);
	if (*out > now_ms)
		return err_set(
		    err, ERR_USAGE, "--at: %s is in the future", text);
	return 0;
}

static int
store(struct context *context, struct repo *repo, struct rescue_result *result,
    struct err *err)
{
	const struct snapshot *snapshot = result->snapshot;
	struct buf archive = { 0 };
	int rc = archive_encode(snapshot, &archive, err);

	if (rc == 0 && !options_flag(&context->options, OPT_DRY_RUN)) {
		rc = repo_save(repo, &snapshot->info, buf_bytes(&archive),
		    &result->key, err);
		result->is_stored = rc == 0;
	}
	buf_release(&archive);
	return rc;
}

/* What is of no one time is as whole as it can be. */
static int
status_of(const struct snapshot *snapshot)
{
	return snapshot->hole_count == 0 ? EXIT_ALL : EXIT_PARTIAL;
}

static int
build_and_store(struct context *context, struct repo *repo,
    const struct rescue_reading *reading, struct rescue_job *job,
    struct err *err)
{
	struct snapshot snapshot = { 0 };
	struct rescue_result result = {
		.reading = reading,
		.snapshot = &snapshot,
	};
	int status = -1;

	job->ledger = reading->as_of;
	job->findings = &reading->findings;
	job->start_ms = reading->start_ms;
	job->end_ms = reading->end_ms;
	job->gaps = reading->gaps;
	job->gap_count = reading->gap_count;
	job->partition_count = reading->partition_count;
	job->cluster_id = reading->cluster_id;
	if (rescuebuild_run(job, &snapshot, err) == 0 &&
	    store(context, repo, &result, err) == 0) {
		rescue_text_snapshot(context, &result);
		status = status_of(&snapshot);
	}
	snapshot_release(&snapshot);
	return status;
}

int
cmd_rescue_snapshot(struct context *context, struct err *err)
{
	const char *reason = options_text(&context->options, OPT_REASON);
	struct rescue_request request = { .needs_cluster_id = true };
	struct rescue_job job = {
		.writer = version_writer,
		.reason = reason != NULL ? reason : "",
		.env = &context->env,
	};
	struct rescue_reading reading = { 0 };
	struct selector *selector = NULL;
	struct repo *repo = NULL;
	int status = -1;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0 ||
	    parse_at(context, &request.at_ms, err) != 0)
		return -1;
	job.at_ms = request.at_ms;
	context_selection(context, &job.selection);
	if (selector_new(&job.selection, &selector, err) == 0 &&
	    context_open_repo(context, &repo, err) == 0 &&
	    rescue_read(context, &request, &reading, err) == 0)
		status = build_and_store(context, repo, &reading, &job, err);
	if (status >= 0 && rescue_text_missing(context, &reading, selector) > 0)
		status = exit_status_worse(status, EXIT_PARTIAL);
	selector_free(selector);
	rescue_reading_release(&reading);
	repo_free(repo);
	return status;
}
