/*
 * archive_parts.c - see archive_parts.h.
 */
#include "formats/archive_parts.h"

#include <inttypes.h>
#include <string.h>

#include "common/hash.h"
#include "formats/archive.h"
#include "formats/limits.h"
#include "formats/membername.h"
#include "formats/seal.h"

int
archive_parts_check_size(struct bytes archive, struct err *err)
{
	if (archive.size > ARCHIVE_SIZE_MAX)
		return err_set(err, ERR_CORRUPT,
		    "file: larger than any archive (%zu bytes)",
		    ARCHIVE_SIZE_MAX);
	return 0;
}

struct bytes
archive_parts_frame(
    struct bytes archive, const struct seekable *frames, size_t number)
{
	const struct bytes frame = { archive.data +
		    frames->frames[number].offset,
		frames->frames[number].size };

	return frame;
}

uint64_t
archive_parts_raw_size(const struct seekable *frames)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < frames->count; i++)
		sum += frames->frames[i].content_size;
	return sum;
}

uint64_t
archive_parts_model_limit(struct bytes archive, const struct seekable *frames)
{
	const uint64_t raw_size = archive_parts_raw_size(frames);
	uint64_t limit = (uint64_t)archive.size * LIMIT_RATIO;

	if (limit < LIMIT_MODEL_FLOOR)
		limit = LIMIT_MODEL_FLOOR;
	return limit < raw_size ? limit : raw_size;
}

int
archive_parts_check_frames(
    struct bytes archive, const struct seekable *frames, struct err *err)
{
	for (size_t i = 0; i < frames->count; i++) {
		const struct bytes frame =
		    archive_parts_frame(archive, frames, i);
		size_t size = 0;

		if (frame_content_size(frame, &size, err) != 0)
			return err_wrap(err, "frame %zu", i);
		if (size != frames->frames[i].content_size)
			return err_set(err, ERR_CORRUPT,
			    "seek table: frame %zu has %zu bytes, not %zu", i,
			    size, frames->frames[i].content_size);
	}
	return archive_parts_check_ratio(
	    archive, archive_parts_raw_size(frames), err);
}

int
archive_parts_check_ratio(
    struct bytes archive, uint64_t raw_size, struct err *err)
{
	if (raw_size > LIMIT_RAW)
		return err_set(err, ERR_CORRUPT,
		    "file: the content is more than %" PRIu64 " bytes",
		    LIMIT_RAW);
	if (raw_size > LIMIT_RAW_FLOOR &&
	    raw_size > (uint64_t)archive.size * LIMIT_RATIO)
		return err_set(err, ERR_CORRUPT,
		    "file: the content is more than %zu times as large as the "
		    "file",
		    LIMIT_RATIO);
	return 0;
}

int
archive_parts_frames(
    struct bytes archive, struct seekable *out, struct err *err)
{
	if (archive_parts_check_size(archive, err) != 0)
		return -1;
	if (seekable_decode(archive, archive.size, out, err) != 0)
		return err_wrap(err, "seek table");
	/* The last frame of the table is the seal. */
	if (out->count <= ARCHIVE_PARTS_TAIL ||
	    out->frames[out->count - 1].size != SEAL_SIZE ||
	    out->frames[out->count - 1].content_size != 0) {
		seekable_release(out);
		return err_set(err, ERR_CORRUPT,
		    "seek table: not that of a tidemark archive");
	}
	out->count--;
	if (archive_parts_check_frames(archive, out, err) != 0) {
		seekable_release(out);
		return -1;
	}
	return 0;
}

int
archive_parts_check_hash(const char *what, struct bytes content,
    const uint8_t expected[SHA256_SIZE], struct err *err)
{
	uint8_t sha256[SHA256_SIZE];

	sha256_of(content.data, content.size, sha256);
	if (memcmp(sha256, expected, SHA256_SIZE) != 0)
		return err_set(
		    err, ERR_CORRUPT, "%s: the SHA-256 does not match", what);
	return 0;
}

int
archive_parts_check_index(const struct frameindex *index,
    const struct seekable *frames, const struct manifest_links *links,
    struct err *err)
{
	const struct seekable_frame *own = &frames->frames[frames->count - 2];

	if (own->offset != links->index_offset ||
	    own->size != links->index_length)
		return err_set(err, ERR_CORRUPT, "%s: the index is elsewhere",
		    MEMBER_MANIFEST);
	if (index->count != frames->count - 2)
		return err_set(err, ERR_CORRUPT, "%s: %zu lines for %zu frames",
		    MEMBER_INDEX, index->count, frames->count - 2);
	for (size_t i = 0; i < index->count; i++) {
		if (index->entries[i].offset != frames->frames[i].offset ||
		    index->entries[i].length != frames->frames[i].size)
			return err_set(err, ERR_CORRUPT,
			    "%s: frame %zu is elsewhere", MEMBER_INDEX, i);
	}
	return 0;
}

int
archive_member_init(struct archive_member *member, struct err *err)
{
	*member = (struct archive_member){ 0 };
	return frame_decoder_new(&member->decoder, err);
}

int
archive_member_open(struct archive_member *member, struct bytes frame,
    bool last, struct err *err)
{
	member->content = (struct bytes){ 0 };
	member->name[0] = '\0';
	if (frame_decode(member->decoder, frame, &member->raw, err) != 0)
		return -1;
	return tarmember_parse(
	    buf_bytes(&member->raw), last, member->name, &member->content, err);
}

int
archive_member_open_named(struct archive_member *member, struct bytes frame,
    const char *name, struct err *err)
{
	const bool last = strcmp(name, MEMBER_MANIFEST) == 0;

	if (archive_member_open(member, frame, last, err) != 0)
		return err_wrap(err, "%s", name);
	if (strcmp(member->name, name) != 0)
		return err_set(err, ERR_CORRUPT,
		    "%s: the frame holds '%s' instead", name, member->name);
	return 0;
}

void
archive_member_release(struct archive_member *member)
{
	frame_decoder_free(member->decoder);
	buf_release(&member->raw);
	*member = (struct archive_member){ 0 };
}
