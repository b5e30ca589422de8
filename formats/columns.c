/*
 * columns.c - see columns.h.  This is the hot path of reading and writing
 * archives: a few nanoseconds for each number.
 */
#include "formats/columns.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

/* Read one number and return the place behind it, or NULL. */
static const char *
take_number(const char *at, const char *end, int64_t *out)
{
	const bool negative = at < end && *at == '-';
	const char *const first = at + negative;
	uint64_t value = 0;
	size_t digits;

	for (at = first; at < end; at++) {
		const unsigned int digit =
		    (unsigned int)(unsigned char)*at - '0';

		if (digit > 9)
			break;
		value = value * 10 + digit;
	}
	digits = (size_t)(at - first);
	/* Nineteen digits cannot overflow 64 bits without a sign. */
	if (digits == 0 || digits > 19 || (digits > 1 && *first == '0'))
		return NULL;
	if (negative) {
		if (value == 0 || value > (uint64_t)INT64_MAX + 1)
			return NULL;
		*out = (int64_t)(0 - value);
	} else {
		if (value > (uint64_t)INT64_MAX)
			return NULL;
		*out = (int64_t)value;
	}
	return at;
}

bool
columns_parse(struct bytes text, int64_t min, int64_t max, struct columns *out)
{
	const char *at = text.data;
	const char *const end = text.size == 0 ? at : at + text.size;

	out->count = 0;
	while (at < end) {
		int64_t value;

		at = take_number(at, end, &value);
		if (at == NULL || value < min || value > max)
			return false;
		if (out->count == out->capacity)
			out->values = xgrow(out->values, out->count,
			    &out->capacity, sizeof(*out->values));
		out->values[out->count++] = value;
		if (at == end)
			return true;
		if (*at != ' ' || at + 1 == end)
			return false;
		at++;
	}
	return true;
}

void
columns_release(struct columns *columns)
{
	free(columns->values);
	*columns = (struct columns){ 0 };
}
