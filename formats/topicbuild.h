/*
 * topicbuild.h - the topics of a snapshot from their lines.
 */
#ifndef FORMATS_TOPICBUILD_H
#define FORMATS_TOPICBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/columns.h"
#include "formats/model.h"
#include "formats/topicline.h"

/*
 * snapshot, which has room for limit topics, is set by the caller; the rest
 * begins as zeroes.  With takes only the topics that it wants are built; the
 * lines of others may begin and end anywhere.
 */
struct topicbuild {
	struct snapshot *snapshot;
	size_t limit;
	bool (*takes)(const void *context, struct bytes name); /* NULL: all */
	const void *context;
	bool open;
	int64_t next_part;
	struct log_range *ranges; /* of the open topic */
	size_t count;
	size_t capacity;
	struct topicline line;
	struct columns partitions;
	struct columns starts;
	struct columns log_ends;
	struct columns epochs;
	size_t seen;    /* topics, also those of other captures alone */
	bool is_absent; /* the open one is not of the snapshot's capture */
	/* Of a window of several captures: the log ends of the first one, of
	 * each partition of each topic. */
	struct first_end *ends;
	size_t end_capacity;
	struct first_end **first_ends;
};

struct first_end {
	int64_t end;
	bool is_known; /* the partition was there */
};

/* The log ends of the first capture of the snapshot's topic of that number, one
 * for each partition; a window of several captures only. */
const struct first_end *topicbuild_first_ends(
    const struct topicbuild *build, size_t topic);

int topicbuild_line(
    struct topicbuild *build, struct bytes text, struct err *err) MUST_CHECK;

/* There are no more lines. */
void topicbuild_finish(struct topicbuild *build);

void topicbuild_release(struct topicbuild *build);

#endif /* FORMATS_TOPICBUILD_H */
