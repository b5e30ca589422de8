/*
 * nameset.h - names gathered in any order, then sorted, each once.
 */
#ifndef RESTORE_NAMESET_H
#define RESTORE_NAMESET_H

#include <stddef.h>

#include "common/bytes.h"

/* All zeroes is an empty one.  The bytes are borrowed; free(names). */
struct nameset {
	struct bytes *names;
	size_t count, capacity;
};

/* The one added last, given again, is not added again. */
void nameset_add(struct nameset *set, struct bytes name);

/* Sort and drop doubles. */
void nameset_settle(struct nameset *set);

#endif /* RESTORE_NAMESET_H */
