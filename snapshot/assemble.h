/*
 * assemble.h - from what a capture knows to a snapshot.
 */
#ifndef SNAPSHOT_ASSEMBLE_H
#define SNAPSHOT_ASSEMBLE_H

#include "snapshot/capturestate.h"

/* Which topics the snapshot will hold: sets topic_state.used. */
void assemble_mark_topics(struct capture_state *state);

/* Move groups, topics, holes and what is gone into out, sorted; the time index,
 * counts and info are the caller's. */
void assemble_content(struct capture_state *state, struct snapshot *out);

#endif /* SNAPSHOT_ASSEMBLE_H */
