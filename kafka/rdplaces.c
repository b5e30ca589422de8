#include "kafka/rdplaces.h"

#include <stdlib.h>

static int
compare_partitions(const struct peek_request *a, const struct peek_request *b)
{
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

static int
compare_requests(const void *left, const void *right)
{
	const struct peek_request *const *a = left;
	const struct peek_request *const *b = right;
	const int order = compare_partitions(*a, *b);

	if (order != 0)
		return order;
	return ((*a)->offset > (*b)->offset) - ((*a)->offset < (*b)->offset);
}

static int
compare_places(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return compare_partitions(a->requests[0], b->requests[0]);
}

/* The first request for its place, after the places before it. */
static void
begin_place(struct arena *arena, struct place *places, size_t at,
    const struct peek_request **request)
{
	struct place *place = &places[at];

	place->requests = request;
	place->count = 1;
	place->topic = arena_bytes(arena, (*request)->topic).data;
	place->partition = (*request)->partition;
	place->offset = (*request)->offset;
	place->reached = (*request)->offset;
	if (at > 0 &&
	    compare_partitions(places[at - 1].requests[0], *request) == 0)
		place->rank = places[at - 1].rank + 1;
}

struct place *
rdplaces_gather(struct arena *arena, const struct peek_request *requests,
    size_t count, size_t *place_count)
{
	const struct peek_request **sorted =
	    arena_alloc(arena, count, sizeof(*sorted));
	struct place *places = arena_alloc(arena, count, sizeof(*places));
	size_t used = 0;

	for (size_t at = 0; at < count; at++)
		sorted[at] = &requests[at];
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_requests);
	for (size_t at = 0; at < count; at++) {
		if (at > 0 &&
		    compare_requests(&sorted[at - 1], &sorted[at]) == 0)
			places[used - 1].count++;
		else
			begin_place(arena, places, used++, &sorted[at]);
	}
	if (used > 1)
		qsort(places, used, sizeof(*places), compare_places);
	*place_count = used;
	return places;
}
