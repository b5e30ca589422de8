/*
 * archive_ranges.h - some members of an archive that is somewhere else: its
 * bookkeeping, and then the frames that are wanted, those that stand near
 * together in one go.  For archive_piece.c and archive_series.c.
 */
#ifndef FORMATS_ARCHIVE_RANGES_H
#define FORMATS_ARCHIVE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/archive_parts.h"
#include "formats/archive_piece.h"
#include "formats/membername.h"

/* Sorted by bytes, no doubles. */
struct archive_names {
	struct bytes *list;
	size_t count;
};

/* The caller frees the list. */
struct archive_names archive_names_of(
    const struct bytes *list, size_t count) MUST_CHECK;
void archive_names_sort(struct archive_names *names);
/* Matches takes of the builders; context is the names. */
bool archive_names_have(const void *context, struct bytes name);

/* Called for each member that is wanted, in their order. */
typedef int archive_ranges_fn(void *context, enum member_kind kind,
    struct bytes content, struct err *err);

/* source is set by the caller, the rest begins as zeroes. */
struct archive_ranges {
	const struct archive_source *source;
	struct arena *arena; /* of info's texts */
	struct snapshot_info *info;
	struct seekable frames; /* without the seal's */
	struct frameindex index;
	struct manifest_links links;
	struct archive_member member; /* the one that is open */
	bool *wanted;                 /* of each frame of the index */
	uint64_t size_left;           /* what may still be decompressed */
	archive_ranges_fn *member_fn;
	void *context;
};

/* Read manifest and index.  Whatever it returns, the caller releases. */
int archive_ranges_open(struct archive_ranges *ranges, struct arena *arena,
    struct snapshot_info *info, struct err *err) MUST_CHECK;

/* Want the members of that kind that may hold one of the names; or all. */
void archive_ranges_want(struct archive_ranges *ranges, enum member_kind kind,
    const struct archive_names *names);
void archive_ranges_want_kind(
    struct archive_ranges *ranges, enum member_kind kind);

/* Read what is wanted; then nothing is. */
int archive_ranges_take(struct archive_ranges *ranges,
    archive_ranges_fn *member_fn, void *context, struct err *err) MUST_CHECK;

void archive_ranges_release(struct archive_ranges *ranges);

#endif /* FORMATS_ARCHIVE_RANGES_H */
