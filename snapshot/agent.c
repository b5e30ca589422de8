#include "snapshot/agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/duration.h"
#include "common/env.h"
#include "common/log.h"
#include "common/timetext.h"
#include "snapshot/board.h"

/* How long the loop sleeps at once. */
#define SLICE_MS 50

/* A capture that begins so much behind its time is late. */
#define LATE_PART 10
#define LATE_MIN_MS 100

/* Between two tries to store. */
#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS 30000

/* A trouble that lasts is told so often. */
#define TROUBLE_MS 60000

/* A repository that does not answer for so long is away. */
#define SILENT_MS 60000

/* What is interrupted ends within this. */
#define UNWIND_MS 1000

#define WORDS_MAX 256

/* Something that fails again and again. */
struct trouble {
	const char *what, *over; /* in words, and that it has ended */
	bool lasts;
	int64_t since_ms; /* monotonic */
	int64_t told_ms;
	unsigned int count;
	struct err err; /* the last */
};

struct agent {
	const struct agent_options *options;
	const struct env *env;
	const struct log *log;
	struct sampler *sampler;
	struct windowshelf *shelf;
	struct windowstore *store;
	struct windowshelf_version version; /* lent to the store */
	struct metrics *metrics;
	struct trouble cluster, repository;
	bool flushes;
	bool reloads;
	bool is_prepared;
	bool has_captured;
	size_t absent_count; /* of groups given by name, as it was told */
	int64_t due_ms;      /* of the next capture, monotonic */
	int64_t retry_ms;    /* before that nothing is stored, monotonic */
	int64_t retry_cap_ms;
	int64_t given_ms;  /* when the store was given a window, monotonic */
	int64_t silent_ms; /* when to tell that it does not answer */
	int64_t end_ms;    /* all has to be stored by then, monotonic */
};

/* ---------------------------------------------------------------- trouble */

static void
trouble_add(struct agent *agent, struct trouble *trouble, const struct err *err)
{
	const int64_t now_ms = env_monotonic_ms(agent->env);
	char text[TIME_RFC3339_MAX];

	if (!trouble->lasts)
		*trouble = (struct trouble){
			.what = trouble->what,
			.over = trouble->over,
			.lasts = true,
			.since_ms = now_ms,
		};
	trouble->count++;
	trouble->err = *err;
	if (trouble->count > 1 && now_ms - trouble->told_ms < TROUBLE_MS)
		return;
	trouble->told_ms = now_ms;
	if (trouble->count == 1)
		log_warn(agent->log, "%s: %s", trouble->what, err->message);
	else
		log_warn(agent->log, "%s, for %s: %s", trouble->what,
		    duration_format(now_ms - trouble->since_ms, text),
		    err->message);
}

static void
trouble_end(struct agent *agent, struct trouble *trouble)
{
	const int64_t now_ms = env_monotonic_ms(agent->env);
	char text[TIME_RFC3339_MAX];

	if (trouble->lasts)
		log_info(agent->log, "%s, after %s", trouble->over,
		    duration_format(now_ms - trouble->since_ms, text));
	trouble->lasts = false;
}

/* ---------------------------------------------------------------- telling */

static void
publish(struct agent *agent)
{
	const struct windowshelf_state state = windowshelf_state(agent->shelf);
	struct metrics *metrics = agent->metrics;

	metrics_set(metrics, METRICS_KEPT_BYTES, (int64_t)state.size);
	metrics_set(
	    metrics, METRICS_KEPT_CAPTURES, (int64_t)state.capture_count);
	board_publish(agent->options->board, metrics);
}

static void
beat(struct agent *agent)
{
	const struct windowshelf_state state = windowshelf_state(agent->shelf);
	char words[WORDS_MAX];

	(void)snprintf(words, sizeof(words),
	    "%s; %" PRId64 " captures, %" PRId64
	    " failed; %zu not stored yet%s%s",
	    agent->has_captured ? sampler_source(agent->sampler) : "beginning",
	    agent->metrics->values[METRICS_CAPTURES],
	    agent->metrics->values[METRICS_FAILED_CAPTURES],
	    state.capture_count,
	    agent->cluster.lasts ? "; the cluster does not answer" : "",
	    agent->repository.lasts ? "; the repository is away" : "");
	board_beat(agent->options->board);
	agent->options->beat(agent->options->context, words);
}

