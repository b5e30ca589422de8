/*
 * seal.h - the seal of an archive: a frame that zstd skips, behind the last
 * frame with content.
 *
 *	4	magic 54 2A 4D 18 (0x184D2A54, skippable), "T*M"
 *	4	72, little-endian: how many bytes follow
 *	8	"TIDESEAL"
 *	32	SHA-256 of the frame before it, the manifest's
 *	32	SHA-256 of every byte before it
 *
 * The first hash begins the chain for a reader that has only the tail of the
 * file: seal, manifest, index, any frame.
 */
#ifndef FORMATS_SEAL_H
#define FORMATS_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/hash.h"

#define SEAL_SIZE 80

struct seal {
	uint8_t manifest[SHA256_SIZE]; /* of the manifest's frame */
	uint8_t whole[SHA256_SIZE];    /* of every byte before the seal */
};

void seal_encode(const struct seal *seal, struct buf *out);

/* False if data is anything but SEAL_SIZE bytes of a seal. */
bool seal_decode(struct bytes data, struct seal *out) MUST_CHECK;

#endif /* FORMATS_SEAL_H */
