/*
 * manifestwindow.c - see manifestwindow.h.
 */
#include "formats/manifestwindow.h"

#include <inttypes.h>

#include "common/timetext.h"
#include "formats/jsonline.h"
#include "formats/limits.h"
#include "formats/window.h"

void
manifestwindow_add(const struct snapshot_window *window, struct buf *out)
{
	buf_add_text(out, " \"captures\":[");
	for (size_t i = 0; i < window->count; i++) {
		const struct capture_time *capture = &window->captures[i];

		buf_add_format(out, "%s{\"start\":%" PRId64 ",\"end\":%" PRId64,
		    i == 0 ? "" : ",", capture->start_ms, capture->end_ms);
		/* Of one alone the counts tell. */
		if (window->count > 1 && capture->hole_count > 0)
			buf_add_format(
			    out, ",\"holes\":%zu", capture->hole_count);
		buf_add_char(out, '}');
	}
	buf_add_text(out, "],\n");
}

void
manifestwindow_add_counts(const struct snapshot_window *window, struct buf *out)
{
	if (window->count <= 1)
		return;
	buf_add_format(out,
	    ",\n  \"window\":{\"groups\":%zu,\"topics\":%zu,"
	    "\"positions\":%zu,\"holes\":%zu,\"changes\":%zu}",
	    window->group_count, window->topic_count, window->position_count,
	    window->hole_count, window->change_count);
}

static int
get_capture(const json_t *object, struct capture_time *out, struct err *err)
{
	int64_t holes = 0;

	out->start_ms = -1;
	out->end_ms = -1;
	if (!json_is_object(object) ||
	    jsonline_get_i64(
		object, "start", 0, TIME_LAST_MS, &out->start_ms, err) != 0 ||
	    jsonline_get_i64(
		object, "end", 0, TIME_LAST_MS, &out->end_ms, err) != 0 ||
	    jsonline_get_i64(object, "holes", 0, UINT32_MAX, &holes, err) != 0)
		return err_set(err, ERR_CORRUPT, "a capture is malformed");
	out->hole_count = (size_t)holes;
	if (out->start_ms < 0 || out->end_ms < out->start_ms)
		return err_set(
		    err, ERR_CORRUPT, "a capture ends before it begins");
	return 0;
}

int
manifestwindow_get(const json_t *root, struct arena *arena,
    struct snapshot_window *window, struct err *err)
{
	struct capture_time *list;
	json_t *captures;
	size_t count;

	if (jsonline_get_array(root, "captures", &captures, err) != 0)
		return -1;
	if (captures == NULL || json_array_size(captures) == 0)
		return err_set(err, ERR_CORRUPT, "no captures");
	count = json_array_size(captures);
	if (count > LIMIT_CAPTURES)
		return err_set(err, ERR_CORRUPT, "too many captures");
	list = arena_alloc(arena, count, sizeof(*list));
	window->captures = list;
	window->count = count;
	for (size_t i = 0; i < count; i++) {
		if (get_capture(json_array_get(captures, i), &list[i], err) !=
		    0)
			return -1;
	}
	return 0;
}

int
manifestwindow_get_counts(
    const json_t *counts, struct snapshot_info *info, struct err *err)
{
	struct snapshot_window *window = &info->window;
	json_t *totals;

	window->group_count = info->group_count;
	window->topic_count = info->topic_count;
	window->position_count = info->position_count;
	window->hole_count = info->hole_count;
	if (window->count == 1)
		return 0;
	if (info->hole_count != window->captures[window->count - 1].hole_count)
		return err_set(err, ERR_CORRUPT,
		    "the holes of the last capture are counted twice, "
		    "otherwise");
	if (jsonline_get_object(counts, "window", &totals, err) != 0)
		return -1;
	if (totals == NULL)
		return err_set(
		    err, ERR_CORRUPT, "the counts of the window are missing");
	if (jsonline_need_count(
		totals, "groups", UINT32_MAX, &window->group_count, err) != 0 ||
	    jsonline_need_count(
		totals, "topics", UINT32_MAX, &window->topic_count, err) != 0 ||
	    jsonline_need_count(totals, "positions", UINT32_MAX,
		&window->position_count, err) != 0 ||
	    jsonline_need_count(
		totals, "holes", UINT32_MAX, &window->hole_count, err) != 0 ||
	    jsonline_need_count(
		totals, "changes", INT64_MAX, &window->change_count, err) != 0)
		return -1;
	return 0;
}

void
manifestwindow_finish(struct snapshot_info *info)
{
	struct snapshot_window *window = &info->window;
	const bool complete = info->complete;

	if (window->count == 1)
		window->captures[0].hole_count = info->hole_count;
	window_select(info, window->count - 1);
	window->from_ms = window->captures[0].start_ms;
	window->to_ms = info->to_ms;
	/* As it is told: window_check finds what is not so. */
	window->complete = complete;
	info->complete = complete;
}
