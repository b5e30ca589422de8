/* Tests of kafka/javamap.h, through files as kafka_settings_load_java reads
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "kafka/settings.h"
#include "tests/unit/kafka/settingsview.h"
#include "tests/unit/storage/tempdir.h"

struct world {
	char folder[TEMPDIR_MAX];
	struct kafka_settings *settings;
	struct buf notes;
	struct err err;
};

static struct world world;

static int
make(void **state)
{
	(void)state;
	world = (struct world){ .settings = kafka_settings_new() };
	tempdir_make(world.folder);
	return 0;
}

static int
drop(void **state)
{
	(void)state;
	kafka_settings_free(world.settings);
	buf_release(&world.notes);
	tempdir_remove(world.folder);
	return 0;
}

static int
load(const char *text)
{
	const char *path = tempdir_at(world.folder, "client.properties");

	tempdir_file(path, text);
	return kafka_settings_load_java(
	    world.settings, path, &world.notes, &world.err);
}

static void
check(const char *text)
{
	if (load(text) != 0)
		fail_msg("%s", world.err.message);
}

static void
check_refused(const char *text, const char *part)
{
	assert_int_equal(load(text), -1);
	assert_int_equal(world.err.kind, ERR_USAGE);
	if (strstr(world.err.message, part) == NULL)
		fail_msg("%s", world.err.message);
	assert_null(strstr(world.err.message, "s3cret"));
	assert_null(strstr(world.err.hint, "s3cret"));
}

static void
check_value(const char *name, const char *value)
{
	const char *found = settingsview_value(world.settings, name);

	assert_non_null(found);
	assert_string_equal(found, value);
}

static void
the_plain_names_are_carried_over(void **state)
{
	(void)state;
	check("bootstrap.servers=a:1,b:2\nclient.id=me\n"
	      "request.timeout.ms = 5000 \nsend.buffer.bytes=65536\n"
	      "receive.buffer.bytes=65536\nreconnect.backoff.ms=\n");
	assert_string_equal(
	    kafka_settings_bootstrap(world.settings), "a:1,b:2");
	check_value("client.id", "me");
	check_value("socket.timeout.ms", "5000");
	check_value("socket.send.buffer.bytes", "65536");
	check_value("socket.receive.buffer.bytes", "65536");
	assert_int_equal(settingsview_count(world.settings), 5);
	assert_int_equal(world.notes.size, 0);
}

static void
an_origin_has_file_and_line(void **state)
{
	(void)state;
	check("\n\nclient.id=me\n");
	assert_non_null(strstr(settingsview_origin(world.settings, "client.id"),
	    "client.properties:3"));
}

static void
scram_is_taken_from_the_login_module(void **state)
{
	(void)state;
	check("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
	      "sasl.jaas.config=org.apache.kafka.common.security.scram."
	      "ScramLoginModule required \\\n  username=\"alice\" \\\n"
	      "  password=\"s3cret=;\\\\\"x\";\n");
	check_value("security.protocol", "sasl_ssl");
	check_value("sasl.mechanism", "SCRAM-SHA-512");
	check_value("sasl.username", "alice");
	check_value("sasl.password", "s3cret=;\"x");
}

static void
plain_is_taken_from_the_login_module(void **state)
{
	(void)state;
	check("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
	      "sasl.jaas.config=x.PlainLoginModule required username='a' "
	      "password='b';\n");
	check_value("sasl.username", "a");
	check_value("sasl.password", "b");
}

static void
a_login_module_must_fit_the_mechanism(void **state)
{
	static const char jaas[] = "sasl.jaas.config=x.ScramLoginModule "
				   "required username='a' password='s3cret';";
	char text[256];

	(void)state;
	check_refused(jaas, "SCRAM-SHA-256 or SCRAM-SHA-512");
	(void)snprintf(text, sizeof(text), "sasl.mechanism=PLAIN\n%s", jaas);
	check_refused(text, "SCRAM-SHA-256 or SCRAM-SHA-512");
	check_refused("sasl.mechanism=PLAIN\nsasl.jaas.config=x.Scram s3cret",
	    "sasl.jaas.config");
	check_refused("sasl.mechanism=GSSAPI", "only PLAIN and SCRAM");
	check_refused("sasl.mechanism=OAUTHBEARER", "only PLAIN and SCRAM");
	check_refused("sasl.mechanism=AWS_MSK_IAM", "only PLAIN and SCRAM");
}

static void
pem_files_are_named(void **state)
{
	(void)state;
	check("security.protocol=SSL\nssl.truststore.type=PEM\n"
	      "ssl.truststore.location=/ca.pem\nssl.keystore.type=pem\n"
	      "ssl.keystore.location=/client.pem\nssl.key.password=pw\n"
	      "ssl.endpoint.identification.algorithm=\n");
	check_value("ssl.ca.location", "/ca.pem");
	check_value("ssl.certificate.location", "/client.pem");
	check_value("ssl.key.location", "/client.pem");
	check_value("ssl.key.password", "pw");
	check_value("ssl.endpoint.identification.algorithm", "none");
}

/* Java reads a certificate whose line ends have become spaces. */
static void
inline_pem_gets_its_lines_back(void **state)
{
	static const char body[] =
	    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
	char text[1024];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "ssl.truststore.type=PEM\nssl.truststore.certificates="
	    "-----BEGIN CERTIFICATE----- \\\n %s \\\n %s \\\n"
	    " -----END CERTIFICATE----- -----BEGIN CERTIFICATE-----\\n%s\\n"
	    "-----END CERTIFICATE-----\n",
	    body, body, body);
	check(text);
	(void)snprintf(text, sizeof(text),
	    "-----BEGIN CERTIFICATE-----\n%s%.12s\n%s\n"
	    "-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n%s\n"
	    "-----END CERTIFICATE-----\n",
	    body, body, body + 12, body);
	check_value("ssl.ca.pem", text);
}

