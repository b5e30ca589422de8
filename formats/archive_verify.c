/*
 * archive_verify.c - archive_verify: find everything that is wrong; see
 * archive.h.
 *
 * The seal tells that something changed; the chain seal, manifest, index,
 * frame tells what.  Each link is checked on its own, and what hangs on a link
 * that is broken is not blamed for it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_layout.h"
#include "formats/archive_parts.h"
#include "formats/csvcheck.h"
#include "formats/groupline.h"
#include "formats/membername.h"
#include "formats/modelbuild.h"
#include "formats/seal.h"
#include "formats/sums.h"
#include "formats/timesline.h"
#include "formats/topicline.h"

/* More findings than this help nobody. */
#define FINDINGS_MAX 1000
#define NAME_MAX_SHOWN 128

struct verifying {
	struct bytes archive;
	struct archive_report *report;
	struct archive_layout layout;
	struct archive_member member;
	bool seal_doubtful; /* it does not match the whole file */

	bool has_manifest;
	struct manifest_links links;
	bool has_index; /* and it is the manifest's */
	struct frameindex index;
	bool has_sums; /* and they are the manifest's */
	struct buf sums;
	struct textlines sums_lines;

	struct snapshot snapshot;
	struct modelbuild *build; /* NULL once the model cannot be made */
};

static bool
has_finding(const struct archive_report *report, const char *member)
{
	for (size_t i = 0; i < report->count; i++) {
		if (strcmp(report->findings[i].member, member) == 0)
			return true;
	}
	return false;
}

/* Add a finding; only the first for each member, as others follow from it. */
static void
find(struct verifying *verifying, const char *member, const char *text)
{
	struct archive_report *report = verifying->report;
	const size_t size = strlen(member);

	/* Readers of a member name it themselves. */
	if (strncmp(text, member, size) == 0 &&
	    strncmp(text + size, ": ", 2) == 0)
		text += size + 2;
	if (report->count < FINDINGS_MAX && !has_finding(report, member))
		archive_report_add(report, member, text);
}

static bool
hash_is(struct bytes content, const uint8_t expected[SHA256_SIZE])
{
	uint8_t sha256[SHA256_SIZE];

	sha256_of(content.data, content.size, sha256);
	return memcmp(sha256, expected, SHA256_SIZE) == 0;
}

static struct bytes
frame_at(const struct verifying *verifying, size_t number)
{
	return archive_parts_frame(
	    verifying->archive, &verifying->layout.frames, number);
}

static void
verify_seal(struct verifying *verifying)
{
	const struct archive_layout *layout = &verifying->layout;
	const struct bytes whole = { verifying->archive.data, layout->end };
	struct seal seal;
	bool whole_holds;
	bool manifest_holds;

	if (!seal_decode(
		archive_layout_seal(verifying->archive, layout), &seal)) {
		find(verifying, "seal", "malformed, missing or cut short");
		return;
	}
	whole_holds = hash_is(whole, seal.whole);
	manifest_holds = hash_is(
	    frame_at(verifying, layout->frames.count - 1), seal.manifest);
	if (whole_holds && !manifest_holds)
		find(verifying, "seal", "its hash of the manifest is wrong");
	else if (!whole_holds && !manifest_holds)
		find(verifying, MEMBER_MANIFEST,
		    "its frame is not the one that was sealed");
	/* If every other part is right it is the seal that is not. */
	verifying->seal_doubtful = !whole_holds && manifest_holds;
}

static void
verify_manifest(struct verifying *verifying)
{
	struct archive_report *report = verifying->report;
	struct err err = { 0 };

	if (archive_member_open_named(&verifying->member,
		frame_at(verifying, verifying->layout.frames.count - 1),
		MEMBER_MANIFEST, &err) != 0 ||
	    manifest_decode(verifying->member.content, &report->arena,
		&report->info, &verifying->links, &err) != 0) {
		find(verifying, MEMBER_MANIFEST, err.message);
		report->info = (struct snapshot_info){ 0 };
		return;
	}
	verifying->has_manifest = !has_finding(report, MEMBER_MANIFEST);
}

