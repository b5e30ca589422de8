/*
 * groupline.c - reading the lines of groups; see groupline.h.
 */
#include "formats/groupline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/timetext.h"
#include "common/xalloc.h"
#include "formats/groupscan.h"
#include "formats/jsonline.h"
#include "formats/limits.h"

struct groupline_topic *
groupline_add_topic(struct groupline *line)
{
	struct groupline_topic *topic;

	if (line->count == line->capacity)
		line->topics = xgrow(line->topics, line->count, &line->capacity,
		    sizeof(*line->topics));
	topic = &line->topics[line->count++];
	*topic = (struct groupline_topic){ 0 };
	return topic;
}

/* Bring an array of base64 strings back into its compact form; what is wrong
 * inside them is found by who reads it. */
static int
load_metadata(const json_t *object, struct arena *arena, struct bytes *out,
    struct err *err)
{
	struct buf text = { 0 };
	json_t *values;

	if (jsonline_get_array(object, "metadata", &values, err) != 0)
		return -1;
	if (values == NULL)
		return 0;
	buf_add_char(&text, '[');
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *value = json_array_get(values, i);

		/* A quote would end the string in the compact form. */
		if (!json_is_string(value) ||
		    strchr(json_string_value(value), '"') != NULL) {
			buf_release(&text);
			return err_set(err, ERR_CORRUPT,
			    "\"metadata\" holds other than base64");
		}
		buf_add_text(&text, i == 0 ? "\"" : ",\"");
		buf_add(
		    &text, json_string_value(value), json_string_length(value));
		buf_add_char(&text, '"');
	}
	buf_add_char(&text, ']');
	*out = arena_bytes(arena, buf_bytes(&text));
	buf_release(&text);
	return 0;
}

/* Bring an array back into its compact form. */
static int
load_series(const json_t *object, struct arena *arena, struct bytes *out,
    struct err *err)
{
	json_t *items;
	char *text;

	if (jsonline_get_array(object, "series", &items, err) != 0)
		return -1;
	if (items == NULL)
		return 0;
	text = json_dumps(items, JSON_COMPACT);
	if (text == NULL)
		xdie("out of memory");
	*out = arena_bytes(arena, bytes_of(text));
	free(text);
	return 0;
}

static int
load_topic(const json_t *object, struct groupline *line, struct err *err)
{
	struct groupline_topic *topic = groupline_add_topic(line);
	bool present = false;

	if (!json_is_object(object))
		return err_set(err, ERR_CORRUPT, "a topic is not an object");
	if (jsonline_get_name(object, "topic", &line->arena, &topic->topic,
		&present, err) != 0 ||
	    jsonline_get_string(
		object, "partitions", &topic->partitions, err) != 0 ||
	    jsonline_get_string(object, "offsets", &topic->offsets, err) != 0 ||
	    jsonline_get_string(object, "epochs", &topic->epochs, err) != 0 ||
	    jsonline_get_string(object, "commits", &topic->commits, err) != 0 ||
	    jsonline_get_string(object, "expires", &topic->expires, err) != 0 ||
	    load_metadata(object, &line->arena, &topic->metadata, err) != 0 ||
	    jsonline_get_string(object, "unstable", &topic->unstable, err) !=
		0 ||
	    load_series(object, &line->arena, &topic->series, err) != 0)
		return -1;
	if (!present)
		return err_set(err, ERR_CORRUPT, "\"topic\" is missing");
	return 0;
}

static int
load_read(const json_t *root, struct groupline *line, struct err *err)
{
	json_t *read;
	int64_t times[2];

	if (jsonline_get_array(root, "read", &read, err) != 0)
		return -1;
	if (read == NULL)
		return 0;
	if (json_array_size(read) != 2)
		return err_set(err, ERR_CORRUPT, "\"read\" is not two numbers");
	for (size_t i = 0; i < 2; i++) {
		const json_t *value = json_array_get(read, i);

		times[i] = json_integer_value(value);
		if (!json_is_integer(value) || times[i] < -TIME_LAST_MS ||
		    times[i] > TIME_LAST_MS)
			return err_set(
			    err, ERR_CORRUPT, "\"read\" is out of range");
	}
	line->has_read = true;
	line->read_start = times[0];
	line->read_end = times[1];
	return 0;
}

static int
load_head(const json_t *root, struct groupline *line, struct err *err)
{
	bool has_group = false;
	bool has_text = false;

	if (jsonline_get_name(root, "group", &line->arena, &line->group,
		&has_group, err) != 0 ||
	    jsonline_get_i64(root, "part", 0, INT32_MAX, &line->part, err) !=
		0 ||
	    jsonline_get_string(root, "type", &line->type, err) != 0 ||
	    jsonline_get_name(root, "state", &line->arena, &line->state,
		&has_text, err) != 0 ||
	    jsonline_get_name(root, "protocol_type", &line->arena,
		&line->protocol_type, &has_text, err) != 0 ||
	    jsonline_get_i32(
		root, "coordinator", -1, &line->coordinator, err) != 0 ||
	    load_read(root, line, err) != 0 ||
	    jsonline_get_i64(
		root, "since", -1, TIME_LAST_MS, &line->since, err) != 0 ||
	    jsonline_get_i64(root, "f", 0, LIMIT_CAPTURES, &line->first, err) !=
		0 ||
	    jsonline_get_i64(
		root, "x", 0, LIMIT_CAPTURES, &line->absent, err) != 0 ||
	    jsonline_get_string(root, "a", &line->away, err) != 0 ||
	    jsonline_get_array(root, "changes", &line->changes, err) != 0)
		return -1;
	if (!has_group)
		return err_set(err, ERR_CORRUPT, "\"group\" is missing");
	return 0;
}

int
groupline_load(struct bytes text, struct groupline *line, struct err *err)
{
	json_t *topics;

	groupline_clear(line);
	if (jsonline_parse(text, LIMIT_LINE, &line->root, err) != 0)
		return -1;
	if (load_head(line->root, line, err) != 0 ||
	    jsonline_get_array(line->root, "topics", &topics, err) != 0)
		return -1;
	for (size_t i = 0; i < json_array_size(topics); i++) {
		if (load_topic(json_array_get(topics, i), line, err) != 0)
			return -1;
	}
	return 0;
}

int
groupline_parse(struct bytes text, struct groupline *line, struct err *err)
{
	groupline_clear(line);
	if (groupscan_line(text, line))
		return 0;
	return groupline_load(text, line, err);
}

void
groupline_clear(struct groupline *line)
{
	struct groupline_topic *const topics = line->topics;
	const size_t capacity = line->capacity;

	if (line->root != NULL)
		json_decref(line->root);
	arena_release(&line->arena);
	*line = (struct groupline){ .topics = topics,
		.capacity = capacity,
		.coordinator = -1,
		.since = -1,
		.absent = -1 };
}

void
groupline_release(struct groupline *line)
{
	groupline_clear(line);
	free(line->topics);
	*line = (struct groupline){ 0 };
}
