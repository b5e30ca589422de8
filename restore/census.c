#include "restore/census.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "restore/reach.h"

/* A broker that does not answer gets this much of the step. */
#define BROKER_TRIES 4

struct gathering {
	struct listed_group *groups;
	size_t count, capacity;
	struct arena *arena;
};

/* typed: from a listing that knows types; sorted first among equals. */
static void
add_listing(struct gathering *gathering, const struct group_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct listed_group *from = &listing->groups[i];
		struct listed_group group = *from;

		group.name = arena_bytes(gathering->arena, from->name);
		group.state = arena_text(gathering->arena,
		    from->state == NULL ? "unknown" : from->state);
		if (from->protocol_type != NULL)
			group.protocol_type =
			    arena_text(gathering->arena, from->protocol_type);
		gathering->groups = xgrow(gathering->groups, gathering->count,
		    &gathering->capacity, sizeof(*gathering->groups));
		gathering->groups[gathering->count++] = group;
	}
}

/* The typed one first, so that the other only fills in. */
static int
compare_groups(const void *left, const void *right)
{
	const struct listed_group *a = left, *b = right;
	const int order = bytes_compare(a->name, b->name);

	if (order != 0)
		return order;
	return (a->type == GROUP_UNKNOWN) - (b->type == GROUP_UNKNOWN);
}

static void
merge(struct gathering *gathering, struct census *out)
{
	struct listed_group *groups;
	size_t count = 0;

	if (gathering->groups == NULL)
		return;
	qsort(gathering->groups, gathering->count, sizeof(*gathering->groups),
	    compare_groups);
	groups = arena_alloc(&out->arena, gathering->count, sizeof(*groups));
	for (size_t i = 0; i < gathering->count; i++) {
		const struct listed_group *from = &gathering->groups[i];
		struct listed_group *last =
		    count > 0 ? &groups[count - 1] : NULL;

		if (last == NULL || !bytes_equal(last->name, from->name)) {
			groups[count++] = *from;
			continue;
		}
		if (last->protocol_type == NULL)
			last->protocol_type = from->protocol_type;
		if (last->coordinator == COORDINATOR_UNKNOWN)
			last->coordinator = from->coordinator;
	}
	out->groups = groups;
	out->count = count;
}

/* broker -1: the untyped listing of all. */
static int
list_once(const struct reach *reach, int32_t broker,
    struct group_listing *listing, int *code, struct err *err)
{
	if (broker < 0)
		return cluster_list_all(
		    reach->cluster, REACH_REQUEST_MS, listing, code, err);
	return cluster_list_groups(
	    reach->cluster, broker, REACH_REQUEST_MS, listing, code, err);
}

/* 1 when it could not be had and the census goes on without. */
static int
list_with_tries(const struct reach *reach, int32_t broker,
    struct gathering *gathering, struct err *err)
{
	struct tries tries = reach_begin(reach);
	struct err last = { 0 };

	do {
		struct group_listing listing = { 0 };
		int code = KAFKA_OK;

		memset(&last, 0, sizeof(last));
		if (list_once(reach, broker, &listing, &code, &last) == 0) {
			add_listing(gathering, &listing);
			group_listing_release(&listing);
			return 0;
		}
		group_listing_release(&listing);
		if (!kafka_error_is_retriable(code) && !err_is_transient(&last))
			break;
	} while (tries.attempt + 1 < BROKER_TRIES && reach_again(&tries));
	if (reach_check(reach, err) != 0)
		return -1;
	log_warn(reach->log, "%s", last.message);
	return 1;
}

int
census_read(const struct reach *reach, struct census *out, struct err *err)
{
	struct gathering gathering = { 0 };
	int result = 0;

	memset(out, 0, sizeof(*out));
	gathering.arena = &out->arena;
	for (size_t i = 0; i < reach->view->broker_count && result >= 0; i++) {
		reach_progress(
		    reach, "listing groups", i, reach->view->broker_count);
		result = list_with_tries(
		    reach, reach->view->brokers[i].id, &gathering, err);
		if (result > 0)
			out->incomplete = true;
	}
	if (result >= 0)
		result = list_with_tries(reach, -1, &gathering, err);
	if (result > 0)
		out->incomplete = true;
	if (result >= 0)
		merge(&gathering, out);
	free(gathering.groups);
	if (result < 0)
		census_release(out);
	return result < 0 ? -1 : 0;
}

const struct listed_group *
census_find(const struct census *census, struct bytes name)
{
	size_t low = 0, high = census->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(census->groups[middle].name, name);

		if (order == 0)
			return &census->groups[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void
census_release(struct census *census)
{
	arena_release(&census->arena);
	memset(census, 0, sizeof(*census));
}
