#include "restore/positions.h"

#include <stdlib.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/coordinators.h"
#include "restore/reach.h"
#include "restore/target.h"

/* So long a position is waited for that an open transaction holds: consumers
 * that commit in transactions end them in seconds, forgotten ones do not. */
#define UNSTABLE_WAIT_MS 5000

struct reading {
	const struct reach *reach;
	struct arena *arena;
	struct target_group *groups; /* the one that a request is for ... */
	size_t *open;                /* ... is groups[open[request index]] */
	const struct offsets_request *requests;
	bool *answered; /* by group: nothing better can be had */
	size_t done, total;
	bool accept_unstable;
};

static int
compare_positions(const void *left, const void *right)
{
	const struct target_position *a = left, *b = right;
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

static void
take_positions(struct reading *reading, struct target_group *group,
    const struct offsets_answer *answer)
{
	struct target_position *positions =
	    arena_alloc(reading->arena, answer->count, sizeof(*positions));

	for (size_t i = 0; i < answer->count; i++) {
		const struct fetched_position *from = &answer->positions[i];
		struct target_position *to = &positions[i];

		to->topic = arena_bytes(reading->arena, from->topic);
		to->partition = from->position.partition;
		to->present = from->present;
		to->error = from->error;
		to->offset = from->position.offset;
		to->epoch = from->position.epoch;
		to->metadata = arena_bytes(reading->arena,
		    (struct bytes){ from->position.metadata,
			from->position.metadata_size });
	}
	if (answer->count > 0)
		qsort(positions, answer->count, sizeof(*positions),
		    compare_positions);
	group->positions = positions;
	group->position_count = answer->count;
	group->positions_error = KAFKA_OK;
	if (answer->count > 0)
		group->exists = true;
}

static bool
is_waited_for(
    const struct target_group *group, const struct fetched_position *position)
{
	const struct target_waits *waits = group->waits;
	size_t low = 0, high = waits == NULL ? 0 : waits->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct group_partition *there =
		    &waits->partitions[middle];
		int order = bytes_compare(there->topic, position->topic);

		if (order == 0)
			order =
			    (there->partition > position->position.partition) -
			    (there->partition < position->position.partition);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return waits == NULL;
}

/* Whether asking again may give a better answer. */
static bool
may_improve(const struct reading *reading, const struct target_group *group,
    const struct offsets_answer *answer)
{
	if (answer->error != KAFKA_OK)
		return kafka_error_is_retriable(answer->error);
	for (size_t i = 0; i < answer->count; i++) {
		const int error = answer->positions[i].error;

		if (error == KAFKA_UNSTABLE_OFFSET_COMMIT) {
			if (!reading->accept_unstable &&
			    is_waited_for(group, &answer->positions[i]))
				return true;
		} else if (kafka_error_is_retriable(error)) {
			return true;
		}
	}
	return false;
}

static void
answered(void *context, const struct offsets_answer *answer)
{
	struct reading *reading = context;
	const size_t at =
	    reading->open[(size_t)(answer->request - reading->requests)];
	struct target_group *group = &reading->groups[at];

	if (answer->error != KAFKA_OK)
		group->positions_error = answer->error;
	else
		take_positions(reading, group, answer);
	if (!may_improve(reading, group, answer)) {
		reading->answered[at] = true;
		reading->done++;
		reach_progress(reading->reach, "reading positions",
		    reading->done, reading->total);
	}
}

/* One round over the groups that have no final answer yet. */
static int
ask(struct reading *reading, size_t count,
    const struct coordinators *coordinators, const struct tries *tries,
    struct err *err)
{
	struct offsets_request *requests = xcalloc(count, sizeof(*requests));
	const struct call_limits limits = reach_limits(tries);
	size_t asked = 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		struct target_group *group = &reading->groups[i];
		const int32_t coordinator = coordinators_of(
		    coordinators, group->name, group->listed_by);

		if (reading->answered[i])
			continue;
		if (coordinator == COORDINATOR_LEADERLESS) {
			group->positions_error =
			    KAFKA_COORDINATOR_NOT_AVAILABLE;
			continue;
		}
		requests[asked].group = group->name;
		requests[asked].coordinator = coordinator;
		requests[asked].require_stable = true;
		reading->open[asked++] = i;
	}
	reading->requests = requests;
	if (asked > 0)
		result = cluster_fetch_offsets(reading->reach->cluster,
		    requests, asked, &limits, answered, reading, err);
	free(requests);
	return result;
}

static int
read_all(struct reading *reading, size_t count,
    struct coordinators *coordinators, struct err *err)
{
	struct tries tries = reach_begin(reading->reach);
	const int64_t unstable_ms =
	    env_monotonic_ms(reading->reach->env) + UNSTABLE_WAIT_MS;
	struct err last = { 0 };
	bool asked = false;

	do {
		reading->accept_unstable =
		    env_monotonic_ms(reading->reach->env) >= unstable_ms;
		if (coordinators_refresh(coordinators, &tries, &last) != 0)
			continue;
		if (ask(reading, count, coordinators, &tries, err) != 0)
			return -1;
		asked = true;
		if (reading->done == count)
			return 0;
	} while (reach_again(&tries));
	if (reach_check(reading->reach, err) != 0)
		return -1;
	if (!asked) {
		*err = last;
		return err_wrap(err, "where the groups stand");
	}
	return 0;
}

int
positions_read(const struct reach *reach, struct arena *arena,
    struct target_group *groups, size_t count, struct err *err)
{
	struct coordinators coordinators = { 0 };
	struct reading reading = { 0 };
	int result;

	if (count == 0)
		return 0;
	reading.reach = reach;
	reading.arena = arena;
	reading.groups = groups;
	reading.total = count;
	reading.open = xcalloc(count, sizeof(*reading.open));
	reading.answered = xcalloc(count, sizeof(*reading.answered));
	for (size_t i = 0; i < count; i++)
		groups[i].positions_error = KAFKA_LOCAL_TIMED_OUT;
	result = read_all(&reading, count, &coordinators, err);
	free(reading.open);
	free(reading.answered);
	coordinators_release(&coordinators);
	return result;
}
