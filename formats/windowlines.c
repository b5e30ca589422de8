/*
 * windowlines.c - see windowlines.h.
 */
#include "formats/windowlines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/groupline.h"
#include "formats/jsonline.h"
#include "formats/membername.h"
#include "formats/topicline.h"

static void *
make_room(void *array, size_t *capacity, size_t count, size_t size)
{
	if (count <= *capacity)
		return array;
	*capacity = count + count / 2;
	return xreallocarray(array, *capacity, size);
}

static bool
is_series(const struct windowlines *lines)
{
	return lines->window->count > 1;
}

/* The texts that were collected, as items. */
static void
make_items(struct windowlines *lines, size_t count)
{
	size_t at = 0;

	lines->items = make_room(
	    lines->items, &lines->item_capacity, count, sizeof(*lines->items));
	for (size_t i = 0; i < count; i++) {
		lines->items[i] = (struct bytes){ lines->texts.data + at,
			lines->ends[i] - at };
		at = lines->ends[i];
	}
}

static void
add_presence(const struct windowlines *lines, size_t first, size_t absent,
    const struct buf *away, struct buf *out)
{
	if (first > 0)
		buf_add_format(out, ",\"f\":%zu", first);
	if (absent < lines->window->count)
		buf_add_format(out, ",\"x\":%zu", absent);
	if (away->size > 0)
		buf_add_format(out, ",\"a\":\"%s\"", buf_text(away));
}

/* ------------------------------------------------------------------- topics */

/* The partitions as they are now. */
static size_t
last_ranges(struct windowlines *lines, const struct window_topic *topic)
{
	const struct window_slot *slots = lines->window->partitions.list;
	size_t count = 0;

	for (size_t i = 0; i < topic->partitions.count; i++) {
		const struct window_slot *slot =
		    &slots[topic->partitions.slots[i]];

		if (!slot->is_gone)
			lines->ranges[count++] =
			    (struct log_range){ slot->partition, slot->epoch,
				    slot->other, slot->number };
	}
	return count;
}

/* All that there were, as they were first, and what became of them. */
static size_t
first_ranges(struct windowlines *lines, const struct window_topic *topic)
{
	const struct window_list *list = &topic->partitions;

	lines->ends = make_room(lines->ends, &lines->end_capacity, list->count,
	    sizeof(*lines->ends));
	buf_clear(&lines->texts);
	for (size_t i = 0; i < list->count; i++) {
		const uint32_t slot = list->slots[i];
		struct slot_story story;

		windowseries_partition(
		    &lines->series, slot, &lines->texts, &story);
		lines->ends[i] = lines->texts.size;
		lines->ranges[i] = (struct log_range){
			lines->window->partitions.list[slot].partition,
			story.epoch, story.start, story.number
		};
	}
	make_items(lines, list->count);
	return list->count;
}

/* Which captures told the id, unless all that have the topic did. */
static void
add_told(const struct windowlines *lines, const struct window_topic *topic,
    struct buf *out)
{
	const size_t count = lines->window->count;
	struct buf told = { 0 };

	if (!topic->has_id ||
	    (topic->tells_id && topic->told.size == 0 &&
		topic->told_from == topic->first))
		return;
	buf_add_bytes(&told, buf_bytes(&topic->told));
	if (topic->tells_id)
		windowstate_add_captures(&told, topic->told_from, count - 1);
	buf_add_format(out, ",\"told\":\"%s\"", buf_text(&told));
	buf_release(&told);
}

static int
write_topic(struct windowlines *lines, const struct window_topic *known,
    struct err *err)
{
	struct topicline_series series = { 0 };
	struct topicline_place place = { 0 };
	struct topic topic = { .name = known->name, .has_id = known->has_id };
	bool more = true;

	memcpy(topic.id, known->id, sizeof(topic.id));
	lines->ranges = make_room(lines->ranges, &lines->range_capacity,
	    known->partitions.count, sizeof(*lines->ranges));
	topic.count = is_series(lines) ? first_ranges(lines, known)
				       : last_ranges(lines, known);
	topic.partitions = lines->ranges;
	buf_clear(&lines->head);
	add_presence(
	    lines, known->first, known->absent, &known->away, &lines->head);
	add_told(lines, known, &lines->head);
	series.head = buf_bytes(&lines->head);
	series.items = lines->items;
	while (more) {
		buf_clear(&lines->line);
		more = topicline_add(&topic, is_series(lines) ? &series : NULL,
		    &place, &lines->line);
		if (memberwrite_text(lines->writer, MEMBER_TOPICS,
			buf_bytes(&lines->line), &known->name, err) != 0)
			return -1;
	}
	return 0;
}

