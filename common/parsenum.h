/*
 * parsenum.h - text to number, the only way in this program: the whole text
 * must be one decimal number within bounds.  No sign but '-', no spaces, no
 * leading '+', no hexadecimal, no locale.  Leading zeros are allowed: Kafka
 * names its segment files with them.
 */
#ifndef COMMON_PARSENUM_H
#define COMMON_PARSENUM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"

/* False, with *out untouched, when text is no number or out of bounds. */
bool parse_i64(
    struct bytes text, int64_t min, int64_t max, int64_t *out) MUST_CHECK;
bool parse_i32(
    struct bytes text, int32_t min, int32_t max, int32_t *out) MUST_CHECK;

/*
 * Read one decimal integer at *at (before end) and move *at behind it: the
 * hot path of the column codec.  False when no digit stands there or the value
 * does not fit; *at is then unchanged.
 */
bool parse_i64_prefix(
    const char **at, const char *end, int64_t *out) MUST_CHECK;

#endif /* COMMON_PARSENUM_H */
