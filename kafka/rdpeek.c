/*
 * The first record from each of many offsets on, by a consumer of its own.
 *
 * Partitions are assigned and unassigned one by one, in a window: as soon as
 * one has answered it makes room for the next.  A partition is assigned once
 * at a time, so offsets of the same partition are read one after the other,
 * and the first of every partition come before the second of any.
 *
 * Unassigning drops what librdkafka has fetched beyond the record, so what it
 * keeps is about the window times fetch.message.max.bytes.
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/rdplaces.h"

/* Partitions assigned at once. */
#define WINDOW 200

/* How many messages are taken before the window is looked at again. */
#define MESSAGES_PER_ROUND 1000

/* A transaction that ends within this long holds nothing up; and what has just
 * been written arrives meanwhile. */
#define PATIENCE_MS 500

/* For a leader that has just answered. */
#define QUERY_MS 2000

/*
 * Small, for one record is wanted; the broker sends a batch that is larger all
 * the same.  Without the back-off's setting a partition with enough in its
 * queue is looked at again only a second later (librdkafka.md 6).
 */
static const struct rdproperty peek_properties[] = {
	{ "isolation.level", "read_committed" },
	{ "enable.partition.eof", "true" },
	{ "fetch.wait.max.ms", "10" },
	{ "fetch.min.bytes", "1" },
	{ "fetch.message.max.bytes", "32768" },
	{ "fetch.max.bytes", "1048576" },
	{ "queued.min.messages", "1" },
	{ "fetch.queue.backoff.ms", "10" },
	{ "fetch.error.backoff.ms", "100" },
};

/* A partition that is not asked again: it did not answer, or not well; or,
 * from where reading ended on, an open transaction holds it up. */
struct shut {
	const struct place *place;
	int error;
	int64_t log_end; /* without an error */
};

struct peeking {
	struct rdcluster *cluster;
	struct rdhandle handle;
	const struct call_limits *limits;
	peek_fn *answered;
	void *context;
	struct arena arena;
	struct place *places;
	size_t count;
	size_t next; /* the first that was not asked yet */
	struct place *assigned[WINDOW];
	size_t assigned_count;
	rd_kafka_topic_partition_list_t *leaving; /* answered, still assigned */
	struct shut *shut;
	size_t shut_count, shut_capacity;
};

enum look {
	LOOK_WAITS,
	LOOK_ENDED,
	LOOK_FAILED,
};

/* --- answers ----------------------------------------------------------- */

static void
answer(const struct peeking *peeking, const struct place *place,
    struct peek_answer found)
{
	for (size_t at = 0; at < place->count; at++) {
		found.request = place->requests[at];
		peeking->answered(peeking->context, &found);
	}
}

static void
answer_error(
    const struct peeking *peeking, const struct place *place, int error)
{
	answer(peeking, place,
	    (struct peek_answer){
		.error = error,
		.offset = -1,
		.timestamp = -1,
	    });
}

/* Reading came to an end before a record. */
static void
answer_end(
    const struct peeking *peeking, const struct place *place, int64_t log_end)
{
	answer(peeking, place,
	    (struct peek_answer){
		.kind = log_end > place->reached ? PEEK_HELD : PEEK_END,
		.offset = place->reached,
		.timestamp = -1,
	    });
}

static bool
is_same_partition(const struct place *a, const struct place *b)
{
	return a->partition == b->partition && strcmp(a->topic, b->topic) == 0;
}

static void
shut(struct peeking *peeking, const struct place *place, int error,
    int64_t log_end)
{
	peeking->shut = xgrow(peeking->shut, peeking->shut_count,
	    &peeking->shut_capacity, sizeof(*peeking->shut));
	peeking->shut[peeking->shut_count++] = (struct shut){
		.place = place,
		.error = error,
		.log_end = log_end,
	};
}

/* librdkafka tells some errors of a partition only once. */
static void
shut_with_error(struct peeking *peeking, const struct place *place, int error)
{
	answer_error(peeking, place, error);
	shut(peeking, place, error, -1);
}

static const struct shut *
find_shut(const struct peeking *peeking, const struct place *place)
{
	for (size_t at = 0; at < peeking->shut_count; at++)
		if (is_same_partition(peeking->shut[at].place, place))
			return &peeking->shut[at];
	return NULL;
}

/* Answer what needs no asking.  A negative offset would mean something else
 * to librdkafka. */
