/* tidemark plan: work out a restore, and change nothing. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/plan_apply.h"
#include "cli/plan_make.h"
#include "cli/plan_text.h"

int
cmd_plan(struct context *context, struct err *err)
{
	struct plan_make make = { .context = context };
	const char *path = options_text(&context->options, OPT_OUTPUT);
	int result = -1;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0 ||
	    plan_make_check(&make, err) != 0 ||
	    plan_apply_check_files(context, err) != 0)
		goto out;
	if (plan_make_run(&make, err) != 0)
		goto out;
	if (path != NULL && plan_make_write(&make.plan, path, err) != 0)
		goto out;
	if (options_flag(&context->options, OPT_JSON))
		plan_text_json(&make.plan, &context->out);
	else
		plan_text_print(&make.plan,
		    options_flag(&context->options, OPT_SUMMARY),
		    &context->out);
	result = plan_apply_outlook(&make, err);
	if (path != NULL && result >= 0)
		plan_apply_say_line(&make, path);
out:
	plan_make_release(&make);
	return result;
}
