/*
 * csvrest.h - the rows of offsets/ that the groups do not have.  Of a damaged
 * archive they are what is left of groups whose own lines are lost: numbers,
 * without epochs and metadata.
 */
#ifndef FORMATS_CSVREST_H
#define FORMATS_CSVREST_H

#include <stddef.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "formats/model.h"

/* All zeroes but for the snapshot is the beginning. */
struct csvrest {
	const struct snapshot *snapshot;
	struct buf known;    /* the rows that the groups make */
	struct bytes *lines; /* of known, sorted */
	size_t count;
	size_t capacity;
	struct buf rows; /* the result: whole rows in the order they came in */
	size_t row_count;
};

/* Take the content of a member of offsets/. */
void csvrest_member(struct csvrest *rest, struct bytes content);

/* Of everything but rows. */
void csvrest_release(struct csvrest *rest);

#endif /* FORMATS_CSVREST_H */
