/*
 * archive_piece.c - see archive_piece.h.
 */
#include "formats/archive_piece.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_parts.h"
#include "formats/limits.h"
#include "formats/linebuild.h"
#include "formats/membername.h"
#include "formats/seal.h"

/* Sorted by bytes, no doubles. */
struct names {
	struct bytes *list;
	size_t count;
};

struct piece {
	const struct archive_source *source;
	struct snapshot *snapshot;
	struct seekable frames; /* without the seal's */
	struct frameindex index;
	struct manifest_links links;
	struct archive_member member; /* the one that is open */
	bool *wanted;                 /* of each frame of the index */
	uint64_t size_left;           /* what may still be decompressed */
	struct linebuild lines;
};

/* ------------------------------------------------------------------- names */

static int
compare_names(const void *left, const void *right)
{
	return bytes_compare(
	    *(const struct bytes *)left, *(const struct bytes *)right);
}

static void
names_sort(struct names *names)
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

/* Matches takes of the builders. */
static bool
has_name(const void *context, struct bytes name)
{
	const struct names *names = context;

	return names->count > 0 &&
	    bsearch(&name, names->list, names->count, sizeof(name),
		compare_names) != NULL;
}

/* ------------------------------------------------------------- ranged reads */

/* The bytes at that place: in what is there already, or read into into. */
static int
fetch(const struct piece *piece, uint64_t from, size_t size, struct buf *into,
    struct bytes *out, struct err *err)
{
	const struct archive_source *source = piece->source;
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
read_table(struct piece *piece, struct err *err)
{
	const struct archive_source *source = piece->source;
	struct seekable *frames = &piece->frames;
	struct bytes table = source->end;
	struct buf longer = { 0 };
	size_t size = 0;
	int result = -1;

	if (seekable_measure(source->end, &size, err) != 0)
		goto out;
	if (size > source->end.size && size <= source->size &&
	    fetch(piece, source->size - size, size, &longer, &table, err) != 0)
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
frame_in(
    const struct piece *piece, size_t first, size_t number, struct bytes bytes)
{
	const struct seekable_frame *frame = &piece->frames.frames[number];

	return (struct bytes){ bytes.data +
		    (frame->offset - piece->frames.frames[first].offset),
		frame->size };
}

/* ------------------------------------------------------- manifest and index */

static int
read_manifest(struct piece *piece, struct bytes frame, struct bytes sealed,
    struct err *err)
{
	struct snapshot *snapshot = piece->snapshot;
	struct seal seal;

	if (!seal_decode(sealed, &seal))
		return err_set(err, ERR_CORRUPT, "seal: malformed");
	if (archive_parts_check_hash(
		MEMBER_MANIFEST, frame, seal.manifest, err) != 0 ||
	    archive_member_open_named(
		&piece->member, frame, MEMBER_MANIFEST, err) != 0)
		return -1;
	if (manifest_decode(piece->member.content, &snapshot->arena,
		&snapshot->info, &piece->links, err) != 0)
		return err_wrap(err, "%s", MEMBER_MANIFEST);
	return 0;
}

static int
read_index(struct piece *piece, struct bytes frame, struct err *err)
{
	if (archive_parts_check_hash(
		MEMBER_INDEX, frame, piece->links.index_frame, err) != 0 ||
	    archive_member_open_named(
		&piece->member, frame, MEMBER_INDEX, err) != 0 ||
	    archive_parts_check_hash(MEMBER_INDEX, piece->member.content,
		piece->links.index, err) != 0)
		return -1;
	if (frameindex_decode(piece->member.content, &piece->index, err) != 0)
		return err_wrap(err, "%s", MEMBER_INDEX);
	return archive_parts_check_index(
	    &piece->index, &piece->frames, &piece->links, err);
}

/* The last two frames and the seal stand together. */
static int
read_bookkeeping(struct piece *piece, struct err *err)
{
	const struct seekable *frames = &piece->frames;
	const size_t first = frames->count - 2;
	const struct seekable_frame *index = &frames->frames[first];
	const struct seekable_frame *manifest = &frames->frames[first + 1];
	const size_t size = index->size + manifest->size + SEAL_SIZE;
	struct buf read = { 0 };
	struct bytes bytes;
	int result = fetch(piece, index->offset, size, &read, &bytes, err);

	if (result == 0) {
		const struct bytes sealed = {
			bytes.data + index->size + manifest->size, SEAL_SIZE
		};

		result = read_manifest(piece,
		    frame_in(piece, first, first + 1, bytes), sealed, err);
		if (result == 0)
			result = read_index(
			    piece, frame_in(piece, first, first, bytes), err);
	}
	buf_release(&read);
	return result;
}

/* ------------------------------------------------------------------ members */

static int
take_frame(
    struct piece *piece, size_t number, struct bytes frame, struct err *err)
{
	const struct frameindex_entry *entry = &piece->index.entries[number];
	size_t size = 0;

	if (archive_parts_check_hash(
		entry->member, frame, entry->sha256, err) != 0)
		return -1;
	if (frame_content_size(frame, &size, err) != 0)
		return err_wrap(err, "%s", entry->member);
	if (size > piece->size_left)
		return err_set(err, ERR_CORRUPT,
		    "%s: the content is more than %zu times as large as what "
		    "was read",
		    entry->member, LIMIT_RATIO);
	piece->size_left -= size;
	if (archive_member_open_named(
		&piece->member, frame, entry->member, err) != 0)
		return -1;
	if (linebuild_member(&piece->lines,
		membername_parse(entry->member).kind, piece->member.content,
		err) != 0)
		return err_wrap(err, "%s", entry->member);
	return 0;
}

/* Read the frames from first up to end in one go and take those wanted. */
static int
take_run(struct piece *piece, size_t first, size_t end, struct err *err)
{
	const struct seekable_frame *begin = &piece->frames.frames[first];
	const struct seekable_frame *last = &piece->frames.frames[end - 1];
	const size_t size = last->offset + last->size - begin->offset;
	struct buf read = { 0 };
	struct bytes bytes;
	int result = fetch(piece, begin->offset, size, &read, &bytes, err);

	for (size_t i = first; result == 0 && i < end; i++) {
		if (piece->wanted[i])
			result = take_frame(
			    piece, i, frame_in(piece, first, i, bytes), err);
	}
	buf_release(&read);
	return result;
}

/* The end of the run that begins with a wanted frame: the next wanted one
 * belongs to it if it is near. */
static size_t
run_end(const struct piece *piece, size_t first)
{
	const struct seekable_frame *frames = piece->frames.frames;
	size_t end = first + 1;

	for (size_t i = end; i < piece->index.count; i++) {
		if (frames[i].offset -
			(frames[end - 1].offset + frames[end - 1].size) >
		    ARCHIVE_PIECE_GAP)
			break;
		if (piece->wanted[i])
			end = i + 1;
	}
	return end;
}

static int
take_wanted(struct piece *piece, struct err *err)
{
	size_t i = 0;

	while (i < piece->index.count) {
		const size_t end = piece->wanted[i] ? run_end(piece, i) : i + 1;

		if (piece->wanted[i] && take_run(piece, i, end, err) != 0)
			return -1;
		for (; i < end; i++)
			piece->wanted[i] = false;
	}
	return 0;
}

/* ------------------------------------------------------- what is wanted, why
 */

static void
want_names(
    struct piece *piece, enum member_kind kind, const struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct frameindex_range range = frameindex_find(
		    &piece->index, membername_prefix(kind), names->list[i]);

		for (size_t j = 0; j < range.count; j++)
			piece->wanted[range.first + j] = true;
	}
}

static void
want_kind(struct piece *piece, enum member_kind kind)
{
	for (size_t i = 0; i < piece->index.count; i++) {
		if (membername_parse(piece->index.entries[i].member).kind ==
		    kind)
			piece->wanted[i] = true;
	}
}

/* What may be decompressed: by the size of the whole, as for a whole one. */
static uint64_t
content_limit(const struct piece *piece)
{
	const uint64_t limit = piece->source->size * LIMIT_RATIO;

	return limit < LIMIT_MODEL_FLOOR ? LIMIT_MODEL_FLOOR : limit;
}

/* No line is shorter, so there can be no more of them. */
#define LINE_MIN 13

static int
take_groups(struct piece *piece, const struct names *names, bool with_gone,
    struct err *err)
{
	struct snapshot *snapshot = piece->snapshot;
	const size_t hole_count = snapshot->info.window.hole_count;
	const size_t gone_count = with_gone ? piece->links.gone_count : 0;

