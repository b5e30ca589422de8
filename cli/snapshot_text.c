/* Parts of a snapshot, for people and as JSON. */
#include "cli/snapshot_text.h"

#include <string.h>

#include "cli/output.h"
#include "cli/table.h"
#include "cli/window_text.h"
#include "common/timetext.h"
#include "kafka/cluster.h"

static json_t *
patterns_json(const char **patterns, size_t count)
{
	json_t *list = json_array();

	for (size_t index = 0; index < count; index++)
		json_array_append_new(list, json_text(patterns[index]));
	return list;
}

static json_t *
scan_json(const struct snapshot_info *info)
{
	const struct snapshot_scan *scan = &info->scan;

	if (info->source == SOURCE_API)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "records",
	    (json_int_t)scan->record_count, "unknown_types",
	    (json_int_t)scan->unknown_type_count, "unknown_versions",
	    (json_int_t)scan->unknown_version_count, "broken",
	    (json_int_t)scan->broken_count);
}

static json_t *
compare_json(const struct snapshot_info *info)
{
	const struct snapshot_compare *compare = &info->compare;

	if (info->source != SOURCE_BOTH)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "agreed",
	    (json_int_t)compare->agreed_count, "moving",
	    (json_int_t)compare->moving_count, "only_api",
	    (json_int_t)compare->only_api_count, "only_topic",
	    (json_int_t)compare->only_topic_count, "differing",
	    (json_int_t)compare->differing_count);
}

static void
set_source(json_t *line, const struct snapshot_info *info)
{
	json_object_set_new(
	    line, "source", json_string(snapshot_source_text(info->source)));
	json_object_set_new(line, "scan", scan_json(info));
	json_object_set_new(line, "compare", compare_json(info));
	if (info->as_of_ms == -1)
		json_object_set_new(line, "as_of", json_null());
	else
		json_set_time(line, "as_of", info->as_of_ms);
	json_object_set_new(line, "last_known", json_boolean(info->last_known));
}

json_t *
snapshot_json_info(const struct snapshot_info *info)
{
	const struct selection *selection = &info->selection;
	json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:o}",
	    "kind", "snapshot", "id", info->id, "cluster", info->cluster_id,
	    "scope", scope_text(info->scope), "complete",
	    info->complete ? 1 : 0, "previous", info->previous, "writer",
	    info->writer, "reason", json_text(info->reason));

	json_set_time(line, "from", info->from_ms);
	json_set_time(line, "to", info->to_ms);
	set_source(line, info);
	json_object_set_new(line, "window", window_text_json(&info->window));
	if (info->interval_ms > 0)
		json_object_set_new(
		    line, "interval_ms", json_integer(info->interval_ms));
	json_object_set_new(line, "selection",
	    json_pack("{s:o, s:o, s:o, s:o}", "groups",
		patterns_json(selection->groups, selection->group_count),
		"exclude_groups",
		patterns_json(
		    selection->exclude_groups, selection->exclude_group_count),
		"topics",
		patterns_json(selection->topics, selection->topic_count),
		"exclude_topics",
		patterns_json(selection->exclude_topics,
		    selection->exclude_topic_count)));
	json_object_set_new(line, "counts",
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "groups",
		(json_int_t)info->group_count, "topics",
		(json_int_t)info->topic_count, "partitions",
		(json_int_t)info->partition_count, "positions",
		(json_int_t)info->position_count, "holes",
		(json_int_t)info->hole_count, "negative",
		(json_int_t)info->negative_count, "unstable",
		(json_int_t)info->unstable_count, "csv_skipped",
		(json_int_t)info->csv_skipped_count, "points",
		(json_int_t)info->point_count));
	return line;
}

json_t *
snapshot_json_hole(const struct hole *hole)
{
	json_t *line = json_pack("{s:s, s:s, s:o}", "kind", "hole", "hole",
	    hole_kind_text(hole->kind), "text", json_text(hole->text));

	if (hole->has_group)
		json_set_name(line, "group", hole->group);
	if (hole->has_topic)
		json_set_name(line, "topic", hole->topic);
	if (hole->partition >= 0)
		json_object_set_new(
		    line, "partition", json_integer(hole->partition));
	if (hole->broker >= 0)
		json_object_set_new(line, "broker", json_integer(hole->broker));
	if (hole->error != 0)
		json_object_set_new(
		    line, "error", json_string(kafka_error_name(hole->error)));
	return line;
}

