/*
 * windowseries.c - see windowseries.h.
 */
#include "formats/windowseries.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/encoding.h"
#include "common/xalloc.h"

/* A number of the log ends that are kept, as bytes. */
#define VARINT_MAX 10

void
windowseries_begin(
    struct window_series_work *work, const struct windowbuild *window)
{
	*work = (struct window_series_work){ .window = window };
	work->values = xcalloc(window->count, sizeof(*work->values));
	work->end_values = xcalloc(window->count, sizeof(*work->end_values));
	work->end_places =
	    xcalloc(window->partitions.count, sizeof(*work->end_places));
}

static void
release_view(struct series_view *view)
{
	if (view->view == NULL)
		return;
	tileview_release(view->view);
	free(view->view);
}

void
windowseries_release(struct window_series_work *work)
{
	for (size_t i = 0; i < 2; i++)
		release_view(&work->base[i]);
	for (size_t i = 0; i < SERIES_VIEWS; i++)
		release_view(&work->late[i]);
	buf_release(&work->ends);
	free(work->end_places);
	free(work->values);
	free(work->end_values);
	series_room_release(&work->room);
}

/* ------------------------------------------------------------------- stories
 */

/* The view that was not used for the longest time. */
static struct series_view *
oldest_view(struct window_series_work *work)
{
	struct series_view *oldest = &work->late[0];

	for (size_t i = 1; i < SERIES_VIEWS; i++) {
		if (work->late[i].used < oldest->used)
			oldest = &work->late[i];
	}
	return oldest;
}

/* The tile of a slot.  Those of the first capture come in order, so one at a
 * time is enough; where later ones belong between them anything can follow. */
static const struct tileview *
view_of(struct window_series_work *work, const struct window_slots *slots,
    uint32_t slot)
{
	const bool is_partition = slots == &work->window->partitions;
	const size_t tile = slot / TILE_SLOTS;
	/* Both logs share the late ones. */
	const size_t key = tile * 2 + is_partition;
	struct series_view *view = &work->base[is_partition];

	if (slot >= slots->base) {
		view = oldest_view(work);
		for (size_t i = 0; i < SERIES_VIEWS; i++) {
			if (work->late[i].used > 0 && work->late[i].tile == key)
				view = &work->late[i];
		}
	}
	if (view->view == NULL)
		view->view = xcalloc(1, sizeof(*view->view));
	if (view->used == 0 || view->tile != key) {
		tileview_open(view->view, &slots->log, tile);
		view->tile = key;
	}
	view->used = ++work->clock;
	return view->view;
}

/* What was in the first capture; and how many of the slot's changes of number
 * that was. */
static size_t
read_story(const struct windowbuild *window, const struct tileview *view,
    size_t at, struct slot_story *out)
{
	const uint32_t points = view->starts[at];

	*out = (struct slot_story){ .absent = window->count,
		.unbroken = window->count };
	for (uint32_t i = view->event_starts[at];
	     i < view->event_starts[at + 1]; i++) {
		const struct tile_event *event = &view->events[i];

		if ((event->what & TILE_GONE) != 0) {
			out->absent = event->capture;
			if (out->unbroken > event->capture)
				out->unbroken = event->capture;
		}
		if ((event->what & TILE_BACK) != 0)
			out->absent = window->count;
		if ((event->what & TILE_APPEARED) == 0)
			continue;
		out->first = event->capture;
		out->epoch = event->epoch;
		out->start = event->start;
		out->text = event->text;
		out->unstable = (event->what & TILE_HELD) != 0;
	}
	if (points == view->starts[at + 1] ||
	    view->captures[points] != out->first)
		return 0;
	out->number = view->deltas[points];
	return 1;
}

/* The number in each capture from first up to absent. */
static void
spread(const struct tileview *view, size_t at, size_t skip,
    const struct slot_story *story, int64_t *values)
{
	const size_t count = story->absent - story->first;
	int64_t number = story->number;
	size_t filled = 0;

	for (size_t i = view->starts[at] + skip; i < view->starts[at + 1];
	     i++) {
		const size_t until = view->captures[i] - story->first;

		if (until >= count)
			break;

		while (filled < until)
			values[filled++] = number;
		number =
		    (int64_t)((uint64_t)number + (uint64_t)view->deltas[i]);
	}
	while (filled < count)
		values[filled++] = number;
}

/* ------------------------------------------------------------------ elements
 */

static void
begin_item(struct buf *out, const struct slot_story *story, size_t count)
{
	buf_add_char(out, '{');
	if (story->first > 0)
		buf_add_format(out, "\"f\":%zu,", story->first);
	if (story->absent < count)
		buf_add_format(out, "\"x\":%zu,", story->absent);
}

