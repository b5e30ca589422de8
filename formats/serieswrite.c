/*
 * serieswrite.c - see serieswrite.h.  The hot path of writing windows.
 */
#include "formats/serieswrite.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

/* So many of the same number are written as one with how often it stands. */
#define RUN_MIN 4

/* What a number costs in an archive, by how many bits its zigzag form has:
 * hundredths of a byte behind the compression, of numbers that are about
 * random.  Nothing is nearly free, as it comes in runs. */
static const uint16_t costs[65] = { 10, 60, 75, 85, 95, 110, 120, 135, 150, 165,
	180, 190, 205, 220, 235, 245, 260, 275, 285, 300, 315, 325, 340, 355,
	365, 380, 395, 405, 420, 435, 445, 460, 475, 485, 500, 515, 525, 540,
	555, 565, 580, 595, 605, 620, 635, 645, 660, 675, 685, 700, 715, 725,
	740, 755, 765, 780, 795, 805, 820, 835, 845, 860, 875, 885, 900 };

static unsigned int
bit_length(int64_t value)
{
	const uint64_t folded =
	    ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);

	return folded == 0 ? 0 : 64U - (unsigned int)__builtin_clzll(folded);
}

static int64_t
minus(int64_t left, int64_t right)
{
	return (int64_t)((uint64_t)left - (uint64_t)right);
}

/* The predictor whose numbers cost least. */
static enum series_kind
choose(const int64_t *values, const int64_t *ends, size_t count)
{
	uint64_t delta = 0;
	uint64_t lag = 0;
	uint64_t change = 0;
	int64_t before = minus(ends[0], values[0]);

	for (size_t i = 1; i < count; i++) {
		const int64_t behind = minus(ends[i], values[i]);

		delta += costs[bit_length(minus(values[i], values[i - 1]))];
		lag += costs[bit_length(behind)];
		change += costs[bit_length(minus(behind, before))];
		before = behind;
	}
	if (delta <= lag && delta <= change)
		return SERIES_DELTA;
	return lag <= change ? SERIES_LAG : SERIES_LAG_CHANGE;
}

static void
predict(const int64_t *values, const int64_t *ends, size_t count,
    enum series_kind kind, int64_t *out)
{
	switch (kind) {
	case SERIES_LAG:
		for (size_t i = 1; i < count; i++)
			out[i - 1] = minus(ends[i], values[i]);
		return;
	case SERIES_LAG_CHANGE:
		for (size_t i = 1; i < count; i++)
			out[i - 1] = minus(minus(ends[i], values[i]),
			    minus(ends[i - 1], values[i - 1]));
		return;
	case SERIES_DELTA:
	default:
		for (size_t i = 1; i < count; i++)
			out[i - 1] = minus(values[i], values[i - 1]);
		return;
	}
}

/* Small numbers, of which most are, without a division. */
static char *
put_number(char *at, int64_t value)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (size >= 1000)
		return buf_put_i64(at, value);
	*at = '-';
	at += value < 0;
	if (size >= 100) {
		*at++ = (char)('0' + size / 100);
		size %= 100;
		*at++ = (char)('0' + size / 10);
		size %= 10;
	} else if (size >= 10) {
		*at++ = (char)('0' + size / 10);
		size %= 10;
	}
	*at++ = (char)('0' + size);
	return at;
}

static void
write_numbers(const int64_t *numbers, size_t count, struct buf *out)
{
	char *const start = buf_reserve(out, count * SERIES_NUMBER_MAX + 1);
	char *at = start;
	size_t i = 0;

	while (i < count) {
		const int64_t number = numbers[i];
		size_t run = 1;

		while (i + run < count && numbers[i + run] == number)
			run++;
		if (run < RUN_MIN) {
			at = put_number(at, number);
			*at++ = ' ';
			i++;
			continue;
		}
		at = put_number(at, number);
		*at++ = '*';
		at = put_number(at, (int64_t)run);
		*at++ = ' ';
		i += run;
	}
	/* Without the last space. */
	if (at > start)
		out->size += (size_t)(at - start) - 1;
}

enum series_kind
series_write(const int64_t *values, const int64_t *ends, size_t count,
    size_t limit, struct series_room *room, struct buf *out)
{
	const size_t before = out->size;
	enum series_kind kind = SERIES_DELTA;

	if (room->capacity < count) {
		room->capacity = count;
		room->values =
		    xreallocarray(room->values, count, sizeof(*room->values));
	}
	if (ends != NULL)
		kind = choose(values, ends, count);
	predict(values, ends, count, kind, room->values);
	write_numbers(room->values, count - 1, out);
	if (kind != SERIES_DELTA && out->size - before > limit) {
		out->size = before;
		kind = SERIES_DELTA;
		predict(values, ends, count, kind, room->values);
		write_numbers(room->values, count - 1, out);
	}
	return kind;
}

void
series_room_release(struct series_room *room)
{
	free(room->values);
	*room = (struct series_room){ 0 };
}

size_t
series_change_size(int64_t delta)
{
	/* Three bits and a bit make a digit. */
	return bit_length(delta) / 3 + 2;
}
