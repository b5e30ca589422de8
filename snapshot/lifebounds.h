/*
 * lifebounds.h - when positions will be lost, as far as captures tell who do
 * not know commit times.  Pure.
 *
 * A position was committed after the last capture that showed another offset
 * there, or none, and before the first that shows this one; a group became
 * empty after the last capture that showed it otherwise and before the first
 * that shows it empty.  The earlier ends are bounds.  The later ones hold as
 * long as the same number was not committed again, and nobody joined and left,
 * between two captures; where one has passed and the position is still there,
 * that has happened, and it may be as late as now.
 *
 * Where a capture tells the time itself (it was made by the offsets topic),
 * that takes the place of both ends.  An explicit expiry that it tells is the
 * later end; the earlier one stays that of a commit without, for the same
 * number may have been committed again since.
 */
#ifndef SNAPSHOT_LIFEBOUNDS_H
#define SNAPSHOT_LIFEBOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "formats/model.h"
#include "snapshot/lifetime.h"

struct selector;

struct position_bounds {
	const struct position *position;
	struct lifetime_moment commit;
	int64_t expire_ms;
	bool inherited; /* the expiry is an earlier capture's */
	bool settled;
};

struct group_bounds {
	const struct group *group; /* with its positions in their order */
	struct position_bounds *positions;
	size_t count;
	struct lifetime_moment empty;
	bool settled; /* the moment is, or does not matter */
};

struct lifebounds {
	const struct snapshot *newest;
	struct group_bounds *groups; /* as the newest has them */
	size_t count;
	size_t open_count; /* moments that an earlier capture may settle */
};

/* Begin with the newest capture, which is borrowed. */
void lifebounds_init(struct lifebounds *bounds, const struct snapshot *newest);
void lifebounds_release(struct lifebounds *bounds);

/* Take the next earlier one; selector is of its own selection.  Nothing of it
 * is kept. */
void lifebounds_take(struct lifebounds *bounds, const struct snapshot *earlier,
    const struct selector *selector);

/* When the position is lost.  It is there now. */
struct lifetime lifebounds_of(const struct group_bounds *group,
    const struct position_bounds *position, int64_t retention_ms,
    int64_t now_ms);

#endif /* SNAPSHOT_LIFEBOUNDS_H */
