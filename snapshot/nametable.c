/*
 * nametable.c - open addressing, at most three quarters full.
 */
#include "snapshot/nametable.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define FIRST_CAPACITY 64

static uint64_t
hash_name(uint64_t seed, struct bytes name)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = seed ^ (name.size * odd);
	size_t at;

	for (at = 0; at < name.size; at += sizeof(uint64_t)) {
		uint64_t word = 0;
		const size_t left = name.size - at;

		memcpy(&word, name.data + at,
		    left < sizeof(word) ? left : sizeof(word));
		hash = (hash ^ word) * odd;
		hash ^= hash >> 29;
	}
	hash *= odd;
	return hash ^ (hash >> 32);
}

void
nametable_init(struct nametable *table, struct arena *arena, uint64_t seed)
{
	memset(table, 0, sizeof(*table));
	table->arena = arena;
	table->seed = seed;
}

/* The slot that holds the name, or the empty one where it belongs. */
static struct nametable_entry **
slot_of(const struct nametable *table, struct bytes name)
{
	const size_t mask = table->capacity - 1;
	size_t at = (size_t)hash_name(table->seed, name) & mask;

	while (table->slots[at] != NULL &&
	    !bytes_equal(table->slots[at]->name, name))
		at = (at + 1) & mask;
	return &table->slots[at];
}

struct nametable_entry *
nametable_find(const struct nametable *table, struct bytes name)
{
	return table->capacity == 0 ? NULL : *slot_of(table, name);
}

static void
grow(struct nametable *table)
{
	struct nametable_entry **const old = table->slots;
	const size_t old_capacity = table->capacity;
	size_t i;

	table->capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
	table->slots =
	    xcalloc(table->capacity, sizeof(struct nametable_entry *));
	for (i = 0; i < old_capacity; i++) {
		if (old[i] != NULL)
			*slot_of(table, old[i]->name) = old[i];
	}
	free(old);
}

struct nametable_entry *
nametable_add(struct nametable *table, struct bytes name)
{
	struct nametable_entry **slot;

	if (table->count >= table->capacity / 4 * 3)
		grow(table);
	slot = slot_of(table, name);
	if (*slot == NULL) {
		*slot = arena_alloc(table->arena, 1, sizeof(**slot));
		(*slot)->name = arena_bytes(table->arena, name);
		table->count++;
	}
	return *slot;
}

void
nametable_release(struct nametable *table)
{
	free(table->slots);
	table->slots = NULL;
	table->capacity = 0;
	table->count = 0;
}
