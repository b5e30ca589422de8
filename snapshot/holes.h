/*
 * holes.h - what is missing in a capture, and why.
 */
#ifndef SNAPSHOT_HOLES_H
#define SNAPSHOT_HOLES_H

#include "snapshot/capturestate.h"

/* Write all holes of a capture that has ended into the snapshot. */
void holes_write(const struct capture_state *state, struct snapshot *out);

/* In one line what keeps the groups from being complete, NULL: nothing.  The
 * text is in the arena. */
const char *holes_obstacle(
    const struct capture_state *state, struct arena *arena) MUST_CHECK;

#endif /* SNAPSHOT_HOLES_H */
