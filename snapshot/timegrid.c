#include "snapshot/timegrid.h"

/* A span in so many steps, none of them shorter than 1 ms. */
static int64_t
step_of(int64_t span_ms, size_t points)
{
	const int64_t count = (int64_t)points;
	const int64_t step = span_ms / count + (span_ms % count != 0);

	return step > 0 ? step : 1;
}

struct timegrid
timegrid_first(int64_t first_ms, int64_t now_ms, size_t points)
{
	struct timegrid grid = { first_ms, 1, first_ms };

	/* Records of the future leave nothing to ask. */
	if (first_ms >= now_ms || points == 0)
		return grid;
	grid.step_ms = step_of(now_ms - first_ms, points);
	grid.from_ms = first_ms + grid.step_ms;
	grid.end_ms = now_ms;
	return grid;
}

struct timegrid
timegrid_later(int64_t since_ms, int64_t now_ms, int64_t step_ms, size_t points)
{
	struct timegrid grid = { since_ms, step_ms, now_ms };

	if (since_ms >= now_ms || points == 0)
		grid.end_ms = since_ms + 1;
	else if (step_of(now_ms - since_ms, points) > step_ms)
		grid.step_ms = step_of(now_ms - since_ms, points);
	return grid;
}

bool
timegrid_next(const struct timegrid *grid, int64_t after_ms, int64_t *out)
{
	int64_t next = grid->from_ms;

	if (after_ms >= grid->end_ms)
		return false;
	if (after_ms >= grid->from_ms)
		next += ((after_ms - grid->from_ms) / grid->step_ms + 1) *
		    grid->step_ms;
	if (next >= grid->end_ms)
		return false;
	*out = next;
	return true;
}
