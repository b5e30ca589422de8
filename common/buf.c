#include "common/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define FIRST_CAPACITY 64

static const char digit_pairs[] = "00010203040506070809"
				  "10111213141516171819"
				  "20212223242526272829"
				  "30313233343536373839"
				  "40414243444546474849"
				  "50515253545556575859"
				  "60616263646566676869"
				  "70717273747576777879"
				  "80818283848586878889"
				  "90919293949596979899";

/* Make the memory larger, by doubling, so that size more bytes fit. */
static void
grow(struct buf *buf, size_t size)
{
	size_t capacity =
	    buf->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buf->capacity;

	if (size > SIZE_MAX / 4 || buf->size > SIZE_MAX / 4) {
		xdie("out of memory (size overflow)");
	}
	while (capacity < buf->size + size + 1) {
		capacity *= 2;
	}
	buf->data = xreallocarray(buf->data, capacity, 1);
	buf->capacity = capacity;
}

char *
buf_reserve(struct buf *buf, size_t size)
{
	/* One byte is always kept for the NUL. */
	if (buf->data == NULL || buf->capacity - buf->size <= size) {
		grow(buf, size);
	}
	return buf->data + buf->size;
}

void
buf_add(struct buf *buf, const void *data, size_t size)
{
	char *at = buf_reserve(buf, size);

	if (size > 0) {
		memcpy(at, data, size);
	}
	buf->size += size;
	buf->data[buf->size] = '\0';
}

void
buf_add_bytes(struct buf *buf, struct bytes bytes)
{
	buf_add(buf, bytes.data, bytes.size);
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_char(struct buf *buf, char c)
{
	char *at = buf_reserve(buf, 1);

	at[0] = c;
	at[1] = '\0';
	buf->size++;
}

void
buf_add_format(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_add_vformat(buf, format, args);
	va_end(args);
}

void
buf_add_vformat(struct buf *buf, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	/* Most texts are short: try the room there is before measuring. */
	char *at = buf_reserve(buf, FIRST_CAPACITY);
	size_t room = buf->capacity - buf->size;
	const int length = vsnprintf(at, room, format, args);

	if (length < 0) {
		xdie("a text could not be formatted");
	}
	if ((size_t)length >= room) {
		at = buf_reserve(buf, (size_t)length);
		room = buf->capacity - buf->size;
		(void)vsnprintf(at, room, format, again);
	}
	va_end(again);
	buf->size += (size_t)length;
}

char *
buf_put_i64(char *at, int64_t value)
{
	char digits[BUF_I64_MAX];
	char *const end = digits + sizeof(digits);
	char *first = end;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value < 0) {
		*at++ = '-';
	}
	while (left >= 100) {
		first -= 2;
		memcpy(first, digit_pairs + left % 100 * 2, 2);
		left /= 100;
	}
	if (left >= 10) {
		first -= 2;
		memcpy(first, digit_pairs + left * 2, 2);
	} else {
		*--first = (char)('0' + left);
	}
	memcpy(at, first, (size_t)(end - first));
	return at + (end - first);
}

void
buf_add_i64(struct buf *buf, int64_t value)
{
	char *const at = buf_reserve(buf, BUF_I64_MAX);

	buf->size += (size_t)(buf_put_i64(at, value) - at);
	buf->data[buf->size] = '\0';
}

const char *
buf_text(const struct buf *buf)
{
	if (buf->data == NULL) {
		return "";
	}
	/* It is missing after buf_reserve. */
	buf->data[buf->size] = '\0';
	return buf->data;
}

struct bytes
buf_bytes(const struct buf *buf)
{
	const struct bytes bytes = { buf->data, buf->size };

	return bytes;
}

void
buf_clear(struct buf *buf)
{
	buf->size = 0;
	if (buf->data != NULL) {
		buf->data[0] = '\0';
	}
}

void
buf_release(struct buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->size = 0;
	buf->capacity = 0;
}
