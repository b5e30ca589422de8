/*
 * source.h - whether a capture reads the offsets topic, asks the coordinators,
 * or does both.
 */
#ifndef SNAPSHOT_SOURCE_H
#define SNAPSHOT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"
#include "snapshot/capture.h"

enum source_wish {
	SOURCE_WISH_AUTO, /* the topic where that is quicker, and allowed */
	SOURCE_WISH_API,
	SOURCE_WISH_TOPIC,
	SOURCE_WISH_BOTH,
};

/* Reading so many records takes about as long as asking 10,000 groups, on two
 * cores and loopback (verified.md 3); auto reads no longer topic. */
#define SOURCE_RECORDS_MAX 1000000

struct source_choice {
	enum snapshot_source source;
	char reason[160]; /* why, of auto; else "" */
};

/*
 * Choose for a job whose options have no source yet.  The topic or both need
 * READ on it: ERR_DENIED without.  Auto asks the coordinators for groups given
 * by name, and where the scope is visible.
 */
int source_choose(const struct capture_job *job, enum source_wish wish,
    struct source_choice *out, struct err *err) MUST_CHECK;

/* The same for auto of who reads the topic once and then follows it: how long
 * it is does not matter, nor that groups are given by name. */
int source_choose_following(const struct capture_job *job,
    struct source_choice *out, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_SOURCE_H */
