/* tidemark config: is the configuration right, and what is in force? */
#include "cli/agent_options.h"
#include "cli/commands.h"
#include "cli/config_show.h"
#include "cli/context.h"
#include "cli/metrics_file.h"
#include "cli/plan_choice.h"
#include "kafka/settings.h"
#include "snapshot/ping.h"
#include "storage/store.h"

/* The place of the repository and what S3 needs; nothing is opened. */
static int
check_store(struct context *context, struct err *err)
{
	struct store *store;

	if (!options_is_set(&context->options, OPT_REPO))
		return 0;
	if (context_open_store(context, &store, err) != 0)
		return -1;
	store_free(store);
	return 0;
}

static int
check_watchers(struct context *context, struct err *err)
{
	const char *url = options_text(&context->options, OPT_PING_URL);
	struct metrics_labels labels = { 0 };
	struct ping *ping = NULL;
	int result = metrics_labels_init(context, &labels, err);

	if (result == 0 && url != NULL)
		result = ping_new(url, &context->env, &ping, err);
	ping_free(ping);
	metrics_labels_release(&labels);
	return result;
}

static int
check(struct context *context, struct plan_choice *choice,
    struct kafka_settings *settings, struct err *err)
{
	if (plan_choice_policy(context, choice, err) != 0 ||
	    context_gather_kafka(context, settings, err) != 0 ||
	    check_store(context, err) != 0 ||
	    agent_options_check(context, err) != 0)
		return -1;
	return check_watchers(context, err);
}

static int
need_file(const struct context *context, struct err *err)
{
	if (context->file_name != NULL ||
	    options_flag(&context->options, OPT_SHOW))
		return 0;
	err_set(err, ERR_USAGE, "no configuration file is given");
	err_hint(err,
	    "add --config FILE, or set TIDEMARK_CONFIG; --show needs none");
	return -1;
}

int
cmd_config(struct context *context, struct err *err)
{
	struct kafka_settings *settings = kafka_settings_new();
	struct plan_choice choice = { 0 };
	int result = -1;

	if (context_need_arguments(context, 0, 0, "no argument", err) != 0 ||
	    need_file(context, err) != 0)
		goto out;
	/* Nothing else was looked at: whatever it is, it is that. */
	if (check(context, &choice, settings, err) != 0) {
		err->kind = ERR_USAGE;
		goto out;
	}
	result = EXIT_ALL;
	if (options_flag(&context->options, OPT_SHOW))
		result = config_show(context, settings, err);
	else
		config_show_checked(context, choice.rules.count);
out:
	plan_choice_release(&choice);
	kafka_settings_free(settings);
	return result;
}
