/*
 * csvcheck.h - hold the members of offsets/ against the groups: together they
 * must be exactly the rows that offsetcsv.h makes of the snapshot.
 */
#ifndef FORMATS_CSVCHECK_H
#define FORMATS_CSVCHECK_H

#include <stddef.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* snapshot is set by the caller, the rest begins as zeroes. */
struct csvcheck {
	const struct snapshot *snapshot;
	size_t group; /* where the next rows come from */
	size_t topic;
	size_t position;
	struct buf rows;    /* expected next ... */
	size_t used;        /* ... after so many of their bytes */
	size_t row_group;   /* whose they are */
	struct bytes first; /* the first group of the last member */
};

/* Compare the next member; first is then the group of its first row. */
int csvcheck_member(
    struct csvcheck *check, struct bytes content, struct err *err) MUST_CHECK;

/* There are no more members: nothing may be missing. */
int csvcheck_finish(struct csvcheck *check, struct err *err) MUST_CHECK;

void csvcheck_release(struct csvcheck *check);

#endif /* FORMATS_CSVCHECK_H */
