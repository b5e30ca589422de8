/*
 * context.h - what one invocation of the program has: its options, the world
 * around it, and where it writes.  main builds it and passes it down; the
 * functions here open what the options name.
 */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include <stdbool.h>

#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "common/log.h"
#include "formats/model.h"
#include "kafka/cluster.h"
#include "storage/repo.h"
#include "storage/s3.h"

struct context {
	struct env env;
	const struct env *store_env; /* of stores, NULL: env */
	struct log log;
	struct options options;
	struct inifile file;   /* empty when there is none */
	const char *file_name; /* NULL when there is none */
	struct s3_settings s3; /* filled when a store is opened */
	struct output out;
	struct progress progress;
};

/* Exit statuses that are results rather than errors (design section 6). */
enum exit_status {
	EXIT_ALL = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_PARTIAL = 3,
	EXIT_REFUSED = 4,
	EXIT_CHANGED = 5,
	EXIT_EXPIRING = 6,
	EXIT_NO_REPO = 10,
	EXIT_INTEGRITY = 20,
	EXIT_INTERRUPTED = 130,
};

/* Of two exit statuses the one to report: the first of 130, 20, 1, 5, 4, 3. */
int exit_status_worse(int left, int right);

/* The store that --repo and the S3 options name, not looked at yet; none given
 * is ERR_USAGE. */
int context_open_store(
    struct context *context, struct store **out, struct err *err) MUST_CHECK;

/* Open the repository of --repo; none given is ERR_USAGE. */
int context_open_repo(
    struct context *context, struct repo **out, struct err *err) MUST_CHECK;

/* The settings of --s3-...: into context->s3. */
int context_gather_s3(struct context *context, struct err *err) MUST_CHECK;

/* What says how to reach Kafka, from everywhere; maybe without any broker. */
struct kafka_settings;
int context_gather_kafka(struct context *context,
    struct kafka_settings *settings, struct err *err) MUST_CHECK;

/* Make the cluster that the Kafka options describe; nobody is asked. */
int context_make_cluster(
    struct context *context, struct cluster **out, struct err *err) MUST_CHECK;

/* The same, and ask it who it is. */
int context_open_cluster(struct context *context, struct cluster **out,
    struct cluster_view *view, struct err *err) MUST_CHECK;

/* The selection that --group, --topic and their like make; lists borrowed from
 * the options. */
void context_selection(
    const struct context *context, struct selection *selection);

/* Exactly count arguments, or ERR_USAGE that says what is wanted. */
int context_need_arguments(const struct context *context, size_t min,
    size_t max, const char *what, struct err *err) MUST_CHECK;

#endif /* CLI_CONTEXT_H */
