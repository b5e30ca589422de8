/* tidemark rescue thaw: put back what rescue freeze found. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/freeze_run.h"

int
cmd_rescue_thaw(struct context *context, struct err *err)
{
	if (options_is_set(&context->options, OPT_REPO) ||
	    options_is_set(&context->options, OPT_RECORD))
		return freeze_run(context, true, err);
	err_set(err, ERR_USAGE, "nothing tells what was set before the freeze");
	err_hint(err,
	    "give what freeze was given: a repository with -r, or --record "
	    "FILE");
	return -1;
}
