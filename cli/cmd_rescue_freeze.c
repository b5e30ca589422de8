/* tidemark rescue freeze: keep the cleaner away from the offsets topic. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/freeze_run.h"
#include "cli/plan_apply.h"

int
cmd_rescue_freeze(struct context *context, struct err *err)
{
	if (options_flag(&context->options, OPT_EXECUTE) &&
	    plan_apply_check(context, err) != 0)
		return -1;
	return freeze_run(context, false, err);
}
