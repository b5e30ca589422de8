/*
 * timecaptures.c - the captures of timeindex.h, and whose they are.
 */
#include "restore/timeindex.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/model.h"

void
timeindex_init(struct timeindex *out, struct bytes topic, int32_t partition)
{
	*out = (struct timeindex){ .topic = topic, .partition = partition };
}

void
timeindex_release(struct timeindex *index)
{
	free(index->captures);
	arena_release(&index->arena);
	*index = (struct timeindex){ 0 };
}

/* A place for one that began then; order is by time, then id. */
static struct timeindex_capture *
make_place(struct timeindex *index, const struct snapshot_info *info)
{
	struct timeindex_capture *captures;
	size_t at = index->count;

	captures = xgrow(index->captures, index->count, &index->capacity,
	    sizeof(*index->captures));
	while (at > 0 &&
	    (captures[at - 1].from_ms > info->from_ms ||
		(captures[at - 1].from_ms == info->from_ms &&
		    strcmp(captures[at - 1].id, info->id) > 0)))
		at--;
	memmove(captures + at + 1, captures + at,
	    (index->count - at) * sizeof(*captures));
	index->captures = captures;
	index->count++;
	captures[at] = (struct timeindex_capture){
		.from_ms = info->from_ms,
		.to_ms = info->to_ms,
		.start = -1,
		.end = -1,
		.has_index = info->index_points > 0,
		.step_ms = info->index_step_ms > 0 ? info->index_step_ms
						   : TIMEINDEX_STEP_MS,
	};
	memcpy(captures[at].id, info->id, sizeof(captures[at].id));
	return &captures[at];
}

static void
copy_points(struct timeindex *index, const struct snapshot *snapshot,
    struct timeindex_capture *capture)
{
	const struct topic_times *times =
	    model_find_times(snapshot, index->topic);
	const struct partition_times *found = times == NULL
	    ? NULL
	    : times_find_partition(times, index->partition);

	if (found == NULL)
		return;
	capture->points =
	    arena_alloc(&index->arena, found->count, sizeof(*capture->points));
	memcpy(capture->points, found->points,
	    found->count * sizeof(*capture->points));
	capture->count = found->count;
}

const struct timeindex_capture *
timeindex_add(struct timeindex *index, const struct snapshot *snapshot)
{
	const struct topic *topic = model_find_topic(snapshot, index->topic);
	const struct log_range *range;
	struct timeindex_capture *capture;

	/* A rescue saw the log when it ran, not when it is of. */
	if (snapshot->info.source == SOURCE_RESCUE)
		return NULL;
	/* Without partitions it was gone, and positions stood on it. */
	if (topic == NULL || topic->count == 0)
		return NULL;
	range = topic_find_partition(topic, index->partition);
	capture = make_place(index, &snapshot->info);
	capture->has_topic_id = topic->has_id;
	memcpy(capture->topic_id, topic->id, sizeof(capture->topic_id));
	capture->absent = range == NULL;
	if (range == NULL) {
		capture->start = capture->end = 0;
		return capture;
	}
	capture->start = range->start;
	capture->end = range->end;
	copy_points(index, snapshot, capture);
	return capture;
}

const struct timeindex_capture *
timeindex_find(const struct timeindex *index, const char *id)
{
	for (size_t i = 0; i < index->count; i++) {
		if (strcmp(index->captures[i].id, id) == 0)
			return &index->captures[i];
	}
	return NULL;
}

bool
timeindex_same_topic(
    const struct timeindex_capture *left, const struct timeindex_capture *right)
{
	return left->has_topic_id == right->has_topic_id &&
	    memcmp(left->topic_id, right->topic_id, UUID_SIZE) == 0;
}

bool
timeindex_life_at(
    const struct timeindex *index, int64_t at_ms, struct timeindex_life *out)
{
	const struct timeindex_capture *captures = index->captures;
	size_t first = 0;
	size_t end;

	*out = (struct timeindex_life){ 0 };
	if (index->count == 0)
		return false;
	while (first + 1 < index->count && captures[first].to_ms < at_ms)
		first++;
	end = first + 1;
	while (end < index->count &&
	    timeindex_same_topic(&captures[first], &captures[end]))
		end++;
	while (first > 0 &&
	    timeindex_same_topic(&captures[first - 1], &captures[first]))
		first--;
	out->captures = captures + first;
	out->count = end - first;
	if (end < index->count)
		out->next = &captures[end];
	if (first > 0)
		out->before = &captures[first - 1];
	return true;
}
