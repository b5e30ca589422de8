/*
 * tilelog.c - see tilelog.h.
 *
 * A tile's text is records of varints.  A record is the distance from the slot
 * of the one before, as a zigzag number that is never 0, times two, plus one if
 * more than the number changed; the delta, zigzag; and then what else.  A zero
 * begins another capture, and how many after the last one follows.
 */
#include "formats/tilelog.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/frame.h"

/* A tile compresses what it has written down from so many bytes on. */
#define PACK_SIZE ((size_t)16 << 10)
#define VARINT_MAX 10

/* A piece of a tile's text, compressed. */
struct tile_pack {
	uint32_t size;
	char data[];
};

struct tile {
	struct tile_pack **packs;
	size_t pack_count;
	size_t pack_capacity;
	struct buf raw; /* behind the packs */
	size_t capture; /* of the last record ... */
	size_t slot;    /* ... and its slot plus 1, from the tile's first */
};

struct tile_point {
	int64_t delta;
	uint32_t capture;
	uint32_t slot;
};

struct tile_note {
	struct tile_event event;
	uint32_t slot;
};

/* ------------------------------------------------------------------ writing */

static uint64_t
zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

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

static struct tile *
find_tile(struct tilelog *log, size_t number)
{
	while (log->count <= number) {
		log->tiles = xgrow(log->tiles, log->count, &log->capacity,
		    sizeof(*log->tiles));
		log->tiles[log->count++] = (struct tile){ 0 };
	}
	return &log->tiles[number];
}

/* Only lack of memory can keep it from that. */
static void
pack_tile(struct tilelog *log, struct tile *tile)
{
	struct err ignored = { 0 };
	struct buf frame = { 0 };
	struct tile_pack *pack;

	if (log->encoder == NULL &&
	    frame_encoder_new(&log->encoder, &ignored) != 0)
		xdie("out of memory");
	if (frame_encode(
		log->encoder, buf_bytes(&tile->raw), &frame, &ignored) != 0)
		xdie("out of memory");
	pack = xcalloc(1, sizeof(*pack) + frame.size);
	pack->size = (uint32_t)frame.size;
	memcpy(pack->data, frame.data, frame.size);
	tile->packs = xgrow(tile->packs, tile->pack_count, &tile->pack_capacity,
	    sizeof(struct tile_pack *));
	tile->packs[tile->pack_count++] = pack;
	log->memory += sizeof(*pack) + frame.size + sizeof(struct tile_pack *);
	buf_release(&frame);
	buf_clear(&tile->raw);
}

static void
add_extra(struct buf *raw, const struct tile_change *change)
{
	char *at =
	    buf_reserve(raw, 1 + (size_t)3 * VARINT_MAX + change->text.size);
	char *const start = at;

	*at++ = (char)change->what;
	if ((change->what & TILE_EPOCH) != 0)
		at = put_varint(at, zigzag(change->epoch));
	if ((change->what & TILE_START) != 0)
		at = put_varint(at, zigzag(change->start));
	if ((change->what & TILE_TEXT) != 0) {
		at = put_varint(at, change->text.size);
		if (change->text.size > 0)
			memcpy(at, change->text.data, change->text.size);
		at += change->text.size;
	}
	raw->size += (size_t)(at - start);
}

void
tilelog_add(struct tilelog *log, const struct tile_change *change)
{
	struct tile *tile = find_tile(log, change->slot / TILE_SLOTS);
	const size_t slot = change->slot % TILE_SLOTS + 1;
	const size_t before = tile->raw.capacity;
	int64_t distance;
	char *at;
	char *start;

	if (tile->raw.size >= PACK_SIZE)
		pack_tile(log, tile);
	start = at = buf_reserve(&tile->raw, (size_t)4 * VARINT_MAX);
	if (change->capture != tile->capture) {
		*at++ = 0;
		at = put_varint(at, change->capture - tile->capture);
		tile->capture = change->capture;
		tile->slot = 0;
	}
	distance = (int64_t)slot - (int64_t)tile->slot;
	tile->slot = slot;
	at = put_varint(at, zigzag(distance) << 1 | (change->what != 0));
	at = put_varint(at, zigzag(change->delta));
	tile->raw.size += (size_t)(at - start);
	if (change->what != 0)
		add_extra(&tile->raw, change);
	log->memory += tile->raw.capacity - before;
}

size_t
tilelog_memory(const struct tilelog *log)
{
	return log->memory + log->capacity * sizeof(*log->tiles);
}

void
tilelog_release(struct tilelog *log)
{
	for (size_t i = 0; i < log->count; i++) {
		struct tile *tile = &log->tiles[i];

		for (size_t j = 0; j < tile->pack_count; j++)
			free(tile->packs[j]);
		free(tile->packs);
		buf_release(&tile->raw);
	}
	free(log->tiles);
	frame_encoder_free(log->encoder);
	*log = (struct tilelog){ 0 };
}

/* ------------------------------------------------------------------ reading */

static const char *
get_varint(const char *at, uint64_t *out)
{
	uint64_t value = (unsigned char)*at & 0x7F;
	unsigned int shift = 7;

	while (((unsigned char)*at & 0x80) != 0) {
		at++;
		value |= (uint64_t)((unsigned char)*at & 0x7F) << shift;
		shift += 7;
	}
	*out = value;
	return at + 1;
}

