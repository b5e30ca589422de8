/*
 * seekable.h - the seek table at the end of an archive: version 0.1.0 of the
 * zstd seekable format, without checksums of its own.
 *
 *	4	magic 5E 2A 4D 18 (0x184D2A5E, skippable)
 *	4	how many bytes follow
 *	8 n	for each frame: compressed size, content size
 *	4	n
 *	1	descriptor: 0
 *	4	magic B1 EA 92 8F
 *
 * All numbers are little-endian.  The last entry is the seal's, content size
 * 0, so that the sum of the compressed sizes is where the table begins.
 */
#ifndef FORMATS_SEEKABLE_H
#define FORMATS_SEEKABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

#define SEEKABLE_FOOTER_SIZE 9

struct seekable_frame {
	size_t offset;       /* in the file */
	size_t size;         /* compressed */
	size_t content_size; /* what the table or the frame's header says */
};

/* All zeroes is an empty one. */
struct seekable {
	struct seekable_frame *frames;
	size_t count;
	size_t capacity;
};

/* Add a frame behind the last one. */
void seekable_add(struct seekable *table, size_t size, size_t content_size);

/* How many bytes the table of so many frames takes. */
size_t seekable_size(size_t count);

void seekable_encode(const struct seekable *table, struct buf *out);

/*
 * How many bytes the table takes at the end of a file, by the last
 * SEEKABLE_FOOTER_SIZE bytes or more of it; ERR_CORRUPT if none ends there or
 * it has more frames than an archive may.
 */
int seekable_measure(
    struct bytes tail, size_t *out, struct err *err) MUST_CHECK;

/*
 * Read the table that ends tail, the last bytes (at least the whole table) of
 * a file of file_size.  Its frames must fill the file up to it.
 */
int seekable_decode(struct bytes tail, size_t file_size, struct seekable *out,
    struct err *err) MUST_CHECK;

void seekable_release(struct seekable *table);

#endif /* FORMATS_SEEKABLE_H */
