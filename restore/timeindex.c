/*
 * The questions of timeindex.h.
 */
#include "restore/timeindex.h"

#include <stddef.h>

#include "formats/model.h"

/* -------------------------------------------------------------- arithmetic */

/* Between (x0, y0) and (x1, y1), which must not fall, at x; rounded down. */
static int64_t
interpolate(int64_t x0, int64_t y0, int64_t x1, int64_t y1, int64_t x)
{
	const double part = x1 > x0 ? (double)(x - x0) / (double)(x1 - x0) : 0;

	if (x <= x0)
		return y0;
	return x >= x1 ? y1 : y0 + (int64_t)(part * (double)(y1 - y0));
}

static struct timeindex_answer
no_answer(void)
{
	return (struct timeindex_answer){
		.low = -1, .high = -1, .estimate = -1, .found_ms = -1
	};
}

/* How sure it is, by which of its ends are known. */
static void
judge(struct timeindex_answer *answer)
{
	if (answer->low < 0 && answer->high < 0)
		answer->sure = SURE_NOTHING;
	else if (answer->low == answer->high)
		answer->sure = SURE_EXACT;
	else
		answer->sure = SURE_RANGE;
}

/* ---------------------------------------------------------------- observed */

struct timeindex_answer
timeindex_end_at(const struct timeindex_life *life, int64_t at_ms)
{
	struct timeindex_answer answer = no_answer();

	for (size_t i = 0; i < life->count; i++) {
		const struct timeindex_capture *capture = &life->captures[i];

		if (capture->end < 0)
			continue;
		if (capture->to_ms <= at_ms) {
			answer.low = capture->end;
			answer.low_by = capture;
		} else if (capture->from_ms >= at_ms &&
		    answer.high_by == NULL) {
			answer.high = capture->end;
			answer.high_by = capture;
		}
	}
	answer.none = answer.high_by != NULL && answer.high_by->absent;
	judge(&answer);
	if (answer.low_by == NULL || answer.high_by == NULL)
		return answer;
	/* The log was cut back in between: nothing bounds where it ended. */
	if (answer.low > answer.high) {
		answer.sure = SURE_ESTIMATE;
		answer.estimate = answer.low;
		answer.low = answer.high = -1;
	} else if (answer.low < answer.high) {
		answer.estimate = interpolate(answer.low_by->to_ms, answer.low,
		    answer.high_by->from_ms, answer.high, at_ms);
	}
	return answer;
}

/* When the newest capture began by which the offset was not written. */
static const struct timeindex_capture *
not_yet_written(const struct timeindex_life *life, int64_t offset)
{
	for (size_t i = life->count; i > 0; i--) {
		const struct timeindex_capture *capture =
		    &life->captures[i - 1];

		if (capture->end >= 0 && capture->end <= offset)
			return capture;
	}
	return NULL;
}

static const struct timeindex_capture *
first_written(const struct timeindex_life *life, int64_t offset)
{
	for (size_t i = 0; i < life->count; i++) {
		if (life->captures[i].end > offset)
			return &life->captures[i];
	}
	return NULL;
}

struct timeindex_answer
timeindex_written(const struct timeindex_life *life, int64_t offset)
{
	const struct timeindex_capture *after = not_yet_written(life, offset);
	const struct timeindex_capture *before = first_written(life, offset);
	struct timeindex_answer answer = no_answer();

	/* A log that was cut back and written again: by the newest of both. */
	if (after != NULL && before != NULL &&
	    after->from_ms >= before->from_ms)
		before = NULL;
	answer.none = before == NULL;
	answer.low_by = after;
	answer.high_by = before;
	if (after != NULL)
		answer.low = after->from_ms;
	if (before != NULL)
		answer.high = before->to_ms;
	judge(&answer);
	if (after != NULL && before != NULL)
		answer.estimate = interpolate(after->end, after->from_ms,
		    before->end, before->to_ms, offset);
	return answer;
}

/* ------------------------------------------------------------- record time */

/* The nearest answers on both sides, for interpolation. */
struct neighbours {
	const struct time_point *below;
	const struct time_point *above;
};

static bool
covers(const struct time_point *point, int64_t at_ms)
{
	return point->offset >= 0 && point->asked_ms <= at_ms &&
	    (point->asked_ms == at_ms || point->found_ms >= at_ms);
}

