/*
 * offsetssample.h - records of __consumer_offsets for tests, written in hex,
 * and decoded where ASan sees every byte that is read outside of them.
 */
#ifndef TESTS_OFFSETSSAMPLE_H
#define TESTS_OFFSETSSAMPLE_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "formats/offsetsrecord.h"

/* A record as the classes of Kafka 4.4.0 itself serialize it. */
struct offsets_vector {
	const char *name;
	const char *key; /* hex */
	const char *value;
};

extern const struct offsets_vector offsets_vectors[];
extern const size_t offsets_vector_count;

struct offsets_sample {
	struct bytes key;
	struct bytes value; /* data NULL: a tombstone */
	char *key_memory;
	char *value_memory;
	struct arena arena;
	enum offsets_record_verdict verdict;
	struct offsets_record record;
};

/* Decode.  A value of NULL is a tombstone; spaces in hex are passed over. */
void offsets_sample_hex(
    struct offsets_sample *sample, const char *key, const char *value);
/* ... the vector of that name; fails the test if there is none. */
void offsets_sample_vector(struct offsets_sample *sample, const char *name);
/* ... copies of these bytes. */
void offsets_sample_bytes(
    struct offsets_sample *sample, struct bytes key, struct bytes value);
void offsets_sample_release(struct offsets_sample *sample);

/* The bytes of a vector's hex, in the arena. */
struct bytes offsets_hex(struct arena *arena, const char *hex);

void assert_bytes(struct bytes bytes, const char *text);
/* Of two texts: "a,b"; of none: "". */
void assert_list(const struct bytes *list, size_t count, const char *text);

#endif /* TESTS_OFFSETSSAMPLE_H */