	if (hole_count > piece->size_left / LINE_MIN ||
	    gone_count > piece->size_left / LINE_MIN)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts more than the archive can hold");
	linebuild_init(&piece->lines, snapshot,
	    &(struct linebuild_limits){
		names->count, 0, hole_count, gone_count, 0 });
	piece->lines.groups.takes = has_name;
	piece->lines.groups.context = names;
	want_names(piece, MEMBER_GROUPS, names);
	if (hole_count > 0)
		want_kind(piece, MEMBER_HOLES);
	if (gone_count > 0)
		want_kind(piece, MEMBER_GONE);
	if (take_wanted(piece, err) != 0)
		return -1;
	groupbuild_finish(&piece->lines.groups);
	if (piece->lines.hole_lines != hole_count ||
	    snapshot->hole_count != snapshot->info.hole_count ||
	    piece->lines.gone_lines != gone_count)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts other holes, or what is gone, than "
		    "there are");
	return 0;
}

static void
names_add(struct names *names, size_t *capacity, struct bytes name)
{
	names->list =
	    xgrow(names->list, names->count, capacity, sizeof(*names->list));
	names->list[names->count++] = name;
}

/* The names of the topics that the groups stand on, and of those asked for. */
static void
gather_topics(const struct snapshot *snapshot,
    const struct archive_wanted *wanted, struct names *out)
{
	size_t capacity = 0;

	for (size_t i = 0; i < wanted->topic_count; i++)
		names_add(out, &capacity, wanted->topics[i]);
	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct group *group = &snapshot->groups[i];

		for (size_t j = 0; j < group->topic_count; j++)
			names_add(out, &capacity, group->topics[j].topic);
	}
	names_sort(out);
}

