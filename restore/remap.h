/*
 * remap.h - what was captured, or stands in a file, under other names: a group
 * is cloned, the positions in a topic are put onto its copy.  Comes between the
 * brackets and the plan.  Pure.
 *
 * Nothing may end where something else does: two groups under one name, a group
 * under the name of another one that is selected, too, or two topics of a group
 * in one, are ERR_REFUSED and named; so is a rule that fits nothing.
 */
#ifndef RESTORE_REMAP_H
#define RESTORE_REMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"

struct brackets;
struct direct_row;
struct mapping;

/* True when there is a rule. */
bool remap_is_wanted(const struct mapping *mapping);

/* Rename, note the old names, and put everything in order again. */
int remap_brackets(const struct mapping *mapping, struct brackets *brackets,
    struct err *err) MUST_CHECK;
int remap_rows(const struct mapping *mapping, struct arena *arena,
    struct direct_row *rows, size_t count, struct err *err) MUST_CHECK;

#endif /* RESTORE_REMAP_H */
