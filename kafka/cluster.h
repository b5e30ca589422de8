/*
 * cluster.h - what this program asks of a Kafka cluster, and nothing else.
 *
 * One interface, one real implementation (rdcluster.c and its neighbours, on
 * librdkafka), and a fake in the unit tests for what a real server cannot be
 * made to do.  Nothing above this header knows librdkafka.
 *
 * Calls block.  Those that send many requests keep a sliding window of them in
 * flight and hand each answer to a callback, on the caller's thread, in any
 * order, each exactly once.  An answer with an error is an answer: the call
 * itself fails only when nothing can be asked at all, or when the operator
 * interrupted (ERR_INTERRUPTED; what had not answered by then is not called
 * back, or in commits is: see there).  Nobody here retries: only the caller
 * knows what an error means for completeness.
 *
 * Group requests are pinned to the coordinator that the caller names, because
 * librdkafka's own lookup can kill the process (librdkafka.md 1.2).
 * COORDINATOR_UNKNOWN takes that lookup, on a handle of its own that is thrown
 * away afterwards.
 *
 * librdkafka takes C strings: a group with a NUL byte in its name is answered
 * with KAFKA_UNSUPPORTED_NAME without asking.
 */
#ifndef KAFKA_CLUSTER_H
#define KAFKA_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "common/err.h"
#include "formats/model.h"

struct cluster;
struct env;
struct kafka_settings;
struct log;
struct offsets_reader;
struct offsets_reading;

#define COORDINATOR_UNKNOWN (-1)
#define OFFSETS_TOPIC "__consumer_offsets"

/*
 * Error codes: Kafka's own where positive, librdkafka's local ones where
 * negative.  Only those that somebody decides on have a name here.
 */
enum kafka_error {
	KAFKA_OK = 0,
	KAFKA_OFFSET_OUT_OF_RANGE = 1,
	KAFKA_UNKNOWN_TOPIC_OR_PARTITION = 3,
	KAFKA_LEADER_NOT_AVAILABLE = 5,
	KAFKA_NOT_LEADER_OR_FOLLOWER = 6,
	KAFKA_REQUEST_TIMED_OUT = 7,
	KAFKA_OFFSET_METADATA_TOO_LARGE = 12,
	KAFKA_NETWORK_EXCEPTION = 13,
	KAFKA_COORDINATOR_LOAD_IN_PROGRESS = 14,
	KAFKA_COORDINATOR_NOT_AVAILABLE = 15,
	KAFKA_NOT_COORDINATOR = 16,
	KAFKA_UNKNOWN_MEMBER_ID = 25,
	KAFKA_INVALID_COMMIT_OFFSET_SIZE = 28,
	KAFKA_TOPIC_AUTHORIZATION_FAILED = 29,
	KAFKA_GROUP_AUTHORIZATION_FAILED = 30,
	KAFKA_CLUSTER_AUTHORIZATION_FAILED = 31,
	KAFKA_INVALID_CONFIG = 40,
	KAFKA_POLICY_VIOLATION = 44,
	KAFKA_UNKNOWN_SERVER_ERROR = -1,
	KAFKA_NON_EMPTY_GROUP = 68,
	KAFKA_GROUP_ID_NOT_FOUND = 69,
	KAFKA_FENCED_LEADER_EPOCH = 74,
	KAFKA_UNKNOWN_LEADER_EPOCH = 75,
	KAFKA_OFFSET_NOT_AVAILABLE = 78,
	KAFKA_GROUP_SUBSCRIBED_TO_TOPIC = 86,
	KAFKA_UNSTABLE_OFFSET_COMMIT = 88,
	KAFKA_LOCAL_TIMED_OUT = -185,
	KAFKA_LOCAL_INVALID_ARG = -186,
	KAFKA_UNSUPPORTED_NAME = -10001, /* ours: a NUL in a group's name */
};

/* "COORDINATOR_LOAD_IN_PROGRESS (14)" and the like; static storage. */
const char *kafka_error_name(int code);

