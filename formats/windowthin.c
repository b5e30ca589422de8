/*
 * windowthin.c - drop every second capture of an open window; see
 * windowbuild.h.
 *
 * What happened in a capture that is dropped is seen by the next one that
 * stays.  What came and went in between was never there.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/seriesread.h"
#include "formats/windowstate.h"

struct thinning {
	struct windowbuild *window;
	size_t *numbers; /* of each capture: the next that stays, its new one */
	size_t *kept;    /* of each that stays: its old number */
	size_t kept_count;
	/* Changes of a tile, in the order of its slots. */
	struct tile_change *changes;
	size_t count;
	size_t capacity;
};

static void
choose_captures(struct thinning *thinning, size_t from)
{
	const size_t count = thinning->window->count;

	thinning->numbers = xcalloc(count, sizeof(*thinning->numbers));
	thinning->kept = xcalloc(count, sizeof(*thinning->kept));
	for (size_t i = 0; i < count; i++) {
		thinning->numbers[i] = thinning->kept_count;
		if (i == 0 || i < from || (count - 1 - i) % 2 == 0)
			thinning->kept[thinning->kept_count++] = i;
	}
}

/* -------------------------------------------------------------------- slots */

/* The change of a slot in that capture, which is the last of the list or comes
 * behind it. */
static struct tile_change *
change_in(struct thinning *thinning, size_t first, size_t slot, size_t capture)
{
	struct tile_change *change;

	if (thinning->count > first &&
	    thinning->changes[thinning->count - 1].capture == capture)
		return &thinning->changes[thinning->count - 1];
	thinning->changes = xgrow(thinning->changes, thinning->count,
	    &thinning->capacity, sizeof(*thinning->changes));
	change = &thinning->changes[thinning->count++];
	*change = (struct tile_change){ .slot = slot, .capture = capture };
	return change;
}

static void
take_values(struct tile_change *change, unsigned int what, int32_t epoch,
    int64_t start, struct bytes text)
{
	change->what |= what;
	if ((what & TILE_EPOCH) != 0)
		change->epoch = epoch;
	if ((what & TILE_START) != 0)
		change->start = start;
	if ((what & TILE_TEXT) != 0)
		change->text = text;
}

/* The later of two that undo each other stays. */
static void
merge_event(struct tile_change *change, const struct tile_event *event)
{
	const unsigned int held = TILE_HELD | TILE_FREED;
	const unsigned int there = TILE_GONE | TILE_BACK;

	if ((event->what & held) != 0)
		change->what &= ~held;
	if ((event->what & there) != 0)
		change->what &= ~there;
	take_values(
	    change, event->what, event->epoch, event->start, event->text);
}

static void
merge_change(struct tile_change *change, const struct tile_change *later)
{
	change->delta =
	    (int64_t)((uint64_t)change->delta + (uint64_t)later->delta);
	take_values(change, later->what & (TILE_EPOCH | TILE_START | TILE_TEXT),
	    later->epoch, later->start, later->text);
}

/* What the captures that stay see of a slot, change after change. */
struct replay {
	bool seen; /* it was there once */
	bool there;
	bool held;
	bool held_before; /* the last change that stays */
};

/* Add the next change to those that stay, of which there are count from first
 * on; returns how many there are then.  As long as it is not there, all that
 * happens to it is one change. */
static size_t
replay_change(struct thinning *thinning, size_t first, size_t count,
    struct replay *replay, const struct tile_change *next)
{
	const bool was_there = replay->there;
	const bool is_again = replay->seen && !was_there;
	struct tile_change *change;

