/*
 * duration.h - lengths of time as people write them.
 */
#ifndef COMMON_DURATION_H
#define COMMON_DURATION_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"

/* "-106751991167d 7h" and more, and its NUL. */
#define DURATION_TEXT_MAX 32

/*
 * Parse a duration: ISO 8601 ("P1DT1H30M", "PT0.5S") or "1d", "1h30m", "90s",
 * "500ms"; not negative.  A bare number is refused: the unit is missing.  Weeks
 * are the longest unit, as months and years differ in length; a fraction is
 * allowed of seconds.
 */
int duration_parse(
    const char *text, int64_t *out_ms, struct err *err) MUST_CHECK;

/* For people: "1d 2h", "3m 20s", "250 ms": two units at most. */
const char *duration_format(int64_t duration_ms, char out[DURATION_TEXT_MAX]);

#endif /* COMMON_DURATION_H */
