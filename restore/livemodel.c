#include "restore/livemodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/census.h"
#include "restore/target.h"

struct making {
	struct snapshot *snapshot;
	size_t hole_capacity;
	struct hole *holes; /* until it is known how many there are */
};

static struct hole *
add_hole(
    struct making *making, enum hole_kind kind, int error, const char *what)
{
	struct snapshot *snapshot = making->snapshot;
	struct hole *hole;

	making->holes = xgrow(making->holes, snapshot->hole_count,
	    &making->hole_capacity, sizeof(*making->holes));
	hole = &making->holes[snapshot->hole_count++];
	*hole = (struct hole){
		.kind = kind, .partition = -1, .broker = -1, .error = error
	};
	hole->text = error == KAFKA_OK
	    ? what
	    : arena_format(
		  &snapshot->arena, "%s: %s", what, kafka_error_name(error));
	return hole;
}

static void
add_position_hole(struct making *making, struct bytes group,
    const struct target_position *position)
{
	struct hole *hole = position->error == KAFKA_UNSTABLE_OFFSET_COMMIT
	    ? add_hole(making, HOLE_UNSTABLE, position->error,
		  "an open transaction holds it")
	    : add_hole(making, HOLE_POSITION, position->error,
		  "it could not be read");

	hole->has_group = true;
	hole->group = group;
	hole->has_topic = true;
	hole->topic = position->topic;
	hole->partition = position->partition;
}

static void
fill_group(
    struct making *making, const struct target_group *from, struct group *group)
{
	struct arena *arena = &making->snapshot->arena;
	struct position *next =
	    arena_alloc(arena, from->position_count, sizeof(*next));
	struct group_topic *topic = NULL;

	group->topics =
	    arena_alloc(arena, from->position_count, sizeof(*group->topics));
	for (size_t i = 0; i < from->position_count; i++) {
		const struct target_position *position = &from->positions[i];

		if (position->error != KAFKA_OK)
			add_position_hole(making, from->name, position);
		if (position->error != KAFKA_OK || !position->present)
			continue;
		if (topic == NULL ||
		    !bytes_equal(topic->topic, position->topic)) {
			topic = &group->topics[group->topic_count++];
			topic->topic = position->topic;
			topic->positions = next;
		}
		*next++ = (struct position){
			.offset = position->offset,
			.partition = position->partition,
			.epoch = position->epoch,
			.metadata = position->metadata.data,
			.metadata_size = (uint32_t)position->metadata.size,
			.commit_ms = -1,
			.expire_ms = -1,
		};
		topic->count++;
	}
}

static void
add_group(
    struct making *making, const struct target_group *from, int64_t read_ms)
{
	struct snapshot *snapshot = making->snapshot;
	struct group *group;

	if (from->positions_error != KAFKA_OK) {
		struct hole *hole = add_hole(making, HOLE_GROUP,
		    from->positions_error, "it could not be read");

		hole->has_group = true;
		hole->group = from->name;
		return;
	}
	if (!from->exists)
		return;
	group = &snapshot->groups[snapshot->group_count++];
	*group = (struct group){ .name = from->name,
		.type = from->type,
		.state = from->state,
		.protocol_type = from->protocol_type,
		.state_ms = -1,
		.coordinator = from->listed_by,
		.read_start_ms = read_ms,
		.read_end_ms = read_ms };
	fill_group(making, from, group);
}

static void
add_topic(struct making *making, const struct target_topic *from,
    struct nameset *missing)
{
	struct snapshot *snapshot = making->snapshot;
	struct topic *topic;

	if (from->error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION) {
		nameset_add(missing, from->name);
		return;
	}
	if (from->error != KAFKA_OK) {
		struct hole *hole = add_hole(making, HOLE_TOPIC, from->error,
		    "id and log ranges are not known");

		hole->has_topic = true;
		hole->topic = from->name;
		return;
	}
	topic = &snapshot->topics[snapshot->topic_count++];
	topic->name = from->name;
	topic->has_id = from->has_id;
	memcpy(topic->id, from->id, sizeof(topic->id));
	topic->partitions = arena_alloc(
	    &snapshot->arena, from->count, sizeof(*topic->partitions));
	topic->count = from->count;
	for (size_t i = 0; i < from->count; i++)
		topic->partitions[i] = (struct log_range){
			.partition = from->partitions[i].partition,
			.epoch = from->partitions[i].epoch,
			.start = from->partitions[i].start,
			.end = from->partitions[i].end,
		};
}

static void
fill_info(const struct target *target, const char *cluster_id,
    struct snapshot_info *info)
{
	(void)snprintf(
	    info->cluster_id, sizeof(info->cluster_id), "%s", cluster_id);
	info->from_ms = target->read_ms;
	info->to_ms = target->read_ms;
	info->as_of_ms = -1;
	info->scope = SCOPE_CLUSTER;
	info->reason = "";
}

void
livemodel_make(const struct target *target, const struct census *census,
    const char *cluster_id, struct livemodel *out)
{
	struct snapshot *snapshot = &out->snapshot;
	struct making making = { .snapshot = snapshot };

	*out = (struct livemodel){ 0 };
	fill_info(target, cluster_id, &snapshot->info);
	snapshot->groups = arena_alloc(
	    &snapshot->arena, target->group_count, sizeof(*snapshot->groups));
	snapshot->topics = arena_alloc(
	    &snapshot->arena, target->topic_count, sizeof(*snapshot->topics));
	if (census->incomplete)
		(void)add_hole(&making, HOLE_LISTING, KAFKA_OK,
		    "a broker did not list its groups");
	for (size_t i = 0; i < target->group_count; i++)
		add_group(&making, &target->groups[i], target->read_ms);
	for (size_t i = 0; i < target->topic_count; i++)
		add_topic(&making, &target->topics[i], &out->missing);
	snapshot->holes = arena_alloc(
	    &snapshot->arena, snapshot->hole_count, sizeof(*snapshot->holes));
	if (making.holes != NULL)
		memcpy(snapshot->holes, making.holes,
		    snapshot->hole_count * sizeof(*snapshot->holes));
	free(making.holes);
	nameset_settle(&out->missing);
	model_sort(snapshot);
	model_count(snapshot);
}

void
livemodel_release(struct livemodel *model)
{
	snapshot_release(&model->snapshot);
	free(model->missing.names);
	*model = (struct livemodel){ 0 };
}
