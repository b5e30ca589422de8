/* Those who watch from outside: see monitor.h. */
#include "cli/monitor.h"

#include "cli/context.h"
#include "snapshot/ping.h"

static void
write_file(struct monitor *monitor)
{
	struct context *context = monitor->context;
	const char *path = options_text(&context->options, OPT_METRICS_FILE);
	struct err err = { 0 };

	if (path == NULL)
		return;
	if (metrics_file_update(path, &monitor->found, &monitor->labels,
		&context->env, &err) != 0)
		log_warn(
		    &context->log, "no metrics were written: %s", err.message);
}

static void
send_ping(struct monitor *monitor, enum ping_event event, struct bytes words)
{
	struct err err = { 0 };

	if (monitor->ping != NULL &&
	    ping_send(monitor->ping, event, words, &err) != 0)
		log_warn(&monitor->context->log, "cannot ping %s", err.message);
}

/*
 * The exit status that the program will end with, which depends on what stdout
 * takes, too; err is why.
 */
static int
status_of(struct context *context, int result, struct err *err)
{
	const int status = result < 0 ? err_exit_status(err) : result;
	struct err trouble = { 0 };

	if (output_check(&context->out, &trouble) == 0)
		return status;
	if (result >= 0)
		*err = trouble;
	return exit_status_worse(status, EXIT_FAILED);
}

/* Its exit status, and why. */
static void
ping_failure(struct monitor *monitor, int status, const struct err *err)
{
	struct buf words = { 0 };

	buf_add_format(&words, "tidemark snapshot: exit status %d", status);
	if (err->message[0] != '\0')
		buf_add_format(&words, ": %s", err->message);
	else if (status == EXIT_PARTIAL)
		buf_add_text(&words, ": the snapshot is partial");
	buf_add_char(&words, '\n');
	send_ping(monitor, PING_FAIL, buf_bytes(&words));
	buf_release(&words);
}

int
monitor_snapshot_begin(
    struct context *context, struct monitor *monitor, struct err *err)
{
	const char *url = options_text(&context->options, OPT_PING_URL);

	*monitor = (struct monitor){ .context = context };
	metrics_init(&monitor->found);
	if (metrics_labels_init(context, &monitor->labels, err) != 0)
		return -1;
	if (url == NULL || options_flag(&context->options, OPT_DRY_RUN))
		return 0;
	if (ping_new(url, &context->env, &monitor->ping, err) != 0)
		return -1;
	send_ping(monitor, PING_START, bytes_of(""));
	return 0;
}

void
monitor_snapshot_end(struct monitor *monitor, int result, const struct err *err)
{
	struct context *context = monitor->context;
	struct err why = *err;
	const int status = status_of(context, result, &why);

	metrics_run_ended(&monitor->found, env_now_ms(&context->env), status);
	if (status != EXIT_USAGE &&
	    !options_flag(&context->options, OPT_DRY_RUN))
		write_file(monitor);
	if (status == EXIT_ALL)
		send_ping(monitor, PING_SUCCESS, bytes_of(""));
	else
		ping_failure(monitor, status, &why);
	ping_free(monitor->ping);
	metrics_labels_release(&monitor->labels);
	metrics_release(&monitor->found);
}

int
monitor_restore(
    struct context *context, bool executes, command_fn *run, struct err *err)
{
	struct monitor monitor = { .context = context };
	struct err why;
	int result;
	int status;

	if (!executes || !options_is_set(&context->options, OPT_METRICS_FILE))
		return run(context, err);
	if (metrics_labels_init(context, &monitor.labels, err) != 0) {
		metrics_labels_release(&monitor.labels);
		return -1;
	}
	metrics_init(&monitor.found);
	result = run(context, err);
	why = *err;
	status = status_of(context, result, &why);
	if (status != EXIT_USAGE) {
		metrics_restore_ended(&monitor.found, status);
		write_file(&monitor);
	}
	metrics_labels_release(&monitor.labels);
	metrics_release(&monitor.found);
	return result;
}
