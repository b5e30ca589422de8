/*
 * timecaptures.c - the captures of timeindex.h, and whose they are.
 */
#include "restore/timeindex.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/archive_piece.h"
#include "formats/model.h"
#include "formats/windowindex.h"

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

/* Order is by time, then id. */
static int
compare_captures(
    const struct timeindex_capture *left, const struct timeindex_capture *right)
{
	if (left->from_ms != right->from_ms)
		return left->from_ms < right->from_ms ? -1 : 1;
	return strcmp(left->id, right->id);
}

/* Move captures, which are in order, to their places. */
static struct timeindex_capture *
merge(struct timeindex *index, const struct timeindex_capture *added,
    size_t count)
{
	struct timeindex_capture *captures;
	size_t known = index->count;
	size_t end = index->count + count;

	while (index->capacity < end)
		index->captures = xgrow(index->captures, index->capacity,
		    &index->capacity, sizeof(*index->captures));
	captures = index->captures;
	index->count = end;
	while (count > 0) {
		if (known > 0 &&
		    compare_captures(&captures[known - 1], &added[count - 1]) >
			0)
			captures[--end] = captures[--known];
		else
			captures[--end] = added[--count];
	}
	return &captures[end];
}

static struct timeindex_capture
capture_of(const struct snapshot_info *info)
{
	struct timeindex_capture capture = {
		.from_ms = info->from_ms,
		.to_ms = info->to_ms,
		.start = -1,
		.end = -1,
		.has_index = info->index_points > 0,
		.step_ms = info->index_step_ms > 0 ? info->index_step_ms
						   : TIMEINDEX_STEP_MS,
	};

	memcpy(capture.id, info->id, sizeof(capture.id));
	return capture;
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
	struct timeindex_capture capture;

	/* A rescue saw the log when it ran, not when it is of. */
	if (snapshot->info.source == SOURCE_RESCUE)
		return NULL;
	/* Without partitions it was gone, and positions stood on it. */
	if (topic == NULL || topic->count == 0)
		return NULL;
	range = topic_find_partition(topic, index->partition);
	capture = capture_of(&snapshot->info);
	capture.has_topic_id = topic->has_id;
	memcpy(capture.topic_id, topic->id, sizeof(capture.topic_id));
	capture.absent = range == NULL;
	capture.start = range == NULL ? 0 : range->start;
	capture.end = range == NULL ? 0 : range->end;
	if (range != NULL)
		copy_points(index, snapshot, &capture);
	return merge(index, &capture, 1);
}

/* ------------------------------------------------------------------ windows */

static bool
is_there(const struct partition_series *partition, size_t number)
{
	return partition != NULL && number >= partition->first &&
	    number < partition->absent &&
	    partition->ends[number - partition->first] != SERIES_AWAY;
}

/* Had the topic partitions then?  Without it was gone, or not there yet. */
static bool
has_any(const struct topic_series *topic, size_t number)
{
	for (size_t i = 0; i < topic->count; i++)
		if (is_there(&topic->partitions[i], number))
			return true;
	return false;
}

static bool
sees_the_same(
    const struct timeindex_capture *left, const struct timeindex_capture *right)
{
	return left->absent == right->absent && left->start == right->start &&
	    left->end == right->end;
}

/* Drop what stands between two that saw the same, but not what has points. */
static size_t
drop_between(struct timeindex_capture *captures, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept > 1 &&
		    sees_the_same(&captures[kept - 2], &captures[kept - 1]) &&
		    sees_the_same(&captures[kept - 1], &captures[i]) &&
		    !captures[kept - 1].has_index)
			kept--;
		captures[kept++] = captures[i];
	}
	return kept;
}

/* What was seen at each capture that had the topic; returns how many. */
static size_t
observe(const struct timeindex *index, const struct window_series *series,
    const struct topic_series *topic, struct timeindex_capture *out)
{
	const struct snapshot_window *window = &series->info.window;
	const struct partition_series *partition =
	    series_find_partition(topic, index->partition);
	size_t indexed = SIZE_MAX;
	size_t count = 0;

	if (!windowindex_number(&series->info, &indexed))
		indexed = SIZE_MAX;
	for (size_t i = 0; i < window->count; i++) {
		struct timeindex_capture *capture = &out[count];

		if (!has_any(topic, i))
			continue;
		count++;
		*capture = capture_of(&series->info);
		capture->from_ms = window->captures[i].start_ms;
		capture->to_ms = window->captures[i].end_ms;
		capture->has_topic_id = topic->has_id;
		memcpy(capture->topic_id, topic->id, sizeof(capture->topic_id));
		capture->has_index = i == indexed;
		capture->absent = !is_there(partition, i);
		capture->start = capture->end = 0;
		if (capture->absent)
			continue;
		capture->start = partition->starts[i - partition->first];
		capture->end = partition->ends[i - partition->first];
	}
	return count;
}

/*
 * The points go to the capture that asked last.  Where the window was thinned
 * that is one just before it, whose log end is not above what it was then; but
 * the log may begin later.
 */
static void
place_points(struct timeindex *index, const struct window_series *series,
    const struct snapshot *moment, struct timeindex_capture *captures,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct timeindex_capture *capture = &captures[i];

		if (!capture->has_index || capture->absent)
			continue;
		copy_points(index, moment, capture);
		if (capture->from_ms < series->info.index_ms && i + 1 < count &&
		    capture[1].start > capture->start)
			capture->start = capture[1].start;
	}
}

void
timeindex_add_window(struct timeindex *index,
    const struct window_series *series, const struct snapshot *moment)
{
	const struct topic_series *topic =
	    series_find_topic(series, index->topic);
	struct timeindex_capture *captures;
	size_t count;

	if (topic == NULL)
		return;
	captures = xcalloc(series->info.window.count, sizeof(*captures));
	count = observe(index, series, topic, captures);
	place_points(index, series, moment, captures, count);
	count = drop_between(captures, count);
	(void)merge(index, captures, count);
	free(captures);
}

const struct timeindex_capture *
timeindex_find(const struct timeindex *index, const char *id)
{
	for (size_t i = index->count; i > 0; i--) {
		if (strcmp(index->captures[i - 1].id, id) == 0)
			return &index->captures[i - 1];
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
