/*
 * archive_ranges.c - see archive_ranges.h.
 */
#include "formats/archive_ranges.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/limits.h"
#include "formats/seal.h"

/* ------------------------------------------------------------------- names */

static int
compare_names(const void *left, const void *right)
{
	return bytes_compare(
	    *(const struct bytes *)left, *(const struct bytes *)right);
}

void
archive_names_sort(struct archive_names *names)
{
	size_t kept = 0;

	if (names->count > 1)
		qsort(names->list, names->count, sizeof(*names->list),
		    compare_names);
	for (size_t i = 0; i < names->count; i++) {
		if (kept == 0 ||
		    !bytes_equal(names->list[kept - 1], names->list[i]))
			names->list[kept++] = names->list[i];
	}
	names->count = kept;
}

bool
archive_names_have(const void *context, struct bytes name)
{
	const struct archive_names *names = context;

	return names->count > 0 &&
	    bsearch(&name, names->list, names->count, sizeof(name),
		compare_names) != NULL;
}

/* ------------------------------------------------------------- ranged reads */

/* The bytes at that place: in what is there already, or read into into. */
static int
fetch(const struct archive_ranges *ranges, uint64_t from, size_t size,
    struct buf *into, struct bytes *out, struct err *err)
{
	const struct archive_source *source = ranges->source;
	const uint64_t end_from = source->size - source->end.size;

	if (from >= end_from && size <= source->size - from) {
		*out = (struct bytes){
			source->end.data + (size_t)(from - end_from), size
		};
		return 0;
	}
	buf_clear(into);
	if (source->read(source->context, from, size, into, err) != 0)
		return -1;
	*out = buf_bytes(into);
	return 0;
}

static int
read_table(struct archive_ranges *ranges, struct err *err)
{
	const struct archive_source *source = ranges->source;
	struct seekable *frames = &ranges->frames;
	struct bytes table = source->end;
	struct buf longer = { 0 };
	size_t size = 0;
	int result = -1;

	if (seekable_measure(source->end, &size, err) != 0)
		goto out;
	if (size > source->end.size && size <= source->size &&
	    fetch(ranges, source->size - size, size, &longer, &table, err) != 0)
		goto out;
	if (source->size > ARCHIVE_SIZE_MAX ||
	    seekable_decode(table, (size_t)source->size, frames, err) != 0)
		goto out;
	if (frames->count <= ARCHIVE_PARTS_TAIL ||
	    frames->frames[frames->count - 1].size != SEAL_SIZE) {
		(void)err_set(err, ERR_CORRUPT,
		    "seek table: not that of a tidemark archive");
		goto out;
	}
	frames->count--;
	result = 0;
out:
	buf_release(&longer);
	return result;
}

/* The frame of that number, within the bytes that begin with frame first. */
static struct bytes
frame_in(const struct archive_ranges *ranges, size_t first, size_t number,
    struct bytes bytes)
{
	const struct seekable_frame *frame = &ranges->frames.frames[number];

	return (struct bytes){ bytes.data +
		    (frame->offset - ranges->frames.frames[first].offset),
		frame->size };
}

/* ------------------------------------------------------- manifest and index */

static int
read_manifest(struct archive_ranges *ranges, struct bytes frame,
    struct bytes sealed, struct err *err)
{
	struct seal seal;

	if (!seal_decode(sealed, &seal))
		return err_set(err, ERR_CORRUPT, "seal: malformed");
	if (archive_parts_check_hash(
		MEMBER_MANIFEST, frame, seal.manifest, err) != 0 ||
	    archive_member_open_named(
		&ranges->member, frame, MEMBER_MANIFEST, err) != 0)
		return -1;
	if (manifest_decode(ranges->member.content, ranges->arena, ranges->info,
		&ranges->links, err) != 0)
		return err_wrap(err, "%s", MEMBER_MANIFEST);
	return 0;
}

static int
read_index(struct archive_ranges *ranges, struct bytes frame, struct err *err)
{
	if (archive_parts_check_hash(
		MEMBER_INDEX, frame, ranges->links.index_frame, err) != 0 ||
	    archive_member_open_named(
		&ranges->member, frame, MEMBER_INDEX, err) != 0 ||
	    archive_parts_check_hash(MEMBER_INDEX, ranges->member.content,
		ranges->links.index, err) != 0)
		return -1;
	if (frameindex_decode(ranges->member.content, &ranges->index, err) != 0)
		return err_wrap(err, "%s", MEMBER_INDEX);
	return archive_parts_check_index(
	    &ranges->index, &ranges->frames, &ranges->links, err);
}

/* The last two frames and the seal stand together. */
static int
read_bookkeeping(struct archive_ranges *ranges, struct err *err)
{
	const struct seekable *frames = &ranges->frames;
	const size_t first = frames->count - 2;
	const struct seekable_frame *index = &frames->frames[first];
	const struct seekable_frame *manifest = &frames->frames[first + 1];
	const size_t size = index->size + manifest->size + SEAL_SIZE;
	struct buf read = { 0 };
	struct bytes bytes;
	int result = fetch(ranges, index->offset, size, &read, &bytes, err);

	if (result == 0) {
		const struct bytes sealed = {
			bytes.data + index->size + manifest->size, SEAL_SIZE
		};

		result = read_manifest(ranges,
		    frame_in(ranges, first, first + 1, bytes), sealed, err);
		if (result == 0)
			result = read_index(
			    ranges, frame_in(ranges, first, first, bytes), err);
	}
	buf_release(&read);
	return result;
}