/* True if the frame before the manifest's is the index that the manifest
 * means, and says of as many frames as there are where they are. */
static bool
index_fits(struct verifying *verifying, struct err *err)
{
	const struct seekable *frames = &verifying->layout.frames;
	const struct seekable_frame *own = &frames->frames[frames->count - 2];
	const struct manifest_links *links = &verifying->links;
	const struct frameindex *index = &verifying->index;

	if (index->count != frames->count - 2) {
		(void)err_set(err, ERR_CORRUPT, "%zu lines for %zu frames",
		    index->count, frames->count - 2);
		return false;
	}
	for (size_t i = 0; i < index->count; i++) {
		if (index->entries[i].offset == frames->frames[i].offset &&
		    index->entries[i].length == frames->frames[i].size)
			continue;
		(void)err_set(err, ERR_CORRUPT, "frame %zu is elsewhere", i);
		return false;
	}
	if (!verifying->has_manifest)
		return true;
	(void)err_set(err, ERR_CORRUPT, "not what the manifest says");
	return own->offset == links->index_offset &&
	    own->size == links->index_length &&
	    hash_is(
		frame_at(verifying, frames->count - 2), links->index_frame) &&
	    hash_is(verifying->member.content, links->index);
}

static void
verify_index(struct verifying *verifying)
{
	const size_t number = verifying->layout.frames.count - 2;
	struct err err = { 0 };

	if (archive_member_open_named(&verifying->member,
		frame_at(verifying, number), MEMBER_INDEX, &err) != 0 ||
	    frameindex_decode(
		verifying->member.content, &verifying->index, &err) != 0 ||
	    !index_fits(verifying, &err))
		find(verifying, MEMBER_INDEX, err.message);
	else
		verifying->has_index = true;
}

static void
verify_sums(struct verifying *verifying)
{
	const size_t number = verifying->layout.frames.count - 3;
	struct err err = { 0 };

	if (archive_member_open_named(&verifying->member,
		frame_at(verifying, number), MEMBER_SUMS, &err) != 0) {
		find(verifying, MEMBER_SUMS, err.message);
		return;
	}
	if (verifying->has_manifest &&
	    !hash_is(verifying->member.content, verifying->links.sums)) {
		find(verifying, MEMBER_SUMS, "not what the manifest says");
		return;
	}
	buf_add_bytes(&verifying->sums, verifying->member.content);
	verifying->sums_lines.rest = buf_bytes(&verifying->sums);
	verifying->has_sums = true;
}

/* The index says which name comes first in a member. */
static bool
first_name_is(struct bytes content, const char *name,
    const struct frameindex_entry *entry)
{
	struct textlines lines = { content, 0 };
	struct groupline group = { 0 };
	struct topicline topic = { 0 };
	struct timesline times = { 0 };
	struct bytes line = { 0 };
	struct bytes first = { 0 };
	struct err ignored = { 0 };
	bool more = false;
	bool same = true;

	switch (membername_parse(name).kind) {
	case MEMBER_GROUPS:
		if (textlines_next(&lines, &line, &more, &ignored) == 0 &&
		    groupline_parse(line, &group, &ignored) == 0)
			first = group.group;
		break;
	case MEMBER_TOPICS:
		if (textlines_next(&lines, &line, &more, &ignored) == 0 &&
		    topicline_parse(line, &topic, &ignored) == 0)
			first = topic.topic;
		break;
	case MEMBER_TIMES:
		if (textlines_next(&lines, &line, &more, &ignored) == 0 &&
		    timesline_parse(line, &times, &ignored) == 0)
			first = times.topic;
		break;
	case MEMBER_OFFSETS: /* compared with the rows */
		return entry->has_first;
	case MEMBER_HOLES:
	case MEMBER_GONE:
		return !entry->has_first;
	case MEMBER_OTHER:
	default:
		return true;
	}
	same = entry->has_first &&
	    bytes_equal(frameindex_key(first), entry->first);
	groupline_release(&group);
	topicline_release(&topic);
	timesline_release(&times);
	return same;
}

