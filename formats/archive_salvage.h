/*
 * archive_salvage.h - what is still readable of a damaged archive.
 *
 * Every frame is judged by itself: by its hash where an index can be believed,
 * else by its own checksum and tar header.  What fails is left out, never shown
 * as good.  Where the seek table is lost the frames are found by walking, and
 * behind a damaged place by looking for the next beginning of one.
 */
#ifndef FORMATS_ARCHIVE_SALVAGE_H
#define FORMATS_ARCHIVE_SALVAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "formats/archive.h"
#include "formats/model.h"

struct salvage {
	size_t frame_count;       /* 0: nothing in it is of an archive */
	struct snapshot snapshot; /* a piece: what could be read */
	/* The manifest could be read; else info is zero, and the times at which
	 * groups were read are not known. */
	bool has_info;
	/* What archive_verify found, and then what follows from it: groups of
	 * which a part is lost.  None: the archive is whole. */
	struct archive_report report;
	/* Rows of offsets/ whose positions are not in the snapshot: of groups
	 * that are lost, or a part of them. */
	struct buf rows;
	size_t row_count;
};

/* Never fails; out is the caller's to release. */
void archive_salvage(struct bytes archive, struct salvage *out);
void salvage_release(struct salvage *salvage);

#endif /* FORMATS_ARCHIVE_SALVAGE_H */
