/*
 * memberwrite.c - see memberwrite.h.
 */
#include "formats/memberwrite.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/xalloc.h"
#include "formats/frame.h"
#include "formats/frameindex.h"
#include "formats/limits.h"
#include "formats/seal.h"
#include "formats/seekable.h"
#include "formats/sums.h"
#include "formats/tarmember.h"

struct memberwrite {
	struct buf *out;
	size_t start; /* of the archive in out */
	struct buf raw;
	struct tarmember_writer *tar;
	struct frame_encoder *frames;
	struct seekable table;
	struct frameindex index;
	struct buf sums;
	uint64_t raw_size;
	uint64_t model_size; /* of the members that a reader keeps */

	/* What memberwrite_text collects. */
	struct buf text;
	enum member_kind kind;
	size_t number;
	bool has_first;
	struct buf first;
};

int
memberwrite_new(const struct snapshot_info *info, struct buf *out,
    struct memberwrite **writer, struct err *err)
{
	struct memberwrite *new = xcalloc(1, sizeof(*new));

	new->out = out;
	new->start = out->size;
	if (tarmember_writer_new(
		info->window.to_ms, &new->raw, &new->tar, err) != 0 ||
	    frame_encoder_new(&new->frames, err) != 0) {
		memberwrite_free(new);
		return -1;
	}
	*writer = new;
	return 0;
}

void
memberwrite_free(struct memberwrite *writer)
{
	if (writer == NULL)
		return;
	tarmember_writer_free(writer->tar);
	frame_encoder_free(writer->frames);
	seekable_release(&writer->table);
	frameindex_release(&writer->index);
	buf_release(&writer->raw);
	buf_release(&writer->sums);
	buf_release(&writer->text);
	buf_release(&writer->first);
	free(writer);
}

/* What the archive holds so far, from offset on. */
static struct bytes
written(const struct memberwrite *writer, size_t offset)
{
	const struct bytes part = { writer->out->data + writer->start + offset,
		writer->out->size - writer->start - offset };

	return part;
}

/* Compress what is in raw, and note the frame in the seek table. */
static int
write_frame(struct memberwrite *writer, struct bytes *frame, struct err *err)
{
	const size_t offset = writer->out->size - writer->start;

	if (writer->table.count == LIMIT_FRAMES)
		return err_set(err, ERR_UNSUPPORTED,
		    "more than %zu members do not fit into an archive",
		    LIMIT_FRAMES);
	if (frame_encode(
		writer->frames, buf_bytes(&writer->raw), writer->out, err) != 0)
		return -1;
	*frame = written(writer, offset);
	seekable_add(&writer->table, frame->size, writer->raw.size);
	writer->raw_size += writer->raw.size;
	buf_clear(&writer->raw);
	return 0;
}

/* Write a member and enter it in the index. */
static int
write_member(struct memberwrite *writer, const char *name, struct bytes content,
    const struct bytes *first, struct err *err)
{
	struct frameindex_entry entry = { .member = name };
	struct bytes frame = { 0 };

	if (tarmember_add(writer->tar, name, content, err) != 0 ||
	    write_frame(writer, &frame, err) != 0)
		return err_wrap(err, "%s", name);
	entry.offset = writer->out->size - writer->start - frame.size;
	entry.length = frame.size;
	if (first != NULL) {
		entry.has_first = true;
		entry.first = *first;
	}
	sha256_of(frame.data, frame.size, entry.sha256);
	frameindex_add(&writer->index, &entry);
	return 0;
}

int
memberwrite_add(struct memberwrite *writer, const char *name,
    struct bytes content, const struct bytes *first, struct err *err)
{
	uint8_t sha256[SHA256_SIZE];

	sha256_of(content.data, content.size, sha256);
	sums_add(&writer->sums, name, sha256);
	if (membername_parse(name).kind != MEMBER_OFFSETS)
		writer->model_size += content.size;
	return write_member(writer, name, content, first, err);
}

