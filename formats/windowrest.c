/*
 * windowrest.c - take the rest of a capture into a window: holes, what is gone,
 * the time index, the manifest; see windowstate.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/modelorder.h"
#include "formats/windowstate.h"

static struct bytes
keep_bytes(struct windowbuild *window, struct bytes bytes)
{
	window->arena_size += bytes.size + 1;
	return arena_bytes(&window->arena, bytes);
}

/* -------------------------------------------------------------------- holes */

static void
insert_hole(struct windowbuild *window, size_t at, const struct hole *hole)
{
	struct window_hole *new;

	if (window->hole_count == window->hole_capacity)
		window->holes = xgrow(window->holes, window->hole_count,
		    &window->hole_capacity, sizeof(*window->holes));
	new = &window->holes[at];
	memmove(new + 1, new, (window->hole_count - at) * sizeof(*new));
	*new =
	    (struct window_hole){ *hole, { 0 }, window->count, window->count };
	new->hole.group = keep_bytes(window, hole->group);
	new->hole.topic = keep_bytes(window, hole->topic);
	new->hole.text = keep_bytes(window, bytes_of(hole->text)).data;
	window->hole_count++;
}

static void
take_holes(struct windowbuild *window, const struct snapshot *capture)
{
	size_t at = 0;

	for (size_t i = 0; i < capture->hole_count; i++, at++) {
		const struct hole *hole = &capture->holes[i];
		struct window_hole *known;

		while (at < window->hole_count &&
		    modelorder_hole(&window->holes[at].hole, hole) < 0)
			at++;
		if (at == window->hole_count ||
		    modelorder_hole(&window->holes[at].hole, hole) != 0) {
			insert_hole(window, at, hole);
			continue;
		}
		known = &window->holes[at];
		if (known->to + 1 != window->count) {
			windowstate_add_captures(
			    &known->captures, known->from, known->to);
			known->from = window->count;
		}
		known->to = window->count;
	}
}

/* --------------------------------------------------------------------- gone */

static bool
same_place(const struct gone *left, const struct gone *right)
{
	return bytes_equal(left->group, right->group) &&
	    left->has_topic == right->has_topic &&
	    (!left->has_topic ||
		(bytes_equal(left->topic, right->topic) &&
		    left->partition == right->partition));
}

