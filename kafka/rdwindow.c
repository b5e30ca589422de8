#include "kafka/rdwindow.h"

#include <limits.h>
#include <stdlib.h>

#include "common/env.h"
#include "common/xalloc.h"

/* librdkafka answers a request's time-out itself; should it not, we do, this
 * much later. */
#define GRACE_MS 3000

/*
 * The longest time-out that librdkafka takes.  A coordinator lookup must not
 * run into one of its own: it aborts the process (librdkafka.md 1.2, A).
 */
#define LOOKUP_TIMEOUT_MS 3600000

/* How many answers are taken before connection errors are looked at. */
#define ANSWERS_PER_SERVE 256

static int64_t
request_timeout_ms(const struct rdwindow *window)
{
	const int64_t now = env_monotonic_ms(window->cluster->env);
	int64_t timeout = window->limits->timeout_ms;

	if (timeout > window->limits->deadline_ms - now)
		timeout = window->limits->deadline_ms - now;
	if (timeout < 1)
		timeout = 1;
	return timeout < LOOKUP_TIMEOUT_MS ? timeout : LOOKUP_TIMEOUT_MS;
}

static bool
is_silent(const struct rdwindow *window, int32_t broker)
{
	for (size_t at = 0; at < window->silent_count; at++)
		if (window->silent[at] == broker)
			return true;
	return false;
}

static void
note_silence(struct rdwindow *window, int32_t broker)
{
	if (broker == COORDINATOR_UNKNOWN || is_silent(window, broker))
		return;
	window->silent = xgrow(window->silent, window->silent_count,
	    &window->silent_capacity, sizeof(*window->silent));
	window->silent[window->silent_count++] = broker;
}

/* Hand one request its answer. */
static void
finish(struct rdwindow *window, struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	call->done = true;
	if (call->sent && error == KAFKA_LOCAL_TIMED_OUT)
		note_silence(window, call->broker);
	call->end_ms = env_now_ms(window->cluster->env);
	if (!call->sent)
		call->start_ms = call->end_ms;
	window->ops->answer(window, call, error, text, event);
}

static void
send_call(struct rdwindow *window, struct rdcall *call)
{
	char errstr[128];
	const int64_t timeout = request_timeout_ms(window);
	const bool looks_up = window->private_handle;
	rd_kafka_AdminOptions_t *options = window->options;
	rd_kafka_resp_err_t refused;
	int error;

	if (is_silent(window, call->broker)) {
		finish(window, call, KAFKA_LOCAL_TIMED_OUT,
		    "its broker has stopped answering", NULL);
		return;
	}
	call->start_ms = env_now_ms(window->cluster->env);
	call->expires_ms = env_monotonic_ms(window->cluster->env) + timeout +
	    (looks_up ? 0 : GRACE_MS);
	refused = rd_kafka_AdminOptions_set_request_timeout(options,
	    looks_up ? LOOKUP_TIMEOUT_MS : (int)timeout, errstr,
	    sizeof(errstr));
	if (refused == RD_KAFKA_RESP_ERR_NO_ERROR &&
	    call->broker != COORDINATOR_UNKNOWN)
		refused = rd_kafka_AdminOptions_set_broker(
		    options, call->broker, errstr, sizeof(errstr));
	if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) {
		finish(window, call, (int)refused, errstr, NULL);
		return;
	}
	rd_kafka_AdminOptions_set_opaque(options, call);
	call->sent = true;
	error = window->ops->send(window, call);
	if (error == KAFKA_OK) {
		window->in_flight++;
		return;
	}
	call->sent = false;
	finish(window, call, error, NULL, NULL);
}

/* The rest will not be sent. */
static void
give_up_unsent(struct rdwindow *window)
{
	while (window->next < window->call_count) {
		struct rdcall *call = &window->calls[window->next++];
		if (window->interrupted)
			finish(window, call, RD_KAFKA_RESP_ERR__INTR,
			    "interrupted before it was sent", NULL);
		else
			finish(window, call, KAFKA_LOCAL_TIMED_OUT,
			    "the time was over before it was sent", NULL);
	}
}

static void
receive(struct rdwindow *window, rd_kafka_event_t *event)
{
	struct rdcall *call = rd_kafka_event_opaque(event);
	const rd_kafka_resp_err_t error = rd_kafka_event_error(event);

	/* One that we had given up, or nothing of ours. */
	if (call == NULL || call->done)
		return;
	window->in_flight--;
	if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
		finish(window, call, KAFKA_OK, NULL, event);
	else
		finish(window, call, (int)error,
		    rd_kafka_event_error_string(event), NULL);
}