static void
count_groups(struct agent *agent, const struct snapshot *capture)
{
	const struct agent_options *options = agent->options;
	const struct ledger *ledger = sampler_ledger(agent->sampler);

	if (!options->with_groups)
		return;
	metrics_take_groups(agent->metrics, capture);
	if (ledger != NULL && options->retention_ms > 0)
		metrics_take_expiry(
		    agent->metrics, ledger, options->retention_ms);
}

/* The snapshot's time stays that of what is stored. */
static void
count_capture(struct agent *agent, const struct snapshot *capture,
    const struct sampler_report *report)
{
	struct metrics *metrics = agent->metrics;
	const bool is_known = metrics->known[METRICS_SNAPSHOT_TIME];
	const int64_t stored_ms = metrics->values[METRICS_SNAPSHOT_TIME];

	metrics_take_snapshot(metrics, capture);
	metrics->known[METRICS_SNAPSHOT_TIME] = is_known;
	metrics->values[METRICS_SNAPSHOT_TIME] = stored_ms;
	count_groups(agent, capture);
	metrics_add(metrics, METRICS_CAPTURES, 1);
	metrics_set(
	    metrics, METRICS_CAPTURE_DURATION, report->capture.duration_ms);
	metrics_set(
	    metrics, METRICS_INTERVAL, sampler_interval_ms(agent->sampler));
	metrics_set(metrics, METRICS_FOLLOWS,
	    strcmp(sampler_source(agent->sampler), "follow") == 0);
	if (report->check.was_made)
		metrics_set(metrics, METRICS_DIFFERING,
		    (int64_t)report->check.differing_count);
}

/* ---------------------------------------------------------------- storing */

static void
note_repository(struct agent *agent, const struct err *why)
{
	metrics_add(agent->metrics, METRICS_REPOSITORY_ERRORS, 1);
	metrics_run_ended(
	    agent->metrics, env_now_ms(agent->env), err_exit_status(why));
}

static void
take_result(struct agent *agent, const struct windowstore_result *result)
{
	struct windowshelf_version *version = &agent->version;
	const struct env *env = agent->env;
	struct metrics *metrics = agent->metrics;

	board_stored(agent->options->board, result->is_stored);
	if (result->may_not_remove) {
		log_warn(agent->log,
		    "this user may not delete from the repository (%s): each "
		    "window is stored once, at its end",
		    result->removal_err.message);
		windowshelf_set_removal(agent->shelf, false);
	} else if (result->has_leftover) {
		log_warn(agent->log, "a smaller version of a window stays: %s",
		    result->removal_err.message);
	}
	if (!result->is_stored) {
		note_repository(agent, &result->err);
		trouble_add(agent, &agent->repository, &result->err);
		agent->retry_ms = env_monotonic_ms(env) +
		    env_backoff_ms(env, agent->repository.count - 1,
			RETRY_BASE_MS, agent->retry_cap_ms);
		windowshelf_failed(agent->shelf);
		return;
	}
	trouble_end(agent, &agent->repository);
	log_info(agent->log, "window %s: %zu capture%s stored (%llu bytes)",
	    result->key.id, version->capture_count,
	    version->capture_count == 1 ? "" : "s",
	    (unsigned long long)result->key.size);
	metrics_set(metrics, METRICS_SNAPSHOT_TIME, result->key.to_ms);
	metrics_add(metrics, METRICS_WRITTEN_BYTES, (int64_t)result->key.size);
	metrics_run_ended(
	    metrics, env_now_ms(env), result->key.complete ? 0 : 3);
	windowshelf_stored(
	    agent->shelf, version, result->key.key, env_now_ms(env));
}

/* Keep memory below its limit.  A window that grows too large ends, if it can
 * be stored; while the repository is away captures are given up. */
