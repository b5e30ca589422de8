/*
 * freezelog.h - where the records of freezes are kept: in the repository, or in
 * a file instead.  What was thawed is told by a second object beside the first:
 * of FILE, the file FILE.thawed.
 */
#ifndef RESTORE_FREEZELOG_H
#define RESTORE_FREEZELOG_H

#include "common/compiler.h"
#include "common/err.h"
#include "restore/freeze.h"

struct repo;

struct freezelog {
	struct repo *repo; /* NULL: none */
	const char *file;  /* instead of the repository; NULL: none */
	const char *cluster_id;
	const struct env *env;
};

enum freezelog_state {
	FREEZELOG_NONE,   /* nothing is recorded */
	FREEZELOG_OPEN,   /* out is the newest, and was not thawed */
	FREEZELOG_THAWED, /* the newest was; out is not filled in */
};

/* Only the newest counts: it has superseded those before it, also where a kill
 * left one of them without its end.  ERR_CORRUPT; ERR_REFUSED for a file that
 * is of another cluster. */
int freezelog_find(const struct freezelog *log, enum freezelog_state *state,
    struct freeze_record *out, struct err *err) MUST_CHECK;

/* Nothing is ever overwritten: a file that is there, and not empty, is
 * ERR_EXISTS.  Whatever the clock says, a new record is dated behind those that
 * are there, so that it is the newest. */
int freezelog_add(const struct freezelog *log, struct freeze_record *record,
    struct err *err) MUST_CHECK;
int freezelog_end(const struct freezelog *log,
    const struct freeze_record *record, enum freeze_end end,
    const struct freeze_value *found, struct err *err) MUST_CHECK;

#endif /* RESTORE_FREEZELOG_H */
