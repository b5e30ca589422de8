/*
 * groupline.h - a line of groups/NNNNN.jsonl: a group, or as much of it as fits
 * into LIMIT_LINE.
 *
 *	{"group":"g","type":"classic","state":"Empty",
 *	 "protocol_type":"consumer","coordinator":1,"read":[0,12],
 *	 "since":1764079000000,
 *	 "topics":[{"topic":"orders","partitions":"0 1","offsets":"88101 77",
 *	  "epochs":"14 -1","commits":"1764079498001 -1",
 *	  "expires":"1764684298001 -1","metadata":["","AQ=="],
 *	  "unstable":"1"}]}
 *
 * coordinator, read, since, epochs, commits, expires, metadata and unstable are
 * left out where they say nothing.  Further lines of the group have "part":1
 * and so on, and only group and topics; a topic may go on in the next line.
 *
 * A window of several captures adds to a group f, x, a and changes, and to its
 * topics series: FORMAT.md section 5a.
 */
#ifndef FORMATS_GROUPLINE_H
#define FORMATS_GROUPLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* How far the writing of a group has come; all zeroes is its beginning. */
struct groupline_place {
	size_t topic;
	size_t position;
	size_t item; /* of the series: positions before that place */
	int64_t part;
};

/* What a window of several captures adds. */
struct groupline_series {
	struct bytes head;         /* keys of the group, with a comma before */
	const struct bytes *items; /* an element of "series" for each position,
				      of one topic after the other */
};

/* Append the next line of group, whose snapshot info describes; true if a
 * further line is needed.  series is NULL for one capture; with it each
 * position has to fit into a line with its element. */
bool groupline_add(const struct group *group,
    const struct groupline_series *series, const struct snapshot_info *info,
    struct groupline_place *place, struct buf *out) MUST_CHECK;

/* The columns of one topic, as text; data is NULL where one was left out. */
struct groupline_topic {
	struct bytes topic;
	struct bytes partitions;
	struct bytes offsets;
	struct bytes epochs;
	struct bytes commits;
	struct bytes expires;
	struct bytes metadata; /* the JSON array of base64 strings, compact */
	struct bytes unstable;
	struct bytes series; /* the JSON array, compact: seriesread.h */
};

/*
 * A line that was read.  Its bytes are borrowed from the line's text, from
 * root and from arena.  All zeroes is an empty one; it is used again and again.
 */
struct groupline {
	struct bytes group;
	int64_t part;
	struct bytes type;
	struct bytes state;
	struct bytes protocol_type;
	int32_t coordinator;
	bool has_read;
	int64_t read_start; /* ms after the capture's start */
	int64_t read_end;
	int64_t since; /* Unix time in ms, -1: not known */
	/* Of a window of several captures: */
	int64_t first;          /* the first that has the group */
	int64_t absent;         /* the first that has it no more, -1: none */
	struct bytes away;      /* which between them do not have it */
	struct json_t *changes; /* of the attributes, in root; or NULL */
	struct groupline_topic *topics;
	size_t count;
	size_t capacity;
	struct json_t *root;
	struct arena arena;
};

/* Replace line by what text says. */
int groupline_parse(
    struct bytes text, struct groupline *line, struct err *err) MUST_CHECK;

/* The same through jansson alone, for tests: groupline_parse takes a short
 * way for lines just as groupline_add writes them. */
int groupline_load(
    struct bytes text, struct groupline *line, struct err *err) MUST_CHECK;

/* Append a topic with everything empty and return it. */
struct groupline_topic *groupline_add_topic(struct groupline *line) MUST_CHECK;

/* Back to an empty line; memory for topics is kept. */
void groupline_clear(struct groupline *line);
void groupline_release(struct groupline *line);

#endif /* FORMATS_GROUPLINE_H */
