/*
 * nametable.h - names that are met again and again, each kept once: a hash
 * table from bytes to a pointer.  Nothing is ever removed.
 */
#ifndef SNAPSHOT_NAMETABLE_H
#define SNAPSHOT_NAMETABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"

struct nametable_entry {
	struct bytes name; /* in the arena, a NUL behind it */
	void *value;       /* the caller's; NULL when new */
};

struct nametable {
	struct arena *arena;
	struct nametable_entry **slots;
	size_t capacity; /* 0 or a power of two */
	size_t count;
	uint64_t seed;
};

/* The seed is random, so that nobody can choose names that collide. */
void nametable_init(
    struct nametable *table, struct arena *arena, uint64_t seed);

/* NULL when the name is not there. */
struct nametable_entry *nametable_find(
    const struct nametable *table, struct bytes name) MUST_CHECK;

/* Found, or added with a copy of the name.  Entries never move. */
struct nametable_entry *nametable_add(
    struct nametable *table, struct bytes name) RETURNS_NONNULL;

/* The entries themselves live as long as the arena. */
void nametable_release(struct nametable *table);

#endif /* SNAPSHOT_NAMETABLE_H */
