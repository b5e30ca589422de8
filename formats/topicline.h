/*
 * topicline.h - a line of topics/NNNNN.jsonl: a topic, or as many of its
 * partitions as fit into LIMIT_LINE.
 *
 *	{"topic":"orders","id":"<as Kafka writes it>","partitions":"0 1",
 *	 "starts":"0 120","ends":"88110 77","epochs":"14 -1"}
 *
 * id and epochs are left out where they are not known.  Further lines have
 * "part":1 and so on, and no id.  A window of several captures adds f, x, a,
 * told and series: FORMAT.md section 5a.
 */
#ifndef FORMATS_TOPICLINE_H
#define FORMATS_TOPICLINE_H

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
struct topicline_place {
	size_t partition;
	int64_t part;
};

/* What a window of several captures adds. */
struct topicline_series {
	struct bytes head;         /* keys of the topic, with a comma before */
	const struct bytes *items; /* for each partition */
};

/* Append the next line of topic; true if a further line is needed.  series is
 * NULL for one capture; with it each partition has to fit into a line with its
 * element. */
bool topicline_add(const struct topic *topic,
    const struct topicline_series *series, struct topicline_place *place,
    struct buf *out) MUST_CHECK;

/* A line that was read; columns that were left out have no data. */
struct topicline {
	struct bytes topic;
	int64_t part;
	bool has_id;
	uint8_t id[UUID_SIZE];
	struct bytes partitions;
	struct bytes starts;
	struct bytes ends;
	struct bytes epochs;
	/* Of a window of several captures: */
	int64_t first;       /* the first that has the topic */
	int64_t absent;      /* the first that has it no more, -1: none */
	struct bytes away;   /* which between them do not have it */
	struct bytes told;   /* which of them told the id; no data: all */
	struct bytes series; /* the JSON array, compact: seriesread.h */
	struct json_t *root;
	struct arena arena;
};

/* Replace line by what text says. */
int topicline_parse(
    struct bytes text, struct topicline *line, struct err *err) MUST_CHECK;

void topicline_release(struct topicline *line);

#endif /* FORMATS_TOPICLINE_H */
