/*
 * segmentmerge.h - the records of one partition, out of files that may hold
 * the same offsets, in order and each once.
 */
#ifndef SNAPSHOT_SEGMENTMERGE_H
#define SNAPSHOT_SEGMENTMERGE_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/segmentlist.h"
#include "snapshot/segmentrun.h"
#include "snapshot/txnmarkers.h"

/* How many files are read at once: so many may hold the same offsets. */
#define SEGMENTMERGE_OPEN_MAX 64

/* The files are of one partition and in the order of segmentlist.h; the
 * markers are all that they hold. */
int segmentmerge_read(struct segmentrun *run, struct segment_file *files,
    size_t count, const struct txnmarkers *markers, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_SEGMENTMERGE_H */