static void
expire(struct rdwindow *window)
{
	const int64_t now = env_monotonic_ms(window->cluster->env);

	while (
	    window->oldest < window->next && window->calls[window->oldest].done)
		window->oldest++;
	for (size_t at = window->oldest; at < window->next; at++) {
		struct rdcall *call = &window->calls[at];
		if (call->done || call->expires_ms > now)
			continue;
		window->in_flight--;
		finish(window, call, KAFKA_LOCAL_TIMED_OUT,
		    window->private_handle ? "no coordinator answered in time"
					   : "no answer in time",
		    NULL);
	}
}

/* Take what has arrived, waiting for the first a short while. */
static void
take_answers(struct rdwindow *window)
{
	int wait_ms = RDCLUSTER_POLL_MS;

	for (size_t taken = 0; taken < ANSWERS_PER_SERVE; taken++) {
		rd_kafka_event_t *event =
		    rd_kafka_queue_poll(window->queue, wait_ms);
		if (event == NULL)
			break;
		receive(window, event);
		rd_kafka_event_destroy(event);
		/* Room in the window is filled again before more is taken. */
		if (window->next < window->call_count)
			return;
		wait_ms = 0;
	}
	rdcluster_serve(window->cluster, &window->handle, 0);
	expire(window);
}

static bool
may_send(const struct rdwindow *window)
{
	const size_t size =
	    window->limits->window > 0 ? window->limits->window : 1;

	return window->next < window->call_count && window->in_flight < size;
}

static void
loop(struct rdwindow *window)
{
	const struct env *env = window->cluster->env;
	size_t rounds = 0;

	while (window->next < window->call_count || window->in_flight > 0) {
		if (!window->interrupted && env_interrupted(env))
			window->interrupted = true;
		if (window->interrupted && !window->ops->finishes)
			return;
		if (window->interrupted ||
		    env_monotonic_ms(env) >= window->limits->deadline_ms)
			give_up_unsent(window);
		while (may_send(window))
			send_call(window, &window->calls[window->next++]);
		if (window->in_flight == 0)
			continue;
		take_answers(window);
		if (++rounds % ANSWERS_PER_SERVE == 0) {
			rdcluster_serve(window->cluster, &window->handle, 0);
			expire(window);
		}
	}
}

/* Those requests that go by the given way. */
static void
choose_calls(struct rdwindow *window, bool lookups)
{
	window->call_count = 0;
	for (size_t at = 0; at < window->count; at++) {
		const int32_t broker = window->ops->broker(window, at);
		const bool is_lookup =
		    window->ops->looks_up && broker == COORDINATOR_UNKNOWN;
		if (is_lookup != lookups)
			continue;
		window->calls[window->call_count++] = (struct rdcall){
			.index = at,
			.broker = broker,
		};
	}
	window->next = 0;
	window->oldest = 0;
	window->in_flight = 0;
}

static int
run_part(struct rdwindow *window, bool lookups, struct err *err)
{
	choose_calls(window, lookups);
	if (window->call_count == 0)
		return 0;
	window->private_handle = lookups;
	if (!lookups)
		window->handle = window->cluster->handle;
	else if (rdcluster_handle_open(window->cluster, &window->handle, err) !=
	    0)
		return -1;
	window->queue = rd_kafka_queue_new(window->handle.rk);
	window->options =
	    rd_kafka_AdminOptions_new(window->handle.rk, window->ops->op);
	loop(window);
	rd_kafka_AdminOptions_destroy(window->options);
	rd_kafka_queue_destroy(window->queue);
	if (lookups)
		rdcluster_handle_close(&window->handle);
	return 0;
}

int
rdwindow_run(struct rdwindow *window, struct err *err)
{
	int rc = -1;

	if (window->cluster->handle.rk == NULL)
		return rdcluster_interrupted(err);
	window->calls = xcalloc(window->count, sizeof(*window->calls));
	window->interrupted = false;
	if (run_part(window, false, err) != 0)
		goto out;
	if (window->interrupted && !window->ops->finishes) {
		rc = rdcluster_interrupted(err);
		goto out;
	}
	if (run_part(window, true, err) != 0)
		goto out;
	rc = window->interrupted ? rdcluster_interrupted(err) : 0;
out:
	free(window->calls);
	free(window->silent);
	return rc;
}