	replay->there = (next->what & TILE_GONE) == 0 &&
	    (was_there || (next->what & (TILE_APPEARED | TILE_BACK)) != 0);
	if (count > first && !was_there && !(replay->seen && replay->there)) {
		change = &thinning->changes[count - 1];
		merge_change(change, next);
		if (!replay->seen)
			change->capture = next->capture;
	} else {
		replay->held_before = replay->held;
		change = &thinning->changes[count++];
		*change = *next;
	}
	if ((next->what & (TILE_HELD | TILE_FREED)) != 0)
		replay->held = (next->what & TILE_HELD) != 0;
	replay->seen |= replay->there;
	change->what &=
	    ~(unsigned int)(TILE_GONE | TILE_BACK | TILE_HELD | TILE_FREED);
	if (replay->held != replay->held_before)
		change->what |= replay->held ? TILE_HELD : TILE_FREED;
	if (!replay->there)
		change->what |= TILE_GONE;
	else if (is_again)
		change->what |= TILE_BACK;
	return count;
}

/* Leave out what no capture sees; false if that is all of it. */
static bool
tidy_changes(struct thinning *thinning, size_t first)
{
	struct replay replay = { 0 };
	size_t kept = first;

	for (size_t i = first; i < thinning->count; i++) {
		const struct tile_change next = thinning->changes[i];

		kept = replay_change(thinning, first, kept, &replay, &next);
	}
	thinning->count = kept;
	return replay.seen;
}

/* What is kept of the last commit of a slot that is gone is of the capture
 * before, which may be one that goes. */
static void
forget_commit(struct thinning *thinning, const struct window_slots *slots,
    struct window_slot *slot, size_t gone)
{
	if (slots != &thinning->window->positions || !slot->is_gone ||
	    slot->is_unseen ||
	    thinning->kept[thinning->numbers[gone - 1]] == gone - 1)
		return;
	slot->other = -1;
	if (slot->text != 0)
		thinning->window->texts[slot->text - 1].expire_ms = -1;
}

static void
thin_slot(struct thinning *thinning, struct window_slots *slots,
    const struct tileview *view, size_t slot)
{
	const size_t at = slot % TILE_SLOTS;
	const size_t first = thinning->count;
	size_t point = view->starts[at];
	size_t event = view->event_starts[at];
	size_t gone = 0;

	while (point < view->starts[at + 1] ||
	    event < view->event_starts[at + 1]) {
		const bool is_point = point < view->starts[at + 1] &&
		    (event == view->event_starts[at + 1] ||
			view->captures[point] <= view->events[event].capture);
		const size_t capture = is_point ? view->captures[point]
						: view->events[event].capture;
		struct tile_change *change = change_in(
		    thinning, first, slot, thinning->numbers[capture]);

		if (is_point) {
			change->delta = (int64_t)((uint64_t)change->delta +
			    (uint64_t)view->deltas[point++]);
			continue;
		}
		if ((view->events[event].what & TILE_GONE) != 0)
			gone = capture;
		merge_event(change, &view->events[event++]);
	}
	forget_commit(thinning, slots, &slots->list[slot], gone);
	slots->list[slot].size = 0;
	if (tidy_changes(thinning, first))
		return;
	thinning->count = first;
	slots->list[slot].is_unseen = 1;
}

static int
compare_changes(const void *left, const void *right)
{
	const struct tile_change *a = left;
	const struct tile_change *b = right;

	if (a->capture != b->capture)
		return a->capture < b->capture ? -1 : 1;
	return (a->slot > b->slot) - (a->slot < b->slot);
}

static void
thin_tile(struct thinning *thinning, struct window_slots *slots,
    const struct tileview *view, size_t tile, struct tilelog *log)
{
	const size_t begin = tile * TILE_SLOTS;

	thinning->count = 0;
	for (size_t i = begin; i < begin + TILE_SLOTS && i < slots->count; i++)
		thin_slot(thinning, slots, view, i);
	if (thinning->count > 1)
		qsort(thinning->changes, thinning->count,
		    sizeof(*thinning->changes), compare_changes);
	for (size_t i = 0; i < thinning->count; i++) {
		const struct tile_change *change = &thinning->changes[i];
		struct window_slot *slot = &slots->list[change->slot];

		if (change->what == 0 && change->delta == 0)
			continue;
		slot->size =
		    WINDOW_SIZE(slot->size + windowstate_change_size(change));
		if (slots == &thinning->window->positions &&
		    (change->what & TILE_APPEARED) == 0)
			thinning->window->change_count += change->delta != 0;
		tilelog_add(log, change);
	}
}

