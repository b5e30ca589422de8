/*
 * timelookup.h - which snapshots of a repository have to be opened to tell time
 * and offset of a partition from each other, and when to stop.
 *
 * Of each only the lines of the topic are read.  The newest that holds the
 * topic is opened first: it tells which topic that is today, and what is left
 * of its log.  Around a time the walk goes outward until both kinds of points
 * bound the answer, or the topic becomes another one; an offset is found by
 * bisection, because log ends only grow.  After TIMELOOKUP_OPEN_MAX snapshots
 * in one direction the walk gives up: what is known then is true, and wider.
 */
#ifndef RESTORE_TIMELOOKUP_H
#define RESTORE_TIMELOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/timeindex.h"

struct env;
struct log;
struct repo;

#define TIMELOOKUP_OPEN_MAX 64

struct timelookup_request {
	struct repo *repo;
	const char *cluster; /* its folder */
	struct bytes topic;
	int32_t partition;
	const struct env *env;
	const struct log *log; /* may be NULL */
};

/* How it went. */
struct timelookup_report {
	size_t opened;
	size_t damaged; /* could not be read: logged, and passed over */
	bool gave_up;   /* there are more snapshots that were not opened */
};

/*
 * Open what tells about the time; index is initialised by the caller and
 * released by it also on failure.  Finding nothing is no failure.
 */
int timelookup_time(const struct timelookup_request *request, int64_t at_ms,
    struct timeindex *index, struct timelookup_report *report,
    struct err *err) MUST_CHECK;

/* The same about an offset of the topic as it is now. */
int timelookup_offset(const struct timelookup_request *request, int64_t offset,
    struct timeindex *index, struct timelookup_report *report,
    struct err *err) MUST_CHECK;

#endif /* RESTORE_TIMELOOKUP_H */
