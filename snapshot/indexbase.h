/*
 * indexbase.h - what the time index of a later capture needs of the last one
 * that has an index: for who captures more often than the index has points.
 */
#ifndef SNAPSHOT_INDEXBASE_H
#define SNAPSHOT_INDEXBASE_H

struct snapshot;

/* Make base (empty, or of an earlier call; released by snapshot_release) the
 * time, the topics and the gaps of that snapshot, for capture_job.indexed. */
void indexbase_take(struct snapshot *base, const struct snapshot *from);

#endif /* SNAPSHOT_INDEXBASE_H */
