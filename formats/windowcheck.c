/*
 * windowcheck.c - whether a capture can be the next one of a window; see
 * windowbuild.h.
 */
#include <string.h>

#include "common/timetext.h"
#include "formats/limits.h"
#include "formats/serieswrite.h"
#include "formats/windowstate.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* Keys, brackets, quotes and small numbers of a line that has one position or
 * partition, and of its element of the series. */
#define LINE_REST ((size_t)1024)
/* The columns of a position: partition, offset, two epochs, two times. */
#define COLUMNS_SIZE ((size_t)12 + 21 + 24 + 32 + 3)
/* "8640-8641 " of unstable; a pair of capture and number; keys of a turn. */
#define RANGE_SIZE ((size_t)12)
#define PAIR_SIZE ((size_t)28)
#define TURN_SIZE ((size_t)160)
/* Up to here a name may be escaped, behind it base64 is never longer. */
#define SHORT_NAME 1024

static size_t
base64_size(size_t size)
{
	return (size + 2) / 3 * 4;
}

size_t
windowstate_name_size(struct bytes name)
{
	return name.size <= SHORT_NAME ? 6 * name.size : base64_size(name.size);
}

size_t
windowstate_change_size(const struct tile_change *change)
{
	size_t size = 0;

	if ((change->what & TILE_APPEARED) != 0)
		size += COLUMNS_SIZE;
	else if (change->delta != 0)
		size += series_change_size(change->delta);
	if ((change->what & TILE_EPOCH) != 0)
		size += PAIR_SIZE;
	if ((change->what & TILE_START) != 0)
		size += PAIR_SIZE;
	if ((change->what & TILE_TEXT) != 0)
		size += RANGE_SIZE + base64_size(change->text.size);
	if ((change->what & (TILE_HELD | TILE_FREED)) != 0)
		size += RANGE_SIZE;
	if ((change->what & TILE_BACK) != 0)
		size += RANGE_SIZE;
	return size;
}

struct window_facts
windowstate_facts(const struct group *group)
{
	return (struct window_facts){ group->type, group->state,
		group->protocol_type, group->state_ms, group->coordinator };
}

bool
windowstate_same_facts(
    const struct window_facts *left, const struct window_facts *right)
{
	return left->type == right->type && left->state_ms == right->state_ms &&
	    left->coordinator == right->coordinator &&
	    strcmp(left->state, right->state) == 0 &&
	    strcmp(left->protocol_type, right->protocol_type) == 0;
}

size_t
windowstate_facts_size(const struct window_facts *facts)
{
	return TURN_SIZE + windowstate_name_size(bytes_of(facts->state)) +
	    windowstate_name_size(bytes_of(facts->protocol_type));
}

/* Is the metadata of the slot other than that? */
static bool
is_new_text(const struct windowbuild *window, const struct window_slot *slot,
    const struct position *position)
{
	const struct window_text *text;

	if (slot->text == 0)
		return position->metadata_size > 0;
	text = &window->texts[slot->text - 1];
	return text->size != position->metadata_size ||
	    (text->size > 0 &&
		memcmp(text->data, position->metadata, text->size) != 0);
}

static int64_t
minus(int64_t left, int64_t right)
{
	return (int64_t)((uint64_t)left - (uint64_t)right);
}

struct tile_change
windowstate_position_change(const struct windowbuild *window, size_t number,
    const struct position *position, bool appears)
{
	const struct window_slot *slot = &window->positions.list[number];
	struct tile_change change = { .slot = number,
		.capture = window->count,
		.delta = minus(position->offset, slot->number),
		.epoch = position->epoch };

	if (appears)
		change.what = TILE_APPEARED | TILE_EPOCH;
	else if (slot->is_gone)
		change.what = TILE_BACK;
	if (slot->epoch != position->epoch)
		change.what |= TILE_EPOCH;
	if (position->unstable != slot->unstable)
		change.what |= position->unstable ? TILE_HELD : TILE_FREED;
	if (is_new_text(window, slot, position)) {
		change.what |= TILE_TEXT;
		change.text = (struct bytes){ position->metadata,
			position->metadata_size };
	}
	return change;
}

struct tile_change
windowstate_range_change(const struct windowbuild *window, size_t number,
    const struct log_range *range, bool appears)
{
	const struct window_slot *slot = &window->partitions.list[number];
	struct tile_change change = { .slot = number,
		.capture = window->count,
		.delta = minus(range->end, slot->number),
		.epoch = range->epoch,
		.start = range->start };

	if (appears)
		change.what = TILE_APPEARED | TILE_START | TILE_EPOCH;
	else if (slot->is_gone)
		change.what = TILE_BACK;
	if (slot->other != range->start)
		change.what |= TILE_START;
	if (slot->epoch != range->epoch)
		change.what |= TILE_EPOCH;
	return change;
}

/* Whether a line of one slot stays short enough. */
static bool
fits(const struct windowbuild *window, size_t names, size_t size)
{
	return LINE_REST + names + size + 2 * (window->count + 1) <= LIMIT_LINE;
}

static enum window_verdict
check_position(const struct windowbuild *window, size_t names, size_t number,
    const struct position *position)
{
	const struct window_slot *slot = &window->positions.list[number];
	const struct tile_change change =
	    windowstate_position_change(window, number, position, false);

	return fits(
		   window, names, slot->size + windowstate_change_size(&change))
	    ? WINDOW_TAKEN
	    : WINDOW_LINE;
}

