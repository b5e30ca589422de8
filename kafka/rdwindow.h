/*
 * rdwindow.h - many admin requests through one queue, a sliding window of them
 * in flight.  What is asked and what is done with an answer is the caller's;
 * this decides when.
 *
 * Every request is answered exactly once: by the broker, by its time-out, or,
 * when the deadline has come before it was sent, with KAFKA_LOCAL_TIMED_OUT.
 * A broker that lets one request of a run time out is not sent the rest of its
 * requests: they are answered the same at once.  Else a dead broker's requests
 * would fill the window again and again, each time for a whole time-out, and
 * keep the living ones waiting.
 *
 * After an interruption nothing more is sent and the run fails; what was in
 * flight is then dropped, or, of a window that must finish, waited for.
 *
 * The queue belongs to one run: an answer that comes after it has nowhere to
 * go, and cannot be taken for another run's.
 */
#ifndef KAFKA_RDWINDOW_H
#define KAFKA_RDWINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"
#include "kafka/rdcluster.h"

struct rdcall {
	size_t index; /* of the caller's request */
	int32_t broker;
	int64_t start_ms; /* env_now_ms */
	int64_t end_ms;
	int64_t expires_ms; /* env_monotonic_ms; we then answer ourselves */
	bool sent;
	bool done;
};

struct rdwindow;

struct rdwindow_ops {
	rd_kafka_admin_op_t op;

	/* Which broker to ask: COORDINATOR_UNKNOWN leaves it to librdkafka. */
	int32_t (*broker)(const struct rdwindow *window, size_t index);
	/* True: COORDINATOR_UNKNOWN makes librdkafka look for a coordinator,
	 * which takes a handle of its own. */
	bool looks_up;
	/* True: after an interruption what was sent is waited for, and what
	 * was not is answered too, with call->sent false. */
	bool finishes;

	/* Enqueue one request; options and queue are the window's.  A value
	 * other than KAFKA_OK is the answer, and nothing was sent. */
	int (*send)(struct rdwindow *window, const struct rdcall *call);
	/* event is NULL when error is set; text may be NULL. */
	void (*answer)(struct rdwindow *window, const struct rdcall *call,
	    int error, const char *text, rd_kafka_event_t *event);
};

struct rdwindow {
	struct rdcluster *cluster;
	const struct rdwindow_ops *ops;
	const struct call_limits *limits;
	size_t count; /* of requests */
	void *context;

	/* Of the run: */
	struct rdhandle handle;
	rd_kafka_queue_t *queue;
	rd_kafka_AdminOptions_t *options;
	struct rdcall *calls;
	size_t call_count;
	size_t next;   /* to be sent */
	size_t oldest; /* all before it are done */
	size_t in_flight;
	int32_t *silent; /* brokers that did not answer in time */
	size_t silent_count;
	size_t silent_capacity;
	bool interrupted;
	bool private_handle; /* our own time-outs, librdkafka's far away */
};

/* The members down to context are the caller's, the rest is zero. */
int rdwindow_run(struct rdwindow *window, struct err *err) MUST_CHECK;

#endif /* KAFKA_RDWINDOW_H */
