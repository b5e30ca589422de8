/*
 * txnmarkers.c - see txnmarkers.h.
 */
#include "snapshot/txnmarkers.h"

#include <stdlib.h>

#include "common/xalloc.h"

void
txnmarkers_add(struct txnmarkers *markers, const struct txnmarker *marker)
{
	markers->list = xgrow(markers->list, markers->count, &markers->capacity,
	    sizeof(*markers->list));
	markers->list[markers->count++] = *marker;
}

void
txnmarkers_add_loss(struct txnmarkers *markers, int64_t offset)
{
	markers->losses = xgrow(markers->losses, markers->loss_count,
	    &markers->loss_capacity, sizeof(*markers->losses));
	markers->losses[markers->loss_count++] = offset;
}

static int
compare(const void *left, const void *right)
{
	const struct txnmarker *a = left;
	const struct txnmarker *b = right;

	if (a->producer_id != b->producer_id)
		return a->producer_id < b->producer_id ? -1 : 1;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

static int
compare_losses(const void *left, const void *right)
{
	const int64_t *a = left;
	const int64_t *b = right;

	return (*a > *b) - (*a < *b);
}

void
txnmarkers_finish(struct txnmarkers *markers)
{
	if (markers->count > 1)
		qsort(markers->list, markers->count, sizeof(*markers->list),
		    compare);
	if (markers->loss_count > 1)
		qsort(markers->losses, markers->loss_count,
		    sizeof(*markers->losses), compare_losses);
}

/* Whether something was lost behind an offset and up to another. */
static bool
has_loss(const struct txnmarkers *markers, int64_t after, int64_t up_to)
{
	size_t low = 0;
	size_t high = markers->loss_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (markers->losses[middle] <= after)
			low = middle + 1;
		else
			high = middle;
	}
	return low < markers->loss_count && markers->losses[low] <= up_to;
}

enum txnmarkers_outcome
txnmarkers_find(const struct txnmarkers *markers, int64_t producer_id,
    int64_t offset, bool *is_in_doubt)
{
	const struct txnmarker wanted = { producer_id, offset, false };
	size_t low = 0;
	size_t high = markers->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(&markers->list[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*is_in_doubt = false;
	if (low == markers->count ||
	    markers->list[low].producer_id != producer_id)
		return TXNMARKERS_OPEN;
	*is_in_doubt = has_loss(markers, offset, markers->list[low].offset);
	return markers->list[low].is_commit ? TXNMARKERS_COMMITTED
					    : TXNMARKERS_ABORTED;
}

void
txnmarkers_release(struct txnmarkers *markers)
{
	free(markers->list);
	free(markers->losses);
	*markers = (struct txnmarkers){ 0 };
}
