/*
 * windowtake.c - take a capture into a window: its topics and groups, held
 * against those of the capture before; see windowstate.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/windowstate.h"

void
windowstate_add_captures(struct buf *out, size_t from, size_t to)
{
	if (out->size > 0)
		buf_add_char(out, ' ');
	buf_add_i64(out, (int64_t)from);
	if (to == from)
		return;
	buf_add_char(out, '-');
	buf_add_i64(out, (int64_t)to);
}

static struct bytes
keep_bytes(struct windowbuild *window, struct bytes bytes)
{
	window->arena_size += bytes.size + 1;
	return arena_bytes(&window->arena, bytes);
}

static void *
keep_new(struct windowbuild *window, size_t size)
{
	window->arena_size += size;
	return arena_alloc(&window->arena, 1, size);
}

/* -------------------------------------------------------------------- slots */

static uint32_t
add_slot(struct window_slots *slots, int32_t partition)
{
	slots->list = xgrow(
	    slots->list, slots->count, &slots->capacity, sizeof(*slots->list));
	slots->list[slots->count] =
	    (struct window_slot){ .partition = partition };
	return (uint32_t)slots->count++;
}

static void
list_insert(struct window_list *list, size_t at, uint32_t slot)
{
	if (list->count == list->capacity)
		list->slots = xgrow(list->slots, list->count, &list->capacity,
		    sizeof(*list->slots));
	memmove(list->slots + at + 1, list->slots + at,
	    (list->count - at) * sizeof(*list->slots));
	list->slots[at] = slot;
	list->count++;
}

/* Most lists never grow: no more memory than they need. */
static void
list_reserve(struct window_list *list, size_t count)
{
	if (list->capacity > 0 || count == 0)
		return;
	list->slots = xcalloc(count, sizeof(*list->slots));
	list->capacity = count;
}

static void
end_slot(struct window_slots *slots, uint32_t number, size_t capture)
{
	struct window_slot *slot = &slots->list[number];
	const struct tile_change change = {
		.slot = number, .capture = capture, .what = TILE_GONE
	};

	if (slot->is_gone)
		return;
	slot->is_gone = 1;
	tilelog_add(&slots->log, &change);
}

static void
end_list(
    struct window_slots *slots, const struct window_list *list, size_t capture)
{
	for (size_t i = 0; i < list->count; i++)
		end_slot(slots, list->slots[i], capture);
}

/* ------------------------------------------------------------------- topics */

static void
take_range(struct windowbuild *window, uint32_t number,
    const struct log_range *range, bool appears)
{
	const struct tile_change change =
	    windowstate_range_change(window, number, range, appears);
	struct window_slot *slot = &window->partitions.list[number];

	if (change.what == 0 && change.delta == 0)
		return;
	slot->is_gone = 0;
	slot->size = WINDOW_SIZE(slot->size + windowstate_change_size(&change));
	slot->number = range->end;
	slot->other = range->start;
	slot->epoch = range->epoch;
	tilelog_add(&window->partitions.log, &change);
}

static void
take_ranges(struct windowbuild *window, struct window_topic *known,
    const struct topic *topic)
{
	struct window_slots *slots = &window->partitions;
	struct window_list *list = &known->partitions;
	size_t at = 0;

	list_reserve(list, topic->count);
	for (size_t i = 0; i < topic->count; i++, at++) {
		const struct log_range *range = &topic->partitions[i];
		bool appears = false;

		for (; at < list->count &&
		     slots->list[list->slots[at]].partition < range->partition;
		     at++)
			end_slot(slots, list->slots[at], window->count);
		if (at == list->count ||
		    slots->list[list->slots[at]].partition !=
			range->partition) {
			list_insert(
			    list, at, add_slot(slots, range->partition));
			appears = true;
		}
		take_range(window, list->slots[at], range, appears);
	}
	for (; at < list->count; at++)
		end_slot(slots, list->slots[at], window->count);
}

/* Which captures told the topic's id. */
static void
take_id(struct windowbuild *window, struct window_topic *known,
    const struct topic *topic)
{
	if (topic->has_id) {
		if (!known->tells_id)
			known->told_from = window->count;
		memcpy(known->id, topic->id, sizeof(known->id));
		known->has_id = true;
	} else if (known->tells_id) {
		windowstate_add_captures(
		    &known->told, known->told_from, window->count - 1);
	}
	known->tells_id = topic->has_id;
}

/* It is there, maybe again. */
static void
end_absence(const struct windowbuild *window, size_t *absent, struct buf *away)
{
	if (*absent == WINDOW_THERE)
		return;
	windowstate_add_captures(away, *absent, window->count - 1);
	*absent = WINDOW_THERE;
}

static void
take_topic(struct windowbuild *window, struct window_topic *known,
    const struct topic *topic)
{
	end_absence(window, &known->absent, &known->away);
	take_id(window, known, topic);
	take_ranges(window, known, topic);
}

