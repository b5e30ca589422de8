#include "kafka/javamap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "kafka/jaas.h"
#include "kafka/javaprops.h"
#include "kafka/property.h"
#include "kafka/settings.h"

#define NAME_SHOWN_MAX 128

struct mapping {
	const struct javaprops *props;
	const char *what;
	struct kafka_settings *settings;
	struct buf *notes;
	struct arena arena;
	const char *origin; /* of the property at hand */
};

/* What to do with a property. */
enum rule {
	RULE_SAME,   /* the same name and meaning */
	RULE_RENAME, /* another name, the same meaning */
	RULE_LATER,  /* decided together with others, below */
	RULE_TUNES,  /* passed over */
	RULE_REFUSE,
};

static const struct known {
	const char *name;
	enum rule rule;
	const char *text; /* the other name, or why it is refused */
} known[] = {
	{ "bootstrap.servers", RULE_SAME, NULL },
	{ "client.dns.lookup", RULE_SAME, NULL },
	{ "client.id", RULE_SAME, NULL },
	{ "client.rack", RULE_SAME, NULL },
	{ "config.providers", RULE_REFUSE,
	    "the values that it would fetch are not known here" },
	{ "connections.max.idle.ms", RULE_SAME, NULL },
	{ "metadata.max.age.ms", RULE_SAME, NULL },
	{ "receive.buffer.bytes", RULE_RENAME, "socket.receive.buffer.bytes" },
	{ "reconnect.backoff.max.ms", RULE_SAME, NULL },
	{ "reconnect.backoff.ms", RULE_SAME, NULL },
	{ "request.timeout.ms", RULE_RENAME, "socket.timeout.ms" },
	{ "sasl.client.callback.handler.class", RULE_REFUSE,
	    "a Java class cannot be used here" },
	{ "sasl.jaas.config", RULE_LATER, NULL },
	{ "sasl.kerberos.kinit.cmd", RULE_TUNES, NULL },
	{ "sasl.kerberos.min.time.before.relogin", RULE_SAME, NULL },
	{ "sasl.kerberos.service.name", RULE_SAME, NULL },
	{ "sasl.kerberos.ticket.renew.jitter", RULE_TUNES, NULL },
	{ "sasl.kerberos.ticket.renew.window.factor", RULE_TUNES, NULL },
	{ "sasl.login.callback.handler.class", RULE_REFUSE,
	    "a Java class cannot be used here" },
	{ "sasl.login.class", RULE_REFUSE, "a Java class cannot be used here" },
	{ "sasl.mechanism", RULE_LATER, NULL },
	{ "security.protocol", RULE_LATER, NULL },
	{ "security.providers", RULE_TUNES, NULL },
	{ "send.buffer.bytes", RULE_RENAME, "socket.send.buffer.bytes" },
	{ "socket.connection.setup.timeout.ms", RULE_SAME, NULL },
	{ "ssl.cipher.suites", RULE_REFUSE,
	    "Java and OpenSSL name cipher suites differently; give them with "
	    "-X ssl.cipher.suites in OpenSSL's names" },
	{ "ssl.enabled.protocols", RULE_TUNES, NULL },
	{ "ssl.endpoint.identification.algorithm", RULE_LATER, NULL },
	{ "ssl.engine.factory.class", RULE_REFUSE,
	    "a Java class cannot be used here" },
	{ "ssl.key.password", RULE_LATER, NULL },
	{ "ssl.keymanager.algorithm", RULE_TUNES, NULL },
	{ "ssl.keystore.certificate.chain", RULE_LATER, NULL },
	{ "ssl.keystore.key", RULE_LATER, NULL },
	{ "ssl.keystore.location", RULE_LATER, NULL },
	{ "ssl.keystore.password", RULE_LATER, NULL },
	{ "ssl.keystore.type", RULE_LATER, NULL },
	{ "ssl.protocol", RULE_TUNES, NULL },
	{ "ssl.provider", RULE_TUNES, NULL },
	{ "ssl.secure.random.implementation", RULE_TUNES, NULL },
	{ "ssl.trustmanager.algorithm", RULE_TUNES, NULL },
	{ "ssl.truststore.certificates", RULE_LATER, NULL },
	{ "ssl.truststore.location", RULE_LATER, NULL },
	{ "ssl.truststore.password", RULE_LATER, NULL },
	{ "ssl.truststore.type", RULE_LATER, NULL },
};

