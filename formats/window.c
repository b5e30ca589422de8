/*
 * window.c - see window.h.
 */
#include "formats/window.h"

#include "common/arena.h"
#include "common/timetext.h"
#include "formats/limits.h"

/* How many captures ended at or before that time: they are in order. */
static size_t
count_ended(const struct snapshot_window *window, int64_t at_ms)
{
	size_t low = 0;
	size_t high = window->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (window->captures[middle].end_ms <= at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
window_choose(const struct snapshot_window *window,
    const struct capture_choice *choice, size_t *number, struct err *err)
{
	char at[TIME_RFC3339_MAX];
	size_t ended;

	switch (choice->how) {
	case CAPTURE_NUMBER:
		if (choice->number >= window->count)
			return err_set(err, ERR_NOT_FOUND,
			    "there is no capture %zu, only %zu of them from 0",
			    choice->number, window->count);
		*number = choice->number;
		return 0;
	case CAPTURE_BEFORE:
		ended = count_ended(window, choice->at_ms);
		if (ended == 0)
			return err_set(err, ERR_NOT_FOUND,
			    "no capture of it ended at or before %s",
			    time_format(choice->at_ms, at));
		*number = ended - 1;
		return 0;
	case CAPTURE_AFTER:
		ended = count_ended(window, choice->at_ms);
		if (ended == window->count)
			return err_set(err, ERR_NOT_FOUND,
			    "no capture of it ended after %s",
			    time_format(choice->at_ms, at));
		*number = ended;
		return 0;
	case CAPTURE_LAST:
	default:
		*number = window->count - 1;
		return 0;
	}
}

void
window_select(struct snapshot_info *info, size_t number)
{
	const struct capture_time *capture = &info->window.captures[number];

	info->window.number = number;
	info->from_ms = capture->start_ms;
	info->to_ms = capture->end_ms;
	info->hole_count = capture->hole_count;
	info->complete = capture->hole_count == 0 && !info->last_known;
	/* Those are known of the last one alone. */
	if (number + 1 < info->window.count) {
		info->scan = (struct snapshot_scan){ 0 };
		info->compare = (struct snapshot_compare){ 0 };
	}
}

void
window_of_one(struct snapshot *snapshot)
{
	struct snapshot_info *info = &snapshot->info;
	struct capture_time *capture =
	    arena_alloc(&snapshot->arena, 1, sizeof(*capture));

	*capture = (struct capture_time){ info->from_ms, info->to_ms,
		info->hole_count };
	info->window = (struct snapshot_window){
		.captures = capture,
		.count = 1,
		.from_ms = info->from_ms,
		.to_ms = info->to_ms,
		.complete = info->complete,
		.group_count = info->group_count,
		.topic_count = info->topic_count,
		.position_count = info->position_count,
		.hole_count = info->hole_count,
	};
}

void
window_drop_times(struct snapshot *snapshot)
{
	size_t kept = 0;

	if (snapshot->info.window.count <= 1)
		return;
	for (size_t i = 0; i < snapshot->times_count; i++) {
		if (model_find_topic(snapshot, snapshot->times[i].topic) !=
		    NULL)
			snapshot->times[kept++] = snapshot->times[i];
	}
	snapshot->times_count = kept;
}

static int
check_captures(const struct snapshot_window *window, struct err *err)
{
	for (size_t i = 0; i < window->count; i++) {
		const struct capture_time *capture = &window->captures[i];

		if (capture->start_ms < 0 ||
		    capture->end_ms < capture->start_ms ||
		    capture->end_ms > TIME_LAST_MS)
			return err_set(err, ERR_CORRUPT,
			    "the capture does not begin before it ends");
		if (i > 0 && capture->start_ms < capture[-1].end_ms)
			return err_set(err, ERR_CORRUPT,
			    "capture %zu begins before the one before it ends",
			    i);
	}
	return 0;
}

int
window_check(const struct snapshot_info *info, struct err *err)
{
	const struct snapshot_window *window = &info->window;
	const struct capture_time *last;
	const struct capture_time *own;

	if (window->count == 0 || window->count > LIMIT_CAPTURES ||
	    window->number >= window->count)
		return err_set(err, ERR_CORRUPT, "no captures");
	if (check_captures(window, err) != 0)
		return -1;
	own = &window->captures[window->number];
	last = &window->captures[window->count - 1];
	if (info->from_ms != own->start_ms || info->to_ms != own->end_ms ||
	    info->hole_count != own->hole_count)
		return err_set(err, ERR_CORRUPT,
		    "times or holes are not those of the capture");
	if (window->from_ms != window->captures[0].start_ms ||
	    window->to_ms != last->end_ms ||
	    window->complete != (last->hole_count == 0 && !info->last_known))
		return err_set(
		    err, ERR_CORRUPT, "the window is not that of its captures");
	return 0;
}
