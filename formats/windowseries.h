/*
 * windowseries.h - what the slots of an open window went through, as elements
 * of lists "series".  For windowencode.c.
 */
#ifndef FORMATS_WINDOWSERIES_H
#define FORMATS_WINDOWSERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "formats/serieswrite.h"
#include "formats/windowstate.h"

/* How a slot was in the first capture that has it. */
struct slot_story {
	size_t first;
	size_t absent;   /* the window's count: it is there to the end */
	size_t unbroken; /* up to here it was never away */
	int64_t number;
	int64_t start;
	int32_t epoch;
	struct bytes text; /* until another tile is opened */
	bool unstable;
};

#define SERIES_VIEWS 8

struct series_view {
	size_t tile;
	uint64_t used; /* when; 0: nothing is open in it */
	struct tileview *view;
};

/* The tiles of a window that are open.  All but window begin as zeroes. */
struct window_series_work {
	const struct windowbuild *window;
	struct series_view base[2]; /* positions, partitions: of the first
				       capture, one after the other */
	struct series_view late[SERIES_VIEWS]; /* and of those that came
						  later, the last used */
	uint64_t clock;
	/* Log ends of all partitions, by slot, as they changed. */
	struct buf ends;
	size_t *end_places;
	int64_t *values; /* one for each capture */
	int64_t *end_values;
	struct series_room room;
};

void windowseries_begin(
    struct window_series_work *work, const struct windowbuild *window);

/* The element of a partition, appended to out, and its story; its log ends are
 * kept for the positions. */
void windowseries_partition(struct window_series_work *work, uint32_t slot,
    struct buf *out, struct slot_story *story);

/* The element of a position.  partition is the slot of its log, or
 * UINT32_MAX; partitions come before positions. */
void windowseries_position(struct window_series_work *work, uint32_t slot,
    uint32_t partition, struct buf *out, struct slot_story *story);

void windowseries_release(struct window_series_work *work);

#endif /* FORMATS_WINDOWSERIES_H */
