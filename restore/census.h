/*
 * census.h - the groups that a cluster lists now.
 */
#ifndef RESTORE_CENSUS_H
#define RESTORE_CENSUS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"

struct reach;

struct census {
	struct arena arena;
	struct listed_group *groups; /* by name, each once */
	size_t count;
	bool incomplete; /* some broker did not list its groups */
};

/*
 * Every group that the cluster lists: the typed listings of each broker, and
 * the untyped one of all for what those drop (Connect, Streams).  A broker
 * that does not list within a part of the deadline makes it incomplete, which
 * costs types and names, never safety.
 */
int census_read(
    const struct reach *reach, struct census *out, struct err *err) MUST_CHECK;
const struct listed_group *census_find(
    const struct census *census, struct bytes name);
void census_release(struct census *census);

#endif /* RESTORE_CENSUS_H */
