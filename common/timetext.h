/*
 * timetext.h - times as people and keys write them; with duration.h.  All times
 * are milliseconds since 1970-01-01 UTC, in int64_t named ..._ms.
 */
#ifndef COMMON_TIMETEXT_H
#define COMMON_TIMETEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/duration.h"
#include "common/err.h"

#define TIME_RFC3339_MAX 32 /* "2026-11-25T14:05:00.123Z" and its NUL */
#define TIME_KEY_MAX 20     /* "20261125T140500123Z" and its NUL */

/* The last millisecond that is written with four digits of year. */
#define TIME_LAST_MS INT64_C(253402300799999)

/*
 * Parse a time: RFC 3339 with a zone ("2026-11-25T14:05:00Z", fractions and
 * +hh:mm allowed, 't', 'z' and a space for T too), "now", "now-2h",
 * "now+PT5M", or a whole number of epoch milliseconds (10 digits, which would
 * be seconds, are refused with that explanation).  A time without a zone is
 * ERR_USAGE and the message says how to write it.
 */
int time_parse(
    const char *text, int64_t now_ms, int64_t *out, struct err *err) MUST_CHECK;

/* "2026-11-25T14:05:00.123Z"; outside the years 0000 to 9999 the number. */
const char *time_format(int64_t time_ms, char out[TIME_RFC3339_MAX]);

/* "20261125T140500123Z", sortable, for keys; the time must be from 1970 to
 * TIME_LAST_MS. */
const char *time_format_key(int64_t time_ms, char out[TIME_KEY_MAX]);

/* The reverse, of exactly 19 bytes. */
bool time_parse_key(struct bytes text, int64_t *out) MUST_CHECK;

#endif /* COMMON_TIMETEXT_H */
