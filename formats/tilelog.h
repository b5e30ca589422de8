/*
 * tilelog.h - how numbers changed from capture to capture, in little memory:
 * each slot is a number (a committed offset, a log end) with what belongs to
 * it.  Slots are kept in tiles of TILE_SLOTS; a tile writes its changes down as
 * they come, and compresses them as they get many.  What costs memory is a
 * change, not a capture.
 */
#ifndef FORMATS_TILELOG_H
#define FORMATS_TILELOG_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"

#define TILE_SLOTS ((size_t)1024)

/* What became of a slot, besides its number. */
enum {
	TILE_APPEARED = 1, /* it was not there before */
	TILE_GONE = 2,     /* from this capture on it is not there */
	TILE_EPOCH = 4,
	TILE_START = 8,
	TILE_TEXT = 16,
	TILE_HELD = 32,  /* a transaction holds it from now on ... */
	TILE_FREED = 64, /* ... and no longer */
	TILE_BACK = 128  /* it was gone, and is there again */
};

struct tile_change {
	size_t slot;
	size_t capture;
	unsigned int what;
	int64_t delta; /* of the number, modulo 2^64; from 0 as it appears */
	int32_t epoch; /* with TILE_EPOCH */
	int64_t start; /* with TILE_START */
	struct bytes text; /* with TILE_TEXT */
};

struct tile;
struct frame_encoder;

/* All zeroes is an empty one. */
struct tilelog {
	struct tile *tiles;
	size_t count;
	size_t capacity;
	struct frame_encoder *encoder;
	size_t memory; /* of all changes */
};

/* Note a change; of each tile the captures come in order. */
void tilelog_add(struct tilelog *log, const struct tile_change *change);

size_t tilelog_memory(const struct tilelog *log);
void tilelog_release(struct tilelog *log);

/* A change that is more than another number. */
struct tile_event {
	uint32_t capture;
	uint8_t what;
	int32_t epoch;
	int64_t start;
	struct bytes text; /* in the view */
};

/* A tile by slots: those of slot i stand from starts[i] to starts[i + 1]. */
struct tileview {
	uint32_t starts[TILE_SLOTS + 1];
	uint32_t *captures;
	int64_t *deltas;
	uint32_t event_starts[TILE_SLOTS + 1];
	struct tile_event *events;

	/* Memory that is used again, and the changes as they came. */
	size_t capacity;
	size_t event_capacity;
	struct buf raw;
	struct buf piece;
	struct frame_decoder *decoder;
	struct tile_point *points;
	size_t point_count;
	size_t point_capacity;
	struct tile_note *notes;
	size_t note_count;
	size_t note_capacity;
};

/* Open the tile of that number.  All zeroes is an empty view. */
void tileview_open(
    struct tileview *view, const struct tilelog *log, size_t number);
void tileview_release(struct tileview *view);

#endif /* FORMATS_TILELOG_H */
