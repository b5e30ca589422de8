/*
 * positions.h - where groups stand now, asked of their coordinators.
 */
#ifndef RESTORE_POSITIONS_H
#define RESTORE_POSITIONS_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct reach;
struct target_group;

/*
 * Fill in the positions of groups that have their name and listed_by, with
 * stable offsets required.  What may pass is tried again within a step's
 * deadline, with the coordinators looked up again; what stays is marked with
 * its error.  Positions that an open transaction holds are waited for a while
 * and keep error 88.
 */
int positions_read(const struct reach *reach, struct arena *arena,
    struct target_group *groups, size_t count, struct err *err) MUST_CHECK;

#endif /* RESTORE_POSITIONS_H */