static void
take_lower(struct timeindex_answer *answer,
    const struct timeindex_capture *capture, const struct time_point *point,
    int64_t at_ms)
{
	int64_t low = point->offset;

	if (low < 0)
		low = capture->end;
	else if (point->found_ms >= 0 && point->found_ms < at_ms)
		low++;
	if (low < answer->low)
		return;
	answer->low = low;
	answer->low_by = capture;
	answer->none = point->offset < 0;
}

static void
take_upper(struct timeindex_answer *answer,
    const struct timeindex_capture *capture, const struct time_point *point)
{
	if (point->offset < 0 ||
	    (answer->high >= 0 && answer->high <= point->offset))
		return;
	answer->high = point->offset;
	answer->high_by = capture;
}

static void
take_neighbour(
    struct neighbours *near, const struct time_point *point, int64_t at_ms)
{
	if (point->offset < 0)
		return;
	if (point->asked_ms <= at_ms) {
		if (near->below == NULL ||
		    near->below->asked_ms < point->asked_ms)
			near->below = point;
	} else if (near->above == NULL ||
	    near->above->asked_ms > point->asked_ms) {
		near->above = point;
	}
}

/* True when the point itself is the answer, which a newer capture's wins. */
static bool
take_point(struct timeindex_answer *answer, struct neighbours *near,
    const struct timeindex_capture *capture, const struct time_point *point,
    int64_t at_ms)
{
	if (covers(point, at_ms)) {
		*answer = no_answer();
		answer->low = answer->high = point->offset;
		answer->low_by = answer->high_by = capture;
		answer->found_ms = point->found_ms;
		return true;
	}
	if (point->asked_ms <= at_ms)
		take_lower(answer, capture, point, at_ms);
	else
		take_upper(answer, capture, point);
	take_neighbour(near, point, at_ms);
	return false;
}

/* Between two answers, by the timestamp of the first where it is known; within
 * what is certain. */
static int64_t
estimate_offset(const struct timeindex_answer *answer,
    const struct neighbours *near, int64_t at_ms)
{
	const struct time_point *below = near->below;
	const struct time_point *above = near->above;
	int64_t guess;

	if (below == NULL || above == NULL || answer->high < 0 ||
	    below->offset > above->offset)
		return -1;
	guess = interpolate(
	    below->found_ms >= 0 ? below->found_ms : below->asked_ms,
	    below->offset, above->asked_ms, above->offset, at_ms);
	if (guess < answer->low)
		return answer->low;
	return guess > answer->high ? answer->high : guess;
}

struct timeindex_answer
timeindex_first_from(const struct timeindex_life *life, int64_t at_ms)
{
	struct timeindex_answer answer = no_answer();
	struct timeindex_answer exact = no_answer();
	struct neighbours near = { NULL, NULL };
	bool is_exact = false;

	for (size_t i = 0; i < life->count; i++) {
		const struct timeindex_capture *capture = &life->captures[i];

		for (size_t j = 0; j < capture->count; j++) {
			const struct time_point *point = &capture->points[j];

			is_exact |=
			    take_point(covers(point, at_ms) ? &exact : &answer,
				&near, capture, point, at_ms);
		}
	}
	if (is_exact) {
		judge(&exact);
		return exact;
	}
	/* What was the first record from then on is not there any more. */
	if (answer.high >= 0 && answer.high < answer.low) {
		answer.high = -1;
		answer.high_by = NULL;
	}
	if (answer.high >= 0)
		answer.none = false;
	judge(&answer);
	if (answer.sure == SURE_RANGE)
		answer.estimate = estimate_offset(&answer, &near, at_ms);
	return answer;
}

/* All records of the log that were there then and are below the answer have
 * timestamps before the time. */
static int64_t
older_below(
    const struct timeindex_capture *capture, const struct time_point *point)
{
	return point->offset >= 0 ? point->offset : capture->end;
}

static void
take_stamp(struct timeindex_answer *answer, struct neighbours *near,
    const struct timeindex_capture *capture, const struct time_point *point,
    int64_t offset)
{
	if (point->offset == offset && point->found_ms >= 0) {
		answer->sure = SURE_EXACT;
		answer->found_ms = point->found_ms;
		answer->low_by = capture;
	}
	if (capture->start >= 0 && offset >= capture->start &&
	    offset < older_below(capture, point) &&
	    (answer->high < 0 || point->asked_ms < answer->high)) {
		answer->high = point->asked_ms;
		answer->high_by = capture;
	}
	if (point->offset < 0 || point->found_ms < 0)
		return;
	if (point->offset < offset &&
	    (near->below == NULL || near->below->offset < point->offset))
		near->below = point;
	if (point->offset > offset &&
	    (near->above == NULL || near->above->offset > point->offset))
		near->above = point;
}

