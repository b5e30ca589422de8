/*
 * archive_parts.h - the parts of an archive that is in memory: its frames, its
 * seal, its manifest and its index, each read and checked on its own.
 * archive_read.c puts them in a chain that stops at the first fault;
 * archive_verify.c goes on to find all of them.
 */
#ifndef FORMATS_ARCHIVE_PARTS_H
#define FORMATS_ARCHIVE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/frame.h"
#include "formats/frameindex.h"
#include "formats/manifest.h"
#include "formats/model.h"
#include "formats/seekable.h"
#include "formats/tarmember.h"

/* Behind the members stand SHA256SUMS, INDEX.jsonl and MANIFEST.json. */
#define ARCHIVE_PARTS_TAIL 3

/* What is wrong with every file that ends too early or too late. */
int archive_parts_check_size(struct bytes archive, struct err *err) MUST_CHECK;

/*
 * The frames of an archive by its seek table, the seal's not among them.
 * ERR_CORRUPT if the table is damaged, bytes follow it, a frame is over the
 * limits, or all of them together are.
 */
int archive_parts_frames(
    struct bytes archive, struct seekable *out, struct err *err) MUST_CHECK;

/* Hold each frame's header against the table, and all against the limits. */
int archive_parts_check_frames(struct bytes archive,
    const struct seekable *frames, struct err *err) MUST_CHECK;

/* ERR_CORRUPT if all of the content is more than an archive of that size may
 * have. */
int archive_parts_check_ratio(
    struct bytes archive, uint64_t raw_size, struct err *err) MUST_CHECK;

struct bytes archive_parts_frame(
    struct bytes archive, const struct seekable *frames, size_t number);

/* How many bytes all members have, by the frames' headers; and how many of
 * them a model may be made of. */
uint64_t archive_parts_raw_size(const struct seekable *frames);
uint64_t archive_parts_model_limit(
    struct bytes archive, const struct seekable *frames);

/* what is named in the error. */
int archive_parts_check_hash(const char *what, struct bytes content,
    const uint8_t expected[SHA256_SIZE], struct err *err) MUST_CHECK;

/* The index must say of each frame before its own where it is, and be where
 * the manifest says. */
int archive_parts_check_index(const struct frameindex *index,
    const struct seekable *frames, const struct manifest_links *links,
    struct err *err) MUST_CHECK;

/* One frame at a time, decompressed. */
struct archive_member {
	struct frame_decoder *decoder;
	struct buf raw;
	char name[TARMEMBER_NAME_MAX];
	struct bytes content; /* in raw */
};

int archive_member_init(
    struct archive_member *member, struct err *err) MUST_CHECK;

/* Open frame; last tells that it is the archive's last, the manifest's. */
int archive_member_open(struct archive_member *member, struct bytes frame,
    bool last, struct err *err) MUST_CHECK;

/* The same; the member must have this name. */
int archive_member_open_named(struct archive_member *member, struct bytes frame,
    const char *name, struct err *err) MUST_CHECK;

void archive_member_release(struct archive_member *member);

#endif /* FORMATS_ARCHIVE_PARTS_H */
