/*
 * places.h - the topics and partitions that the rows of a group are about,
 * gathered in any order.
 */
#ifndef RESTORE_PLACES_H
#define RESTORE_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

struct topicspecs;

struct place {
	struct bytes topic;
	int32_t partition;
	struct bytes from; /* its name where the position comes from */
};

/* All zeroes is an empty one.  The bytes are borrowed; free(list). */
struct places {
	struct place *list;
	size_t count, capacity;
};

/* from: the topic's own name, unless it is renamed. */
void places_add(struct places *places, struct bytes topic, int32_t partition,
    struct bytes from);

/* Sort, and drop doubles and partitions that were not asked for. */
void places_settle(struct places *places, const struct topicspecs *asked);

/* By topic and partition, as qsort wants it. */
int places_compare(const void *left, const void *right);

#endif /* RESTORE_PLACES_H */
