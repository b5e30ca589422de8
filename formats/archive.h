/*
 * archive.h - a snapshot as one *.tar.zst object that stock tools read, and
 * back.  FORMAT.md specifies every byte; design section 9 says why.
 *
 * Writing is deterministic: the same model gives the same bytes.  Reading
 * trusts nothing: sizes, counts, depth and ratio are limited before memory is
 * taken, and what decodes obeys model_check.
 */
#ifndef FORMATS_ARCHIVE_H
#define FORMATS_ARCHIVE_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"
#include "formats/window.h"

/* No archive is larger; a reader refuses one before loading it. */
#define ARCHIVE_SIZE_MAX ((size_t)2 << 30)

/* Append the archive of a sorted, counted snapshot to out. */
int archive_encode(const struct snapshot *snapshot, struct buf *out,
    struct err *err) MUST_CHECK;

/*
 * Decode a whole archive.  The seal is checked first, then each frame, each
 * member hash and the model: any changed byte is ERR_CORRUPT and the message
 * names the member ("groups/00003.jsonl") or the part ("seal", "seek table").
 * A newer format is ERR_UNSUPPORTED.  On failure out is empty.  Only the seek
 * table may be damaged or gone: then table_is_damaged says so, for the caller
 * to tell.
 */
int archive_decode(
    struct bytes archive, struct snapshot *out, struct err *err) MUST_CHECK;

/* The same of the capture that is chosen; archive_decode takes the last one.
 * ERR_NOT_FOUND if there is no such capture. */
int archive_decode_at(struct bytes archive, const struct capture_choice *choice,
    struct snapshot *out, struct err *err) MUST_CHECK;

struct archive_finding {
	const char *member; /* or the part: "seal", "seek table", "file" */
	const char *text;   /* what is wrong with it, one line */
};

struct archive_report {
	struct arena arena;
	struct archive_finding *findings; /* none: the archive is whole */
	size_t capacity;
	size_t count;
	size_t frame_count;
	size_t member_count;
	uint64_t raw_size;         /* bytes of all members */
	struct snapshot_info info; /* zero if the manifest is unreadable */
};

/*
 * Check everything there is: seal, every frame's checksum and size, the seek
 * table, SHA256SUMS and INDEX.jsonl against the members, the manifest's hashes
 * and counts against the content, the CSV against the groups, trailing bytes.
 * Goes on after the first finding where it can.  The findings are the result;
 * the call itself does not fail.
 */
void archive_verify(struct bytes archive, struct archive_report *report);

/* Add a finding of the caller's; both texts are copied. */
void archive_report_add(
    struct archive_report *report, const char *member, const char *text);

void archive_report_release(struct archive_report *report);

#endif /* FORMATS_ARCHIVE_H */
