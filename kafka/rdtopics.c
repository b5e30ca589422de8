#include "kafka/rdtopics.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/rdcluster.h"
#include "kafka/rdwindow.h"

/* Topics of one request: librdkafka's cost is quadratic in them. */
#define BATCH 500

/* Batches in flight. */
#define BATCH_WINDOW 4

struct topics {
	const struct rdtopics_request *request;
	topic_fn *answered;
	void *context;
	struct topic_partition_view *partitions; /* of the topic being read */
	size_t capacity;
};

static size_t
batch_size(const struct topics *topics, size_t index)
{
	const size_t rest = topics->request->count - index * BATCH;

	return rest < BATCH ? rest : BATCH;
}

static int32_t
topics_broker(const struct rdwindow *window, size_t index)
{
	const struct topics *topics = window->context;

	(void)index;
	if (topics->request->broker >= 0)
		return topics->request->broker;
	return rdcluster_any_broker(window->cluster);
}

/* Names that cannot be asked are left out, and answered with the others. */
static int
topics_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct topics *topics = window->context;
	const struct bytes *names =
	    topics->request->names + call->index * BATCH;
	const size_t count = batch_size(topics, call->index);
	rd_kafka_TopicCollection_t *collection;
	rd_kafka_error_t *error;
	const char *texts[BATCH];
	char *copies[BATCH];
	size_t asked = 0;

	for (size_t at = 0; at < count; at++) {
		char *text = rdcluster_text(names[at]);
		if (text == NULL || text[0] == '\0') {
			free(text);
			continue;
		}
		copies[asked] = text;
		texts[asked++] = text;
	}
	if (asked == 0)
		return KAFKA_UNSUPPORTED_NAME;
	collection = rd_kafka_TopicCollection_of_topic_names(texts, asked);
	error = rd_kafka_AdminOptions_set_include_authorized_operations(
	    window->options, topics->request->wants_operations);
	if (error != NULL)
		rd_kafka_error_destroy(error); /* then may_read stays false */
	rd_kafka_DescribeTopics(
	    window->handle.rk, collection, window->options, window->queue);
	rd_kafka_TopicCollection_destroy(collection);
	for (size_t at = 0; at < asked; at++)
		free(copies[at]);
	return KAFKA_OK;
}

static void
put_u64(uint8_t *out, int64_t value)
{
	for (int at = 0; at < 8; at++)
		out[at] = (uint8_t)((uint64_t)value >> (56 - 8 * at));
}

static void
read_id(const rd_kafka_TopicDescription_t *topic, struct topic_answer *answer)
{
	const rd_kafka_Uuid_t *id = rd_kafka_TopicDescription_topic_id(topic);

	if (id == NULL)
		return;
	put_u64(answer->id, rd_kafka_Uuid_most_significant_bits(id));
	put_u64(answer->id + 8, rd_kafka_Uuid_least_significant_bits(id));
	/* Brokers before 2.8 have no ids: librdkafka then shows zeroes. */
	for (size_t at = 0; at < UUID_SIZE; at++)
		if (answer->id[at] != 0)
			answer->has_id = true;
}

static bool
may_read(const rd_kafka_TopicDescription_t *topic)
{
	size_t count;
	const rd_kafka_AclOperation_t *operations =
	    rd_kafka_TopicDescription_authorized_operations(topic, &count);

	for (size_t at = 0; operations != NULL && at < count; at++)
		if (operations[at] == RD_KAFKA_ACL_OPERATION_READ)
			return true;
	return false;
}

static int
compare_partitions(const void *left, const void *right)
{
	const struct topic_partition_view *a = left;
	const struct topic_partition_view *b = right;

	return (a->partition > b->partition) - (a->partition < b->partition);
}

static void
read_partitions(struct topics *topics, const rd_kafka_TopicDescription_t *topic,
    struct topic_answer *answer)
{
	size_t count;
	const rd_kafka_TopicPartitionInfo_t **infos =
	    rd_kafka_TopicDescription_partitions(topic, &count);

	if (count > topics->capacity) {
		topics->partitions = xreallocarray(
		    topics->partitions, count, sizeof(*topics->partitions));
		topics->capacity = count;
	}
	for (size_t at = 0; at < count; at++) {
		/* NULL also where the leader is no broker that is there. */
		const rd_kafka_Node_t *leader =
		    rd_kafka_TopicPartitionInfo_leader(infos[at]);
		topics->partitions[at] = (struct topic_partition_view){
			.partition =
			    (int32_t)rd_kafka_TopicPartitionInfo_partition(
				infos[at]),
			.leader = leader != NULL
			    ? (int32_t)rd_kafka_Node_id(leader)
			    : -1,
		};
	}
	if (count > 1)
		qsort(topics->partitions, count, sizeof(*topics->partitions),
		    compare_partitions);
	answer->partitions = topics->partitions;
	answer->count = count;
}

static void
read_topic(struct topics *topics, const rd_kafka_TopicDescription_t *topic,
    struct topic_answer *answer)
{
	const rd_kafka_error_t *error = rd_kafka_TopicDescription_error(topic);