static void
fit(struct agent *agent)
{
	size_t lost;

	if (windowshelf_state(agent->shelf).size <=
	    agent->options->shelf.size_limit)
		return;
	if (!agent->repository.lasts) {
		log_info(agent->log, "a window ends: memory is full");
		windowshelf_close(agent->shelf);
		return;
	}
	lost = windowshelf_fit(agent->shelf);
	if (lost == 0)
		return;
	metrics_add(agent->metrics, METRICS_THINNED_CAPTURES, (int64_t)lost);
	log_warn(agent->log,
	    "memory is full: %zu captures that are not stored are given up, "
	    "every second one",
	    lost);
}

/* It gives neither success nor failure back, which may be nobody's but its
 * own: a file system that hangs. */
static void
note_silence(struct agent *agent)
{
	const int64_t now_ms = env_monotonic_ms(agent->env);
	struct err err = { 0 };
	char text[DURATION_TEXT_MAX];

	if (!windowstore_is_busy(agent->store) || now_ms < agent->silent_ms)
		return;
	agent->silent_ms = now_ms + TROUBLE_MS;
	(void)err_set(&err, ERR_UNAVAILABLE,
	    "it has been storing one window for %s without an end",
	    duration_format(now_ms - agent->given_ms, text));
	board_stored(agent->options->board, false);
	note_repository(agent, &err);
	trouble_add(agent, &agent->repository, &err);
	publish(agent);
}

static void
give_window(struct agent *agent)
{
	struct windowshelf_version *version = &agent->version;

	agent->given_ms = env_monotonic_ms(agent->env);
	agent->silent_ms = agent->given_ms + SILENT_MS;
	windowstore_put(
	    agent->store, &version->info, &version->archive, version->smaller);
}

/* Fetch what came of the last window, and give the next. */
static int
store_windows(struct agent *agent, struct err *err)
{
	struct windowshelf_version *version = &agent->version;
	struct windowstore_result result;
	bool is_due;

	if (windowstore_fetch(agent->store, &result)) {
		take_result(agent, &result);
		publish(agent);
	}
	note_silence(agent);
	if (windowstore_is_busy(agent->store) ||
	    env_monotonic_ms(agent->env) < agent->retry_ms)
		return 0;
	if (windowshelf_next(agent->shelf, env_now_ms(agent->env),
		agent->flushes, &is_due, version, err) != 0)
		return -1;
	if (is_due)
		give_window(agent);
	else
		agent->flushes = false;
	return 0;
}

/* -------------------------------------------------------------- capturing */

static void
add_capture(struct agent *agent, struct snapshot *capture)
{
	const char *reason;

	windowshelf_add(agent->shelf, capture, &reason);
	if (reason != NULL)
		log_info(agent->log, "a new window: %s", reason);
	if (!capture->info.complete)
		log_info(agent->log, "capture with %zu hole%s",
		    capture->hole_count, capture->hole_count == 1 ? "" : "s");
}

/* Does it make no sense to try again?  Who had the right once, also with an
 * earlier configuration, may have it again. */
static bool
is_fatal(const struct agent *agent, const struct err *err)
{
	return err->kind == ERR_USAGE || err->kind == ERR_CHANGED ||
	    err->kind == ERR_UNSUPPORTED ||
	    (err->kind == ERR_DENIED &&
		agent->metrics->values[METRICS_CAPTURES] == 0);
}

/* Alerts are on the age of what is stored: it is known before this agent has
 * stored anything. */
static void
count_before(struct agent *agent, const struct snapshot_info *previous)
{
	struct metrics *metrics = agent->metrics;

	if (previous->id[0] == '\0' || metrics->known[METRICS_SNAPSHOT_TIME])
		return;
	metrics_set(metrics, METRICS_SNAPSHOT_TIME, previous->to_ms);
	if (previous->complete && !metrics->known[METRICS_LAST_SUCCESS])
		metrics_set(metrics, METRICS_LAST_SUCCESS, previous->to_ms);
}

