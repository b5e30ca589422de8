/*
 * columns.h - columns of numbers: decimal integers in one string, separated by
 * single spaces, without leading zeros.  "88101 77 -1".  No numbers are "".
 */
#ifndef FORMATS_COLUMNS_H
#define FORMATS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"

/* All zeroes is an empty one; it is used again and again. */
struct columns {
	int64_t *values;
	size_t count;
	size_t capacity;
};

/* Replace out by the numbers in text.  False if text is not a column or a
 * number is out of bounds. */
bool columns_parse(struct bytes text, int64_t min, int64_t max,
    struct columns *out) MUST_CHECK;

void columns_release(struct columns *columns);

#endif /* FORMATS_COLUMNS_H */
