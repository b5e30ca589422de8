/* Opening what the options name. */
#include "cli/context.h"

#include <string.h>

#include "cli/configure.h"
#include "common/buf.h"
#include "kafka/settings.h"
#include "storage/store.h"

/* Of the whole deadline, the part that the first contact may take: enough for
 * a broker that restarts, with time left for the work. */
#define CONTACT_PART 2

int
exit_status_worse(int left, int right)
{
	static const int order[] = { EXIT_INTERRUPTED, EXIT_INTEGRITY,
		EXIT_FAILED, EXIT_CHANGED, EXIT_REFUSED, EXIT_PARTIAL };

	for (size_t index = 0; index < sizeof(order) / sizeof(order[0]);
	     index++) {
		if (left == order[index] || right == order[index])
			return order[index];
	}
	return left > right ? left : right;
}

static int
choose_addressing(
    const struct options *options, enum s3_addressing *out, struct err *err)
{
	static const char *const words[] = { "auto", "path", "virtual" };
	size_t chosen;

	if (options_choice(options, OPT_S3_ADDRESSING, words,
		sizeof(words) / sizeof(*words), &chosen, err) != 0)
		return -1;
	*out = (enum s3_addressing)chosen;
	return 0;
}

int
context_gather_s3(struct context *context, struct err *err)
{
	const struct options *options = &context->options;
	struct s3_settings *s3 = &context->s3;

	*s3 = (struct s3_settings){
		.endpoint = options_text(options, OPT_S3_ENDPOINT),
		.region = options_text(options, OPT_S3_REGION),
		.profile = options_text(options, OPT_S3_PROFILE),
		.ca_file = options_text(options, OPT_S3_CA_FILE),
		.no_sign = options_flag(options, OPT_S3_NO_SIGN),
		.encryption = options_text(options, OPT_S3_ENCRYPTION),
		.kms_key = options_text(options, OPT_S3_KMS_KEY),
		.storage_class = options_text(options, OPT_S3_STORAGE_CLASS),
		.lock_mode = options_text(options, OPT_S3_LOCK_MODE),
		.lock_ms = options_is_set(options, OPT_S3_LOCK_TIME)
		    ? options_number(options, OPT_S3_LOCK_TIME)
		    : 0,
		.legal_hold = options_flag(options, OPT_S3_LEGAL_HOLD),
		.retry_ms = options_number(options, OPT_S3_RETRY),
		.stall_ms = options_number(options, OPT_S3_STALL),
		.lookup = configure_lookup,
		.log = &context->log,
	};
	return choose_addressing(options, &s3->addressing, err);
}

static const struct env *
store_env(const struct context *context)
{
	return context->store_env != NULL ? context->store_env : &context->env;
}

int
context_open_store(struct context *context, struct store **out, struct err *err)
{
	const char *where = options_text(&context->options, OPT_REPO);

	if (where == NULL) {
		err_set(err, ERR_USAGE, "no repository is given");
		err_hint(err,
		    "add -r DIR or -r s3://BUCKET/PREFIX, or set "
		    "TIDEMARK_REPO");
		return -1;
	}
	if (context_gather_s3(context, err) != 0)
		return -1;
	return store_open(where, &context->s3, store_env(context), out, err);
}

int
context_open_repo(struct context *context, struct repo **out, struct err *err)
{
	struct store *store;

	if (context_open_store(context, &store, err) != 0)
		return -1;
	return repo_open(store, store_env(context), out, err);
}

/* -X in the order given, after everything else but -b. */
static int
set_properties(
    struct context *context, struct kafka_settings *settings, struct err *err)
{
	size_t count;
	const char **pairs =
	    options_list(&context->options, OPT_PROPERTY, &count);
	const char *bootstrap = options_text(&context->options, OPT_BOOTSTRAP);

	for (size_t index = 0; index < count; index++) {
		if (kafka_settings_set_pair(
			settings, pairs[index], "-X", err) != 0)
			return -1;
	}
	if (bootstrap != NULL &&
	    kafka_settings_set(settings, "bootstrap.servers", bootstrap,
		context->options.values[OPT_BOOTSTRAP].origin ==
			ORIGIN_ENVIRONMENT
		    ? option_table[OPT_BOOTSTRAP].variable
		    : "--bootstrap-server",
		err) != 0)
		return -1;
	return 0;
}

int
context_gather_kafka(
    struct context *context, struct kafka_settings *settings, struct err *err)
{
	const char *java = options_text(&context->options, OPT_COMMAND_CONFIG);
	struct buf notes = { 0 };
	int result = -1;

	if (kafka_settings_set_platform(
		settings, configure_lookup, NULL, err) != 0)
		goto out;
	if (context->file_name != NULL &&
	    kafka_settings_set_inifile(
		settings, &context->file, context->file_name, err) != 0)
		goto out;
	if (java != NULL &&
	    kafka_settings_load_java(settings, java, &notes, err) != 0)
		goto out;
	if (notes.size > 0)
		log_info(&context->log, "%s: %s", java, buf_text(&notes));
	result = set_properties(context, settings, err);
out:
	buf_release(&notes);
	return result;
}

static int
need_bootstrap(const struct kafka_settings *settings, struct err *err)
{
	if (kafka_settings_bootstrap(settings) != NULL)
		return 0;
	err_set(err, ERR_USAGE, "no Kafka cluster is given");
	err_hint(err, "add -b HOST:PORT, or set TIDEMARK_BOOTSTRAP_SERVER");
	return -1;
}

int
context_make_cluster(
    struct context *context, struct cluster **out, struct err *err)
{
	struct kafka_settings *settings = kafka_settings_new();
	int result = -1;

	if (context_gather_kafka(context, settings, err) == 0 &&
	    need_bootstrap(settings, err) == 0)
		result = cluster_open(
		    settings, &context->env, &context->log, out, err);
	kafka_settings_free(settings);
	return result;
}

int
context_open_cluster(struct context *context, struct cluster **out,
    struct cluster_view *view, struct err *err)
{
	const int64_t timeout_ms =
	    options_number(&context->options, OPT_TIMEOUT);
	struct cluster *cluster = NULL;

	if (context_make_cluster(context, &cluster, err) != 0)
		return -1;
	if (cluster_describe(cluster, timeout_ms / CONTACT_PART, view, err) !=
	    0) {
		cluster_free(cluster);
		return -1;
	}
	*out = cluster;
	return 0;
}

void
context_selection(const struct context *context, struct selection *selection)
{
	const struct options *options = &context->options;

	selection->groups =
	    options_list(options, OPT_GROUP, &selection->group_count);
	selection->exclude_groups = options_list(
	    options, OPT_EXCLUDE_GROUP, &selection->exclude_group_count);
	selection->topics =
	    options_list(options, OPT_TOPIC, &selection->topic_count);
	selection->exclude_topics = options_list(
	    options, OPT_EXCLUDE_TOPIC, &selection->exclude_topic_count);
}

int
context_need_arguments(const struct context *context, size_t min, size_t max,
    const char *what, struct err *err)
{
	const size_t count = context->options.argument_count;

	if (count >= min && count <= max)
		return 0;
	err_set(err, ERR_USAGE, "%s takes %s", context->options.command, what);
	err_hint(err, "tidemark help %s", context->options.command);
	return -1;
}
