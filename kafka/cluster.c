/*
 * The calls of cluster.h: they check what every implementation would have to,
 * and pass it on.
 */
#include "kafka/cluster.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/utf8.h"

#define NAME_SHOWN_MAX 120

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */

void
cluster_free(struct cluster *cluster)
{
	if (cluster != NULL)
		cluster->ops->free(cluster);
}

int
cluster_describe(struct cluster *cluster, int64_t timeout_ms,
    struct cluster_view *out, struct err *err)
{
	*out = (struct cluster_view){ 0 };
	if (cluster->ops->describe(cluster, timeout_ms, out, err) == 0)
		return 0;
	cluster_view_release(out);
	return -1;
}

void
cluster_view_release(struct cluster_view *view)
{
	arena_release(&view->arena);
	*view = (struct cluster_view){ 0 };
}

int
cluster_offsets_topic(struct cluster *cluster, int32_t broker,
    int64_t timeout_ms, struct offsets_topic *out, struct err *err)
{
	*out = (struct offsets_topic){ 0 };
	if (broker < 0)
		return err_set(
		    err, ERR_USAGE, "broker %d: no such broker", (int)broker);
	if (cluster->ops->offsets_topic(
		cluster, broker, timeout_ms, out, err) == 0)
		return 0;
	offsets_topic_release(out);
	return -1;
}

void
offsets_topic_release(struct offsets_topic *topic)
{
	free(topic->leaders);
	*topic = (struct offsets_topic){ 0 };
}

int
cluster_broker_config(struct cluster *cluster, int32_t broker, const char *name,
    int64_t timeout_ms, struct buf *out, struct err *err)
{
	if (broker < 0)
		return err_set(
		    err, ERR_USAGE, "broker %d: no such broker", (int)broker);
	return cluster->ops->broker_config(
	    cluster, broker, name, timeout_ms, out, err);
}

int
cluster_topic_config(struct cluster *cluster, int32_t broker,
    const struct topic_setting *setting, int64_t timeout_ms,
    struct topic_config *out, struct err *err)
{
	*out = (struct topic_config){ 0 };
	if (cluster->ops->topic_config(
		cluster, broker, setting, timeout_ms, out, err) == 0)
		return 0;
	buf_release(&out->value);
	return -1;
}

int
cluster_topic_change(struct cluster *cluster, const struct topic_change *change,
    int64_t timeout_ms, int *code, struct err *err)
{
	int ignored = KAFKA_OK;

	if (code == NULL)
		code = &ignored;
	*code = KAFKA_OK;
	return cluster->ops->topic_change(
	    cluster, change, timeout_ms, code, err);
}

int
cluster_list_groups(struct cluster *cluster, int32_t broker, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	int ignored = KAFKA_OK;

	if (code == NULL)
		code = &ignored;
	*code = KAFKA_OK;
	*out = (struct group_listing){ 0 };
	if (broker < 0)
		return err_set(
		    err, ERR_USAGE, "broker %d: no such broker", (int)broker);
	if (cluster->ops->list_groups(
		cluster, broker, timeout_ms, out, code, err) == 0)
		return 0;
	group_listing_release(out);
	return -1;
}

int
cluster_list_all(struct cluster *cluster, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	int ignored = KAFKA_OK;

	if (code == NULL)
		code = &ignored;
	*code = KAFKA_OK;
	*out = (struct group_listing){ 0 };
	if (cluster->ops->list_all(cluster, timeout_ms, out, code, err) == 0)
		return 0;
	group_listing_release(out);
	return -1;
}

void
group_listing_release(struct group_listing *listing)
{
	arena_release(&listing->arena);
	*listing = (struct group_listing){ 0 };
}

int
cluster_fetch_offsets(struct cluster *cluster,
    const struct offsets_request *requests, size_t count,
    const struct call_limits *limits, offsets_fn *answered, void *context,
    struct err *err)
{
	if (count == 0)
		return 0;
	return cluster->ops->fetch_offsets(
	    cluster, requests, count, limits, answered, context, err);
}

int
cluster_describe_groups(struct cluster *cluster,
    const struct members_request *requests, size_t count,
    const struct call_limits *limits, members_fn *answered, void *context,
    struct err *err)
{
	if (count == 0)
		return 0;
	return cluster->ops->describe_groups(
	    cluster, requests, count, limits, answered, context, err);
}

/* The last line of defence before a commit: Kafka would store any number. */
static int
check_commit(const struct commit_request *request, struct err *err)
{
	char group[NAME_SHOWN_MAX];
	char topic[NAME_SHOWN_MAX];

	for (size_t at = 0; at < request->row_count; at++) {
		const struct commit_row *row = &request->rows[at];
		if ((row->offset >= 0 || request->kind != COMMIT_WRITE) &&
		    row->partition >= 0)
			continue;
		return err_set(err, ERR_REFUSED,
		    "group %s, topic %s, partition %d: offset %lld is never "
		    "written",
		    utf8_escape_to(request->group, group, sizeof(group)),
		    utf8_escape_to(row->topic, topic, sizeof(topic)),
		    (int)row->partition, (long long)row->offset);
	}
	return 0;
}

int
cluster_commit(struct cluster *cluster, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err)
{
	for (size_t at = 0; at < count; at++)
		if (check_commit(&requests[at], err) != 0)
			return -1;
	if (count == 0)
		return 0;
	return cluster->ops->commit(
	    cluster, requests, count, limits, answered, context, err);
}

int
cluster_describe_topics(struct cluster *cluster, const struct bytes *names,
    size_t count, int64_t timeout_ms, topic_fn *answered, void *context,
    struct err *err)
{
	if (count == 0)
		return 0;
	return cluster->ops->describe_topics(
	    cluster, names, count, timeout_ms, answered, context, err);
}

int
cluster_list_offsets(struct cluster *cluster,
    const struct log_request *requests, size_t count,
    const struct call_limits *limits, log_fn *answered, void *context,
    struct err *err)
{
	if (count == 0)
		return 0;
	return cluster->ops->list_offsets(
	    cluster, requests, count, limits, answered, context, err);
}

int
cluster_peek(struct cluster *cluster, const struct peek_request *requests,
    size_t count, const struct call_limits *limits, peek_fn *answered,
    void *context, struct err *err)
{
	if (count == 0)
		return 0;
	return cluster->ops->peek(
	    cluster, requests, count, limits, answered, context, err);
}

/* NOLINTEND(readability-function-size) */
