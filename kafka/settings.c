#include "kafka/settings.h"

#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "common/bytes.h"
#include "common/files.h"
#include "common/inifile.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/javamap.h"
#include "kafka/javaprops.h"
#include "kafka/property.h"

struct setting {
	char *name;
	char *value;
	char *origin;
};

struct kafka_settings {
	struct setting *list;
	size_t count;
	size_t capacity;
};

struct kafka_settings *
kafka_settings_new(void)
{
	return xcalloc(1, sizeof(struct kafka_settings));
}

/* Through a volatile pointer, so that the compiler keeps it. */
static void
wipe_and_free(char *text)
{
	if (text == NULL)
		return;
	for (volatile char *at = text; *at != '\0'; at++)
		*at = '\0';
	free(text);
}

void
kafka_settings_free(struct kafka_settings *settings)
{
	if (settings == NULL)
		return;
	for (size_t at = 0; at < settings->count; at++) {
		free(settings->list[at].name);
		wipe_and_free(settings->list[at].value);
		free(settings->list[at].origin);
	}
	free(settings->list);
	free(settings);
}

static struct setting *
find(const struct kafka_settings *settings, const char *name)
{
	for (size_t at = 0; at < settings->count; at++)
		if (strcmp(settings->list[at].name, name) == 0)
			return &settings->list[at];
	return NULL;
}

int
kafka_settings_set(struct kafka_settings *settings, const char *name,
    const char *value, const char *origin, struct err *err)
{
	struct setting *setting;

	if (property_check(name, value, err) != 0)
		return err_wrap(err, "%s", origin);
	name = property_canonical(name);
	setting = find(settings, name);
	if (setting == NULL) {
		settings->list = xgrow(settings->list, settings->count,
		    &settings->capacity, sizeof(*settings->list));
		setting = &settings->list[settings->count++];
		*setting = (struct setting){ .name = xstrdup(name) };
	}
	wipe_and_free(setting->value);
	free(setting->origin);
	setting->value = xstrdup(value);
	setting->origin = xstrdup(origin);
	return 0;
}

int
kafka_settings_set_pair(struct kafka_settings *settings, const char *pair,
    const char *origin, struct err *err)
{
	const char *equals = strchr(pair, '=');
	char *name;
	int rc;

	/* The text may be a secret without its name: it is not shown. */
	if (equals == NULL || equals == pair)
		return err_set(err, ERR_USAGE,
		    "%s: a Kafka property is given as NAME=VALUE", origin);
	name = xmemdup0(pair, (size_t)(equals - pair));
	rc = kafka_settings_set(settings, name, equals + 1, origin, err);
	free(name);
	return rc;
}

int
kafka_settings_set_inifile(struct kafka_settings *settings,
    const struct inifile *file, const char *what, struct err *err)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < file->count; at++) {
		const struct inifile_entry *entry = &file->entries[at];
		struct arena arena = { 0 };
		const char *origin;

		if (strcmp(entry->section, "kafka") != 0 ||
		    strcmp(entry->name, KAFKA_SETTINGS_JAVA_KEY) == 0)
			continue;
		origin = arena_format(&arena, "%s:%d", what, entry->line);
		if (entry->argument != NULL)
			rc = err_set(err, ERR_USAGE,
			    "%s: the section is [kafka], without a name",
			    origin);
		else
			rc = kafka_settings_set(
			    settings, entry->name, entry->value, origin, err);
		arena_release(&arena);
	}
	return rc;
}

int
kafka_settings_load_java(struct kafka_settings *settings, const char *path,
    struct buf *notes, struct err *err)
{
	struct buf text = { 0 };
	struct javaprops props = { 0 };
	char shown[256];
	const char *what = utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	int rc = -1;

	if (file_read(path, JAVAPROPS_SIZE_MAX, &text, err) != 0)
		goto out;
	if (javaprops_parse(buf_bytes(&text), what, &props, err) != 0)
		goto out;
	rc = javamap_apply(&props, what, settings, notes, err);
out:
	javaprops_release(&props);
	if (text.data != NULL)
		memset(text.data, 0, text.size);
	buf_release(&text);
	return rc;
}

int
kafka_settings_set_platform(struct kafka_settings *settings,
    const char *(*lookup)(void *context, const char *name), void *context,
    struct err *err)
{
	static const char *const names[][2] = {
		{ "KAFKA_BROKERS", "bootstrap.servers" },
		{ "KAFKA_CA_PATH", "ssl.ca.location" },
		{ "KAFKA_CERTIFICATE_PATH", "ssl.certificate.location" },
		{ "KAFKA_PRIVATE_KEY_PATH", "ssl.key.location" },
	};
	const char *tls = NULL;

	for (size_t at = 0; at < sizeof(names) / sizeof(*names); at++) {
		const char *value = lookup(context, names[at][0]);
		if (value == NULL || value[0] == '\0')
			continue;
		if (kafka_settings_set(
			settings, names[at][1], value, names[at][0], err) != 0)
			return -1;
		if (at > 0 && tls == NULL)
			tls = names[at][0];
	}
	if (tls == NULL)
		return 0;
	return kafka_settings_set(
	    settings, "security.protocol", "ssl", tls, err);
}

const char *
kafka_settings_bootstrap(const struct kafka_settings *settings)
{
	const struct setting *setting = find(settings, "bootstrap.servers");

	return setting != NULL ? setting->value : NULL;
}

bool
kafka_settings_is_secret(const char *name)
{
	return property_is_secret(name);
}

int
kafka_settings_each(const struct kafka_settings *settings,
    kafka_setting_fn *visit, void *context, struct err *err)
{
	for (size_t at = 0; at < settings->count; at++) {
		const struct setting *setting = &settings->list[at];
		const int rc = visit(context, setting->name, setting->value,
		    setting->origin, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

const char *
kafka_library_version(void)
{
	return rd_kafka_version_str();
}
