/*
 * manifest.h - MANIFEST.json: everything about a snapshot but its content, and
 * the hashes that tie the rest of the archive to it.
 */
#ifndef FORMATS_MANIFEST_H
#define FORMATS_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/hash.h"
#include "formats/model.h"

#define MANIFEST_FORMAT "tidemark"
/* What this program writes, and the newest min_reader that it may read. */
#define MANIFEST_VERSION 1

/* Where the archive's other bookkeeping is, and what it hashes to. */
struct manifest_links {
	uint8_t sums[SHA256_SIZE];  /* of SHA256SUMS */
	uint8_t index[SHA256_SIZE]; /* of INDEX.jsonl */
	size_t index_offset;        /* of INDEX.jsonl's frame in the file ... */
	size_t index_length;        /* ... compressed ... */
	uint8_t index_frame[SHA256_SIZE]; /* ... and the hash of these bytes */
	size_t gone_count;
};

/* Append the manifest; one over LIMIT_MANIFEST is ERR_UNSUPPORTED. */
int manifest_encode(const struct snapshot_info *info,
    const struct manifest_links *links, struct buf *out,
    struct err *err) MUST_CHECK;

/*
 * Read a manifest; texts go into the arena.  ERR_UNSUPPORTED if it asks for a
 * newer reader or for a feature that this one does not have.
 */
int manifest_decode(struct bytes text, struct arena *arena,
    struct snapshot_info *info, struct manifest_links *links,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_MANIFEST_H */
