/*
 * freezer.h - freezing and thawing the offsets topic on a cluster: in this
 * order it reads what is set, decides (freeze.h), asks the broker whether it
 * would take the change, keeps the record, changes, and reads back from every
 * broker until all of them show it.  Whatever it is stopped at, the same call
 * again goes on from there.
 */
#ifndef RESTORE_FREEZER_H
#define RESTORE_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"
#include "restore/freeze.h"
#include "restore/freezelog.h"

struct env;

struct freezer {
	struct cluster *cluster;
	const struct cluster_view *view;
	const struct env *env;
	const struct freezelog *log; /* without execute it may hold nothing */
	int64_t timeout_ms;          /* for all of it */
	bool execute;                /* else all but what changes something */
	bool force_stale;
};

#define FREEZER_SILENT_MAX 8

/* What the brokers told. */
struct freeze_sight {
	size_t shown; /* brokers that showed the value */
	/* Those that did not answer; the first of them by number. */
	size_t silent;
	int32_t silent_ids[FREEZER_SILENT_MAX];
};

/* Filled in as far as it came, also on failure. */
struct freeze_result {
	bool is_read;
	struct freeze_value now; /* before any change of ours */
	enum freeze_step freeze;
	enum thaw_step thaw;
	enum freezelog_state state;
	struct freeze_record record; /* the open one, or the one we made */
	bool recorded;               /* by us, now */
	bool changed;                /* the broker took our change */
	struct freeze_sight sight;   /* of the value that it is to have */
};

/*
 * ERR_DENIED names the right.  ERR_REFUSED, with what to do, for a value that
 * the broker does not take.  ERR_UNAVAILABLE when not all brokers that answer
 * show the value by the deadline.  FREEZE_CHANGED and THAW_CHANGED are no
 * errors, and nothing is done then.
 */
int freezer_freeze(const struct freezer *freezer, struct freeze_result *out,
    struct err *err) MUST_CHECK;

/* The same; where nothing is recorded that is not thawed, THAW_BY_OTHERS if the
 * topic is frozen all the same, else ERR_NOT_FOUND. */
int freezer_thaw(const struct freezer *freezer, struct freeze_result *out,
    struct err *err) MUST_CHECK;

#endif /* RESTORE_FREEZER_H */
