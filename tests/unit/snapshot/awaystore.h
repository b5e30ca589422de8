/*
 * awaystore.h - a store in memory that can be away, or refuse to remove.  To be
 * used by two threads: what it is told, and what it counts, is atomic.
 */
#ifndef SNAPSHOT_AWAYSTORE_H
#define SNAPSHOT_AWAYSTORE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "storage/store.h"

struct awaystore {
	struct store base; /* first: the store is the awaystore */
	struct store *memory;
	atomic_bool is_away;        /* nothing can be reached */
	atomic_bool loses_answers;  /* a put is done, and says it is not */
	atomic_bool may_not_remove; /* ERR_DENIED */
	atomic_int puts;            /* of archives, that were done */
	atomic_int removals;        /* of what was there */
};

struct awaystore *awaystore_new(void);

/* How many archives there are. */
int awaystore_count(struct awaystore *store);

#endif /* SNAPSHOT_AWAYSTORE_H */
