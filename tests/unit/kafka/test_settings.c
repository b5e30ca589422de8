/* Tests of kafka/settings.h, but for Java's files (test_javamap.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/bytes.h"
#include "common/inifile.h"
#include "kafka/settings.h"
#include "tests/unit/kafka/settingsview.h"

static int
make(void **state)
{
	*state = kafka_settings_new();
	return 0;
}

static int
drop(void **state)
{
	kafka_settings_free(*state);
	return 0;
}

static void
set(struct kafka_settings *settings, const char *name, const char *value)
{
	struct err err = { 0 };

	assert_int_equal(
	    kafka_settings_set(settings, name, value, "test", &err), 0);
}

static struct err
refuse(struct kafka_settings *settings, const char *name, const char *value)
{
	struct err err = { 0 };

	assert_int_equal(
	    kafka_settings_set(settings, name, value, "here:7", &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_ptr_equal(strstr(err.message, "here:7"), err.message);
	assert_null(settingsview_value(settings, name));
	return err;
}

static void
the_later_setting_wins(void **state)
{
	struct err err = { 0 };

	set(*state, "client.id", "one");
	assert_int_equal(
	    kafka_settings_set(*state, "client.id", "two", "-X", &err), 0);
	assert_string_equal(settingsview_value(*state, "client.id"), "two");
	assert_string_equal(settingsview_origin(*state, "client.id"), "-X");
	assert_int_equal(settingsview_count(*state), 1);
}

static void
two_names_of_one_property_are_one(void **state)
{
	assert_null(kafka_settings_bootstrap(*state));
	set(*state, "metadata.broker.list", "a:1");
	assert_string_equal(kafka_settings_bootstrap(*state), "a:1");
	set(*state, "bootstrap.servers", "b:2");
	set(*state, "sasl.mechanisms", "PLAIN");
	set(*state, "sasl.mechanism", "SCRAM-SHA-256");
	assert_string_equal(kafka_settings_bootstrap(*state), "b:2");
	assert_int_equal(settingsview_count(*state), 2);
}

static void
a_typo_is_refused_at_once_with_the_right_name(void **state)
{
	struct err err = refuse(*state, "securty.protocol", "ssl");

	assert_non_null(strstr(err.message, "\"securty.protocol\""));
	assert_string_equal(err.hint, "did you mean security.protocol?");
	err = refuse(*state, "ssl.ca.locatoin", "/x");
	assert_string_equal(err.hint, "did you mean ssl.ca.location?");
	err = refuse(*state, "sasl.user", "x");
	assert_string_equal(err.hint, "");
	err = refuse(*state, "quite.another.thing", "x");
	assert_string_equal(err.hint, "");
	err = refuse(*state, "", "x");
	assert_string_equal(err.hint, "");
}

static void
a_name_cannot_paint_on_the_terminal(void **state)
{
	const struct err err = refuse(*state, "a\x1b[31m", "x");

	assert_null(strchr(err.message, '\x1b'));
}

static void
a_value_out_of_range_is_refused_at_once(void **state)
{
	const struct err err = refuse(*state, "socket.timeout.ms", "soon");

	assert_non_null(strstr(err.message, "socket.timeout.ms"));
	(void)refuse(*state, "security.protocol", "tsl");
}

static void
what_the_program_relies_on_cannot_be_set(void **state)
{
	static const char *const names[] = { "group.id", "group.protocol",
		"enable.auto.commit", "enable.auto.offset.store",
		"auto.offset.reset", "allow.auto.create.topics",
		"isolation.level", "log.queue", "error_cb", "log_cb",
		"oauthbearer_token_refresh_cb", "opaque",
		"plugin.library.paths" };

	for (size_t at = 0; at < sizeof(names) / sizeof(*names); at++) {
		const struct err err = refuse(*state, names[at], "x");
		assert_non_null(strstr(err.message, "tidemark's own"));
	}
}

static void
a_secret_is_known_by_its_name(void **state)
{
	static const char *const secrets[] = { "sasl.password",
		"ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
		"sasl.oauthbearer.client.secret", "sasl.oauthbearer.config",
		"sasl.jaas.config", "ssl.truststore.password",
		"ssl.keystore.key",
		"sasl.oauthbearer.assertion.private.key.pem",
		"sasl.oauthbearer.assertion.private.key.passphrase" };
	static const char *const open[] = { "sasl.username", "ssl.ca.pem",
		"ssl.key.location", "bootstrap.servers", "client.id",
		"sasl.oauthbearer.assertion.private.key.file" };

	(void)state;
	for (size_t at = 0; at < sizeof(secrets) / sizeof(*secrets); at++)
		assert_true(kafka_settings_is_secret(secrets[at]));
	for (size_t at = 0; at < sizeof(open) / sizeof(*open); at++)
		assert_false(kafka_settings_is_secret(open[at]));
}

static void
a_pair_is_cut_at_the_first_equals_sign(void **state)
{
	struct err err = { 0 };

	assert_int_equal(
	    kafka_settings_set_pair(*state, "sasl.password=a=b=", "-X", &err),
	    0);
	assert_string_equal(
	    settingsview_value(*state, "sasl.password"), "a=b=");
	assert_int_equal(
	    kafka_settings_set_pair(*state, "client.id=", "-X", &err), 0);
	assert_string_equal(settingsview_value(*state, "client.id"), "");
}

static void
a_pair_without_a_name_is_refused_and_not_shown(void **state)
{
	static const char *const pairs[] = { "s3cret", "=s3cret", "" };

	for (size_t at = 0; at < sizeof(pairs) / sizeof(*pairs); at++) {
		struct err err = { 0 };
		assert_int_equal(
		    kafka_settings_set_pair(*state, pairs[at], "-X", &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(strstr(err.message, "s3cret"));
	}
}

static const char *
no_variable(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static int
load(struct kafka_settings *settings, const char *text, struct err *err)
{
	struct inifile file = { 0 };
	int rc;

	assert_int_equal(inifile_parse(bytes_of(text), "tidemark.conf",
			     no_variable, NULL, &file, err),
	    0);
	rc = kafka_settings_set_inifile(settings, &file, "tidemark.conf", err);
	inifile_release(&file);
	return rc;
}

static void
the_kafka_section_of_a_file_is_read(void **state)
{
	struct err err = { 0 };

	assert_int_equal(load(*state,
			     "[repository]\nurl = x\n[kafka]\n"
			     "bootstrap.servers = a:1\nclient.id = me\n",
			     &err),
	    0);
	assert_int_equal(settingsview_count(*state), 2);
	assert_string_equal(
	    settingsview_origin(*state, "client.id"), "tidemark.conf:5");
}

static void
an_error_in_a_file_has_its_line(void **state)
{
	struct err err = { 0 };

	assert_int_equal(
	    load(*state, "[kafka]\n\nclient.idd = me\n", &err), -1);
	assert_non_null(strstr(err.message, "tidemark.conf:3"));
	assert_string_equal(err.hint, "did you mean client.id?");
	err = (struct err){ 0 };
	assert_int_equal(
	    load(*state, "[kafka \"x\"]\nclient.id = me\n", &err), -1);
	assert_non_null(strstr(err.message, "tidemark.conf:2"));
}

static const char *
lookup(void *context, const char *name)
{
	const char *const *pairs = context;

	for (; *pairs != NULL; pairs += 2)
		if (strcmp(pairs[0], name) == 0)
			return pairs[1];
	return NULL;
}

static void
the_platforms_variables_mean_tls(void **state)
{
	const char *variables[] = { "KAFKA_BROKERS", "a:1", "KAFKA_CA_PATH",
		"/ca.crt", "KAFKA_CERTIFICATE_PATH", "/k.crt",
		"KAFKA_PRIVATE_KEY_PATH", "/k.key", NULL };
	struct err err = { 0 };

	assert_int_equal(
	    kafka_settings_set_platform(*state, lookup, variables, &err), 0);
	assert_string_equal(kafka_settings_bootstrap(*state), "a:1");
	assert_string_equal(
	    settingsview_value(*state, "security.protocol"), "ssl");
	assert_string_equal(
	    settingsview_value(*state, "ssl.ca.location"), "/ca.crt");
	assert_string_equal(
	    settingsview_value(*state, "ssl.certificate.location"), "/k.crt");
	assert_string_equal(
	    settingsview_value(*state, "ssl.key.location"), "/k.key");
	assert_string_equal(settingsview_origin(*state, "ssl.key.location"),
	    "KAFKA_PRIVATE_KEY_PATH");
}

static void
the_platforms_brokers_alone_do_not(void **state)
{
	const char *variables[] = { "KAFKA_BROKERS", "a:1", "KAFKA_CA_PATH", "",
		NULL };
	struct err err = { 0 };

	assert_int_equal(
	    kafka_settings_set_platform(*state, lookup, variables, &err), 0);
	assert_int_equal(settingsview_count(*state), 1);
}

static int
stop(void *context, const char *name, const char *value, const char *origin,
    struct err *err)
{
	(void)context;
	(void)value;
	(void)origin;
	return err_set(err, ERR_USAGE, "%s", name);
}

static void
a_visit_ends_with_the_first_failure(void **state)
{
	struct err err = { 0 };

	set(*state, "client.id", "a");
	set(*state, "client.rack", "b");
	assert_int_equal(kafka_settings_each(*state, stop, NULL, &err), -1);
	assert_string_equal(err.message, "client.id");
}

static void
the_library_tells_its_version(void **state)
{
	(void)state;
	assert_non_null(strchr(kafka_library_version(), '.'));
	kafka_settings_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_later_setting_wins),
		TEST(two_names_of_one_property_are_one),
		TEST(a_typo_is_refused_at_once_with_the_right_name),
		TEST(a_name_cannot_paint_on_the_terminal),
		TEST(a_value_out_of_range_is_refused_at_once),
		TEST(what_the_program_relies_on_cannot_be_set),
		TEST(a_secret_is_known_by_its_name),
		TEST(a_pair_is_cut_at_the_first_equals_sign),
		TEST(a_pair_without_a_name_is_refused_and_not_shown),
		TEST(the_kafka_section_of_a_file_is_read),
		TEST(an_error_in_a_file_has_its_line),
		TEST(the_platforms_variables_mean_tls),
		TEST(the_platforms_brokers_alone_do_not),
		TEST(a_visit_ends_with_the_first_failure),
		TEST(the_library_tells_its_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
