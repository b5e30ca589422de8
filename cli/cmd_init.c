/* tidemark init: make a repository. */
#include "cli/commands.h"
#include "cli/context.h"
#include "storage/store.h"

int
cmd_init(struct context *context, struct err *err)
{
	struct store *store = NULL;
	int result = -1;

	if (context_need_arguments(
		context, 0, 0, "no arguments: the place is -r PLACE", err) != 0)
		return -1;
	if (context_open_store(context, &store, err) != 0)
		return -1;
	if (options_flag(&context->options, OPT_DRY_RUN)) {
		log_info(&context->log, "would make a repository in %s",
		    store->name);
		result = EXIT_ALL;
		goto out;
	}
	if (repo_init(store, &context->env, err) != 0)
		goto out;
	if (!store_has(store, STORE_CAN_EXCLUDE))
		log_warn(&context->log,
		    "%s cannot refuse to overwrite an object; snapshots are "
		    "safe by their names, which nobody else chooses",
		    store->name);
	if (options_flag(&context->options, OPT_JSON))
		output_json(&context->out,
		    json_pack("{s:s}", "repository", store->name));
	else
		output_text(
		    &context->out, "made a repository in %s\n", store->name);
	result = EXIT_ALL;
out:
	store_free(store);
	return result;
}
