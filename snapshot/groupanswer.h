/*
 * groupanswer.h - what the answer of a coordinator means for its group.
 *
 *	READ --> ASK --> PLAIN --> DONE
 *	  |______|________|_______> FAILED: a denial, an error that lasts
 *
 * Stages with nothing to ask are passed over.  READ is repeated while a
 * transaction holds a position, until the patience for it is spent.
 */
#ifndef SNAPSHOT_GROUPANSWER_H
#define SNAPSHOT_GROUPANSWER_H

#include "snapshot/capturestate.h"

/* One pass over many groups: its number, and room used for each answer. */
struct answer_step {
	uint64_t tick;
	struct spot *spots;
	size_t count;
	size_t capacity;
};

/* Take an answer to what the candidate's stage asked. */
void groupanswer_take(struct capture_state *state, struct answer_step *step,
    struct candidate *candidate, const struct offsets_answer *answer);

/* Forget what was read and begin at READ. */
void groupanswer_restart(struct candidate *candidate);

/* The time is over: positions that are still waited for become holes. */
void groupanswer_close(struct candidate *candidate);

void groupanswer_step_release(struct answer_step *step);

#endif /* SNAPSHOT_GROUPANSWER_H */
