/*
 * archive_read.c - an archive into a snapshot; see archive.h and FORMAT.md.
 *
 * The chain goes from the seal over the manifest and the index to the members
 * and ends with the model; the first fault ends it.
 */
#include <string.h>

#include "common/hash.h"
#include "formats/archive.h"
#include "formats/archive_layout.h"
#include "formats/archive_parts.h"
#include "formats/limits.h"
#include "formats/membername.h"
#include "formats/modelbuild.h"
#include "formats/seal.h"
#include "formats/sums.h"

struct reading {
	struct bytes archive;
	struct seekable frames;
	struct archive_member member; /* the one that is open */
	struct manifest_links links;
	struct frameindex index;
	struct buf sums;
	struct snapshot *snapshot;
};

static int
check_seal(const struct reading *reading, struct err *err)
{
	const struct seekable *frames = &reading->frames;
	const struct seekable_frame *manifest =
	    &frames->frames[frames->count - 1];
	const size_t end = manifest->offset + manifest->size;
	const struct bytes whole = { reading->archive.data, end };
	const struct bytes stored = { reading->archive.data + end, SEAL_SIZE };
	struct seal seal;

	if (!seal_decode(stored, &seal))
		return err_set(err, ERR_CORRUPT, "seal: malformed");
	if (archive_parts_check_hash(MEMBER_MANIFEST,
		archive_parts_frame(
		    reading->archive, frames, frames->count - 1),
		seal.manifest, err) != 0)
		return -1;
	return archive_parts_check_hash("seal", whole, seal.whole, err);
}

/* The frame that is so many before the last, as the member of that name. */
static int
open_tail(struct reading *reading, size_t before_last, const char *name,
    struct err *err)
{
	const size_t number = reading->frames.count - 1 - before_last;

	return archive_member_open_named(&reading->member,
	    archive_parts_frame(reading->archive, &reading->frames, number),
	    name, err);
}

static int
read_manifest(struct reading *reading, const struct capture_choice *choice,
    struct err *err)
{
	struct snapshot *snapshot = reading->snapshot;
	size_t number = 0;

	if (open_tail(reading, 0, MEMBER_MANIFEST, err) != 0)
		return -1;
	if (manifest_decode(reading->member.content, &snapshot->arena,
		&snapshot->info, &reading->links, err) != 0)
		return err_wrap(err, "%s", MEMBER_MANIFEST);
	if (window_choose(&snapshot->info.window, choice, &number, err) != 0)
		return -1;
	window_select(&snapshot->info, number);
	return 0;
}

static int
read_index(struct reading *reading, struct err *err)
{
	if (open_tail(reading, 1, MEMBER_INDEX, err) != 0 ||
	    archive_parts_check_hash(MEMBER_INDEX, reading->member.content,
		reading->links.index, err) != 0)
		return -1;
	if (frameindex_decode(reading->member.content, &reading->index, err) !=
	    0)
		return err_wrap(err, "%s", MEMBER_INDEX);
	return archive_parts_check_index(
	    &reading->index, &reading->frames, &reading->links, err);
}

static int
read_sums(struct reading *reading, struct err *err)
{
	if (open_tail(reading, 2, MEMBER_SUMS, err) != 0 ||
	    archive_parts_check_hash(MEMBER_SUMS, reading->member.content,
		reading->links.sums, err) != 0)
		return -1;
	buf_add_bytes(&reading->sums, reading->member.content);
	return 0;
}

/* Take one member, if the model needs it. */
static int
read_member(struct reading *reading, size_t number, const struct sums_line *sum,
    struct modelbuild *build, struct err *err)
{
	const char *name = reading->index.entries[number].member;
	const struct archive_member *member = &reading->member;

	if (strcmp(sum->name, name) != 0)
		return err_set(err, ERR_CORRUPT, "%s: '%s' stands for '%s'",
		    MEMBER_SUMS, sum->name, name);
	if (!modelbuild_needs(name))
		return 0;
	if (archive_member_open_named(&reading->member,
		archive_parts_frame(reading->archive, &reading->frames, number),
		name, err) != 0 ||
	    archive_parts_check_hash(name, member->content, sum->sha256, err) !=
		0)
		return -1;
	if (modelbuild_member(build, name, member->content, err) != 0)
		return err_wrap(err, "%s", name);
	return 0;
}

