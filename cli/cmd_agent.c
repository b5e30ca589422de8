/*
 * tidemark agent: captures on an interval, windows of them into the repository,
 * until it is asked to stop.
 */
#include <malloc.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "cli/agent_options.h"
#include "cli/agent_watch.h"
#include "cli/capture_choice.h"
#include "cli/commands.h"
#include "cli/configure.h"
#include "cli/context.h"
#include "cli/signals.h"
#include "common/timetext.h"
#include "restore/reach.h"
#include "restore/retention.h"
#include "snapshot/agent.h"

#define SECOND_MS INT64_C(1000)

/* What is silent so much longer than a capture may take is not alive. */
#define ALIVE_SLACK_MS (60 * SECOND_MS)
/* Not ready: no capture for so many intervals, and a capture's time. */
#define READY_INTERVALS INT64_C(3)
#define INTERVAL_UNKNOWN_MS (60 * SECOND_MS)

#define HURRIED_RETRY_MS (2 * SECOND_MS)
#define HURRIED_STALL_MS (5 * SECOND_MS)

#define STDOUT_WAIT_MS 1000

/* What is so large is given back to the system when it is free. */
#define LARGE_SIZE (256 << 10)

/* What a removal may take, and still may when the agent is to stop: windows
 * wait for it meanwhile. */
#define REMOVAL_MS (10 * SECOND_MS)
#define REMOVAL_GRACE_MS (2 * SECOND_MS)

/* From one configuration to the next. */
struct kept {
	struct windowshelf *windows; /* NULL: there is none yet */
	struct metrics metrics;
	struct env end_env;          /* of the end as a whole */
	struct env store_env;        /* of stores; its context is this */
	_Atomic int64_t removing_ms; /* since when, monotonic; 0: it does not */
};

struct running {
	struct kept *kept;
	struct context *context;
	bool is_unread; /* stdout takes no more lines */
	struct agent_watch watch;
	struct agent_options options;
};

/* --------------------------------------------------------------- callbacks */

/* For the metrics of groups; one that is assumed is better than none. */
static int
find_retention(struct running *running, struct cluster *cluster,
    const struct cluster_view *view, struct err *err)
{
	struct context *context = running->context;
	const struct reach reach = {
		.cluster = cluster,
		.view = view,
		.env = &context->env,
		.log = &context->log,
		.timeout_ms = options_number(&context->options, OPT_TIMEOUT),
	};
	struct retention retention = { 0 };

	if (!running->options.with_groups)
		return 0;
	if (retention_read(&reach, &retention, err) != 0)
		return -1;
	running->options.retention_ms = retention.ms;
	return 0;
}

static int
open_cluster(void *context, struct cluster **out, struct cluster_view *view,
    struct err *err)
{
	struct running *running = context;
	struct cluster *cluster = NULL;

	if (context_open_cluster(running->context, &cluster, view, err) != 0)
		return -1;
	if (find_retention(running, cluster, view, err) != 0) {
		cluster_free(cluster);
		cluster_view_release(view);
		return -1;
	}
	*out = cluster;
	return 0;
}

static int
open_repo(void *context, struct repo **out, struct err *err)
{
	struct running *running = context;

	return context_open_repo(running->context, out, err);
}

/* The agent's results, a line each; nobody else writes to stdout.  Who reads
 * them must not hold up what is stored next. */
static void
print_window(struct running *running, const struct snapshot_key *key)
{
	struct context *context = running->context;
	const bool was_unread = running->is_unread;
	char from[TIME_RFC3339_MAX], to[TIME_RFC3339_MAX];

	running->is_unread =
	    !output_is_ready(&context->out, was_unread ? 0 : STDOUT_WAIT_MS);
	if (running->is_unread) {
		if (!was_unread)
			log_warn(&context->log,
			    "stdout is full and nobody reads it: lines are "
			    "left out, the first is of window %s",
			    key->id);
		return;
	}
	output_json(&context->out,
	    json_pack("{s:s, s:s, s:s, s:s, s:b, s:I}", "id", key->id, "key",
		key->key, "from", time_format(key->from_ms, from), "to",
		time_format(key->to_ms, to), "complete", (int)key->complete,
		"size", (json_int_t)key->size));
	output_flush(&context->out);
}

static void
on_removing(void *context, bool begins)
{
	struct running *running = context;

	atomic_store(&running->kept->removing_ms,
	    begins ? env_monotonic_ms(&running->context->env) : 0);
}

static bool
end_interrupted(void *context)
{
	(void)context;
	return signals_overdue(SIGNALS_GRACE_MS);
}

static bool
store_interrupted(void *context)
{
	const struct kept *kept = context;
	const int64_t since_ms = atomic_load(&kept->removing_ms);

	if (since_ms == 0)
		return end_interrupted(NULL);
	return signals_overdue(REMOVAL_GRACE_MS) ||
	    env_monotonic_ms(&kept->store_env) - since_ms >= REMOVAL_MS;
}

