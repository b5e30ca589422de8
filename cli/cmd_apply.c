/* tidemark apply: carry out a plan that was written to a file. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/plan_apply.h"
#include "cli/plan_make.h"
#include "common/files.h"
#include "common/utf8.h"
#include "restore/plancodec.h"

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

int
cmd_apply(struct context *context, struct err *err)
{
	struct plan_make make = { .context = context };
	int result = -1;

	if (context_need_arguments(
		context, 1, 1, "one plan: a file that plan wrote", err) != 0)
		return -1;
	if (read_plan(context->options.arguments[0], &make.plan, err) != 0)
		goto out;
	if (plan_make_connect(&make, err) != 0 ||
	    census_read(&make.reach, &make.census, err) != 0)
		goto out;
	result = plan_apply(
	    &make, options_flag(&context->options, OPT_DRY_RUN), err);
out:
	plan_make_release(&make);
	return result;
}
