/*
 * seekable.c - see seekable.h.
 */
#include "formats/seekable.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/limits.h"

#define HEADER_SIZE 8
#define ENTRY_SIZE 8
#define HEADER_MAGIC 0x184D2A5Eu
#define FOOTER_MAGIC 0x8F92EAB1u

/* The seal has an entry too. */
#define ENTRIES_MAX (LIMIT_FRAMES + 1)

static uint32_t
get_u32(const char *at)
{
	uint32_t value = 0;

	for (int i = 3; i >= 0; i--)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

static void
add_u32(struct buf *out, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		buf_add_char(out, (char)(value & 0xFFU));
		value >>= 8;
	}
}

void
seekable_add(struct seekable *table, size_t size, size_t content_size)
{
	struct seekable_frame frame = { 0, size, content_size };

	if (table->count > 0) {
		const struct seekable_frame *last =
		    &table->frames[table->count - 1];

		frame.offset = last->offset + last->size;
	}
	if (table->count == table->capacity)
		table->frames = xgrow(table->frames, table->count,
		    &table->capacity, sizeof(*table->frames));
	table->frames[table->count++] = frame;
}

size_t
seekable_size(size_t count)
{
	return HEADER_SIZE + count * ENTRY_SIZE + SEEKABLE_FOOTER_SIZE;
}

void
seekable_encode(const struct seekable *table, struct buf *out)
{
	add_u32(out, HEADER_MAGIC);
	add_u32(
	    out, (uint32_t)(table->count * ENTRY_SIZE + SEEKABLE_FOOTER_SIZE));
	for (size_t i = 0; i < table->count; i++) {
		add_u32(out, (uint32_t)table->frames[i].size);
		add_u32(out, (uint32_t)table->frames[i].content_size);
	}
	add_u32(out, (uint32_t)table->count);
	buf_add_char(out, '\0');
	add_u32(out, FOOTER_MAGIC);
}

int
seekable_measure(struct bytes tail, size_t *out, struct err *err)
{
	const char *footer;
	uint32_t count;

	if (tail.size < SEEKABLE_FOOTER_SIZE)
		return err_set(err, ERR_CORRUPT, "too short for an archive");
	footer = tail.data + tail.size - SEEKABLE_FOOTER_SIZE;
	if (get_u32(footer + 5) != FOOTER_MAGIC || footer[4] != '\0')
		return err_set(
		    err, ERR_CORRUPT, "does not end with a seek table");
	count = get_u32(footer);
	if (count == 0 || count > ENTRIES_MAX)
		return err_set(err, ERR_CORRUPT,
		    "a seek table of %lu frames is out of range",
		    (unsigned long)count);
	*out = seekable_size(count);
	return 0;
}

int
seekable_decode(
    struct bytes tail, size_t file_size, struct seekable *out, struct err *err)
{
	const char *table;
	size_t size = 0;
	uint64_t sum = 0;

	*out = (struct seekable){ 0 };
	if (seekable_measure(tail, &size, err) != 0)
		return -1;
	if (size > tail.size || size > file_size)
		return err_set(err, ERR_CORRUPT, "the seek table is cut off");
	table = tail.data + tail.size - size;
	if (get_u32(table) != HEADER_MAGIC ||
	    get_u32(table + 4) != size - HEADER_SIZE)
		return err_set(
		    err, ERR_CORRUPT, "the seek table's header is wrong");
	for (const char *at = table + HEADER_SIZE;
	     at < table + size - SEEKABLE_FOOTER_SIZE; at += ENTRY_SIZE) {
		seekable_add(out, get_u32(at), get_u32(at + 4));
		sum += get_u32(at);
	}
	if (sum != file_size - size) {
		seekable_release(out);
		return err_set(err, ERR_CORRUPT,
		    "the seek table's frames do not fill the file");
	}
	return 0;
}

void
seekable_release(struct seekable *table)
{
	free(table->frames);
	*table = (struct seekable){ 0 };
}
