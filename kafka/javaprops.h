/*
 * javaprops.h - the syntax of Java's .properties files, as
 * java.util.Properties.load(InputStream) reads it: ISO 8859-1 bytes, \uXXXX,
 * continuation lines, '=', ':' or white space after the name, '#' and '!'
 * comments.  What comes out is UTF-8.
 *
 * Refused, with the line: a malformed \u escape (Java does so too), a NUL
 * character, a line over 64 KiB and a file over 1 MiB.
 */
#ifndef KAFKA_JAVAPROPS_H
#define KAFKA_JAVAPROPS_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

#define JAVAPROPS_SIZE_MAX 1048576
#define JAVAPROPS_LINE_MAX 65536

struct javaprop {
	char *name;
	char *value;
	int line; /* from 1 */
};

/* All zeroes is empty.  Of a name that stands twice the last is in effect;
 * both are here. */
struct javaprops {
	struct javaprop *list;
	size_t count;
	size_t capacity;
};

/* On failure (ERR_USAGE) out is released; what names the file in errors. */
int javaprops_parse(struct bytes text, const char *what, struct javaprops *out,
    struct err *err) MUST_CHECK;

/* The value in effect, or NULL. */
const char *javaprops_find(const struct javaprops *props, const char *name);

/* Values are overwritten before they are freed: they may be secrets. */
void javaprops_release(struct javaprops *props);

#endif /* KAFKA_JAVAPROPS_H */
