/*
 * A setting of a broker, or of a topic.  The request is for all that it has:
 * librdkafka cannot ask for one.  One about a broker goes to that broker.
 */
#include "kafka/rdcluster.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/env.h"
#include "kafka/rdwindow.h"

/* A broker's number in decimal, and its NUL. */
#define BROKER_TEXT_MAX 12

struct reading {
	int32_t broker; /* to ask */
	rd_kafka_ResourceType_t type;
	const char *resource;
	const char *name;
	struct buf *out;
	rd_kafka_ConfigSource_t source;
	bool found;
	struct rdanswer answer;
};

static int32_t
config_broker(const struct rdwindow *window, size_t index)
{
	const struct reading *reading = window->context;

	(void)index;
	return reading->broker;
}

static int
config_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct reading *reading = window->context;
	rd_kafka_ConfigResource_t *resource;

	(void)call;
	resource =
	    rd_kafka_ConfigResource_new(reading->type, reading->resource);
	rd_kafka_DescribeConfigs(
	    window->handle.rk, &resource, 1, window->options, window->queue);
	rd_kafka_ConfigResource_destroy(resource);
	return KAFKA_OK;
}

static void
read_entries(struct reading *reading, const rd_kafka_ConfigResource_t *resource)
{
	size_t count;
	const rd_kafka_ConfigEntry_t **entries =
	    rd_kafka_ConfigResource_configs(resource, &count);

	for (size_t at = 0; at < count; at++) {
		const char *value = rd_kafka_ConfigEntry_value(entries[at]);

		if (value == NULL ||
		    strcmp(rd_kafka_ConfigEntry_name(entries[at]),
			reading->name) != 0)
			continue;
		buf_add_text(reading->out, value);
		reading->source = rd_kafka_ConfigEntry_source(entries[at]);
		reading->found = true;
		return;
	}
}

static void
config_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct reading *reading = window->context;
	const rd_kafka_ConfigResource_t **resources;
	size_t count;

	(void)call;
	if (event == NULL) {
		rdanswer_set(&reading->answer, error, text);
		return;
	}
	resources = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(event), &count);
	if (count == 0)
		return;
	rdanswer_set(&reading->answer,
	    rd_kafka_ConfigResource_error(resources[0]),
	    rd_kafka_ConfigResource_error_string(resources[0]));
	if (reading->answer.error == KAFKA_OK)
		read_entries(reading, resources[0]);
}

static const struct rdwindow_ops config_ops = {
	.op = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
	.broker = config_broker,
	.send = config_send,
	.answer = config_answer,
};

static int
ask(struct cluster *base, struct reading *reading, int64_t timeout_ms,
    struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	const struct call_limits limits = {
		.window = 1,
		.timeout_ms = timeout_ms,
		.deadline_ms = env_monotonic_ms(cluster->env) + timeout_ms,
	};
	struct rdwindow window = {
		.cluster = cluster,
		.ops = &config_ops,
		.limits = &limits,
		.count = 1,
		.context = reading,
	};

	return rdwindow_run(&window, err);
}

int
rdconfig_read(struct cluster *base, int32_t broker, const char *name,
    int64_t timeout_ms, struct buf *out, struct err *err)
{
	char number[BROKER_TEXT_MAX];
	struct reading reading = {
		.broker = broker,
		.type = RD_KAFKA_RESOURCE_BROKER,
		.resource = number,
		.name = name,
		.out = out,
	};
	char what[64];

	(void)snprintf(number, sizeof(number), "%d", (int)broker);
	if (ask(base, &reading, timeout_ms, err) != 0)
		return -1;
	(void)snprintf(
	    what, sizeof(what), "settings of broker %d", (int)broker);
	if (reading.answer.error != KAFKA_OK)
		return rdcluster_fail(
		    err, reading.answer.error, reading.answer.text, what);
	/* Written through window.context. */
	/* cppcheck-suppress knownConditionTrueFalse */
	if (reading.found)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "%s: %s is not told", what, name);
}

int
rdconfig_read_topic(struct cluster *base, int32_t broker,
    const struct topic_setting *setting, int64_t timeout_ms,
    struct topic_config *out, struct err *err)
{
	struct reading reading = {
		.broker = broker,
		.type = RD_KAFKA_RESOURCE_TOPIC,
		.resource = setting->topic,
		.name = setting->name,
		.out = &out->value,
	};

	if (ask(base, &reading, timeout_ms, err) != 0)
		return -1;
	if (reading.answer.error != KAFKA_OK)
		return rdcluster_fail_topic(err, reading.answer.error,
		    reading.answer.text, setting->topic, KAFKA_TO_READ_SETTING);
	/* Written through window.context. */
	/* cppcheck-suppress knownConditionTrueFalse */
	if (!reading.found)
		return err_set(err, ERR_NOT_FOUND,
		    "the broker does not tell %s of the topic", setting->name);
	out->own =
	    reading.source == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
	return 0;
}
