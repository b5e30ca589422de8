/*
 * A bare scan of the offsets topic: the least that a program can do which
 * captures positions from there.  It asks for the ends of the partitions,
 * reads committed records up to them and counts these; nothing is looked into
 * and nothing is kept.
 *
 *	bare_scan BOOTSTRAP
 */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/compiler.h"
#include "common/xalloc.h"

#define TOPIC "__consumer_offsets"
#define TIMEOUT_MS 30000
#define BATCH 10000
/* A batch that is not full is waited for that long, also at the end. */
#define BATCH_MS 5

/* A full queue would pause its partition; and half of reconnect.backoff.ms goes
 * by, also at the start, between one connection and the next. */
static const char *const settings[][2] = {
	{ "group.id", "tidemark-bare" },
	{ "enable.auto.commit", "false" },
	{ "auto.offset.reset", "earliest" },
	{ "isolation.level", "read_committed" },
	{ "enable.partition.eof", "true" },
	{ "queued.min.messages", "10000000" },
	{ "queued.max.messages.kbytes", "131072" },
	{ "fetch.wait.max.ms", "10" },
	{ "fetch.queue.backoff.ms", "10" },
	{ "reconnect.backoff.ms", "20" },
};

/* What is read, and where each partition ends; -1 once that was reached. */
struct scan {
	rd_kafka_t *handle;
	int partitions;
	int64_t *ends;
	int left;
	size_t records;
};

/* Ends the process with a message. */
NORETURN static void
die(const char *what)
{
	(void)fprintf(stderr, "bare_scan: %s\n", what);
	exit(1);
}

static rd_kafka_t *
connect_to(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *handle;
	char text[200];

	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text,
		sizeof(text)) != RD_KAFKA_CONF_OK)
		die(text);
	for (size_t at = 0; at < sizeof(settings) / sizeof(*settings); at++)
		if (rd_kafka_conf_set(conf, settings[at][0], settings[at][1],
			text, sizeof(text)) != RD_KAFKA_CONF_OK)
			die(text);
	handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	if (handle == NULL)
		die(text);
	return handle;
}

static int
count_partitions(rd_kafka_t *handle)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(handle, TOPIC, NULL);
	const struct rd_kafka_metadata *metadata;
	int count;

	if (rd_kafka_metadata(handle, 0, topic, &metadata, TIMEOUT_MS) != 0)
		die("metadata");
	count =
	    metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
	return count;
}

static rd_kafka_event_t *
ask_ends(const struct scan *scan, rd_kafka_queue_t *queue)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(
	    scan->handle, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(scan->partitions);
	rd_kafka_error_t *error = rd_kafka_AdminOptions_set_isolation_level(
	    options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED);
	rd_kafka_event_t *event;

	if (error != NULL)
		die(rd_kafka_error_string(error));
	for (int at = 0; at < scan->partitions; at++)
		rd_kafka_topic_partition_list_add(list, TOPIC, at)->offset =
		    RD_KAFKA_OFFSET_SPEC_LATEST;
	rd_kafka_ListOffsets(scan->handle, list, options, queue);
	event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
	if (event == NULL || rd_kafka_event_error(event) != 0)
		die(event == NULL ? "no answer"
				  : rd_kafka_event_error_string(event));
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_AdminOptions_destroy(options);
	return event;
}

static void
take_ends(struct scan *scan)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(scan->handle);
	rd_kafka_event_t *event = ask_ends(scan, queue);
	size_t count;
	const rd_kafka_ListOffsetsResultInfo_t **infos =
	    rd_kafka_ListOffsets_result_infos(
		rd_kafka_event_ListOffsets_result(event), &count);

	if (count != (size_t)scan->partitions)
		die("not every partition has an end");
	for (size_t at = 0; at < count; at++) {
		const rd_kafka_topic_partition_t *each =
		    rd_kafka_ListOffsetsResultInfo_topic_partition(infos[at]);

		if (each->err != 0)
			die(rd_kafka_err2str(each->err));
		scan->ends[each->partition] = each->offset;
	}
	rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
}

static void
assign_all(struct scan *scan)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(scan->partitions);

	for (int at = 0; at < scan->partitions; at++) {
		if (scan->ends[at] == 0)
			continue;
		rd_kafka_topic_partition_list_add(list, TOPIC, at)->offset =
		    RD_KAFKA_OFFSET_BEGINNING;
		scan->left++;
	}
	if (rd_kafka_assign(scan->handle, list) != 0)
		die("assignment");
	rd_kafka_topic_partition_list_destroy(list);
}

/* The last records may have been compacted away: then the end of the
 * partition, which is told apart, says that there is no more. */
static void
take(struct scan *scan, const rd_kafka_message_t *message)
{
	const bool at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
	int64_t *end;

	if (message->err != 0 && !at_end)
		die(rd_kafka_message_errstr(message));
	end = &scan->ends[message->partition];
	if (*end < 0)
		return;
	scan->records += !at_end;
	if (message->offset + !at_end >= *end) {
		*end = -1;
		scan->left--;
	}
}

static void
read_all(struct scan *scan)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(scan->handle);
	rd_kafka_message_t **batch = xcalloc(BATCH, sizeof(*batch));
	int empty = 0;

	while (scan->left > 0) {
		const ssize_t got =
		    rd_kafka_consume_batch_queue(queue, BATCH_MS, batch, BATCH);

		empty = got > 0 ? 0 : empty + 1;
		if (empty > TIMEOUT_MS / BATCH_MS)
			die("no more records, and not at the end");
		for (ssize_t at = 0; at < got; at++) {
			take(scan, batch[at]);
			rd_kafka_message_destroy(batch[at]);
		}
	}
	free(batch);
	rd_kafka_queue_destroy(queue);
}

int
main(int argc, char **argv)
{
	struct scan scan = { 0 };

	if (argc != 2)
		die("bare_scan BOOTSTRAP");
	scan.handle = connect_to(argv[1]);
	scan.partitions = count_partitions(scan.handle);
	scan.ends = xcalloc((size_t)scan.partitions, sizeof(*scan.ends));
	take_ends(&scan);
	assign_all(&scan);
	read_all(&scan);
	free(scan.ends);
	rd_kafka_destroy(scan.handle);
	(void)printf("%zu records\n", scan.records);
	return 0;
}
