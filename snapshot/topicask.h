/*
 * topicask.h - when the groups of a partition of the offsets topic are asked of
 * their coordinator, though the topic is read (topicscan.h).
 */
#ifndef SNAPSHOT_TOPICASK_H
#define SNAPSHOT_TOPICASK_H

#include <stdint.h>

#include "snapshot/capturestate.h"

/* The groups that the records tell of become known, so that they are read; why
 * is for the log. */
void topicask_instead(
    struct capture_state *state, int32_t partition, const char *why);

/* Look at all that was scanned: what else was read may tell, also of other
 * partitions. */
void topicask_where_needed(struct capture_state *state);

#endif /* SNAPSHOT_TOPICASK_H */