static int64_t
unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

/* All of the tile's text in one piece. */
static void
unpack_tile(struct tileview *view, const struct tile *tile)
{
	struct err ignored = { 0 };

	if (view->decoder == NULL &&
	    frame_decoder_new(&view->decoder, &ignored) != 0)
		xdie("out of memory");
	buf_clear(&view->raw);
	for (size_t i = 0; i < tile->pack_count; i++) {
		const struct bytes frame = { tile->packs[i]->data,
			tile->packs[i]->size };

		if (frame_decode(
			view->decoder, frame, &view->piece, &ignored) != 0)
			xdie("memory is damaged");
		buf_add_bytes(&view->raw, buf_bytes(&view->piece));
	}
	buf_add_bytes(&view->raw, buf_bytes(&tile->raw));
}

static const char *
take_extra(
    struct tileview *view, uint32_t slot, uint32_t capture, const char *at)
{
	struct tile_note *note;
	uint64_t number;

	if (view->note_count == view->note_capacity)
		view->notes = xgrow(view->notes, view->note_count,
		    &view->note_capacity, sizeof(*view->notes));
	note = &view->notes[view->note_count++];
	*note = (struct tile_note){ .slot = slot };
	note->event.capture = capture;
	note->event.what = (uint8_t)*at++;
	if ((note->event.what & TILE_EPOCH) != 0) {
		at = get_varint(at, &number);
		note->event.epoch = (int32_t)unzigzag(number);
	}
	if ((note->event.what & TILE_START) != 0) {
		at = get_varint(at, &number);
		note->event.start = unzigzag(number);
	}
	if ((note->event.what & TILE_TEXT) != 0) {
		at = get_varint(at, &number);
		note->event.text = (struct bytes){ at, (size_t)number };
		at += number;
	}
	return at;
}

/* The records in the order in which they were written. */
static void
parse_tile(struct tileview *view)
{
	const char *at = view->raw.data;
	const char *const end = at == NULL ? at : at + view->raw.size;
	uint32_t capture = 0;
	uint32_t slot = UINT32_MAX;

	view->point_count = 0;
	view->note_count = 0;
	while (at < end) {
		uint64_t head;
		uint64_t number;

		at = get_varint(at, &head);
		if (head == 0) {
			at = get_varint(at, &number);
			capture += (uint32_t)number;
			slot = UINT32_MAX;
			continue;
		}
		slot += (uint32_t)unzigzag(head >> 1);
		at = get_varint(at, &number);
		if (number != 0) {
			if (view->point_count == view->point_capacity)
				view->points = xgrow(view->points,
				    view->point_count, &view->point_capacity,
				    sizeof(*view->points));
			view->points[view->point_count++] =
			    (struct tile_point){ unzigzag(number), capture,
				    slot };
		}
		if ((head & 1) != 0)
			at = take_extra(view, slot, capture, at);
	}
}

/* Counts at slot + 1 become where each slot begins. */
static void
sum_up(uint32_t starts[TILE_SLOTS + 1])
{
	for (size_t i = 0; i < TILE_SLOTS; i++)
		starts[i + 1] += starts[i];
}

static void
sort_points(struct tileview *view)
{
	uint32_t next[TILE_SLOTS];

	memset(view->starts, 0, sizeof(view->starts));
	if (view->capacity < view->point_count) {
		view->capacity = view->point_capacity;
		view->captures = xreallocarray(
		    view->captures, view->capacity, sizeof(*view->captures));
		view->deltas = xreallocarray(
		    view->deltas, view->capacity, sizeof(*view->deltas));
	}
	for (size_t i = 0; i < view->point_count; i++)
		view->starts[view->points[i].slot + 1]++;
	sum_up(view->starts);
	memcpy(next, view->starts, sizeof(next));
	for (size_t i = 0; i < view->point_count; i++) {
		const struct tile_point *point = &view->points[i];
		const uint32_t to = next[point->slot]++;

		view->captures[to] = point->capture;
		view->deltas[to] = point->delta;
	}
}

static void
sort_events(struct tileview *view)
{
	uint32_t next[TILE_SLOTS];

	memset(view->event_starts, 0, sizeof(view->event_starts));
	if (view->event_capacity < view->note_count) {
		view->event_capacity = view->note_capacity;
		view->events = xreallocarray(
		    view->events, view->event_capacity, sizeof(*view->events));
	}
	for (size_t i = 0; i < view->note_count; i++)
		view->event_starts[view->notes[i].slot + 1]++;
	sum_up(view->event_starts);
	memcpy(next, view->event_starts, sizeof(next));
	for (size_t i = 0; i < view->note_count; i++)
		view->events[next[view->notes[i].slot]++] =
		    view->notes[i].event;
}

void
tileview_open(struct tileview *view, const struct tilelog *log, size_t number)
{
	unpack_tile(view, &log->tiles[number]);
	parse_tile(view);
	sort_points(view);
	sort_events(view);
}

void
tileview_release(struct tileview *view)
{
	frame_decoder_free(view->decoder);
	buf_release(&view->raw);
	buf_release(&view->piece);
	free(view->captures);
	free(view->deltas);
	free(view->events);
	free(view->points);
	free(view->notes);
	*view = (struct tileview){ 0 };
}
