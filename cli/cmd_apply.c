/* tidemark apply: carry out a plan that was written to a file. */
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/monitor.h"
#include "cli/plan_apply.h"
#include "cli/plan_make.h"
#include "common/files.h"
#include "common/utf8.h"
#include "restore/plancodec.h"
#include "restore/record.h"

#define SHOWN_MAX 300

static int
read_plan(const char *path, struct plan *out, struct err *err)
{
	struct buf text = { 0 };
	char shown[SHOWN_MAX];
	int result = -1;

	if (file_read(path, PLANCODEC_SIZE_MAX, &text, err) != 0)
		goto out;
	if (plancodec_decode(buf_bytes(&text), out, err) != 0) {
		err_wrap(err, "%s",
		    utf8_escape_to(bytes_of(path), shown, sizeof(shown)));
		goto out;
	}
	result = 0;
out:
	buf_release(&text);
	return result;
}

/* A file that is there is meant, else a plan that was begun. */
static bool
is_begun(const char *word)
{
	return strlen(word) <= ENV_ID_MAX - 1 &&
	    strspn(word, "0123456789abcdef") == strlen(word) &&
	    access(word, F_OK) != 0;
}

/* Take over the plan that a record holds. */
static int
take_begun(struct plan_make *make, const char *word, struct err *err)
{
	struct recorder recorder = plan_apply_recorder(make);
	struct record record = { 0 };
	char id[ENV_ID_MAX];
	struct buf text = { 0 };
	int result = -1;

	/* That of --record is for what is recorded from now on. */
	recorder.file = NULL;
	if (record_find(&recorder, word, id, err) != 0 ||
	    record_load(&recorder, id, RECORD_OPEN, &record, err) != 0)
		goto out;
	if (record.merged == NULL) {
		err_set(err, ERR_NOT_FOUND,
		    "plan %s has ended: there is nothing to go on with", id);
		goto out;
	}
	plancodec_encode(record.merged, &text);
	result = plancodec_decode(buf_bytes(&text), &make->plan, err);
out:
	buf_release(&text);
	record_release(&record);
	return result;
}

static int
apply(struct context *context, struct err *err)
{
	struct plan_make make = { .context = context };
	const struct options *options = &context->options;
	int result = -1;
	bool begun;

	if (context_need_arguments(context, 1, 1,
		"one plan: a file that plan wrote, or the id of a plan that "
		"was begun",
		err) != 0 ||
	    plan_apply_check(context, err) != 0)
		return -1;
	begun = is_begun(options->arguments[0]) &&
	    options_is_set(options, OPT_REPO);
	if (!begun && read_plan(options->arguments[0], &make.plan, err) != 0)
		goto out;
	if (options_is_set(options, OPT_REPO) &&
	    context_open_repo(context, &make.repo, err) != 0)
		goto out;
	if (plan_make_connect(&make, err) != 0 ||
	    (begun && take_begun(&make, options->arguments[0], err) != 0) ||
	    census_read(&make.reach, &make.census, err) != 0)
		goto out;
	result = plan_apply(&make, options_flag(options, OPT_DRY_RUN), err);
out:
	plan_make_release(&make);
	return result;
}

int
cmd_apply(struct context *context, struct err *err)
{
	return monitor_restore(
	    context, !options_flag(&context->options, OPT_DRY_RUN), apply, err);
}