static int
read_members(struct reading *reading, struct modelbuild *build, struct err *err)
{
	const size_t count = reading->frames.count - ARCHIVE_PARTS_TAIL;
	struct textlines lines = { buf_bytes(&reading->sums), 0 };
	struct sums_line sum;
	bool more = false;

	for (size_t i = 0; i < count; i++) {
		if (sums_next(&lines, &sum, &more, err) != 0)
			return err_wrap(err, "%s", MEMBER_SUMS);
		if (!more)
			return err_set(err, ERR_CORRUPT,
			    "%s: lines are missing", MEMBER_SUMS);
		if (read_member(reading, i, &sum, build, err) != 0)
			return -1;
	}
	if (lines.rest.size > 0)
		return err_set(
		    err, ERR_CORRUPT, "%s: too many lines", MEMBER_SUMS);
	return modelbuild_finish(build, err);
}

static int
read_content(struct reading *reading, struct err *err)
{
	struct modelbuild *build = NULL;
	int status = -1;

	if (read_index(reading, err) == 0 && read_sums(reading, err) == 0 &&
	    modelbuild_new(reading->snapshot, reading->links.gone_count,
		archive_parts_model_limit(reading->archive, &reading->frames),
		&build, err) == 0)
		status = read_members(reading, build, err);
	modelbuild_free(build);
	return status;
}

/* Replace an error by the first thing that a full check finds: it names the
 * member where this chain only saw that the whole is not right. */
static void
explain(struct bytes archive, struct err *err)
{
	struct archive_report report;

	archive_verify(archive, &report);
	if (report.count > 0)
		(void)err_set(err, ERR_CORRUPT, "%s: %s",
		    report.findings[0].member, report.findings[0].text);
	archive_report_release(&report);
}

/* Without its table an archive is read by walking from frame to frame: the
 * seal vouches for all of them.  What could be another archive behind the seal
 * is not passed over. */
static int
walk_frames(struct reading *reading, const struct err *why, struct err *err)
{
	const struct bytes archive = reading->archive;
	struct archive_layout layout;

	archive_layout_walk(archive, &layout);
	if (layout.frames.count < ARCHIVE_PARTS_TAIL ||
	    archive.size - layout.end < SEAL_SIZE ||
	    archive.size - layout.end - SEAL_SIZE >
		seekable_size(layout.frames.count + 1) ||
	    archive_parts_check_frames(archive, &layout.frames, err) != 0) {
		archive_layout_release(&layout);
		*err = *why;
		return -1;
	}
	reading->frames = layout.frames; /* and what they own */
	reading->snapshot->table_is_damaged = true;
	return 0;
}

static int
find_frames(struct reading *reading, struct err *err)
{
	struct err why = { 0 };

	if (archive_parts_check_size(reading->archive, err) != 0)
		return -1;
	if (archive_parts_frames(reading->archive, &reading->frames, &why) == 0)
		return 0;
	return walk_frames(reading, &why, err);
}

int
archive_decode_at(struct bytes archive, const struct capture_choice *choice,
    struct snapshot *out, struct err *err)
{
	struct reading reading = { .archive = archive, .snapshot = out };
	int status = -1;

	*out = (struct snapshot){ 0 };
	if (archive_member_init(&reading.member, err) != 0)
		return -1;
	if (find_frames(&reading, err) != 0 || check_seal(&reading, err) != 0) {
		explain(archive, err);
		goto out;
	}
	if (read_manifest(&reading, choice, err) == 0)
		status = read_content(&reading, err);
out:
	if (status != 0)
		snapshot_release(out);
	archive_member_release(&reading.member);
	frameindex_release(&reading.index);
	seekable_release(&reading.frames);
	buf_release(&reading.sums);
	return status;
}

int
archive_decode(struct bytes archive, struct snapshot *out, struct err *err)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };

	return archive_decode_at(archive, &last, out, err);
}