/* The line of SHA256SUMS for the next member. */
static void
verify_sum(struct verifying *verifying, const char *name,
    const struct archive_member *member)
{
	struct sums_line sum;
	struct err err = { 0 };
	bool more = false;

	if (!verifying->has_sums)
		return;
	if (sums_next(&verifying->sums_lines, &sum, &more, &err) != 0 ||
	    !more || strcmp(sum.name, name) != 0) {
		find(verifying, MEMBER_SUMS, "not the list of the members");
		verifying->has_sums = false;
		return;
	}
	if (member != NULL && !hash_is(member->content, sum.sha256))
		find(verifying, name, "the SHA-256 of its content is wrong");
}

static void
stop_model(struct verifying *verifying)
{
	modelbuild_free(verifying->build);
	verifying->build = NULL;
}

static void
verify_member(struct verifying *verifying, size_t number)
{
	const struct frameindex_entry *entry =
	    verifying->has_index ? &verifying->index.entries[number] : NULL;
	const struct bytes frame = frame_at(verifying, number);
	struct archive_member *member = &verifying->member;
	char name[NAME_MAX_SHOWN];
	struct err err = { 0 };
	bool opened;

	opened = archive_member_open(member, frame, false, &err) == 0;
	(void)snprintf(name, sizeof(name), "frame %zu", number);
	if (entry != NULL)
		(void)snprintf(name, sizeof(name), "%s", entry->member);
	else if (opened)
		(void)snprintf(name, sizeof(name), "%s", member->name);
	if (entry != NULL && !hash_is(frame, entry->sha256))
		find(verifying, name,
		    "its frame is not the one that was written");
	if (!opened)
		find(verifying, name, err.message);
	else if (strcmp(member->name, name) != 0)
		find(verifying, name, "its frame holds another member");
	else if (entry != NULL && !first_name_is(member->content, name, entry))
		find(verifying, MEMBER_INDEX,
		    "a first name that does not stand there");
	verify_sum(verifying, name, opened ? member : NULL);
	if (!opened || has_finding(verifying->report, name)) {
		stop_model(verifying);
	} else if (verifying->build != NULL &&
	    modelbuild_member(verifying->build, name, member->content, &err) !=
		0) {
		find(verifying, name, err.message);
		stop_model(verifying);
	}
}

static void
verify_csv_member(
    struct verifying *verifying, struct csvcheck *check, size_t number)
{
	const struct frameindex_entry *entry =
	    &verifying->index.entries[number];
	struct err err = { 0 };

	if (archive_member_open(&verifying->member, frame_at(verifying, number),
		false, &err) != 0 ||
	    csvcheck_member(check, verifying->member.content, &err) != 0)
		find(verifying, entry->member, err.message);
	else if (!bytes_equal(frameindex_key(check->first), entry->first))
		find(verifying, MEMBER_INDEX,
		    "a first name that does not stand there");
}

/* The CSV against the groups, when all of these are right. */
static void
verify_csv(struct verifying *verifying)
{
	struct csvcheck check = { .snapshot = &verifying->snapshot };
	struct err err = { 0 };

	for (size_t i = 0; i < verifying->index.count; i++) {
		const char *name = verifying->index.entries[i].member;

		if (membername_parse(name).kind == MEMBER_OFFSETS)
			verify_csv_member(verifying, &check, i);
	}
	if (verifying->report->count == 0 && csvcheck_finish(&check, &err) != 0)
		find(verifying, "offsets/", err.message);
	csvcheck_release(&check);
}

static void
start_model(struct verifying *verifying)
{
	struct err err = { 0 };

	if (!verifying->has_manifest || !verifying->has_index)
		return;
	verifying->snapshot.info = verifying->report->info;
	if (modelbuild_new(&verifying->snapshot, verifying->links.gone_count,
		archive_parts_model_limit(
		    verifying->archive, &verifying->layout.frames),
		&verifying->build, &err) != 0)
		find(verifying, MEMBER_MANIFEST, err.message);
}

