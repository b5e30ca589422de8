/*
 * Commits as an administrator.  The event says success even when every
 * partition failed: each is looked at (verified.md 2).
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/rdwindow.h"

struct commit {
	const struct commit_request *requests;
	commit_fn *answered;
	void *context;
	int *row_errors; /* of the answer being read */
	size_t capacity;
};

static int32_t
commit_broker(const struct rdwindow *window, size_t index)
{
	const struct commit *commit = window->context;

	return commit->requests[index].coordinator;
}

/* librdkafka frees the metadata of a row with its list. */
static bool
add_row(rd_kafka_topic_partition_list_t *list, const struct commit_row *row)
{
	rd_kafka_topic_partition_t *to;
	char *topic = rdcluster_text(row->topic);

	if (topic == NULL)
		return false;
	to = rd_kafka_topic_partition_list_add(list, topic, row->partition);
	free(topic);
	to->offset = row->offset;
	if (row->epoch >= 0)
		rd_kafka_topic_partition_set_leader_epoch(to, row->epoch);
	if (row->metadata.size > 0) {
		to->metadata = xmemdup0(row->metadata.data, row->metadata.size);
		to->metadata_size = row->metadata.size;
	}
	return true;
}

static int
commit_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct commit *commit = window->context;
	const struct commit_request *request = &commit->requests[call->index];
	rd_kafka_AlterConsumerGroupOffsets_t *ask;
	rd_kafka_topic_partition_list_t *list;
	char *group = rdcluster_text(request->group);
	bool fits = group != NULL;

	list = rd_kafka_topic_partition_list_new((int)request->row_count);
	for (size_t at = 0; fits && at < request->row_count; at++)
		fits = add_row(list, &request->rows[at]);
	if (fits) {
		ask = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
		rd_kafka_AlterConsumerGroupOffsets(
		    window->handle.rk, &ask, 1, window->options, window->queue);
		rd_kafka_AlterConsumerGroupOffsets_destroy(ask);
	}
	rd_kafka_topic_partition_list_destroy(list);
	free(group);
	return fits ? KAFKA_OK : KAFKA_UNSUPPORTED_NAME;
}

static bool
is_row(const rd_kafka_topic_partition_t *result, const struct commit_row *row)
{
	return result->partition == row->partition &&
	    bytes_equal_text(row->topic, result->topic);
}

/* The result of one row: mostly where the row itself stands, else anywhere. */
static const rd_kafka_topic_partition_t *
find_result(const rd_kafka_topic_partition_list_t *list, size_t at,
    const struct commit_row *row)
{
	if (at < (size_t)list->cnt && is_row(&list->elems[at], row))
		return &list->elems[at];
	for (int other = 0; other < list->cnt; other++)
		if (is_row(&list->elems[other], row))
			return &list->elems[other];
	return NULL;
}

static void
read_rows(struct commit *commit, rd_kafka_event_t *event,
    struct commit_answer *answer)
{
	const struct commit_request *request = answer->request;
	size_t groups;
	const rd_kafka_group_result_t **results =
	    rd_kafka_AlterConsumerGroupOffsets_result_groups(
		rd_kafka_event_AlterConsumerGroupOffsets_result(event),
		&groups);
	const rd_kafka_topic_partition_list_t *list = NULL;
	const rd_kafka_error_t *error = NULL;

	if (groups == 1) {
		error = rd_kafka_group_result_error(results[0]);
		list = rd_kafka_group_result_partitions(results[0]);
	}
	if (error != NULL || list == NULL) {
		answer->error = error != NULL ? rd_kafka_error_code(error)
					      : RD_KAFKA_RESP_ERR__BAD_MSG;
		return;
	}
	if (request->row_count > commit->capacity) {
		commit->row_errors = xreallocarray(commit->row_errors,
		    request->row_count, sizeof(*commit->row_errors));
		commit->capacity = request->row_count;
	}
	for (size_t at = 0; at < request->row_count; at++) {
		const rd_kafka_topic_partition_t *result =
		    find_result(list, at, &request->rows[at]);
		/* A row that the answer leaves out is not known to be
		 * there. */
		commit->row_errors[at] = result != NULL
		    ? (int)result->err
		    : RD_KAFKA_RESP_ERR__BAD_MSG;
	}
	answer->row_errors = commit->row_errors;
}

static void
commit_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct commit *commit = window->context;
	struct commit_answer answer = {
		.request = &commit->requests[call->index],
		.sent = call->sent,
		.error = error,
	};

	(void)text;
	if (event != NULL)
		read_rows(commit, event, &answer);
	commit->answered(commit->context, &answer);
}

static const struct rdwindow_ops commit_ops = {
	.op = RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
	.broker = commit_broker,
	.looks_up = true,
	.finishes = true,
	.send = commit_send,
	.answer = commit_answer,
};

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdcommit_commit(struct cluster *base, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err)
{
	struct commit commit = {
		.requests = requests,
		.answered = answered,
		.context = context,
	};
	struct rdwindow window = {
		.cluster = rdcluster_of(base),
		.ops = &commit_ops,
		.limits = limits,
		.count = count,
		.context = &commit,
	};
	int rc;

	if (requests[0].kind != COMMIT_WRITE)
		return rdremove_commit(
		    base, requests, count, limits, answered, context, err);
	rc = rdwindow_run(&window, err);
	free(commit.row_errors);
	return rc;
}
/* NOLINTEND(readability-function-size) */
