/* What is measured: see metrics.h; its form is in metricstext.c. */
#include "snapshot/metrics.h"

#include <string.h>

/* Of the exit statuses (design section 6) those that are not failures. */
#define STATUS_PARTIAL 3
#define STATUS_REFUSED 4
#define STATUS_CHANGED 5

void
metrics_init(struct metrics *metrics)
{
	memset(metrics, 0, sizeof(*metrics));
	for (size_t value = METRICS_COUNTERS; value < METRICS_VALUE_COUNT;
	     value++)
		metrics->known[value] = true;
}

void
metrics_release(struct metrics *metrics)
{
	arena_release(&metrics->arena);
	memset(metrics, 0, sizeof(*metrics));
}

void
metrics_copy(const struct metrics *metrics, struct metrics *out)
{
	metrics_release(out);
	*out = *metrics;
	out->arena = (struct arena){ 0 };
	metrics_set_groups(out, metrics->groups, metrics->group_count);
}

/* Of numbers that are not negative; it stays at the largest. */
static int64_t
add(int64_t left, int64_t right)
{
	return left > INT64_MAX - right ? INT64_MAX : left + right;
}

void
metrics_set(struct metrics *metrics, enum metrics_value value, int64_t to)
{
	metrics->values[value] = to;
	metrics->known[value] = true;
}

void
metrics_add(struct metrics *metrics, enum metrics_value value, int64_t count)
{
	metrics->values[value] = add(metrics->values[value], count);
	metrics->known[value] = true;
}

void
metrics_run_ended(struct metrics *metrics, int64_t now_ms, int status)
{
	metrics_set(metrics, METRICS_LAST_RUN, now_ms);
	metrics_set(metrics, METRICS_LAST_RUN_SUCCESS, status == 0);
	metrics_set(metrics, METRICS_LAST_RUN_STATUS, status);
	if (status == 0)
		metrics_set(metrics, METRICS_LAST_SUCCESS, now_ms);
}

void
metrics_take_snapshot(struct metrics *metrics, const struct snapshot *snapshot)
{
	const struct snapshot_info *info = &snapshot->info;

	metrics_set(metrics, METRICS_SNAPSHOT_TIME, info->to_ms);
	metrics_set(metrics, METRICS_SNAPSHOT_COMPLETE, info->complete);
	metrics_set(metrics, METRICS_GROUPS, (int64_t)info->group_count);
	metrics_set(metrics, METRICS_POSITIONS, (int64_t)info->position_count);
	memset(metrics->holes, 0, sizeof(metrics->holes));
	for (size_t at = 0; at < snapshot->hole_count; at++)
		metrics->holes[snapshot->holes[at].kind]++;
	metrics->holes_known = true;
}

void
metrics_restore_ended(struct metrics *metrics, int status)
{
	enum metrics_restore result = METRICS_RESTORE_FAILED;

	if (status == 0)
		result = METRICS_RESTORE_DONE;
	else if (status == STATUS_PARTIAL)
		result = METRICS_RESTORE_PARTIAL;
	else if (status == STATUS_REFUSED || status == STATUS_CHANGED)
		result = METRICS_RESTORE_REFUSED;
	metrics->restores[result]++;
}

void
metrics_merge(struct metrics *metrics, const struct metrics *found)
{
	for (size_t at = 0; at < METRICS_VALUE_COUNT; at++) {
		const enum metrics_value value = (enum metrics_value)at;

		if (value >= METRICS_COUNTERS)
			metrics_add(metrics, value, found->values[at]);
		else if (found->known[at])
			metrics_set(metrics, value, found->values[at]);
	}
	for (size_t at = 0; at < METRICS_RESTORE_COUNT; at++)
		metrics->restores[at] =
		    add(metrics->restores[at], found->restores[at]);
	if (found->holes_known) {
		memcpy(metrics->holes, found->holes, sizeof(metrics->holes));
		metrics->holes_known = true;
	}
	if (found->known[METRICS_SNAPSHOT_TIME])
		metrics_set_groups(metrics, found->groups, found->group_count);
}

/* -------------------------------------------------------------- groups */

void
metrics_set_groups(
    struct metrics *metrics, const struct metrics_group *groups, size_t count)
{
	struct arena arena = { 0 };
	struct metrics_group *copies =
	    arena_alloc(&arena, count, sizeof(*copies));

	for (size_t at = 0; at < count; at++) {
		copies[at] = groups[at];
		copies[at].name = arena_bytes(&arena, groups[at].name);
	}
	arena_release(&metrics->arena);
	metrics->arena = arena;
	metrics->groups = copies;
	metrics->group_count = count;
}

/* What one position adds; false when its log end is not known. */
static bool
add_lag(
    const struct topic *topic, const struct position *position, int64_t *lag)
{
	const struct log_range *range = topic == NULL
	    ? NULL
	    : topic_find_partition(topic, position->partition);

	if (range == NULL || range->end < 0)
		return false;
	if (position->offset >= 0 && position->offset < range->end)
		*lag = add(*lag, range->end - position->offset);
	return true;
}

static int64_t
lag_of(const struct snapshot *snapshot, const struct group *group)
{
	int64_t lag = 0;

	for (size_t at = 0; at < group->topic_count; at++) {
		const struct group_topic *topic = &group->topics[at];
		const struct topic *log =
		    model_find_topic(snapshot, topic->topic);

		for (size_t i = 0; i < topic->count; i++)
			if (!add_lag(log, &topic->positions[i], &lag))
				return -1;
	}
	return lag;
}

void
metrics_take_groups(struct metrics *metrics, const struct snapshot *snapshot)
{
	struct arena arena = { 0 };
	struct metrics_group *groups =
	    arena_alloc(&arena, snapshot->group_count, sizeof(*groups));

	for (size_t at = 0; at < snapshot->group_count; at++)
		groups[at] = (struct metrics_group){
			.name = snapshot->groups[at].name,
			.lag = lag_of(snapshot, &snapshot->groups[at]),
			.expiry_ms = -1,
		};
	metrics_set_groups(metrics, groups, snapshot->group_count);
	arena_release(&arena);
}
