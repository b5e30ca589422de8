/*
 * diff.h - which groups are hurt: what became of each position between two
 * readings of a cluster.  Pure: two snapshots in, differences out; the cluster
 * as it is now comes in the form that livemodel.h gives it.
 *
 * Rules (design section 2): absence proves nothing unless that reading covered
 * the group, took the topic by its own selection, and has no hole there; what
 * cannot be told is DIFF_UNKNOWN, never lost.  So is a position in a topic that
 * a later snapshot does not have: who may not see a topic is not told of
 * positions in it, unless they are asked for by name, as those of the snapshot
 * right before are.  A topic whose id changed is another topic, and its numbers
 * are not compared.
 *
 * A move forward is taken for reading, unless nothing shows that a consumer
 * made it: consumers commit with the leader epoch of what they read, tools
 * without.  So it is DIFF_JUMPED where the epoch was given before and is not
 * now, or where neither has one and the group had no members at either reading
 * (simple groups, which never have any, left out).
 */
#ifndef RESTORE_DIFF_H
#define RESTORE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* Worst first.  The word (diff_kind_text) stands in --json; never rename. */
enum diff_kind {
	DIFF_GROUP_LOST,      /* the group is gone, and had positions */
	DIFF_POSITION_LOST,   /* the group is there, the position is not */
	DIFF_TOPIC_RECREATED, /* another topic of that name: other records */
	DIFF_TOPIC_GONE,
	DIFF_RECORDS_LOST, /* the log start moved past the position */
	DIFF_BEYOND_END,   /* the log was cut back below the position */
	DIFF_GONE_BACK,    /* a smaller number */
	DIFF_JUMPED,       /* forward, and nothing shows a consumer did it */
	DIFF_UNKNOWN,      /* cannot be compared */
	DIFF_GROUP_APPEARED,
	DIFF_POSITION_APPEARED,
	DIFF_GROUP_ENDED, /* the group is gone, and had no position */
	/* Counted, not listed. */
	DIFF_MOVED_ON,
	DIFF_SAME,
	DIFF_OUTSIDE, /* a selection leaves it out */
	DIFF_KIND_COUNT,
};

/* What that asks of people. */
enum diff_level {
	DIFF_IS_HURT,
	DIFF_IS_SUSPECT, /* to be looked at */
	DIFF_IS_UNKNOWN,
	DIFF_IS_NOTE,
};

struct diff_value {
	bool present;
	int64_t offset;
	int32_t epoch; /* -1: none */
};

struct diff_row {
	enum diff_kind kind;
	struct bytes topic;
	int32_t partition;
	struct diff_value before, after;
	int64_t records;  /* lost, gone back or jumped over; -1: no number */
	const char *text; /* one line for people, "" */
};

struct diff_group {
	struct bytes name;
	enum diff_kind kind;   /* the worst: its own, or of its rows */
	bool as_whole;         /* it is of the group as a whole */
	bool is_share;         /* of a kind that cannot be restored */
	const char *text;      /* of the group as a whole, "" */
	size_t position_count; /* that it had before; of new ones, has now */
	int64_t records;       /* of its rows of that kind */
	struct diff_row *rows; /* worst first */
	size_t row_count;
};

struct diff {
	struct arena arena;
	struct diff_group *groups; /* those that differ, worst first */
	size_t group_count;
	size_t by_kind[DIFF_KIND_COUNT];           /* groups, each once */
	size_t positions_by_kind[DIFF_KIND_COUNT]; /* positions, each once */
	/* A hole of that reading names no group: it may hide groups that
	 * neither names. */
	bool before_hides, after_hides;
};

/* One reading. */
struct diff_side {
	const struct snapshot *snapshot; /* sorted */
	/* Topics known not to exist, sorted. */
	const struct bytes *missing;
	size_t missing_count;
	/* Each group of the other side was asked for by its name: one that is
	 * not there, and has no hole of its own, has no positions. */
	bool asked;
};

/*
 * Compare what wanted takes.  What the selection of a reading leaves out is
 * DIFF_OUTSIDE where wanted names no patterns for it, else DIFF_UNKNOWN: it was
 * asked for.  So is a group given by exact name that is nowhere.  Takes copies.
 * ERR_USAGE for a bad pattern.
 */
int diff_build(const struct diff_side *before, const struct diff_side *after,
    const struct selection *wanted, struct diff *out,
    struct err *err) MUST_CHECK;
void diff_release(struct diff *diff);

/* Whether something could not be compared. */
bool diff_is_partial(const struct diff *diff);

/* How many groups are on that level. */
size_t diff_count(const struct diff *diff, enum diff_level level);

const char *diff_kind_text(enum diff_kind kind);
enum diff_level diff_level_of(enum diff_kind kind);
const char *diff_level_text(enum diff_level level);

#endif /* RESTORE_DIFF_H */