/* Whether the same request may succeed later: 3 is not among them, the caller
 * knows whether metadata shows the topic (issue 3: 5, 6, 7, 9, 13, 14, 15, 16,
 * 74, 75, 78, 88, transport and time-out). */
bool kafka_error_is_retriable(int code);

/* Whether the user lacks a right (29, 30, 31 and the like). */
bool kafka_error_is_denied(int code);

enum kafka_use {
	KAFKA_TO_LOOK,         /* members, positions, log ranges */
	KAFKA_TO_COMMIT,       /* OffsetCommit */
	KAFKA_TO_REMOVE,       /* OffsetDelete, DeleteGroups */
	KAFKA_TO_READ_SETTING, /* DescribeConfigs of a topic */
	KAFKA_TO_SET,          /* IncrementalAlterConfigs of a topic */
};

/* The right whose lack CODE tells: ": READ on the group is needed", to stand
 * behind the error's name (kafka.md 5); "" for another error.  Static. */
const char *kafka_right_needed(int code, enum kafka_use use);

/*
 * The offsets partition that a group belongs to: abs(h) % count with Java's
 * String.hashCode over UTF-16 units and abs(INT_MIN) = 0 (kafka.md 4).  Bytes
 * that are not UTF-8 count as Java decodes them, one U+FFFD each.
 */
int32_t coordinator_partition(struct bytes group, int32_t partition_count);

/* --- the cluster ------------------------------------------------------- */

/*
 * Make a cluster from settings.  Connects nowhere yet; a bad property is
 * ERR_USAGE and names where it came from.  log gets librdkafka's own talk at
 * debug level; env gives clock, sleep and interruption.  Both are borrowed.
 */
int cluster_open(const struct kafka_settings *settings, const struct env *env,
    const struct log *log, struct cluster **out, struct err *err) MUST_CHECK;
void cluster_free(struct cluster *cluster);

struct broker {
	int32_t id;
	const char *host;
	int32_t port;
};

struct cluster_view {
	struct arena arena;
	const char *cluster_id;
	struct broker *brokers; /* by id */
	size_t broker_count;
	/* DESCRIBE on the cluster, shown by its authorized operations
	 * (verified.md 1): without it hidden groups cannot be excluded. */
	bool may_describe;
};

/*
 * Who is the cluster?  Waits up to timeout_ms for a first broker.  The error
 * says what is wrong where that can be known: cannot resolve, refused, TLS
 * (wrong CA, plaintext port), authentication failed, no answer.
 */
int cluster_describe(struct cluster *cluster, int64_t timeout_ms,
    struct cluster_view *out, struct err *err) MUST_CHECK;
void cluster_view_release(struct cluster_view *view);

/* The offsets topic as one broker tells it. */
enum offsets_topic_state {
	OFFSETS_TOPIC_SEEN,
	OFFSETS_TOPIC_HIDDEN, /* no DESCRIBE on it */
	OFFSETS_TOPIC_ABSENT, /* nobody ever committed here */
};
struct offsets_topic {
	enum offsets_topic_state state;
	bool may_read;    /* READ on it, shown by its authorized operations */
	int32_t *leaders; /* by partition, -1: none; malloc'd */
	int32_t count;
};
int cluster_offsets_topic(struct cluster *cluster, int32_t broker,
    int64_t timeout_ms, struct offsets_topic *out, struct err *err) MUST_CHECK;
void offsets_topic_release(struct offsets_topic *topic);

/*
 * Append the value of one setting that a broker runs with, as text; asked of
 * that broker.  Needs DESCRIBE_CONFIGS on the cluster, else ERR_DENIED.  A
 * setting that it has not, or hides, is ERR_NOT_FOUND.
 */
int cluster_broker_config(struct cluster *cluster, int32_t broker,
    const char *name, int64_t timeout_ms, struct buf *out,
    struct err *err) MUST_CHECK;

/* --- settings of a topic ----------------------------------------------- */

