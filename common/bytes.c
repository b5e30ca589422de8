#include "common/bytes.h"

#include <string.h>

/* memcmp without the rule that forbids NULL for no bytes. */
static int
compare(const char *left, const char *right, size_t size)
{
	return size == 0 ? 0 : memcmp(left, right, size);
}

struct bytes
bytes_of(const char *text)
{
	const struct bytes bytes = { text, text == NULL ? 0 : strlen(text) };

	return bytes;
}

int
bytes_compare(struct bytes left, struct bytes right)
{
	const size_t shared = left.size < right.size ? left.size : right.size;
	const int order = compare(left.data, right.data, shared);

	if (order != 0) {
		return order;
	}
	return (left.size > right.size) - (left.size < right.size);
}

bool
bytes_equal(struct bytes left, struct bytes right)
{
	return left.size == right.size &&
	    compare(left.data, right.data, left.size) == 0;
}

bool
bytes_equal_text(struct bytes left, const char *text)
{
	return bytes_equal(left, bytes_of(text));
}

bool
bytes_start_with(struct bytes text, struct bytes prefix)
{
	return text.size >= prefix.size &&
	    compare(text.data, prefix.data, prefix.size) == 0;
}
