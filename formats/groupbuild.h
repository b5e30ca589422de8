/*
 * groupbuild.h - the groups of a snapshot from their lines.
 */
#ifndef FORMATS_GROUPBUILD_H
#define FORMATS_GROUPBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/columns.h"
#include "formats/groupline.h"
#include "formats/model.h"

/*
 * snapshot, which has room for limit groups, is set by the caller; the rest
 * begins as zeroes.  With takes only the groups that it wants are built; the
 * lines of others may begin and end anywhere.
 */
struct groupbuild {
	struct snapshot *snapshot;
	size_t limit;
	bool (*takes)(const void *context, struct bytes name); /* NULL: all */
	const void *context;
	bool open;         /* the last group may go on */
	int64_t next_part; /* ... in a line of this part */

	/* The open group's topics, and the positions of the last of them, until
	 * it is known how many there are. */
	struct group_topic *topics;
	size_t topic_count;
	size_t topic_capacity;
	struct position *positions;
	size_t position_count;
	size_t position_capacity;

	struct groupline line;
	struct columns partitions;
	struct columns offsets;
	struct columns epochs;
	struct columns commits;
	struct columns expires;
	struct columns unstable;
	size_t seen; /* groups, also those of other captures alone ... */
	size_t positions_seen; /* ... and positions */
	bool has_series;       /* there is more than one capture */
	bool is_absent; /* the open one is not of the snapshot's capture */
	/* Of a window of several captures: the predictor of each position of
	 * the snapshot, whose offset lacks the log end. */
	uint8_t *kinds;
	size_t kind_count;
	size_t kind_capacity;
	size_t group_kinds; /* those before the open group */
};

int groupbuild_line(
    struct groupbuild *build, struct bytes text, struct err *err) MUST_CHECK;

/* There are no more lines. */
void groupbuild_finish(struct groupbuild *build);

void groupbuild_release(struct groupbuild *build);

#endif /* FORMATS_GROUPBUILD_H */
