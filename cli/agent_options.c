#include "cli/agent_options.h"

#include <string.h>

#include "cli/capture_choice.h"
#include "cli/context.h"
#include "cli/signals.h"
#include "snapshot/agent.h"
#include "snapshot/listener.h"
#include "snapshot/selector.h"

#define SECOND_MS INT64_C(1000)
#define INTERVAL_MIN_MS SECOND_MS
#define FLUSH_MIN_MS SECOND_MS
#define WINDOW_MIN_MS (10 * SECOND_MS)
#define WINDOW_MAX_MS (86400 * SECOND_MS)

static int
parse_source(struct context *context, enum sampler_wish *out, struct err *err)
{
	/* The last two are what snapshot calls the same. */
	static const char *const words[] = { "auto", "follow", "poll",
		"offsets-topic", "api" };
	static const enum sampler_wish wishes[] = { SAMPLER_AUTO,
		SAMPLER_FOLLOW, SAMPLER_POLL, SAMPLER_FOLLOW, SAMPLER_POLL };
	size_t chosen;

	if (options_choice(&context->options, OPT_SOURCE, words,
		sizeof(words) / sizeof(*words), &chosen, err) != 0)
		return -1;
	*out = wishes[chosen];
	return 0;
}

static int
check_times(const struct options *given, const struct agent_options *options,
    struct err *err)
{
	const int64_t interval_ms = options->sampler.interval_ms;
	const int64_t window_ms = options->shelf.window_ms;

	if (options_is_set(given, OPT_INTERVAL) &&
	    interval_ms < INTERVAL_MIN_MS)
		return err_set(err, ERR_USAGE, "--interval is 1s or longer");
	if (options->shelf.flush_ms < FLUSH_MIN_MS)
		return err_set(err, ERR_USAGE, "--flush is 1s or longer");
	if (window_ms < WINDOW_MIN_MS || window_ms > WINDOW_MAX_MS)
		return err_set(err, ERR_USAGE, "--window is from 10s to 24h");
	if (interval_ms > window_ms)
		return err_set(
		    err, ERR_USAGE, "--interval is longer than --window");
	return 0;
}

/* All but the source. */
static int
gather(struct context *context, struct agent_options *options, struct err *err)
{
	const struct options *given = &context->options;

	memset(options, 0, sizeof(*options));
	if (capture_choice_options(context, &options->sampler.capture, err) !=
	    0)
		return -1;
	options->sampler.interval_ms = options_is_set(given, OPT_INTERVAL)
	    ? options_number(given, OPT_INTERVAL)
	    : 0;
	options->sampler.group_rate =
	    (size_t)options_number(given, OPT_MAX_REQUESTS);
	options->sampler.env = &context->env;
	options->sampler.log = &context->log;
	options->shelf.window_ms = options_number(given, OPT_WINDOW_LENGTH);
	options->shelf.flush_ms = options_number(given, OPT_FLUSH);
	options->shelf.size_limit =
	    (size_t)options_number(given, OPT_MEMORY_LIMIT) << 20;
	options->with_groups = options_flag(given, OPT_METRICS_GROUPS);
	options->stop_ms = SIGNALS_GRACE_MS;
	return check_times(given, options, err);
}

int
agent_options_gather(
    struct context *context, struct agent_options *options, struct err *err)
{
	if (gather(context, options, err) != 0)
		return -1;
	return parse_source(context, &options->sampler.wish, err);
}

int
agent_options_check(struct context *context, struct err *err)
{
	const char *where = options_text(&context->options, OPT_METRICS);
	struct agent_options options;
	struct selector *selector;

	if (gather(context, &options, err) != 0 ||
	    selector_new(&options.sampler.capture.selection, &selector, err) !=
		0)
		return -1;
	selector_free(selector);
	if (where != NULL && listener_check(where, err) != 0)
		return err_wrap(err, "--metrics");
	return 0;
}