struct topic_setting {
	const char *topic;
	const char *name;
};

/* What a setting is, and whether it is set on the topic itself or comes from
 * elsewhere: from the broker's settings, or as the default. */
struct topic_config {
	bool own;
	struct buf value; /* the caller releases it */
};

/*
 * Read one setting of a topic; asked of this broker, or of any (-1).  A broker
 * can be behind the others.  Needs DESCRIBE_CONFIGS on the topic, else
 * ERR_DENIED.  No such topic, a hidden one, or no such setting is
 * ERR_NOT_FOUND.
 */
int cluster_topic_config(struct cluster *cluster, int32_t broker,
    const struct topic_setting *setting, int64_t timeout_ms,
    struct topic_config *out, struct err *err) MUST_CHECK;

struct topic_change {
	struct topic_setting setting;
	const char *value; /* NULL: the topic's own is removed */
	bool check_only;   /* the broker says whether it would, no more */
};

/*
 * Change one setting of a topic, and no other.  The brokers learn of it a
 * moment after the answer.  Needs ALTER_CONFIGS on the topic, else ERR_DENIED;
 * no such topic is ERR_NOT_FOUND; a value that the broker does not take is
 * ERR_REFUSED.  code (may be NULL) gets Kafka's number; after a time-out it is
 * in doubt whether it was changed.  What was sent is waited for, also after an
 * interruption, which is an error only if nothing was sent.
 */
int cluster_topic_change(struct cluster *cluster,
    const struct topic_change *change, int64_t timeout_ms, int *code,
    struct err *err) MUST_CHECK;

/* --- groups ------------------------------------------------------------ */

struct listed_group {
	struct bytes name;
	enum group_type type;
	const char *state;         /* "unknown" where it cannot be told */
	const char *protocol_type; /* NULL: this listing does not tell */
	int32_t coordinator;
};
struct group_listing {
	struct arena arena;
	struct listed_group *groups;
	size_t count;
};

/* One broker's own groups.  Any error in its answer fails the call; code (may
 * be NULL) gets Kafka's number.  Leaves out what librdkafka drops (Connect,
 * Streams, share): cluster_list_all is for those. */
int cluster_list_groups(struct cluster *cluster, int32_t broker,
    int64_t timeout_ms, struct group_listing *out, int *code,
    struct err *err) MUST_CHECK;

/*
 * Every group id of every protocol, with protocol type, from the legacy call.
 * It masks broker errors, so it proves nothing alone: a superset check of the
 * pinned listings (verified.md 2).  States it cannot tell come as "unknown",
 * never as "Dead".
 */
int cluster_list_all(struct cluster *cluster, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err) MUST_CHECK;
void group_listing_release(struct group_listing *listing);

/* How requests of one call are sent. */
struct call_limits {
	size_t window;      /* in flight at once; 500 is best (verified.md 3) */
	int64_t timeout_ms; /* for each request */
	int64_t deadline_ms; /* of env_monotonic_ms, for the whole call */
};

struct group_partition {
	struct bytes topic;
	int32_t partition;
};

struct offsets_request {
	struct bytes group;
	int32_t coordinator;
	bool require_stable;
	const struct group_partition *partitions; /* NULL: all it has */
	size_t partition_count;
};
struct fetched_position {
	struct bytes topic;
	struct position position; /* metadata valid during the callback */
	bool present; /* something is committed there; of a NULL list always */
	int error;    /* KAFKA_OK, 29, 88, ... */
};
struct offsets_answer {
	const struct offsets_request *request;
	int error;              /* of the whole group */
	const char *error_text; /* NULL or the library's words */
	const struct fetched_position *positions; /* in no order */
	size_t count;
	int64_t start_ms; /* env_now_ms when it was sent, and answered */
	int64_t end_ms;
};
typedef void offsets_fn(void *context, const struct offsets_answer *answer);
int cluster_fetch_offsets(struct cluster *cluster,
    const struct offsets_request *requests, size_t count,
    const struct call_limits *limits, offsets_fn *answered, void *context,
    struct err *err) MUST_CHECK;

