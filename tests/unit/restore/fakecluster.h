/*
 * fakecluster.h - a cluster in memory for what a real server cannot be made to
 * do: answers that get lost, members that join between two requests, a
 * coordinator that moves.  Its clock moves only when somebody sleeps.
 */
#ifndef RESTORE_FAKECLUSTER_H
#define RESTORE_FAKECLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/env.h"
#include "kafka/cluster.h"
#include "restore/reach.h"
#include "tests/unit/restore/fakesetting.h"

struct fake_position {
	const char *topic;
	int32_t partition;
	int32_t epoch;
	int64_t offset;
	const char *metadata;
	size_t metadata_size;
	int error;
};

struct fake_group {
	const char *name;
	enum group_type type;
	const char *state;
	const char *protocol_type; /* NULL: only the untyped listing has it */
	struct member members[4];
	size_t member_count;
	struct fake_position *positions;
	size_t count, capacity;
};

struct fake_topic {
	const char *name;
	int error;
	uint8_t id; /* all sixteen bytes of it; 0: no id */
	int32_t count;
	int64_t start, end; /* of every partition */
	int32_t epoch;
	int64_t first_ms;    /* of the record at 0; each one a second later */
	uint64_t leaderless; /* bit n: partition n has no leader */
};

/* What becomes of a commit. */
enum fake_fate {
	FAKE_STORED,
	FAKE_LOST_ANSWER,      /* stored, and the answer is a time-out */
	FAKE_LOST_REQUEST,     /* not stored, and the answer is a time-out */
	FAKE_REFUSED,          /* every row gets fate_error */
	FAKE_REFUSED_WHOLE,    /* the request gets it */
	FAKE_STORED_OTHERWISE, /* stored with another epoch, answered well */
};

struct fake {
	struct cluster base; /* first: the cluster is the fake */
	struct arena arena;
	struct env env;
	struct cluster_view view;
	struct broker brokers[2];
	struct reach reach;
	int64_t now_ms;
	bool interrupted;

	struct fake_group groups[8];
	size_t group_count;
	struct fake_topic topics[8];
	size_t topic_count;
	enum offsets_topic_state offsets_state;
	int32_t coordinator;        /* of every offsets partition */
	const char *retention;      /* minutes, as every broker tells them */
	enum err_kind config_error; /* ... or why it does not */
	struct fakesetting setting; /* of the offsets topic */

	/* Called before each commit; the number of it is commit_count.  NULL:
	 * stored.  It may change the fake. */
	enum fake_fate (*on_commit)(
	    struct fake *fake, const struct commit_request *request);
	int fate_error;
	/* Called when somebody sleeps, after the clock moved. */
	void (*on_sleep)(struct fake *fake);
	/* Called before each fetch of a group's positions: the error of it. */
	int (*on_fetch)(
	    struct fake *fake, const struct offsets_request *request);
	/* Called with the answer to each peek, which it may change; the call
	 * fails with what it returns, if that is not 0. */
	enum err_kind (*on_peek)(struct fake *fake, struct peek_answer *answer);
	void *context;

	size_t commit_count; /* requests */
	size_t row_count;    /* rows in them */
	size_t fetch_count, describe_count, refresh_count, peek_count;
	size_t config_count;
	int32_t last_coordinator; /* that a commit was sent to */
	size_t largest_request;   /* bytes of keys and values */
};

void fake_init(struct fake *fake);
void fake_release(struct fake *fake);

struct fake_group *fake_add_group(struct fake *fake, const char *name);
void fake_add_topic(
    struct fake *fake, const char *name, int32_t partitions, uint8_t id);
/* Set, or add. */
void fake_commit(struct fake_group *group, const char *topic, int32_t partition,
    int64_t offset, const char *metadata);
struct fake_position *fake_find(
    struct fake_group *group, const char *topic, int32_t partition);
void fake_add_member(
    struct fake_group *group, const char *client_id, const char *host);

#endif /* RESTORE_FAKECLUSTER_H */
