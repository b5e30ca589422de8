#include "common/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define FIRST_BLOCK_SIZE 512
#define BLOCK_SIZE_MAX 1048576

/* What malloc keeps to, and max_align_t asks for, where this runs. */
#define ALIGNMENT 16

/* The newest block stands first; only from it is memory taken. */
struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

/* Where size bytes would begin in the block, aligned. */
static size_t
aligned(const struct arena_block *block, size_t alignment)
{
	return (block->used + alignment - 1) / alignment * alignment;
}

/* A block that holds at least size bytes. */
static struct arena_block *
block_new(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct arena_block)) {
		xdie("out of memory (size overflow)");
	}
	struct arena_block *block =
	    xcalloc(1, sizeof(struct arena_block) + size);

	block->size = size;
	return block;
}

/* Put a block with room for size bytes into the arena and return it. */
static struct arena_block *
grow(struct arena *arena, size_t size)
{
	struct arena_block *first = arena->blocks;
	size_t wanted = FIRST_BLOCK_SIZE;

	if (first != NULL) {
		wanted = first->size >= BLOCK_SIZE_MAX / 2 ? BLOCK_SIZE_MAX
							   : first->size * 2;
	}
	if (size <= wanted || first == NULL) {
		struct arena_block *block =
		    block_new(size > wanted ? size : wanted);

		block->next = first;
		arena->blocks = block;
		return block;
	}
	/* A large object gets a block of its own behind the first, in which
	 * there may be room for more. */
	struct arena_block *block = block_new(size);

	block->next = first->next;
	first->next = block;
	return block;
}

/* Zeroed memory; alignment is a power of two up to that of max_align_t. */
static void *
take(struct arena *arena, size_t size, size_t alignment)
{
	struct arena_block *block = arena->blocks;

	if (block == NULL || aligned(block, alignment) > block->size ||
	    block->size - aligned(block, alignment) < size) {
		block = grow(arena, size);
	}
	const size_t start = aligned(block, alignment);

	block->used = start + size;
	return (char *)block->data + start;
}

void *
arena_alloc(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size) {
		xdie("out of memory (size overflow)");
	}
	return take(arena, count * size, ALIGNMENT);
}

struct bytes
arena_bytes(struct arena *arena, struct bytes from)
{
	if (from.size == SIZE_MAX) {
		xdie("out of memory (size overflow)");
	}
	char *copy = take(arena, from.size + 1, 1);

	if (from.size > 0) {
		memcpy(copy, from.data, from.size);
	}
	const struct bytes bytes = { copy, from.size };

	return bytes;
}

char *
arena_text(struct arena *arena, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = take(arena, size, 1);

	memcpy(copy, text, size);
	return copy;
}

char *
arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	va_list again;

	va_start(args, format);
	va_copy(again, args);
	const int length = vsnprintf(NULL, 0, format, args);

	va_end(args);
	if (length < 0) {
		xdie("a text could not be formatted");
	}
	const size_t size = (size_t)length + 1;
	char *text = take(arena, size, 1);

	(void)vsnprintf(text, size, format, again);
	va_end(again);
	return text;
}

void
arena_release(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}
