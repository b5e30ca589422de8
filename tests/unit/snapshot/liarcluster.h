/*
 * liarcluster.h - a cluster in memory that answers as real ones were seen to:
 * with less, or with something older, and error 0 (verified.md 1).
 *
 * Three brokers and eight offsets partitions unless a test says otherwise.
 * The truth is in groups; what a broker says of it depends on what it believes.
 * Time goes on only by sleeping, by 1 ms for each call, and by the time-out of
 * what is not answered.
 */
#ifndef SNAPSHOT_LIARCLUSTER_H
#define SNAPSHOT_LIARCLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/env.h"
#include "common/log.h"
#include "kafka/cluster.h"
#include "kafka/offsets_topic.h"

#define LIAR_PARTITIONS 8
#define LIAR_BROKERS 3 /* ids 1, 2, 3; index 0 is not used */
#define LIAR_EVER INT64_MAX

/* How much older a position is that comes from a coordinator of yesterday. */
#define LIAR_STALE 50

struct liar_position {
	const char *topic;
	int32_t partition;
	int64_t offset;
	const char *metadata;
	size_t metadata_size;
};

struct liar_group {
	const char *name;
	enum group_type type;
	const char *protocol_type;
	bool legacy_only;       /* librdkafka drops it from its listing */
	bool unlisted;          /* in no listing at all */
	bool untyped;           /* the listings do not tell type and protocol */
	int error;              /* of reading it */
	int error_count;        /* so often, then it is read; 0: always */
	const char *shut_topic; /* rights hide this topic: 29 by name */
	const char *held_topic; /* an open transaction holds it ... */
	int64_t held_until_ms;  /* ... so long (monotonic) */
	struct liar_position positions[8];
	size_t count;
};

struct liar_topic {
	const char *name;
	bool absent;
	int32_t count;
	int error;              /* of the last partition's log offsets ... */
	int64_t error_until_ms; /* ... so long (monotonic) */

	/* With stamps the log of each partition is these timestamps, those
	 * below start deleted, in segments of so many records (0: one). */
	const int64_t *stamps;
	int64_t stamp_count;
	int64_t start;
	int64_t segment;
	int vanish_after; /* so many answers by time all is deleted; 0: never */
	uint8_t incarnation; /* of the topic's id */
	int time_error; /* of questions by time to the last partition ... */
	int time_error_count; /* ... so often */
};

struct liar_broker {
	bool absent; /* not in the metadata */
	bool hung;
	/* Thawed: it believes what was true when it was frozen. */
	bool zombie;
	int32_t old_leaders[LIAR_PARTITIONS];
	int64_t loading_until_ms; /* lists with COORDINATOR_LOAD_IN_PROGRESS */
};

enum liar_call {
	LIAR_DESCRIBE,
	LIAR_OFFSETS_TOPIC,
	LIAR_LIST_GROUPS,
	LIAR_LIST_ALL,
	LIAR_FETCH,
	LIAR_FETCH_STABLE, /* requests in LIAR_FETCH calls, counted */
	LIAR_FETCH_PLAIN,
	LIAR_FETCH_UNKNOWN, /* without a coordinator */
	LIAR_MEMBERS,
	LIAR_TOPICS,
	LIAR_LOG,
	LIAR_READ,
	LIAR_CALL_COUNT,
};

/* A partition of the offsets topic (liarlog.h). */
struct liar_log {
	struct log_record *records;
	size_t count;
	size_t capacity;
	int64_t held_from; /* an open transaction begins there ... */
	int64_t held_until_ms;
	/* So many answers about its end come from who led it before. */
	int old_answers;
	int32_t old_epoch;
	int64_t old_end;
	int read_error; /* until a reader is made anew */
};

struct liar {
	struct cluster base; /* first: the cluster is the liar */
	struct arena arena;
	struct env env;
	struct log log; /* into said */
	char said[65536];
	size_t said_size;
	int64_t now_ms;
	bool interrupted;

	const char *cluster_id;
	bool may_describe;
	bool may_read;  /* the offsets topic */
	bool may_fetch; /* positions of groups; else they are not listed */
	int32_t partition_count; /* of the offsets topic */
	struct liar_log logs[LIAR_PARTITIONS];
	size_t read_batch; /* records of a partition for one call; 0: all */
	int open_readers;
	enum offsets_topic_state state;
	struct liar_broker brokers[LIAR_BROKERS + 1];
	int32_t leaders[LIAR_PARTITIONS];
	int32_t epochs[LIAR_PARTITIONS];
	/* Until then the leader has not begun to load: it leaves these groups
	 * out and knows nothing of a load in progress (monotonic). */
	int64_t unloaded_until_ms[LIAR_PARTITIONS];
	int32_t left_out_of_legacy; /* a broker, in silence; 0: none */
	int legacy_count;           /* so often; 0: always */
	int legacy_error;

	struct liar_group groups[32];
	size_t group_count;
	struct liar_topic topics[8];
	size_t topic_count;

	size_t calls[LIAR_CALL_COUNT];
	/* Called when a call has been counted, before it is answered: changes
	 * the world. */
	void (*before)(struct liar *liar, enum liar_call call);
	/* Called before each single group is answered. */
	void (*before_group)(
	    struct liar *liar, const struct offsets_request *request);
	int step; /* for the test's script */
};

void liar_init(struct liar *liar);
void liar_release(struct liar *liar);

/* A group with one position on topic "orders", partition 0. */
struct liar_group *liar_add_group(
    struct liar *liar, const char *name, int64_t offset);
struct liar_position *liar_add_position(struct liar_group *group,
    const char *topic, int32_t partition, int64_t offset);
struct liar_topic *liar_add_topic(
    struct liar *liar, const char *name, int32_t count);
void liar_remove_group(struct liar *liar, const char *name);
struct liar_group *liar_group(struct liar *liar, const char *name);

int32_t liar_partition(const char *group);

/* Another leader for the partition, with the next epoch. */
void liar_move(struct liar *liar, int32_t partition, int32_t broker);

/* The broker stands still; what it believes when it thaws is set now. */
void liar_freeze(struct liar *liar, int32_t broker);
void liar_thaw(struct liar *liar, int32_t broker);

#endif /* SNAPSHOT_LIARCLUSTER_H */