static struct window_topic *
new_topic(struct windowbuild *window, const struct topic *topic)
{
	struct window_topic *new = keep_new(window, sizeof(*new));

	new->name = keep_bytes(window, topic->name);
	new->first = window->count;
	new->absent = WINDOW_THERE;
	return new;
}

static void
end_topic(struct windowbuild *window, struct window_topic *known)
{
	if (known->absent != WINDOW_THERE)
		return;
	known->absent = window->count;
	if (known->tells_id)
		windowstate_add_captures(
		    &known->told, known->told_from, window->count - 1);
	known->tells_id = false;
	end_list(&window->partitions, &known->partitions, window->count);
}

/* The place behind the last of them, as an array of pointers that grows. */
static void
insert_topic(struct windowbuild *window, size_t at, struct window_topic *topic)
{
	if (window->topic_count == window->topic_capacity)
		window->topics = xgrow(window->topics, window->topic_count,
		    &window->topic_capacity, sizeof(struct window_topic *));
	memmove(window->topics + at + 1, window->topics + at,
	    (window->topic_count - at) * sizeof(struct window_topic *));
	window->topics[at] = topic;
	window->topic_count++;
}

static void
take_topics(struct windowbuild *window, const struct snapshot *capture)
{
	size_t at = 0;

	for (size_t i = 0; i < capture->topic_count; i++, at++) {
		const struct topic *topic = &capture->topics[i];

		for (; at < window->topic_count &&
		     bytes_compare(window->topics[at]->name, topic->name) < 0;
		     at++)
			end_topic(window, window->topics[at]);
		if (at == window->topic_count ||
		    !bytes_equal(window->topics[at]->name, topic->name))
			insert_topic(window, at, new_topic(window, topic));
		take_topic(window, window->topics[at], topic);
	}
	for (; at < window->topic_count; at++)
		end_topic(window, window->topics[at]);
}

/* ---------------------------------------------------------------- positions */

static struct window_text *
text_of(struct windowbuild *window, struct window_slot *slot)
{
	if (slot->text == 0) {
		if (window->text_count == window->text_capacity)
			window->texts = xgrow(window->texts, window->text_count,
			    &window->text_capacity, sizeof(*window->texts));
		window->texts[window->text_count++] =
		    (struct window_text){ .expire_ms = -1 };
		slot->text = (uint32_t)window->text_count;
	}
	return &window->texts[slot->text - 1];
}

static void
set_text(struct windowbuild *window, struct window_slot *slot,
    const struct position *position)
{
	struct window_text *text = text_of(window, slot);

	if (position->metadata_size > text->capacity) {
		window->text_size += position->metadata_size - text->capacity;
		text->capacity = position->metadata_size;
		text->data = xreallocarray(text->data, text->capacity, 1);
	}
	text->size = position->metadata_size;
	if (text->size > 0)
		memcpy(text->data, position->metadata, text->size);
}

/* What is kept of the last commit alone. */
static void
set_times(struct windowbuild *window, struct window_slot *slot,
    const struct position *position)
{
	slot->other = position->commit_ms;
	if (slot->text != 0 || position->expire_ms != -1)
		text_of(window, slot)->expire_ms = position->expire_ms;
}

static void
take_position(struct windowbuild *window, uint32_t number,
    const struct position *position, bool appears)
{
	const struct tile_change change =
	    windowstate_position_change(window, number, position, appears);
	struct window_slot *slot = &window->positions.list[number];

	set_times(window, slot, position);
	if (change.what == 0 && change.delta == 0)
		return;
	if (!appears)
		window->change_count += change.delta != 0;
	slot->is_gone = 0;
	if ((change.what & TILE_TEXT) != 0)
		set_text(window, slot, position);
	slot->size = WINDOW_SIZE(slot->size + windowstate_change_size(&change));
	slot->number = position->offset;
	slot->epoch = position->epoch;
	slot->unstable = position->unstable;
	tilelog_add(&window->positions.log, &change);
}

static void
take_positions(struct windowbuild *window, struct window_list *list,
    const struct group_topic *topic)
{
	struct window_slots *slots = &window->positions;
	size_t at = 0;

	list_reserve(list, topic->count);
	for (size_t i = 0; i < topic->count; i++, at++) {
		const struct position *position = &topic->positions[i];
		bool appears = false;

		for (; at < list->count &&
		     slots->list[list->slots[at]].partition <
			 position->partition;
		     at++)
			end_slot(slots, list->slots[at], window->count);
		if (at == list->count ||
		    slots->list[list->slots[at]].partition !=
			position->partition) {
			list_insert(
			    list, at, add_slot(slots, position->partition));
			appears = true;
		}
		take_position(window, list->slots[at], position, appears);
	}
	for (; at < list->count; at++)
		end_slot(slots, list->slots[at], window->count);
}

/* ------------------------------------------------------------------- groups */

