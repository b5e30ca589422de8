/*
 * archive_piece.h - some groups out of an archive that is somewhere else, by
 * reading only what they need: the end (seek table, seal, manifest, index), the
 * frames of the groups, and those of their topics.
 *
 * Everything is checked before it is believed, along the chain that FORMAT.md
 * gives: the seal has the hash of the manifest's frame, the manifest that of
 * the index, the index that of each frame.
 */
#ifndef FORMATS_ARCHIVE_PIECE_H
#define FORMATS_ARCHIVE_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* How much of an object's end is worth reading at once: with it the index of
 * an archive of a million positions needs no further request. */
#define ARCHIVE_PIECE_END ((size_t)64 << 10)

/* Frames that stand so near are read in one go. */
#define ARCHIVE_PIECE_GAP ((size_t)32 << 10)

struct archive_source {
	uint64_t size;    /* of the object */
	struct bytes end; /* its last bytes, or all of it */
	/* Append exactly size bytes from byte `from` on. */
	int (*read)(void *context, uint64_t from, size_t size, struct buf *out,
	    struct err *err);
	void *context;
};

/* What is asked for; the names in any order. */
struct archive_wanted {
	const struct bytes *groups;
	size_t group_count;
	const struct bytes *topics; /* besides those of the groups */
	size_t topic_count;
	bool with_gone;  /* also all lines of gone/ */
	bool with_times; /* also the time index of all these topics */
};

/*
 * Decode the groups of these names with their topics, and the topics of these
 * names, as far as there are such, and all holes.
 * out->is_piece is true.  ERR_CORRUPT where anything is not as it must be: then
 * the whole archive tells what.
 */
int archive_decode_groups(const struct archive_source *source,
    const struct archive_wanted *wanted, struct snapshot *out,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_ARCHIVE_PIECE_H */
