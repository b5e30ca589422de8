/*
 * A setting of a broker.  The request is for all that a broker has: librdkafka
 * cannot ask for one, and it goes to the broker that it is about.
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
	int32_t broker;
	const char *name;
	struct buf *out;
	bool found;
	int error;
	char text[RDCLUSTER_TEXT_MAX];
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
	char number[BROKER_TEXT_MAX];
	rd_kafka_ConfigResource_t *resource;

	(void)call;
	(void)snprintf(number, sizeof(number), "%d", (int)reading->broker);
	resource =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, number);
	rd_kafka_DescribeConfigs(
	    window->handle.rk, &resource, 1, window->options, window->queue);
	rd_kafka_ConfigResource_destroy(resource);
	return KAFKA_OK;
}

static void
set_error(struct reading *reading, int error, const char *text)
{
	reading->error = error;
	(void)snprintf(reading->text, sizeof(reading->text), "%s",
	    text != NULL ? text : "");
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
		set_error(reading, error, text);
		return;
	}
	resources = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(event), &count);
	if (count == 0)
		return;
	set_error(reading, rd_kafka_ConfigResource_error(resources[0]),
	    rd_kafka_ConfigResource_error_string(resources[0]));
	if (reading->error == KAFKA_OK)
		read_entries(reading, resources[0]);
}

static const struct rdwindow_ops config_ops = {
	.op = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
	.broker = config_broker,
	.send = config_send,
	.answer = config_answer,
};

int
rdconfig_read(struct cluster *base, int32_t broker, const char *name,
    int64_t timeout_ms, struct buf *out, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	struct reading reading = { .broker = broker, .name = name, .out = out };
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
		.context = &reading,
	};
	char what[64];

	if (rdwindow_run(&window, err) != 0)
		return -1;
	(void)snprintf(
	    what, sizeof(what), "settings of broker %d", (int)broker);
	if (reading.error != KAFKA_OK)
		return rdcluster_fail(err, reading.error, reading.text, what);
	/* Written through window.context. */
	/* cppcheck-suppress knownConditionTrueFalse */
	if (reading.found)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "%s: %s is not told", what, name);
}