static struct window_topic *
find_topic(const struct windowbuild *window, struct bytes name)
{
	size_t low = 0;
	size_t high = window->topic_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(window->topics[middle]->name, name);

		if (order == 0)
			return window->topics[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void
insert_group_topic(struct windowbuild *window, struct window_group *known,
    size_t at, struct bytes name)
{
	struct window_topic *topic = find_topic(window, name);

	if (known->count == known->capacity)
		known->topics = xgrow(known->topics, known->count,
		    &known->capacity, sizeof(*known->topics));
	memmove(known->topics + at + 1, known->topics + at,
	    (known->count - at) * sizeof(*known->topics));
	known->topics[at] = (struct window_group_topic){ .topic = topic,
		.name =
		    topic != NULL ? topic->name : keep_bytes(window, name) };
	known->count++;
}

static void
take_facts(struct windowbuild *window, struct window_group *known,
    const struct group *group)
{
	struct window_facts facts = windowstate_facts(group);
	const struct window_facts *last = known->turn_count == 0
	    ? NULL
	    : &known->turns[known->turn_count - 1].facts;

	if (last != NULL && windowstate_same_facts(last, &facts))
		return;
	known->size += windowstate_facts_size(&facts);
	facts.state = last != NULL && strcmp(last->state, facts.state) == 0
	    ? last->state
	    : keep_bytes(window, bytes_of(facts.state)).data;
	facts.protocol_type = last != NULL &&
		strcmp(last->protocol_type, facts.protocol_type) == 0
	    ? last->protocol_type
	    : keep_bytes(window, bytes_of(facts.protocol_type)).data;
	/* Most have but one. */
	if (known->turns == NULL) {
		known->turns = xcalloc(1, sizeof(*known->turns));
		known->turn_capacity = 1;
	}
	known->turns = xgrow(known->turns, known->turn_count,
	    &known->turn_capacity, sizeof(*known->turns));
	known->turns[known->turn_count++] =
	    (struct window_turn){ window->count, facts };
}

static void
take_group(struct windowbuild *window, struct window_group *known,
    const struct group *group)
{
	size_t at = 0;

	end_absence(window, &known->absent, &known->away);
	take_facts(window, known, group);
	for (size_t i = 0; i < group->topic_count; i++, at++) {
		const struct group_topic *topic = &group->topics[i];

		for (; at < known->count &&
		     bytes_compare(known->topics[at].name, topic->topic) < 0;
		     at++)
			end_list(&window->positions,
			    &known->topics[at].positions, window->count);
		if (at == known->count ||
		    !bytes_equal(known->topics[at].name, topic->topic))
			insert_group_topic(window, known, at, topic->topic);
		take_positions(window, &known->topics[at].positions, topic);
	}
	for (; at < known->count; at++)
		end_list(&window->positions, &known->topics[at].positions,
		    window->count);
}

static struct window_group *
new_group(struct windowbuild *window, const struct group *group)
{
	struct window_group *new = keep_new(window, sizeof(*new));

	new->name = keep_bytes(window, group->name);
	new->first = window->count;
	new->absent = WINDOW_THERE;
	new->read_start_ms = group->read_start_ms;
	new->read_end_ms = group->read_end_ms;
	new->topics = xcalloc(group->topic_count, sizeof(*new->topics));
	new->capacity = group->topic_count;
	return new;
}

static void
end_group(struct windowbuild *window, struct window_group *known)
{
	if (known->absent != WINDOW_THERE)
		return;
	known->absent = window->count;
	for (size_t i = 0; i < known->count; i++)
		end_list(&window->positions, &known->topics[i].positions,
		    window->count);
}

static void
insert_group(struct windowbuild *window, size_t at, struct window_group *group)
{
	if (window->group_count == window->group_capacity)
		window->groups = xgrow(window->groups, window->group_count,
		    &window->group_capacity, sizeof(struct window_group *));
	memmove(window->groups + at + 1, window->groups + at,
	    (window->group_count - at) * sizeof(struct window_group *));
	window->groups[at] = group;
	window->group_count++;
}

static void
take_groups(struct windowbuild *window, const struct snapshot *capture)
{
	size_t at = 0;

	for (size_t i = 0; i < capture->group_count; i++, at++) {
		const struct group *group = &capture->groups[i];

		for (; at < window->group_count &&
		     bytes_compare(window->groups[at]->name, group->name) < 0;
		     at++)
			end_group(window, window->groups[at]);
		if (at == window->group_count ||
		    !bytes_equal(window->groups[at]->name, group->name))
			insert_group(window, at, new_group(window, group));
		take_group(window, window->groups[at], group);
	}
	for (; at < window->group_count; at++)
		end_group(window, window->groups[at]);
}

void
windowtake(struct windowbuild *window, const struct snapshot *capture)
{
	take_topics(window, capture);
	take_groups(window, capture);
	windowtake_rest(window, capture);
	if (window->count == 0) {
		window->positions.base = window->positions.count;
		window->partitions.base = window->partitions.count;
	}
	window->captures = xgrow(window->captures, window->count,
	    &window->capacity, sizeof(*window->captures));
	window->captures[window->count++] =
	    (struct capture_time){ capture->info.from_ms, capture->info.to_ms,
		    capture->hole_count };
}
