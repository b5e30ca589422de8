/*
 * settings.h - how to reach a cluster: librdkafka properties gathered from
 * where operators keep them.  Later sources win over earlier ones, in the order
 * of precedence that the command line documents: environment of the platform
 * (KAFKA_*), configuration file, --command-config, -X, -b.
 *
 * Secrets never leave this module in readable form: errors name the property
 * and where it came from, never its value.
 */
#ifndef KAFKA_SETTINGS_H
#define KAFKA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"

struct kafka_settings;
struct inifile;

struct kafka_settings *kafka_settings_new(void) MUST_CHECK RETURNS_NONNULL;
void kafka_settings_free(struct kafka_settings *settings);

/*
 * Set one librdkafka property.  origin says where it came from, for errors
 * ("-X", "tidemark.conf:12").  A property that is unknown or that tidemark
 * needs for itself (group.id, enable.auto.commit, ...) is ERR_USAGE.
 */
int kafka_settings_set(struct kafka_settings *settings, const char *name,
    const char *value, const char *origin, struct err *err) MUST_CHECK;

/* "name=value", as -X takes it. */
int kafka_settings_set_pair(struct kafka_settings *settings, const char *pair,
    const char *origin, struct err *err) MUST_CHECK;

/* The key in section [kafka] that is no property: the file of a Java client,
 * for kafka_settings_load_java. */
#define KAFKA_SETTINGS_JAVA_KEY "command-config"

/* Every property of section [kafka]. */
int kafka_settings_set_inifile(struct kafka_settings *settings,
    const struct inifile *file, const char *what, struct err *err) MUST_CHECK;

/*
 * A Java client.properties file as Kafka's own tools take it: security
 * protocol, PEM stores (files or inline), SASL PLAIN and SCRAM through
 * sasl.jaas.config, the usual names that mean the same in librdkafka.  A JKS
 * or PKCS12 trust store is refused with the command that converts it.  What
 * cannot be carried over and would matter is refused; what only tunes a Java
 * client is passed over with a line in *notes (may be NULL).
 */
struct buf;
int kafka_settings_load_java(struct kafka_settings *settings, const char *path,
    struct buf *notes, struct err *err) MUST_CHECK;

/* KAFKA_BROKERS, KAFKA_CA_PATH, KAFKA_CERTIFICATE_PATH,
 * KAFKA_PRIVATE_KEY_PATH: what the nais platform injects. */
int kafka_settings_set_platform(struct kafka_settings *settings,
    const char *(*lookup)(void *context, const char *name), void *context,
    struct err *err) MUST_CHECK;

/* The bootstrap servers, or NULL when none were given.  Borrowed. */
const char *kafka_settings_bootstrap(const struct kafka_settings *settings);

/* True for a property whose value must not be shown. */
bool kafka_settings_is_secret(const char *name);

/* For the implementation: visit each property in effect. */
typedef int kafka_setting_fn(void *context, const char *name, const char *value,
    const char *origin, struct err *err);
int kafka_settings_each(const struct kafka_settings *settings,
    kafka_setting_fn *visit, void *context, struct err *err) MUST_CHECK;

/* "2.14.2": the librdkafka that the program runs with. */
const char *kafka_library_version(void);

#endif /* KAFKA_SETTINGS_H */
