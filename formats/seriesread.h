/*
 * seriesread.h - the elements of a list "series": how a position of a group, or
 * a partition of a topic, went through the captures of a window.
 *
 *	{"f":2,"x":9,"k":2,"d":"5 0*4 -1","e":"3 15","m":[3,"AQ=="],"u":"4-6"}
 */
#ifndef FORMATS_SERIESREAD_H
#define FORMATS_SERIESREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/serieswrite.h"

/* Texts that were left out have no data. */
struct series_item {
	size_t first;      /* the first capture that has it */
	size_t absent;     /* the first that has it no more */
	struct bytes away; /* a: captures between them that do not have it */
	int64_t kind; /* a predictor; another number than those is unknown */
	struct bytes numbers;  /* d */
	struct bytes epochs;   /* e: pairs of capture and number */
	struct bytes starts;   /* s: likewise */
	struct bytes texts;    /* m: the inside of the array */
	struct bytes unstable; /* u: captures */
};

/* A list "series" that is being read, as compact JSON; no data: none. */
struct series_list {
	struct bytes rest; /* behind the last element, from the bracket on */
	bool is_empty;     /* there was none: every item is a constant */
	size_t capture_count;
};

struct series_list series_begin(struct bytes text, size_t capture_count);

/* The next element. */
int series_next(struct series_list *list, struct series_item *out,
    struct err *err) MUST_CHECK;
/* There must be no more. */
int series_end(const struct series_list *list, struct err *err) MUST_CHECK;

/* Does the capture have it? */
int series_has(const struct series_item *item, size_t capture, bool *out,
    struct err *err) MUST_CHECK;

/* Called for each number, which stands count times. */
typedef void series_take_fn(void *context, int64_t number, size_t count);

/* Read a run of exactly count numbers. */
int series_numbers(struct bytes text, size_t count, series_take_fn *take,
    void *context, struct err *err) MUST_CHECK;

/*
 * The value in a capture that has it: value is that in the first one.  Where
 * kind is not SERIES_DELTA what is found still lacks the log end: of that
 * capture for SERIES_LAG, and less that of capture 0 for SERIES_LAG_CHANGE.
 * *constant: no number behind it changes it any more.
 */
int series_value(const struct series_item *item, int64_t value, size_t capture,
    int64_t *out, bool *constant, struct err *err) MUST_CHECK;

/* Pairs of capture and number, one after the other. */
struct series_pairs {
	struct bytes rest;
	int64_t capture; /* of the last one that was read, -1: none */
	int64_t number;
};

struct series_pairs series_pairs_begin(struct bytes text);
/* The next one; *more is false behind the last. */
int series_pairs_next(struct series_pairs *pairs, int64_t min, int64_t max,
    bool *more, struct err *err) MUST_CHECK;

/* The last number of the pairs up to that capture, if there is one. */
int series_pair(struct bytes text, size_t capture, int64_t min, int64_t max,
    int64_t *out, struct err *err) MUST_CHECK;

/* The last text of m up to that capture, base64; no data if there is none. */
int series_text(struct bytes texts, size_t capture, struct bytes *out,
    struct err *err) MUST_CHECK;

/* Captures and ranges of them, "0 3-17": in order, below limit. */
struct captures_runs {
	struct bytes rest;
	size_t limit;
	size_t from; /* the last run that was read, up to but not end */
	size_t end;
};

struct captures_runs captures_begin(struct bytes text, size_t limit);
/* The next run; *more is false behind the last. */
int captures_next(
    struct captures_runs *runs, bool *more, struct err *err) MUST_CHECK;

/* Is the capture one of those? */
int captures_have(struct bytes text, size_t capture, size_t limit, bool *out,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_SERIESREAD_H */
