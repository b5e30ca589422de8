/*
 * holelist.h - the holes of a snapshot that name a position, found by group.
 */
#ifndef RESTORE_HOLELIST_H
#define RESTORE_HOLELIST_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

struct hole;
struct snapshot;

/* By group; borrows from the snapshot. */
struct hole_index {
	const struct hole **holes;
	size_t count;
};

/* Those of one group. */
struct hole_list {
	const struct hole **holes;
	size_t count;
};

void hole_index_init(struct hole_index *out, const struct snapshot *snapshot);
void hole_index_release(struct hole_index *index);

struct hole_list hole_index_of(
    const struct hole_index *index, struct bytes group);

/* NULL where there is none at that position. */
const struct hole *hole_list_find(
    struct hole_list list, struct bytes topic, int32_t partition);

#endif /* RESTORE_HOLELIST_H */
