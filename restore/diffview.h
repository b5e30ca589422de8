/*
 * diffview.h - one reading while diff.c compares it: what it says about a
 * group, a position, a topic.
 */
#ifndef RESTORE_DIFFVIEW_H
#define RESTORE_DIFFVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/holelist.h"
#include "restore/nameset.h"

struct diff_side;
struct group;
struct position;
struct selector;
struct topic;

struct diffview {
	const struct diff_side *side;
	struct selector *takes; /* its own selection */
	struct hole_index holes;
	struct nameset untold; /* topics whose id is not known */
	struct nameset hidden; /* topics that the user may not see */
	/* A topic that the reading does not have may have been hidden from its
	 * user, and with it positions. */
	bool may_hide_topics;
};

int diffview_init(struct diffview *out, const struct diff_side *side,
    struct err *err) MUST_CHECK;
void diffview_release(struct diffview *view);

/* Whether a hole that names no group may hide some. */
bool diffview_hides(const struct diffview *view);

enum diffview_state {
	DIFFVIEW_THERE,
	DIFFVIEW_ABSENT,
	DIFFVIEW_UNKNOWN,
	DIFFVIEW_OUTSIDE,
};

struct diffview_group {
	enum diffview_state state;
	const struct group *group; /* of DIFFVIEW_THERE */
	bool is_unlisted; /* nothing shows that it is there; no positions */
	struct hole_list holes;
	const char *text; /* why it is unknown */
};

struct diffview_group diffview_find_group(
    const struct diffview *view, struct bytes name);

struct diffview_position {
	enum diffview_state state;
	const struct position *position; /* of DIFFVIEW_THERE */
	bool is_negative;                /* absent: clients take it for none */
	const char *text;                /* why it is unknown */
};

/* Of a group that is not unknown. */
struct diffview_position diffview_find_position(const struct diffview *view,
    const struct diffview_group *group, struct bytes topic, int32_t partition);

struct diffview_topic {
	bool is_missing;           /* it is known not to exist */
	bool is_untold;            /* its id could not be read */
	const struct topic *topic; /* NULL: the reading does not have it */
};

struct diffview_topic diffview_find_topic(
    const struct diffview *view, struct bytes topic);

#endif /* RESTORE_DIFFVIEW_H */
