/*
 * holeline.c - see holeline.h.
 */
#include "formats/holeline.h"

#include <inttypes.h>
#include <jansson.h>

#include "formats/jsonline.h"
#include "formats/limits.h"
#include "formats/seriesread.h"

void
holeline_add(const struct hole *hole, const char *captures, struct buf *out)
{
	buf_add_format(out, "{\"kind\":\"%s\"", hole_kind_text(hole->kind));
	if (hole->has_group) {
		buf_add_char(out, ',');
		jsonline_add_name(out, "group", hole->group);
	}
	if (hole->has_topic) {
		buf_add_char(out, ',');
		jsonline_add_name(out, "topic", hole->topic);
	}
	if (hole->partition != -1)
		buf_add_format(out, ",\"partition\":%" PRId32, hole->partition);
	if (hole->broker != -1)
		buf_add_format(out, ",\"broker\":%" PRId32, hole->broker);
	if (hole->error != 0)
		buf_add_format(out, ",\"error\":%d", hole->error);
	buf_add_format(out, ",\"captures\":\"%s\",", captures);
	jsonline_add_name(out, "text", bytes_of(hole->text));
	buf_add_text(out, "}\n");
}

static int
get_kind(const json_t *root, enum hole_kind *out, struct err *err)
{
	struct bytes word = { 0 };

	if (jsonline_get_string(root, "kind", &word, err) != 0)
		return -1;
	if (word.data == NULL)
		return err_set(err, ERR_CORRUPT, "\"kind\" is missing");
	/* jansson ends its strings with a NUL. */
	if (!hole_kind_parse(word.data, out))
		return err_set(err, ERR_UNSUPPORTED,
		    "a kind of hole that this version does not know");
	return 0;
}

static int
get_captures(const json_t *root, const struct snapshot_window *window,
    bool *present, struct err *err)
{
	struct bytes text = bytes_of("0");

	/* Salvage without the manifest, which alone names captures: any hole.
	 */
	const bool is_known = window->captures != NULL;
	const size_t limit = is_known ? window->count : LIMIT_CAPTURES;

	if (jsonline_get_string(root, "captures", &text, err) != 0 ||
	    captures_have(text, window->number, limit, present, err) != 0)
		return -1;
	*present |= !is_known;
	if (text.size == 0)
		return err_set(err, ERR_CORRUPT, "a hole of no capture");
	return 0;
}

static int
get_hole(const json_t *root, const struct snapshot_window *window,
    struct arena *arena, struct hole *out, bool *present, struct err *err)
{
	int32_t error = 0;

	*out = (struct hole){ .partition = -1, .broker = -1, .text = "" };
	if (get_kind(root, &out->kind, err) != 0 ||
	    jsonline_get_name(
		root, "group", arena, &out->group, &out->has_group, err) != 0 ||
	    jsonline_get_name(
		root, "topic", arena, &out->topic, &out->has_topic, err) != 0 ||
	    jsonline_get_i32(root, "partition", -1, &out->partition, err) !=
		0 ||
	    jsonline_get_i32(root, "broker", -1, &out->broker, err) != 0 ||
	    jsonline_get_i32(root, "error", INT32_MIN, &error, err) != 0 ||
	    get_captures(root, window, present, err) != 0 ||
	    jsonline_get_text(root, "text", arena, &out->text, err) != 0)
		return -1;
	out->error = error;
	return 0;
}

int
holeline_parse(struct bytes text, const struct snapshot_window *window,
    struct arena *arena, struct hole *out, bool *present, struct err *err)
{
	json_t *root = NULL;
	int status;

	if (jsonline_parse(text, LIMIT_LINE, &root, err) != 0)
		return -1;
	status = get_hole(root, window, arena, out, present, err);
	json_decref(root);
	return status;
}

void
holeline_add_gone(const struct gone *gone, size_t capture, struct buf *out)
{
	buf_add_char(out, '{');
	jsonline_add_name(out, "group", gone->group);
	if (gone->has_topic) {
		buf_add_char(out, ',');
		jsonline_add_name(out, "topic", gone->topic);
		buf_add_format(out,
		    ",\"partition\":%" PRId32 ",\"offset\":%" PRId64,
		    gone->partition, gone->offset);
	}
	if (capture > 0)
		buf_add_format(out, ",\"capture\":%zu", capture);
	buf_add_text(out, "}\n");
}

static int
get_gone(const json_t *root, const struct snapshot_window *window,
    struct arena *arena, struct gone *out, bool *present, struct err *err)
{
	bool has_group = false;
	int64_t capture = 0;

	*out = (struct gone){ .partition = -1, .offset = -1 };
	if (jsonline_get_name(
		root, "group", arena, &out->group, &has_group, err) != 0 ||
	    jsonline_get_name(
		root, "topic", arena, &out->topic, &out->has_topic, err) != 0 ||
	    jsonline_get_i32(root, "partition", -1, &out->partition, err) !=
		0 ||
	    jsonline_get_i64(
		root, "offset", INT64_MIN, INT64_MAX, &out->offset, err) != 0 ||
	    (window->count > 1 &&
		jsonline_get_i64(root, "capture", 0, (int64_t)window->count - 1,
		    &capture, err) != 0))
		return -1;
	*present = (size_t)capture <= window->number;
	if (!has_group)
		return err_set(err, ERR_CORRUPT, "\"group\" is missing");
	return 0;
}

int
holeline_parse_gone(struct bytes text, const struct snapshot_window *window,
    struct arena *arena, struct gone *out, bool *present, struct err *err)
{
	json_t *root = NULL;
	int status;

	if (jsonline_parse(text, LIMIT_LINE, &root, err) != 0)
		return -1;
	status = get_gone(root, window, arena, out, present, err);
	json_decref(root);
	return status;
}
