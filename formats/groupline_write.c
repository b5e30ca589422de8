/*
 * groupline_write.c - writing the lines of groups; see groupline.h.
 */
#include <inttypes.h>
#include <string.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "formats/groupline.h"
#include "formats/jsonline.h"
#include "formats/limits.h"

/* Keys and brackets of one topic (91), and what ends a line. */
#define TOPIC_OVERHEAD ((size_t)96)
#define LINE_END "]}\n"
#define LINE_END_SIZE 3

/* At most: three partition numbers or epochs and an offset, each with a space,
 * and the quotes and comma of a metadata string. */
#define POSITION_MAX ((size_t)3 * 12 + 21 + 3)

/* A time in a column, with a space: TIME_LAST_MS has 15 digits. */
#define TIME_MAX ((size_t)16)

/* The positions of a topic that go into one line. */
struct slice {
	const struct position *positions;
	size_t count;
	bool has_epochs;
	bool has_commits;
	bool has_expires;
	bool has_metadata;
	bool has_unstable;
	const struct bytes *items; /* of the series, or NULL */
	bool has_series;
};

/* Of a window of several captures ... */
#define SERIES_OVERHEAD ((size_t)16)
/* ... and its element for a position that never changed. */
#define CONSTANT_SIZE 2

static size_t
base64_size(size_t size)
{
	return (size + 2) / 3 * 4;
}

/* Take as many positions from first on as surely fit into room bytes. */
static struct slice
take_slice(const struct group_topic *topic, size_t first,
    const struct bytes *items, size_t room)
{
	struct slice slice = { .positions = topic->positions + first,
		.items = items };
	size_t used = 0;

	for (size_t i = first; i < topic->count; i++) {
		const struct position *position = &topic->positions[i];
		const bool has_commits =
		    slice.has_commits || position->commit_ms != -1;
		const bool has_expires =
		    slice.has_expires || position->expire_ms != -1;
		/* Columns of them. */
		const size_t times = (size_t)has_commits + (size_t)has_expires;

		used += POSITION_MAX + base64_size(position->metadata_size);
		if (items != NULL)
			used += items[slice.count].size + 1;
		if (used + (slice.count + 1) * times * TIME_MAX > room)
			break;
		slice.has_series |=
		    items != NULL && items[slice.count].size > CONSTANT_SIZE;
		slice.count++;
		slice.has_commits = has_commits;
		slice.has_expires = has_expires;
		slice.has_epochs |= position->epoch != -1;
		slice.has_metadata |= position->metadata_size > 0;
		slice.has_unstable |= position->unstable;
	}
	return slice;
}

/* Begin a column: ,"name":" */
static char *
put_column_start(char *at, const char *name, size_t size)
{
	*at++ = ',';
	*at++ = '"';
	memcpy(at, name, size);
	at += size;
	*at++ = '"';
	*at++ = ':';
	*at++ = '"';
	return at;
}

#define PUT_COLUMN_START(at, name) put_column_start(at, name, sizeof(name) - 1)

/* Columns end with the space behind their last number made a quote. */
static char *
put_column_end(char *at)
{
	at[-1] = '"';
	return at;
}

static void
add_numbers(struct buf *out, const struct slice *slice)
{
	char *const start =
	    buf_reserve(out, TOPIC_OVERHEAD + slice->count * POSITION_MAX);
	char *at = PUT_COLUMN_START(start, "partitions");

	for (size_t i = 0; i < slice->count; i++) {
		at = buf_put_i64(at, slice->positions[i].partition);
		*at++ = ' ';
	}
	at = PUT_COLUMN_START(put_column_end(at), "offsets");
	for (size_t i = 0; i < slice->count; i++) {
		at = buf_put_i64(at, slice->positions[i].offset);
		*at++ = ' ';
	}
	at = put_column_end(at);
	if (slice->has_epochs) {
		at = PUT_COLUMN_START(at, "epochs");
		for (size_t i = 0; i < slice->count; i++) {
			at = buf_put_i64(at, slice->positions[i].epoch);
			*at++ = ' ';
		}
		at = put_column_end(at);
	}
	out->size += (size_t)(at - start);
}

static void
add_times(struct buf *out, const struct slice *slice)
{
	char *const start =
	    buf_reserve(out, TOPIC_OVERHEAD + slice->count * 2 * TIME_MAX);
	char *at = start;

	if (slice->has_commits) {
		at = PUT_COLUMN_START(at, "commits");
		for (size_t i = 0; i < slice->count; i++) {
			at = buf_put_i64(at, slice->positions[i].commit_ms);
			*at++ = ' ';
		}
		at = put_column_end(at);
	}
	if (slice->has_expires) {
		at = PUT_COLUMN_START(at, "expires");
		for (size_t i = 0; i < slice->count; i++) {
			at = buf_put_i64(at, slice->positions[i].expire_ms);
			*at++ = ' ';
		}
		at = put_column_end(at);
	}
	out->size += (size_t)(at - start);
}

