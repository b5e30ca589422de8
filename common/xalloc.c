#include "common/xalloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many elements an array gets when it first grows. */
#define FIRST_CAPACITY 8

void
xdie(const char *reason)
{
	(void)fprintf(stderr, "tidemark: %s\n", reason);
	/* Nothing is flushed or cleaned up: that could need memory again. */
	_Exit(EXIT_FAILURE);
}

/* count times size, never 0, so that NULL always means out of memory. */
static size_t
product(size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size) {
		xdie("out of memory (size overflow)");
	}
	return count * size == 0 ? 1 : count * size;
}

void *
xcalloc(size_t count, size_t size)
{
	void *memory = calloc(product(count, size), 1);

	if (memory == NULL) {
		xdie("out of memory");
	}
	return memory;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	void *memory = realloc(old, product(count, size));

	if (memory == NULL) {
		xdie("out of memory");
	}
	return memory;
}

char *
xstrdup(const char *text)
{
	return xmemdup0(text, strlen(text));
}

char *
xmemdup0(const void *data, size_t size)
{
	if (size == SIZE_MAX) {
		xdie("out of memory (size overflow)");
	}
	char *copy = xreallocarray(NULL, size + 1, 1);

	if (size > 0) {
		memcpy(copy, data, size);
	}
	copy[size] = '\0';
	return copy;
}

void *
xgrow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (array != NULL && count < *capacity) {
		return array;
	}
	if (count > SIZE_MAX / 2) {
		xdie("out of memory (size overflow)");
	}
	*capacity = count < FIRST_CAPACITY ? FIRST_CAPACITY : count * 2;
	return xreallocarray(array, *capacity, size);
}
