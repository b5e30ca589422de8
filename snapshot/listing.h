/*
 * listing.h - which groups are there.
 *
 * Each broker that leads an offsets partition lists its own groups; an error
 * in that is seen.  librdkafka drops the groups of Connect, Streams and share
 * consumers from it, so the legacy listing of everything is made besides: it
 * hides errors, and serves only to find more.
 */
#ifndef SNAPSHOT_LISTING_H
#define SNAPSHOT_LISTING_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;
struct peer;

/*
 * List what is due: each leader at the beginning, and again after its
 * partitions were proven; then everything by the legacy call.  Groups in scope
 * become candidates.  Fails only when the capture must end.
 */
int listing_update(struct capture_state *state, struct err *err) MUST_CHECK;

/* True when all listings that the scope needs were made, in order. */
bool listing_is_complete(const struct capture_state *state);

/* True when the legacy listing was made after the pinned ones were due. */
bool listing_is_legacy_complete(const struct capture_state *state);

/* True when this broker has to list its groups (again). */
bool listing_is_due(const struct capture_state *state, const struct peer *peer);

#endif /* SNAPSHOT_LISTING_H */
