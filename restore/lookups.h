/*
 * lookups.h - log positions by time, asked of the target (offsetsForTimes):
 * gathered while a plan is worked out, read in one go, and then looked at when
 * it is worked out again.
 *
 * The log ends of the target must have been read before: then "no record at or
 * after the time" means the end read before, and nothing that was appended
 * meanwhile is passed over.
 */
#ifndef RESTORE_LOOKUPS_H
#define RESTORE_LOOKUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct reach;

struct lookup {
	struct bytes topic; /* in the lookups' arena */
	int32_t partition;
	int64_t time_ms;
	bool answered;
	int error;
	int64_t offset;    /* -1: no record at or after the time */
	int64_t timestamp; /* of the record */
	int32_t epoch;     /* that ListOffsets gave for it, -1: none */
};

/* All zeroes is an empty one. */
struct lookups {
	struct arena arena;
	struct lookup *list; /* after lookups_read: sorted, each once */
	size_t count, capacity;
	bool read;
};

/* Ask for it, unless that is done already: then nothing is added. */
void lookups_add(struct lookups *lookups, struct bytes topic, int32_t partition,
    int64_t time_ms);

/* Read all that were asked for, retrying within a step's deadline; what stays
 * unanswered has its error. */
int lookups_read(const struct reach *reach, struct lookups *lookups,
    struct err *err) MUST_CHECK;

/* NULL before it was read. */
const struct lookup *lookups_find(const struct lookups *lookups,
    struct bytes topic, int32_t partition, int64_t time_ms);

void lookups_release(struct lookups *lookups);

#endif /* RESTORE_LOOKUPS_H */
