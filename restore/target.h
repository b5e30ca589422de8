/*
 * target.h - the cluster as it is now, for the groups of a restore: who they
 * are, who is in them, where they stand, and the logs of their topics.
 */
#ifndef RESTORE_TARGET_H
#define RESTORE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "common/err.h"
#include "formats/model.h"
#include "kafka/cluster.h"

struct census;
struct reach;

struct target_position {
	struct bytes topic;
	int32_t partition;
	bool present;
	int error; /* 88: held by an open transaction; else it is not known */
	int64_t offset;
	int32_t epoch;
	struct bytes metadata;
};

/* Sorted as positions are. */
struct target_waits {
	const struct group_partition *partitions;
	size_t count;
};

struct target_group {
	struct bytes name;
	/* Only where these are held by an open transaction is its end waited
	 * for; NULL: anywhere. */
	const struct target_waits *waits;
	bool exists;      /* listed, or it has positions */
	bool unlisted;    /* a complete census, just taken, has it not */
	bool asks_broker; /* members are invisible: its refusal is the check */
	enum group_type type;
	const char *state;         /* "unknown" where it cannot be told */
	const char *protocol_type; /* "" simple; "unknown" */
	int32_t listed_by;         /* broker, or COORDINATOR_UNKNOWN */
	struct member *members;
	size_t member_count;
	int members_error;                 /* who is in it cannot be told */
	struct target_position *positions; /* by topic and partition */
	size_t position_count;
	int positions_error; /* where it stands cannot be told */
};

struct target_partition {
	int32_t partition;
	int32_t epoch; /* current leader epoch, -1: unknown */
	int error;     /* of the log range */
	int64_t start, end;
};

struct target_topic {
	struct bytes name;
	int error; /* 3: no such topic; 29: hidden */
	bool has_id;
	uint8_t id[UUID_SIZE];
	struct target_partition *partitions; /* by number */
	size_t count;
};

struct target {
	struct arena arena;
	int64_t read_ms;             /* when the reading of positions began */
	struct target_group *groups; /* by name */
	size_t group_count;
	struct target_topic *topics; /* by name */
	size_t topic_count;
};

/* Which log ranges are waited for until the deadline: a partition may be
 * without a leader for long.  Others, which stand in the same topics or
 * groups, are asked once.  All zeroes: each is waited for. */
struct log_interest {
	bool (*wants)(
	    const void *context, struct bytes topic, int32_t partition);
	const void *context;
};

/* What to read: groups by name in order, and topics besides those that the
 * groups have positions in now; exact names, no doubles. */
struct target_request {
	const struct bytes *groups;
	size_t group_count;
	const struct bytes *topics;
	size_t topic_count;
	const struct target_waits *waits; /* as the groups; NULL: all */
	struct log_interest interest;
	const struct census *census; /* may be NULL */
	/* The census was taken just now: what it has not, and what has no
	 * positions, need not be asked for members.  Whoever writes looks
	 * again, and then without this. */
	bool census_is_fresh;
	bool skips_members; /* who is in the groups does not matter */
};

/*
 * Read it: positions with stable offsets required, then members, then topics
 * and log ranges, so that no log end is older than a position.  Tries again
 * within the deadline on what may pass; what could not be read is marked with
 * its error.  Fails only when nothing can be asked or on interruption.
 */
int target_read(const struct reach *reach, const struct target_request *request,
    struct target *out, struct err *err) MUST_CHECK;
void target_release(struct target *target);

const struct target_group *target_find_group(
    const struct target *target, struct bytes name);
const struct target_topic *target_find_topic(
    const struct target *target, struct bytes name);
const struct target_partition *target_find_partition(
    const struct target_topic *topic, int32_t partition);
const struct target_position *target_find_position(
    const struct target_group *group, struct bytes topic, int32_t partition);

#endif /* RESTORE_TARGET_H */