static const struct known *
find_known(const char *name)
{
	for (size_t at = 0; at < sizeof(known) / sizeof(*known); at++)
		if (strcmp(known[at].name, name) == 0)
			return &known[at];
	return NULL;
}

static int
set(struct mapping *mapping, const char *name, const char *value,
    struct err *err)
{
	return kafka_settings_set(
	    mapping->settings, name, value, mapping->origin, err);
}

/* Java trims all values but texts and passwords; for these names too a space
 * at the end is never meant. */
static const char *
trimmed(struct mapping *mapping, const char *value)
{
	size_t size;

	value += strspn(value, " \t");
	size = strlen(value);
	while (size > 0 && strchr(" \t\r\n", value[size - 1]) != NULL)
		size--;
	return arena_bytes(&mapping->arena, (struct bytes){ value, size }).data;
}

/* The value in effect, trimmed; NULL when there is none or an empty one. */
static const char *
given(struct mapping *mapping, const char *name)
{
	const char *value = javaprops_find(mapping->props, name);

	if (value == NULL)
		return NULL;
	value = trimmed(mapping, value);
	return value[0] != '\0' ? value : NULL;
}

static const char *
lower(struct mapping *mapping, const char *value)
{
	char *copy = arena_text(&mapping->arena, value);

	for (char *at = copy; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return copy;
}

static void
pass_over(struct mapping *mapping, const struct javaprop *prop)
{
	char shown[NAME_SHOWN_MAX];

	if (mapping->notes == NULL)
		return;
	buf_add_format(mapping->notes, "%s:%d: %s is passed over\n",
	    mapping->what, prop->line,
	    utf8_escape_to(bytes_of(prop->name), shown, sizeof(shown)));
}

/* A property of TLS or SASL that is not known may decide about security. */
static int
map_unknown(
    struct mapping *mapping, const struct javaprop *prop, struct err *err)
{
	char shown[NAME_SHOWN_MAX];

	if (strncmp(prop->name, "ssl.", 4) != 0 &&
	    strncmp(prop->name, "sasl.", 5) != 0) {
		pass_over(mapping, prop);
		return 0;
	}
	(void)err_set(err, ERR_USAGE,
	    "%s:%d: %s has no counterpart in librdkafka that is known here",
	    mapping->what, prop->line,
	    utf8_escape_to(bytes_of(prop->name), shown, sizeof(shown)));
	err_hint(err,
	    "take it out, and say what it did with librdkafka's own "
	    "properties (-X)");
	return -1;
}

static int
map_one(struct mapping *mapping, const struct javaprop *prop, struct err *err)
{
	const struct known *rule = find_known(prop->name);
	const char *value = trimmed(mapping, prop->value);

	mapping->origin =
	    arena_format(&mapping->arena, "%s:%d", mapping->what, prop->line);
	if (rule == NULL)
		return map_unknown(mapping, prop, err);
	switch (rule->rule) {
	case RULE_SAME:
	case RULE_RENAME:
		if (value[0] == '\0')
			return 0;
		return set(mapping,
		    rule->rule == RULE_SAME ? prop->name : rule->text, value,
		    err);
	case RULE_TUNES:
		pass_over(mapping, prop);
		return 0;
	case RULE_REFUSE:
		if (value[0] == '\0')
			return 0;
		return err_set(err, ERR_USAGE, "%s: %s: %s", mapping->origin,
		    prop->name, rule->text);
	case RULE_LATER:
	default:
		return 0;
	}
}

static int
map_protocol(struct mapping *mapping, struct err *err)
{
	const char *protocol = given(mapping, "security.protocol");
	const char *algorithm = javaprops_find(
	    mapping->props, "ssl.endpoint.identification.algorithm");

	if (protocol != NULL &&
	    set(mapping, "security.protocol", lower(mapping, protocol), err) !=
		0)
		return -1;
	if (algorithm == NULL)
		return 0;
	algorithm = lower(mapping, trimmed(mapping, algorithm));
	return set(mapping, "ssl.endpoint.identification.algorithm",
	    algorithm[0] != '\0' ? algorithm : "none", err);
}

/* PLAIN and SCRAM; the rest needs what only Java has. */
static int
map_sasl(struct mapping *mapping, struct err *err)
{
	const char *mechanism = given(mapping, "sasl.mechanism");
	const char *config = given(mapping, "sasl.jaas.config");
	struct jaas jaas;

	if (mechanism != NULL && strcmp(mechanism, "PLAIN") != 0 &&
	    strncmp(mechanism, "SCRAM-", 6) != 0) {
		(void)err_set(err, ERR_USAGE,
		    "%s: sasl.mechanism: only PLAIN and SCRAM can be taken "
		    "over from a Java configuration",
		    mapping->what);
		err_hint(err,
		    "give Kerberos and OAuth as librdkafka "
		    "properties (-X sasl.mechanism=...)");
		return -1;
	}
	if (mechanism != NULL &&
	    set(mapping, "sasl.mechanism", mechanism, err) != 0)
		return -1;
	if (config == NULL)
		return 0;
	if (jaas_parse(config, &mapping->arena, &jaas, err) != 0)
		return err_wrap(err, "%s", mapping->what);
	if (mechanism == NULL ||
	    (jaas.module == JAAS_PLAIN) != (strcmp(mechanism, "PLAIN") == 0))
		return err_set(err, ERR_USAGE,
		    "%s: sasl.mechanism must be %s, as the login module of "
		    "sasl.jaas.config is",
		    mapping->what,
		    jaas.module == JAAS_PLAIN
			? "PLAIN"
			: "SCRAM-SHA-256 or SCRAM-SHA-512");
	if (set(mapping, "sasl.username", jaas.username, err) != 0)
		return -1;
	return set(mapping, "sasl.password", jaas.password, err);
}

/* Which of the two stores is meant. */
struct store {
	const char *type_name;
	const char *location_name;
	const char *pem_name; /* inline */
	const char *convert;  /* option of openssl pkcs12 */
	const char *file;     /* what it makes */
};

static const struct store truststore = {
	.type_name = "ssl.truststore.type",
	.location_name = "ssl.truststore.location",
	.pem_name = "ssl.truststore.certificates",
	.convert = "-nokeys",
	.file = "ca.pem",
};

static const struct store keystore = {
	.type_name = "ssl.keystore.type",
	.location_name = "ssl.keystore.location",
	.pem_name = "ssl.keystore.key",
	.convert = "-nodes",
	.file = "client.pem",
};

/* Refuse a store that is not PEM, with the command that makes it PEM. */
static int
check_store(struct mapping *mapping, const struct store *store, struct err *err)
{
	const char *type = given(mapping, store->type_name);
	const char *location = given(mapping, store->location_name);
	char shown[80];

	if (location == NULL)
		return 0;
	(void)utf8_escape_to(bytes_of(location), shown, sizeof(shown));
	if (type != NULL && strcmp(lower(mapping, type), "pem") == 0)
		return 0;
	if (type != NULL && strcmp(lower(mapping, type), "pkcs12") == 0) {
		(void)err_set(err, ERR_USAGE,
		    "%s: %s: a PKCS12 store cannot be read", mapping->what,
		    store->location_name);
		err_hint(err, "openssl pkcs12 -in %s %s -out %s; then %s=PEM",
		    shown, store->convert, store->file, store->type_name);
		return -1;
	}
	(void)err_set(err, ERR_USAGE, "%s: %s: a %s store cannot be read",
	    mapping->what, store->location_name,
	    type != NULL ? "Java" : "JKS (the default type)");
	err_hint(err,
	    "keytool -importkeystore -srckeystore %s -destkeystore s.p12 "
	    "-deststoretype PKCS12; openssl pkcs12 -in s.p12 %s -out %s; then "
	    "%s=PEM",
	    shown, store->convert, store->file, store->type_name);
	return -1;
}

/*
 * Java takes PEM on one line, with spaces where line ends were (that is what
 * continuation lines of a properties file make of it); OpenSSL does not.
 */
static const char *
pem_lines(struct mapping *mapping, const char *text)
{
	struct buf out = { 0 };
	const char *copy;

	while (*text != '\0') {
		const char *begin = strstr(text, "-----BEGIN ");
		const char *end =
		    begin != NULL ? strstr(begin + 11, "-----") : NULL;
		const char *stop =
		    end != NULL ? strstr(end + 5, "-----END ") : NULL;
		const char *tail =
		    stop != NULL ? strstr(stop + 9, "-----") : NULL;
		size_t column = 0;
		if (tail == NULL)
			break;
		buf_add(&out, begin, (size_t)(end + 5 - begin));
		for (const char *at = end + 5; at < stop; at++) {
			if (strchr(" \t\r\n\f", *at) != NULL)
				continue;
			if (column++ % 64 == 0)
				buf_add_char(&out, '\n');
			buf_add_char(&out, *at);
		}
		buf_add_char(&out, '\n');
		buf_add(&out, stop, (size_t)(tail + 5 - stop));
		buf_add_char(&out, '\n');
		text = tail + 5;
	}
	copy = arena_text(&mapping->arena, buf_text(&out));
	if (out.data != NULL)
		memset(out.data, 0, out.size);
	buf_release(&out);
	return copy;
}

/* Of files: the trusted certificates, and key and chain in one file. */
static int
map_locations(struct mapping *mapping, struct err *err)
{
	const char *trust = given(mapping, truststore.location_name);
	const char *key = given(mapping, keystore.location_name);

	if (trust != NULL && set(mapping, "ssl.ca.location", trust, err) != 0)
		return -1;
	if (key == NULL)
		return 0;
	if (set(mapping, "ssl.certificate.location", key, err) != 0)
		return -1;
	return set(mapping, "ssl.key.location", key, err);
}

static int
map_inline(struct mapping *mapping, struct err *err)
{
	const char *trust = given(mapping, truststore.pem_name);
	const char *chain = given(mapping, "ssl.keystore.certificate.chain");
	const char *key = given(mapping, keystore.pem_name);

	if (trust != NULL &&
	    set(mapping, "ssl.ca.pem", pem_lines(mapping, trust), err) != 0)
		return -1;
	if ((chain == NULL) != (key == NULL))
		return err_set(err, ERR_USAGE,
		    "%s: ssl.keystore.key and ssl.keystore.certificate.chain "
		    "go together",
		    mapping->what);
	if (chain == NULL)
		return 0;
	if (set(mapping, "ssl.certificate.pem", pem_lines(mapping, chain),
		err) != 0)
		return -1;
	return set(mapping, "ssl.key.pem", pem_lines(mapping, key), err);
}

static int
map_stores(struct mapping *mapping, struct err *err)
{
	const char *password =
	    javaprops_find(mapping->props, "ssl.key.password");

	if (check_store(mapping, &truststore, err) != 0 ||
	    check_store(mapping, &keystore, err) != 0 ||
	    map_locations(mapping, err) != 0 || map_inline(mapping, err) != 0)
		return -1;
	if (password != NULL && password[0] != '\0')
		return set(mapping, "ssl.key.password", password, err);
	return 0;
}

int
javamap_apply(const struct javaprops *props, const char *what,
    struct kafka_settings *settings, struct buf *notes, struct err *err)
{
	struct mapping mapping = {
		.props = props,
		.what = what,
		.settings = settings,
		.notes = notes,
	};
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < props->count; at++)
		rc = map_one(&mapping, &props->list[at], err);
	mapping.origin = what;
	if (rc == 0)
		rc = map_protocol(&mapping, err);
	if (rc == 0)
		rc = map_sasl(&mapping, err);
	if (rc == 0)
		rc = map_stores(&mapping, err);
	arena_release(&mapping.arena);
	return rc;
}
