/*
 * xalloc.h - allocation that cannot fail: out of memory ends the process with
 * one line on stderr and exit status 1.  Sizes that come from a file or the
 * network are checked against a limit before they get here.
 */
#ifndef COMMON_XALLOC_H
#define COMMON_XALLOC_H

#include <stddef.h>

#include "common/compiler.h"

/*
 * End the process so.  Also for a library that fails where only lack of memory
 * or a broken installation can be the cause (a hash, random bytes).
 */
NORETURN void xdie(const char *reason);

/* Zeroed memory for count objects of size bytes; ends the process on overflow.
 * Zero bytes give a pointer that may be freed. */
void *xcalloc(size_t count, size_t size) MUST_CHECK RETURNS_NONNULL;

/* Resize to count objects of size bytes; new memory is not initialised. */
void *xreallocarray(
    void *old, size_t count, size_t size) MUST_CHECK RETURNS_NONNULL;

char *xstrdup(const char *text) MUST_CHECK RETURNS_NONNULL;

/* A NUL-terminated copy of size bytes. */
char *xmemdup0(const void *data, size_t size) MUST_CHECK RETURNS_NONNULL;

/*
 * Make room for one more element in an array that grows by doubling: returns
 * the array, moved or not, and raises *capacity.  Used as
 *	list = xgrow(list, count, &capacity, sizeof(*list));
 *	list[count++] = item;
 */
void *xgrow(void *array, size_t count, size_t *capacity,
    size_t size) MUST_CHECK RETURNS_NONNULL;

#endif /* COMMON_XALLOC_H */
