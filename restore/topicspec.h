/*
 * topicspec.h - --topic as Kafka's own tool takes it: a pattern, and after a
 * colon the partitions that are meant ("orders:0,1,2").  No topic has a colon
 * in its name.  Pure.
 */
#ifndef RESTORE_TOPICSPEC_H
#define RESTORE_TOPICSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct topicspec {
	char *text; /* of the pattern alone */
	struct pattern *pattern;
	int32_t *partitions; /* sorted, each once */
	size_t count;        /* 0: all of them */
};

/* All zeroes is an empty one, which takes everything. */
struct topicspecs {
	struct topicspec *list;
	const char **texts; /* of the patterns, as a selection has them */
	size_t count;
};

/* Release it whatever the result.  ERR_USAGE. */
int topicspecs_parse(const char *const *texts, size_t count,
    struct topicspecs *out, struct err *err) MUST_CHECK;

bool topicspecs_take(
    const struct topicspecs *specs, struct bytes topic, int32_t partition);

void topicspecs_release(struct topicspecs *specs);

#endif /* RESTORE_TOPICSPEC_H */