static void
an_inline_key_goes_with_its_certificates(void **state)
{
	(void)state;
	check("ssl.keystore.type=PEM\nssl.keystore.certificate.chain="
	      "-----BEGIN CERTIFICATE-----\\nYQ==\\n"
	      "-----END CERTIFICATE-----\nssl.keystore.key="
	      "-----BEGIN PRIVATE KEY-----\\nYg==\\n"
	      "-----END PRIVATE KEY-----\n");
	check_value("ssl.certificate.pem",
	    "-----BEGIN CERTIFICATE-----\nYQ==\n-----END "
	    "CERTIFICATE-----\n");
	check_value("ssl.key.pem",
	    "-----BEGIN PRIVATE KEY-----\nYg==\n-----END PRIVATE "
	    "KEY-----\n");
	check_refused(
	    "ssl.keystore.type=PEM\nssl.keystore.key=s3cret", "go together");
}

static void
a_store_that_is_not_pem_is_refused_with_the_command(void **state)
{
	(void)state;
	check_refused("ssl.truststore.location=/t.jks\n"
		      "ssl.truststore.password=s3cret\n",
	    "JKS");
	assert_non_null(strstr(
	    world.err.hint, "keytool -importkeystore -srckeystore /t.jks"));
	assert_non_null(strstr(world.err.hint, "-nokeys"));
	check_refused("ssl.truststore.type=JKS\n"
		      "ssl.truststore.location=/t.jks\n",
	    "ssl.truststore.location");
	check_refused("ssl.keystore.type=PKCS12\n"
		      "ssl.keystore.location=/k.p12\n"
		      "ssl.keystore.password=s3cret\n",
	    "PKCS12");
	assert_non_null(
	    strstr(world.err.hint, "openssl pkcs12 -in /k.p12 -nodes"));
}

static void
what_only_tunes_java_is_passed_over_with_a_note(void **state)
{
	(void)state;
	check("group.id=x\nenable.auto.commit=true\nretries=3\n"
	      "ssl.protocol=TLSv1.3\nmetric.reporters=a.B\n");
	assert_int_equal(settingsview_count(world.settings), 0);
	assert_non_null(strstr(
	    buf_text(&world.notes), "client.properties:3: retries is passed"));
	assert_non_null(strstr(buf_text(&world.notes), "ssl.protocol"));
	assert_non_null(strstr(buf_text(&world.notes), "group.id"));
}

static void
what_decides_about_security_is_refused(void **state)
{
	(void)state;
	check_refused("sasl.login.callback.handler.class=a.B", "Java class");
	check_refused("ssl.engine.factory.class=a.B", "Java class");
	check_refused("config.providers=file", "fetch");
	check_refused("ssl.cipher.suites=TLS_X", "OpenSSL");
	check_refused("ssl.something.new=x", "ssl.something.new");
	check_refused("sasl.oauthbearer.token.endpoint.url=x",
	    "sasl.oauthbearer.token.endpoint.url");
}

static void
a_value_that_librdkafka_refuses_has_its_place(void **state)
{
	(void)state;
	check_refused("\nconnections.max.idle.ms=soon", "client.properties:2");
	check_refused("security.protocol=TSL", "client.properties");
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_int_equal(kafka_settings_load_java(world.settings,
			     "/nowhere/client.properties", NULL, &world.err),
	    -1);
	assert_non_null(strstr(world.err.message, "/nowhere"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_plain_names_are_carried_over),
		TEST(an_origin_has_file_and_line),
		TEST(scram_is_taken_from_the_login_module),
		TEST(plain_is_taken_from_the_login_module),
		TEST(a_login_module_must_fit_the_mechanism),
		TEST(pem_files_are_named),
		TEST(inline_pem_gets_its_lines_back),
		TEST(an_inline_key_goes_with_its_certificates),
		TEST(a_store_that_is_not_pem_is_refused_with_the_command),
		TEST(what_only_tunes_java_is_passed_over_with_a_note),
		TEST(what_decides_about_security_is_refused),
		TEST(a_value_that_librdkafka_refuses_has_its_place),
		TEST(a_file_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
