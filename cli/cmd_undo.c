/* tidemark undo: put back what a restore or apply changed. */
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/monitor.h"
#include "cli/plan_apply.h"
#include "cli/plan_make.h"
#include "restore/record.h"

/* A word that can only be the file of --record. */
static bool
is_path(const char *word)
{
	return strcmp(word, "latest") != 0 &&
	    (word[0] == '\0' ||
		strspn(word, "0123456789abcdef") != strlen(word));
}

static int
check(struct context *context, struct err *err)
{
	const struct options *options = &context->options;

	if (context_need_arguments(context, 1, 1,
		"one record: the id of a plan, latest, or the file of "
		"--record",
		err) != 0)
		return -1;
	if (!is_path(options->arguments[0]) &&
	    !options_is_set(options, OPT_REPO)) {
		err_set(err, ERR_USAGE, "no repository is given");
		err_hint(err, "add -r; a file is named with its path: ./%s",
		    "undo.jsonl");
		return -1;
	}
	if (options_flag(options, OPT_EXECUTE) &&
	    options_flag(options, OPT_DRY_RUN))
		return err_set(err, ERR_USAGE,
		    "--execute and --dry-run exclude each other");
	if (options_flag(options, OPT_EXECUTE) &&
	    plan_apply_check(context, err) != 0)
		return -1;
	return plan_apply_check_files(context, err);
}

static int
load(struct plan_make *make, struct record *out, struct err *err)
{
	const char *word = make->context->options.arguments[0];
	struct recorder from = plan_apply_recorder(make);
	char id[ENV_ID_MAX] = "";

	from.file = is_path(word) ? word : NULL;
	if (from.file == NULL && record_find(&from, word, id, err) != 0)
		return -1;
	if (record_load(&from, id, RECORD_NEWEST, out, err) != 0)
		return -1;
	if (out->merged == NULL)
		return err_set(err, ERR_NOT_FOUND, "%s: no such record", word);
	if (strcmp(out->merged->cluster_id, make->view.cluster_id) == 0)
		return 0;
	return err_set(err, ERR_REFUSED,
	    "the record is of cluster %s, and this is %s",
	    out->merged->cluster_id, make->view.cluster_id);
}

/* What it undoes may be unfinished: that is no obstacle. */
static int
outlook(struct plan_make *make, struct err *err)
{
	(void)err;
	return plan_exit_status(&make->plan);
}

static int
undo(struct context *context, struct err *err)
{
	struct plan_make make = { .context = context };
	struct record record = { 0 };
	int result = -1;

	if (check(context, err) != 0)
		return -1;
	make.waits = options_flag(&context->options, OPT_EXECUTE);
	if (options_is_set(&context->options, OPT_REPO) &&
	    context_open_repo(context, &make.repo, err) != 0)
		goto out;
	if (plan_make_connect(&make, err) == 0 &&
	    load(&make, &record, err) == 0 &&
	    census_read(&make.reach, &make.census, err) == 0 &&
	    plan_make_undo(&make, record.merged, err) == 0)
		result = plan_apply_as_asked(&make, outlook, err);
out:
	record_release(&record);
	plan_make_release(&make);
	return result;
}

int
cmd_undo(struct context *context, struct err *err)
{
	return monitor_restore(
	    context, options_flag(&context->options, OPT_EXECUTE), undo, err);
}
