/*
 * memberwrite.h - the writing end of an archive: members go in, frames, seal
 * and seek table come out, and the sums and the index are kept on the way.
 */
#ifndef FORMATS_MEMBERWRITE_H
#define FORMATS_MEMBERWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/manifest.h"
#include "formats/membername.h"
#include "formats/model.h"

struct memberwrite;

/* Begin an archive at the end of out. */
int memberwrite_new(const struct snapshot_info *info, struct buf *out,
    struct memberwrite **writer, struct err *err) MUST_CHECK;

/* Add a member; first is the first name in it, or NULL. */
int memberwrite_add(struct memberwrite *writer, const char *name,
    struct bytes content, const struct bytes *first,
    struct err *err) MUST_CHECK;

/*
 * Collect text for the numbered members of a kind.  A member is begun anew
 * when text does not fit into the last one; name is the name that text is
 * about, or NULL.
 */
int memberwrite_text(struct memberwrite *writer, enum member_kind kind,
    struct bytes text, const struct bytes *name, struct err *err) MUST_CHECK;

/* Write out what memberwrite_text has collected; a kind without any text has
 * no member. */
int memberwrite_flush(struct memberwrite *writer, struct err *err) MUST_CHECK;

/* Add SHA256SUMS, INDEX.jsonl, MANIFEST.json, the seal and the seek table. */
int memberwrite_finish(struct memberwrite *writer,
    const struct snapshot_info *info, size_t gone_count,
    struct err *err) MUST_CHECK;

void memberwrite_free(struct memberwrite *writer);

#endif /* FORMATS_MEMBERWRITE_H */