static void
thin_slots(struct thinning *thinning, struct window_slots *slots)
{
	struct tileview *view = xcalloc(1, sizeof(*view));
	struct tilelog log = { 0 };

	for (size_t i = 0; i < slots->log.count; i++) {
		tileview_open(view, &slots->log, i);
		thin_tile(thinning, slots, view, i, &log);
	}
	tileview_release(view);
	free(view);
	tilelog_release(&slots->log);
	slots->log = log;
}

static void
thin_list(const struct window_slots *slots, struct window_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!slots->list[list->slots[i]].is_unseen)
			list->slots[kept++] = list->slots[i];
	}
	list->count = kept;
}

/* --------------------------------------------------------- groups and topics
 */

/* The captures of both that stay, by their new numbers; the last run of them
 * is not written.  False if there are none. */
static bool
thin_captures(const struct thinning *thinning, struct buf *captures,
    size_t *from, size_t *to)
{
	struct buf kept = { 0 };
	bool found = false;

	for (size_t i = 0; i < thinning->kept_count; i++) {
		struct err ignored = { 0 };
		bool present = false;

		if (captures_have(buf_bytes(captures), thinning->kept[i],
			thinning->window->count, &present, &ignored) != 0 ||
		    !present)
			continue;
		if (!found)
			*from = i;
		else if (*to + 1 != i) {
			windowstate_add_captures(&kept, *from, *to);
			*from = i;
		}
		*to = i;
		found = true;
	}
	buf_release(captures);
	*captures = kept;
	return found;
}

/* From when to when something is there, by the new numbers; never: both are the
 * same. */
static void
thin_presence(const struct thinning *thinning, size_t *first, size_t *absent,
    struct buf *away)
{
	const bool stays = *absent == WINDOW_THERE;
	struct buf kept = { 0 };
	size_t begin = SIZE_MAX;
	size_t end = 0;

	for (size_t i = 0; i < thinning->kept_count; i++) {
		struct err ignored = { 0 };
		const size_t old = thinning->kept[i];
		bool is_away = false;

		if (old < *first || old >= *absent ||
		    captures_have(buf_bytes(away), old, thinning->window->count,
			&is_away, &ignored) != 0 ||
		    is_away)
			continue;
		if (begin == SIZE_MAX)
			begin = i;
		else if (end < i)
			windowstate_add_captures(&kept, end, i - 1);
		end = i + 1;
	}
	buf_release(away);
	*away = kept;
	*first = begin == SIZE_MAX ? end : begin;
	*absent = stays ? WINDOW_THERE : end;
}

static void
thin_topic(struct thinning *thinning, struct window_topic *topic)
{
	size_t from = 0;
	size_t to = 0;
	bool found;

	if (topic->tells_id)
		windowstate_add_captures(&topic->told, topic->told_from,
		    thinning->window->count - 1);
	found = thin_captures(thinning, &topic->told, &from, &to);
	if (found && topic->tells_id)
		topic->told_from = from;
	else if (found)
		windowstate_add_captures(&topic->told, from, to);
	thin_presence(thinning, &topic->first, &topic->absent, &topic->away);
	/* No capture that stays was told it. */
	topic->has_id = topic->has_id && found;
	thin_list(&thinning->window->partitions, &topic->partitions);
}

