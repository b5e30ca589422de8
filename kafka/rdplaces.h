/*
 * rdplaces.h - from what is to be peeked at to the order in which it is asked.
 * For rdpeek.c only.
 */
#ifndef KAFKA_RDPLACES_H
#define KAFKA_RDPLACES_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "kafka/cluster.h"

/* One place in one partition, and all requests for it. */
struct place {
	const struct peek_request **requests;
	size_t count;
	const char *topic;
	int32_t partition;
	int64_t offset;
	size_t rank;     /* of its offset among those of its partition */
	int64_t reached; /* how far its log was read without a record */
	int64_t look_ms; /* when it is asked what keeps it waiting */
	int64_t expires_ms;
};

/* Each place once: first the lowest offset of every partition, then the next
 * one of those that have more.  Of the arena; requests are borrowed. */
struct place *rdplaces_gather(struct arena *arena,
    const struct peek_request *requests, size_t count,
    size_t *place_count) MUST_CHECK;

#endif /* KAFKA_RDPLACES_H */
