/*
 * groupread.h - read the positions of groups, each pinned to its coordinator,
 * stable offsets required.
 */
#ifndef SNAPSHOT_GROUPREAD_H
#define SNAPSHOT_GROUPREAD_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;

/*
 * Read every group that is due: not read yet, or not by its coordinator of
 * today.  One that fails is tried once in each round.  Fails only when the
 * capture must end.
 */
int groupread_update(struct capture_state *state, struct err *err) MUST_CHECK;

/* True when each group was read validly, or is known to be a hole. */
bool groupread_is_complete(const struct capture_state *state);

#endif /* SNAPSHOT_GROUPREAD_H */