static bool
answer_unasked(const struct peeking *peeking, const struct place *place)
{
	const struct shut *found = find_shut(peeking, place);

	if (!rdcluster_is_text(place->requests[0]->topic))
		answer_error(peeking, place, KAFKA_UNSUPPORTED_NAME);
	else if (place->offset < 0)
		answer_error(peeking, place, KAFKA_OFFSET_OUT_OF_RANGE);
	else if (found != NULL && found->error != KAFKA_OK)
		answer_error(peeking, place, found->error);
	else if (found != NULL && place->offset >= found->place->reached)
		answer_end(peeking, place, found->log_end);
	else
		return false;
	return true;
}

/* Take an assigned place out of the window; it is unassigned with others. */
static void
leave(struct peeking *peeking, size_t index)
{
	const struct place *place = peeking->assigned[index];

	rd_kafka_topic_partition_list_add(
	    peeking->leaving, place->topic, place->partition);
	peeking->assigned[index] = peeking->assigned[--peeking->assigned_count];
}

/* The log end as the leader last told it, -1: it has not answered yet. */
static int64_t
log_end(const struct peeking *peeking, const struct place *place)
{
	int64_t low = -1, high = -1;

	if (rd_kafka_get_watermark_offsets(peeking->handle.rk, place->topic,
		place->partition, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
	    high < 0)
		return -1;
	return high;
}

/*
 * The end of what may be read, told by librdkafka where it is the last stable
 * offset.  False: the log goes on there, and what it has may be readable soon.
 */
static bool
take_end(const struct peeking *peeking, struct place *place, int64_t offset)
{
	place->reached = offset;
	if (log_end(peeking, place) > offset) {
		place->look_ms =
		    env_monotonic_ms(peeking->cluster->env) + PATIENCE_MS;
		return false;
	}
	answer_end(peeking, place, offset);
	return true;
}

/*
 * Is it a transaction that keeps a place waiting?  Beyond the last stable
 * offset librdkafka tells no end, so the leader is asked for it: with this
 * handle's isolation that is what it calls the high watermark.  A leader that
 * has not answered yet is not asked: the call blocks.
 */
static enum look
take_look(struct peeking *peeking, struct place *place)
{
	const int64_t end = log_end(peeking, place);
	int64_t low = -1, stable = -1;

	place->look_ms = env_monotonic_ms(peeking->cluster->env) + PATIENCE_MS;
	if (end < place->reached)
		return LOOK_WAITS;
	if (rd_kafka_query_watermark_offsets(peeking->handle.rk, place->topic,
		place->partition, &low, &stable,
		QUERY_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return LOOK_FAILED;
	if (stable > place->reached)
		return LOOK_WAITS;
	answer_end(peeking, place, end);
	shut(peeking, place, KAFKA_OK, end);
	return LOOK_ENDED;
}

/* The places that wait for long. */
static void
look(struct peeking *peeking)
{
	for (size_t at = peeking->assigned_count; at-- > 0;) {
		struct place *place = peeking->assigned[at];
		const int64_t now = env_monotonic_ms(peeking->cluster->env);
		enum look found = LOOK_WAITS;

		if (place->expires_ms <= now) {
			shut_with_error(peeking, place, KAFKA_LOCAL_TIMED_OUT);
			found = LOOK_ENDED;
		} else if (place->look_ms <= now) {
			found = take_look(peeking, place);
		}
		if (found == LOOK_ENDED)
			leave(peeking, at);
		else if (found == LOOK_FAILED)
			return; /* it took its time: the rest next time */
	}
}

/* False: it settles nothing. */
static bool
take(struct peeking *peeking, struct place *place,
    const rd_kafka_message_t *message)
{
	rd_kafka_timestamp_type_t type;
	const int error = rdcluster_fetch_error((int)message->err);

	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		return take_end(peeking, place, message->offset);
	if (error != KAFKA_OK) {
		/* librdkafka goes on trying what may pass. */
		if (kafka_error_is_retriable(error))
			return false;
		if (error == KAFKA_OFFSET_OUT_OF_RANGE)
			answer_error(peeking, place, error);
		else
			shut_with_error(peeking, place, error);
		return true;
	}
	answer(peeking, place,
	    (struct peek_answer){
		.kind = PEEK_RECORD,
		.offset = message->offset,
		.timestamp = rd_kafka_message_timestamp(message, &type),
	    });
	return true;
}

static void
receive(struct peeking *peeking, const rd_kafka_message_t *message)
{
	const char *topic =
	    message->rkt == NULL ? NULL : rd_kafka_topic_name(message->rkt);

	/* What concerns no partition is about the guard group. */
	for (size_t at = 0; topic != NULL && at < peeking->assigned_count;
	     at++) {
		struct place *place = peeking->assigned[at];

		if (place->partition != message->partition ||
		    strcmp(place->topic, topic) != 0)
			continue;
		if (take(peeking, place, message))
			leave(peeking, at);
		return;
	}
}

/* --- the window -------------------------------------------------------- */

static int
check(rd_kafka_error_t *error, const char *what, struct err *err)
{
	int result;

	if (error == NULL)
		return 0;
	result = rdcluster_fail(err, rd_kafka_error_code(error),
	    rd_kafka_error_string(error), what);
	rd_kafka_error_destroy(error);
	return result;
}

static int
unassign(struct peeking *peeking, struct err *err)
{
	rd_kafka_topic_partition_list_t *leaving = peeking->leaving;
	int result;

	if (leaving->cnt == 0)
		return 0;
	result =
	    check(rd_kafka_incremental_unassign(peeking->handle.rk, leaving),
		"cannot let partitions go", err);
	rd_kafka_topic_partition_list_destroy(leaving);
	peeking->leaving = rd_kafka_topic_partition_list_new(WINDOW);
	return result;
}

static bool
is_assigned(const struct peeking *peeking, const struct place *place)
{
	for (size_t at = 0; at < peeking->assigned_count; at++)
		if (is_same_partition(peeking->assigned[at], place))
			return true;
	return false;
}

static int
assign(struct peeking *peeking, struct err *err)
{
	const int64_t now = env_monotonic_ms(peeking->cluster->env);
	rd_kafka_topic_partition_list_t *coming =
	    rd_kafka_topic_partition_list_new(WINDOW);
	int result = 0;

	while (peeking->next < peeking->count &&
	    peeking->assigned_count < WINDOW) {
		struct place *place = &peeking->places[peeking->next];

		if (is_assigned(peeking, place))
			break;
		peeking->next++;
		if (answer_unasked(peeking, place))
			continue;
		place->look_ms = now + PATIENCE_MS;
		place->expires_ms = now + peeking->limits->timeout_ms;
		peeking->assigned[peeking->assigned_count++] = place;
		rd_kafka_topic_partition_list_add(
		    coming, place->topic, place->partition)
		    ->offset = place->offset;
	}
	if (coming->cnt > 0)
		result = check(
		    rd_kafka_incremental_assign(peeking->handle.rk, coming),
		    "cannot assign partitions", err);
	rd_kafka_topic_partition_list_destroy(coming);
	return result;
}

static void
take_messages(struct peeking *peeking)
{
	int wait_ms = RDCLUSTER_POLL_MS;

	for (size_t taken = 0; taken < MESSAGES_PER_ROUND; taken++) {
		rd_kafka_message_t *message =
		    rd_kafka_consumer_poll(peeking->handle.rk, wait_ms);

		if (message == NULL)
			break;
		receive(peeking, message);
		rd_kafka_message_destroy(message);
		wait_ms = 0;
	}
	rdcluster_serve(peeking->cluster, &peeking->handle, 0);
}

static void
give_up(struct peeking *peeking)
{
	for (size_t at = 0; at < peeking->assigned_count; at++)
		answer_error(
		    peeking, peeking->assigned[at], KAFKA_LOCAL_TIMED_OUT);
	for (; peeking->next < peeking->count; peeking->next++)
		answer_error(peeking, &peeking->places[peeking->next],
		    KAFKA_LOCAL_TIMED_OUT);
}

static int
loop(struct peeking *peeking, struct err *err)
{
	const struct env *env = peeking->cluster->env;

	while (peeking->next < peeking->count || peeking->assigned_count > 0) {
		if (env_interrupted(env))
			return rdcluster_interrupted(err);
		if (env_monotonic_ms(env) >= peeking->limits->deadline_ms) {
			give_up(peeking);
			return 0;
		}
		if (unassign(peeking, err) != 0 || assign(peeking, err) != 0)
			return -1;
		take_messages(peeking);
		look(peeking);
	}
	return 0;
}

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdpeek_records(struct cluster *base, const struct peek_request *requests,
    size_t count, const struct call_limits *limits, peek_fn *answered,
    void *context, struct err *err)
{
	struct peeking peeking = {
		.cluster = rdcluster_of(base),
		.limits = limits,
		.answered = answered,
		.context = context,
	};
	int result;

	if (rdcluster_handle_open_with(peeking.cluster, peek_properties,
		sizeof(peek_properties) / sizeof(*peek_properties),
		&peeking.handle, err) != 0)
		return -1;
	peeking.leaving = rd_kafka_topic_partition_list_new(WINDOW);
	peeking.places =
	    rdplaces_gather(&peeking.arena, requests, count, &peeking.count);
	result = loop(&peeking, err);
	rd_kafka_topic_partition_list_destroy(peeking.leaving);
	rdcluster_handle_close(&peeking.handle);
	free(peeking.shut);
	arena_release(&peeking.arena);
	return result;
}
/* NOLINTEND(readability-function-size) */
