#include "cli/freeze_run.h"

#include "cli/context.h"
#include "cli/freeze_text.h"
#include "common/files.h"
#include "restore/freezer.h"

static int
status_of(const struct freeze_report *report)
{
	const struct freeze_result *result = report->result;
	const bool is_changed = report->thaw ? result->thaw == THAW_CHANGED
					     : result->freeze == FREEZE_CHANGED;

	if (is_changed)
		return EXIT_CHANGED;
	if (report->thaw && result->thaw == THAW_BY_OTHERS)
		return EXIT_REFUSED;
	/* Not all of them are known to show what is claimed. */
	return result->sight.silent > 0 ? EXIT_PARTIAL : EXIT_ALL;
}

/* A file that is no record of a freeze, as restore and touch take it. */
static void
fail_file(struct err *err)
{
	err_wrap(err, "the file of --record is there already");
	err->kind = ERR_USAGE;
	err_hint(
	    err, "--record takes a new file, or the record of this freeze");
}

static int
carry_out(struct context *context, struct freezer *freezer, bool thaw,
    struct err *err)
{
	struct freeze_result result;
	struct freeze_report report = {
		.context = context,
		.view = freezer->view,
		.result = &result,
		.thaw = thaw,
	};
	int failed;

	failed = thaw ? freezer_thaw(freezer, &result, err)
		      : freezer_freeze(freezer, &result, err);
	if (failed != 0) {
		if (err->kind == ERR_DENIED)
			freeze_text_request(&report, err);
		else if (err->kind == ERR_CORRUPT && !thaw &&
		    freezer->log->file != NULL)
			fail_file(err);
		return -1;
	}
	report.status = status_of(&report);
	freeze_text_print(&report);
	return report.status;
}

/* The record of an earlier freeze may be there; else it can be made. */
static int
check_file(const char *path, struct err *err)
{
	if (path == NULL || file_check_new(path, err) == 0)
		return 0;
	if (err->kind == ERR_EXISTS) {
		*err = (struct err){ 0 };
		return 0;
	}
	err_hint(err,
	    "--record takes a new file, in a folder that can be written to");
	return -1;
}

int
freeze_run(struct context *context, bool thaw, struct err *err)
{
	const struct options *options = &context->options;
	struct freezelog log = {
		.file = options_text(options, OPT_RECORD),
		.env = &context->env,
	};
	struct cluster *cluster = NULL;
	struct cluster_view view = { 0 };
	struct freezer freezer = {
		.view = &view,
		.env = &context->env,
		.log = &log,
		.timeout_ms = options_number(options, OPT_TIMEOUT),
		.execute = options_flag(options, OPT_EXECUTE),
		.force_stale = options_flag(options, OPT_FORCE_STALE),
	};
	int result = -1;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0)
		return -1;
	if (!thaw && check_file(log.file, err) != 0)
		return -1;
	if (log.file == NULL && options_is_set(options, OPT_REPO) &&
	    context_open_repo(context, &log.repo, err) != 0)
		return -1;
	if (context_open_cluster(context, &cluster, &view, err) == 0) {
		log.cluster_id = view.cluster_id;
		freezer.cluster = cluster;
		result = carry_out(context, &freezer, thaw, err);
	}
	cluster_view_release(&view);
	cluster_free(cluster);
	repo_free(log.repo);
	return result;
}
