/*
 * model.c - order, counts and look-ups of a snapshot.
 */
#include "formats/model.h"

#include <stdlib.h>
#include <string.h>

#include "formats/modelorder.h"
#include "formats/offsetcsv.h"
#include "formats/window.h"

/* Sort unless it is in order already, which it mostly is. */
static void
sort_array(void *array, size_t count, size_t size, modelorder_fn *compare)
{
	const char *items = array;

	for (size_t i = 1; i < count; i++) {
		if (compare(items + (i - 1) * size, items + i * size) > 0) {
			qsort(array, count, size, compare);
			return;
		}
	}
}

/* The same, dropping items that are equal to the one before; returns how many
 * remain. */
static size_t
sort_unique(void *array, size_t count, size_t size, modelorder_fn *compare)
{
	char *items = array;
	size_t kept = 0;

	sort_array(array, count, size, compare);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 &&
		    compare(items + (kept - 1) * size, items + i * size) == 0)
			continue;
		if (kept != i)
			memcpy(items + kept * size, items + i * size, size);
		kept++;
	}
	return kept;
}

static void
sort_group(struct group *group)
{
	size_t kept = 0;

	/* A topic without positions says nothing. */
	for (size_t i = 0; i < group->topic_count; i++) {
		if (group->topics[i].count == 0)
			continue;
		group->topics[kept++] = group->topics[i];
	}
	group->topic_count = kept;
	sort_array(group->topics, group->topic_count, sizeof(*group->topics),
	    modelorder_group_topic);
	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];

		sort_array(topic->positions, topic->count,
		    sizeof(*topic->positions), modelorder_position);
	}
}

static void
sort_times(struct topic_times *times)
{
	sort_array(times->partitions, times->count, sizeof(*times->partitions),
	    modelorder_partition_times);
	for (size_t i = 0; i < times->count; i++)
		sort_array(times->partitions[i].points,
		    times->partitions[i].count, sizeof(struct time_point),
		    modelorder_time_point);
	sort_array(times->gaps, times->gap_count, sizeof(*times->gaps),
	    modelorder_time_gap);
}

void
model_sort(struct snapshot *snapshot)
{
	sort_array(snapshot->groups, snapshot->group_count,
	    sizeof(*snapshot->groups), modelorder_group);
	for (size_t i = 0; i < snapshot->group_count; i++)
		sort_group(&snapshot->groups[i]);

	sort_array(snapshot->topics, snapshot->topic_count,
	    sizeof(*snapshot->topics), modelorder_topic);
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		const struct topic *topic = &snapshot->topics[i];

		sort_array(topic->partitions, topic->count,
		    sizeof(*topic->partitions), modelorder_log_range);
	}

	sort_array(snapshot->times, snapshot->times_count,
	    sizeof(*snapshot->times), modelorder_times);
	for (size_t i = 0; i < snapshot->times_count; i++)
		sort_times(&snapshot->times[i]);

	snapshot->hole_count = sort_unique(snapshot->holes,
	    snapshot->hole_count, sizeof(*snapshot->holes), modelorder_hole);
	snapshot->gone_count = sort_unique(snapshot->gone, snapshot->gone_count,
	    sizeof(*snapshot->gone), modelorder_gone);
}

void
model_count_group(const struct group *group, struct snapshot_info *info)
{
	const bool csv_group = offsetcsv_takes_name(group->name);

	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];
		const bool csv =
		    csv_group && offsetcsv_takes_name(topic->topic);

		info->position_count += topic->count;
		for (size_t j = 0; j < topic->count; j++) {
			const struct position *position = &topic->positions[j];

			info->negative_count += position->offset < 0;
			info->unstable_count += position->unstable;
			info->csv_skipped_count += !csv || position->offset < 0;
		}
	}
}

static size_t
count_points(const struct snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->times_count; i++) {
		for (size_t j = 0; j < snapshot->times[i].count; j++)
			count += snapshot->times[i].partitions[j].count;
	}
	return count;
}

void
model_count_begin(struct snapshot *snapshot)
{
	struct snapshot_info *info = &snapshot->info;

	info->group_count = snapshot->group_count;
	info->topic_count = snapshot->topic_count;
	info->hole_count = snapshot->hole_count;
	info->complete = snapshot->hole_count == 0 && !info->last_known;
	info->partition_count = 0;
	info->position_count = 0;
	info->negative_count = 0;
	info->unstable_count = 0;
	info->csv_skipped_count = 0;
	info->point_count = count_points(snapshot);
	for (size_t i = 0; i < snapshot->topic_count; i++)
		info->partition_count += snapshot->topics[i].count;
}

