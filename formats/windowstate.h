/*
 * windowstate.h - what an open window (windowbuild.h) is made of: everything as
 * of its last capture, and in tilelogs and lists how it came to that.  For the
 * files windowbuild.c, windowcheck.c, windowtake.c, windowrest.c,
 * windowthin.c, windowseries.c and windowencode.c alone.
 */
#ifndef FORMATS_WINDOWSTATE_H
#define FORMATS_WINDOWSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "formats/model.h"
#include "formats/tilelog.h"
#include "formats/windowbuild.h"

/* Something is there: `absent` is the first capture without what is not. */
#define WINDOW_THERE SIZE_MAX

/* A position, or a partition of a topic; the state of its slot in a tilelog. */
struct window_slot {
	int64_t number; /* committed offset, or log end */
	int64_t other;  /* time of the commit, or log start */
	int32_t partition;
	int32_t epoch;
	uint32_t text;      /* metadata and expiry, 1 more than its place; 0:
			       none */
	uint32_t size : 29; /* at most so long is it in a line, without the
			       two bytes of each capture */
	uint32_t is_unseen : 1; /* no capture that is left has it */
	uint32_t is_gone : 1;
	uint32_t unstable : 1;
};

/* Sizes are far below that. */
#define WINDOW_SIZE(size) ((uint32_t)(size)&0x1FFFFFFFU)

struct window_slots {
	struct window_slot *list;
	size_t count;
	size_t capacity;
	size_t base; /* those of the first capture, in order of names */
	struct tilelog log;
};

struct window_text {
	char *data;
	uint32_t size;
	uint32_t capacity;
	int64_t expire_ms;
};

/* Slots by their partition, all that were ever there. */
struct window_list {
	uint32_t *slots;
	size_t count;
	size_t capacity;
};

struct window_topic {
	struct bytes name;
	uint8_t id[UUID_SIZE]; /* as it was last told */
	bool has_id;           /* it was told once */
	bool tells_id;         /* and by the last capture */
	struct buf told;       /* by which captures, up to the last change */
	size_t told_from;      /* since this one, if tells_id */
	size_t first;
	size_t absent;
	struct buf away; /* captures without it, before it was back */
	struct window_list partitions;
	/* For encoding: where its log ends stand. */
	size_t ends;
};

struct window_group_topic {
	struct window_topic *topic; /* NULL: not in topics/ */
	struct bytes name;
	struct window_list positions;
};

/* What else there is of a group. */
struct window_facts {
	enum group_type type;
	const char *state;
	const char *protocol_type;
	int64_t state_ms;
	int32_t coordinator;
};

struct window_turn {
	size_t capture;
	struct window_facts facts;
};

struct window_group {
	struct bytes name;
	size_t first;
	size_t absent;
	struct buf away;       /* captures without it, before it was back */
	int64_t read_start_ms; /* of the first capture that has it */
	int64_t read_end_ms;
	struct window_turn *turns; /* how it was first, and each change */
	size_t turn_count;
	size_t turn_capacity;
	size_t size; /* at most so long are all turns in a line */
	struct window_group_topic *topics; /* by name */
	size_t count;
	size_t capacity;
};

struct window_hole {
	struct hole hole;
	struct buf captures; /* up to the last run of them */
	size_t from;         /* that run */
	size_t to;
};

struct window_gone {
	struct gone gone;
	size_t capture;
};

struct windowbuild {
	struct arena arena; /* names and texts that stay */
	size_t arena_size;
	/* Of the last capture; id, previous and reason of the first. */
	struct snapshot_info info;
	struct capture_time *captures;
	size_t count;
	size_t capacity;
	struct window_slots positions;
	struct window_slots partitions;
	struct window_text *texts;
	size_t text_count;
	size_t text_capacity;
	size_t text_size;
	struct window_topic **topics; /* by name */
	size_t topic_count;
	size_t topic_capacity;
	struct window_group **groups; /* by name */
	size_t group_count;
	size_t group_capacity;
	struct window_hole *holes; /* by modelorder_hole */
	size_t hole_count;
	size_t hole_capacity;
	struct window_gone *gone; /* by modelorder_gone */
	size_t gone_count;
	size_t gone_capacity;
	struct topic_times *times; /* by topic, each with arrays of its own */
	size_t times_count;
	size_t times_capacity;
	size_t change_count; /* of positions, from capture to capture */
};

/* ------------------------------------------------------- windowbuild.c */

void windowstate_release_group(struct window_group *group);
void windowstate_release_topic(struct window_topic *topic);
void windowstate_release_times(struct topic_times *times);

/* ------------------------------------------------------- windowcheck.c */

/* How much a name can take in a line. */
size_t windowstate_name_size(struct bytes name);

/* What becomes of a slot by the next capture; neither a delta nor anything else
 * where it stays as it is. */
struct tile_change windowstate_position_change(const struct windowbuild *window,
    size_t number, const struct position *position, bool appears);
struct tile_change windowstate_range_change(const struct windowbuild *window,
    size_t number, const struct log_range *range, bool appears);

/* How much longer that makes its text. */
size_t windowstate_change_size(const struct tile_change *change);
size_t windowstate_facts_size(const struct window_facts *facts);

bool windowstate_same_facts(
    const struct window_facts *left, const struct window_facts *right);
struct window_facts windowstate_facts(const struct group *group);

/* May the capture be the next one? */
enum window_verdict windowcheck(const struct windowbuild *window,
    const struct snapshot *capture) MUST_CHECK;

/* -------------------------------------------------------- windowtake.c */

/* Take a capture, which windowcheck allowed. */
void windowtake(struct windowbuild *window, const struct snapshot *capture);

/* Of it holes, what is gone, times and the manifest (windowrest.c). */
void windowtake_rest(
    struct windowbuild *window, const struct snapshot *capture);

/* Is something that is gone, of these captures or earlier ones, in this? */
bool windowstate_has_gone(const struct windowbuild *window,
    const struct snapshot *capture) MUST_CHECK;

/* "3-17" or "5", behind what is there. */
void windowstate_add_captures(struct buf *out, size_t from, size_t to);

#endif /* FORMATS_WINDOWSTATE_H */
