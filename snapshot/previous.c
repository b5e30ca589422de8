#include "snapshot/previous.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

static void
add_group(struct capture_state *state, struct bytes name)
{
	if (selector_takes_group(state->selector, name))
		capturestate_candidate(state, name)->expected = true;
}

void
previous_add_candidates(struct capture_state *state)
{
	const struct snapshot *previous = state->job->previous;
	size_t i;

	if (previous == NULL)
		return;
	for (i = 0; i < previous->group_count; i++)
		add_group(state, previous->groups[i].name);
	for (i = 0; i < previous->hole_count; i++) {
		const struct hole *hole = &previous->holes[i];
		const struct nametable_entry *entry;
		struct candidate *candidate;

		if (!hole->has_group)
			continue;
		add_group(state, hole->group);
		entry = nametable_find(&state->groups, hole->group);
		if (entry == NULL || !hole->has_topic || hole->partition < 0)
			continue;
		candidate = entry->value;
		partition_list_add(
		    &candidate->doubts, hole->topic, hole->partition);
	}
}

static bool
list_has(
    const struct partition_list *list, struct bytes topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->items[i].partition == partition &&
		    bytes_equal(list->items[i].topic, topic))
			return true;
	}
	return false;
}

static void
add_missing(struct capture_state *state, struct candidate *candidate,
    struct bytes topic, int32_t partition)
{
	const struct topic_state *known;

	if (spotlist_find(&candidate->spots, topic, partition) != NULL)
		return;
	known = capturestate_topic(state, topic);
	if (known->taken && !list_has(&candidate->held, topic, partition))
		partition_list_add(&candidate->missing, known->name, partition);
}

void
previous_find_missing(struct capture_state *state, struct candidate *candidate)
{
	const struct group *before = candidate->before;
	size_t i, k;

	candidate->missing.count = 0;
	for (i = 0; before != NULL && i < before->topic_count; i++) {
		const struct group_topic *topic = &before->topics[i];

		for (k = 0; k < topic->count; k++)
			add_missing(state, candidate, topic->topic,
			    topic->positions[k].partition);
	}
	for (i = 0; i < candidate->doubts.count; i++) {
		const struct group_partition *doubt =
		    &candidate->doubts.items[i];

		if (!list_has(
			&candidate->missing, doubt->topic, doubt->partition))
			add_missing(
			    state, candidate, doubt->topic, doubt->partition);
	}
}

bool
previous_offset(const struct candidate *candidate, struct bytes topic,
    int32_t partition, int64_t *out)
{
	const struct position *position = NULL;

	if (candidate->before != NULL)
		position =
		    group_find_position(candidate->before, topic, partition);
	if (position == NULL)
		return false;
	*out = position->offset;
	return true;
}

struct gone_list {
	struct gone *items;
	size_t count;
	size_t capacity;
};

static struct gone *
add_gone(struct gone_list *list, struct bytes group)
{
	struct gone *gone;

	list->items = xgrow(
	    list->items, list->count, &list->capacity, sizeof(*list->items));
	gone = &list->items[list->count++];
	memset(gone, 0, sizeof(*gone));
	gone->group = group;
	gone->partition = -1;
	gone->offset = -1;
	return gone;
}

/* A hole of its own explains why the position is not there. */
static bool
has_hole(
    const struct candidate *candidate, struct bytes topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < candidate->hole_count; i++) {
		if (candidate->holes[i].partition == partition &&
		    bytes_equal(candidate->holes[i].topic, topic))
			return true;
	}
	return list_has(&candidate->missing, topic, partition) ||
	    list_has(&candidate->held, topic, partition);
}

static void
compare_group(const struct candidate *candidate, struct gone_list *list)
{
	const struct group *before = candidate->before;
	size_t i, k;

	for (i = 0; i < before->topic_count; i++) {
		const struct group_topic *topic = &before->topics[i];

		for (k = 0; k < topic->count; k++) {
			const struct position *position = &topic->positions[k];
			struct gone *gone;

			if (spotlist_find(&candidate->spots, topic->topic,
				position->partition) != NULL ||
			    has_hole(
				candidate, topic->topic, position->partition))
				continue;
			gone = add_gone(list, before->name);
			gone->has_topic = true;
			gone->topic = topic->topic;
			gone->partition = position->partition;
			gone->offset = position->offset;
		}
	}
}

/* A group that could not be read has a hole of its own. */
static void
compare_candidate(const struct capture_state *state,
    const struct candidate *candidate, const struct snapshot *out,
    struct gone_list *list)
{
	if (!candidate->expected || !capturestate_is_valid(state, candidate))
		return;
	if (model_find_group(out, candidate->name) == NULL)
		(void)add_gone(list, candidate->name);
	else if (candidate->before != NULL)
		compare_group(candidate, list);
}

void
previous_write_gone(const struct capture_state *state, struct snapshot *out)
{
	struct gone_list list = { 0 };
	size_t i;

	for (i = 0; i < state->candidate_count; i++)
		compare_candidate(state, state->candidates[i], out, &list);
	out->gone = arena_alloc(&out->arena, list.count, sizeof(*out->gone));
	for (i = 0; i < list.count; i++) {
		out->gone[i] = list.items[i];
		out->gone[i].group =
		    arena_bytes(&out->arena, list.items[i].group);
		out->gone[i].topic =
		    arena_bytes(&out->arena, list.items[i].topic);
	}
	out->gone_count = list.count;
	free(list.items);
}