int
memberwrite_flush(struct memberwrite *writer, struct err *err)
{
	char name[MEMBERNAME_MAX];
	struct bytes first;

	if (writer->text.size == 0)
		return 0;
	(void)membername_format(writer->kind, writer->number++, name);
	first = buf_bytes(&writer->first);
	if (memberwrite_add(writer, name, buf_bytes(&writer->text),
		writer->has_first ? &first : NULL, err) != 0)
		return -1;
	buf_clear(&writer->text);
	buf_clear(&writer->first);
	return 0;
}

int
memberwrite_text(struct memberwrite *writer, enum member_kind kind,
    struct bytes text, const struct bytes *name, struct err *err)
{
	if ((writer->kind != kind ||
		writer->text.size + text.size > LIMIT_MEMBER) &&
	    memberwrite_flush(writer, err) != 0)
		return -1;
	if (writer->kind != kind) {
		writer->kind = kind;
		writer->number = 0;
	}
	if (writer->text.size == 0) {
		writer->has_first = name != NULL;
		if (name != NULL)
			buf_add_bytes(&writer->first, frameindex_key(*name));
	}
	buf_add_bytes(&writer->text, text);
	return 0;
}

/* SHA256SUMS and INDEX.jsonl, and what the manifest says of them. */
static int
write_links(
    struct memberwrite *writer, struct manifest_links *links, struct err *err)
{
	struct buf index = { 0 };
	struct bytes frame = { 0 };
	int status = -1;

	sha256_of(writer->sums.data, writer->sums.size, links->sums);
	if (write_member(
		writer, MEMBER_SUMS, buf_bytes(&writer->sums), NULL, err) != 0)
		goto out;
	frameindex_encode(&writer->index, &index);
	sha256_of(index.data, index.size, links->index);
	if (tarmember_add(writer->tar, MEMBER_INDEX, buf_bytes(&index), err) !=
		0 ||
	    write_frame(writer, &frame, err) != 0) {
		(void)err_wrap(err, "%s", MEMBER_INDEX); /* returned below */
		goto out;
	}
	links->index_offset = writer->out->size - writer->start - frame.size;
	links->index_length = frame.size;
	sha256_of(frame.data, frame.size, links->index_frame);
	status = 0;
out:
	buf_release(&index);
	return status;
}

static int
write_manifest(struct memberwrite *writer, const struct snapshot_info *info,
    const struct manifest_links *links, struct seal *seal, struct err *err)
{
	struct buf manifest = { 0 };
	struct bytes frame = { 0 };
	int status = -1;

	if (manifest_encode(info, links, &manifest, err) == 0 &&
	    tarmember_add(
		writer->tar, MEMBER_MANIFEST, buf_bytes(&manifest), err) == 0 &&
	    tarmember_finish(writer->tar, err) == 0 &&
	    write_frame(writer, &frame, err) == 0) {
		sha256_of(frame.data, frame.size, seal->manifest);
		status = 0;
	}
	buf_release(&manifest);
	return status;
}

/* What readers refuse must not be written. */
static int
check_size(const struct memberwrite *writer, struct err *err)
{
	const size_t size = writer->out->size - writer->start;

	if (writer->raw_size > LIMIT_RAW)
		return err_set(err, ERR_UNSUPPORTED,
		    "more than %" PRIu64 " bytes do not fit into an archive",
		    LIMIT_RAW);
	if (writer->model_size > LIMIT_MODEL_FLOOR &&
	    writer->model_size / LIMIT_RATIO >= size)
		return err_set(err, ERR_UNSUPPORTED,
		    "the content compresses more than %zu times, which "
		    "readers refuse",
		    LIMIT_RATIO);
	return 0;
}

int
memberwrite_finish(struct memberwrite *writer, const struct snapshot_info *info,
    size_t gone_count, struct err *err)
{
	struct manifest_links links = { .gone_count = gone_count };
	struct seal seal;
	struct bytes whole;

	if (memberwrite_flush(writer, err) != 0 ||
	    write_links(writer, &links, err) != 0 ||
	    write_manifest(writer, info, &links, &seal, err) != 0)
		return -1;
	whole = written(writer, 0);
	sha256_of(whole.data, whole.size, seal.whole);
	seal_encode(&seal, writer->out);
	seekable_add(&writer->table, SEAL_SIZE, 0);
	seekable_encode(&writer->table, writer->out);
	return check_size(writer, err);
}
