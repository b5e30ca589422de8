/*
 * coordinators.h - who coordinates a group: the leader of its offsets
 * partition, by hash, from the offsets topic's metadata (verified.md 2).  Where
 * a user may not see that topic, or nobody ever committed: whoever listed the
 * group, else COORDINATOR_UNKNOWN.
 */
#ifndef RESTORE_COORDINATORS_H
#define RESTORE_COORDINATORS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"

struct reach;
struct tries;

struct coordinators {
	const struct reach *reach;
	struct offsets_topic topic;
	bool trusts_listing; /* nothing has moved since the listing */
};

#define COORDINATOR_LEADERLESS (-2) /* nobody can be asked at this moment */

/* Zero first.  Asks one broker after the other until one tells. */
int coordinators_refresh(struct coordinators *coordinators,
    const struct tries *tries, struct err *err) MUST_CHECK;
/* listed: the broker that listed the group, or COORDINATOR_UNKNOWN. */
int32_t coordinators_of(const struct coordinators *coordinators,
    struct bytes group, int32_t listed);
void coordinators_release(struct coordinators *coordinators);

#endif /* RESTORE_COORDINATORS_H */
