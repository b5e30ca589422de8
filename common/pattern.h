/*
 * pattern.h - how groups and topics are chosen: an exact name, a glob, or
 * "re:" and a POSIX extended regular expression.
 *
 * A glob has * (any run of bytes, also none and also '/'), ? (one character),
 * [abc] and [a-z] with [!...] for the reverse, and backslash to take the next
 * character as it is.  A text without any of the first three is an exact name,
 * which is how a name that holds such characters is given: "a\*b".  All forms
 * must match the whole name, never a part.
 */
#ifndef COMMON_PATTERN_H
#define COMMON_PATTERN_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct pattern;

/* Compile; a bad expression is ERR_USAGE naming it. */
int pattern_new(
    const char *text, struct pattern **out, struct err *err) MUST_CHECK;

/* A name with a NUL byte is never matched by "re:" (POSIX takes C strings). */
bool pattern_matches(const struct pattern *pattern, struct bytes name);

/* The exact name that the pattern stands for, or NULL if it is a glob or an
 * expression.  Borrowed. */
const char *pattern_exact(const struct pattern *pattern);

/* The text it was made from.  Borrowed. */
const char *pattern_text(const struct pattern *pattern);

void pattern_free(struct pattern *pattern);

#endif /* COMMON_PATTERN_H */
