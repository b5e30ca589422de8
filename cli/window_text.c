/* The captures of a window, for people and as JSON. */
#include "cli/window_text.h"

#include <stdlib.h>

#include "cli/output.h"
#include "common/duration.h"
#include "common/timetext.h"
#include "common/xalloc.h"

size_t
window_text_partial(const struct snapshot_window *window)
{
	size_t count = 0;

	for (size_t i = 0; i < window->count; i++)
		count += window->captures[i].hole_count > 0;
	return count;
}

static int
compare_times(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

int64_t
window_text_interval(const struct snapshot_window *window)
{
	const size_t count = window->count - 1;
	int64_t *steps;
	int64_t middle;

	if (window->count < 2)
		return -1;
	steps = xcalloc(count, sizeof(*steps));
	for (size_t i = 0; i < count; i++)
		steps[i] = window->captures[i + 1].start_ms -
		    window->captures[i].start_ms;
	qsort(steps, count, sizeof(*steps), compare_times);
	middle = steps[count / 2];
	free(steps);
	return middle;
}

void
window_text_print(const struct snapshot_window *window, struct output *out)
{
	const size_t partial = window_text_partial(window);
	char from[TIME_RFC3339_MAX];
	char to[TIME_RFC3339_MAX];
	char interval[DURATION_TEXT_MAX];

	if (window->count < 2)
		return;
	output_text(out, "window    %s to %s: %zu captures, one in %s",
	    time_format(window->from_ms, from), time_format(window->to_ms, to),
	    window->count,
	    duration_format(window_text_interval(window), interval));
	if (partial > 0)
		output_text(out, ", %zu of them PARTIAL", partial);
	output_text(
	    out, "\ncapture   number %zu of these\n", window->number + 1);
}

json_t *
window_text_json(const struct snapshot_window *window)
{
	const int64_t interval_ms = window_text_interval(window);
	json_t *object = json_pack("{s:I, s:I, s:I, s:b}", "captures",
	    (json_int_t)window->count, "number", (json_int_t)window->number,
	    "partial", (json_int_t)window_text_partial(window), "complete",
	    window->complete ? 1 : 0);

	json_set_time(object, "from", window->from_ms);
	json_set_time(object, "to", window->to_ms);
	json_object_set_new(object, "interval_ms",
	    interval_ms < 0 ? json_null() : json_integer(interval_ms));
	return object;
}
