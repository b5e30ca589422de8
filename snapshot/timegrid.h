/*
 * timegrid.h - which times a capture asks offsetsForTimes for.  Pure.
 */
#ifndef SNAPSHOT_TIMEGRID_H
#define SNAPSHOT_TIMEGRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* Unix time in ms: from_ms, from_ms + step_ms, and so on, below end_ms. */
struct timegrid {
	int64_t from_ms;
	int64_t step_ms;
	int64_t end_ms;
};

/*
 * Back over the whole log, even in time: after the first record, whose
 * timestamp is first_ms, so many times less the one that found that record.
 */
struct timegrid timegrid_first(int64_t first_ms, int64_t now_ms, size_t points);

/*
 * The time since since_ms, that one included, in steps of at least step_ms and
 * wider where more than so many would be needed.  Never empty: a clock that was
 * set back gives since_ms alone.
 */
struct timegrid timegrid_later(
    int64_t since_ms, int64_t now_ms, int64_t step_ms, size_t points);

/* The first time of the grid after after_ms (-1: the first of all); false:
 * there is none. */
bool timegrid_next(
    const struct timegrid *grid, int64_t after_ms, int64_t *out) MUST_CHECK;

#endif /* SNAPSHOT_TIMEGRID_H */