/* ------------------------------------------------------------------ members */

static int
take_frame(struct archive_ranges *ranges, size_t number, struct bytes frame,
    struct err *err)
{
	const struct frameindex_entry *entry = &ranges->index.entries[number];
	size_t size = 0;

	if (archive_parts_check_hash(
		entry->member, frame, entry->sha256, err) != 0)
		return -1;
	if (frame_content_size(frame, &size, err) != 0)
		return err_wrap(err, "%s", entry->member);
	if (size > ranges->size_left)
		return err_set(err, ERR_CORRUPT,
		    "%s: the content is more than %zu times as large as what "
		    "was read",
		    entry->member, LIMIT_RATIO);
	ranges->size_left -= size;
	if (archive_member_open_named(
		&ranges->member, frame, entry->member, err) != 0)
		return -1;
	if (ranges->member_fn(ranges->context,
		membername_parse(entry->member).kind, ranges->member.content,
		err) != 0)
		return err_wrap(err, "%s", entry->member);
	return 0;
}

/* Read the frames from first up to end in one go and take those wanted. */
static int
take_run(
    struct archive_ranges *ranges, size_t first, size_t end, struct err *err)
{
	const struct seekable_frame *begin = &ranges->frames.frames[first];
	const struct seekable_frame *last = &ranges->frames.frames[end - 1];
	const size_t size = last->offset + last->size - begin->offset;
	struct buf read = { 0 };
	struct bytes bytes;
	int result = fetch(ranges, begin->offset, size, &read, &bytes, err);

	for (size_t i = first; result == 0 && i < end; i++) {
		if (ranges->wanted[i])
			result = take_frame(
			    ranges, i, frame_in(ranges, first, i, bytes), err);
	}
	buf_release(&read);
	return result;
}

/* The end of the run that begins with a wanted frame: the next wanted one
 * belongs to it if it is near. */
static size_t
run_end(const struct archive_ranges *ranges, size_t first)
{
	const struct seekable_frame *frames = ranges->frames.frames;
	size_t end = first + 1;

	for (size_t i = end; i < ranges->index.count; i++) {
		if (frames[i].offset -
			(frames[end - 1].offset + frames[end - 1].size) >
		    ARCHIVE_PIECE_GAP)
			break;
		if (ranges->wanted[i])
			end = i + 1;
	}
	return end;
}

int
archive_ranges_take(struct archive_ranges *ranges, archive_ranges_fn *member_fn,
    void *context, struct err *err)
{
	size_t i = 0;

	ranges->member_fn = member_fn;
	ranges->context = context;
	while (i < ranges->index.count) {
		const size_t end =
		    ranges->wanted[i] ? run_end(ranges, i) : i + 1;

		if (ranges->wanted[i] && take_run(ranges, i, end, err) != 0)
			return -1;
		for (; i < end; i++)
			ranges->wanted[i] = false;
	}
	return 0;
}

void
archive_ranges_want(struct archive_ranges *ranges, enum member_kind kind,
    const struct archive_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct frameindex_range range = frameindex_find(
		    &ranges->index, membername_prefix(kind), names->list[i]);

		for (size_t j = 0; j < range.count; j++)
			ranges->wanted[range.first + j] = true;
	}
}

void
archive_ranges_want_kind(struct archive_ranges *ranges, enum member_kind kind)
{
	for (size_t i = 0; i < ranges->index.count; i++) {
		if (membername_parse(ranges->index.entries[i].member).kind ==
		    kind)
			ranges->wanted[i] = true;
	}
}

/* What may be decompressed: by the size of the whole, as for a whole one. */
static uint64_t
content_limit(const struct archive_ranges *ranges)
{
	const uint64_t limit = ranges->source->size * LIMIT_RATIO;

	return limit < LIMIT_MODEL_FLOOR ? LIMIT_MODEL_FLOOR : limit;
}

int
archive_ranges_open(struct archive_ranges *ranges, struct arena *arena,
    struct snapshot_info *info, struct err *err)
{
	ranges->arena = arena;
	ranges->info = info;
	if (archive_member_init(&ranges->member, err) != 0 ||
	    read_table(ranges, err) != 0 || read_bookkeeping(ranges, err) != 0)
		return -1;
	ranges->wanted = xcalloc(ranges->index.count, sizeof(*ranges->wanted));
	ranges->size_left = content_limit(ranges);
	return 0;
}

void
archive_ranges_release(struct archive_ranges *ranges)
{
	free(ranges->wanted);
	archive_member_release(&ranges->member);
	frameindex_release(&ranges->index);
	seekable_release(&ranges->frames);
}

struct archive_names
archive_names_of(const struct bytes *list, size_t count)
{
	struct archive_names names = { xcalloc(count, sizeof(*list)), count };

	if (count > 0)
		memcpy(names.list, list, count * sizeof(*list));
	archive_names_sort(&names);
	return names;
}
