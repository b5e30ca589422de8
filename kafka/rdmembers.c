/*
 * Who is in a group.  librdkafka says "Dead, classic, no members" of groups
 * that do not exist and of those it cannot see (streams, share): that comes
 * out as type and state unknown (verified.md 2).
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/rdwindow.h"

struct describe {
	const struct members_request *requests;
	members_fn *answered;
	void *context;
	struct member *members; /* of the answer being read */
	size_t capacity;
};

static int32_t
members_broker(const struct rdwindow *window, size_t index)
{
	const struct describe *describe = window->context;

	return describe->requests[index].coordinator;
}

static int
members_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct describe *describe = window->context;
	char *group = rdcluster_text(describe->requests[call->index].group);
	const char *groups[1];

	if (group == NULL)
		return KAFKA_UNSUPPORTED_NAME;
	groups[0] = group;
	rd_kafka_DescribeConsumerGroups(
	    window->handle.rk, groups, 1, window->options, window->queue);
	free(group);
	return KAFKA_OK;
}

static enum group_type
type_of(const rd_kafka_ConsumerGroupDescription_t *group)
{
	if (rd_kafka_ConsumerGroupDescription_state(group) ==
	    RD_KAFKA_CONSUMER_GROUP_STATE_DEAD)
		return GROUP_UNKNOWN;
	switch (rd_kafka_ConsumerGroupDescription_type(group)) {
	case RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER:
		return GROUP_CONSUMER;
	case RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC:
		return GROUP_CLASSIC;
	case RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN:
	case RD_KAFKA_CONSUMER_GROUP_TYPE__CNT:
	default:
		return GROUP_UNKNOWN;
	}
}

static const char *
state_of(const rd_kafka_ConsumerGroupDescription_t *group)
{
	const rd_kafka_consumer_group_state_t state =
	    rd_kafka_ConsumerGroupDescription_state(group);

	if (state == RD_KAFKA_CONSUMER_GROUP_STATE_DEAD ||
	    state == RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN)
		return "unknown";
	return rd_kafka_consumer_group_state_name(state);
}

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void
read_members(struct describe *describe,
    const rd_kafka_ConsumerGroupDescription_t *group,
    struct members_answer *answer)
{
	const size_t count =
	    rd_kafka_ConsumerGroupDescription_member_count(group);

	if (count > describe->capacity) {
		describe->members = xreallocarray(
		    describe->members, count, sizeof(*describe->members));
		describe->capacity = count;
	}
	for (size_t at = 0; at < count; at++) {
		const rd_kafka_MemberDescription_t *member =
		    rd_kafka_ConsumerGroupDescription_member(group, at);
		describe->members[at] = (struct member){
			.consumer_id = text_or_empty(
			    rd_kafka_MemberDescription_consumer_id(member)),
			.client_id = text_or_empty(
			    rd_kafka_MemberDescription_client_id(member)),
			.host = text_or_empty(
			    rd_kafka_MemberDescription_host(member)),
		};
	}
	answer->type = type_of(group);
	answer->state = state_of(group);
	answer->members = describe->members;
	answer->count = count;
}

static void
members_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct describe *describe = window->context;
	struct members_answer answer = {
		.request = &describe->requests[call->index],
		.error = error,
		.state = "unknown",
	};
	const rd_kafka_ConsumerGroupDescription_t **groups = NULL;
	size_t count = 0;

	(void)text;
	if (event != NULL) {
		groups = rd_kafka_DescribeConsumerGroups_result_groups(
		    rd_kafka_event_DescribeConsumerGroups_result(event),
		    &count);
		if (count != 1)
			answer.error = RD_KAFKA_RESP_ERR__BAD_MSG;
	}
	if (count == 1) {
		const rd_kafka_error_t *group_error =
		    rd_kafka_ConsumerGroupDescription_error(groups[0]);

		if (group_error != NULL)
			answer.error = rd_kafka_error_code(group_error);
		if (answer.error == KAFKA_OK)
			read_members(describe, groups[0], &answer);
	}
	describe->answered(describe->context, &answer);
}

static const struct rdwindow_ops members_ops = {
	.op = RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
	.broker = members_broker,
	.looks_up = true,
	.send = members_send,
	.answer = members_answer,
};

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdmembers_describe(struct cluster *base, const struct members_request *requests,
    size_t count, const struct call_limits *limits, members_fn *answered,
    void *context, struct err *err)
{
	struct describe describe = {
		.requests = requests,
		.answered = answered,
		.context = context,
	};
	struct rdwindow window = {
		.cluster = rdcluster_of(base),
		.ops = &members_ops,
		.limits = limits,
		.count = count,
		.context = &describe,
	};
	const int rc = rdwindow_run(&window, err);

	free(describe.members);
	return rc;
}
/* NOLINTEND(readability-function-size) */
