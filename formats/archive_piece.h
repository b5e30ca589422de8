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
#include "formats/window.h"

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
	struct capture_choice capture;
};

/*
 * Decode the groups of these names with their topics, and the topics of these
 * names, as far as there are such, and all holes.
 * out->is_piece is true.  ERR_NOT_FOUND: no such capture; ERR_CORRUPT where
 * anything is not as it must be: then the whole archive tells what.
 */
int archive_decode_groups(const struct archive_source *source,
    const struct archive_wanted *wanted, struct snapshot *out,
    struct err *err) MUST_CHECK;

/* A log end of a capture that does not have the partition. */
#define SERIES_AWAY INT64_MIN

/* The log of a partition through the captures of a window. */
struct partition_series {
	int32_t partition;
	size_t first;    /* the first capture that has it */
	size_t absent;   /* the first that has it no more; the window's count:
			    it is there to the end */
	int64_t *starts; /* of each capture from first up to absent */
	int64_t *ends;   /* likewise; SERIES_AWAY: it does not have it */
};

struct topic_series {
	struct bytes topic;
	/* The id; some captures may not have been told. */
	bool has_id;
	uint8_t id[UUID_SIZE];
	struct partition_series *partitions; /* by number */
	size_t count;
};

/* All zeroes is an empty one. */
struct window_series {
	struct arena arena;
	struct snapshot_info info;   /* its window has the captures */
	struct topic_series *topics; /* by name; those that there are */
	size_t topic_count;
};

/* The same for the logs of topics in all captures.  On failure out is empty;
 * more than LIMIT_SERIES numbers are ERR_UNSUPPORTED. */
int archive_decode_series(const struct archive_source *source,
    const struct bytes *topics, size_t topic_count, struct window_series *out,
    struct err *err) MUST_CHECK;
/* May be NULL. */
const struct topic_series *series_find_topic(
    const struct window_series *series, struct bytes topic);
const struct partition_series *series_find_partition(
    const struct topic_series *topic, int32_t partition);
void window_series_release(struct window_series *series);

#endif /* FORMATS_ARCHIVE_PIECE_H */