struct timeindex_answer
timeindex_stamped(const struct timeindex_life *life, int64_t offset)
{
	struct timeindex_answer answer = no_answer();
	struct neighbours near = { NULL, NULL };

	for (size_t i = 0; i < life->count; i++) {
		const struct timeindex_capture *capture = &life->captures[i];

		for (size_t j = 0; j < capture->count; j++)
			take_stamp(&answer, &near, capture, &capture->points[j],
			    offset);
	}
	if (answer.sure == SURE_EXACT) {
		answer.low = answer.high = answer.found_ms;
		answer.high_by = answer.low_by;
		return answer;
	}
	if (answer.high >= 0)
		answer.sure = SURE_RANGE;
	if (near.below == NULL || near.above == NULL ||
	    near.below->found_ms > near.above->found_ms)
		return answer;
	answer.estimate = interpolate(near.below->offset, near.below->found_ms,
	    near.above->offset, near.above->found_ms, offset);
	if (answer.high >= 0 && answer.estimate >= answer.high)
		answer.estimate = answer.high - 1;
	if (answer.sure == SURE_NOTHING)
		answer.sure = SURE_ESTIMATE;
	return answer;
}

/* ------------------------------------------------------------------- lies */

static void
accuse(struct timeindex_lie *worst, struct timeindex_lie lie, int64_t step_ms)
{
	if (lie.by_ms > step_ms && lie.by_ms > worst->by_ms)
		*worst = lie;
}

/* The record that was found has a timestamp outside of when it was written. */
static void
check_found(const struct timeindex_life *life,
    const struct timeindex_capture *capture, const struct time_point *point,
    struct timeindex_lie *worst)
{
	const struct timeindex_answer written =
	    timeindex_written(life, point->offset);
	struct timeindex_lie lie = { .offset = point->offset,
		.stamp_ms = point->found_ms,
		.after_ms = written.low,
		.before_ms = written.high };

	if (written.high >= 0 && point->found_ms > written.high) {
		lie.ahead = true;
		lie.by_ms = point->found_ms - written.high;
		accuse(worst, lie, capture->step_ms);
	} else if (written.low >= 0 && point->found_ms < written.low) {
		lie.by_ms = written.low - point->found_ms;
		accuse(worst, lie, capture->step_ms);
	}
}

/* The last record below the answer is older than the time that was asked for,
 * and may have been written after it. */
static void
check_below(const struct timeindex_life *life,
    const struct timeindex_capture *capture, const struct time_point *point,
    struct timeindex_lie *worst)
{
	const int64_t last = older_below(capture, point) - 1;
	struct timeindex_answer written;

	if (last < 0 || capture->start < 0 || last < capture->start)
		return;
	written = timeindex_written(life, last);
	if (written.low < 0 || written.low <= point->asked_ms)
		return;
	accuse(worst,
	    (struct timeindex_lie){ .by_ms = written.low - point->asked_ms,
		.offset = last,
		.stamp_ms = point->asked_ms,
		.below = true,
		.after_ms = written.low,
		.before_ms = written.high },
	    capture->step_ms);
}

struct timeindex_lie
timeindex_lie(const struct timeindex_life *life)
{
	struct timeindex_lie worst = { .after_ms = -1, .before_ms = -1 };

	for (size_t i = 0; i < life->count; i++) {
		const struct timeindex_capture *capture = &life->captures[i];

		for (size_t j = 0; j < capture->count; j++) {
			const struct time_point *point = &capture->points[j];

			if (point->found_ms >= 0)
				check_found(life, capture, point, &worst);
			check_below(life, capture, point, &worst);
		}
	}
	return worst;
}

const char *
sureness_text(enum sureness sure)
{
	static const char *const words[] = {
		[SURE_NOTHING] = "nothing",
		[SURE_EXACT] = "exact",
		[SURE_RANGE] = "range",
		[SURE_ESTIMATE] = "estimate",
	};

	return words[sure];
}
