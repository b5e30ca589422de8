/*
 * expiring.h - the positions of groups in the order in which they will be lost:
 * by the records of the offsets topic, or by bounds out of captures.  Pure.
 */
#ifndef SNAPSHOT_EXPIRING_H
#define SNAPSHOT_EXPIRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "formats/model.h"
#include "snapshot/lifetime.h"

struct ledger;
struct lifebounds;
struct selector;

struct expiring_position {
	struct bytes group, topic; /* borrowed */
	int32_t partition;
	enum group_type type;
	const char *state; /* "Empty", "Stable"; "unknown" */
	int64_t offset;
	struct lifetime_moment commit;
	struct lifetime lifetime;
	bool is_within;  /* it may be lost by the time asked for ... */
	bool is_at_risk; /* ... or would be, if the last member left then */
};

struct expiring_query {
	const struct selector *selector;
	int64_t retention_ms;
	int64_t now_ms;
	int64_t within_ms; /* from now */
};

struct expiring {
	struct expiring_position *positions; /* what is lost first comes first,
					      * what has no moment last */
	size_t count;
	size_t within_count;
	size_t within_group_count;
	size_t risk_count;
	size_t unknown_count; /* no rule can be applied */
};

/* From a ledger that was finished. */
void expiring_of_ledger(const struct ledger *ledger,
    const struct expiring_query *query, struct expiring *out);

void expiring_of_bounds(const struct lifebounds *bounds,
    const struct expiring_query *query, struct expiring *out);

void expiring_release(struct expiring *expiring);

#endif /* SNAPSHOT_EXPIRING_H */
