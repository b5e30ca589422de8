/*
 * archive_salvage.c - see archive_salvage.h.
 */
#include "formats/archive_salvage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/archive_layout.h"
#include "formats/archive_parts.h"
#include "formats/csvrest.h"
#include "formats/limits.h"
#include "formats/linebuild.h"
#include "formats/membername.h"
#include "formats/seal.h"
#include "formats/textlines.h"

#define SHOWN_MAX 128
#define NOTE_MAX 400
#define NOTES_MAX 100

/* A frame that was found, and what is in it. */
struct found {
	size_t offset;
	size_t size;
	struct member_name name;
	char text[TARMEMBER_NAME_MAX];
	size_t line_count;
};

struct salvaging {
	struct bytes archive;
	struct salvage *out;
	struct archive_member member;
	struct found *list;
	size_t count;
	size_t capacity;
	bool has_index;
	struct frameindex index;
	struct linebuild lines;
	size_t note_count;
	uint64_t size_left;
};

static void note(struct salvaging *salvaging, const char *member,
    const char *format, ...) PRINTF_LIKE(3, 4);

static void
note(struct salvaging *salvaging, const char *member, const char *format, ...)
{
	char text[NOTE_MAX];
	va_list args;

	if (salvaging->note_count++ >= NOTES_MAX)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	archive_report_add(&salvaging->out->report, member, text);
}

/* ------------------------------------------------------ finding the frames */

static size_t
count_lines(struct bytes content)
{
	size_t count = 0;

	for (size_t i = 0; i < content.size; i++)
		count += content.data[i] == '\n';
	return count;
}

/* Take the frame at offset, if it is one and holds a member. */
static bool
take_frame(struct salvaging *salvaging, size_t offset, size_t size)
{
	const struct bytes frame = { salvaging->archive.data + offset, size };
	struct archive_member *member = &salvaging->member;
	struct err ignored = { 0 };
	struct found *found;
	size_t content_size = 0;

	if (salvaging->count == LIMIT_FRAMES ||
	    frame_content_size(frame, &content_size, &ignored) != 0 ||
	    content_size > salvaging->size_left)
		return false;
	/* The last one also has the end of the tar file. */
	if (archive_member_open(member, frame, false, &ignored) != 0 &&
	    archive_member_open(member, frame, true, &ignored) != 0)
		return false;
	salvaging->size_left -= content_size;
	salvaging->list = xgrow(salvaging->list, salvaging->count,
	    &salvaging->capacity, sizeof(*salvaging->list));
	found = &salvaging->list[salvaging->count++];
	*found = (struct found){ .offset = offset,
		.size = size,
		.name = membername_parse(member->name),
		.line_count = count_lines(member->content) };
	memcpy(found->text, member->name, sizeof(found->text));
	return true;
}

static void
take_table(struct salvaging *salvaging, const struct archive_layout *layout)
{
	for (size_t i = 0; i < layout->frames.count; i++)
		(void)take_frame(salvaging, layout->frames.frames[i].offset,
		    layout->frames.frames[i].size);
}

/* From one beginning of a frame to the next, over what is no frame. */
static void
take_scan(struct salvaging *salvaging)
{
	static const char magic[FRAME_MAGIC_SIZE] = { 0x28, (char)0xB5, 0x2F,
		(char)0xFD };
	const struct bytes archive = salvaging->archive;
	size_t at = 0;

	while (at + FRAME_MAGIC_SIZE <= archive.size) {
		const char *next =
		    memchr(archive.data + at, magic[0], archive.size - at);
		size_t size = 0;

		if (next == NULL)
			return;
		at = (size_t)(next - archive.data);
		if (archive.size - at >= FRAME_MAGIC_SIZE &&
		    memcmp(next, magic, FRAME_MAGIC_SIZE) == 0)
			size = frame_measure(
			    (struct bytes){ next, archive.size - at });
		if (size > 0 && take_frame(salvaging, at, size))
			at += size;
		else
			at++;
	}
}

static void
find_frames(struct salvaging *salvaging)
{
	struct archive_layout layout;

	archive_layout_find(salvaging->archive, &layout);
	if (layout.by_table)
		take_table(salvaging, &layout);
	else
		take_scan(salvaging);
	archive_layout_release(&layout);
}

static struct bytes
frame_of(const struct salvaging *salvaging, const struct found *found)
{
	return (struct bytes){ salvaging->archive.data + found->offset,
		found->size };
}

/* The last found member of that name. */
static const struct found *
find_member(const struct salvaging *salvaging, const char *name)
{
	for (size_t i = salvaging->count; i > 0; i--) {
		if (strcmp(salvaging->list[i - 1].text, name) == 0)
			return &salvaging->list[i - 1];
	}
	return NULL;
}

static bool
open_found(struct salvaging *salvaging, const struct found *found)
{
	struct err ignored = { 0 };

	return archive_member_open_named(&salvaging->member,
		   frame_of(salvaging, found), found->text, &ignored) == 0;
}