/* With the last comma made the bracket. */
static void
end_item(struct buf *out)
{
	if (out->data[out->size - 1] == ',')
		out->size--;
	buf_add_char(out, '}');
}

/* What a key says of one event, behind those before it. */
static void
add_pair(struct buf *out, bool *is_open, const char *key, size_t capture,
    int64_t number)
{
	buf_add_format(
	    out, "%s%zu %" PRId64, *is_open ? " " : key, capture, number);
	*is_open = true;
}

static void
close_text(struct buf *out, bool is_open)
{
	if (is_open)
		buf_add_text(out, "\",");
}

static void
add_numbers_of(struct buf *out, const struct tileview *view, size_t at,
    const struct slot_story *story, unsigned int what, const char *key)
{
	bool is_open = false;

	for (uint32_t i = view->event_starts[at];
	     i < view->event_starts[at + 1]; i++) {
		const struct tile_event *event = &view->events[i];

		if ((event->what & TILE_APPEARED) == 0 &&
		    (event->what & what) != 0 && event->capture < story->absent)
			add_pair(out, &is_open, key, event->capture,
			    what == TILE_EPOCH ? event->epoch : event->start);
	}
	close_text(out, is_open);
}

static void
add_texts(struct buf *out, const struct tileview *view, size_t at,
    const struct slot_story *story)
{
	bool is_open = false;

	for (uint32_t i = view->event_starts[at];
	     i < view->event_starts[at + 1]; i++) {
		const struct tile_event *event = &view->events[i];

		if ((event->what & TILE_APPEARED) != 0 ||
		    (event->what & TILE_TEXT) == 0 ||
		    event->capture >= story->absent)
			continue;
		buf_add_text(out, is_open ? "," : "\"m\":[");
		buf_add_i64(out, event->capture);
		buf_add_text(out, ",\"");
		if (event->text.size > 0)
			base64_encode(out, event->text);
		buf_add_char(out, '"');
		is_open = true;
	}
	if (is_open)
		buf_add_text(out, "],");
}

static void
add_run(
    struct buf *out, bool *is_open, const char *key, size_t from, size_t end)
{
	buf_add_format(out, "%s%zu", *is_open ? " " : key, from);
	if (end - from > 1)
		buf_add_format(out, "-%zu", end - 1);
	*is_open = true;
}

/* What goes on from an event of one sort up to one of the other. */
struct run_kind {
	unsigned int begins;
	unsigned int ends;
	const char *key;
};

static const struct run_kind held_runs = { TILE_HELD, TILE_FREED, "\"u\":\"" };
static const struct run_kind away_runs = { TILE_GONE, TILE_BACK, "\"a\":\"" };

/* Its captures; of a run that never ends those up to last. */
static void
add_runs(struct buf *out, const struct tileview *view, size_t at,
    const struct run_kind *kind, size_t last)
{
	bool is_running = false;
	bool is_open = false;
	size_t from = 0;

	for (uint32_t i = view->event_starts[at];
	     i < view->event_starts[at + 1]; i++) {
		const struct tile_event *event = &view->events[i];

		if ((event->what & kind->begins) != 0) {
			from = event->capture;
			is_running = true;
		} else if ((event->what & kind->ends) != 0) {
			add_run(out, &is_open, kind->key, from, event->capture);
			is_running = false;
		}
	}
	if (is_running && from < last)
		add_run(out, &is_open, kind->key, from, last);
	close_text(out, is_open);
}

static void
add_away(struct buf *out, const struct tileview *view, size_t at,
    const struct slot_story *story)
{
	/* The last absence, which goes on, is told by x. */
	if (story->unbroken < story->absent)
		add_runs(out, view, at, &away_runs, 0);
}

/* ----------------------------------------------------------------- log ends */

static char *
put_varint(char *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (char)(value | 0x80);
		value >>= 7;
	}
	*at++ = (char)value;
	return at;
}

static const char *
get_varint(const char *at, uint64_t *out)
{
	unsigned int shift = 0;

	*out = 0;
	do {
		*out |= (uint64_t)((unsigned char)*at & 0x7F) << shift;
		shift += 7;
	} while (((unsigned char)*at++ & 0x80) != 0);
	return at;
}

/* First, up to where it was never away, and how many changes; then of each how
 * many captures after the one before it is, and the new number. */