static int
take_topics(
    struct piece *piece, const struct archive_wanted *wanted, struct err *err)
{
	struct snapshot *snapshot = piece->snapshot;
	struct names names = { 0 };
	int result;

	gather_topics(snapshot, wanted, &names);
	linebuild_limit_topics(&piece->lines, names.count);
	piece->lines.topics.takes = has_name;
	piece->lines.topics.context = &names;
	piece->lines.times.takes = has_name;
	piece->lines.times.context = &names;
	want_names(piece, MEMBER_TOPICS, &names);
	if (wanted->with_times)
		want_names(piece, MEMBER_TIMES, &names);
	result = take_wanted(piece, err);
	topicbuild_finish(&piece->lines.topics);
	timesbuild_finish(&piece->lines.times);
	free(names.list);
	return result;
}

static int
choose_capture(
    struct piece *piece, const struct capture_choice *choice, struct err *err)
{
	struct snapshot_info *info = &piece->snapshot->info;
	size_t number = 0;

	if (window_choose(&info->window, choice, &number, err) != 0)
		return -1;
	window_select(info, number);
	return 0;
}

static int
take_piece(struct piece *piece, const struct names *names,
    const struct archive_wanted *wanted, struct err *err)
{
	size_t dropped = 0;

	if (archive_member_init(&piece->member, err) != 0 ||
	    read_table(piece, err) != 0 || read_bookkeeping(piece, err) != 0)
		return -1;
	piece->wanted = xcalloc(piece->index.count, sizeof(*piece->wanted));
	piece->size_left = content_limit(piece);
	if (choose_capture(piece, &wanted->capture, err) != 0)
		return -1;
	if (take_groups(piece, names, wanted->with_gone, err) != 0 ||
	    take_topics(piece, wanted, err) != 0)
		return -1;
	if (linebuild_resolve(&piece->lines, false, &dropped, err) != 0)
		return -1;
	window_drop_times(piece->snapshot);
	piece->snapshot->is_piece = true;
	return model_check(piece->snapshot, err);
}

int
archive_decode_groups(const struct archive_source *source,
    const struct archive_wanted *wanted, struct snapshot *out, struct err *err)
{
	struct piece piece = { .source = source, .snapshot = out };
	struct names sorted = { NULL, wanted->group_count };
	int result;

	*out = (struct snapshot){ 0 };
	sorted.list = xcalloc(sorted.count, sizeof(*sorted.list));
	if (sorted.count > 0)
		memcpy(sorted.list, wanted->groups,
		    sorted.count * sizeof(*sorted.list));
	names_sort(&sorted);
	result = take_piece(&piece, &sorted, wanted, err);
	if (result != 0)
		snapshot_release(out);
	free(sorted.list);
	free(piece.wanted);
	linebuild_release(&piece.lines);
	archive_member_release(&piece.member);
	frameindex_release(&piece.index);
	seekable_release(&piece.frames);
	return result;
}
