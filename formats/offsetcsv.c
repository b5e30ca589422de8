/*
 * offsetcsv.c - see offsetcsv.h.
 */
#include "formats/offsetcsv.h"

#include <string.h>

#include "common/buf.h"
#include "common/utf8.h"

/* Kafka writes with Jackson, which puts a field into quotes without looking
 * when it has more UTF-16 units than this ... */
#define JACKSON_CHECKED_MAX 24
/* ... and otherwise when it holds a character below the one after the comma
 * (which the quote and the newline are too), or a backslash. */
#define JACKSON_SAFE_MIN ((unsigned char)(',' + 1))

/* Partition, comma, offset, newline. */
#define NUMBERS_MAX ((size_t)2 * BUF_I64_MAX + 2)

bool
offsetcsv_takes_name(struct bytes name)
{
	return name.size > 0 && memchr(name.data, '\n', name.size) == NULL &&
	    memchr(name.data, '\0', name.size) == NULL && utf8_valid(name);
}

static bool
needs_quotes(struct bytes name)
{
	if (utf8_utf16_length(name) > JACKSON_CHECKED_MAX)
		return true;
	for (size_t i = 0; i < name.size; i++) {
		if ((unsigned char)name.data[i] < JACKSON_SAFE_MIN ||
		    name.data[i] == '\\')
			return true;
	}
	return false;
}

void
offsetcsv_add_name(struct buf *out, struct bytes name)
{
	if (!needs_quotes(name)) {
		buf_add_bytes(out, name);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, name.data[i]);
	}
	buf_add_char(out, '"');
}

void
offsetcsv_add_rows(struct bytes group, const struct group_topic *topic,
    size_t *next, size_t size_limit, struct buf *out)
{
	struct buf names = { 0 };

	if (!offsetcsv_takes_name(group) ||
	    !offsetcsv_takes_name(topic->topic)) {
		*next = topic->count;
		return;
	}
	offsetcsv_add_name(&names, group);
	buf_add_char(&names, ',');
	offsetcsv_add_name(&names, topic->topic);
	buf_add_char(&names, ',');
	while (*next < topic->count && out->size < size_limit) {
		const struct position *position = &topic->positions[*next];
		char *const row = buf_reserve(out, names.size + NUMBERS_MAX);
		char *at = row;

		(*next)++;
		if (position->offset < 0)
			continue;
		memcpy(at, names.data, names.size);
		at = buf_put_i64(at + names.size, position->partition);
		*at++ = ',';
		at = buf_put_i64(at, position->offset);
		*at++ = '\n';
		out->size += (size_t)(at - row);
	}
	buf_release(&names);
}
