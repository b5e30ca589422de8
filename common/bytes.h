/*
 * bytes.h - a borrowed run of bytes with its length.  Names of groups and
 * topics and metadata strings are this everywhere in the program: they may
 * hold any byte, NUL included, and need no terminator.
 */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
	const char *data; /* may be NULL when size is 0 */
	size_t size;
};

/* The bytes of a C string, its NUL left out.  NULL gives no bytes. */
struct bytes bytes_of(const char *text);

/* Order by raw bytes, a prefix first, as memcmp does: <0, 0, >0. */
int bytes_compare(struct bytes left, struct bytes right);

bool bytes_equal(struct bytes left, struct bytes right);
bool bytes_equal_text(struct bytes left, const char *text);
bool bytes_start_with(struct bytes text, struct bytes prefix);

#endif /* COMMON_BYTES_H */