/* ---------------------------------------------------- manifest and index */

/* A manifest that a readable seal does not vouch for is not believed. */
static bool
is_sealed(const struct salvaging *salvaging, const struct found *manifest)
{
	const size_t end = manifest->offset + manifest->size;
	const struct bytes frame = frame_of(salvaging, manifest);
	struct bytes stored = { salvaging->archive.data + end,
		salvaging->archive.size - end };
	struct err ignored = { 0 };
	struct seal seal;

	if (stored.size > SEAL_SIZE)
		stored.size = SEAL_SIZE;
	return !seal_decode(stored, &seal) ||
	    archive_parts_check_hash(
		MEMBER_MANIFEST, frame, seal.manifest, &ignored) == 0;
}

static void
read_manifest(struct salvaging *salvaging, struct manifest_links *links)
{
	const struct found *found = find_member(salvaging, MEMBER_MANIFEST);
	struct snapshot *snapshot = &salvaging->out->snapshot;
	struct err ignored = { 0 };

	if (found == NULL || !is_sealed(salvaging, found) ||
	    !open_found(salvaging, found))
		return;
	if (manifest_decode(salvaging->member.content, &snapshot->arena,
		&snapshot->info, links, &ignored) == 0)
		salvaging->out->has_info = true;
	else
		snapshot->info = (struct snapshot_info){ 0 };
}

/* An index that a readable manifest does not mean is not believed. */
static void
read_index(struct salvaging *salvaging, const struct manifest_links *links)
{
	const struct found *found = find_member(salvaging, MEMBER_INDEX);
	struct err ignored = { 0 };

	if (found == NULL || !open_found(salvaging, found))
		return;
	if (salvaging->out->has_info &&
	    archive_parts_check_hash(MEMBER_INDEX, salvaging->member.content,
		links->index, &ignored) != 0)
		return;
	salvaging->has_index = frameindex_decode(salvaging->member.content,
				   &salvaging->index, &ignored) == 0;
}

/* Is this the frame that was written?  Without an index its checksum has to
 * do, which it has passed. */
static bool
is_as_written(const struct salvaging *salvaging, const struct found *found)
{
	struct err ignored = { 0 };

	/* The index does not speak of itself and what stands behind it. */
	if (!salvaging->has_index || strcmp(found->text, MEMBER_INDEX) == 0 ||
	    strcmp(found->text, MEMBER_MANIFEST) == 0)
		return true;
	for (size_t i = 0; i < salvaging->index.count; i++) {
		const struct frameindex_entry *entry =
		    &salvaging->index.entries[i];

		if (strcmp(entry->member, found->text) == 0)
			return archive_parts_check_hash(entry->member,
				   frame_of(salvaging, found), entry->sha256,
				   &ignored) == 0;
	}
	return false;
}

/* ------------------------------------------------------------------ members */

/* A line that does not fit, such as the second part of a group whose first is
 * lost, is left out and told; the lines behind it are read. */
static void
take_member(struct salvaging *salvaging, const struct found *found)
{
	struct textlines lines = { salvaging->member.content, 0 };
	struct err why = { 0 };
	bool more = true;

	while (more) {
		struct bytes line = { 0 };

		if (textlines_next(&lines, &line, &more, &why) != 0)
			break;
		if (more &&
		    linebuild_line(
			&salvaging->lines, found->name.kind, line, &why) != 0) {
			note(salvaging, found->text, "line %zu: %s",
			    lines.number, why.message);
			why = (struct err){ 0 };
		}
	}
	if (why.kind != ERR_NONE)
		note(salvaging, found->text, "%s", why.message);
}

/* Whether what follows that member, and is lost, may be of groups. */
static bool
groups_may_follow(const struct salvaging *salvaging, const struct found *found)
{
	const struct frameindex *index = &salvaging->index;

	if (!salvaging->has_index)
		return true;
	for (size_t i = 0; i + 1 < index->count; i++) {
		if (strcmp(index->entries[i].member, found->text) == 0)
			return membername_parse(index->entries[i + 1].member)
				   .kind == MEMBER_GROUPS;
	}
	return true;
}

/* Something is missing behind the member that was read last: nothing may go on
 * over the gap. */
static void
end_at_gap(struct salvaging *salvaging, const struct found *last)
{
	const struct snapshot *snapshot = &salvaging->out->snapshot;
	char shown[SHOWN_MAX];
	const bool open = salvaging->lines.groups.open;

	groupbuild_finish(&salvaging->lines.groups);
	topicbuild_finish(&salvaging->lines.topics);
	timesbuild_finish(&salvaging->lines.times);
	if (open && groups_may_follow(salvaging, last))
		note(salvaging, "groups/",
		    "group '%s' may have had further positions in a member "
		    "that is lost",
		    utf8_escape_to(
			snapshot->groups[snapshot->group_count - 1].name, shown,
			sizeof(shown)));
}

