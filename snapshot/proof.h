/*
 * proof.h - whether each coordinator has loaded its offsets partitions.
 *
 * A coordinator that has not yet begun to load a partition leaves its groups
 * out of the listing, with error 0.  A read with stable offsets is answered
 * only by one that has: where no group of a partition was read, a group that
 * nobody has is asked for.
 */
#ifndef SNAPSHOT_PROOF_H
#define SNAPSHOT_PROOF_H

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;

/* Ask where no answer has proven it yet.  Fails only when the capture must
 * end. */
int proof_update(struct capture_state *state, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_PROOF_H */