static void
thin_turns(const struct thinning *thinning, struct window_group *group)
{
	size_t kept = 0;

	group->size = 0;
	for (size_t i = 0; i < group->turn_count; i++) {
		struct window_turn turn = group->turns[i];

		turn.capture = thinning->numbers[turn.capture];
		/* It may have been away in the captures that stay. */
		if (turn.capture < group->first)
			turn.capture = group->first;
		/* Of several in one capture the last. */
		if (kept > 0 && group->turns[kept - 1].capture == turn.capture)
			kept--;
		if (kept > 0 &&
		    windowstate_same_facts(
			&group->turns[kept - 1].facts, &turn.facts))
			continue;
		group->turns[kept++] = turn;
	}
	group->turn_count = kept;
	for (size_t i = 0; i < kept; i++)
		group->size += windowstate_facts_size(&group->turns[i].facts);
}

static void
thin_group(struct thinning *thinning, struct window_group *group)
{
	size_t kept = 0;

	thin_presence(thinning, &group->first, &group->absent, &group->away);
	thin_turns(thinning, group);
	for (size_t i = 0; i < group->count; i++) {
		struct window_group_topic *topic = &group->topics[i];

		thin_list(&thinning->window->positions, &topic->positions);
		if (topic->positions.count > 0)
			group->topics[kept++] = *topic;
		else
			free(topic->positions.slots);
	}
	group->count = kept;
}

static void
thin_groups(struct thinning *thinning)
{
	struct windowbuild *window = thinning->window;
	size_t kept = 0;

	for (size_t i = 0; i < window->group_count; i++) {
		struct window_group *group = window->groups[i];

		thin_group(thinning, group);
		if (group->first < group->absent)
			window->groups[kept++] = group;
		else
			windowstate_release_group(group);
	}
	window->group_count = kept;
}

/* The index is of topics that are there. */
static void
drop_times(struct windowbuild *window, struct bytes topic)
{
	size_t kept = 0;

	for (size_t i = 0; i < window->times_count; i++) {
		if (bytes_equal(window->times[i].topic, topic))
			windowstate_release_times(&window->times[i]);
		else
			window->times[kept++] = window->times[i];
	}
	window->times_count = kept;
}

/* A topic that no capture has any more may still be pointed at by groups: it
 * stays in the arena, without partitions. */
static void
thin_topics(struct thinning *thinning)
{
	struct windowbuild *window = thinning->window;
	size_t kept = 0;

	for (size_t i = 0; i < window->topic_count; i++) {
		struct window_topic *topic = window->topics[i];

		thin_topic(thinning, topic);
		if (topic->first < topic->absent)
			window->topics[kept++] = topic;
		else {
			drop_times(window, topic->name);
			windowstate_release_topic(topic);
		}
	}
	window->topic_count = kept;
}

static void
thin_rest(struct thinning *thinning)
{
	struct windowbuild *window = thinning->window;
	size_t kept = 0;

	for (size_t i = 0; i < window->hole_count; i++) {
		struct window_hole hole = window->holes[i];

		windowstate_add_captures(&hole.captures, hole.from, hole.to);
		if (thin_captures(
			thinning, &hole.captures, &hole.from, &hole.to))
			window->holes[kept++] = hole;
		else
			buf_release(&hole.captures);
	}
	window->hole_count = kept;
	for (size_t i = 0; i < window->gone_count; i++)
		window->gone[i].capture =
		    thinning->numbers[window->gone[i].capture];
	for (size_t i = 0; i < thinning->kept_count; i++)
		window->captures[i] = window->captures[thinning->kept[i]];
}

size_t
windowbuild_thin(struct windowbuild *window, size_t from, size_t mark)
{
	struct thinning thinning = { .window = window };

	if (window->count < 3 || window->count - 1 <= from)
		return mark;
	choose_captures(&thinning, from);
	mark =
	    mark < window->count ? thinning.numbers[mark] : thinning.kept_count;
	window->change_count = 0;
	thin_slots(&thinning, &window->positions);
	thin_slots(&thinning, &window->partitions);
	thin_groups(&thinning);
	thin_topics(&thinning);
	thin_rest(&thinning);
	window->count = thinning.kept_count;
	free(thinning.numbers);
	free(thinning.kept);
	free(thinning.changes);
	return mark;
}