static void
on_begun(void *context)
{
	struct running *running = context;

	agent_watch_begun(&running->watch);
}

static void
on_stored(
    void *context, const struct windowstore_result *result, bool is_complete)
{
	struct running *running = context;

	if (result->is_stored &&
	    options_flag(&running->context->options, OPT_JSON))
		print_window(running, &result->key);
	agent_watch_stored(&running->watch, result, is_complete);
}

static void
on_progress(void *context, const char *phase, size_t done, size_t total)
{
	struct running *running = context;

	(void)phase;
	(void)done;
	(void)total;
	agent_watch_beat(&running->watch, NULL);
}

static void
on_beat(void *context, const char *words)
{
	struct running *running = context;

	agent_watch_beat(&running->watch, words);
}

/* The same, for what captures wait for: without a long patience, and ended by
 * the operator at once. */
static struct context
hurried(const struct context *context)
{
	struct context copy = *context;
	int64_t *retry_ms = &copy.options.values[OPT_S3_RETRY].number;
	int64_t *stall_ms = &copy.options.values[OPT_S3_STALL].number;

	copy.store_env = NULL;
	if (*retry_ms > HURRIED_RETRY_MS)
		*retry_ms = HURRIED_RETRY_MS;
	if (*stall_ms > HURRIED_STALL_MS)
		*stall_ms = HURRIED_STALL_MS;
	return copy;
}

static void
load(void *context, const struct sampler_identity *identity,
    struct capture_before *out)
{
	struct running *running = context;
	struct context copy = hurried(running->context);
	struct repo *repo = NULL;
	struct err err = { 0 };

	if (context_open_repo(&copy, &repo, &err) != 0 ||
	    capture_choice_before(&copy, repo, identity, out, &err) != 0)
		log_warn(&running->context->log,
		    "the first capture is compared with none: %s", err.message);
	repo_free(repo);
}

/* A repository that is not there, or may not be used, is told at once; one that
 * is away may come back, and who stops the agent has not asked: then away tells
 * why, or nothing. */
static int
check_repo(const struct context *context, struct err *away, struct err *err)
{
	struct context copy = hurried(context);
	struct repo *repo = NULL;
	struct err why = { 0 };
	int result = 0;

	if (context_open_repo(&copy, &repo, &why) != 0) {
		if (why.kind == ERR_UNAVAILABLE) {
			*away = why;
		} else if (why.kind != ERR_INTERRUPTED) {
			*err = why;
			result = -1;
		}
	}
	repo_free(repo);
	return result;
}

/* What the cluster is not needed for. */
static int
check_capture(struct running *running, struct err *err)
{
	const struct cluster_view view = { .may_describe = true };
	struct cluster *cluster = NULL;
	enum scope scope;

	if (capture_scope(
		&view, &running->options.sampler.capture, &scope, err) != 0 ||
	    context_make_cluster(running->context, &cluster, err) != 0)
		return -1;
	cluster_free(cluster);
	return 0;
}

/* Would the agent begin with this, instead of what runs? */
static int
try_out(const struct running *running, struct context *context, struct err *err)
{
	struct running trial = { .context = context };
	struct err away = { 0 };

	if (agent_options_gather(context, &trial.options, err) != 0 ||
	    check_capture(&trial, err) != 0 ||
	    check_repo(context, &away, err) != 0)
		return -1;
	return agent_watch_check(&running->watch, context, err);
}

/* Is the configuration right, before what runs is ended for it? */
static bool
may_reload(const struct running *running)
{
	struct context context;
	struct err err = { 0 };
	int rc;

	rc = configure_try(running->context, CMD_AGENT, &context, &err);
	if (rc == 0)
		rc = try_out(running, &context, &err);
	configure_drop_trial(&context);
	if (rc != 0)
		log_warn(&running->context->log,
		    "the configuration is not taken, all goes on as before: %s",
		    err.message);
	return rc == 0;
}

static enum agent_wish
wish(void *context)
{
	struct running *running = context;

	if (signals_interrupted(NULL)) {
		agent_watch_stopping(&running->watch);
		return AGENT_STOP;
	}
	if (signals_take_flush())
		return AGENT_FLUSH;
	if (!signals_take_reload())
		return AGENT_GO_ON;
	agent_watch_reloading(&running->watch);
	if (may_reload(running))
		return AGENT_RELOAD;
	agent_watch_ready(&running->watch);
	return AGENT_GO_ON;
}

/* -------------------------------------------------------------------- run */

