/*
 * topicline.c - see topicline.h.
 */
#include "formats/topicline.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "formats/jsonline.h"
#include "formats/limits.h"

/* Keys, brackets and the id of a line. */
#define LINE_OVERHEAD ((size_t)160)
/* At most: partition and epoch, and two offsets, each with a space. */
#define PARTITION_MAX ((size_t)66) /* two of 12 digits, two of 21 */

/* Of a window of several captures ... */
#define SERIES_OVERHEAD ((size_t)16)
/* ... and its element for a partition that never changed. */
#define CONSTANT_SIZE 2

enum column {
	COLUMN_PARTITION,
	COLUMN_START,
	COLUMN_END,
	COLUMN_EPOCH
};

static int64_t
column_value(const struct log_range *range, enum column column)
{
	switch (column) {
	case COLUMN_PARTITION:
		return range->partition;
	case COLUMN_START:
		return range->start;
	case COLUMN_END:
		return range->end;
	case COLUMN_EPOCH:
	default:
		return range->epoch;
	}
}

static void
add_column(struct buf *out, const char *key, enum column column,
    const struct log_range *ranges, size_t count)
{
	buf_add_format(out, ",\"%s\":\"", key);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add_i64(out, column_value(&ranges[i], column));
	}
	buf_add_char(out, '"');
}

static bool
has_epochs(const struct log_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].epoch != -1)
			return true;
	}
	return false;
}

/* How many partitions from place on fit into room bytes. */
static size_t
count_fitting(const struct topic *topic, const struct topicline_series *series,
    const struct topicline_place *place, size_t room)
{
	const size_t left = topic->count - place->partition;
	size_t used = SERIES_OVERHEAD;
	size_t count = 0;

	if (series == NULL)
		return left < room / PARTITION_MAX ? left
						   : room / PARTITION_MAX;
	while (count < left) {
		used += PARTITION_MAX +
		    series->items[place->partition + count].size + 1;
		if (used > room)
			break;
		count++;
	}
	return count;
}

/* Nothing where no partition changed. */
static void
add_series(struct buf *out, const struct bytes *items, size_t count)
{
	bool is_constant = true;

	for (size_t i = 0; i < count; i++)
		is_constant &= items[i].size <= CONSTANT_SIZE;
	if (is_constant)
		return;
	buf_add_text(out, ",\"series\":");
	for (size_t i = 0; i < count; i++) {
		buf_add_char(out, i == 0 ? '[' : ',');
		buf_add_bytes(out, items[i]);
	}
	buf_add_char(out, ']');
}

bool
topicline_add(const struct topic *topic, const struct topicline_series *series,
    struct topicline_place *place, struct buf *out)
{
	const size_t start = out->size;
	const struct log_range *ranges = topic->partitions;
	char id[UUID_TEXT_MAX];
	size_t count;

	if (topic->count > 0)
		ranges += place->partition;
	buf_add_char(out, '{');
	jsonline_add_name(out, "topic", topic->name);
	if (place->part > 0) {
		buf_add_format(out, ",\"part\":%" PRId64, place->part);
	} else if (topic->has_id) {
		uuid_format(topic->id, id);
		buf_add_format(out, ",\"id\":\"%s\"", id);
	}
	if (place->part == 0 && series != NULL)
		buf_add_bytes(out, series->head);
	count = count_fitting(topic, series, place,
	    LIMIT_LINE - LINE_OVERHEAD - (out->size - start));
	add_column(out, "partitions", COLUMN_PARTITION, ranges, count);
	add_column(out, "starts", COLUMN_START, ranges, count);
	add_column(out, "ends", COLUMN_END, ranges, count);
	if (has_epochs(ranges, count))
		add_column(out, "epochs", COLUMN_EPOCH, ranges, count);
	if (series != NULL)
		add_series(out, series->items + place->partition, count);
	buf_add_text(out, "}\n");
	place->partition += count;
	place->part++;
	return place->partition < topic->count;
}

static int
get_series(const json_t *root, struct topicline *line, struct err *err)
{
	json_t *items;
	char *text;

	line->absent = -1;
	if (jsonline_get_i64(root, "f", 0, LIMIT_CAPTURES, &line->first, err) !=
		0 ||
	    jsonline_get_i64(
		root, "x", 0, LIMIT_CAPTURES, &line->absent, err) != 0 ||
	    jsonline_get_string(root, "a", &line->away, err) != 0 ||
	    jsonline_get_string(root, "told", &line->told, err) != 0 ||
	    jsonline_get_array(root, "series", &items, err) != 0)
		return -1;
	if (items == NULL)
		return 0;
	text = json_dumps(items, JSON_COMPACT);
	if (text == NULL)
		xdie("out of memory");
	line->series = arena_bytes(&line->arena, bytes_of(text));
	free(text);
	return 0;
}

int
topicline_parse(struct bytes text, struct topicline *line, struct err *err)
{
	struct bytes id = { 0 };
	bool present = false;
	const json_t *root;

	topicline_release(line);
	if (jsonline_parse(text, LIMIT_LINE, &line->root, err) != 0)
		return -1;
	root = line->root;
	if (jsonline_get_name(root, "topic", &line->arena, &line->topic,
		&present, err) != 0 ||
	    jsonline_get_i64(root, "part", 0, INT32_MAX, &line->part, err) !=
		0 ||
	    jsonline_get_string(root, "id", &id, err) != 0 ||
	    jsonline_get_string(root, "partitions", &line->partitions, err) !=
		0 ||
	    jsonline_get_string(root, "starts", &line->starts, err) != 0 ||
	    jsonline_get_string(root, "ends", &line->ends, err) != 0 ||
	    jsonline_get_string(root, "epochs", &line->epochs, err) != 0)
		return -1;
	if (get_series(root, line, err) != 0)
		return -1;
	if (!present)
		return err_set(err, ERR_CORRUPT, "\"topic\" is missing");
	line->has_id = id.data != NULL;
	if (line->has_id && !uuid_parse(id, line->id))
		return err_set(err, ERR_CORRUPT, "\"id\" is not a topic id");
	return 0;
}

void
topicline_release(struct topicline *line)
{
	if (line->root != NULL)
		json_decref(line->root);
	arena_release(&line->arena);
	*line = (struct topicline){ 0 };
}