int
windowlines_topics(struct windowlines *lines, struct err *err)
{
	const struct windowbuild *window = lines->window;

	for (size_t i = 0; i < window->topic_count; i++) {
		if (write_topic(lines, window->topics[i], err) != 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------- groups */

/* A position with what is known of its last commit. */
static struct position
last_position(const struct windowbuild *window, const struct window_slot *slot)
{
	const struct window_text *text =
	    slot->text == 0 ? NULL : &window->texts[slot->text - 1];

	return (struct position){
		.partition = slot->partition,
		.offset = slot->number,
		.epoch = slot->epoch,
		.metadata = text == NULL || text->size == 0 ? "" : text->data,
		.metadata_size = text == NULL ? 0 : text->size,
		.unstable = slot->unstable,
		.commit_ms = slot->other,
		.expire_ms = text == NULL ? -1 : text->expire_ms,
	};
}

static size_t
count_slots(const struct window_group *known)
{
	size_t count = 0;

	for (size_t i = 0; i < known->count; i++)
		count += known->topics[i].positions.count;
	return count;
}

/* Begin lines->group, with room for all that the group ever had. */
static void
begin_group(struct windowlines *lines, const struct window_group *known,
    const struct window_facts *facts, size_t count)
{
	struct group_topic *topics = make_room(lines->group.topics,
	    &lines->topic_capacity, known->count, sizeof(*topics));

	lines->positions = make_room(lines->positions,
	    &lines->position_capacity, count, sizeof(*lines->positions));
	lines->group = (struct group){ .name = known->name,
		.type = facts->type,
		.state = facts->state,
		.protocol_type = facts->protocol_type,
		.state_ms = facts->state_ms,
		.coordinator = facts->coordinator,
		.read_start_ms = lines->info->from_ms,
		.read_end_ms = lines->info->to_ms,
		.topics = topics };
}

bool
windowlines_last_group(
    struct windowlines *lines, const struct window_group *known)
{
	const struct windowbuild *window = lines->window;
	struct group *group = &lines->group;
	struct position *next;

	if (known->absent != WINDOW_THERE)
		return false;
	begin_group(lines, known, &known->turns[known->turn_count - 1].facts,
	    count_slots(known));
	group->read_start_ms = known->read_start_ms;
	group->read_end_ms = known->read_end_ms;
	next = lines->positions;
	for (size_t i = 0; i < known->count; i++) {
		const struct window_group_topic *from = &known->topics[i];
		struct group_topic *topic = &group->topics[group->topic_count];

		*topic = (struct group_topic){ from->name, next, 0 };
		for (size_t j = 0; j < from->positions.count; j++) {
			const struct window_slot *slot =
			    &window->positions.list[from->positions.slots[j]];

			if (slot->is_gone)
				continue;
			*next++ = last_position(window, slot);
			topic->count++;
		}
		group->topic_count += topic->count > 0;
	}
	return true;
}

/* The slots of the logs that positions stand on come in their order. */
static uint32_t
find_partition(const struct windowbuild *window,
    const struct window_group_topic *from, int32_t partition, size_t *at)
{
	const struct window_list *list;
	const struct window_slot *slots = window->partitions.list;

	if (from->topic == NULL)
		return UINT32_MAX;
	list = &from->topic->partitions;
	while (
	    *at < list->count && slots[list->slots[*at]].partition < partition)
		(*at)++;
	return *at < list->count &&
		slots[list->slots[*at]].partition == partition
	    ? list->slots[*at]
	    : UINT32_MAX;
}

/* The positions of a topic as they were first, but with their last commit's
 * times, and their elements; item is how many there are before them. */
static void
first_positions(struct windowlines *lines,
    const struct window_group_topic *from, struct position *to, size_t item)
{
	const struct windowbuild *window = lines->window;
	size_t at = 0;

	for (size_t i = 0; i < from->positions.count; i++) {
		const uint32_t number = from->positions.slots[i];
		const struct window_slot *slot =
		    &window->positions.list[number];
		struct slot_story story;

		windowseries_position(&lines->series, number,
		    find_partition(window, from, slot->partition, &at),
		    &lines->texts, &story);
		lines->ends[item + i] = lines->texts.size;
		to[i] = last_position(window, slot);
		to[i].offset = story.number;
		to[i].epoch = story.epoch;
		to[i].unstable = false; /* the element says */
		to[i].metadata_size = (uint32_t)story.text.size;
		to[i].metadata = "";
		if (story.text.size > 0)
			to[i].metadata =
			    arena_bytes(&lines->arena, story.text).data;
	}
}

/* All that the group ever had. */
static void
first_group(struct windowlines *lines, const struct window_group *known)
{
	const size_t count = count_slots(known);
	struct group *group = &lines->group;
	struct position *next;
	size_t item = 0;

	begin_group(lines, known, &known->turns[0].facts, count);
	arena_release(&lines->arena);
	buf_clear(&lines->texts);
	lines->ends = make_room(
	    lines->ends, &lines->end_capacity, count, sizeof(*lines->ends));
	next = lines->positions;
	for (size_t i = 0; i < known->count; i++) {
		const struct window_group_topic *from = &known->topics[i];

		first_positions(lines, from, next, item);
		group->topics[i] = (struct group_topic){ from->name, next,
			from->positions.count };
		next += from->positions.count;
		item += from->positions.count;
	}
	group->topic_count = known->count;
	make_items(lines, count);
}

static void
add_turn(struct buf *out, const struct window_turn *turn)
{
	const struct window_facts *before = &turn[-1].facts;
	const struct window_facts *facts = &turn->facts;

	buf_add_format(out, "{\"capture\":%zu", turn->capture);
	if (facts->type != before->type)
		buf_add_format(
		    out, ",\"type\":\"%s\"", group_type_text(facts->type));
	if (strcmp(facts->state, before->state) != 0) {
		buf_add_char(out, ',');
		jsonline_add_name(out, "state", bytes_of(facts->state));
	}
	if (strcmp(facts->protocol_type, before->protocol_type) != 0) {
		buf_add_char(out, ',');
		jsonline_add_name(
		    out, "protocol_type", bytes_of(facts->protocol_type));
	}
	if (facts->coordinator != before->coordinator)
		buf_add_format(
		    out, ",\"coordinator\":%" PRId32, facts->coordinator);
	if (facts->state_ms != before->state_ms)
		buf_add_format(out, ",\"since\":%" PRId64, facts->state_ms);
	buf_add_char(out, '}');
}

static void
add_turns(struct buf *out, const struct window_group *known)
{
	if (known->turn_count < 2)
		return;
	buf_add_text(out, ",\"changes\":[");
	for (size_t i = 1; i < known->turn_count; i++) {
		if (i > 1)
			buf_add_char(out, ',');
		add_turn(out, &known->turns[i]);
	}
	buf_add_char(out, ']');
}

static int
write_group(struct windowlines *lines, const struct window_group *known,
    struct err *err)
{
	struct groupline_series series = { 0 };
	struct groupline_place place = { 0 };
	bool more = true;

	buf_clear(&lines->head);
	if (is_series(lines)) {
		first_group(lines, known);
		add_presence(lines, known->first, known->absent, &known->away,
		    &lines->head);
		add_turns(&lines->head, known);
		series.head = buf_bytes(&lines->head);
		series.items = lines->items;
	} else if (!windowlines_last_group(lines, known)) {
		return 0;
	}
	while (more) {
		buf_clear(&lines->line);
		more = groupline_add(&lines->group,
		    is_series(lines) ? &series : NULL, lines->info, &place,
		    &lines->line);
		if (memberwrite_text(lines->writer, MEMBER_GROUPS,
			buf_bytes(&lines->line), &known->name, err) != 0)
			return -1;
	}
	return 0;
}

int
windowlines_groups(struct windowlines *lines, struct err *err)
{
	const struct windowbuild *window = lines->window;

	for (size_t i = 0; i < window->group_count; i++) {
		if (write_group(lines, window->groups[i], err) != 0)
			return -1;
	}
	return 0;
}

void
windowlines_release(struct windowlines *lines)
{
	windowseries_release(&lines->series);
	arena_release(&lines->arena);
	buf_release(&lines->line);
	buf_release(&lines->head);
	buf_release(&lines->texts);
	free(lines->group.topics);
	free(lines->positions);
	free(lines->ranges);
	free(lines->ends);
	free(lines->items);
}
