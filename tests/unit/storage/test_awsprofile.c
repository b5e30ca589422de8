/*
 * test_awsprofile.c - the files that AWS' tools share.  What is expected here
 * is what botocore reads from the same texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "storage/awsprofile.h"

static const char credentials[] =
    "# a comment\n"
    "; another\n"
    "[default]\n"
    "aws_access_key_id = AKIDEFAULT\n"
    "aws_secret_access_key=se/cret+with=signs\n"
    "AWS_Session_Token = token ; not a part of it\n"
    "\n"
    "[work space]\r\n"
    "aws_access_key_id = AKIWORK#not-a-comment\r\n"
    "empty =\n";

static const char config[] = "[default]\n"
			     "region = eu-west-1 # here\n"
			     "aws_access_key_id = AKICONFIG\n"
			     "s3 =\n"
			     "  addressing_style = path\n"
			     "  max_concurrent_requests=20\n"
			     "services = local\n"
			     "[profile 'work space']\n"
			     "region = us-west-2\n"
			     "services = local\n"
			     "[profile role]\n"
			     "role_arn = arn:aws:iam::1:role/x\n"
			     "credential_process = sh -c \"a ; b\" # c\n"
			     "[work]\n"
			     "region = not-a-profile\n"
			     "[services local]\n"
			     "s3 =\n"
			     "   endpoint_url = http://localhost:9000\n"
			     "sts =\n"
			     "   endpoint_url = http://localhost:9001\n"
			     "[sso-session one]\n"
			     "sso_region = x\n";

static struct aws_profiles *
parse(const char *profile)
{
	struct aws_profiles *profiles = NULL;
	struct err err = { 0 };

	if (aws_profiles_parse(profile, bytes_of(credentials), bytes_of(config),
		&profiles, &err) != 0)
		fail_msg("%s", err.message);
	return profiles;
}

static void
values_are_found_in_both_files(void **state)
{
	struct aws_profiles *profiles = parse(NULL);

	(void)state;
	assert_string_equal(aws_profiles_name(profiles), "default");
	assert_false(aws_profiles_is_named(profiles));
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "aws_access_key_id"),
	    "AKIDEFAULT");
	assert_string_equal(
	    aws_profiles_get_in(profiles, NULL, "aws_access_key_id", false),
	    "AKICONFIG");
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "aws_secret_access_key"),
	    "se/cret+with=signs");
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "aws_session_token"), "token");
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "region"), "eu-west-1");
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "s3.addressing_style"), "path");
	assert_null(aws_profiles_get(profiles, NULL, "addressing_style"));
	assert_string_equal(
	    aws_profiles_service(profiles, "s3", "endpoint_url"),
	    "http://localhost:9000");
	assert_string_equal(
	    aws_profiles_service(profiles, "sts", "endpoint_url"),
	    "http://localhost:9001");
	assert_null(aws_profiles_service(profiles, "ec2", "endpoint_url"));
	aws_profiles_free(profiles);
}

static void
a_named_profile_has_its_own(void **state)
{
	struct aws_profiles *profiles = parse("work space");

	(void)state;
	assert_true(aws_profiles_is_named(profiles));
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "aws_access_key_id"),
	    "AKIWORK#not-a-comment");
	assert_string_equal(
	    aws_profiles_get(profiles, NULL, "region"), "us-west-2");
	assert_null(aws_profiles_get(profiles, NULL, "aws_secret_access_key"));
	assert_null(aws_profiles_get(profiles, NULL, "empty"));
	assert_string_equal(aws_profiles_get(profiles, "role", "role_arn"),
	    "arn:aws:iam::1:role/x");
	assert_string_equal(
	    aws_profiles_get(profiles, "role", "credential_process"),
	    "sh -c \"a ; b\" # c");
	assert_true(aws_profiles_has(profiles, "role"));
	/* In the config file a profile's section says so. */
	assert_false(aws_profiles_has(profiles, "work"));
	assert_false(aws_profiles_has(profiles, "local"));
	aws_profiles_free(profiles);
}

static void
a_profile_that_is_nowhere_is_refused(void **state)
{
	struct aws_profiles *profiles = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(aws_profiles_parse("nobody\n", bytes_of(credentials),
			     bytes_of(config), &profiles, &err),
	    -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "nobody\\n"));
}

static void
broken_files_are_refused_without_their_text(void **state)
{
	static const char *const bad[] = { "[default\nsecret = 1\n",
		"secret = 1\n", "[default]\nsecret\n",
		"[default]\n= secret\n" };
	struct buf long_line = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct aws_profiles *profiles = NULL;
		struct err err = { 0 };

		if (aws_profiles_parse(NULL, bytes_of(bad[i]), bytes_of(""),
			&profiles, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, "credentials:"));
		assert_null(strstr(err.message, "secret"));
	}
	buf_add_text(&long_line, "[default]\nname = ");
	for (size_t i = 0; i < 5000; i++)
		buf_add_char(&long_line, 'x');
	for (int i = 0; i < 2; i++) {
		const struct bytes nul = { "[default]\nname = a\0b\n", 21 };
		struct aws_profiles *profiles = NULL;
		struct err err = { 0 };

		assert_int_equal(
		    aws_profiles_parse(NULL, bytes_of(""),
			i == 0 ? buf_bytes(&long_line) : nul, &profiles, &err),
		    -1);
		assert_non_null(strstr(err.message, "config:2: "));
	}
	buf_release(&long_line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_in_both_files),
		cmocka_unit_test(a_named_profile_has_its_own),
		cmocka_unit_test(a_profile_that_is_nowhere_is_refused),
		cmocka_unit_test(broken_files_are_refused_without_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
