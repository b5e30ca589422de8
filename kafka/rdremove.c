/*
 * Taking positions and groups away: OffsetDelete and DeleteGroups.  As with
 * commits the event says success even when every partition failed.
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "kafka/rdwindow.h"

struct removal {
	const struct commit_request *requests;
	commit_fn *answered;
	void *context;
	int *row_errors; /* of the answer being read */
	size_t capacity;
};

static int32_t
removal_broker(const struct rdwindow *window, size_t index)
{
	const struct removal *removal = window->context;

	return removal->requests[index].coordinator;
}

/* What is not there is removed, and members who would lose it are members. */
static int
settle_error(int error)
{
	switch (error) {
	case KAFKA_GROUP_ID_NOT_FOUND:
		return KAFKA_OK;
	case KAFKA_NON_EMPTY_GROUP:
	case KAFKA_GROUP_SUBSCRIBED_TO_TOPIC:
		return KAFKA_UNKNOWN_MEMBER_ID;
	default:
		return error;
	}
}

static void
make_room(struct removal *removal, size_t count)
{
	if (count <= removal->capacity)
		return;
	removal->row_errors = xreallocarray(
	    removal->row_errors, count, sizeof(*removal->row_errors));
	removal->capacity = count;
}

/* --- OffsetDelete ------------------------------------------------------ */

static int
offsets_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct removal *removal = window->context;
	const struct commit_request *request = &removal->requests[call->index];
	rd_kafka_DeleteConsumerGroupOffsets_t *ask;
	rd_kafka_topic_partition_list_t *list;
	char *group = rdcluster_text(request->group);
	bool fits = group != NULL;

	list = rd_kafka_topic_partition_list_new((int)request->row_count);
	for (size_t at = 0; fits && at < request->row_count; at++) {
		char *topic = rdcluster_text(request->rows[at].topic);

		fits = topic != NULL;
		if (fits)
			(void)rd_kafka_topic_partition_list_add(
			    list, topic, request->rows[at].partition);
		free(topic);
	}
	if (fits) {
		ask = rd_kafka_DeleteConsumerGroupOffsets_new(group, list);
		rd_kafka_DeleteConsumerGroupOffsets(
		    window->handle.rk, &ask, 1, window->options, window->queue);
		rd_kafka_DeleteConsumerGroupOffsets_destroy(ask);
	}
	rd_kafka_topic_partition_list_destroy(list);
	free(group);
	return fits ? KAFKA_OK : KAFKA_UNSUPPORTED_NAME;
}

static int
result_of(
    const rd_kafka_topic_partition_list_t *list, const struct commit_row *row)
{
	for (int at = 0; at < list->cnt; at++)
		if (list->elems[at].partition == row->partition &&
		    bytes_equal_text(row->topic, list->elems[at].topic))
			return list->elems[at].err;
	return RD_KAFKA_RESP_ERR__BAD_MSG;
}

static void
read_offsets(struct removal *removal, rd_kafka_event_t *event,
    struct commit_answer *answer)
{
	const struct commit_request *request = answer->request;
	const rd_kafka_topic_partition_list_t *list = NULL;
	const rd_kafka_error_t *error = NULL;
	size_t count;
	const rd_kafka_group_result_t **results =
	    rd_kafka_DeleteConsumerGroupOffsets_result_groups(
		rd_kafka_event_DeleteConsumerGroupOffsets_result(event),
		&count);

	if (count == 1) {
		error = rd_kafka_group_result_error(results[0]);
		list = rd_kafka_group_result_partitions(results[0]);
	}
	make_room(removal, request->row_count);
	answer->error =
	    settle_error(error != NULL ? rd_kafka_error_code(error) : KAFKA_OK);
	if (count != 1)
		answer->error = RD_KAFKA_RESP_ERR__BAD_MSG;
	for (size_t at = 0; at < request->row_count; at++)
		removal->row_errors[at] = list == NULL || error != NULL
		    ? answer->error
		    : settle_error(result_of(list, &request->rows[at]));
	if (answer->error == KAFKA_OK)
		answer->row_errors = removal->row_errors;
}

static void
offsets_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct removal *removal = window->context;
	struct commit_answer answer = {
		.request = &removal->requests[call->index],
		.sent = call->sent,
		.error = error,
	};

	(void)text;
	if (event != NULL)
		read_offsets(removal, event, &answer);
	removal->answered(removal->context, &answer);
}

static const struct rdwindow_ops offsets_ops = {
	.op = RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
	.broker = removal_broker,
	.looks_up = true,
	.finishes = true,
	.send = offsets_send,
	.answer = offsets_answer,
};

/* --- DeleteGroups ------------------------------------------------------ */

static int
group_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct removal *removal = window->context;
	rd_kafka_DeleteGroup_t *ask;
	char *group = rdcluster_text(removal->requests[call->index].group);

	if (group == NULL)
		return KAFKA_UNSUPPORTED_NAME;
	ask = rd_kafka_DeleteGroup_new(group);
	rd_kafka_DeleteGroups(
	    window->handle.rk, &ask, 1, window->options, window->queue);
	rd_kafka_DeleteGroup_destroy(ask);
	free(group);
	return KAFKA_OK;
}

static int
read_group(rd_kafka_event_t *event)
{
	const rd_kafka_error_t *error;
	size_t count;
	const rd_kafka_group_result_t **results =
	    rd_kafka_DeleteGroups_result_groups(
		rd_kafka_event_DeleteGroups_result(event), &count);

	if (count != 1)
		return RD_KAFKA_RESP_ERR__BAD_MSG;
	error = rd_kafka_group_result_error(results[0]);
	return settle_error(
	    error != NULL ? rd_kafka_error_code(error) : KAFKA_OK);
}

static void
group_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct removal *removal = window->context;
	struct commit_answer answer = {
		.request = &removal->requests[call->index],
		.sent = call->sent,
		.error = event != NULL ? read_group(event) : error,
	};

	(void)text;
	make_room(removal, answer.request->row_count);
	for (size_t at = 0; at < answer.request->row_count; at++)
		removal->row_errors[at] = KAFKA_OK;
	if (answer.error == KAFKA_OK)
		answer.row_errors = removal->row_errors;
	removal->answered(removal->context, &answer);
}

static const struct rdwindow_ops group_ops = {
	.op = RD_KAFKA_ADMIN_OP_DELETEGROUPS,
	.broker = removal_broker,
	.looks_up = true,
	.finishes = true,
	.send = group_send,
	.answer = group_answer,
};

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdremove_commit(struct cluster *base, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err)
{
	struct removal removal = {
		.requests = requests,
		.answered = answered,
		.context = context,
	};
	struct rdwindow window = {
		.cluster = rdcluster_of(base),
		.ops = requests[0].kind == COMMIT_REMOVE ? &offsets_ops
							 : &group_ops,
		.limits = limits,
		.count = count,
		.context = &removal,
	};
	const int rc = rdwindow_run(&window, err);

	free(removal.row_errors);
	return rc;
}
/* NOLINTEND(readability-function-size) */
