/*
 * previous.h - the snapshot before this one: what it had must be here, be a
 * hole, or be listed as gone.
 */
#ifndef SNAPSHOT_PREVIOUS_H
#define SNAPSHOT_PREVIOUS_H

#include "snapshot/capturestate.h"

/* Groups that the previous snapshot had, or had a hole for, are asked too,
 * listed or not. */
void previous_add_candidates(struct capture_state *state);

/*
 * Fill candidate->missing with positions that the previous snapshot had, or
 * had a hole for, and that spots lacks: topic rights hide positions in silence
 * (verified.md 1.4), asked by name they answer.
 */
void previous_find_missing(
    struct capture_state *state, struct candidate *candidate);

/* The offset that the previous snapshot had there; false: none. */
bool previous_offset(const struct candidate *candidate, struct bytes topic,
    int32_t partition, int64_t *out) MUST_CHECK;

/* Write out->gone, once the groups and holes are there and sorted. */
void previous_write_gone(
    const struct capture_state *state, struct snapshot *out);

#endif /* SNAPSHOT_PREVIOUS_H */
