#include "snapshot/assemble.h"

#include <string.h>

#include "snapshot/holes.h"
#include "snapshot/previous.h"

static struct topic_state *
topic_of(const struct capture_state *state, struct bytes name)
{
	return nametable_find(&state->topics, name)->value;
}

void
assemble_mark_topics(struct capture_state *state)
{
	size_t i, k;

	for (i = 0; i < state->candidate_count; i++) {
		const struct candidate *candidate = state->candidates[i];
		const char *last = NULL;

		for (k = 0; k < candidate->spots.count; k++) {
			const struct bytes name =
			    candidate->spots.spots[k].topic;

			if (name.data != last)
				topic_of(state, name)->used = true;
			last = name.data;
		}
	}
}

/* Streams groups too are not typed by every source, share groups by none but
 * the offsets topic: one that is empty is the same for all of them. */
static bool
is_typed(const struct candidate *candidate)
{
	return candidate->listed &&
	    (candidate->type == GROUP_CLASSIC ||
		candidate->type == GROUP_CONSUMER);
}

/*
 * A group without positions is in the snapshot when it is known to be one that
 * could have some.  What no listing types and has none may be a share group,
 * or nothing; of those that were given by name it is said that nothing was
 * there.
 */
static bool
is_kept(struct capture_state *state, const struct candidate *candidate)
{
	struct capture_report *report = state->report;

	if (candidate->stage != STAGE_DONE)
		return false;
	if (candidate->spots.count > 0)
		return true;
	if (state->scope == SCOPE_NAMED) {
		report->empty_group_count++;
		report->absent_count +=
		    !candidate->listed && candidate->answered_count == 0;
		return true;
	}
	if (is_typed(candidate) || candidate->answered_count > 0 ||
	    candidate->hole_count > 0) {
		report->empty_group_count++;
		return true;
	}
	report->untyped_empty_count += candidate->listed;
	return false;
}

/* One topic of a group: the spots from first on that stand on it. */
static size_t
write_group_topic(const struct capture_state *state,
    const struct spotlist *spots, size_t first, struct arena *arena,
    struct group_topic *out)
{
	const char *name = spots->spots[first].topic.data;
	size_t count = 1;
	size_t i;

	while (first + count < spots->count &&
	    spots->spots[first + count].topic.data == name)
		count++;
	out->topic = topic_of(state, spots->spots[first].topic)->stored;
	out->positions = arena_alloc(arena, count, sizeof(*out->positions));
	out->count = count;
	for (i = 0; i < count; i++)
		out->positions[i] =
		    position_copy(arena, &spots->spots[first + i].position);
	return count;
}

static void
write_group(const struct capture_state *state,
    const struct candidate *candidate, struct snapshot *out,
    struct group *group)
{
	const struct spotlist *spots = &candidate->spots;
	size_t count = 0;
	size_t at = 0;
	size_t i;

	group->name = arena_bytes(&out->arena, candidate->name);
	group->type = candidate->type;
	group->state = arena_text(&out->arena,
	    candidate->state != NULL ? candidate->state : "unknown");
	group->protocol_type = arena_text(&out->arena,
	    candidate->protocol_type != NULL ? candidate->protocol_type
					     : "unknown");
	group->state_ms = candidate->state_ms;
	group->coordinator = candidate->read_from;
	group->read_start_ms = candidate->read_start_ms;
	group->read_end_ms = candidate->read_end_ms;
	for (i = 0; i < spots->count; i++)
		count += i == 0 ||
		    spots->spots[i].topic.data !=
			spots->spots[i - 1].topic.data;
	group->topics = arena_alloc(&out->arena, count, sizeof(*group->topics));
	while (at < spots->count)
		at += write_group_topic(state, spots, at, &out->arena,
		    &group->topics[group->topic_count++]);
}

static void
write_topic(
    const struct topic_state *from, struct arena *arena, struct topic *topic)
{
	topic->name = from->stored;
	topic->has_id = from->has_id;
	memcpy(topic->id, from->id, sizeof(topic->id));
	topic->partitions =
	    arena_alloc(arena, from->range_count, sizeof(*topic->partitions));
	topic->count = from->range_count;
	if (from->range_count > 0)
		memcpy(topic->partitions, from->ranges,
		    from->range_count * sizeof(*topic->partitions));
}

static void
write_topics(struct capture_state *state, struct snapshot *out)
{
	const struct nametable *table = &state->topics;
	size_t i;

	out->topics =
	    arena_alloc(&out->arena, table->count, sizeof(*out->topics));
	for (i = 0; i < table->capacity; i++) {
		struct topic_state *topic =
		    table->slots[i] != NULL ? table->slots[i]->value : NULL;

		if (topic == NULL || !topic->used)
			continue;
		topic->stored = arena_bytes(&out->arena, topic->name);
		write_topic(
		    topic, &out->arena, &out->topics[out->topic_count++]);
	}
}

/* What was read is released group by group, so that it is never in memory
 * twice as a whole; the spots stay where what is gone needs them. */
static void
write_groups(struct capture_state *state, struct snapshot *out)
{
	size_t i;

	out->groups = arena_alloc(
	    &out->arena, state->candidate_count, sizeof(*out->groups));
	for (i = 0; i < state->candidate_count; i++) {
		struct candidate *candidate = state->candidates[i];

		if (!is_kept(state, candidate))
			continue;
		write_group(
		    state, candidate, out, &out->groups[out->group_count++]);
		if (!candidate->expected)
			spotlist_release(&candidate->spots);
	}
}

void
assemble_content(struct capture_state *state, struct snapshot *out)
{
	write_topics(state, out);
	write_groups(state, out);
	holes_write(state, out);
	model_sort(out);
	previous_write_gone(state, out);
	model_sort(out);
}
