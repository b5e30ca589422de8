/*
 * frameindex.h - INDEX.jsonl: where each frame is, what is in it, and what its
 * bytes hash to.  A line for each frame before the index's own:
 *
 *	{"member":"groups/00001.jsonl","offset":9,"length":7,
 *	 "first":"orders","sha256":"..."}
 *
 * first is the first FRAMEINDEX_KEY_MAX bytes of the first name in the member
 *(group or topic), as a name of jsonline.h; members that are not sorted by name
 *have none.
 */
#ifndef FORMATS_FRAMEINDEX_H
#define FORMATS_FRAMEINDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/hash.h"

#define FRAMEINDEX_KEY_MAX 64

struct frameindex_entry {
	const char *member;
	size_t offset;
	size_t length;
	bool has_first;
	struct bytes first;
	uint8_t sha256[SHA256_SIZE]; /* of the frame's compressed bytes */
};

/* All zeroes is an empty one. */
struct frameindex {
	struct arena arena;
	struct frameindex_entry *entries;
	size_t count;
	size_t capacity;
};

/* A name as it stands in the index. */
struct bytes frameindex_key(struct bytes name);

/* Add an entry; its member and first are copied. */
void frameindex_add(
    struct frameindex *index, const struct frameindex_entry *entry);

void frameindex_encode(const struct frameindex *index, struct buf *out);
int frameindex_decode(
    struct bytes text, struct frameindex *out, struct err *err) MUST_CHECK;

/* A run of frames. */
struct frameindex_range {
	size_t first;
	size_t count;
};

/*
 * The frames of the members below prefix ("groups/") that may hold name: more
 * than one where its lines go on in further members.  The count is 0 when no
 * frame can hold it.
 */
struct frameindex_range frameindex_find(
    const struct frameindex *index, const char *prefix, struct bytes name);

void frameindex_release(struct frameindex *index);

#endif /* FORMATS_FRAMEINDEX_H */
