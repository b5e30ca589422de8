/*
 * The bare commits of a restore: count groups PREFIX0, PREFIX1, ... with one
 * position in each of the partitions of a topic, pinned to broker 1, 500
 * requests on their way, nothing checked but the errors.
 *
 *	bare_commit BOOTSTRAP TOPIC PARTITIONS PREFIX COUNT
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parsenum.h"

#define WINDOW 500
#define TIMEOUT_MS 30000
#define BROKER 1

/* Ends the process with a message. */
static void
die(const char *what)
{
	(void)fprintf(stderr, "bare_commit: %s\n", what);
	exit(1);
}

static int32_t
number(const char *text)
{
	int32_t value = 0;

	if (!parse_i32(bytes_of(text), 1, 10000000, &value))
		die("not a number");
	return value;
}

struct work {
	rd_kafka_t *handle;
	rd_kafka_queue_t *queue;
	rd_kafka_AdminOptions_t *options;
	const char *topic;
	int partitions;
	const char *prefix;
};

static void
send_commit(const struct work *work, int number)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(work->partitions);
	rd_kafka_AlterConsumerGroupOffsets_t *request;
	char group[200];

	(void)snprintf(group, sizeof(group), "%s%d", work->prefix, number);
	for (int at = 0; at < work->partitions; at++)
		rd_kafka_topic_partition_list_add(list, work->topic, at)
		    ->offset = number % 1000;
	request = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
	rd_kafka_AlterConsumerGroupOffsets(
	    work->handle, &request, 1, work->options, work->queue);
	rd_kafka_AlterConsumerGroupOffsets_destroy(request);
	rd_kafka_topic_partition_list_destroy(list);
}

static void
take_answer(const struct work *work)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(work->queue, TIMEOUT_MS);

	if (event == NULL || rd_kafka_event_error(event) != 0)
		die(event == NULL ? "no answer"
				  : rd_kafka_event_error_string(event));
	rd_kafka_event_destroy(event);
}

int
main(int argc, char **argv)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	struct work work = { 0 };
	const struct rd_kafka_metadata *metadata;
	char text[200];
	int count;
	int sent = 0;

	if (argc != 6)
		die("bare_commit BOOTSTRAP TOPIC PARTITIONS PREFIX COUNT");
	if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], text,
		sizeof(text)) != RD_KAFKA_CONF_OK ||
	    rd_kafka_conf_set(conf, "group.id", "tidemark-bare", text,
		sizeof(text)) != RD_KAFKA_CONF_OK)
		die(text);
	work.handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	if (work.handle == NULL)
		die(text);
	if (rd_kafka_metadata(work.handle, 0, NULL, &metadata, TIMEOUT_MS) != 0)
		die("metadata");
	rd_kafka_metadata_destroy(metadata);
	work.queue = rd_kafka_queue_new(work.handle);
	work.options = rd_kafka_AdminOptions_new(
	    work.handle, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
	if (rd_kafka_AdminOptions_set_broker(
		work.options, BROKER, text, sizeof(text)) != 0)
		die(text);
	work.topic = argv[2];
	work.partitions = number(argv[3]);
	work.prefix = argv[4];
	count = number(argv[5]);
	for (int done = 0; done < count; done++) {
		for (; sent < count && sent < done + WINDOW; sent++)
			send_commit(&work, sent);
		take_answer(&work);
	}
	rd_kafka_AdminOptions_destroy(work.options);
	rd_kafka_queue_destroy(work.queue);
	rd_kafka_destroy(work.handle);
	(void)printf("%d groups\n", count);
	return 0;
}
