#include "restore/lookups.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/reach.h"

struct reading {
	struct lookup **asked; /* as the requests */
	const struct log_request *requests;
};

static int
compare_places(const struct lookup *a, const struct lookup *b)
{
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

static int
compare(const void *left, const void *right)
{
	const struct lookup *a = left, *b = right;
	const int order = compare_places(a, b);

	if (order != 0)
		return order;
	return (a->time_ms > b->time_ms) - (a->time_ms < b->time_ms);
}

void
lookups_add(struct lookups *lookups, struct bytes topic, int32_t partition,
    int64_t time_ms)
{
	struct lookup *added;

	if (lookups->read)
		return;
	lookups->list = xgrow(lookups->list, lookups->count, &lookups->capacity,
	    sizeof(*lookups->list));
	added = &lookups->list[lookups->count++];
	*added = (struct lookup){ .topic = arena_bytes(&lookups->arena, topic),
		.partition = partition,
		.time_ms = time_ms,
		.error = KAFKA_LOCAL_TIMED_OUT,
		.offset = -1,
		.timestamp = -1,
		.epoch = -1 };
}

static void
sort(struct lookups *lookups)
{
	size_t kept = 0;

	if (lookups->count > 1)
		qsort(lookups->list, lookups->count, sizeof(*lookups->list),
		    compare);
	for (size_t i = 0; i < lookups->count; i++)
		if (kept == 0 ||
		    compare(&lookups->list[kept - 1], &lookups->list[i]) != 0)
			lookups->list[kept++] = lookups->list[i];
	lookups->count = kept;
}

static bool
is_open(const struct lookup *lookup)
{
	return !lookup->answered && kafka_error_is_retriable(lookup->error);
}

static void
answered(void *context, const struct log_answer *answer)
{
	struct reading *reading = context;
	struct lookup *lookup =
	    reading->asked[(size_t)(answer->request - reading->requests)];

	lookup->error = answer->error;
	if (answer->error != KAFKA_OK)
		return;
	lookup->answered = true;
	lookup->offset = answer->offset;
	lookup->timestamp = answer->timestamp;
	lookup->epoch = answer->epoch;
}

/* The next round: of each partition the first time that is open, since one may
 * stand in a request once. */
static size_t
gather(struct lookups *lookups, struct reading *reading,
    struct log_request *requests)
{
	const struct lookup *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < lookups->count; i++) {
		struct lookup *lookup = &lookups->list[i];

		if (!is_open(lookup) ||
		    (last != NULL && compare_places(last, lookup) == 0))
			continue;
		last = lookup;
		reading->asked[count] = lookup;
		requests[count++] = (struct log_request){
			.topic = lookup->topic,
			.partition = lookup->partition,
			.time = lookup->time_ms,
		};
	}
	return count;
}

/* Rounds until each was asked once; true if some failed in a way that may
 * pass. */
static int
read_rounds(const struct reach *reach, struct lookups *lookups,
    struct reading *reading, const struct tries *tries, struct err *err)
{
	struct log_request *requests =
	    xcalloc(lookups->count, sizeof(*requests));
	const struct call_limits limits = reach_limits(tries);
	size_t before = lookups->count + 1;
	int result = 0;

	reading->requests = requests;
	for (;;) {
		const size_t count = gather(lookups, reading, requests);
		size_t open = 0;

		if (count == 0)
			break;
		if (cluster_list_offsets(reach->cluster, requests, count,
			&limits, answered, reading, err) != 0) {
			result = -1;
			break;
		}
		for (size_t i = 0; i < lookups->count; i++)
			open += is_open(&lookups->list[i]);
		if (open == 0 || open >= before)
			break;
		before = open;
	}
	free(requests);
	return result;
}

int
lookups_read(
    const struct reach *reach, struct lookups *lookups, struct err *err)
{
	struct tries tries = reach_begin(reach);
	struct reading reading = { 0 };
	bool open = lookups->count > 0;
	int result = 0;

	sort(lookups);
	lookups->read = true;
	reading.asked = xcalloc(lookups->count, sizeof(struct lookup *));
	while (result == 0 && open) {
		result = read_rounds(reach, lookups, &reading, &tries, err);
		open = false;
		for (size_t i = 0; i < lookups->count; i++)
			open = open || is_open(&lookups->list[i]);
		if (result == 0 && open && !reach_again(&tries)) {
			result = reach_check(reach, err);
			break;
		}
	}
	free(reading.asked);
	return result;
}

const struct lookup *
lookups_find(const struct lookups *lookups, struct bytes topic,
    int32_t partition, int64_t time_ms)
{
	const struct lookup wanted = {
		.topic = topic, .partition = partition, .time_ms = time_ms
	};

	if (!lookups->read || lookups->count == 0)
		return NULL;
	return bsearch(&wanted, lookups->list, lookups->count,
	    sizeof(*lookups->list), compare);
}

void
lookups_release(struct lookups *lookups)
{
	free(lookups->list);
	arena_release(&lookups->arena);
	*lookups = (struct lookups){ 0 };
}
