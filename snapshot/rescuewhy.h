/*
 * rescuewhy.h - why a position is gone (rescuefind.h has the rules).  Pure.
 */
#ifndef SNAPSHOT_RESCUEWHY_H
#define SNAPSHOT_RESCUEWHY_H

#include <stdbool.h>

#include "common/arena.h"
#include "snapshot/rescuefacts.h"
#include "snapshot/rescuefind.h"

/* What is known of the moment beside the position itself. */
struct rescue_moment {
	/* Its topic now, by what it held; RESCUE_TOPIC_SAME also where an
	 * older position of another group outlived the moment: the topic was
	 * not deleted then. */
	enum rescue_topic_state topic;
	bool is_all;          /* the group had nothing left after it */
	bool is_only;         /* ... and it was a single position */
	bool has_others;      /* the group lost others, of topics that stayed */
	bool group_went;      /* the group's own record went */
	bool others_of_topic; /* other groups lost theirs, before their time */
};

/* Was its time over when it went? */
enum rescue_age {
	RESCUE_AGE_UNKNOWN, /* when it was committed is not known */
	RESCUE_AGE_YOUNG,
	RESCUE_AGE_OVER,
	RESCUE_AGE_EXPLICIT, /* as an old client said */
};

enum rescue_age rescuewhy_age(
    const struct ledger_spot *spot, const struct rescue_facts *facts);

/* Fill in why, is_sure and text; spot is set. */
void rescuewhy_judge(struct rescue_finding *finding,
    const struct rescue_moment *moment, const struct rescue_facts *facts,
    struct arena *arena);

#endif /* SNAPSHOT_RESCUEWHY_H */
