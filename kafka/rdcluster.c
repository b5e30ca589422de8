#include "kafka/rdcluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/env.h"
#include "common/log.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/settings.h"

/* Enough for a message with a path in it. */
#define ERRSTR_MAX 512

/*
 * Set where the operator says nothing else.  A backoff of up to ten seconds,
 * librdkafka's default, would cost a broker's restart most of the deadline; and
 * half of the shortest goes by between any two connections, at the start too.
 *
 * For reading the offsets topic: when the queue is full a partition is looked
 * at again only after a back-off, which by default is a second (librdkafka.md
 * 6); the queue is what reading costs in memory, whatever the topic's size.
 */
static const char *const defaults[][2] = {
	{ "client.id", "tidemark" },
	{ "socket.keepalive.enable", "true" },
	{ "reconnect.backoff.ms", "20" },
	{ "reconnect.backoff.max.ms", "1000" },
	{ "queued.min.messages", "10000000" },
	{ "queued.max.messages.kbytes", "1024" },
	{ "fetch.max.bytes", "2097152" },
	{ "fetch.wait.max.ms", "10" },
	{ "fetch.queue.backoff.ms", "10" },
	{ "fetch.error.backoff.ms", "100" },
};

/* What this program relies on; settings.c lets nobody set these. */
static const char *const own[][2] = {
	{ "group.id", RDCLUSTER_GUARD_GROUP },
	{ "enable.auto.commit", "false" },
	{ "enable.auto.offset.store", "false" },
	{ "auto.offset.reset", "error" },
	{ "allow.auto.create.topics", "false" },
	{ "isolation.level", "read_committed" },
	{ "enable.partition.eof", "true" },
	{ "log.queue", "true" },
};

