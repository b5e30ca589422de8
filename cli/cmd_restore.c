/*
 * tidemark restore: repository -> brackets -> plan -> guard -> apply ->
 * cluster.  cmd_restore reads as the summary of the way back.
 */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/monitor.h"
#include "cli/plan_apply.h"
#include "cli/plan_make.h"

/* Without --execute the plan is the result; --dry-run says so explicitly and
 * also runs all checks that come before the first write. */
static int
check_mode(struct context *context, struct err *err)
{
	if (options_flag(&context->options, OPT_EXECUTE) &&
	    options_flag(&context->options, OPT_DRY_RUN))
		return err_set(err, ERR_USAGE,
		    "--execute and --dry-run exclude each other");
	if (options_flag(&context->options, OPT_EXECUTE) &&
	    plan_apply_check(context, err) != 0)
		return -1;
	return plan_apply_check_files(context, err);
}

static int
restore(struct context *context, struct err *err)
{
	struct plan_make make = { .context = context };
	const struct options *options = &context->options;
	const char *path = options_text(options, OPT_OUTPUT);
	int result = -1;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0 ||
	    plan_make_check(&make, err) != 0 || check_mode(context, err) != 0)
		goto out;
	make.waits = options_flag(options, OPT_EXECUTE);
	if (plan_make_run(&make, err) != 0)
		goto out;
	if (path != NULL && plan_make_write(&make.plan, path, err) != 0)
		goto out;
	result = plan_apply_as_asked(&make, plan_apply_outlook, err);
out:
	plan_make_release(&make);
	return result;
}

int
cmd_restore(struct context *context, struct err *err)
{
	return monitor_restore(context,
	    options_flag(&context->options, OPT_EXECUTE), restore, err);
}
