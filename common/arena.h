/*
 * arena.h - memory that is released all at once.  The strings and arrays of
 * one object (a snapshot, a plan) live in its arena: one release, no per-string
 * free.  Blocks grow by doubling up to 1 MiB, so that a small object stays
 * small.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"

struct arena_block;

/* All zeroes is an empty arena: struct arena arena = { 0 }; */
struct arena {
	struct arena_block *blocks;
};

/* Zeroed, aligned for any type; count times size is checked for overflow. */
void *arena_alloc(
    struct arena *arena, size_t count, size_t size) MUST_CHECK RETURNS_NONNULL;

/* A copy with a NUL behind it that size does not count. */
struct bytes arena_bytes(struct arena *arena, struct bytes from);

/* A NUL-terminated copy of a C string. */
char *arena_text(
    struct arena *arena, const char *text) MUST_CHECK RETURNS_NONNULL;

/* A formatted NUL-terminated string. */
char *arena_format(struct arena *arena, const char *format,
    ...) MUST_CHECK RETURNS_NONNULL PRINTF_LIKE(2, 3);

/* Release everything; the arena is then empty and may be used again. */
void arena_release(struct arena *arena);

#endif /* COMMON_ARENA_H */
