/*
 * modeldump.c - see modeldump.h.
 */
#include "tests/unit/formats/modeldump.h"

#include <stdlib.h>
#include <string.h>

#include "common/encoding.h"
#include "common/utf8.h"
#include "common/xalloc.h"

static json_t *
dump_bytes(struct bytes text)
{
	json_t *dumped;
	char *hex;

	if (text.size == 0)
		return json_string("");
	if (utf8_valid(text) && memchr(text.data, '\0', text.size) == NULL)
		return json_stringn(text.data, text.size);
	hex = xcalloc(text.size * 2 + 1, 1);
	hex_encode(text.data, text.size, hex);
	dumped = json_object();
	json_object_set_new(dumped, "hex", json_string(hex));
	free(hex);
	return dumped;
}

static json_t *
dump_text(const char *text)
{
	return dump_bytes(bytes_of(text));
}

static void
set_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static json_t *
dump_position(const struct position *position)
{
	const struct bytes metadata = { position->metadata,
		position->metadata_size };
	json_t *object = json_object();

	set_integer(object, "partition", position->partition);
	set_integer(object, "offset", position->offset);
	set_integer(object, "epoch", position->epoch);
	json_object_set_new(object, "metadata", dump_bytes(metadata));
	json_object_set_new(
	    object, "unstable", json_boolean(position->unstable));
	/* Readings that were written down before this was known have none. */
	if (position->commit_ms != -1)
		set_integer(object, "commit_ms", position->commit_ms);
	if (position->expire_ms != -1)
		set_integer(object, "expire_ms", position->expire_ms);
	return object;
}

static json_t *
dump_group(const struct group *group)
{
	json_t *object = json_object();
	json_t *topics = json_array();

	json_object_set_new(object, "group", dump_bytes(group->name));
	json_object_set_new(
	    object, "type", json_string(group_type_text(group->type)));
	json_object_set_new(object, "state", dump_text(group->state));
	json_object_set_new(
	    object, "protocol_type", dump_text(group->protocol_type));
	set_integer(object, "coordinator", group->coordinator);
	set_integer(object, "read_start_ms", group->read_start_ms);
	set_integer(object, "read_end_ms", group->read_end_ms);
	if (group->state_ms != -1)
		set_integer(object, "state_ms", group->state_ms);
	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];
		json_t *dumped = json_object();
		json_t *positions = json_array();

		for (size_t j = 0; j < topic->count; j++)
			json_array_append_new(
			    positions, dump_position(&topic->positions[j]));
		json_object_set_new(dumped, "topic", dump_bytes(topic->topic));
		json_object_set_new(dumped, "positions", positions);
		json_array_append_new(topics, dumped);
	}
	json_object_set_new(object, "topics", topics);
	return object;
}

static json_t *
dump_topic(const struct topic *topic)
{
	json_t *object = json_object();
	json_t *partitions = json_array();
	char id[UUID_TEXT_MAX];

	json_object_set_new(object, "topic", dump_bytes(topic->name));
	uuid_format(topic->id, id);
	json_object_set_new(
	    object, "id", topic->has_id ? json_string(id) : json_null());
	for (size_t i = 0; i < topic->count; i++) {
		const struct log_range *range = &topic->partitions[i];
		json_t *dumped = json_object();

		set_integer(dumped, "partition", range->partition);
		set_integer(dumped, "start", range->start);
		set_integer(dumped, "end", range->end);
		set_integer(dumped, "epoch", range->epoch);
		json_array_append_new(partitions, dumped);
	}
	json_object_set_new(object, "partitions", partitions);
	return object;
}

static json_t *
dump_times(const struct topic_times *times)
{
	json_t *object = json_object();
	json_t *points = json_array();
	json_t *gaps = json_array();

	json_object_set_new(object, "topic", dump_bytes(times->topic));
	for (size_t i = 0; i < times->count; i++) {
		const struct partition_times *partition = &times->partitions[i];

		for (size_t j = 0; j < partition->count; j++) {
			const struct time_point *point = &partition->points[j];
			json_t *dumped = json_object();

			set_integer(dumped, "partition", partition->partition);
			set_integer(dumped, "asked_ms", point->asked_ms);
			set_integer(dumped, "offset", point->offset);
			set_integer(dumped, "found_ms", point->found_ms);
			json_array_append_new(points, dumped);
		}
	}
	for (size_t i = 0; i < times->gap_count; i++) {
		json_t *dumped = json_object();

		set_integer(dumped, "partition", times->gaps[i].partition);
		set_integer(dumped, "since_ms", times->gaps[i].since_ms);
		json_array_append_new(gaps, dumped);
	}
	json_object_set_new(object, "points", points);
	json_object_set_new(object, "gaps", gaps);
	return object;
}

static json_t *
dump_hole(const struct hole *hole)
{
	json_t *object = json_object();

	json_object_set_new(
	    object, "kind", json_string(hole_kind_text(hole->kind)));
	json_object_set_new(object, "group",
	    hole->has_group ? dump_bytes(hole->group) : json_null());
	json_object_set_new(object, "topic",
	    hole->has_topic ? dump_bytes(hole->topic) : json_null());
	set_integer(object, "partition", hole->partition);
	set_integer(object, "broker", hole->broker);
	set_integer(object, "error", hole->error);
	json_object_set_new(object, "text", dump_text(hole->text));
	return object;
}

