/*
 * timesline.c - see timesline.h.
 */
#include "formats/timesline.h"

#include <inttypes.h>
#include <jansson.h>

#include "formats/jsonline.h"
#include "formats/limits.h"

/* Keys and brackets of a line. */
#define LINE_OVERHEAD ((size_t)160)
/* At most, each with a space: a partition and three times or offsets; of a gap
 * a partition and a time. */
#define POINT_MAX ((size_t)75)
#define GAP_MAX ((size_t)33)

enum column {
	COLUMN_PARTITION,
	COLUMN_TIME,
	COLUMN_OFFSET,
	COLUMN_FOUND
};

/* Go on to the next partition that has a point at place, if there is one. */
static bool
has_point(const struct topic_times *times, struct timesline_place *place)
{
	while (place->partition < times->count &&
	    place->point == times->partitions[place->partition].count) {
		place->partition++;
		place->point = 0;
	}
	return place->partition < times->count;
}

static int64_t
column_value(
    const struct partition_times *partition, size_t point, enum column column)
{
	switch (column) {
	case COLUMN_PARTITION:
		return partition->partition;
	case COLUMN_TIME:
		return partition->points[point].asked_ms;
	case COLUMN_OFFSET:
		return partition->points[point].offset;
	case COLUMN_FOUND:
	default:
		return partition->points[point].found_ms;
	}
}

/* Add a column of up to so many points, and return how many there were; with
 * place at its end. */
static size_t
add_column(struct buf *out, const char *key, enum column column,
    const struct topic_times *times, struct timesline_place *place,
    size_t limit)
{
	size_t count = 0;

	buf_add_format(out, ",\"%s\":\"", key);
	for (; count < limit && has_point(times, place); count++) {
		if (count > 0)
			buf_add_char(out, ' ');
		buf_add_i64(out,
		    column_value(&times->partitions[place->partition],
			place->point++, column));
	}
	buf_add_char(out, '"');
	return count;
}

static bool
is_found_known(
    const struct topic_times *times, struct timesline_place place, size_t limit)
{
	for (size_t i = 0; i < limit && has_point(times, &place); i++) {
		if (column_value(&times->partitions[place.partition],
			place.point++, COLUMN_FOUND) != -1)
			return true;
	}
	return false;
}

/* Returns how many were added. */
static size_t
add_points(struct buf *out, const struct topic_times *times,
    struct timesline_place *place, size_t limit)
{
	const struct timesline_place begin = *place;
	struct timesline_place at = begin;
	size_t count = add_column(
	    out, "partitions", COLUMN_PARTITION, times, place, limit);

	(void)add_column(out, "times", COLUMN_TIME, times, &at, count);
	at = begin;
	(void)add_column(out, "offsets", COLUMN_OFFSET, times, &at, count);
	at = begin;
	if (is_found_known(times, begin, count))
		(void)add_column(out, "found", COLUMN_FOUND, times, &at, count);
	return count;
}

static void
add_gaps(struct buf *out, const struct time_gap *gaps, size_t count)
{
	if (count == 0)
		return;
	buf_add_text(out, ",\"open\":\"");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add_i64(out, gaps[i].partition);
	}
	buf_add_text(out, "\",\"since\":\"");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add_i64(out, gaps[i].since_ms);
	}
	buf_add_char(out, '"');
}

bool
timesline_add(const struct topic_times *times, struct timesline_place *place,
    struct buf *out)
{
	const size_t start = out->size;
	size_t gaps = 0;
	size_t room;

	buf_add_char(out, '{');
	jsonline_add_name(out, "topic", times->topic);
	if (place->part > 0)
		buf_add_format(out, ",\"part\":%" PRId64, place->part);
	room = LIMIT_LINE - LINE_OVERHEAD - (out->size - start);
	room -= POINT_MAX * add_points(out, times, place, room / POINT_MAX);
	/* The gaps stand behind the last point. */
	if (!has_point(times, place)) {
		gaps = times->gap_count - place->gap;
		if (gaps > room / GAP_MAX)
			gaps = room / GAP_MAX;
		if (gaps > 0)
			add_gaps(out, times->gaps + place->gap, gaps);
	}
	buf_add_text(out, "}\n");
	place->gap += gaps;
	place->part++;
	return has_point(times, place) || place->gap < times->gap_count;
}

int
timesline_parse(struct bytes text, struct timesline *line, struct err *err)
{
	bool present = false;
	const json_t *root;

	timesline_release(line);
	if (jsonline_parse(text, LIMIT_LINE, &line->root, err) != 0)
		return -1;
	root = line->root;
	if (jsonline_get_name(root, "topic", &line->arena, &line->topic,
		&present, err) != 0 ||
	    jsonline_get_i64(root, "part", 0, INT32_MAX, &line->part, err) !=
		0 ||
	    jsonline_get_string(root, "partitions", &line->partitions, err) !=
		0 ||
	    jsonline_get_string(root, "times", &line->times, err) != 0 ||
	    jsonline_get_string(root, "offsets", &line->offsets, err) != 0 ||
	    jsonline_get_string(root, "found", &line->found, err) != 0 ||
	    jsonline_get_string(root, "open", &line->open, err) != 0 ||
	    jsonline_get_string(root, "since", &line->since, err) != 0)
		return -1;
	if (!present)
		return err_set(err, ERR_CORRUPT, "\"topic\" is missing");
	return 0;
}

void
timesline_release(struct timesline *line)
{
	if (line->root != NULL)
		json_decref(line->root);
	arena_release(&line->arena);
	*line = (struct timesline){ 0 };
}
