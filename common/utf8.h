/*
 * utf8.h - what may be in a JSON string, and what may be painted on a terminal.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"

/* True if text is well-formed UTF-8 (no surrogates, no overlong forms). */
bool utf8_valid(struct bytes text);

/*
 * Add text so that it cannot control a terminal: control characters (C0, C1,
 * DEL), bidirectional and zero-width format characters, line and paragraph
 * separators become \n, \t, \u{202e}; a byte that is not UTF-8 becomes \xff; a
 * backslash becomes two, so that the result can be read back by eye without
 * doubt.
 */
void utf8_escape(struct buf *out, struct bytes text);

/* The same for messages: into an array, cut with "..." to fit.  Returns out. */
const char *utf8_escape_to(struct bytes text, char *out, size_t capacity);

/* How many UTF-16 code units Java would count (Kafka's metadata limit and its
 * string hash are in these).  Invalid bytes count one each. */
size_t utf8_utf16_length(struct bytes text);

/* Read the code point at *at, before end, and move behind it; -1 for a byte
 * that is not UTF-8 (one byte is passed over). */
int32_t utf8_next(const char **at, const char *end);

/* Columns that text takes in a terminal: wide East Asian characters and emoji
 * count two, combining ones none.  For escaped text. */
size_t utf8_columns(struct bytes text);

#endif /* COMMON_UTF8_H */
