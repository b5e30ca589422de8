/*
 * first_records.c - what a consumer of librdkafka reads first, in each
 * partition of a topic, as a member of a group that commits nothing.
 *
 *	first_records BOOTSTRAP GROUP TOPIC RESET
 *
 * A line for each partition: its number, and the offset of the first record or
 * of the log's end.  RESET is auto.offset.reset.  The status is 1 with the
 * error on standard error, also when a position cannot be used and RESET is
 * "error".
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/xalloc.h"

#define DEADLINE_MS 30000

struct found {
	int64_t *offsets; /* by partition; -1: not yet */
	int32_t count;
	int32_t missing;
};

/* Ends the process with a message. */
static void
die(const char *what)
{
	(void)fprintf(stderr, "first_records: %s\n", what);
	exit(1);
}

static rd_kafka_t *
make_consumer(char **argv)
{
	const char *const properties[][2] = {
		{ "bootstrap.servers", argv[1] },
		{ "group.id", argv[2] },
		{ "auto.offset.reset", argv[4] },
		{ "enable.auto.commit", "false" },
		{ "enable.partition.eof", "true" },
		{ "fetch.wait.max.ms", "50" },
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *consumer;
	char text[200];

	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (rd_kafka_conf_set(conf, properties[i][0], properties[i][1],
			text, sizeof(text)) != RD_KAFKA_CONF_OK)
			die(text);
	consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	if (consumer == NULL)
		die(text);
	(void)rd_kafka_poll_set_consumer(consumer);
	return consumer;
}

static struct found
count_partitions(rd_kafka_t *consumer, const char *topic)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer, topic, NULL);
	struct found found = { 0 };

	if (rd_kafka_metadata(consumer, 0, handle, &metadata, DEADLINE_MS) != 0)
		die("no metadata");
	found.count = found.missing = metadata->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(handle);
	found.offsets = xcalloc((size_t)found.count, sizeof(*found.offsets));
	for (int32_t i = 0; i < found.count; i++)
		found.offsets[i] = -1;
	return found;
}

static void
subscribe(rd_kafka_t *consumer, const char *topic)
{
	rd_kafka_topic_partition_list_t *topics =
	    rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(consumer, topics) != 0)
		die("cannot subscribe");
	rd_kafka_topic_partition_list_destroy(topics);
}

/* A record, the end of a partition, or a reason to end. */
static void
take(struct found *found, const rd_kafka_message_t *message)
{
	const bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;

	if (message->err != 0 && !is_end)
		die(rd_kafka_message_errstr(message));
	if (message->partition < 0 || message->partition >= found->count ||
	    found->offsets[message->partition] >= 0)
		return;
	found->offsets[message->partition] = message->offset;
	found->missing--;
}

int
main(int argc, char **argv)
{
	rd_kafka_t *consumer;
	struct found found;

	if (argc != 5)
		die("first_records BOOTSTRAP GROUP TOPIC RESET");
	consumer = make_consumer(argv);
	found = count_partitions(consumer, argv[3]);
	subscribe(consumer, argv[3]);
	while (found.missing > 0) {
		rd_kafka_message_t *message =
		    rd_kafka_consumer_poll(consumer, DEADLINE_MS);

		if (message == NULL)
			die("no record, and no end of the log");
		take(&found, message);
		rd_kafka_message_destroy(message);
	}
	(void)rd_kafka_consumer_close(consumer);
	rd_kafka_destroy(consumer);
	for (int32_t i = 0; i < found.count; i++)
		(void)printf("%" PRId32 " %" PRId64 "\n", i, found.offsets[i]);
	free(found.offsets);
	return 0;
}
