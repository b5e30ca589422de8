#include "tests/unit/restore/logworld.h"

#include <stdio.h>

#include "tests/unit/restore/snapgen.h"

#define TOOK_MS 1000
#define POINTS_MAX 64

void
logworld_write(struct logworld *world, int64_t written_ms, int64_t skew_ms)
{
	world->written[world->count] = written_ms;
	world->stamped[world->count++] = written_ms + skew_ms;
}

int64_t
logworld_end(const struct logworld *world, int64_t at_ms)
{
	int64_t count = 0;

	while (count < world->count && world->written[count] <= at_ms)
		count++;
	return count;
}

int64_t
logworld_first_from(const struct logworld *world, int64_t end, int64_t time_ms,
    int64_t *found_ms)
{
	for (int64_t i = world->start; i < end; i++) {
		if (world->stamped[i] < time_ms)
			continue;
		if (found_ms != NULL)
			*found_ms = world->stamped[i];
		return i;
	}
	if (found_ms != NULL)
		*found_ms = -1;
	return -1;
}

static int64_t
greatest(const struct logworld *world, int64_t end)
{
	int64_t most = -1;

	for (int64_t i = world->start; i < end; i++) {
		if (world->stamped[i] > most)
			most = world->stamped[i];
	}
	return most;
}

/* As timeread.c asks. */
static void
fill_points(const struct logworld *world, int64_t end, int64_t at_ms,
    int64_t since_ms, struct partition_times *out)
{
	int64_t step = LOGWORLD_STEP_MS;
	int64_t time = since_ms;

	while (out->count < POINTS_MAX && time < at_ms) {
		struct time_point *point = &out->points[out->count++];

		point->asked_ms = time;
		point->offset =
		    logworld_first_from(world, end, time, &point->found_ms);
		if (point->offset < 0) {
			point->asked_ms = greatest(world, end) + 1;
			return;
		}
		if (time == 0) {
			time = point->found_ms;
			step = (at_ms - time) / POINTS_MAX + 1;
		}
		while (time <= point->found_ms || time <= point->asked_ms)
			time += step;
	}
}

void
logworld_snapshot(const struct logworld *world, size_t number, int64_t at_ms,
    int64_t since_ms, struct snapshot *out)
{
	/* Read while the capture lasts. */
	const int64_t end = logworld_end(world, at_ms + TOOK_MS / 2);
	struct topic_times *times;
	struct topic *topic;
	char id[ENV_ID_MAX];

	(void)snprintf(id, sizeof(id), "%016zx", number);
	snapgen_begin(out, id, at_ms, at_ms + TOOK_MS);
	topic = snapgen_topic(out, LOGWORLD_TOPIC, 1, world->topic_id);
	topic->partitions[0].start = world->start < end ? world->start : end;
	topic->partitions[0].end = end;
	out->info.index_points = POINTS_MAX;
	out->info.index_step_ms = LOGWORLD_STEP_MS;
	if (end > world->start &&
	    (since_ms == 0 ||
		logworld_end(world, since_ms + TOOK_MS / 2) != end)) {
		times = arena_alloc(&out->arena, 1, sizeof(*times));
		times->topic = topic->name;
		times->partitions =
		    arena_alloc(&out->arena, 1, sizeof(*times->partitions));
		times->count = 1;
		times->partitions->points = arena_alloc(&out->arena, POINTS_MAX,
		    sizeof(*times->partitions->points));
		fill_points(world, end, at_ms, since_ms, times->partitions);
		out->times = times;
		out->times_count = 1;
	}
	snapgen_end(out);
}