static int
set_property(
    rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err)
{
	char errstr[ERRSTR_MAX];

	if (rd_kafka_conf_set(conf, name, value, errstr, sizeof(errstr)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	return err_set(err, ERR_USAGE, "Kafka property %s: %s", name,
	    kafka_settings_is_secret(name) ? "invalid value" : errstr);
}

/* librdkafka would not say which file it is that is missing. */
static int
check_file(const char *name, const char *path, struct err *err)
{
	static const char *const names[] = { "ssl.ca.location",
		"ssl.certificate.location", "ssl.crl.location",
		"ssl.key.location", "ssl.keystore.location" };
	char shown[256];
	int descriptor;

	for (size_t at = 0; at < sizeof(names) / sizeof(*names); at++) {
		if (strcmp(name, names[at]) != 0 || path[0] == '\0' ||
		    strcmp(path, "probe") == 0)
			continue;
		descriptor = open(path, O_RDONLY | O_CLOEXEC);
		if (descriptor < 0) {
			const int errnum = errno;
			(void)err_set_errno(err, errnum, "%s: %s", name,
			    utf8_escape_to(
				bytes_of(path), shown, sizeof(shown)));
			err->kind = ERR_USAGE;
			return -1;
		}
		(void)close(descriptor);
	}
	return 0;
}

static int
set_from_settings(void *context, const char *name, const char *value,
    const char *origin, struct err *err)
{
	if (check_file(name, value, err) != 0 ||
	    set_property(context, name, value, err) != 0)
		return err_wrap(err, "%s", origin);
	return 0;
}

static int
make_conf(const struct kafka_settings *settings, rd_kafka_conf_t **out,
    struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	for (size_t at = 0; at < sizeof(defaults) / sizeof(*defaults); at++)
		if (set_property(conf, defaults[at][0], defaults[at][1], err) !=
		    0)
			goto fail;
	if (kafka_settings_each(settings, set_from_settings, conf, err) != 0)
		goto fail;
	for (size_t at = 0; at < sizeof(own) / sizeof(*own); at++)
		if (set_property(conf, own[at][0], own[at][1], err) != 0)
			goto fail;
	rd_kafka_conf_set_events(
	    conf, RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
	*out = conf;
	return 0;
fail:
	rd_kafka_conf_destroy(conf);
	return -1;
}

int
rdcluster_handle_open_with(struct rdcluster *cluster,
    const struct rdproperty *properties, size_t count, struct rdhandle *out,
    struct err *err)
{
	char errstr[ERRSTR_MAX];
	rd_kafka_conf_t *conf = rd_kafka_conf_dup(cluster->conf);

	for (size_t at = 0; at < count; at++) {
		if (set_property(conf, properties[at].name,
			properties[at].value, err) == 0)
			continue;
		rd_kafka_conf_destroy(conf);
		return -1;
	}
	out->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, errstr, sizeof(errstr));
	if (out->rk == NULL) {
		rd_kafka_conf_destroy(conf);
		(void)err_set(
		    err, ERR_USAGE, "cannot set up a Kafka client: %s", errstr);
		err_hint(err, "check the files that the ssl.* properties name");
		return -1;
	}
	out->events = rd_kafka_queue_get_main(out->rk);
	/* Fails only where log.queue is not set, which it is. */
	(void)rd_kafka_set_log_queue(out->rk, out->events);
	return 0;
}

int
rdcluster_handle_open(
    struct rdcluster *cluster, struct rdhandle *out, struct err *err)
{
	return rdcluster_handle_open_with(cluster, NULL, 0, out, err);
}

void
rdcluster_handle_close(struct rdhandle *handle)
{
	if (handle->rk == NULL)
		return;
	rd_kafka_queue_destroy(handle->events);
	rd_kafka_destroy(handle->rk);
	*handle = (struct rdhandle){ 0 };
}

/*
 * Errors that only say that others have happened, or that concern the guard
 * group, which nobody needs.
 */
static bool
is_noise(int code)
{
	return code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
	    code == KAFKA_GROUP_AUTHORIZATION_FAILED ||
	    code == KAFKA_COORDINATOR_NOT_AVAILABLE ||
	    code == KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
}

/* A certificate or password that was refused explains more than the
 * connections that fail in consequence. */
static bool
is_lasting(int code)
{
	return code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	    code == RD_KAFKA_RESP_ERR__SSL;
}

/*
 * Behind the names that librdkafka puts before its words, which say what the
 * message says anyway: "[thrd:...]: ssl://host:9092/bootstrap: ".
 */
static const char *
pass_names(const char *text)
{
	static const char guard[] = "GroupCoordinator: ";

	for (;;) {
		const char *colon = strstr(text, ": ");
		const size_t size = colon != NULL ? (size_t)(colon - text) : 0;
		if (strncmp(text, guard, strlen(guard)) == 0)
			text += strlen(guard);
		else if (size > 0 && memchr(text, ' ', size) == NULL &&
		    memchr(text, ':', size) != NULL)
			text = colon + 2;
		else
			return text;
	}
}

/* Remember what a connection complained about. */
static void
note_trouble(struct rdcluster *cluster, int code, const char *text)
{
	struct rdtrouble *trouble = &cluster->trouble;
	const char *end;

	if (is_noise(code) || (is_lasting(trouble->code) && !is_lasting(code)))
		return;
	if (trouble->code != code)
		trouble->since_ms = env_monotonic_ms(cluster->env);
	trouble->code = code;
	text = pass_names(text);
	/* "(after 3ms in state CONNECT, 2 identical error(s) suppressed)" */
	end = strstr(text, " (after ");
	(void)utf8_escape_to(
	    (struct bytes){
		.data = text,
		.size = end != NULL ? (size_t)(end - text) : strlen(text),
	    },
	    trouble->text, sizeof(trouble->text));
}

static void
note_error(struct rdcluster *cluster, rd_kafka_event_t *event)
{
	const int code = rd_kafka_event_error(event);
	const char *text = rd_kafka_event_error_string(event);

	if (text == NULL)
		text = "";
	/* All brokers being down is told forty times a second. */
	if (!is_noise(code))
		log_debug(cluster->log, "kafka: %s: %s", kafka_error_name(code),
		    text);
	note_trouble(cluster, code, text);
}

/*
 * A connection that the broker closes is no error to librdkafka, but it is
 * what happens when the two do not speak the same protocol.
 */
static void
note_log(struct rdcluster *cluster, rd_kafka_event_t *event)
{
	const char *facility;
	const char *text;
	int level;

	if (rd_kafka_event_log(event, &facility, &text, &level) != 0)
		return;
	log_debug(cluster->log, "kafka: %s: %s", facility, text);
	if (strcmp(facility, "FAIL") == 0 && strstr(text, "onnect") != NULL)
		note_trouble(cluster, RD_KAFKA_RESP_ERR__TRANSPORT, text);
}

void
rdcluster_serve(
    struct rdcluster *cluster, const struct rdhandle *handle, int wait_ms)
{
	rd_kafka_event_t *event;

	while ((event = rd_kafka_queue_poll(handle->events, wait_ms)) != NULL) {
		switch (rd_kafka_event_type(event)) {
		case RD_KAFKA_EVENT_ERROR:
			note_error(cluster, event);
			break;
		case RD_KAFKA_EVENT_LOG:
			note_log(cluster, event);
			break;
		default:
			break;
		}
		rd_kafka_event_destroy(event);
		wait_ms = 0;
	}
}

static enum err_kind
kind_of(int code)
{
	if (kafka_error_is_denied(code))
		return ERR_DENIED;
	switch (code) {
	case 35: /* UNSUPPORTED_VERSION */
	case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
		return ERR_UNSUPPORTED;
	default:
		return ERR_UNAVAILABLE;
	}
}

void
rdanswer_set(struct rdanswer *answer, int error, const char *text)
{
	answer->error = error;
	(void)snprintf(
	    answer->text, sizeof(answer->text), "%s", text != NULL ? text : "");
}

int
rdcluster_fail(struct err *err, int code, const char *text, const char *what)
{
	if (text == NULL || text[0] == '\0')
		return err_set(
		    err, kind_of(code), "%s: %s", what, kafka_error_name(code));
	return err_set(err, kind_of(code), "%s: %s: %s", what,
	    kafka_error_name(code), text);
}

int
rdcluster_fail_topic(struct err *err, int code, const char *text,
    const char *topic, enum kafka_use use)
{
	const char *right = kafka_right_needed(code, use);
	char name[120];
	char what[160];
	int result;

	(void)snprintf(what, sizeof(what), "topic %s",
	    utf8_escape_to(bytes_of(topic), name, sizeof(name)));
	if (right[0] != '\0')
		return err_set(err, ERR_DENIED, "%s: %s%s", what,
		    kafka_error_name(code), right);
	result = rdcluster_fail(err, code, text, what);
	if (code == KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
		err->kind = ERR_NOT_FOUND;
	return result;
}

int
rdcluster_fetch_error(int error)
{
	switch (error) {
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR__LOG_TRUNCATION:
		return KAFKA_OFFSET_OUT_OF_RANGE;
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
	default:
		return error;
	}
}

int
rdcluster_interrupted(struct err *err)
{
	return err_set(err, ERR_INTERRUPTED, "interrupted");
}

bool
rdcluster_is_text(struct bytes name)
{
	return name.size == 0 || memchr(name.data, '\0', name.size) == NULL;
}

char *
rdcluster_text(struct bytes name)
{
	if (name.size == 0)
		return xstrdup("");
	if (!rdcluster_is_text(name))
		return NULL;
	return xmemdup0(name.data, name.size);
}

int32_t
rdcluster_any_broker(struct rdcluster *cluster)
{
	size_t count;
	int32_t broker = -1;
	int32_t *ids;

	ids = rd_kafka_brokers_learned_ids(cluster->handle.rk, &count);
	if (count > 0)
		broker = ids[cluster->turn % count];
	rd_kafka_mem_free(cluster->handle.rk, ids);
	return broker;
}

void
rdcluster_next_broker(struct rdcluster *cluster)
{
	cluster->turn++;
}

static void
rdcluster_free(struct cluster *base)
{
	struct rdcluster *cluster = rdcluster_of(base);

	rdcluster_handle_close(&cluster->handle);
	if (cluster->conf != NULL)
		rd_kafka_conf_destroy(cluster->conf);
	free(cluster->bootstrap);
	free(cluster);
}

static const struct cluster_ops rdcluster_ops = {
	.describe = rdcontact_describe,
	.offsets_topic = rdtopics_offsets_topic,
	.list_groups = rdlisting_groups,
	.list_all = rdlegacy_list,
	.fetch_offsets = rdfetch_offsets,
	.describe_groups = rdmembers_describe,
	.commit = rdcommit_commit,
	.describe_topics = rdtopics_describe,
	.list_offsets = rdlog_list,
	.peek = rdpeek_records,
	.broker_config = rdconfig_read,
	.open_reader = rdreader_open,
	.topic_config = rdconfig_read_topic,
	.topic_change = rdchange_topic,
	.free = rdcluster_free,
};

/* The implementation's own struct begins with the common one, so that they
 * have one address. */
struct rdcluster *
rdcluster_of(struct cluster *cluster)
{
	return (struct rdcluster *)cluster;
}

int
cluster_open(const struct kafka_settings *settings, const struct env *env,
    const struct log *log, struct cluster **out, struct err *err)
{
	struct rdcluster *cluster;
	const char *bootstrap = kafka_settings_bootstrap(settings);

	if (bootstrap == NULL || bootstrap[0] == '\0') {
		(void)err_set(err, ERR_USAGE, "no Kafka cluster was named");
		err_hint(err,
		    "give -b HOST:PORT, or bootstrap.servers in a "
		    "configuration file");
		return -1;
	}
	cluster = xcalloc(1, sizeof(*cluster));
	cluster->base.ops = &rdcluster_ops;
	cluster->env = env;
	cluster->log = log;
	cluster->bootstrap = xstrdup(bootstrap);
	if (make_conf(settings, &cluster->conf, err) != 0 ||
	    rdcluster_handle_open(cluster, &cluster->handle, err) != 0) {
		rdcluster_free(&cluster->base);
		return -1;
	}
	*out = &cluster->base;
	return 0;
}
