/*
 * Changing one setting of a topic: IncrementalAlterConfigs, which leaves the
 * others alone.  It goes to the controller.
 */
#include "kafka/rdcluster.h"

#include <stdio.h>

#include "common/env.h"
#include "kafka/rdwindow.h"

struct changing {
	const struct topic_change *change;
	bool answered; /* or timed out, after it was sent */
	struct rdanswer answer;
};

static int32_t
change_broker(const struct rdwindow *window, size_t index)
{
	(void)window;
	(void)index;
	return -1;
}

/* The incremental operation on the resource; KAFKA_OK or why not. */
static int
add_operation(
    rd_kafka_ConfigResource_t *resource, const struct topic_change *change)
{
	rd_kafka_error_t *error =
	    rd_kafka_ConfigResource_add_incremental_config(resource,
		change->setting.name,
		change->value != NULL ? RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET
				      : RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE,
		change->value);
	int code = KAFKA_OK;

	if (error != NULL) {
		code = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
	}
	return code;
}

static int
change_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct changing *changing = window->context;
	const struct topic_change *change = changing->change;
	rd_kafka_ConfigResource_t *resource;
	char text[RDCLUSTER_TEXT_MAX];
	int code;

	(void)call;
	if (change->check_only &&
	    rd_kafka_AdminOptions_set_validate_only(
		window->options, 1, text, sizeof(text)) != 0)
		return KAFKA_LOCAL_INVALID_ARG;
	resource = rd_kafka_ConfigResource_new(
	    RD_KAFKA_RESOURCE_TOPIC, change->setting.topic);
	code = add_operation(resource, change);
	if (code == KAFKA_OK)
		rd_kafka_IncrementalAlterConfigs(window->handle.rk, &resource,
		    1, window->options, window->queue);
	rd_kafka_ConfigResource_destroy(resource);
	return code;
}

static void
change_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct changing *changing = window->context;
	const rd_kafka_ConfigResource_t **resources;
	size_t count;

	changing->answered = call->sent;
	if (event == NULL) {
		rdanswer_set(&changing->answer, error, text);
		return;
	}
	resources = rd_kafka_IncrementalAlterConfigs_result_resources(
	    rd_kafka_event_IncrementalAlterConfigs_result(event), &count);
	if (count != 1) {
		rdanswer_set(
		    &changing->answer, RD_KAFKA_RESP_ERR__BAD_MSG, NULL);
		return;
	}
	rdanswer_set(&changing->answer,
	    rd_kafka_ConfigResource_error(resources[0]),
	    rd_kafka_ConfigResource_error_string(resources[0]));
}

static const struct rdwindow_ops change_ops = {
	.op = RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
	.broker = change_broker,
	.finishes = true,
	.send = change_send,
	.answer = change_answer,
};

int
rdchange_topic(struct cluster *base, const struct topic_change *change,
    int64_t timeout_ms, int *code, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	struct changing changing = { .change = change };
	const struct call_limits limits = {
		.window = 1,
		.timeout_ms = timeout_ms,
		.deadline_ms = env_monotonic_ms(cluster->env) + timeout_ms,
	};
	struct rdwindow window = {
		.cluster = cluster,
		.ops = &change_ops,
		.limits = &limits,
		.count = 1,
		.context = &changing,
	};
	int result;

	if (rdwindow_run(&window, err) != 0) {
		/* Written through window.context. */
		/* cppcheck-suppress knownConditionTrueFalse */
		if (!changing.answered)
			return -1;
		*err = (struct err){ 0 }; /* interrupted, and yet known */
	}
	*code = changing.answer.error;
	/* Written through window.context. */
	/* cppcheck-suppress knownConditionTrueFalse */
	if (changing.answer.error == KAFKA_OK)
		return 0;
	result = rdcluster_fail_topic(err, changing.answer.error,
	    changing.answer.text, change->setting.topic, KAFKA_TO_SET);
	if (changing.answer.error == KAFKA_INVALID_CONFIG ||
	    changing.answer.error == KAFKA_POLICY_VIOLATION)
		err->kind = ERR_REFUSED;
	return result;
}