/* Once, as soon as the cluster can be asked. */
static int
prepare(struct agent *agent, struct err *err)
{
	const struct agent_options *options = agent->options;
	struct sampler_identity identity;
	struct capture_before before = { 0 };

	if (agent->is_prepared)
		return 0;
	if (sampler_prepare(agent->sampler, &identity, err) != 0)
		return -1;
	options->load(options->context, &identity, &before);
	count_before(agent, &before.previous.info);
	sampler_set_before(agent->sampler, &before);
	agent->is_prepared = true;
	return 0;
}

static void
note_failure(struct agent *agent, const struct err *why)
{
	metrics_add(agent->metrics, METRICS_FAILED_CAPTURES, 1);
	metrics_run_ended(
	    agent->metrics, env_now_ms(agent->env), err_exit_status(why));
	board_captured(agent->options->board, false);
	trouble_add(agent, &agent->cluster, why);
}

/* Once, and not again with every capture. */
static void
tell_absent(struct agent *agent, size_t count)
{
	if (count > agent->absent_count)
		log_warn(agent->log,
		    "%zu of the groups given by name have no position and may "
		    "not exist",
		    count);
	else if (count < agent->absent_count)
		log_info(agent->log,
		    "%zu of the groups given by name have no position yet",
		    count);
	agent->absent_count = count;
}

static void
take_in(struct agent *agent, struct snapshot *capture,
    const struct sampler_report *report)
{
	agent->has_captured = true;
	trouble_end(agent, &agent->cluster);
	add_capture(agent, capture);
	count_capture(agent, capture, report);
	tell_absent(agent, report->capture.absent_count);
	board_captured(agent->options->board, true);
	fit(agent);
}

static int
take_capture(struct agent *agent, struct err *err)
{
	const bool begins =
	    windowshelf_begins_at(agent->shelf, env_now_ms(agent->env));
	struct sampler_report report = { 0 };
	struct snapshot *capture;
	struct err why = { 0 };

	if (prepare(agent, &why) == 0 &&
	    sampler_run(agent->sampler, begins, &capture, &report, &why) == 0)
		take_in(agent, capture, &report);
	sampler_report_release(&report);
	if (why.kind != ERR_NONE && why.kind != ERR_INTERRUPTED)
		note_failure(agent, &why);
	publish(agent);
	if (!is_fatal(agent, &why))
		return 0;
	*err = why;
	return -1;
}

/* ---------------------------------------------------------------- the loop */

/* One that begins late puts off those after it. */
static void
note_lateness(struct agent *agent)
{
	const int64_t late_ms = env_monotonic_ms(agent->env) - agent->due_ms;
	int64_t allowed_ms = sampler_interval_ms(agent->sampler) / LATE_PART;

	if (allowed_ms < LATE_MIN_MS)
		allowed_ms = LATE_MIN_MS;
	if (late_ms <= allowed_ms)
		return;
	agent->due_ms += late_ms;
	metrics_add(agent->metrics, METRICS_LATE_CAPTURES, 1);
	log_debug(
	    agent->log, "a capture begins %lld ms late", (long long)late_ms);
}

/* What the operator wants; true: the loop ends. */
static bool
heed(struct agent *agent)
{
	switch (agent->options->wish(agent->options->context)) {
	case AGENT_STOP:
		agent->reloads = false;
		return true;
	case AGENT_FLUSH:
		agent->flushes = true;
		agent->retry_ms = 0;
		break;
	case AGENT_RELOAD:
		agent->reloads = true;
		agent->retry_ms = 0;
		windowshelf_close(agent->shelf);
		break;
	case AGENT_GO_ON:
	default:
		break;
	}
	return agent->reloads && windowstore_is_idle(agent->store) &&
	    (agent->repository.lasts ||
		windowshelf_state(agent->shelf).closed_count == 0);
}

