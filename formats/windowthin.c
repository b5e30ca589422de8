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

static size_t
new_number(const struct thinning *thinning, size_t capture)
{
	return capture == WINDOW_THERE ? WINDOW_THERE
				       : thinning->numbers[capture];
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
merge_event(struct tile_change *change, const struct tile_event *event)
{
	unsigned int what = change->what;

	/* The later of two that undo each other. */
	if ((event->what & (TILE_HELD | TILE_FREED)) != 0)
		what &= ~(unsigned int)(TILE_HELD | TILE_FREED);
	change->what = what | event->what;
	if ((event->what & TILE_EPOCH) != 0)
		change->epoch = event->epoch;
	if ((event->what & TILE_START) != 0)
		change->start = event->start;
	if ((event->what & TILE_TEXT) != 0)
		change->text = event->text;
}

/* The slot is gone from that capture on.  What was kept of its last commit is
 * of the capture before, which may be one that goes. */
static void
end_slot(struct thinning *thinning, struct window_slots *slots, size_t number,
    size_t capture, struct tile_change *change, const struct tile_event *event)
{
	struct window_slot *slot = &slots->list[number];

	merge_event(change, event);
	if (thinning->kept[thinning->numbers[capture - 1]] == capture - 1)
		return;
	slot->other = -1;
	if (slots == &thinning->window->positions && slot->text != 0)
		thinning->window->texts[slot->text - 1].expire_ms = -1;
}

/* Drop holds that change nothing, and look whether the slot is seen at all;
 * false if it is not. */
static bool
tidy_changes(struct thinning *thinning, size_t first)
{
	bool held = false;

	for (size_t i = first; i < thinning->count; i++) {
		struct tile_change *change = &thinning->changes[i];
		const bool now = (change->what & TILE_HELD) != 0 ||
		    (held && (change->what & TILE_FREED) == 0);

		change->what &= ~(unsigned int)(TILE_HELD | TILE_FREED);
		if (now != held)
			change->what |= now ? TILE_HELD : TILE_FREED;
		held = now;
		if ((change->what & TILE_APPEARED) != 0 &&
		    (change->what & TILE_GONE) != 0)
			return false;
	}
	return true;
}

static void
thin_slot(struct thinning *thinning, struct window_slots *slots,
    const struct tileview *view, size_t slot)
{
	const size_t at = slot % TILE_SLOTS;
	const size_t first = thinning->count;
	size_t point = view->starts[at];
	size_t event = view->event_starts[at];

	while (point < view->starts[at + 1] ||
	    event < view->event_starts[at + 1]) {
		const bool is_point = point < view->starts[at + 1] &&
		    (event == view->event_starts[at + 1] ||
			view->captures[point] <= view->events[event].capture);
		const size_t capture = is_point ? view->captures[point]
						: view->events[event].capture;
		struct tile_change *change = change_in(
		    thinning, first, slot, thinning->numbers[capture]);

		if (is_point)
			change->delta = (int64_t)((uint64_t)change->delta +
			    (uint64_t)view->deltas[point++]);
		else if ((view->events[event].what & TILE_GONE) != 0)
			end_slot(thinning, slots, slot, capture, change,
			    &view->events[event++]);
		else
			merge_event(change, &view->events[event++]);
	}
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
	topic->first = new_number(thinning, topic->first);
	topic->absent = new_number(thinning, topic->absent);
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

	thin_turns(thinning, group);
	group->first = new_number(thinning, group->first);
	group->absent = new_number(thinning, group->absent);
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

void
windowbuild_thin(struct windowbuild *window, size_t from)
{
	struct thinning thinning = { .window = window };

	if (window->count < 3 || window->count - 1 <= from)
		return;
	choose_captures(&thinning, from);
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
}
