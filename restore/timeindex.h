/*
 * timeindex.h - what snapshots know of time and offset in one partition: the
 * two kinds of points joined, and asked.  Pure: the caller opens the snapshots
 * and hands them over, in any order (timelookup.h).
 *
 * The kinds are kept apart (design section 2):
 *
 *   observed      a capture saw the log end at an offset.  No producer's clock
 *                 is involved.  The end was read between the begin and the end
 *                 of the capture, so at its begin the log ended there or
 * before, at its end there or behind. record time   the broker answered that
 * the first record, in offset order, with a timestamp at or after a time has an
 * offset.  It is the answer for every time up to the timestamp found; for a
 * later time the answer is not before it, for an earlier one not behind it.  It
 * stands for the log as it was then: records that are removed later make the
 * next ones the answer.
 *
 * The record times of a window of many captures are of the capture that asked
 * last, and what was observed is of each.
 *
 * What lies between is a range; interpolation is an estimate and no bound.  A
 * topic that was made again is another one: only captures of one topic id are
 * joined.
 */
#ifndef RESTORE_TIMEINDEX_H
#define RESTORE_TIMEINDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "common/env.h"

struct snapshot;
struct time_point;
struct window_series;

/* Two kinds may differ by so much where no snapshot says another step. */
#define TIMEINDEX_STEP_MS INT64_C(900000)

/* What one capture told. */
struct timeindex_capture {
	char id[ENV_ID_MAX]; /* of its snapshot */
	int64_t from_ms, to_ms;
	bool has_topic_id;
	uint8_t topic_id[UUID_SIZE];
	bool absent;    /* the topic had no such partition */
	int64_t start;  /* log start, -1: not known */
	int64_t end;    /* log end, -1: not known; 0 of an absent one */
	bool has_index; /* the capture asked for record times */
	int64_t step_ms;
	struct time_point *points;
	size_t count;
};

struct timeindex {
	struct arena arena;
	struct bytes topic; /* borrowed */
	int32_t partition;
	struct timeindex_capture *captures; /* by from_ms */
	size_t count;
	size_t capacity;
};

/* The captures of one topic id that stand together. */
struct timeindex_life {
	const struct timeindex_capture *captures;
	size_t count;
	/* The topic was made again behind them, or before them. */
	const struct timeindex_capture *next;
	const struct timeindex_capture *before;
};

enum sureness {
	SURE_NOTHING,  /* no capture tells */
	SURE_EXACT,    /* low is the answer */
	SURE_RANGE,    /* it is from low to high; -1: open on that side */
	SURE_ESTIMATE, /* only the estimate is known */
};

/* Of offsets or times.  estimate: by interpolation, -1: none. */
struct timeindex_answer {
	enum sureness sure;
	int64_t low;
	int64_t high;
	int64_t estimate;
	/* Who told the ends; NULL where open. */
	const struct timeindex_capture *low_by;
	const struct timeindex_capture *high_by;
	/* Observed: the partition was not there yet, or the offset not written.
	 * Record time: no record is at or after the time, by low_by; what came
	 * later is at low or behind it. */
	bool none;
	int64_t found_ms; /* of a record found: its timestamp, -1: not known */
};

/* The greatest difference between the kinds that is over a step. */
struct timeindex_lie {
	int64_t by_ms;    /* 0: the timestamps agree with the captures */
	bool ahead;       /* stamped later than it was written; else earlier */
	int64_t offset;   /* of the record */
	int64_t stamp_ms; /* its timestamp; with below: it is older than that */
	bool below;
	int64_t after_ms;  /* it was written after that, -1: not known ... */
	int64_t before_ms; /* ... and before that */
};

void timeindex_init(
    struct timeindex *out, struct bytes topic, int32_t partition);
void timeindex_release(struct timeindex *index);

/* Take what a snapshot tells; NULL: it tells nothing of the topic.  The result
 * stands until the next call. */
const struct timeindex_capture *timeindex_add(
    struct timeindex *index, const struct snapshot *snapshot);

/* Take all captures of a window: the logs of series, and the record times of
 * moment, which are of them all.  Of captures on end that saw the same the
 * first and the last are kept, which is all that they tell. */
void timeindex_add_window(struct timeindex *index,
    const struct window_series *series, const struct snapshot *moment);

/* The last capture of that snapshot, or NULL. */
const struct timeindex_capture *timeindex_find(
    const struct timeindex *index, const char *id);

/* Is it the same topic, not one that was made again under its name? */
bool timeindex_same_topic(const struct timeindex_capture *left,
    const struct timeindex_capture *right);

/* The topic as it was at a time: of the first capture that had not ended by
 * then, or of the newest.  INT64_MAX: as it is now.  False without captures. */
bool timeindex_life_at(const struct timeindex *index, int64_t at_ms,
    struct timeindex_life *out) MUST_CHECK;

/* Where did the log end at that time? */
struct timeindex_answer timeindex_end_at(
    const struct timeindex_life *life, int64_t at_ms);

/* Which is the first record with a timestamp at or after that time? */
struct timeindex_answer timeindex_first_from(
    const struct timeindex_life *life, int64_t at_ms);

/* When was the record at that offset written?  Times. */
struct timeindex_answer timeindex_written(
    const struct timeindex_life *life, int64_t offset);

/* Which timestamp has the record at that offset?  Times; high is not included:
 * it is older. */
struct timeindex_answer timeindex_stamped(
    const struct timeindex_life *life, int64_t offset);

struct timeindex_lie timeindex_lie(const struct timeindex_life *life);

/* "exact", "range", "estimate", "nothing". */
const char *sureness_text(enum sureness sure);

#endif /* RESTORE_TIMEINDEX_H */