/* What is gone already is not gone a second time. */
static bool
is_known_gone(const struct windowbuild *window, const struct gone *gone)
{
	size_t low = 0;
	size_t high = window->gone_count;
	struct gone least = *gone;

	least.offset = INT64_MIN;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (modelorder_gone(&window->gone[middle].gone, &least) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < window->gone_count &&
	    same_place(&window->gone[low].gone, gone);
}

/* Has the capture what is gone? */
static bool
is_there(const struct snapshot *capture, const struct gone *gone)
{
	const struct group *group = model_find_group(capture, gone->group);

	return group != NULL &&
	    (!gone->has_topic ||
		group_find_position(group, gone->topic, gone->partition) !=
		    NULL);
}

bool
windowstate_has_gone(
    const struct windowbuild *window, const struct snapshot *capture)
{
	for (size_t i = 0; i < window->gone_count; i++) {
		if (is_there(capture, &window->gone[i].gone))
			return true;
	}
	return false;
}

static int
compare_gone(const void *left, const void *right)
{
	return modelorder_gone(&((const struct window_gone *)left)->gone,
	    &((const struct window_gone *)right)->gone);
}

static void
take_gone(struct windowbuild *window, const struct snapshot *capture)
{
	const size_t before = window->gone_count;
	size_t added = 0;

	for (size_t i = 0; i < capture->gone_count; i++) {
		const struct gone *gone = &capture->gone[i];
		struct window_gone *new;

		if (is_known_gone(window, gone))
			continue;
		while (window->gone_capacity <= before + added)
			window->gone =
			    xgrow(window->gone, window->gone_capacity,
				&window->gone_capacity, sizeof(*window->gone));
		new = &window->gone[before + added++];
		*new = (struct window_gone){ *gone, window->count };
		new->gone.group = keep_bytes(window, gone->group);
		new->gone.topic = keep_bytes(window, gone->topic);
	}
	window->gone_count += added;
	if (added > 0)
		qsort(window->gone, window->gone_count, sizeof(*window->gone),
		    compare_gone);
}

/* -------------------------------------------------------------------- times */

/* That there is no such record holds for the log as it ended at the capture
 * that was told it, and the partition was asked again. */
static void
drop_none(struct partition_times *known)
{
	size_t kept = 0;

	for (size_t i = 0; i < known->count; i++) {
		if (known->points[i].offset != -1)
			known->points[kept++] = known->points[i];
	}
	known->count = kept;
}

/* Those of both; of two answers for one time the first. */
static void
merge_points(struct partition_times *known, const struct partition_times *new)
{
	struct time_point *points =
	    xcalloc(known->count + new->count, sizeof(*points));
	size_t count = 0;
	size_t i = 0;
	size_t j = 0;

	while (i < known->count || j < new->count) {
		if (j == new->count ||
		    (i < known->count &&
			known->points[i].asked_ms < new->points[j].asked_ms)) {
			points[count++] = known->points[i++];
		} else if (i == known->count ||
		    known->points[i].asked_ms > new->points[j].asked_ms) {
			points[count++] = new->points[j++];
		} else {
			points[count++] = known->points[i++];
			j++;
		}
	}
	free(known->points);
	known->points = points;
	known->count = count;
}

/* The place of a partition, which is made if it is not there. */
static struct partition_times *
times_of(struct topic_times *times, int32_t partition)
{
	size_t at = 0;

	while (at < times->count && times->partitions[at].partition < partition)
		at++;
	if (at == times->count ||
	    times->partitions[at].partition != partition) {
		times->partitions = xreallocarray(times->partitions,
		    times->count + 1, sizeof(*times->partitions));
		memmove(times->partitions + at + 1, times->partitions + at,
		    (times->count - at) * sizeof(*times->partitions));
		times->partitions[at] =
		    (struct partition_times){ .partition = partition };
		times->count++;
	}
	return &times->partitions[at];
}

/* What a capture says of a partition replaces what was not known of it. */
static void
drop_gap(struct topic_times *times, int32_t partition)
{
	size_t kept = 0;

	for (size_t i = 0; i < times->gap_count; i++) {
		if (times->gaps[i].partition != partition)
			times->gaps[kept++] = times->gaps[i];
	}
	times->gap_count = kept;
}

static void
add_gap(struct topic_times *times, const struct time_gap *gap)
{
	size_t at = 0;

	drop_gap(times, gap->partition);
	while (
	    at < times->gap_count && times->gaps[at].partition < gap->partition)
		at++;
	times->gaps = xreallocarray(
	    times->gaps, times->gap_count + 1, sizeof(*times->gaps));
	memmove(times->gaps + at + 1, times->gaps + at,
	    (times->gap_count - at) * sizeof(*times->gaps));
	times->gaps[at] = *gap;
	times->gap_count++;
}

static void
merge_times(struct topic_times *known, const struct topic_times *new)
{
	for (size_t i = 0; i < new->count; i++) {
		struct partition_times *times =
		    times_of(known, new->partitions[i].partition);

		drop_none(times);
		merge_points(times, &new->partitions[i]);
		drop_gap(known, new->partitions[i].partition);
	}
	for (size_t i = 0; i < new->gap_count; i++) {
		for (size_t j = 0; j < known->count; j++)
			if (known->partitions[j].partition ==
			    new->gaps[i].partition)
				drop_none(&known->partitions[j]);
		add_gap(known, &new->gaps[i]);
	}
}

static void
take_times(struct windowbuild *window, const struct snapshot *capture)
{
	size_t at = 0;

	for (size_t i = 0; i < capture->times_count; i++, at++) {
		const struct topic_times *times = &capture->times[i];

		while (at < window->times_count &&
		    bytes_compare(window->times[at].topic, times->topic) < 0)
			at++;
		if (at == window->times_count ||
		    !bytes_equal(window->times[at].topic, times->topic)) {
			if (window->times_count == window->times_capacity)
				window->times =
				    xgrow(window->times, window->times_count,
					&window->times_capacity,
					sizeof(*window->times));
			memmove(window->times + at + 1, window->times + at,
			    (window->times_count - at) *
				sizeof(*window->times));
			window->times[at] = (struct topic_times){
				.topic = keep_bytes(window, times->topic)
			};
			window->times_count++;
		}
		merge_times(&window->times[at], times);
	}
}

/* --------------------------------------------------------------- the manifest
 */

static void
take_info(struct windowbuild *window, const struct snapshot_info *info)
{
	struct snapshot_info *own = &window->info;

	if (window->count == 0) {
		*own = *info;
		own->selection =
		    selection_copy(&window->arena, &info->selection);
		own->reason = info->reason == NULL
		    ? ""
		    : arena_text(&window->arena, info->reason);
		return;
	}
	own->scan = info->scan;
	own->interval_ms = info->interval_ms;
	own->compare = info->compare;
	if (info->index_points > 0) {
		own->index_points = info->index_points;
		own->index_step_ms = info->index_step_ms;
		own->index_ms = info->from_ms;
	}
	(void)snprintf(own->writer, sizeof(own->writer), "%s", info->writer);
}

void
windowtake_rest(struct windowbuild *window, const struct snapshot *capture)
{
	take_holes(window, capture);
	take_gone(window, capture);
	take_times(window, capture);
	take_info(window, &capture->info);
}
