/*
 * brackets.h - for each position of the groups asked for: the newest capture
 * at or before a time, and the first one after it.  Pure: the caller walks the
 * repository and hands over one snapshot after the other, in any order.
 *
 * Rules (design section 2): the time is compared with the end of that group's
 * read.  Absence proves nothing unless the snapshot covered the group, took
 * the topic by its own selection, and has no hole at that position.  Partial
 * and selected snapshots count wherever they did read the group.
 */
#ifndef RESTORE_BRACKETS_H
#define RESTORE_BRACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "formats/model.h"

struct selector;

/* A snapshot that told something. */
struct seen {
	char id[ENV_ID_MAX];
	int64_t from_ms, to_ms;
	bool complete;
	bool low;        /* it was asked for lower ends */
	bool hides;      /* a hole may hide groups that it does not name */
	bool all_topics; /* its selection takes every topic asked for */
	/* Out of records of then: of a topic only those partitions are known
	 * that positions stood on, and no log. */
	bool is_rescue;
	struct selector *takes; /* its own selection */
	struct topic *topics;   /* those asked for; arena of the brackets */
	size_t topic_count;
};

enum sample_state {
	SAMPLE_UNKNOWN, /* no capture tells */
	SAMPLE_ABSENT,  /* read, and nothing was committed there */
	SAMPLE_PRESENT,
};

/* What one capture says about one position. */
struct sample {
	enum sample_state state;
	const struct seen *seen;
	int64_t time_ms; /* when that group's read had ended */
	int64_t offset;
	int32_t epoch;
	bool unstable;
	struct bytes metadata;
};

struct bracket {
	struct bytes topic;
	struct bytes from; /* its name when captured, if renamed (remap.h) */
	int32_t partition;
	struct sample low;  /* at or before the time */
	struct sample high; /* after it; unknown: no later capture */
};

/* A capture at or before the time that read the group. */
struct cover {
	const struct seen *seen;
	int64_t time_ms;
	bool present; /* the group was there */
};

struct bracket_group {
	struct bytes name;
	struct bytes from;
	bool whole; /* some cover took every topic asked for */
	struct cover *covers;
	size_t cover_count, cover_capacity;
	struct bracket *rows; /* by topic and partition */
	size_t row_count, row_capacity;
};

struct brackets {
	struct arena arena;
	bool exact; /* one named capture, no time: nothing after it is asked */
	int64_t at_ms;
	char snapshot_id[ENV_ID_MAX];   /* of the exact one */
	const struct selection *wanted; /* borrowed */
	struct selector *selector;      /* of wanted */
	/* Which groups the patterns mean is settled: a capture at or before the
	 * time covered all that they could match, or they are exact names. */
	bool names_settled;
	bool renamed;                  /* every group and row has its from */
	struct bracket_group **groups; /* by name */
	size_t group_count, group_capacity;
	struct seen **seen;
	size_t seen_count, seen_capacity;
};

/* ERR_USAGE for a bad pattern.  Groups given by exact name are known from the
 * start, found or not.  wanted must outlive out. */
int brackets_init(struct brackets *out, const struct selection *wanted,
    int64_t at_ms, bool exact, struct err *err) MUST_CHECK;
void brackets_release(struct brackets *brackets);

/* A group that exists now, if it is asked for. */
void brackets_add_name(struct brackets *brackets, struct bytes name);

/*
 * What a snapshot says about lower ends (all that it says, for an exact one),
 * and about upper ends.  *added tells whether it was of use.
 */
int brackets_add_low(struct brackets *brackets, const struct snapshot *snapshot,
    bool *added, struct err *err) MUST_CHECK;
int brackets_add_high(struct brackets *brackets,
    const struct snapshot *snapshot, bool *added, struct err *err) MUST_CHECK;

/* Is the snapshot that was added last an end of anything now? */
bool brackets_last_told(const struct brackets *brackets);

/* Every known group is whole and every row known to have its lower end. */
bool brackets_low_done(const struct brackets *brackets);
/* Every row with something to restore has its upper end. */
bool brackets_high_done(const struct brackets *brackets);

/* The oldest of what the lower ends and the groups' newest covers are as of: a
 * capture that ended before it cannot be nearer for anyone.  INT64_MIN when
 * some group has no cover. */
int64_t brackets_low_floor(const struct brackets *brackets);
/* The latest upper end: a capture that begins after it is nobody's first. */
int64_t brackets_high_ceiling(const struct brackets *brackets);

/* The newest capture at or before the time that read the group, or NULL. */
const struct cover *brackets_newest(const struct bracket_group *group);

/* The same of those that took the topic: a position there that no capture
 * held, nor had a hole for, was absent in it. */
const struct cover *brackets_newest_taking(
    const struct bracket_group *group, struct bytes topic);

struct bracket_group *brackets_find(
    const struct brackets *brackets, struct bytes name);

#endif /* RESTORE_BRACKETS_H */
