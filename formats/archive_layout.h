/*
 * archive_layout.h - where the parts of an archive are, also of a damaged one:
 * by the seek table if it is whole, else by walking from frame to frame.
 */
#ifndef FORMATS_ARCHIVE_LAYOUT_H
#define FORMATS_ARCHIVE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/seekable.h"

struct archive_layout {
	struct seekable frames; /* those with content */
	bool by_table;
	size_t end; /* of the last frame; the seal comes next */
};

void archive_layout_find(struct bytes archive, struct archive_layout *out);

/* The same without looking at the table. */
void archive_layout_walk(struct bytes archive, struct archive_layout *out);

/* What stands where the seal should be, cut short by the end of the file. */
struct bytes archive_layout_seal(
    struct bytes archive, const struct archive_layout *layout);

/* Hold what stands behind the seal against the seek table of the frames.  NULL
 * if it is that and nothing more; else the part that is wrong, err says how. */
const char *archive_layout_check_table(struct bytes archive,
    const struct archive_layout *layout, struct err *err) MUST_CHECK;

void archive_layout_release(struct archive_layout *layout);

#endif /* FORMATS_ARCHIVE_LAYOUT_H */
