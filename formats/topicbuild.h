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
	struct columns ends;
	struct columns epochs;
};

int topicbuild_line(
    struct topicbuild *build, struct bytes text, struct err *err) MUST_CHECK;

/* There are no more lines. */
void topicbuild_finish(struct topicbuild *build);

void topicbuild_release(struct topicbuild *build);

#endif /* FORMATS_TOPICBUILD_H */
