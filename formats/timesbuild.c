/*
 * timesbuild.c - see timesbuild.h.
 */
#include "formats/timesbuild.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#define SHOWN_MAX 128

/* How many points from first on are of one partition. */
static size_t
run_length(const struct timesbuild *build, size_t first)
{
	size_t count = 1;

	while (first + count < build->point_count &&
	    build->owners[first + count] == build->owners[first])
		count++;
	return count;
}

static size_t
count_runs(const struct timesbuild *build)
{
	size_t count = 0;

	for (size_t at = 0; at < build->point_count;
	     at += run_length(build, at))
		count++;
	return count;
}

static void
close_topic(struct timesbuild *build)
{
	struct snapshot *snapshot = build->snapshot;
	struct arena *arena = &snapshot->arena;
	struct topic_times *topic;
	struct time_point *points;
	size_t at = 0;

	if (!build->open)
		return;
	topic = &snapshot->times[snapshot->times_count - 1];
	points = arena_alloc(arena, build->point_count, sizeof(*points));
	topic->partitions =
	    arena_alloc(arena, count_runs(build), sizeof(*topic->partitions));
	topic->gaps =
	    arena_alloc(arena, build->gap_count, sizeof(*topic->gaps));
	if (build->point_count > 0)
		memcpy(points, build->points,
		    build->point_count * sizeof(*points));
	if (build->gap_count > 0)
		memcpy(topic->gaps, build->gaps,
		    build->gap_count * sizeof(*topic->gaps));
	topic->gap_count = build->gap_count;
	while (at < build->point_count) {
		const size_t count = run_length(build, at);

		topic->partitions[topic->count++] =
		    (struct partition_times){ build->owners[at], points + at,
			    count };
		at += count;
	}
	build->point_count = 0;
	build->gap_count = 0;
	build->open = false;
}

static int
open_topic(struct timesbuild *build, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;

	if (snapshot->times_count == build->limit)
		return err_set(
		    err, ERR_CORRUPT, "more topics than there can be");
	snapshot->times[snapshot->times_count++] = (struct topic_times){
		.topic = arena_bytes(&snapshot->arena, build->line.topic)
	};
	build->open = true;
	build->next_part = 0;
	return 0;
}

static int
take_points(struct timesbuild *build, struct err *err)
{
	const struct timesline *line = &build->line;
	const bool has_found = line->found.data != NULL;
	size_t count;

	if (!columns_parse(
		line->partitions, 0, INT32_MAX, &build->partitions) ||
	    !columns_parse(line->times, 0, INT64_MAX, &build->times) ||
	    !columns_parse(line->offsets, -1, INT64_MAX, &build->offsets) ||
	    !columns_parse(line->found, -1, INT64_MAX, &build->found))
		return err_set(err, ERR_CORRUPT, "a column is malformed");
	count = build->partitions.count;
	if (build->times.count != count || build->offsets.count != count ||
	    (has_found && build->found.count != count))
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	for (size_t i = 0; i < count; i++) {
		build->points = xgrow(build->points, build->point_count,
		    &build->point_capacity, sizeof(*build->points));
		build->owners = xgrow(build->owners, build->point_count,
		    &build->owner_capacity, sizeof(*build->owners));
		build->owners[build->point_count] =
		    (int32_t)build->partitions.values[i];
		build->points[build->point_count++] = (struct time_point){
			build->times.values[i],
			build->offsets.values[i],
			has_found ? build->found.values[i] : -1,
		};
	}
	return 0;
}

static int
take_gaps(struct timesbuild *build, struct err *err)
{
	const struct timesline *line = &build->line;

	if (!columns_parse(line->open, 0, INT32_MAX, &build->partitions) ||
	    !columns_parse(line->since, 0, INT64_MAX, &build->times))
		return err_set(err, ERR_CORRUPT, "a column is malformed");
	if (build->times.count != build->partitions.count)
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	for (size_t i = 0; i < build->times.count; i++) {
		build->gaps = xgrow(build->gaps, build->gap_count,
		    &build->gap_capacity, sizeof(*build->gaps));
		build->gaps[build->gap_count++] =
		    (struct time_gap){ (int32_t)build->partitions.values[i],
			    build->times.values[i] };
	}
	return 0;
}

static int
take_line(struct timesbuild *build, struct err *err)
{
	const struct timesline *line = &build->line;
	const struct snapshot *snapshot = build->snapshot;

	if (line->part == 0) {
		close_topic(build);
		if (open_topic(build, err) != 0)
			return -1;
	} else if (!build->open || line->part != build->next_part ||
	    !bytes_equal(line->topic,
		snapshot->times[snapshot->times_count - 1].topic)) {
		return err_set(err, ERR_CORRUPT,
		    "part of a topic that does not go on here");
	}
	build->next_part++;
	if (take_points(build, err) != 0)
		return -1;
	return take_gaps(build, err);
}

int
timesbuild_line(struct timesbuild *build, struct bytes text, struct err *err)
{
	char shown[SHOWN_MAX];

	if (timesline_parse(text, &build->line, err) != 0)
		return -1;
	if (build->takes != NULL &&
	    !build->takes(build->context, build->line.topic)) {
		close_topic(build);
		return 0;
	}
	if (take_line(build, err) != 0)
		return err_wrap(err, "topic '%s'",
		    utf8_escape_to(build->line.topic, shown, sizeof(shown)));
	return 0;
}

void
timesbuild_finish(struct timesbuild *build)
{
	close_topic(build);
}

void
timesbuild_release(struct timesbuild *build)
{
	free(build->points);
	free(build->owners);
	free(build->gaps);
	timesline_release(&build->line);
	columns_release(&build->partitions);
	columns_release(&build->times);
	columns_release(&build->offsets);
	columns_release(&build->found);
	*build = (struct timesbuild){ 0 };
}