static json_t *
dump_gone(const struct gone *gone)
{
	json_t *object = json_object();

	json_object_set_new(object, "group", dump_bytes(gone->group));
	json_object_set_new(object, "topic",
	    gone->has_topic ? dump_bytes(gone->topic) : json_null());
	set_integer(object, "partition", gone->partition);
	set_integer(object, "offset", gone->offset);
	return object;
}

static json_t *
dump_patterns(const char **patterns, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, dump_text(patterns[i]));
	return array;
}

static json_t *
dump_selection(const struct selection *selection)
{
	json_t *object = json_object();

	json_object_set_new(object, "groups",
	    dump_patterns(selection->groups, selection->group_count));
	json_object_set_new(object, "exclude_groups",
	    dump_patterns(
		selection->exclude_groups, selection->exclude_group_count));
	json_object_set_new(object, "topics",
	    dump_patterns(selection->topics, selection->topic_count));
	json_object_set_new(object, "exclude_topics",
	    dump_patterns(
		selection->exclude_topics, selection->exclude_topic_count));
	return object;
}

/* Readings of what the API told have none of it. */
static void
dump_source(const struct snapshot_info *info, json_t *object)
{
	const struct snapshot_scan *scan = &info->scan;
	const struct snapshot_compare *compare = &info->compare;

	if (info->as_of_ms != -1)
		set_integer(object, "as_of_ms", info->as_of_ms);
	if (info->last_known)
		json_object_set_new(object, "last_known", json_true());
	if (info->source == SOURCE_API)
		return;
	json_object_set_new(
	    object, "source", json_string(snapshot_source_text(info->source)));
	json_object_set_new(object, "scan",
	    json_pack("[I, I, I, I]", (json_int_t)scan->record_count,
		(json_int_t)scan->unknown_type_count,
		(json_int_t)scan->unknown_version_count,
		(json_int_t)scan->broken_count));
	json_object_set_new(object, "compare",
	    json_pack("[I, I, I, I, I]", (json_int_t)compare->agreed_count,
		(json_int_t)compare->moving_count,
		(json_int_t)compare->only_api_count,
		(json_int_t)compare->only_topic_count,
		(json_int_t)compare->differing_count));
}

static json_t *
dump_info(const struct snapshot_info *info)
{
	json_t *object = json_object();

	json_object_set_new(object, "id", dump_text(info->id));
	json_object_set_new(object, "cluster_id", dump_text(info->cluster_id));
	set_integer(object, "from_ms", info->from_ms);
	set_integer(object, "to_ms", info->to_ms);
	json_object_set_new(
	    object, "scope", json_string(scope_text(info->scope)));
	json_object_set_new(object, "complete", json_boolean(info->complete));
	json_object_set_new(
	    object, "selection", dump_selection(&info->selection));
	json_object_set_new(
	    object, "selection_hash", dump_text(info->selection_hash));
	json_object_set_new(object, "previous", dump_text(info->previous));
	json_object_set_new(object, "writer", dump_text(info->writer));
	json_object_set_new(object, "reason", dump_text(info->reason));
	set_integer(object, "groups", (int64_t)info->group_count);
	set_integer(object, "topics", (int64_t)info->topic_count);
	set_integer(object, "partitions", (int64_t)info->partition_count);
	set_integer(object, "positions", (int64_t)info->position_count);
	set_integer(object, "holes", (int64_t)info->hole_count);
	set_integer(object, "negative", (int64_t)info->negative_count);
	set_integer(object, "unstable", (int64_t)info->unstable_count);
	set_integer(object, "csv_skipped", (int64_t)info->csv_skipped_count);
	/* Readings that were written down before there was a time index. */
	if (info->index_points > 0) {
		set_integer(object, "points", (int64_t)info->point_count);
		set_integer(
		    object, "index_points", (int64_t)info->index_points);
		set_integer(object, "index_step_ms", info->index_step_ms);
	}
	if (info->interval_ms > 0)
		set_integer(object, "interval_ms", info->interval_ms);
	dump_source(info, object);
	return object;
}

json_t *
modeldump_json(const struct snapshot *snapshot)
{
	json_t *object = json_object();
	json_t *groups = json_array();
	json_t *topics = json_array();
	json_t *holes = json_array();
	json_t *gone = json_array();

	for (size_t i = 0; i < snapshot->group_count; i++)
		json_array_append_new(groups, dump_group(&snapshot->groups[i]));
	for (size_t i = 0; i < snapshot->topic_count; i++)
		json_array_append_new(topics, dump_topic(&snapshot->topics[i]));
	for (size_t i = 0; i < snapshot->hole_count; i++)
		json_array_append_new(holes, dump_hole(&snapshot->holes[i]));
	for (size_t i = 0; i < snapshot->gone_count; i++)
		json_array_append_new(gone, dump_gone(&snapshot->gone[i]));
	json_object_set_new(object, "info", dump_info(&snapshot->info));
	json_object_set_new(object, "groups", groups);
	json_object_set_new(object, "topics", topics);
	json_object_set_new(object, "holes", holes);
	json_object_set_new(object, "gone", gone);
	if (snapshot->times_count > 0) {
		json_t *times = json_array();

		for (size_t i = 0; i < snapshot->times_count; i++)
			json_array_append_new(
			    times, dump_times(&snapshot->times[i]));
		json_object_set_new(object, "times", times);
	}
	return object;
}

bool
modeldump_equal(const struct snapshot *a, const struct snapshot *b)
{
	json_t *left = modeldump_json(a);
	json_t *right = modeldump_json(b);
	const bool equal = json_equal(left, right) != 0;

	json_decref(left);
	json_decref(right);
	return equal;
}