static int
loop(struct agent *agent, struct err *err)
{
	agent->due_ms = env_monotonic_ms(agent->env);
	while (!heed(agent)) {
		if (env_monotonic_ms(agent->env) >= agent->due_ms) {
			note_lateness(agent);
			if (take_capture(agent, err) != 0)
				return -1;
			agent->due_ms += sampler_interval_ms(agent->sampler);
		}
		beat(agent);
		if (store_windows(agent, err) != 0)
			return -1;
		env_sleep_ms(agent->env, SLICE_MS);
	}
	return 0;
}

static int
fail_unstored(
    struct agent *agent, const struct windowshelf_state *state, struct err *err)
{
	char since[TIME_RFC3339_MAX], text[DURATION_TEXT_MAX];
	const int64_t now_ms = env_monotonic_ms(agent->env);

	(void)err_set(err, ERR_UNAVAILABLE, "%s",
	    agent->repository.lasts ? agent->repository.err.message
				    : "the repository did not answer in time");
	if (!agent->repository.lasts && windowstore_is_busy(agent->store))
		(void)err_set(err, ERR_UNAVAILABLE,
		    "the repository did not answer within %s",
		    duration_format(now_ms - agent->given_ms, text));
	return err_wrap(err, "%zu capture%s from %s on could not be stored",
	    state->capture_count, state->capture_count == 1 ? "" : "s",
	    time_format(state->oldest_from_ms, since));
}

/* Store what there is.  The store's own environment is not interrupted by what
 * ended the loop, but when the time for this is over. */
static int
finish(struct agent *agent, struct err *err)
{
	const struct env *env = agent->options->store.env;
	struct windowshelf_state state;

	windowshelf_close(agent->shelf);
	agent->retry_ms = 0;
	agent->retry_cap_ms = RETRY_BASE_MS;
	for (;;) {
		if (store_windows(agent, err) != 0)
			return -1;
		state = windowshelf_state(agent->shelf);
		if (state.capture_count == 0)
			return 0;
		if (env_interrupted(env) ||
		    env_monotonic_ms(env) >= agent->end_ms)
			return fail_unstored(agent, &state, err);
		beat(agent);
		env_sleep_ms(env, SLICE_MS);
	}
}

/* What the store's thread has to do besides storing gets what time is left. */
static bool
stop_store(struct agent *agent)
{
	const struct env *env = agent->options->store.env;
	const int64_t left_ms = agent->end_ms - env_monotonic_ms(env);

	return windowstore_stop(
	    agent->store, (left_ms > 0 ? left_ms : 0) + UNWIND_MS);
}

static void
release(struct agent *agent)
{
	buf_release(&agent->version.archive);
	sampler_free(agent->sampler);
}

/* The loop, and storing what is left; the store is running. */
static int
run(struct agent *agent, struct err *err)
{
	const struct agent_options *options = agent->options;
	struct err late = { 0 };
	int rc = loop(agent, err);

	agent->end_ms = env_monotonic_ms(options->store.env);
	if (rc == 0 && agent->reloads)
		return 0;
	agent->end_ms += options->stop_ms;
	if (finish(agent, rc == 0 ? err : &late) == 0)
		return rc;
	if (rc != 0)
		log_warn(agent->log, "%s", late.message);
	return -1;
}

int
agent_run(
    const struct agent_options *options, enum agent_end *end, struct err *err)
{
	struct agent agent = {
		.options = options,
		.env = options->sampler.env,
		.log = options->sampler.log,
		.shelf = options->windows,
		.metrics = options->metrics,
		.cluster = { .what = "no capture", .over = "captures again" },
		.repository = { .what = "the repository takes nothing",
		    .over = "the repository takes windows again" },
		.retry_cap_ms = RETRY_CAP_MS,
	};
	int rc = -1;

	agent.sampler = sampler_new(&options->sampler);
	windowshelf_configure(options->windows, &options->shelf);
	if (windowstore_start(&options->store, &agent.store, err) == 0)
		rc = run(&agent, err);
	*end = agent.reloads ? AGENT_RELOADS : AGENT_ENDED;
	if (stop_store(&agent))
		release(&agent);
	else
		*end = AGENT_HANGS;
	return rc;
}
