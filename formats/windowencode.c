/*
 * windowencode.c - an open window into an archive; see windowbuild.h.
 */
#include <stdlib.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/holeline.h"
#include "formats/limits.h"
#include "formats/membername.h"
#include "formats/offsetcsv.h"
#include "formats/readme.h"
#include "formats/timesline.h"
#include "formats/windowlines.h"

static int
write_readme(struct windowlines *lines, struct err *err)
{
	buf_clear(&lines->line);
	readme_add(lines->info, &lines->line);
	return memberwrite_add(
	    lines->writer, MEMBER_README, buf_bytes(&lines->line), NULL, err);
}

static int
write_holes(struct windowlines *lines, struct err *err)
{
	const struct windowbuild *window = lines->window;
	struct buf captures = { 0 };
	int result = 0;

	for (size_t i = 0; result == 0 && i < window->hole_count; i++) {
		const struct window_hole *hole = &window->holes[i];

		buf_clear(&captures);
		buf_add_bytes(&captures, buf_bytes(&hole->captures));
		windowstate_add_captures(&captures, hole->from, hole->to);
		buf_clear(&lines->line);
		holeline_add(&hole->hole, buf_text(&captures), &lines->line);
		result = memberwrite_text(lines->writer, MEMBER_HOLES,
		    buf_bytes(&lines->line), NULL, err);
	}
	buf_release(&captures);
	return result;
}

static int
write_gone(struct windowlines *lines, struct err *err)
{
	const struct windowbuild *window = lines->window;

	for (size_t i = 0; i < window->gone_count; i++) {
		const struct window_gone *gone = &window->gone[i];

		buf_clear(&lines->line);
		holeline_add_gone(&gone->gone, gone->capture, &lines->line);
		if (memberwrite_text(lines->writer, MEMBER_GONE,
			buf_bytes(&lines->line), NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int
write_times(struct windowlines *lines, struct err *err)
{
	const struct windowbuild *window = lines->window;

	for (size_t i = 0; i < window->times_count; i++) {
		const struct topic_times *times = &window->times[i];
		struct timesline_place place = { 0 };
		bool more = true;

		while (more) {
			buf_clear(&lines->line);
			more = timesline_add(times, &place, &lines->line);
			if (memberwrite_text(lines->writer, MEMBER_TIMES,
				buf_bytes(&lines->line), &times->topic,
				err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
write_rows(struct windowlines *lines, struct err *err)
{
	const struct group *group = &lines->group;

	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];
		size_t next = 0;

		while (next < topic->count) {
			buf_clear(&lines->line);
			offsetcsv_add_rows(group->name, topic, &next,
			    LIMIT_MEMBER / 16, &lines->line);
			if (lines->line.size > 0 &&
			    memberwrite_text(lines->writer, MEMBER_OFFSETS,
				buf_bytes(&lines->line), &group->name,
				err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
write_csv(struct windowlines *lines, struct err *err)
{
	const struct windowbuild *window = lines->window;

	for (size_t i = 0; i < window->group_count; i++) {
		if (windowlines_last_group(lines, window->groups[i]) &&
		    write_rows(lines, err) != 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------- the manifest */

static void
count_topics(const struct windowbuild *window, struct snapshot_info *info)
{
	const struct window_slot *slots = window->partitions.list;

	info->topic_count = 0;
	info->partition_count = 0;
	for (size_t i = 0; i < window->topic_count; i++) {
		const struct window_list *list = &window->topics[i]->partitions;

		info->topic_count += window->topics[i]->absent == WINDOW_THERE;
		for (size_t j = 0; j < list->count; j++)
			info->partition_count += !slots[list->slots[j]].is_gone;
	}
}

static void
count_groups(struct windowlines *lines)
{
	const struct windowbuild *window = lines->window;
	struct snapshot_info *info = lines->info;

	info->group_count = 0;
	info->position_count = 0;
	info->negative_count = 0;
	info->unstable_count = 0;
	info->csv_skipped_count = 0;
	for (size_t i = 0; i < window->group_count; i++) {
		const struct window_group *group = window->groups[i];

		for (size_t j = 0; j < group->count; j++)
			info->window.position_count +=
			    group->topics[j].positions.count;
		if (!windowlines_last_group(lines, group))
			continue;
		info->group_count++;
		model_count_group(&lines->group, info);
	}
}

static bool
has_topic(const struct windowbuild *window, struct bytes name)
{
	size_t low = 0;
	size_t high = window->topic_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(window->topics[middle]->name, name);

		if (order == 0)
			return window->topics[middle]->absent == WINDOW_THERE;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Points of topics that are still there: the last capture has no others. */
static void
count_points(const struct windowbuild *window, struct snapshot_info *info)
{
	info->point_count = 0;
	for (size_t i = 0; i < window->times_count; i++) {
		const struct topic_times *times = &window->times[i];

		for (size_t j = 0; j < times->count; j++) {
			if (has_topic(window, times->topic))
				info->point_count += times->partitions[j].count;
		}
	}
}

static void
describe(struct windowlines *lines)
{
	const struct windowbuild *window = lines->window;
	struct snapshot_info *info = lines->info;
	const size_t last = window->count - 1;

	*info = window->info;
	info->window = (struct snapshot_window){
		.captures = window->captures,
		.count = window->count,
		.from_ms = window->captures[0].start_ms,
		.to_ms = window->captures[last].end_ms,
		.group_count = window->group_count,
		.topic_count = window->topic_count,
		.hole_count = window->hole_count,
		.change_count = window->change_count,
	};
	window_select(info, last);
	info->window.complete = info->complete;
	count_topics(window, info);
	count_groups(lines);
	count_points(window, info);
}

static int
write_all(struct windowlines *lines, struct err *err)
{
	if (write_readme(lines, err) != 0 ||
	    windowlines_topics(lines, err) != 0 ||
	    windowlines_groups(lines, err) != 0 ||
	    write_holes(lines, err) != 0 || write_gone(lines, err) != 0 ||
	    write_times(lines, err) != 0 || write_csv(lines, err) != 0)
		return -1;
	return memberwrite_finish(
	    lines->writer, lines->info, lines->window->gone_count, err);
}

int
windowbuild_encode(const struct windowbuild *window, struct buf *out,
    struct snapshot_info *info, struct err *err)
{
	struct windowlines lines = { .window = window, .info = info };
	const size_t before = out->size;
	int status = -1;

	windowseries_begin(&lines.series, window);
	describe(&lines);
	if (memberwrite_new(info, out, &lines.writer, err) == 0)
		status = write_all(&lines, err);
	if (status == 0 && out->size - before > ARCHIVE_SIZE_MAX)
		status = err_set(err, ERR_UNSUPPORTED,
		    "the archive would be over %zu bytes", ARCHIVE_SIZE_MAX);
	if (status != 0)
		out->size = before;
	memberwrite_free(lines.writer);
	windowlines_release(&lines);
	return status;
}
