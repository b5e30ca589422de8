/*
 * textlines.h - the lines of a text member: each ends with a newline, the last
 * one too, and none is longer than LIMIT_LINE.
 */
#ifndef FORMATS_TEXTLINES_H
#define FORMATS_TEXTLINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct textlines {
	struct bytes rest;
	size_t number; /* of the line last given, from 1 */
};

/* Give the next line, its newline left out; *more is false after the last. */
int textlines_next(struct textlines *lines, struct bytes *line, bool *more,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_TEXTLINES_H */