static enum window_verdict
check_positions(const struct windowbuild *window, size_t names,
    const struct window_list *list, const struct group_topic *topic)
{
	const struct window_slot *slots = window->positions.list;
	size_t at = 0;

	for (size_t i = 0; i < topic->count; i++) {
		const struct position *position = &topic->positions[i];
		enum window_verdict verdict;

		while (at < list->count &&
		    slots[list->slots[at]].partition < position->partition)
			at++;
		if (at == list->count ||
		    slots[list->slots[at]].partition > position->partition)
			continue;
		verdict =
		    check_position(window, names, list->slots[at], position);
		if (verdict != WINDOW_TAKEN)
			return verdict;
	}
	return WINDOW_TAKEN;
}

static enum window_verdict
check_group(const struct windowbuild *window, const struct window_group *known,
    const struct group *group)
{
	const size_t name = windowstate_name_size(group->name);
	const struct window_facts facts = windowstate_facts(group);
	size_t at = 0;

	if (LINE_REST + name + known->size + known->away.size + RANGE_SIZE +
		windowstate_facts_size(&facts) >
	    LIMIT_LINE)
		return WINDOW_LINE;
	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];
		const size_t names = name + windowstate_name_size(topic->topic);
		enum window_verdict verdict;

		while (at < known->count &&
		    bytes_compare(known->topics[at].name, topic->topic) < 0)
			at++;
		if (at == known->count ||
		    !bytes_equal(known->topics[at].name, topic->topic))
			continue;
		verdict = check_positions(
		    window, names, &known->topics[at].positions, topic);
		if (verdict != WINDOW_TAKEN)
			return verdict;
	}
	return WINDOW_TAKEN;
}

static enum window_verdict
check_groups(const struct windowbuild *window, const struct snapshot *capture)
{
	size_t at = 0;

	for (size_t i = 0; i < capture->group_count; i++) {
		const struct group *group = &capture->groups[i];
		enum window_verdict verdict;

		while (at < window->group_count &&
		    bytes_compare(window->groups[at]->name, group->name) < 0)
			at++;
		if (at == window->group_count ||
		    !bytes_equal(window->groups[at]->name, group->name))
			continue;
		verdict = check_group(window, window->groups[at], group);
		if (verdict != WINDOW_TAKEN)
			return verdict;
	}
	return WINDOW_TAKEN;
}

static enum window_verdict
check_range(const struct windowbuild *window, size_t names, size_t number,
    const struct log_range *range)
{
	const struct window_slot *slot = &window->partitions.list[number];
	const struct tile_change change =
	    windowstate_range_change(window, number, range, false);

	return fits(
		   window, names, slot->size + windowstate_change_size(&change))
	    ? WINDOW_TAKEN
	    : WINDOW_LINE;
}

static enum window_verdict
check_ranges(const struct windowbuild *window, const struct window_topic *known,
    const struct topic *topic)
{
	const struct window_slot *slots = window->partitions.list;
	const struct window_list *list = &known->partitions;
	const size_t names = windowstate_name_size(topic->name) +
	    known->told.size + known->away.size;
	size_t at = 0;

	for (size_t i = 0; i < topic->count; i++) {
		const struct log_range *range = &topic->partitions[i];
		enum window_verdict verdict;

		while (at < list->count &&
		    slots[list->slots[at]].partition < range->partition)
			at++;
		if (at == list->count ||
		    slots[list->slots[at]].partition > range->partition)
			continue;
		verdict = check_range(window, names, list->slots[at], range);
		if (verdict != WINDOW_TAKEN)
			return verdict;
	}
	return WINDOW_TAKEN;
}

static enum window_verdict
check_topic(const struct windowbuild *window, const struct window_topic *known,
    const struct topic *topic)
{
	if (known->has_id && topic->has_id &&
	    memcmp(known->id, topic->id, sizeof(known->id)) != 0)
		return WINDOW_RECREATED;
	return check_ranges(window, known, topic);
}

static enum window_verdict
check_topics(const struct windowbuild *window, const struct snapshot *capture)
{
	size_t at = 0;

	for (size_t i = 0; i < capture->topic_count; i++) {
		const struct topic *topic = &capture->topics[i];
		enum window_verdict verdict;

		while (at < window->topic_count &&
		    bytes_compare(window->topics[at]->name, topic->name) < 0)
			at++;
		if (at == window->topic_count ||
		    !bytes_equal(window->topics[at]->name, topic->name))
			continue;
		verdict = check_topic(window, window->topics[at], topic);
		if (verdict != WINDOW_TAKEN)
			return verdict;
	}
	return WINDOW_TAKEN;
}

static enum window_verdict
check_info(const struct windowbuild *window, const struct snapshot_info *info)
{
	const struct snapshot_info *own = &window->info;
	const struct capture_time *last = &window->captures[window->count - 1];

	/* What is rescued is of one time, or of none. */
	if (strcmp(own->cluster_id, info->cluster_id) != 0 ||
	    own->scope != info->scope || own->source != info->source ||
	    own->source == SOURCE_RESCUE ||
	    strcmp(own->selection_hash, info->selection_hash) != 0)
		return WINDOW_OTHER;
	if (info->from_ms < last->end_ms)
		return WINDOW_CLOCK;
	if (info->from_ms / DAY_MS != window->captures[0].start_ms / DAY_MS)
		return WINDOW_DAY;
	return window->count >= LIMIT_CAPTURES ? WINDOW_FULL : WINDOW_TAKEN;
}

enum window_verdict
windowcheck(const struct windowbuild *window, const struct snapshot *capture)
{
	enum window_verdict verdict = check_info(window, &capture->info);

	if (verdict == WINDOW_TAKEN && windowstate_has_gone(window, capture))
		verdict = WINDOW_RETURNED;
	if (verdict == WINDOW_TAKEN)
		verdict = check_topics(window, capture);
	if (verdict == WINDOW_TAKEN)
		verdict = check_groups(window, capture);
	return verdict;
}
