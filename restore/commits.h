/*
 * commits.h - writing the positions of many groups: in requests cut by size,
 * tried again where a coordinator moved, and never sent again in doubt without
 * looking first.
 */
#ifndef RESTORE_COMMITS_H
#define RESTORE_COMMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"

struct plan_row;
struct plan_value;
struct reach;
struct target_position;

enum commit_state {
	COMMIT_OPEN,    /* not sent, or sent and refused for the moment */
	COMMIT_DOUBTED, /* sent, and no answer came */
	COMMIT_TAKEN,   /* acknowledged, or seen standing there */
	COMMIT_FAILED,  /* refused: its error says why */
};

/* One group.  rows[i] is what is written for plan_rows[i]. */
struct commit_job {
	enum commit_kind kind;
	struct bytes group;
	int32_t listed_by;
	const struct plan_row **plan_rows;
	struct commit_row *rows;
	/* What was seen there just before; NULL: what the plan saw. */
	const struct plan_value **found;
	enum commit_state *states;
	int *errors;
	size_t count;
	/* Nothing more is sent to this group: a member joined (25), it moved
	 * while we were in doubt, or the group as a whole was refused. */
	bool stopped;
	bool moved;     /* stopped because it stands where nobody put it */
	int stop_error; /* Kafka's code */
	size_t first;   /* the first row that is not settled */
	size_t sent;    /* rows in the request under way */
	struct commit_row *sending; /* its own list of them, room for count */
	size_t *sending_rows;       /* which rows they are */
};

/*
 * Run the jobs, all of one kind, all states COMMIT_OPEN.  Whatever it returns,
 * the states tell what became of each row.  -1: something kept it from going
 * on, and err says what (ERR_INTERRUPTED: what was in flight has been waited
 * for).  0 with rows still open or in doubt: the deadline came.
 */
int commits_run(const struct reach *reach, struct commit_job *jobs,
    size_t count, struct err *err) MUST_CHECK;

/* Does the position stand as the value says?  epoch false: whatever its leader
 * epoch is.  position may be NULL: none. */
bool commits_match(const struct target_position *position,
    const struct plan_value *value, bool epoch);

#endif /* RESTORE_COMMITS_H */