static void
connect_callbacks(struct running *running)
{
	struct agent_options *options = &running->options;

	options->sampler.open_cluster = open_cluster;
	options->sampler.context = running;
	options->sampler.capture.progress = on_progress;
	options->sampler.capture.progress_context = running;
	options->store = (struct windowstore_options){
		.env = &running->kept->end_env,
		.log = &running->context->log,
		.open = open_repo,
		.removing = on_removing,
		.begun = on_begun,
		.told = on_stored,
		.context = running,
	};
	options->board = running->watch.board;
	options->load = load;
	options->wish = wish;
	options->beat = on_beat;
	options->context = running;
}

/*
 * The thread that stores cannot be ended, and all that it uses is in the way
 * of an orderly end.  What is stored is durable.
 */
static NORETURN void
end_at_once(const struct context *context, int rc, const struct err *err)
{
	if (rc != 0) {
		log_error(&context->log, "%s", err->message);
		_exit(err_exit_status(err));
	}
	log_warn(&context->log,
	    "all is stored; who is told of it (stdout, --ping-url) does not "
	    "take it");
	_exit(EXIT_ALL);
}

/* What is needed besides the cluster. */
static int
begin(struct running *running, struct err *err)
{
	struct context *context = running->context;
	const struct sampler_options *sampler = &running->options.sampler;
	const int64_t timeout_ms = sampler->capture.timeout_ms;
	const int64_t interval_ms = sampler->interval_ms > 0
	    ? sampler->interval_ms
	    : INTERVAL_UNKNOWN_MS;
	struct err away = { 0 };

	if (check_repo(context, &away, err) != 0)
		return -1;
	if (away.kind != ERR_NONE)
		log_warn(&context->log,
		    "the repository is away; captures are kept in memory until "
		    "it is back: %s",
		    away.message);
	return agent_watch_begin(context, timeout_ms + ALIVE_SLACK_MS,
	    READY_INTERVALS * interval_ms + timeout_ms, &running->watch, err);
}

/* What was not stored before a configuration that fails after all. */
static void
tell_lost(const struct context *context, const struct windowshelf *windows)
{
	const struct windowshelf_state state = windowshelf_state(windows);
	char since[TIME_RFC3339_MAX];

	if (state.capture_count > 0)
		log_warn(&context->log,
		    "%zu captures from %s on could not be stored",
		    state.capture_count,
		    time_format(state.oldest_from_ms, since));
}

/* From options to the end of the loop, which may be for new options. */
static int
run_once(
    struct context *context, struct kept *kept, bool *reloads, struct err *err)
{
	struct running running = { .context = context, .kept = kept };
	enum agent_end end = AGENT_ENDED;
	int rc = -1;

	*reloads = false;
	if (agent_options_gather(context, &running.options, err) != 0)
		return -1;
	if (kept->windows == NULL)
		kept->windows = windowshelf_new(&running.options.shelf);
	running.options.windows = kept->windows;
	running.options.metrics = &kept->metrics;
	if (begin(&running, err) != 0) {
		tell_lost(context, kept->windows);
	} else {
		connect_callbacks(&running);
		agent_watch_ready(&running.watch);
		rc = agent_run(&running.options, &end, err);
		if (end == AGENT_HANGS)
			end_at_once(context, rc, err);
		*reloads = end == AGENT_RELOADS;
	}
	agent_watch_end(&running.watch);
	return rc;
}

/* What was tried before is tried again: the file may be another since. */
static void
read_again(struct context *context)
{
	struct err err = { 0 };

	if (configure_again(context, CMD_AGENT, &err) == 0)
		log_info(&context->log, "the configuration is read again");
	else
		log_warn(&context->log,
		    "the configuration is not taken, all goes on as before: %s",
		    err.message);
}

/* librdkafka has a dozen threads, and glibc would give each of them memory of
 * its own to keep; next to none of them is busy.  And what is large and passes,
 * as the first scan and each archive, goes back to the system. */
static void
share_memory(void)
{
#ifdef M_ARENA_MAX
	/* NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet */
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_SIZE);
	(void)mallopt(M_TRIM_THRESHOLD, LARGE_SIZE);
	/* NOLINTEND(concurrency-mt-unsafe) */
#endif
}

int
cmd_agent(struct context *context, struct err *err)
{
	struct kept kept = { .end_env = context->env,
		.store_env = context->env };
	bool reloads;
	int rc;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0)
		return -1;
	share_memory();
	signals_install_agent();
	kept.end_env.interrupted = end_interrupted;
	kept.store_env.interrupted = store_interrupted;
	kept.store_env.context = &kept;
	context->store_env = &kept.store_env;
	metrics_init(&kept.metrics);
	rc = run_once(context, &kept, &reloads, err);
	while (rc == 0 && reloads) {
		read_again(context);
		rc = run_once(context, &kept, &reloads, err);
	}
	windowshelf_free(kept.windows);
	metrics_release(&kept.metrics);
	context->store_env = NULL;
	/* Stopped before anything was captured, it has lost nothing. */
	if (rc != 0 && err->kind == ERR_INTERRUPTED)
		rc = 0;
	return rc == 0 ? EXIT_ALL : -1;
}
