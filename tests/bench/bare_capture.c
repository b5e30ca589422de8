/*
 * The bare requests of a capture: what a program would need that asks the
 * cluster for the same as `tidemark snapshot` and keeps nothing.  It lists the
 * groups before and after, by broker and of all, asks each group's offsets
 * with 500 requests on their way, describes the topics and reads both ends of
 * their logs.
 *
 *	bare_capture BOOTSTRAP TOPIC PARTITIONS
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parsenum.h"

#define WINDOW 500
#define TIMEOUT_MS 30000
#define CHUNK 1000

static rd_kafka_t *handle;
static rd_kafka_queue_t *queue;

/* Ends the process with a message. */
static void
die(const char *what)
{
	(void)fprintf(stderr, "bare_capture: %s\n", what);
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

static void
set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char text[200];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) !=
	    RD_KAFKA_CONF_OK)
		die(text);
}

static rd_kafka_AdminOptions_t *
options_for(rd_kafka_admin_op_t op, int32_t broker)
{
	rd_kafka_AdminOptions_t *options =
	    rd_kafka_AdminOptions_new(handle, op);
	char text[200];

	if (rd_kafka_AdminOptions_set_request_timeout(
		options, TIMEOUT_MS, text, sizeof(text)) != 0 ||
	    (broker >= 0 &&
		rd_kafka_AdminOptions_set_broker(
		    options, broker, text, sizeof(text)) != 0))
		die(text);
	return options;
}

static rd_kafka_event_t *
wait_event(void)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);

	if (event == NULL || rd_kafka_event_error(event) != 0)
		die(event == NULL ? "no answer"
				  : rd_kafka_event_error_string(event));
	return event;
}

/* The groups of one broker: the event holds them. */
static rd_kafka_event_t *
list_groups(int32_t broker)
{
	rd_kafka_AdminOptions_t *options =
	    options_for(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, broker);

	rd_kafka_ListConsumerGroups(handle, options, queue);
	rd_kafka_AdminOptions_destroy(options);
	return wait_event();
}

static void
list_all(void)
{
	const struct rd_kafka_group_list *all;

	if (rd_kafka_list_groups(handle, NULL, &all, TIMEOUT_MS) != 0)
		die("listing of all groups");
	rd_kafka_group_list_destroy(all);
}

static void
ask_offsets(const char *group, rd_kafka_AdminOptions_t *options)
{
	rd_kafka_ListConsumerGroupOffsets_t *request =
	    rd_kafka_ListConsumerGroupOffsets_new(group, NULL);

	rd_kafka_ListConsumerGroupOffsets(handle, &request, 1, options, queue);
	rd_kafka_ListConsumerGroupOffsets_destroy(request);
}

static size_t
fetch_offsets(const rd_kafka_event_t *listing, int32_t broker)
{
	rd_kafka_AdminOptions_t *options =
	    options_for(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, broker);
	rd_kafka_error_t *error =
	    rd_kafka_AdminOptions_set_require_stable_offsets(options, 1);
	size_t count;
	size_t sent = 0;
	const rd_kafka_ConsumerGroupListing_t **groups =
	    rd_kafka_ListConsumerGroups_result_valid(
		rd_kafka_event_ListConsumerGroups_result(
		    (rd_kafka_event_t *)(uintptr_t)listing),
		&count);

	if (error != NULL)
		die("stable offsets");
	for (size_t done = 0; done < count; done++) {
		for (; sent < count && sent < done + WINDOW; sent++)
			ask_offsets(rd_kafka_ConsumerGroupListing_group_id(
					groups[sent]),
			    options);
		rd_kafka_event_destroy(wait_event());
	}
	rd_kafka_AdminOptions_destroy(options);
	return count;
}

static void
describe_topic(const char *topic)
{
	rd_kafka_AdminOptions_t *options =
	    options_for(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, -1);
	rd_kafka_TopicCollection_t *topics =
	    rd_kafka_TopicCollection_of_topic_names(&topic, 1);

	rd_kafka_DescribeTopics(handle, topics, options, queue);
	rd_kafka_event_destroy(wait_event());
	rd_kafka_TopicCollection_destroy(topics);
	rd_kafka_AdminOptions_destroy(options);
}

static void
list_offsets(const char *topic, int32_t partitions, rd_kafka_OffsetSpec_t spec)
{
	rd_kafka_AdminOptions_t *options =
	    options_for(RD_KAFKA_ADMIN_OP_LISTOFFSETS, -1);

	for (int32_t from = 0; from < partitions; from += CHUNK) {
		rd_kafka_topic_partition_list_t *list =
		    rd_kafka_topic_partition_list_new(CHUNK);

		for (int32_t at = from; at < partitions && at < from + CHUNK;
		     at++)
			rd_kafka_topic_partition_list_add(list, topic, at)
			    ->offset = (int64_t)spec;
		rd_kafka_ListOffsets(handle, list, options, queue);
		rd_kafka_event_destroy(wait_event());
		rd_kafka_topic_partition_list_destroy(list);
	}
	rd_kafka_AdminOptions_destroy(options);
}

/* How many partitions a topic has. */
static int32_t
partitions_of(const struct rd_kafka_metadata *metadata, const char *topic)
{
	for (int at = 0; at < metadata->topic_cnt; at++)
		if (strcmp(metadata->topics[at].topic, topic) == 0)
			return metadata->topics[at].partition_cnt;
	return 0;
}

int
main(int argc, char **argv)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const struct rd_kafka_metadata *metadata;
	int32_t offsets_partitions;
	size_t groups = 0;
	char text[200];

	if (argc != 4)
		die("bare_capture BOOTSTRAP TOPIC PARTITIONS");
	set(conf, "bootstrap.servers", argv[1]);
	set(conf, "group.id", "tidemark-bare");
	handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	if (handle == NULL)
		die(text);
	queue = rd_kafka_queue_new(handle);
	if (rd_kafka_metadata(handle, 1, NULL, &metadata, TIMEOUT_MS) != 0)
		die("metadata");
	offsets_partitions = partitions_of(metadata, "__consumer_offsets");
	list_offsets("__consumer_offsets", offsets_partitions,
	    RD_KAFKA_OFFSET_SPEC_LATEST);
	for (int at = 0; at < metadata->broker_cnt; at++) {
		const int32_t broker = metadata->brokers[at].id;
		rd_kafka_event_t *listing = list_groups(broker);

		groups += fetch_offsets(listing, broker);
		rd_kafka_event_destroy(listing);
		rd_kafka_event_destroy(list_groups(broker));
	}
	list_all();
	list_offsets("__consumer_offsets", offsets_partitions,
	    RD_KAFKA_OFFSET_SPEC_LATEST);
	describe_topic(argv[2]);
	list_offsets(argv[2], number(argv[3]), RD_KAFKA_OFFSET_SPEC_EARLIEST);
	list_offsets(argv[2], number(argv[3]), RD_KAFKA_OFFSET_SPEC_LATEST);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(handle);
	(void)printf("%zu groups\n", groups);
	return 0;
}