	if (error != NULL)
		answer->error = rd_kafka_error_code(error);
	if (answer->error != KAFKA_OK)
		return;
	read_id(topic, answer);
	answer->may_read = may_read(topic);
	read_partitions(topics, topic, answer);
}

static void
topics_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct topics *topics = window->context;
	const struct bytes *names =
	    topics->request->names + call->index * BATCH;
	const size_t count = batch_size(topics, call->index);
	const rd_kafka_TopicDescription_t **results = NULL;
	size_t result_count = 0;
	size_t next = 0;

	(void)text;
	if (event != NULL)
		results = rd_kafka_DescribeTopics_result_topics(
		    rd_kafka_event_DescribeTopics_result(event), &result_count);
	else
		rdcluster_next_broker(window->cluster);
	/* Results stand in the order of the names that were asked. */
	for (size_t at = 0; at < count; at++) {
		struct topic_answer answer = {
			.name = names[at],
			.error = error,
		};
		const rd_kafka_TopicDescription_t *result =
		    next < result_count ? results[next] : NULL;
		if (names[at].size == 0) {
			answer.error = 17; /* INVALID_TOPIC_EXCEPTION */
		} else if (!rdcluster_is_text(names[at])) {
			answer.error = KAFKA_UNSUPPORTED_NAME;
		} else if (event != NULL) {
			next++;
			/* A topic that the answer leaves out. */
			if (result == NULL)
				answer.error = RD_KAFKA_RESP_ERR__BAD_MSG;
			else
				read_topic(topics, result, &answer);
		}
		topics->answered(topics->context, &answer);
	}
}

static const struct rdwindow_ops topics_ops = {
	.op = RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
	.broker = topics_broker,
	.send = topics_send,
	.answer = topics_answer,
};

int
rdtopics_ask(struct rdcluster *cluster, const struct rdtopics_request *request,
    topic_fn *answered, void *context, struct err *err)
{
	struct topics topics = {
		.request = request,
		.answered = answered,
		.context = context,
	};
	struct rdwindow window = {
		.cluster = cluster,
		.ops = &topics_ops,
		.limits = request->limits,
		.count = (request->count + BATCH - 1) / BATCH,
		.context = &topics,
	};
	const int rc = rdwindow_run(&window, err);

	free(topics.partitions);
	return rc;
}

static struct call_limits
limits_of(const struct rdcluster *cluster, int64_t timeout_ms)
{
	return (struct call_limits){
		.window = BATCH_WINDOW,
		.timeout_ms = timeout_ms,
		.deadline_ms = env_monotonic_ms(cluster->env) + timeout_ms,
	};
}

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdtopics_describe(struct cluster *base, const struct bytes *names, size_t count,
    int64_t timeout_ms, topic_fn *answered, void *context, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	const struct call_limits limits = limits_of(cluster, timeout_ms);
	const struct rdtopics_request request = {
		.names = names,
		.count = count,
		.broker = -1,
		.limits = &limits,
	};

	return rdtopics_ask(cluster, &request, answered, context, err);
}
/* NOLINTEND(readability-function-size) */

struct offsets_topic_reading {
	struct offsets_topic *out;
	int error;
};

static void
read_offsets_topic(void *context, const struct topic_answer *answer)
{
	struct offsets_topic_reading *reading = context;
	struct offsets_topic *out = reading->out;
	int32_t count = 0;

	switch (answer->error) {
	case KAFKA_OK:
		break;
	case KAFKA_TOPIC_AUTHORIZATION_FAILED:
		out->state = OFFSETS_TOPIC_HIDDEN;
		return;
	case KAFKA_UNKNOWN_TOPIC_OR_PARTITION:
		out->state = OFFSETS_TOPIC_ABSENT;
		return;
	default:
		reading->error = answer->error;
		return;
	}
	if (answer->count > 0)
		count = answer->partitions[answer->count - 1].partition + 1;
	out->state = OFFSETS_TOPIC_SEEN;
	out->may_read = answer->may_read;
	out->count = count;
	out->leaders = xcalloc((size_t)count, sizeof(*out->leaders));
	/* A partition that the broker leaves out has no leader to know of. */
	for (int32_t at = 0; at < count; at++)
		out->leaders[at] = -1;
	for (size_t at = 0; at < answer->count; at++)
		out->leaders[answer->partitions[at].partition] =
		    answer->partitions[at].leader;
}

int
rdtopics_offsets_topic(struct cluster *base, int32_t broker, int64_t timeout_ms,
    struct offsets_topic *out, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	const struct bytes name = bytes_of(OFFSETS_TOPIC);
	const struct call_limits limits = limits_of(cluster, timeout_ms);
	struct offsets_topic_reading reading = { .out = out };
	const struct rdtopics_request request = {
		.names = &name,
		.count = 1,
		.broker = broker,
		.wants_operations = true,
		.limits = &limits,
	};
	char what[64];

	if (rdtopics_ask(
		cluster, &request, read_offsets_topic, &reading, err) != 0)
		return -1;
	if (reading.error == KAFKA_OK)
		return 0;
	(void)snprintf(what, sizeof(what), "asking broker %d about %s",
	    (int)broker, OFFSETS_TOPIC);
	return rdcluster_fail(err, reading.error, NULL, what);
}
