/*
 * restore_line.h - the command line that plans a restore of one group, to be
 * pasted into a shell.
 */
#ifndef CLI_RESTORE_LINE_H
#define CLI_RESTORE_LINE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/bytes.h"

struct options;

/*
 * Everything but the group: repository and brokers wherever they were given,
 * and what else stood on our own command line that restore takes, too.  at is
 * an id or a path.  A secret among the properties is left out: "...".
 */
void restore_line_begin(
    const struct options *options, const char *at, struct buf *out);

/* Brokers, repository and how to reach them, as far as all these commands
 * (bits) take it, each with a space before it. */
void restore_line_options(
    const struct options *options, unsigned int commands, struct buf *out);

/* The whole line, without a newline.  False, and nothing added, for a name that
 * no command line can hold: one with a NUL. */
bool restore_line_add(
    struct buf *out, const struct buf *begin, struct bytes group);

/* The pattern that takes this name and no other (common/pattern.h). */
void restore_line_pattern(struct buf *out, struct bytes name);

#endif /* CLI_RESTORE_LINE_H */
