/*
 * serieswrite.h - a number through the captures of a window, as text: the form
 * that FORMAT.md calls a run of numbers, by the predictor that makes it
 * shortest.
 */
#ifndef FORMATS_SERIESWRITE_H
#define FORMATS_SERIESWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

enum series_kind {
	SERIES_DELTA = 1,      /* change since the capture before */
	SERIES_LAG = 2,        /* how far behind the log end */
	SERIES_LAG_CHANGE = 3, /* change of that since the capture before */
};

/* At most so many bytes for each number, its space included. */
#define SERIES_NUMBER_MAX ((size_t)BUF_I64_MAX + 1)

/* Numbers that are used again and again; all zeroes is none. */
struct series_room {
	int64_t *values;
	size_t capacity;
};

/*
 * Append the text of the changes of count values (so of count - 1 numbers) by
 * the best predictor, which is returned.  ends, the log ends of the same
 * captures, may be NULL: then it is SERIES_DELTA.  The text is never longer
 * than limit, nor than that of the deltas.
 */
enum series_kind series_write(const int64_t *values, const int64_t *ends,
    size_t count, size_t limit, struct series_room *room, struct buf *out);

void series_room_release(struct series_room *room);

/* How long a change of a number may be in a text of deltas, beyond the two
 * bytes of a 0. */
size_t series_change_size(int64_t delta);

#endif /* FORMATS_SERIESWRITE_H */
