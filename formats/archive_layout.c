/*
 * archive_layout.c - see archive_layout.h.
 */
#include "formats/archive_layout.h"

#include <string.h>

#include "formats/frame.h"
#include "formats/limits.h"
#include "formats/seal.h"

static const char frame_magic[FRAME_MAGIC_SIZE] = { 0x28, (char)0xB5, 0x2F,
	(char)0xFD };

static bool
find_by_table(struct bytes archive, struct archive_layout *out)
{
	struct err ignored = { 0 };
	const struct seekable_frame *seal;

	if (seekable_decode(archive, archive.size, &out->frames, &ignored) != 0)
		return false;
	seal = &out->frames.frames[out->frames.count - 1];
	if (seal->size != SEAL_SIZE || seal->content_size != 0) {
		seekable_release(&out->frames);
		return false;
	}
	out->frames.count--;
	out->end = seal->offset;
	out->by_table = true;
	return true;
}

void
archive_layout_walk(struct bytes archive, struct archive_layout *out)
{
	struct err ignored = { 0 };

	*out = (struct archive_layout){ 0 };
	while (out->frames.count < LIMIT_FRAMES) {
		const struct bytes rest = { archive.data + out->end,
			archive.size - out->end };
		size_t content_size = 0;
		size_t size;

		if (rest.size < FRAME_MAGIC_SIZE ||
		    memcmp(rest.data, frame_magic, FRAME_MAGIC_SIZE) != 0)
			return;
		size = frame_measure(rest);
		if (size == 0)
			return;
		/* A header that is wrong is found when the frame is read. */
		if (frame_content_size(rest, &content_size, &ignored) != 0)
			content_size = 0;
		seekable_add(&out->frames, size, content_size);
		out->end += size;
	}
}

void
archive_layout_find(struct bytes archive, struct archive_layout *out)
{
	*out = (struct archive_layout){ 0 };
	if (!find_by_table(archive, out))
		archive_layout_walk(archive, out);
}

struct bytes
archive_layout_seal(struct bytes archive, const struct archive_layout *layout)
{
	struct bytes seal = { archive.data + layout->end,
		archive.size - layout->end };

	if (seal.size > SEAL_SIZE)
		seal.size = SEAL_SIZE;
	return seal;
}

/* The table that belongs to the frames: by their headers, or where those are
 * damaged by the table itself. */
static void
expect_table(
    struct bytes archive, const struct archive_layout *layout, struct buf *out)
{
	struct seekable table = { 0 };
	struct err ignored = { 0 };

	for (size_t i = 0; i < layout->frames.count; i++) {
		const struct seekable_frame *frame = &layout->frames.frames[i];
		const struct bytes bytes = { archive.data + frame->offset,
			frame->size };
		size_t size = frame->content_size;

		if (frame_content_size(bytes, &size, &ignored) != 0)
			size = frame->content_size;
		seekable_add(&table, frame->size, size);
	}
	seekable_add(&table, SEAL_SIZE, 0);
	seekable_encode(&table, out);
	seekable_release(&table);
}

const char *
archive_layout_check_table(
    struct bytes archive, const struct archive_layout *layout, struct err *err)
{
	const size_t start = layout->end + SEAL_SIZE;
	const char *wrong = NULL;
	struct buf expected = { 0 };
	struct bytes table = { 0 };

	if (start < archive.size) {
		table.data = archive.data + start;
		table.size = archive.size - start;
	}
	expect_table(archive, layout, &expected);
	if (table.size > expected.size &&
	    bytes_start_with(table, buf_bytes(&expected))) {
		wrong = "file";
		(void)err_set(err, ERR_CORRUPT,
		    "%zu bytes follow the end of the archive",
		    table.size - expected.size);
	} else if (table.size < expected.size) {
		wrong = "seek table";
		(void)err_set(err, ERR_CORRUPT, "is cut short");
	} else if (!bytes_equal(table, buf_bytes(&expected))) {
		wrong = "seek table";
		(void)err_set(
		    err, ERR_CORRUPT, "is not the one of the archive's frames");
	}
	buf_release(&expected);
	return wrong;
}

void
archive_layout_release(struct archive_layout *layout)
{
	seekable_release(&layout->frames);
}
