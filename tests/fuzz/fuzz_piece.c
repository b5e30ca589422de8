/*
 * Fuzzes reading some groups of an archive, of a capture that the size chooses,
 * and logs through all captures: where a piece decodes and the whole does, they
 * say the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "formats/archive_piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static int
read_bytes(
    void *context, uint64_t from, size_t size, struct buf *out, struct err *err)
{
	const struct bytes *archive = context;

	if (from > archive->size || size > archive->size - from)
		return err_set(err, ERR_CORRUPT, "ends before that");
	buf_add(out, archive->data + from, size);
	return 0;
}

static void
compare(const struct snapshot *whole, const struct snapshot *piece,
    struct bytes name)
{
	const struct group *expected = model_find_group(whole, name);
	const struct group *found = model_find_group(piece, name);

	require((expected == NULL) == (found == NULL));
	if (found == NULL)
		return;
	require(expected->topic_count == found->topic_count);
	for (size_t i = 0; i < found->topic_count; i++) {
		const struct group_topic *a = &expected->topics[i];
		const struct group_topic *b = &found->topics[i];

		require(
		    bytes_equal(a->topic, b->topic) && a->count == b->count);
		for (size_t j = 0; j < a->count; j++)
			require(
			    a->positions[j].offset == b->positions[j].offset &&
			    a->positions[j].partition ==
				b->positions[j].partition);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes archive = { (const char *)data, size };
	const struct bytes names[] = { bytes_of("plain-group"),
		bytes_of("billing") };
	struct archive_source source = { size, archive, read_bytes, &archive };
	const struct archive_wanted wanted = { .groups = names,
		.group_count = 2,
		.with_gone = true,
		.capture = { size % 3 == 0 ? CAPTURE_NUMBER : CAPTURE_LAST,
		    size % 7, 0 } };
	struct window_series series;
	struct snapshot whole;
	struct snapshot piece;
	struct err err = { 0 };
	const int decoded =
	    archive_decode_at(archive, &wanted.capture, &whole, &err);

	if (source.end.size > 200) {
		source.end.data += source.end.size - 200;
		source.end.size = 200;
	}
	err = (struct err){ 0 };
	if (archive_decode_groups(&source, &wanted, &piece, &err) == 0) {
		if (decoded == 0) {
			compare(&whole, &piece, names[0]);
			compare(&whole, &piece, names[1]);
		}
		snapshot_release(&piece);
	}
	if (decoded == 0)
		snapshot_release(&whole);
	if (archive_decode_series(&source, names, 2, &series, &err) == 0)
		window_series_release(&series);
	return 0;
}
