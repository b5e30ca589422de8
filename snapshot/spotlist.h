/*
 * spotlist.h - the positions of one group while it is being read: a sorted
 * array with the metadata behind it, in one block of memory, so that a group
 * that is read again leaves nothing behind.
 */
#ifndef SNAPSHOT_SPOTLIST_H
#define SNAPSHOT_SPOTLIST_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "formats/model.h"

struct spot {
	struct bytes topic; /* not copied: it must outlive the list */
	struct position position;
};

/* By topic and partition, none twice. */
struct spotlist {
	struct spot *spots;
	size_t count;
};

/*
 * Replace the content by copies of spots, metadata included, sorted; the array
 * given is sorted too.  The metadata may be that of the list itself.
 */
void spotlist_set(struct spotlist *list, struct spot *spots, size_t count);

/* May be NULL. */
const struct spot *spotlist_find(const struct spotlist *list,
    struct bytes topic, int32_t partition) MUST_CHECK;

void spotlist_release(struct spotlist *list);

#endif /* SNAPSHOT_SPOTLIST_H */