static void
keep_ends(struct window_series_work *work, uint32_t slot,
    const struct tileview *view, size_t at, size_t skip,
    const struct slot_story *story)
{
	const size_t begin = view->starts[at] + skip;
	const size_t end = view->starts[at + 1];
	char *const start =
	    buf_reserve(&work->ends, (4 + (end - begin) * 2) * VARINT_MAX);
	char *place = start;
	size_t before = story->first;

	work->end_places[slot] = work->ends.size;
	place = put_varint(place, story->first);
	place = put_varint(place, story->unbroken);
	place = put_varint(place, end - begin);
	place = put_varint(place, (uint64_t)story->number);
	for (size_t i = begin; i < end; i++) {
		const int64_t delta = view->deltas[i];

		place = put_varint(place, view->captures[i] - before);
		place = put_varint(place,
		    ((uint64_t)delta << 1) ^ (delta < 0 ? UINT64_MAX : 0));
		before = view->captures[i];
	}
	work->ends.size += (size_t)(place - start);
}

/* The log ends of captures 0 up to count; NULL if it was not there in one of
 * them. */
static const int64_t *
spread_ends(struct window_series_work *work, uint32_t slot, size_t count)
{
	const char *at = work->ends.data + work->end_places[slot];
	int64_t *values = work->end_values;
	uint64_t first;
	uint64_t unbroken;
	uint64_t changes;
	uint64_t number;
	uint64_t next = 0;
	size_t filled = 0;

	at = get_varint(at, &first);
	at = get_varint(at, &unbroken);
	at = get_varint(at, &changes);
	at = get_varint(at, &number);
	if (first > 0 || unbroken < count)
		return NULL;
	for (uint64_t i = 0; i < changes && filled < count; i++) {
		uint64_t gap;
		uint64_t delta;

		at = get_varint(at, &gap);
		at = get_varint(at, &delta);
		next += gap;
		while (filled < next && filled < count)
			values[filled++] = (int64_t)number;
		number += (delta >> 1) ^ (0 - (delta & 1));
	}
	while (filled < count)
		values[filled++] = (int64_t)number;
	return values;
}

/* ---------------------------------------------------------------- both kinds
 */

void
windowseries_partition(struct window_series_work *work, uint32_t slot,
    struct buf *out, struct slot_story *story)
{
	const struct windowbuild *window = work->window;
	const struct tileview *view = view_of(work, &window->partitions, slot);
	const size_t at = slot % TILE_SLOTS;
	const size_t skip = read_story(window, view, at, story);

	keep_ends(work, slot, view, at, skip, story);
	begin_item(out, story, window->count);
	if (view->starts[at] + skip < view->starts[at + 1]) {
		spread(view, at, skip, story, work->values);
		buf_add_text(out, "\"d\":\"");
		(void)series_write(work->values, NULL,
		    story->absent - story->first, SIZE_MAX, &work->room, out);
		buf_add_text(out, "\",");
	}
	add_numbers_of(out, view, at, story, TILE_START, "\"s\":\"");
	add_numbers_of(out, view, at, story, TILE_EPOCH, "\"e\":\"");
	add_away(out, view, at, story);
	end_item(out);
}

/* The key k stands before the numbers that tell it. */
#define KIND_TEXT "\"k\":0,"

static void
add_offsets(struct window_series_work *work, const struct slot_story *story,
    uint32_t slot, uint32_t partition, struct buf *out)
{
	const size_t count = story->absent - story->first;
	const size_t limit =
	    work->window->positions.list[slot].size + 2 * work->window->count;
	const int64_t *ends = NULL;
	const size_t place = out->size;
	enum series_kind kind;

	/* Readers have the log end of the first capture and of theirs. */
	if (partition != UINT32_MAX && story->first == 0)
		ends = spread_ends(work, partition, story->absent);
	buf_add_text(out, ends == NULL ? "\"d\":\"" : KIND_TEXT "\"d\":\"");
	kind = series_write(work->values, ends, count, limit, &work->room, out);
	if (ends != NULL)
		out->data[place + strlen(KIND_TEXT) - 2] = (char)('0' + kind);
	buf_add_text(out, "\",");
}

void
windowseries_position(struct window_series_work *work, uint32_t slot,
    uint32_t partition, struct buf *out, struct slot_story *story)
{
	const struct windowbuild *window = work->window;
	const struct tileview *view = view_of(work, &window->positions, slot);
	const size_t at = slot % TILE_SLOTS;
	const size_t skip = read_story(window, view, at, story);

	begin_item(out, story, window->count);
	if (view->starts[at] + skip < view->starts[at + 1]) {
		spread(view, at, skip, story, work->values);
		add_offsets(work, story, slot, partition, out);
	}
	/* Most are but numbers. */
	if (view->event_starts[at] + 1 < view->event_starts[at + 1] ||
	    story->unstable) {
		add_numbers_of(out, view, at, story, TILE_EPOCH, "\"e\":\"");
		add_texts(out, view, at, story);
		add_runs(out, view, at, &held_runs, story->absent);
		add_away(out, view, at, story);
	}
	end_item(out);
}
