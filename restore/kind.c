#include "restore/kind.h"

#include <string.h>

#include "formats/model.h"
#include "restore/plan.h"

/* "AQ" and 9 bytes in all: the shortest that Streams writes. */
#define STREAMS_METADATA_MIN 12

static const char *const texts[KIND_COUNT] = {
	[KIND_PLAIN] = "plain",
	[KIND_SHARE] = "share",
	[KIND_STREAMS] = "streams",
	[KIND_CONNECT_SINK] = "connect-sink",
	[KIND_CONNECT_WORKERS] = "connect-workers",
	[KIND_SPARK] = "spark",
	[KIND_SIMPLE] = "simple",
};

static const char *const hints[KIND_COUNT] = {
	[KIND_PLAIN] = "",
	[KIND_SHARE] = "a share group: its positions are not committed "
		       "offsets; kafka-share-groups sets them",
	[KIND_STREAMS] = "Kafka Streams: only the input positions move; state "
			 "stores and changelogs are not rewound, and records "
			 "read again are counted again",
	[KIND_CONNECT_SINK] =
	    "by its name a Kafka Connect sink: stop the connector first (PUT "
	    "/connectors/NAME/stop; a paused one keeps its members). A source "
	    "connector's offsets are in no group but in Connect's own topic: "
	    "use its REST API",
	[KIND_CONNECT_WORKERS] =
	    "the workers of Kafka Connect themselves: the positions of a sink "
	    "are in group connect-NAME, a source's in Connect's own topic: use "
	    "its REST API",
	[KIND_SPARK] = "by its name Spark Structured Streaming: a query goes "
		       "on from its checkpoint, whatever is committed here",
	[KIND_SIMPLE] = "nobody ever joined it: consumers that assign "
			"partitions by hand are invisible; its positions are "
			"watched for --settle before anything is written",
};

/* --- Kafka Streams ----------------------------------------------------- */

static bool
ends_with(struct bytes text, const char *end)
{
	const size_t size = strlen(end);

	return text.size >= size &&
	    memcmp(text.data + text.size - size, end, size) == 0;
}

/* "APP-...-repartition", "APP-...-changelog": APP is the group's name. */
static bool
is_internal_topic(struct bytes group, struct bytes topic)
{
	return group.size > 0 && topic.size > group.size &&
	    bytes_start_with(topic, group) && topic.data[group.size] == '-' &&
	    (ends_with(topic, "-repartition") ||
		ends_with(topic, "-changelog"));
}

static bool
is_base64(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++) {
		const char c = text.data[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || c == '+' || c == '/' ||
			(c == '=' && i + 2 >= text.size)))
			return false;
	}
	return true;
}

/*
 * Streams' TopicPartitionMetadata: base64 of a version byte, 1 or 2, and a
 * partition time of 8 bytes, which is a recent one or -1; version 2 has more.
 */
static bool
is_streams_metadata(struct bytes metadata)
{
	return metadata.size >= STREAMS_METADATA_MIN &&
	    metadata.size % 4 == 0 && metadata.data[0] == 'A' &&
	    strchr("Qfgv", metadata.data[1]) != NULL &&
	    metadata.data[1] != '\0' && is_base64(metadata);
}

static bool
is_streams(const struct plan_group *group)
{
	if (group->type == GROUP_STREAMS ||
	    strcmp(group->protocol_type, "streams") == 0)
		return true;
	for (size_t i = 0; i < group->row_count; i++) {
		const struct plan_row *row = &group->rows[i];

		if (is_internal_topic(group->name, row->topic) ||
		    is_streams_metadata(row->now.metadata) ||
		    is_streams_metadata(row->planned.metadata))
			return true;
	}
	return false;
}

/* --- the others -------------------------------------------------------- */

/* What Spark names the consumers of a query that was given no group. */
static bool
is_spark(struct bytes name)
{
	return bytes_start_with(name, bytes_of("spark-kafka-source-")) ||
	    bytes_start_with(name, bytes_of("spark-kafka-relation-"));
}

enum group_kind
kind_of(const struct plan_group *group)
{
	const bool workers = strcmp(group->protocol_type, "connect") == 0;

	if (group->type == GROUP_SHARE ||
	    strcmp(group->protocol_type, "share") == 0)
		return KIND_SHARE;
	if (is_streams(group))
		return KIND_STREAMS;
	if (workers)
		return KIND_CONNECT_WORKERS;
	if (bytes_start_with(group->name, bytes_of("connect-")))
		return KIND_CONNECT_SINK;
	if (is_spark(group->name))
		return KIND_SPARK;
	if (group->exists && group->type == GROUP_CLASSIC &&
	    group->protocol_type[0] == '\0')
		return KIND_SIMPLE;
	return KIND_PLAIN;
}

const char *
kind_hint(enum group_kind kind)
{
	return hints[kind];
}

const char *
kind_text(enum group_kind kind)
{
	return texts[kind];
}

bool
kind_parse(struct bytes text, enum group_kind *out)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (bytes_equal_text(text, texts[i])) {
			*out = (enum group_kind)i;
			return true;
		}
	return false;
}
