/*
 * rdcluster.h - the parts of the implementation of cluster.h on librdkafka,
 * for its own files only.
 *
 * A handle is a consumer with a group.id that never joins: without a group
 * librdkafka crashes on NOT_COORDINATOR in an OffsetFetch answer, and its own
 * coordinator lookup aborts the process after a time-out, which is why every
 * group request names its broker (librdkafka.md 1.2, verified.md 3).
 */
#ifndef KAFKA_RDCLUSTER_H
#define KAFKA_RDCLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "kafka/cluster.h"

/* Never joined and never committed to.  Fixed, so that an ACL can name it. */
#define RDCLUSTER_GUARD_GROUP "tidemark-guard"

/* How long anything waits before it looks whether the operator interrupted. */
#define RDCLUSTER_POLL_MS 50

#define RDCLUSTER_TEXT_MAX 400

/* The last thing that a connection complained about. */
struct rdtrouble {
	int code;         /* 0: nothing so far */
	int64_t since_ms; /* env_monotonic_ms of the first of this code */
	char text[RDCLUSTER_TEXT_MAX];
};

struct rdhandle {
	rd_kafka_t *rk;
	rd_kafka_queue_t *events; /* errors and log lines */
};

struct rdcluster {
	struct cluster base;
	const struct env *env;
	const struct log *log;
	rd_kafka_conf_t *conf; /* what handles are made from */
	struct rdhandle handle;
	char *bootstrap; /* for messages */
	struct rdtrouble trouble;
	size_t turn; /* which broker is asked about topics */
};

struct rdcluster *rdcluster_of(struct cluster *cluster);

/* A handle of its own, for what must not hurt the shared one. */
int rdcluster_handle_open(struct rdcluster *cluster, struct rdhandle *out,
    struct err *err) MUST_CHECK;

/* The same, with some properties set otherwise. */
struct rdproperty {
	const char *name;
	const char *value;
};
int rdcluster_handle_open_with(struct rdcluster *cluster,
    const struct rdproperty *properties, size_t count, struct rdhandle *out,
    struct err *err) MUST_CHECK;
void rdcluster_handle_close(struct rdhandle *handle);

/* Pass log lines on and remember what connections complain about; waits up to
 * wait_ms for the first. */
void rdcluster_serve(
    struct rdcluster *cluster, const struct rdhandle *handle, int wait_ms);

/* How a single request ended, with the words that came with it. */
struct rdanswer {
	int error;
	char text[RDCLUSTER_TEXT_MAX];
};
/* text may be NULL. */
void rdanswer_set(struct rdanswer *answer, int error, const char *text);

/* Fill err for an error code; text, the library's words, may be NULL.  The
 * message begins with what. */
int rdcluster_fail(
    struct err *err, int code, const char *text, const char *what) MUST_CHECK;

/* The same of a request about one topic: no such topic is ERR_NOT_FOUND, and
 * the message ends with the right that is missing. */
int rdcluster_fail_topic(struct err *err, int code, const char *text,
    const char *topic, enum kafka_use use) MUST_CHECK;

/* In Kafka's words what librdkafka says of a partition that is fetched. */
int rdcluster_fetch_error(int error);

/* ERR_INTERRUPTED. */
int rdcluster_interrupted(struct err *err) MUST_CHECK;

/* Whether a name can be a C string, as librdkafka wants it: no NUL in it. */
bool rdcluster_is_text(struct bytes name);

/* A NUL-terminated copy, or NULL when name holds a NUL byte.  Given. */
char *rdcluster_text(struct bytes name) MUST_CHECK;

/* The broker whose turn it is to be asked what any broker knows, -1: none is
 * known.  After a failure the next one is tried. */
int32_t rdcluster_any_broker(struct rdcluster *cluster);
void rdcluster_next_broker(struct rdcluster *cluster);

/* The operations, one file each; arguments as in struct cluster_ops. */
int rdcontact_describe(struct cluster *base, int64_t timeout_ms,
    struct cluster_view *out, struct err *err) MUST_CHECK;
int rdlisting_groups(struct cluster *base, int32_t broker, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err) MUST_CHECK;
int rdlegacy_list(struct cluster *base, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err) MUST_CHECK;
int rdfetch_offsets(struct cluster *base,
    const struct offsets_request *requests, size_t count,
    const struct call_limits *limits, offsets_fn *answered, void *context,
    struct err *err) MUST_CHECK;
int rdmembers_describe(struct cluster *base,
    const struct members_request *requests, size_t count,
    const struct call_limits *limits, members_fn *answered, void *context,
    struct err *err) MUST_CHECK;
int rdcommit_commit(struct cluster *base, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err) MUST_CHECK;
/* Of the kinds that remove; count is more than 0. */
int rdremove_commit(struct cluster *base, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err) MUST_CHECK;
int rdtopics_describe(struct cluster *base, const struct bytes *names,
    size_t count, int64_t timeout_ms, topic_fn *answered, void *context,
    struct err *err) MUST_CHECK;
int rdtopics_offsets_topic(struct cluster *base, int32_t broker,
    int64_t timeout_ms, struct offsets_topic *out, struct err *err) MUST_CHECK;
int rdlog_list(struct cluster *base, const struct log_request *requests,
    size_t count, const struct call_limits *limits, log_fn *answered,
    void *context, struct err *err) MUST_CHECK;
int rdpeek_records(struct cluster *base, const struct peek_request *requests,
    size_t count, const struct call_limits *limits, peek_fn *answered,
    void *context, struct err *err) MUST_CHECK;
int rdreader_open(struct cluster *base, struct offsets_reading *readings,
    size_t count, struct offsets_reader **out, struct err *err) MUST_CHECK;
int rdconfig_read(struct cluster *base, int32_t broker, const char *name,
    int64_t timeout_ms, struct buf *out, struct err *err) MUST_CHECK;
int rdconfig_read_topic(struct cluster *base, int32_t broker,
    const struct topic_setting *setting, int64_t timeout_ms,
    struct topic_config *out, struct err *err) MUST_CHECK;
int rdchange_topic(struct cluster *base, const struct topic_change *change,
    int64_t timeout_ms, int *code, struct err *err) MUST_CHECK;

#endif /* KAFKA_RDCLUSTER_H */