static void
add_metadata(struct buf *out, const struct slice *slice)
{
	buf_add_text(out, ",\"metadata\":[");
	for (size_t i = 0; i < slice->count; i++) {
		const struct position *position = &slice->positions[i];
		const struct bytes text = { position->metadata,
			position->metadata_size };

		buf_add_text(out, i == 0 ? "\"" : ",\"");
		if (text.size > 0)
			base64_encode(out, text);
		buf_add_char(out, '"');
	}
	buf_add_char(out, ']');
}

static void
add_unstable(struct buf *out, const struct slice *slice)
{
	const char *gap = "";

	buf_add_text(out, ",\"unstable\":\"");
	for (size_t i = 0; i < slice->count; i++) {
		if (!slice->positions[i].unstable)
			continue;
		buf_add_text(out, gap);
		buf_add_i64(out, slice->positions[i].partition);
		gap = " ";
	}
	buf_add_char(out, '"');
}

static void
add_series(struct buf *out, const struct slice *slice)
{
	buf_add_text(out, ",\"series\":");
	for (size_t i = 0; i < slice->count; i++) {
		buf_add_char(out, i == 0 ? '[' : ',');
		buf_add_bytes(out, slice->items[i]);
	}
	buf_add_char(out, ']');
}

static void
add_head(const struct group *group, const struct groupline_series *series,
    const struct snapshot_info *info, int64_t part, struct buf *out)
{
	buf_add_char(out, '{');
	jsonline_add_name(out, "group", group->name);
	if (part > 0) {
		buf_add_format(out, ",\"part\":%" PRId64, part);
		return;
	}
	buf_add_format(out, ",\"type\":\"%s\",", group_type_text(group->type));
	jsonline_add_name(out, "state", bytes_of(group->state));
	buf_add_char(out, ',');
	jsonline_add_name(out, "protocol_type", bytes_of(group->protocol_type));
	if (group->coordinator != -1)
		buf_add_format(
		    out, ",\"coordinator\":%" PRId32, group->coordinator);
	if (group->read_start_ms != info->from_ms ||
	    group->read_end_ms != info->to_ms)
		buf_add_format(out, ",\"read\":[%" PRId64 ",%" PRId64 "]",
		    group->read_start_ms - info->from_ms,
		    group->read_end_ms - info->from_ms);
	if (group->state_ms != -1)
		buf_add_format(out, ",\"since\":%" PRId64, group->state_ms);
	if (series != NULL)
		buf_add_bytes(out, series->head);
}

/* Add as much of the topic at place as fits into the line that began at
 * start; false if nothing more of the group does. */
static bool
add_topic(const struct group *group, const struct groupline_series *series,
    struct groupline_place *place, size_t start, bool first, struct buf *out)
{
	const struct bytes *items =
	    series == NULL ? NULL : series->items + place->item;
	const struct group_topic *topic = &group->topics[place->topic];
	const size_t before = out->size;
	struct slice slice = { 0 };
	size_t used;

	buf_add_text(out, first ? "{" : ",{");
	jsonline_add_name(out, "topic", topic->topic);
	used = out->size - start + TOPIC_OVERHEAD + LINE_END_SIZE;
	if (series != NULL)
		used += SERIES_OVERHEAD;
	if (used < LIMIT_LINE)
		slice = take_slice(
		    topic, place->position, items, LIMIT_LINE - used);
	if (slice.count == 0) {
		out->size = before;
		return false;
	}
	add_numbers(out, &slice);
	if (slice.has_commits || slice.has_expires)
		add_times(out, &slice);
	if (slice.has_metadata)
		add_metadata(out, &slice);
	if (slice.has_unstable)
		add_unstable(out, &slice);
	if (slice.has_series)
		add_series(out, &slice);
	buf_add_char(out, '}');
	place->position += slice.count;
	place->item += slice.count;
	if (place->position < topic->count)
		return false;
	place->topic++;
	place->position = 0;
	return true;
}

bool
groupline_add(const struct group *group, const struct groupline_series *series,
    const struct snapshot_info *info, struct groupline_place *place,
    struct buf *out)
{
	const size_t start = out->size;
	bool first = true;

	add_head(group, series, info, place->part, out);
	buf_add_text(out, ",\"topics\":[");
	while (place->topic < group->topic_count &&
	    add_topic(group, series, place, start, first, out))
		first = false;
	buf_add(out, LINE_END, LINE_END_SIZE);
	place->part++;
	return place->topic < group->topic_count;
}
