/*
 * recordgen.h - records of __consumer_offsets built by hand, as a group
 * coordinator writes them.  All bytes are in the arena.
 */
#ifndef SNAPSHOT_RECORDGEN_H
#define SNAPSHOT_RECORDGEN_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"

enum recordgen_type {
	RECORDGEN_COMMIT_OLD = 0,
	RECORDGEN_COMMIT = 1,
	RECORDGEN_CLASSIC = 2,
	RECORDGEN_CONSUMER = 3,
	RECORDGEN_CONSUMER_MEMBER = 5,
	RECORDGEN_SHARE = 11,
	RECORDGEN_STREAMS = 17,
	RECORDGEN_STREAMS_MEMBER = 19,
};

struct recordgen_commit {
	int64_t offset;
	int32_t epoch;
	struct bytes metadata;
	int64_t commit_ms;
};

/* Keys: of a position, of a group, of a member of one. */
struct bytes recordgen_commit_key(struct arena *arena, int16_t type,
    struct bytes group, const char *topic, int32_t partition);
struct bytes recordgen_group_key(
    struct arena *arena, int16_t type, struct bytes group);
struct bytes recordgen_member_key(
    struct arena *arena, int16_t type, struct bytes group, const char *member);

/* Values: a position (version 3), a classic group with these members (version
 * 3), a group of another type, a member that subscribes to t1 and t2. */
struct bytes recordgen_commit_value(
    struct arena *arena, const struct recordgen_commit *commit);
struct bytes recordgen_classic_value(struct arena *arena,
    const char *protocol_type, const char *const *members, size_t count);
struct bytes recordgen_modern_value(
    struct arena *arena, int16_t type, int32_t epoch);
struct bytes recordgen_member_value(struct arena *arena, int16_t type);

/* A value of a version that does not exist yet, and one that is cut short. */
struct bytes recordgen_later_value(struct arena *arena);
struct bytes recordgen_broken_value(struct arena *arena);

#endif /* SNAPSHOT_RECORDGEN_H */
