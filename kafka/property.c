/* open_memstream is POSIX 2008. */
#include "kafka/property.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "common/utf8.h"

#define ERRSTR_MAX 400
#define NAME_MAX_SIZE 64 /* the longest that is compared with others */

/* Set by rdcluster.c, or wrong for a program that only asks. */
static const char *const own[] = {
	"allow.auto.create.topics",
	"auto.commit.enable",
	"auto.commit.interval.ms",
	"auto.offset.reset",
	"background_event_cb",
	"default_topic_conf",
	"enable.auto.commit",
	"enable.auto.offset.store",
	"enable.partition.eof",
	"enabled_events",
	"group.id",
	"group.instance.id",
	"group.protocol",
	"group.protocol.type",
	"group.remote.assignor",
	"interceptors",
	"isolation.level",
	"log.queue",
	"opaque",
	"plugin.library.paths",
};

static const char *const aliases[][2] = {
	{ "metadata.broker.list", "bootstrap.servers" },
	{ "sasl.mechanisms", "sasl.mechanism" },
};

static bool
ends_with(const char *text, const char *end)
{
	const size_t size = strlen(text);
	const size_t end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static bool
is_own(const char *name)
{
	/* Callbacks are set by functions. */
	if (ends_with(name, "_cb"))
		return true;
	for (size_t at = 0; at < sizeof(own) / sizeof(*own); at++)
		if (strcmp(own[at], name) == 0)
			return true;
	return false;
}

bool
property_is_secret(const char *name)
{
	static const char *const parts[] = { "password", "passphrase", "secret",
		"private.key", "jaas.config", "oauthbearer.config" };
	static const char *const names[] = { "ssl.key.pem", "ssl_key",
		"ssl.keystore.key", "sasl.oauthbearer.token" };

	for (size_t at = 0; at < sizeof(parts) / sizeof(*parts); at++)
		if (strstr(name, parts[at]) != NULL)
			/* The place of a key is no secret. */
			return !ends_with(name, ".location") &&
			    !ends_with(name, ".file");
	for (size_t at = 0; at < sizeof(names) / sizeof(*names); at++)
		if (strcmp(names[at], name) == 0)
			return true;
	return false;
}

const char *
property_canonical(const char *name)
{
	for (size_t at = 0; at < sizeof(aliases) / sizeof(*aliases); at++)
		if (strcmp(aliases[at][0], name) == 0)
			return aliases[at][1];
	return name;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many single letters to insert, leave out or change to come from one
 * name to the other. */
static size_t
distance(const char *from, const char *to, size_t to_size)
{
	size_t row[NAME_MAX_SIZE + 1];

	for (size_t at = 0; at <= to_size; at++)
		row[at] = at;
	for (size_t line = 1; from[line - 1] != '\0'; line++) {
		size_t corner = row[0];
		row[0] = line;
		for (size_t at = 1; at <= to_size; at++) {
			const size_t changed =
			    corner + (from[line - 1] != to[at - 1] ? 1 : 0);
			corner = row[at];
			row[at] =
			    least(changed, least(row[at], row[at - 1]) + 1);
		}
	}
	return row[to_size];
}

/* librdkafka's own table of properties, which it only prints: lines of
 * "name | C/P | range ...".  Given, or NULL. */
static char *
print_table(void)
{
	char *table = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&table, &size);

	if (stream == NULL)
		return NULL;
	rd_kafka_conf_properties_show(stream);
	if (fclose(stream) != 0) {
		free(table);
		return NULL;
	}
	return table;
}

/* The nearest name in that table, if any is near. */
static bool
find_nearest(const char *name, char out[NAME_MAX_SIZE + 1])
{
	size_t best = strlen(name) / 4 + 2; /* further is no likeness */
	char *table = print_table();
	const char *line = table;

	out[0] = '\0';
	while (line != NULL && *line != '\0') {
		const size_t length = strcspn(line, " |\n");
		const size_t far = length > 0 && length <= NAME_MAX_SIZE
		    ? distance(name, line, length)
		    : best;
		if (far < best) {
			best = far;
			memcpy(out, line, length);
			out[length] = '\0';
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	free(table);
	return out[0] != '\0' && !is_own(out);
}

static int
fail_unknown(const char *name, struct err *err)
{
	char near[NAME_MAX_SIZE + 1];
	char shown[128];

	(void)utf8_escape_to(bytes_of(name), shown, sizeof(shown));
	(void)err_set(
	    err, ERR_USAGE, "there is no Kafka property \"%s\"", shown);
	if (find_nearest(name, near))
		err_hint(err, "did you mean %s?", near);
	return -1;
}

int
property_check(const char *name, const char *value, struct err *err)
{
	char errstr[ERRSTR_MAX];
	rd_kafka_conf_t *conf;
	rd_kafka_conf_res_t result;

	if (is_own(name))
		return err_set(err, ERR_USAGE,
		    "the Kafka property %s is tidemark's own and cannot be "
		    "set",
		    name);
	conf = rd_kafka_conf_new();
	result = rd_kafka_conf_set(conf, name, value, errstr, sizeof(errstr));
	rd_kafka_conf_destroy(conf);
	switch (result) {
	case RD_KAFKA_CONF_OK:
		return 0;
	case RD_KAFKA_CONF_UNKNOWN:
		return fail_unknown(name, err);
	case RD_KAFKA_CONF_INVALID:
	default:
		if (property_is_secret(name))
			return err_set(err, ERR_USAGE,
			    "Kafka property %s: invalid value", name);
		return err_set(err, ERR_USAGE, "%s", errstr);
	}
}
