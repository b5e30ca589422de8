/*
 * chunk.h - how a group's commit is cut.  One request becomes one batch of
 * records in the offsets topic, and a batch over its limit of 1 MiB is refused
 * whole: INVALID_COMMIT_OFFSET_SIZE on 3.9, UNKNOWN_SERVER_ERROR on 4.x
 * (verified.md 2).  A group goes in one request where it fits, because only a
 * request is all or nothing.
 */
#ifndef RESTORE_CHUNK_H
#define RESTORE_CHUNK_H

#include <stddef.h>

#include "common/bytes.h"

struct commit_row;

/* Well under the limit: our sizes are upper bounds of the records', and an
 * operator may have lowered it somewhat. */
#define CHUNK_SIZE_MAX ((size_t)512 * 1024)

/* At most the bytes of the record (key, value, overhead) of one position. */
size_t chunk_row_size(struct bytes group, const struct commit_row *row);

#endif /* RESTORE_CHUNK_H */