static void
take_members(struct salvaging *salvaging)
{
	const struct found *last = NULL; /* that was good */

	for (size_t i = 0; i < salvaging->count; i++) {
		const struct found *found = &salvaging->list[i];

		if (!is_as_written(salvaging, found) ||
		    !open_found(salvaging, found))
			continue;
		if (last != NULL && found->offset != last->offset + last->size)
			end_at_gap(salvaging, last);
		last = found;
		/* Groups end where another kind of member begins. */
		if (found->name.kind != MEMBER_GROUPS)
			groupbuild_finish(&salvaging->lines.groups);
		take_member(salvaging, found);
	}
	if (last != NULL)
		end_at_gap(salvaging, last);
}

/* What only offsets/ still has. */
static void
take_rows(struct salvaging *salvaging)
{
	struct csvrest rest = { .snapshot = &salvaging->out->snapshot };

	for (size_t i = 0; i < salvaging->count; i++) {
		const struct found *found = &salvaging->list[i];

		if (found->name.kind == MEMBER_OFFSETS &&
		    is_as_written(salvaging, found) &&
		    open_found(salvaging, found))
			csvrest_member(&rest, salvaging->member.content);
	}
	salvaging->out->rows = rest.rows;
	salvaging->out->row_count = rest.row_count;
	csvrest_release(&rest);
}

/* Room for as many things as there are lines. */
static void
make_room(struct salvaging *salvaging)
{
	size_t counts[MEMBER_OTHER + 1] = { 0 };

	for (size_t i = 0; i < salvaging->count; i++)
		counts[salvaging->list[i].name.kind] +=
		    salvaging->list[i].line_count;
	linebuild_init(&salvaging->lines, &salvaging->out->snapshot,
	    &(struct linebuild_limits){ counts[MEMBER_GROUPS],
		counts[MEMBER_TOPICS], counts[MEMBER_HOLES],
		counts[MEMBER_GONE], counts[MEMBER_TIMES] });
}

/* What is told by log ends needs those. */
static void
resolve_offsets(struct salvaging *salvaging)
{
	struct err ignored = { 0 };
	size_t dropped = 0;

	if (!salvaging->out->has_info && salvaging->lines.groups.has_series)
		note(salvaging, "groups/",
		    "without the manifest its captures cannot be told apart: "
		    "positions are as they were when first seen");
	if (linebuild_resolve(&salvaging->lines, true, &dropped, &ignored) !=
		0 ||
	    dropped > 0)
		note(salvaging, "groups/",
		    "%zu positions are told by log ends in a member of topics/ "
		    "that is lost",
		    dropped);
}

/* What does not obey the model's rules cannot be shown as a snapshot. */
static void
check_content(struct salvaging *salvaging)
{
	struct snapshot *snapshot = &salvaging->out->snapshot;
	struct err why = { 0 };

	if (model_check_content(snapshot, &why) == 0)
		return;
	note(salvaging, "content", "nothing of it is shown: %s", why.message);
	snapshot->group_count = 0;
	snapshot->topic_count = 0;
	snapshot->times_count = 0;
	snapshot->hole_count = 0;
	snapshot->gone_count = 0;
}

/* Without a manifest any time of a read may be right: they count from the
 * capture's, so one in the middle of all times stands for it.  Of a window the
 * positions are then as they were first seen. */
static void
stand_in(struct snapshot_info *info)
{
	info->from_ms = info->to_ms = TIME_LAST_MS / 2;
	info->window.count = 1;
}

void
archive_salvage(struct bytes archive, struct salvage *out)
{
	struct salvaging salvaging = { .archive = archive, .out = out };
	struct manifest_links links = { 0 };
	struct err why = { 0 };
	uint64_t limit = (uint64_t)archive.size * LIMIT_RATIO;

	*out = (struct salvage){ .snapshot = { .is_piece = true } };
	archive_verify(archive, &out->report);
	if (archive_parts_check_size(archive, &why) != 0 ||
	    archive_member_init(&salvaging.member, &why) != 0)
		return; /* the report says so */
	salvaging.size_left =
	    limit < LIMIT_MODEL_FLOOR ? LIMIT_MODEL_FLOOR : limit;
	find_frames(&salvaging);
	out->frame_count = salvaging.count;
	read_manifest(&salvaging, &links);
	read_index(&salvaging, &links);
	if (!out->has_info)
		stand_in(&out->snapshot.info);
	make_room(&salvaging);
	take_members(&salvaging);
	resolve_offsets(&salvaging);
	check_content(&salvaging);
	take_rows(&salvaging);
	if (!out->has_info)
		out->snapshot.info =
		    (struct snapshot_info){ .reason = "", .as_of_ms = -1 };
	linebuild_release(&salvaging.lines);
	frameindex_release(&salvaging.index);
	archive_member_release(&salvaging.member);
	free(salvaging.list);
}

void
salvage_release(struct salvage *salvage)
{
	snapshot_release(&salvage->snapshot);
	archive_report_release(&salvage->report);
	buf_release(&salvage->rows);
}
