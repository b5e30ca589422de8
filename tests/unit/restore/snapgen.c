#include "tests/unit/restore/snapgen.h"

#include <stdio.h>
#include <string.h>

void
snapgen_begin(
    struct snapshot *snapshot, const char *id, int64_t from_ms, int64_t to_ms)
{
	struct snapshot_info *info = &snapshot->info;

	memset(snapshot, 0, sizeof(*snapshot));
	(void)snprintf(info->id, sizeof(info->id), "%s", id);
	(void)snprintf(
	    info->cluster_id, sizeof(info->cluster_id), "%s", "here");
	(void)snprintf(info->writer, sizeof(info->writer), "%s", "test");
	(void)snprintf(info->selection_hash, sizeof(info->selection_hash), "%s",
	    "00000000");
	info->reason = "";
	info->from_ms = from_ms;
	info->to_ms = to_ms;
	info->as_of_ms = -1;
	info->scope = SCOPE_CLUSTER;
	snapshot->groups = arena_alloc(
	    &snapshot->arena, SNAPGEN_MAX, sizeof(*snapshot->groups));
	snapshot->topics = arena_alloc(
	    &snapshot->arena, SNAPGEN_MAX, sizeof(*snapshot->topics));
	snapshot->holes = arena_alloc(
	    &snapshot->arena, SNAPGEN_MAX, sizeof(*snapshot->holes));
}

struct group *
snapgen_group(struct snapshot *snapshot, const char *name, int64_t end_ms)
{
	struct group *group = &snapshot->groups[snapshot->group_count++];

	group->name = bytes_of(name);
	group->type = GROUP_CLASSIC;
	group->state = "Empty";
	group->protocol_type = "consumer";
	group->state_ms = -1;
	group->coordinator = 1;
	group->read_start_ms = snapshot->info.from_ms;
	group->read_end_ms = end_ms;
	group->topics =
	    arena_alloc(&snapshot->arena, SNAPGEN_MAX, sizeof(*group->topics));
	return group;
}

struct position *
snapgen_position(struct snapshot *snapshot, struct group *group,
    const char *topic, int32_t partition, int64_t offset)
{
	struct group_topic *to = NULL;
	struct position *position;

	for (size_t i = 0; i < group->topic_count; i++)
		if (bytes_equal_text(group->topics[i].topic, topic))
			to = &group->topics[i];
	if (to == NULL) {
		to = &group->topics[group->topic_count++];
		to->topic = bytes_of(topic);
		to->positions = arena_alloc(
		    &snapshot->arena, SNAPGEN_MAX, sizeof(*to->positions));
	}
	position = &to->positions[to->count++];
	position->partition = partition;
	position->offset = offset;
	position->epoch = 3;
	position->metadata = "";
	position->commit_ms = -1;
	position->expire_ms = -1;
	return position;
}

struct topic *
snapgen_topic(
    struct snapshot *snapshot, const char *name, int32_t partitions, uint8_t id)
{
	struct topic *topic = &snapshot->topics[snapshot->topic_count++];

	topic->name = bytes_of(name);
	topic->has_id = id != 0;
	memset(topic->id, id, sizeof(topic->id));
	topic->partitions = arena_alloc(
	    &snapshot->arena, (size_t)partitions, sizeof(*topic->partitions));
	topic->count = (size_t)partitions;
	for (int32_t i = 0; i < partitions; i++) {
		topic->partitions[i].partition = i;
		topic->partitions[i].epoch = 5;
		topic->partitions[i].start = 0;
		topic->partitions[i].end = 1000;
	}
	return topic;
}

void
snapgen_hole(struct snapshot *snapshot, enum hole_kind kind, const char *group,
    const char *topic, int32_t partition)
{
	struct hole *hole = &snapshot->holes[snapshot->hole_count++];

	hole->kind = kind;
	hole->has_group = group != NULL;
	hole->group = bytes_of(group);
	hole->has_topic = topic != NULL;
	hole->topic = bytes_of(topic);
	hole->partition = partition;
	hole->broker = -1;
	hole->text = "";
}

void
snapgen_select(struct snapshot *snapshot, const char *group, const char *topic)
{
	struct selection *selection = &snapshot->info.selection;
	const char **list;

	if (group != NULL) {
		list = arena_alloc(&snapshot->arena, 1, sizeof(*list));
		list[0] = group;
		selection->groups = list;
		selection->group_count = 1;
	}
	if (topic != NULL) {
		list = arena_alloc(&snapshot->arena, 1, sizeof(*list));
		list[0] = topic;
		selection->topics = list;
		selection->topic_count = 1;
	}
	selection_canonical(snapshot->info.scope, selection,
	    snapshot->info.last_known, snapshot->info.selection_hash);
}

void
snapgen_end(struct snapshot *snapshot)
{
	model_sort(snapshot);
	model_count(snapshot);
}
