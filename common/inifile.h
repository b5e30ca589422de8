/*
 * inifile.h - our strict configuration syntax.
 *
 *	# a comment, on a line of its own
 *	[kafka]
 *	bootstrap.servers = ${BROKERS}
 *	[policy "orders-*"]
 *
 * A line is a comment, a section, or "name = value".  A value goes to the end
 * of the line, spaces around it cut; ';' and '#' inside it are part of it.
 * ${NAME} is replaced by the environment variable, "$$" is a dollar sign; an
 * unset variable is an error, so that a password is never silently empty.
 * Lines over 4,096 bytes, control characters, NUL, a value outside any
 * section, and a file over 1 MiB are refused, each with its line number.
 */
#ifndef COMMON_INIFILE_H
#define COMMON_INIFILE_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

#define INIFILE_SIZE_MAX 1048576

struct inifile_entry {
	const char *section;
	const char *argument; /* the quoted part of the section, or NULL */
	const char *name;
	const char *value;
	int line; /* from 1 */
};

struct inifile_section {
	const char *name;
	const char *argument; /* or NULL */
	int line;
};

struct inifile {
	struct arena arena;
	struct inifile_section *sections; /* empty ones, too */
	size_t section_count;
	struct inifile_entry *entries;
	size_t count;
};

/* lookup returns the variable's value or NULL; getenv in production. */
typedef const char *inifile_lookup_fn(void *context, const char *name);

/*
 * Parse text; what names the file in errors ("tidemark.conf:12: ...").  On
 * failure (ERR_USAGE) out is released and empty.
 */
int inifile_parse(struct bytes text, const char *what,
    inifile_lookup_fn *lookup, void *context, struct inifile *out,
    struct err *err) MUST_CHECK;

void inifile_release(struct inifile *file);

#endif /* COMMON_INIFILE_H */
