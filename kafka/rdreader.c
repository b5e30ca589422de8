/*
 * Reading the offsets topic: see offsets_topic.h.  The cluster's own handle is
 * a consumer; partitions are assigned to it, so that no further connection is
 * needed, and there can be one reader at a time.
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/offsets_topic.h"

/* Messages taken at once. */
#define BATCH 10000

/* rd_kafka_consume_batch_queue waits so long for a batch to become full, each
 * time, the last included: so it is short (verified.md 3). */
#define BATCH_WAIT_MS 5

/* For brokers that have just answered another handle. */
#define LEADERS_MS 2000

struct rdreader {
	struct offsets_reader base;
	struct rdcluster *cluster;
	rd_kafka_queue_t *queue;
	struct offsets_reading *readings;
	bool *is_assigned; /* of each */
	size_t count;
	rd_kafka_message_t **batch;
};

static int
compare_readings(const void *left, const void *right)
{
	const struct offsets_reading *a = left;
	const struct offsets_reading *b = right;

	return (a->partition > b->partition) - (a->partition < b->partition);
}

static struct offsets_reading *
find_reading(const struct rdreader *reader, int32_t partition)
{
	const struct offsets_reading key = { .partition = partition };

	return bsearch(&key, reader->readings, reader->count,
	    sizeof(*reader->readings), compare_readings);
}

/* librdkafka goes on trying what may pass. */
static void
take_error(struct rdreader *reader, const rd_kafka_message_t *message)
{
	const int error = rdcluster_fetch_error((int)message->err);
	struct offsets_reading *reading;

	/* What concerns no topic is about the guard group. */
	if (message->rkt == NULL || kafka_error_is_retriable(error))
		return;
	reading = find_reading(reader, message->partition);
	if (reading != NULL) {
		reading->error = error;
		return;
	}
	for (size_t at = 0; at < reader->count; at++)
		reader->readings[at].error = error;
}

static void
take_message(struct rdreader *reader, const rd_kafka_message_t *message,
    log_record_fn *take, void *context)
{
	struct offsets_reading *reading =
	    find_reading(reader, message->partition);
	rd_kafka_timestamp_type_t type;

	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		if (reading != NULL && reading->next < message->offset)
			reading->next = message->offset;
		return;
	}
	if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		take_error(reader, message);
		return;
	}
	/* After a leader moved, librdkafka may fetch a record again. */
	if (reading == NULL || message->offset < reading->next)
		return;
	reading->next = message->offset + 1;
	take(context,
	    &(struct log_record){
		.partition = message->partition,
		.offset = message->offset,
		.timestamp_ms = rd_kafka_message_timestamp(message, &type),
		.key = { message->key, message->key_len },
		.value = { message->payload, message->len },
	    });
}

static bool
wants(const struct offsets_reading *reading)
{
	return reading->error == KAFKA_OK && reading->next < reading->stop;
}

static bool
is_read(const struct rdreader *reader)
{
	for (size_t at = 0; at < reader->count; at++)
		if (wants(&reader->readings[at]))
			return false;
	return true;
}

static bool
is_assigned(const struct rdreader *reader)
{
	for (size_t at = 0; at < reader->count; at++)
		if (wants(&reader->readings[at]) && !reader->is_assigned[at])
			return false;
	return true;
}

/* Fetch what is wanted, and nothing else. */
static int
assign(struct rdreader *reader, struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)reader->count);
	rd_kafka_resp_err_t code;

	for (size_t at = 0; at < reader->count; at++) {
		const struct offsets_reading *reading = &reader->readings[at];

		reader->is_assigned[at] = wants(reading);
		if (!reader->is_assigned[at])
			continue;
		rd_kafka_topic_partition_list_add(
		    list, OFFSETS_TOPIC, reading->partition)
		    ->offset = reading->next > 0 ? reading->next
						 : RD_KAFKA_OFFSET_BEGINNING;
	}
	code = rd_kafka_assign(reader->cluster->handle.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return rdcluster_fail(err, code, rd_kafka_err2str(code),
	    "cannot assign the partitions of " OFFSETS_TOPIC);
}

static void
unassign(struct rdreader *reader)
{
	(void)rd_kafka_assign(reader->cluster->handle.rk, NULL);
	memset(reader->is_assigned, 0,
	    reader->count * sizeof(*reader->is_assigned));
}

static int
read_on(struct rdreader *reader, int64_t deadline_ms, log_record_fn *take,
    void *context, struct err *err)
{
	const struct env *env = reader->cluster->env;

	while (!is_read(reader) && env_monotonic_ms(env) < deadline_ms) {
		const ssize_t count = rd_kafka_consume_batch_queue(
		    reader->queue, BATCH_WAIT_MS, reader->batch, BATCH);

		for (ssize_t at = 0; at < count; at++) {
			take_message(reader, reader->batch[at], take, context);
			rd_kafka_message_destroy(reader->batch[at]);
		}
		if (env_interrupted(env))
			return rdcluster_interrupted(err);
		rdcluster_serve(reader->cluster, &reader->cluster->handle, 0);
	}
	return 0;
}

/*
 * Between two readings nothing is fetched: a fetch that waits for records holds
 * up every other request on its connection.  Partitions that are paused would
 * do, too, but are looked at again only a second after they are resumed.
 */
static int
rdreader_read(struct offsets_reader *base, int64_t deadline_ms,
    log_record_fn *take, void *context, struct err *err)
{
	struct rdreader *reader = (struct rdreader *)base;
	int result;

	if (is_read(reader))
		return 0;
	if (!is_assigned(reader) && assign(reader, err) != 0)
		return -1;
	result = read_on(reader, deadline_ms, take, context, err);
	if (is_read(reader))
		unassign(reader);
	return result;
}

static void
rdreader_free(struct offsets_reader *base)
{
	struct rdreader *reader = (struct rdreader *)base;

	rd_kafka_queue_destroy(reader->queue);
	/* Fetching ends, and what was fetched is dropped. */
	unassign(reader);
	free(reader->is_assigned);
	free(reader->batch);
	free(reader);
}

static const struct offsets_reader_ops rdreader_ops = {
	.read = rdreader_read,
	.free = rdreader_free,
};

/*
 * Until the leaders are known: a partition that is assigned earlier is looked
 * at again only half a second later.  What goes wrong here shows again when
 * records are read.
 */
static void
find_leaders(struct rdreader *reader)
{
	rd_kafka_topic_t *topic =
	    rd_kafka_topic_new(reader->cluster->handle.rk, OFFSETS_TOPIC, NULL);
	const struct rd_kafka_metadata *metadata;

	if (topic == NULL)
		return;
	if (rd_kafka_metadata(reader->cluster->handle.rk, 0, topic, &metadata,
		LEADERS_MS) == RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
}

int
rdreader_open(struct cluster *base, struct offsets_reading *readings,
    size_t count, struct offsets_reader **out, struct err *err)
{
	struct rdreader *reader = xcalloc(1, sizeof(*reader));

	(void)err;
	reader->base.ops = &rdreader_ops;
	reader->cluster = rdcluster_of(base);
	reader->readings = readings;
	reader->count = count;
	reader->is_assigned = xcalloc(count, sizeof(*reader->is_assigned));
	reader->batch = xcalloc(BATCH, sizeof(rd_kafka_message_t *));
	find_leaders(reader);
	reader->queue = rd_kafka_queue_get_consumer(reader->cluster->handle.rk);
	*out = &reader->base;
	return 0;
}