void
model_count(struct snapshot *snapshot)
{
	model_count_begin(snapshot);
	for (size_t i = 0; i < snapshot->group_count; i++)
		model_count_group(&snapshot->groups[i], &snapshot->info);
	if (snapshot->info.window.count > 1)
		return;
	window_of_one(snapshot);
	snapshot->info.index_ms =
	    snapshot->info.index_points > 0 ? snapshot->info.from_ms : -1;
}

/* bsearch() that takes an empty array, which may be NULL. */
static const void *
find(const void *key, const void *array, size_t count, size_t size,
    modelorder_fn *compare)
{
	if (count == 0)
		return NULL;
	return bsearch(key, array, count, size, compare);
}

const struct group *
model_find_group(const struct snapshot *snapshot, struct bytes name)
{
	const struct group key = { .name = name };

	return find(&key, snapshot->groups, snapshot->group_count, sizeof(key),
	    modelorder_group);
}

const struct topic *
model_find_topic(const struct snapshot *snapshot, struct bytes name)
{
	const struct topic key = { .name = name };

	return find(&key, snapshot->topics, snapshot->topic_count, sizeof(key),
	    modelorder_topic);
}

const struct group_topic *
group_find_topic(const struct group *group, struct bytes topic)
{
	const struct group_topic key = { .topic = topic };

	return find(&key, group->topics, group->topic_count, sizeof(key),
	    modelorder_group_topic);
}

const struct position *
group_find_position(
    const struct group *group, struct bytes topic, int32_t partition)
{
	const struct position key = { .partition = partition };
	const struct group_topic *found = group_find_topic(group, topic);

	if (found == NULL)
		return NULL;
	return find(&key, found->positions, found->count, sizeof(key),
	    modelorder_position);
}

const struct log_range *
topic_find_partition(const struct topic *topic, int32_t partition)
{
	const struct log_range key = { .partition = partition };

	return find(&key, topic->partitions, topic->count, sizeof(key),
	    modelorder_log_range);
}

const struct topic_times *
model_find_times(const struct snapshot *snapshot, struct bytes topic)
{
	const struct topic_times key = { .topic = topic };

	return find(&key, snapshot->times, snapshot->times_count, sizeof(key),
	    modelorder_times);
}

const struct partition_times *
times_find_partition(const struct topic_times *times, int32_t partition)
{
	const struct partition_times key = { .partition = partition };

	return find(&key, times->partitions, times->count, sizeof(key),
	    modelorder_partition_times);
}

bool
times_find_gap(
    const struct topic_times *times, int32_t partition, int64_t *since_ms)
{
	const struct time_gap key = { .partition = partition };
	const struct time_gap *gap = find(&key, times->gaps, times->gap_count,
	    sizeof(key), modelorder_time_gap);

	if (gap != NULL)
		*since_ms = gap->since_ms;
	return gap != NULL;
}

/* Does the hole hide all of the group that it names? */
static bool
hides_group(const struct hole *hole)
{
	return hole->kind == HOLE_GROUP ||
	    (!hole->has_topic &&
		(hole->kind == HOLE_BOUND || hole->kind == HOLE_UNREADABLE));
}

bool
model_covers(const struct snapshot *snapshot, struct bytes group, bool selected)
{
	const bool present = model_find_group(snapshot, group) != NULL;

	if (!present && !selected)
		return false;
	if (!present && snapshot->info.scope == SCOPE_VISIBLE)
		return false;
	for (size_t i = 0; i < snapshot->hole_count; i++) {
		const struct hole *hole = &snapshot->holes[i];

		/* What is known of a topic's log hides no group. */
		if (hole->kind == HOLE_TOPIC)
			continue;
		if (!hole->has_group) {
			if (!present)
				return false;
			continue;
		}
		/* A group that is there may lack single positions: those have
		 * holes of their own. */
		if (bytes_equal(hole->group, group) &&
		    (!present || hides_group(hole)))
			return false;
	}
	return true;
}

void
snapshot_release(struct snapshot *snapshot)
{
	arena_release(&snapshot->arena);
	*snapshot = (struct snapshot){ 0 };
}

struct position
position_copy(struct arena *arena, const struct position *from)
{
	const struct bytes metadata = { from->metadata, from->metadata_size };
	struct position copy = *from;

	copy.metadata =
	    metadata.size == 0 ? "" : arena_bytes(arena, metadata).data;
	return copy;
}