static void
verify_members(struct verifying *verifying)
{
	const size_t count =
	    verifying->layout.frames.count - ARCHIVE_PARTS_TAIL;
	const size_t sums = count;
	struct err err = { 0 };

	start_model(verifying);
	for (size_t i = 0; i < count; i++)
		verify_member(verifying, i);
	if (verifying->has_sums && verifying->sums_lines.rest.size > 0)
		find(verifying, MEMBER_SUMS, "lines for no member");
	if (verifying->has_index &&
	    !hash_is(frame_at(verifying, sums),
		verifying->index.entries[sums].sha256))
		find(verifying, MEMBER_SUMS,
		    "its frame is not the one that was written");
	if (verifying->build == NULL)
		return;
	if (modelbuild_finish(verifying->build, &err) != 0)
		find(verifying, "content", err.message);
	else if (verifying->report->count == 0)
		verify_csv(verifying);
}

static void
verify_table(struct verifying *verifying)
{
	struct err err = { 0 };
	const char *part = archive_layout_check_table(
	    verifying->archive, &verifying->layout, &err);

	/* A frame with a damaged header has a finding of its own. */
	if (part == NULL ||
	    (verifying->layout.by_table && verifying->report->count > 0))
		return;
	find(verifying, part, err.message);
}

/* What all frames say of their content: the table may be what is damaged. */
static uint64_t
header_size(const struct verifying *verifying)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < verifying->layout.frames.count; i++) {
		struct err ignored = { 0 };
		size_t size = 0;

		if (frame_content_size(
			frame_at(verifying, i), &size, &ignored) == 0)
			sum += size;
	}
	return sum;
}

static void
verify_all(struct verifying *verifying)
{
	struct archive_report *report = verifying->report;
	const struct archive_layout *layout = &verifying->layout;
	char text[NAME_MAX_SHOWN];
	struct err err = { 0 };

	if (layout->frames.count <= ARCHIVE_PARTS_TAIL) {
		find(verifying, "file",
		    layout->frames.count == 0
			? "not a tidemark archive"
			: "damaged near its beginning, or cut short");
		return;
	}
	report->frame_count = layout->frames.count;
	report->member_count = layout->frames.count;
	report->raw_size = archive_parts_raw_size(&layout->frames);
	if (archive_parts_check_ratio(
		verifying->archive, header_size(verifying), &err) != 0) {
		find(verifying, "file", err.message + strlen("file: "));
		return;
	}
	verify_seal(verifying);
	if (!layout->by_table && has_finding(report, "seal")) {
		/* Neither table nor seal: nobody knows which frame is last. */
		(void)snprintf(text, sizeof(text),
		    "cut short or damaged at byte %zu of %zu", layout->end,
		    verifying->archive.size);
		report->count = 0;
		find(verifying, "file", text);
		return;
	}
	verify_manifest(verifying);
	verify_index(verifying);
	verify_sums(verifying);
	verify_members(verifying);
	verify_table(verifying);
	if (verifying->seal_doubtful && report->count == 0)
		find(verifying, "seal", "its hash of the archive is wrong");
}

void
archive_verify(struct bytes archive, struct archive_report *report)
{
	struct verifying verifying = { .archive = archive, .report = report };
	struct err err = { 0 };

	*report = (struct archive_report){ 0 };
	if (archive_parts_check_size(archive, &err) != 0 ||
	    archive_member_init(&verifying.member, &err) != 0) {
		find(&verifying, "file", err.message);
		return;
	}
	archive_layout_find(archive, &verifying.layout);
	verify_all(&verifying);
	modelbuild_free(verifying.build);
	snapshot_release(&verifying.snapshot);
	frameindex_release(&verifying.index);
	buf_release(&verifying.sums);
	archive_member_release(&verifying.member);
	archive_layout_release(&verifying.layout);
}

void
archive_report_add(
    struct archive_report *report, const char *member, const char *text)
{
	struct archive_finding *finding;

	report->findings = xgrow(report->findings, report->count,
	    &report->capacity, sizeof(*report->findings));
	finding = &report->findings[report->count++];
	finding->member = arena_text(&report->arena, member);
	finding->text = arena_text(&report->arena, text);
}

void
archive_report_release(struct archive_report *report)
{
	free(report->findings);
	arena_release(&report->arena);
	*report = (struct archive_report){ 0 };
}
