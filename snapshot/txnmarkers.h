/*
 * txnmarkers.h - how the transactions in a partition ended.
 *
 * A producer has one transaction at a time, so what it wrote belongs to its
 * next marker behind that.  The log cleaner keeps a marker as long as it keeps
 * a batch of its transaction.  Damage may have taken one: then the next that is
 * left decides, and the outcome is in doubt.
 */
#ifndef SNAPSHOT_TXNMARKERS_H
#define SNAPSHOT_TXNMARKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

enum txnmarkers_outcome {
	TXNMARKERS_OPEN, /* no marker */
	TXNMARKERS_ABORTED,
	TXNMARKERS_COMMITTED,
};

struct txnmarker {
	int64_t producer_id;
	int64_t offset;
	bool is_commit;
};

/* All zeroes is none. */
struct txnmarkers {
	struct txnmarker *list;
	size_t count;
	size_t capacity;
	int64_t *losses; /* offsets from which on something is damaged */
	size_t loss_count;
	size_t loss_capacity;
};

void txnmarkers_add(struct txnmarkers *markers, const struct txnmarker *marker);

/* Something is damaged that would begin at this offset. */
void txnmarkers_add_loss(struct txnmarkers *markers, int64_t offset);

/* Has to be called after the last one was added. */
void txnmarkers_finish(struct txnmarkers *markers);

/* Of what a producer wrote at an offset. */
enum txnmarkers_outcome txnmarkers_find(const struct txnmarkers *markers,
    int64_t producer_id, int64_t offset, bool *is_in_doubt) MUST_CHECK;

void txnmarkers_release(struct txnmarkers *markers);

#endif /* SNAPSHOT_TXNMARKERS_H */