json_t *
snapshot_json_gone(const struct gone *gone)
{
	json_t *line = json_pack("{s:s}", "kind", "gone");

	json_set_name(line, "group", gone->group);
	if (gone->has_topic) {
		json_set_name(line, "topic", gone->topic);
		json_object_set_new(
		    line, "partition", json_integer(gone->partition));
		json_object_set_new(line, "offset", json_integer(gone->offset));
	}
	return line;
}

void
snapshot_json_range(const struct snapshot *snapshot, struct bytes topic,
    int32_t partition, json_t *object)
{
	const struct topic *found = model_find_topic(snapshot, topic);
	const struct log_range *range =
	    found == NULL ? NULL : topic_find_partition(found, partition);

	if (range == NULL || range->start < 0 || range->end < 0)
		return;
	json_object_set_new(object, "log_start", json_integer(range->start));
	json_object_set_new(object, "log_end", json_integer(range->end));
}

void
snapshot_print_source(const struct snapshot_info *info, struct output *out)
{
	const struct snapshot_scan *scan = &info->scan;
	const struct snapshot_compare *compare = &info->compare;
	char time[TIME_RFC3339_MAX];

	if (info->source == SOURCE_API)
		return;
	output_text(out, "source    %s: %zu records",
	    snapshot_source_text(info->source), scan->record_count);
	if (scan->unknown_type_count > 0)
		output_text(
		    out, ", %zu of unknown types", scan->unknown_type_count);
	if (scan->unknown_version_count > 0)
		output_text(out, ", %zu of unknown versions",
		    scan->unknown_version_count);
	if (scan->broken_count > 0)
		output_text(out, ", %zu broken", scan->broken_count);
	output_text(out, "\n");
	if (info->source == SOURCE_BOTH)
		output_text(out,
		    "compared  %zu agree, %zu moving, %zu only in the API's "
		    "answers, %zu only in the topic, %zu differ\n",
		    compare->agreed_count, compare->moving_count,
		    compare->only_api_count, compare->only_topic_count,
		    compare->differing_count);
	if (info->as_of_ms != -1)
		output_text(
		    out, "as of     %s\n", time_format(info->as_of_ms, time));
	if (info->last_known)
		output_text(out,
		    "as of     no one time: what each position held last\n");
}

void
snapshot_print_holes(const struct snapshot *snapshot, struct output *out)
{
	static const char *const titles[] = { "HOLE", "GROUP", "TOPIC",
		">PARTITION", ">BROKER", "WHY", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t index = 0; index < snapshot->hole_count; index++) {
		const struct hole *hole = &snapshot->holes[index];

		table_text(&table, "%s", hole_kind_text(hole->kind));
		if (hole->has_group)
			table_name(&table, hole->group);
		else
			table_text(&table, "-");
		if (hole->has_topic)
			table_name(&table, hole->topic);
		else
			table_text(&table, "-");
		if (hole->partition >= 0)
			table_number(&table, hole->partition);
		else
			table_text(&table, "-");
		if (hole->broker >= 0)
			table_number(&table, hole->broker);
		else
			table_text(&table, "-");
		table_name(&table, bytes_of(hole->text));
	}
	if (snapshot->hole_count > 0)
		output_text(out, "\nnot read (%zu):\n", snapshot->hole_count);
	table_finish(&table, out);
}

void
snapshot_print_gone(const struct snapshot *snapshot, struct output *out)
{
	static const char *const titles[] = { "GROUP", "TOPIC", ">PARTITION",
		">OFFSET", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t index = 0; index < snapshot->gone_count; index++) {
		const struct gone *gone = &snapshot->gone[index];

		table_name(&table, gone->group);
		if (gone->has_topic) {
			table_name(&table, gone->topic);
			table_number(&table, gone->partition);
			table_number(&table, gone->offset);
		} else {
			table_text(&table, "(the whole group)");
			table_text(&table, "-");
			table_text(&table, "-");
		}
	}
	if (snapshot->gone_count > 0)
		output_text(out, "\ngone since snapshot %s (%zu):\n",
		    snapshot->info.previous, snapshot->gone_count);
	table_finish(&table, out);
}
