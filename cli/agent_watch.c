#include "cli/agent_watch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/configure.h"
#include "cli/context.h"
#include "common/notify.h"
#include "snapshot/board.h"
#include "snapshot/listener.h"
#include "snapshot/metricserver.h"
#include "snapshot/ping.h"
#include "snapshot/windowstore.h"

/* New words are told so often, and success is pinged so often, at most. */
#define WORDS_MS 10000
#define PING_MS 20000

static int
begin_server(struct agent_watch *watch, struct err *err)
{
	struct context *context = watch->context;
	const char *where = options_text(&context->options, OPT_METRICS);

	if (where == NULL)
		return 0;
	if (metricserver_start(where, watch->board, &watch->server, err) != 0)
		return err_wrap(err, "--metrics");
	log_info(&context->log, "metrics at http://%s/metrics",
	    metricserver_address(watch->server));
	return 0;
}

static int
begin_ping(struct agent_watch *watch, struct err *err)
{
	struct context *context = watch->context;
	const char *url = options_text(&context->options, OPT_PING_URL);

	return url == NULL ? 0
			   : ping_new(url, &context->env, &watch->ping, err);
}

int
agent_watch_begin(struct context *context, int64_t alive_ms, int64_t ready_ms,
    struct agent_watch *watch, struct err *err)
{
	*watch = (struct agent_watch){ .context = context };
	if (metrics_labels_init(context, &watch->labels, err) != 0)
		return -1;
	watch->board = board_new(&(struct board_options){
	    .env = &context->env,
	    .labels = watch->labels.labels,
	    .label_count = watch->labels.count,
	    .alive_ms = alive_ms,
	    .ready_ms = ready_ms,
	});
	if (notify_new(configure_lookup, NULL, &watch->notify, err) != 0 ||
	    begin_server(watch, err) != 0)
		return -1;
	return begin_ping(watch, err);
}

/* The port, when it is not the one that this agent has. */
static int
check_server(
    const struct agent_watch *watch, const char *where, struct err *err)
{
	const char *now = options_text(&watch->context->options, OPT_METRICS);
	const char *port = where != NULL ? strrchr(where, ':') : NULL;
	const char *port_now = now != NULL ? strrchr(now, ':') : NULL;
	char shown[LISTENER_SHOWN_MAX];
	int fd;

	if (where == NULL ||
	    (port != NULL && port_now != NULL && strcmp(port, port_now) == 0))
		return 0;
	if (listener_open(where, &fd, shown, err) != 0)
		return err_wrap(err, "--metrics");
	(void)close(fd);
	return 0;
}

int
agent_watch_check(
    const struct agent_watch *watch, struct context *other, struct err *err)
{
	const char *url = options_text(&other->options, OPT_PING_URL);
	struct metrics_labels labels = { 0 };
	struct ping *ping = NULL;
	int result = metrics_labels_init(other, &labels, err);

	metrics_labels_release(&labels);
	if (result == 0 && url != NULL)
		result = ping_new(url, &other->env, &ping, err);
	ping_free(ping);
	if (result != 0)
		return -1;
	return check_server(
	    watch, options_text(&other->options, OPT_METRICS), err);
}

static void
note(struct agent_watch *watch, int rc, const struct err *err)
{
	if (rc != 0)
		log_warn(&watch->context->log,
		    "cannot tell the service manager: %s", err->message);
}

void
agent_watch_ready(struct agent_watch *watch)
{
	struct err err = { 0 };

	note(watch, notify_ready(watch->notify, &err), &err);
}

void
agent_watch_reloading(struct agent_watch *watch)
{
	struct err err = { 0 };

	note(watch, notify_reloading(watch->notify, &err), &err);
}

void
agent_watch_stopping(struct agent_watch *watch)
{
	struct err err = { 0 };

	note(watch, notify_stopping(watch->notify, &err), &err);
}

static void
tell_watchdog(struct agent_watch *watch, int64_t now_ms)
{
	const int64_t every_ms = notify_watchdog_ms(watch->notify);
	struct err err = { 0 };

	if (every_ms == 0 || now_ms < watch->watchdog_ms)
		return;
	watch->watchdog_ms = now_ms + every_ms;
	note(watch, notify_watchdog(watch->notify, &err), &err);
}

void
agent_watch_beat(struct agent_watch *watch, const char *words)
{
	const int64_t now_ms = env_monotonic_ms(&watch->context->env);
	struct err err = { 0 };

	board_beat(watch->board);
	tell_watchdog(watch, now_ms);
	if (words == NULL || strcmp(words, watch->told) == 0 ||
	    (watch->told[0] != '\0' && now_ms - watch->told_ms < WORDS_MS))
		return;
	watch->told_ms = now_ms;
	(void)snprintf(watch->told, sizeof(watch->told), "%s", words);
	note(watch, notify_status(watch->notify, watch->told, &err), &err);
}

static void
send_ping(struct agent_watch *watch, enum ping_event event, struct bytes words)
{
	struct err err = { 0 };

	if (ping_send(watch->ping, event, words, &err) != 0)
		log_warn(&watch->context->log, "cannot ping %s", err.message);
}

void
agent_watch_begun(struct agent_watch *watch)
{
	if (watch->ping != NULL)
		send_ping(watch, PING_START, bytes_of(""));
}

void
agent_watch_stored(struct agent_watch *watch,
    const struct windowstore_result *result, bool is_complete)
{
	const bool is_success = result->is_stored && is_complete;
	const struct env *env = watch->context->store_env;
	const int64_t now_ms = env_monotonic_ms(env);
	struct buf words = { 0 };

	if (watch->ping == NULL ||
	    (is_success && watch->pinged_success &&
		now_ms - watch->pinged_ms < PING_MS))
		return;
	watch->pinged_ms = now_ms;
	watch->pinged_success = is_success;
	if (!is_success)
		buf_add_format(&words, "tidemark agent: %s\n",
		    result->is_stored ? "the last capture is partial"
				      : result->err.message);
	send_ping(
	    watch, is_success ? PING_SUCCESS : PING_FAIL, buf_bytes(&words));
	buf_release(&words);
}

void
agent_watch_end(struct agent_watch *watch)
{
	metricserver_stop(watch->server);
	board_free(watch->board);
	ping_free(watch->ping);
	notify_free(watch->notify);
	metrics_labels_release(&watch->labels);
}
