/*
 * timesline.h - a line of times/NNNNN.jsonl: the record-time grid of a topic,
 * or as many of its points as fit into LIMIT_LINE.
 *
 *	{"topic":"orders","partitions":"0 0 1","times":"0 1764079500123 0",
 *	 "offsets":"120 188 -1","found":"1764000000000 1764079500200 -1",
 *	 "open":"2","since":"0"}
 *
 * A row of the first four columns is a point: of this partition, asked for this
 * time, this offset, with this timestamp.  found is left out where none is
 * known; open and since, the gaps, where there is none.  Further lines have
 * "part":1 and so on.
 */
#ifndef FORMATS_TIMESLINE_H
#define FORMATS_TIMESLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* How far the writing of a topic has come; all zeroes is its beginning. */
struct timesline_place {
	size_t partition;
	size_t point; /* of that partition */
	size_t gap;
	int64_t part;
};

/* Append the next line of times; true if a further line is needed. */
bool timesline_add(const struct topic_times *times,
    struct timesline_place *place, struct buf *out) MUST_CHECK;

/* A line that was read; columns that were left out have no data. */
struct timesline {
	struct bytes topic;
	int64_t part;
	struct bytes partitions;
	struct bytes times;
	struct bytes offsets;
	struct bytes found;
	struct bytes open;
	struct bytes since;
	struct json_t *root;
	struct arena arena;
};

/* Replace line by what text says. */
int timesline_parse(
    struct bytes text, struct timesline *line, struct err *err) MUST_CHECK;

void timesline_release(struct timesline *line);

#endif /* FORMATS_TIMESLINE_H */