struct member {
	const char *consumer_id;
	const char *client_id;
	const char *host;
};
struct members_request {
	struct bytes group;
	int32_t coordinator;
};
struct members_answer {
	const struct members_request *request;
	int error;
	enum group_type type;
	const char *state; /* "unknown" for what librdkafka calls Dead */
	const struct member *members;
	size_t count;
};
typedef void members_fn(void *context, const struct members_answer *answer);
int cluster_describe_groups(struct cluster *cluster,
    const struct members_request *requests, size_t count,
    const struct call_limits *limits, members_fn *answered, void *context,
    struct err *err) MUST_CHECK;

/*
 * Commit positions as an administrator: no member id, no generation.  One
 * request per entry; the caller has cut them by size and never gives a negative
 * offset (refused here again, nothing is sent).  Every entry whose request was
 * sent is called back, also after an interruption: in flight requests are
 * waited for, up to their time-out, so that nothing is left in doubt that can
 * be known.  An entry that was not sent is called back with sent = false.
 */
struct commit_row {
	struct bytes topic;
	int32_t partition;
	int32_t epoch; /* -1: none */
	int64_t offset;
	struct bytes metadata;
};
/*
 * What is done to the rows; the same in all requests of one call.  Removing is
 * OffsetDelete; removing the group is DeleteGroups, which takes every position
 * with it, and the rows are those that it is known to have.  A group or a
 * position that is not there counts as removed; members who would lose it
 * answer KAFKA_UNKNOWN_MEMBER_ID, as for a commit.
 */
enum commit_kind {
	COMMIT_WRITE,
	COMMIT_REMOVE,
	COMMIT_REMOVE_GROUP,
};
struct commit_request {
	enum commit_kind kind;
	struct bytes group;
	int32_t coordinator;
	const struct commit_row *rows;
	size_t row_count;
};
struct commit_answer {
	const struct commit_request *request;
	bool sent;
	int error;             /* of the whole request; time-out: in doubt */
	const int *row_errors; /* as the rows; NULL when error is set */
};
typedef void commit_fn(void *context, const struct commit_answer *answer);
int cluster_commit(struct cluster *cluster,
    const struct commit_request *requests, size_t count,
    const struct call_limits *limits, commit_fn *answered, void *context,
    struct err *err) MUST_CHECK;

/* --- topics ------------------------------------------------------------ */

struct topic_partition_view {
	int32_t partition;
	int32_t leader; /* -1: none */
};
struct topic_answer {
	struct bytes name;
	int error; /* 3: no such topic, or hidden; 29 */
	bool has_id;
	bool may_read; /* of the offsets topic alone: READ is allowed */
	uint8_t id[UUID_SIZE];
	const struct topic_partition_view *partitions; /* by number */
	size_t count;
};
typedef void topic_fn(void *context, const struct topic_answer *answer);
int cluster_describe_topics(struct cluster *cluster, const struct bytes *names,
    size_t count, int64_t timeout_ms, topic_fn *answered, void *context,
    struct err *err) MUST_CHECK;

/* Log offsets.  Times at or above 0 ask for the first record with a timestamp
 * at or after it (-1 in the answer: there is none). */
#define LOG_LATEST (-1)   /* high watermark: read_uncommitted */
#define LOG_EARLIEST (-2) /* log start */
#define LOG_GREATEST (-3) /* the record with the greatest timestamp */
/* Partitions of one request: the cost is quadratic (librdkafka.md 2). */
#define LOG_CHUNK 1000
struct log_request {
	struct bytes topic;
	int32_t partition;
	int64_t time; /* or LOG_LATEST, LOG_EARLIEST, LOG_GREATEST */
	/* LOG_LATEST then is the last stable offset: where reading committed
	 * ends.  All requests of one call agree in this. */
	bool committed;
};
struct log_answer {
	const struct log_request *request;
	int error;
	int64_t offset;
	int64_t timestamp; /* of the record found, -1: none */
	int32_t epoch;     /* leader epoch for the offset, -1: none */
};
typedef void log_fn(void *context, const struct log_answer *answer);
/* Sent in chunks of LOG_CHUNK partitions.  One (topic, partition) may stand in
 * the list once only. */
