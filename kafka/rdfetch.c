/*
 * Committed offsets: one group per request, which is what librdkafka can do.
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/rdwindow.h"

struct fetch {
	const struct offsets_request *requests;
	offsets_fn *answered;
	void *context;
	struct fetched_position *positions; /* of the answer being read */
	size_t capacity;
};

static int32_t
fetch_broker(const struct rdwindow *window, size_t index)
{
	const struct fetch *fetch = window->context;

	return fetch->requests[index].coordinator;
}

/* The list of what is asked; an error when a name cannot be asked. */
static int
make_list(const struct offsets_request *request,
    rd_kafka_topic_partition_list_t **out)
{
	rd_kafka_topic_partition_list_t *list;

	*out = NULL;
	if (request->partitions == NULL)
		return KAFKA_OK;
	list = rd_kafka_topic_partition_list_new((int)request->partition_count);
	for (size_t at = 0; at < request->partition_count; at++) {
		char *topic = rdcluster_text(request->partitions[at].topic);
		if (topic == NULL) {
			rd_kafka_topic_partition_list_destroy(list);
			return KAFKA_UNSUPPORTED_NAME;
		}
		(void)rd_kafka_topic_partition_list_add(
		    list, topic, request->partitions[at].partition);
		free(topic);
	}
	*out = list;
	return KAFKA_OK;
}

static int
set_stable(struct rdwindow *window, bool stable)
{
	int code = KAFKA_OK;
	rd_kafka_error_t *error =
	    rd_kafka_AdminOptions_set_require_stable_offsets(
		window->options, stable ? 1 : 0);

	if (error != NULL) {
		code = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
	}
	return code;
}

static int
fetch_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct fetch *fetch = window->context;
	const struct offsets_request *request = &fetch->requests[call->index];
	rd_kafka_ListConsumerGroupOffsets_t *ask;
	rd_kafka_topic_partition_list_t *list = NULL;
	char *group = rdcluster_text(request->group);
	int error = KAFKA_UNSUPPORTED_NAME;

	if (group != NULL)
		error = make_list(request, &list);
	if (error == KAFKA_OK)
		error = set_stable(window, request->require_stable);
	if (error == KAFKA_OK) {
		ask = rd_kafka_ListConsumerGroupOffsets_new(group, list);
		rd_kafka_ListConsumerGroupOffsets(
		    window->handle.rk, &ask, 1, window->options, window->queue);
		rd_kafka_ListConsumerGroupOffsets_destroy(ask);
	}
	if (list != NULL)
		rd_kafka_topic_partition_list_destroy(list);
	free(group);
	return error;
}

/*
 * librdkafka turns -1, which is both "nothing committed here" and a number
 * that a broker may have stored, into -1001.  Asked for all, a broker lists
 * only what is committed.
 */
static void
read_position(const rd_kafka_topic_partition_t *from, bool asked_for_all,
    struct fetched_position *to)
{
	const bool is_none = from->offset == RD_KAFKA_OFFSET_INVALID;

	*to = (struct fetched_position) {
		.topic = bytes_of(from->topic),
		.position = {
			.offset = is_none ? -1 : from->offset,
			.partition = from->partition,
			.epoch = rd_kafka_topic_partition_get_leader_epoch(
			    from),
			/* By size: no NUL is promised behind it. */
			.metadata = from->metadata_size > 0 ?
			    (const char *)from->metadata :
			    "",
			.metadata_size = (uint32_t)from->metadata_size,
			.commit_ms = -1,
			.expire_ms = -1,
		},
		.present = asked_for_all ||
		    (!is_none && from->err == RD_KAFKA_RESP_ERR_NO_ERROR),
		.error = (int)from->err,
	};
}

static void
read_positions(
    struct fetch *fetch, rd_kafka_event_t *event, struct offsets_answer *answer)
{
	size_t groups;
	const rd_kafka_group_result_t **results =
	    rd_kafka_ListConsumerGroupOffsets_result_groups(
		rd_kafka_event_ListConsumerGroupOffsets_result(event), &groups);
	const rd_kafka_topic_partition_list_t *list;
	const rd_kafka_error_t *error;
	size_t count;

	if (groups != 1) {
		answer->error = RD_KAFKA_RESP_ERR__BAD_MSG;
		return;
	}
	error = rd_kafka_group_result_error(results[0]);
	if (error != NULL) {
		answer->error = rd_kafka_error_code(error);
		answer->error_text = rd_kafka_error_string(error);
		return;
	}
	list = rd_kafka_group_result_partitions(results[0]);
	count = list != NULL ? (size_t)list->cnt : 0;
	if (count > fetch->capacity) {
		fetch->positions = xreallocarray(
		    fetch->positions, count, sizeof(*fetch->positions));
		fetch->capacity = count;
	}
	for (size_t at = 0; at < count; at++)
		read_position(&list->elems[at],
		    answer->request->partitions == NULL, &fetch->positions[at]);
	answer->positions = fetch->positions;
	answer->count = count;
}

static void
fetch_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct fetch *fetch = window->context;
	struct offsets_answer answer = {
		.request = &fetch->requests[call->index],
		.error = error,
		.error_text = text,
		.start_ms = call->start_ms,
		.end_ms = call->end_ms,
	};

	if (event != NULL)
		read_positions(fetch, event, &answer);
	fetch->answered(fetch->context, &answer);
}

static const struct rdwindow_ops fetch_ops = {
	.op = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
	.broker = fetch_broker,
	.looks_up = true,
	.send = fetch_send,
	.answer = fetch_answer,
};

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdfetch_offsets(struct cluster *base, const struct offsets_request *requests,
    size_t count, const struct call_limits *limits, offsets_fn *answered,
    void *context, struct err *err)
{
	struct fetch fetch = {
		.requests = requests,
		.answered = answered,
		.context = context,
	};
	struct rdwindow window = {
		.cluster = rdcluster_of(base),
		.ops = &fetch_ops,
		.limits = limits,
		.count = count,
		.context = &fetch,
	};
	const int rc = rdwindow_run(&window, err);

	free(fetch.positions);
	return rc;
}
/* NOLINTEND(readability-function-size) */
