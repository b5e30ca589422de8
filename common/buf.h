/*
 * buf.h - a growing run of bytes that the caller owns.  A NUL always stands
 * behind the last byte, so that text in it can be used as a C string.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"

/* All zeroes is an empty buffer: struct buf out = { 0 }; */
struct buf {
	char *data; /* NULL until something was added */
	size_t size;
	size_t capacity;
};

void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_bytes(struct buf *buf, struct bytes bytes);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_add_vformat(struct buf *buf, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

/* Decimal, without locale; these are the hot path of the archive writer.  The
 * second writes at a place with room for BUF_I64_MAX bytes, no NUL, and returns
 * the place behind. */
#define BUF_I64_MAX 20 /* the longest int64_t, with its sign */
void buf_add_i64(struct buf *buf, int64_t value);
char *buf_put_i64(char *at, int64_t value) MUST_CHECK;

/* Make room for size more bytes and return where they begin; the caller fills
 * them and adds to buf->size itself.  The NUL is then missing until buf_text or
 * the next buf_add puts it back. */
char *buf_reserve(struct buf *buf, size_t size) MUST_CHECK RETURNS_NONNULL;

/* The content as a C string, "" when empty. */
const char *buf_text(const struct buf *buf);
struct bytes buf_bytes(const struct buf *buf);

/* Forget the content, keep the memory. */
void buf_clear(struct buf *buf);
void buf_release(struct buf *buf);

#endif /* COMMON_BUF_H */
