/*
 * touch.h - building the plan that restarts clocks: the same values are
 * committed again, with their leader epochs and metadata, where Kafka counts
 * from the commit (lifetime.h).  Pure.
 *
 *	simple, empty consumer or streams group	committed
 *	empty classic group			skipped: it does not help
 *	a group with members			left: its clock stands still
 *						where they subscribe
 *	share group				skipped
 *	a negative offset			skipped, never written
 *	an explicit expiry that is later	skipped: a commit ends it
 *
 * Where the records do not tell whether there is such an expiry, the position
 * is committed, as was asked for, and the plan's text names the doubt.
 *
 * That a simple group is in use shows only when it moves: apply, which reads it
 * twice, then skips it.
 */
#ifndef RESTORE_TOUCH_H
#define RESTORE_TOUCH_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "restore/plan.h"

/* The plan's question. */
#define TOUCH_QUESTION "touch"

struct offsets_scan;
struct selector;
struct target;

struct touch {
	const struct bytes *groups; /* by name, each once */
	size_t group_count;
	const struct selector *selector; /* of topics */
	/* The records of the offsets topic; NULL: it may not be read, and it is
	 * not known until when positions live.  A partition that was not read
	 * to its end tells nothing. */
	const struct offsets_scan *scan;
	const char *unread; /* without scan: what is missing, one line */
};

/* plan_build_touch is plan.h's. */

#endif /* RESTORE_TOUCH_H */
