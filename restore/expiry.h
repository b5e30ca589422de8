/*
 * expiry.h - until when restored positions live.  Pure.
 *
 * The rule is lifetime.h's.  Here nobody is in the group: what is written lives
 * for the retention from its commit, or, in a classic group, from when the
 * group became empty, whatever is committed meanwhile, which no API tells.  A
 * commit into no group makes a simple one.
 */
#ifndef RESTORE_EXPIRY_H
#define RESTORE_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"

struct buf;
struct plan_group;

/* From when it is counted.  The word (expiry_text) stands in plans; append,
 * never rename. */
enum expiry_clock {
	EXPIRY_UNTOLD, /* a share group, or a plan that does not say */
	EXPIRY_COMMIT,
	EXPIRY_EMPTY,
	EXPIRY_EITHER, /* which of the two cannot be told */
	EXPIRY_COUNT,
};

struct retention {
	int64_t ms; /* 0: not told */
	bool known; /* false: Kafka's default is assumed */
};

/* Of a group as it is when nobody is in it. */
enum expiry_clock expiry_clock_of(const struct plan_group *group);

/* What to expect, and to do about it, before and after writing: one line. */
void expiry_add_planned(struct buf *out, enum expiry_clock clock,
    const struct retention *retention);
void expiry_add_written(struct buf *out, enum expiry_clock clock,
    const struct retention *retention, int64_t written_ms);

/* The end of what was written then; but for EXPIRY_COMMIT the latest. */
int64_t expiry_end_ms(const struct retention *retention, int64_t written_ms);

const char *expiry_text(enum expiry_clock clock);
bool expiry_parse(struct bytes text, enum expiry_clock *out) MUST_CHECK;

#endif /* RESTORE_EXPIRY_H */
