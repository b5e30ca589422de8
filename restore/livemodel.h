/*
 * livemodel.h - the cluster as target_read found it, in the form of a snapshot,
 * to be compared with one.  What could not be read is a hole.
 */
#ifndef RESTORE_LIVEMODEL_H
#define RESTORE_LIVEMODEL_H

#include "formats/model.h"
#include "restore/nameset.h"

struct census;
struct target;

struct livemodel {
	struct snapshot snapshot; /* its names are the target's */
	struct nameset missing;   /* topics that do not exist */
};

/*
 * A group that was read, has no positions and is not listed is left out.  Where
 * the census is incomplete that proves no absence; diff_side.asked tells what
 * it does prove, if every group of the other reading was in the target.
 */
void livemodel_make(const struct target *target, const struct census *census,
    const char *cluster_id, struct livemodel *out);
void livemodel_release(struct livemodel *model);

#endif /* RESTORE_LIVEMODEL_H */
