/*
 * One broker's own groups.  librdkafka counts a listing as a success whatever
 * the broker answered: the errors stand beside the groups (librdkafka.md 1.3).
 */
#include "kafka/rdcluster.h"

#include <stdio.h>
#include <string.h>

#include "common/env.h"
#include "kafka/rdwindow.h"

struct listing {
	struct group_listing *out;
	int32_t broker;
	struct rdanswer answer;
};

static int32_t
listing_broker(const struct rdwindow *window, size_t index)
{
	const struct listing *listing = window->context;

	(void)index;
	return listing->broker;
}

static int
listing_send(struct rdwindow *window, const struct rdcall *call)
{
	(void)call;
	rd_kafka_ListConsumerGroups(
	    window->handle.rk, window->options, window->queue);
	return KAFKA_OK;
}

static enum group_type
type_of(rd_kafka_consumer_group_type_t type)
{
	switch (type) {
	case RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC:
		return GROUP_CLASSIC;
	case RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER:
		return GROUP_CONSUMER;
	case RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN:
	case RD_KAFKA_CONSUMER_GROUP_TYPE__CNT:
	default:
		return GROUP_UNKNOWN;
	}
}

/* Kafka's word, or "unknown": also for the states of KIP-848 that librdkafka
 * has no name for (Assigning, Reconciling). */
static const char *
state_of(rd_kafka_consumer_group_state_t state)
{
	switch (state) {
	case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE:
		return "PreparingRebalance";
	case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE:
		return "CompletingRebalance";
	case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE:
		return "Stable";
	case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY:
		return "Empty";
	case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD:
	case RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN:
	case RD_KAFKA_CONSUMER_GROUP_STATE__CNT:
	default:
		return "unknown";
	}
}

static void
read_listing(
    struct listing *listing, const rd_kafka_ListConsumerGroups_result_t *result)
{
	struct group_listing *out = listing->out;
	size_t count;
	const rd_kafka_ConsumerGroupListing_t **groups =
	    rd_kafka_ListConsumerGroups_result_valid(result, &count);

	out->groups = arena_alloc(&out->arena, count, sizeof(*out->groups));
	out->count = count;
	for (size_t at = 0; at < count; at++) {
		const rd_kafka_ConsumerGroupListing_t *group = groups[at];
		const char *name =
		    rd_kafka_ConsumerGroupListing_group_id(group);
		/* Only these two protocol types get through librdkafka. */
		const bool is_simple =
		    rd_kafka_ConsumerGroupListing_is_simple_consumer_group(
			group) != 0;
		out->groups[at] = (struct listed_group){
			.name = arena_bytes(&out->arena, bytes_of(name)),
			.type =
			    type_of(rd_kafka_ConsumerGroupListing_type(group)),
			.state = state_of(
			    rd_kafka_ConsumerGroupListing_state(group)),
			.protocol_type = is_simple ? "" : "consumer",
			.coordinator = listing->broker,
		};
	}
}

static void
listing_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct listing *listing = window->context;
	const rd_kafka_ListConsumerGroups_result_t *result;
	const rd_kafka_error_t **errors;
	size_t count;

	(void)call;
	if (event == NULL) {
		rdanswer_set(&listing->answer, error, text);
		return;
	}
	result = rd_kafka_event_ListConsumerGroups_result(event);
	errors = rd_kafka_ListConsumerGroups_result_errors(result, &count);
	if (count > 0) {
		rdanswer_set(&listing->answer, rd_kafka_error_code(errors[0]),
		    rd_kafka_error_string(errors[0]));
		return;
	}
	read_listing(listing, result);
}

static const struct rdwindow_ops listing_ops = {
	.op = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
	.broker = listing_broker,
	.send = listing_send,
	.answer = listing_answer,
};

int
rdlisting_groups(struct cluster *base, int32_t broker, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	struct listing listing = { .out = out, .broker = broker };
	const struct call_limits limits = {
		.window = 1,
		.timeout_ms = timeout_ms,
		.deadline_ms = env_monotonic_ms(cluster->env) + timeout_ms,
	};
	struct rdwindow window = {
		.cluster = cluster,
		.ops = &listing_ops,
		.limits = &limits,
		.count = 1,
		.context = &listing,
	};
	char what[64];

	if (rdwindow_run(&window, err) != 0)
		return -1;
	if (listing.answer.error == KAFKA_OK)
		return 0;
	*code = listing.answer.error;
	(void)snprintf(what, sizeof(what), "broker %d does not list its groups",
	    (int)broker);
	return rdcluster_fail(
	    err, listing.answer.error, listing.answer.text, what);
}