int cluster_list_offsets(struct cluster *cluster,
    const struct log_request *requests, size_t count,
    const struct call_limits *limits, log_fn *answered, void *context,
    struct err *err) MUST_CHECK;

/* --- records ----------------------------------------------------------- */

/*
 * What a consumer that begins at an offset gets first.  Read committed, by a
 * consumer that is made for this call alone: it assigns partitions to itself,
 * joins no group and commits nothing.  Needs READ on the topic.
 *
 * Requests may name a partition many times, and the same place too.  A
 * partition that does not answer within limits->timeout_ms is not asked again;
 * what is open at the deadline is answered with KAFKA_LOCAL_TIMED_OUT.
 */
enum peek_kind {
	PEEK_RECORD,
	PEEK_END,  /* no record from there on, so far: the end of the log */
	PEEK_HELD, /* none that may be read yet: a transaction is open */
};
struct peek_request {
	struct bytes topic;
	int32_t partition;
	int64_t offset;
};
struct peek_answer {
	const struct peek_request *request;
	int error; /* KAFKA_OFFSET_OUT_OF_RANGE: not within the log */
	enum peek_kind kind;
	int64_t offset;    /* of the record, or where reading came to its end */
	int64_t timestamp; /* of the record, -1: none */
};
typedef void peek_fn(void *context, const struct peek_answer *answer);
int cluster_peek(struct cluster *cluster, const struct peek_request *requests,
    size_t count, const struct call_limits *limits, peek_fn *answered,
    void *context, struct err *err) MUST_CHECK;

/* --- for the fake ------------------------------------------------------ */

struct cluster_ops {
	int (*describe)(
	    struct cluster *, int64_t, struct cluster_view *, struct err *);
	int (*offsets_topic)(struct cluster *, int32_t, int64_t,
	    struct offsets_topic *, struct err *);
	int (*list_groups)(struct cluster *, int32_t, int64_t,
	    struct group_listing *, int *, struct err *);
	int (*list_all)(struct cluster *, int64_t, struct group_listing *,
	    int *, struct err *);
	int (*fetch_offsets)(struct cluster *, const struct offsets_request *,
	    size_t, const struct call_limits *, offsets_fn *, void *,
	    struct err *);
	int (*describe_groups)(struct cluster *, const struct members_request *,
	    size_t, const struct call_limits *, members_fn *, void *,
	    struct err *);
	int (*commit)(struct cluster *, const struct commit_request *, size_t,
	    const struct call_limits *, commit_fn *, void *, struct err *);
	int (*describe_topics)(struct cluster *, const struct bytes *, size_t,
	    int64_t, topic_fn *, void *, struct err *);
	int (*list_offsets)(struct cluster *, const struct log_request *,
	    size_t, const struct call_limits *, log_fn *, void *, struct err *);
	int (*peek)(struct cluster *, const struct peek_request *, size_t,
	    const struct call_limits *, peek_fn *, void *, struct err *);
	int (*broker_config)(struct cluster *, int32_t, const char *, int64_t,
	    struct buf *, struct err *);
	/* See offsets_topic.h. */
	int (*open_reader)(struct cluster *, struct offsets_reading *, size_t,
	    struct offsets_reader **, struct err *);
	int (*topic_config)(struct cluster *, int32_t,
	    const struct topic_setting *, int64_t, struct topic_config *,
	    struct err *);
	int (*topic_change)(struct cluster *, const struct topic_change *,
	    int64_t, int *, struct err *);
	void (*free)(struct cluster *);
};

/* First member of every implementation's own struct. */
struct cluster {
	const struct cluster_ops *ops;
};

#endif /* KAFKA_CLUSTER_H */
