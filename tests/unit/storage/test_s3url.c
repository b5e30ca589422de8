/*
 * test_s3url.c - names of repositories in S3, addresses of servers and
 * objects, and the dates that servers send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "storage/httpdate.h"
#include "storage/s3parts.h"
#include "storage/s3url.h"

static void
a_name_has_a_bucket_and_a_prefix(void **state)
{
	static const struct {
		const char *url;
		const char *bucket;
		const char *prefix;
	} cases[] = { { "s3://backups", "backups", "" },
		{ "s3://backups/", "backups", "" },
		{ "s3://backups/a", "backups", "a/" },
		{ "s3://backups/a/b/", "backups", "a/b/" },
		{ "s3://my.bucket-1/team=x/+@:,~_.-", "my.bucket-1",
		    "team=x/+@:,~_.-/" },
		{ "s3://Old_Style/...", "Old_Style", ".../" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena arena = { 0 };
		struct s3_place place;
		struct err err = { 0 };

		assert_int_equal(
		    s3url_place(cases[i].url, &arena, &place, &err), 0);
		assert_string_equal(place.bucket, cases[i].bucket);
		assert_string_equal(place.prefix, cases[i].prefix);
		arena_release(&arena);
	}
}

static void
a_name_that_is_none_is_refused(void **state)
{
	static const char too_long[] =
	    "s3://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaa";
	static const char *const bad[] = { "s3://", "s3:///", "s3://ab",
		"s3://a b", "s3://-abc", "s3://.abc", "s3://_abc", "s3://b/c\n",
		"s3://bucket//", "s3://bucket//a", "s3://bucket/a//b",
		"s3://bucket/.", "s3://bucket/..", "s3://bucket/a/../b",
		"s3://bucket/./b", "s3://bucket/a b", "s3://bucket/a?b",
		"s3://bucket/\xc3\xa4", "s3://key:secret@bucket/x", too_long };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct arena arena = { 0 };
		struct s3_place place;
		struct err err = { 0 };

		if (s3url_place(bad[i], &arena, &place, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_true(err.hint[0] != '\0');
		arena_release(&arena);
	}
}

static void
an_endpoint_is_a_server(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		const char *base;
		bool tls;
		bool is_aws;
	} cases[] = { { "http://127.0.0.1:9000", "127.0.0.1:9000", "", false,
			  false },
		{ "http://minio:80/", "minio", "", false, false },
		{ "https://minio:443", "minio", "", true, false },
		{ "https://minio:80", "minio:80", "", true, false },
		{ "https://x.example/storage/v1/s3/", "x.example",
		    "/storage/v1/s3", true, false },
		{ "http://[::1]:9000", "[::1]:9000", "", false, false },
		{ "https://s3.eu-west-1.amazonaws.com",
		    "s3.eu-west-1.amazonaws.com", "", true, true },
		{ "https://notamazonaws.com", "notamazonaws.com", "", true,
		    false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena arena = { 0 };
		struct s3_endpoint endpoint;
		struct err err = { 0 };

		assert_int_equal(
		    s3url_endpoint(cases[i].text, &arena, &endpoint, &err), 0);
		assert_int_equal(endpoint.tls, cases[i].tls);
		assert_string_equal(endpoint.host, cases[i].host);
		assert_string_equal(endpoint.base, cases[i].base);
		assert_int_equal(endpoint.is_aws, cases[i].is_aws);
		arena_release(&arena);
	}
}

static void
an_endpoint_that_is_none_is_refused_and_not_shown(void **state)
{
	static const char *const bad[] = { "", "minio:9000", "ftp://minio",
		"http://", "http:///x", "https://user:secret@minio",
		"http://minio?secret=1", "http://minio/#secret",
		"http://secret host" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct arena arena = { 0 };
		struct s3_endpoint endpoint;
		struct err err = { 0 };

		if (s3url_endpoint(bad[i], &arena, &endpoint, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(strstr(err.message, "secret"));
		assert_null(strstr(err.hint, "secret"));
		arena_release(&arena);
	}
}

static void
amazons_endpoints_follow_the_region(void **state)
{
	static const struct {
		const char *region;
		bool fips, dual_stack;
		const char *host;
	} cases[] = {
		{ "us-east-1", false, false, "s3.us-east-1.amazonaws.com" },
		{ "us-gov-west-1", true, false,
		    "s3-fips.us-gov-west-1.amazonaws.com" },
		{ "eu-north-1", false, true,
		    "s3.dualstack.eu-north-1.amazonaws.com" },
		{ "cn-north-1", false, false, "s3.cn-north-1.amazonaws.com.cn" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena arena = { 0 };
		struct s3_endpoint endpoint;

		s3url_aws(cases[i].region, cases[i].fips, cases[i].dual_stack,
		    &arena, &endpoint);
		assert_string_equal(endpoint.host, cases[i].host);
		assert_true(endpoint.tls && endpoint.is_aws);
		arena_release(&arena);
	}
}

static void
the_bucket_stands_in_the_host_where_that_is_safe(void **state)
{
	const struct s3_endpoint aws = { true, "s3.x.amazonaws.com", "", true };
	const struct s3_endpoint own = { true, "minio", "", false };

	(void)state;
	assert_true(s3url_is_virtual(S3_ADDRESS_AUTO, &aws, "backups-1"));
	/* The certificate for *.s3... covers one label. */
	assert_false(s3url_is_virtual(S3_ADDRESS_AUTO, &aws, "my.backups"));
	assert_false(s3url_is_virtual(S3_ADDRESS_AUTO, &aws, "Backups"));
	assert_false(s3url_is_virtual(S3_ADDRESS_AUTO, &own, "backups-1"));
	assert_true(s3url_is_virtual(S3_ADDRESS_VIRTUAL, &own, "backups-1"));
	assert_false(s3url_is_virtual(S3_ADDRESS_PATH, &aws, "backups-1"));
}

static void
an_address_has_all_parts_encoded(void **state)
{
	const struct s3_endpoint endpoint = { true, "minio:9000", "/base",
		false };
	const struct s3_endpoint plain = { false, "minio", "", false };
	const struct s3_place place = { "backups", "team=x/" };
	struct s3_address address = { 0 };

	(void)state;
	s3url_address(&endpoint, false, &place, "a/b.json", "", &address);
	assert_string_equal(buf_text(&address.host), "minio:9000");
	assert_string_equal(
	    buf_text(&address.path), "/base/backups/team%3Dx/a/b.json");
	assert_string_equal(buf_text(&address.url),
	    "https://minio:9000/base/backups/team%3Dx/a/b.json");
	s3url_address(&plain, true, &place, "a", "x=1", &address);
	assert_string_equal(buf_text(&address.host), "backups.minio");
	assert_string_equal(buf_text(&address.path), "/team%3Dx/a");
	assert_string_equal(
	    buf_text(&address.url), "http://backups.minio/team%3Dx/a?x=1");
	s3url_address(&plain, true, &place, NULL, "x=1", &address);
	assert_string_equal(buf_text(&address.path), "/");
	s3url_address(&plain, false, &place, NULL, "x=1", &address);
	assert_string_equal(buf_text(&address.path), "/backups");
	s3_address_release(&address);
}

static void
a_date_of_http_is_read(void **state)
{
	static const char *const bad[] = { "", "now",
		"Wed, 25 Nov 2026 14:05:00 UTC",
		"Wed, 25 Foo 2026 14:05:00 GMT",
		"Wed, 32 Nov 2026 14:05:00 GMT",
		"Wed, 25 Nov 2026 24:61:00 GMT",
		"Wednesday, 25-Nov-26 14:05:00 GMT",
		"Wed,  5 Nov 2026 14:05:00 GMT" };
	int64_t time_ms = 0;

	(void)state;
	assert_true(httpdate_parse("Wed, 25 Nov 2026 14:05:00 GMT", &time_ms));
	assert_true(time_ms == INT64_C(1795615500000));
	assert_true(httpdate_parse("Thu, 01 Jan 1970 00:00:01 GMT", &time_ms));
	assert_true(time_ms == 1000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (httpdate_parse(bad[i], &time_ms))
			fail_msg("%s was taken", bad[i]);
	}
	assert_true(time_ms == 1000);
}

static void
only_what_may_pass_is_tried_again(void **state)
{
	static const struct {
		const char *code;
		int status;
		bool passing;
	} cases[] = { { "", 500, true }, { "", 502, true },
		{ "SlowDown", 503, true }, { "", 504, true }, { "", 408, true },
		{ "", 429, true }, { "ConditionalRequestConflict", 409, true },
		{ "OperationAborted", 409, true },
		{ "RequestTimeout", 400, true }, { "InternalError", 200, true },
		{ "", 400, false }, { "", 401, false },
		{ "AccessDenied", 403, false }, { "NoSuchKey", 404, false },
		{ "BucketAlreadyExists", 409, false },
		{ "PreconditionFailed", 412, false }, { "", 501, false },
		{ "", 505, false }, { "InsufficientStorage", 507, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (s3_is_passing(cases[i].status, cases[i].code) !=
		    cases[i].passing)
			fail_msg("%d %s", cases[i].status, cases[i].code);
	}
	assert_true(s3_is_throttling(503, "SlowDown"));
	assert_true(s3_is_throttling(429, ""));
	assert_false(s3_is_throttling(503, "ServiceUnavailable"));
	assert_false(s3_is_throttling(500, ""));
}

/* What one answer becomes for the operator. */
static void
expect_failure(const char *method, int status, struct s3_error error,
    enum err_kind kind, const char *message, const char *hint)
{
	const struct s3_settings settings = { 0 };
	const struct s3 s3 = { .settings = &settings,
		.place = { "backups", "team/" },
		.endpoint = { true, "minio", "", false },
		.region = "us-east-1" };
	const struct s3_call call = { .method = method, .key = "a/b" };
	const struct s3_trouble trouble = { .status = status, .error = error };
	struct err err = { 0 };

	assert_int_equal(s3_fail(&s3, &call, &trouble, &err), -1);
	assert_int_equal(err.kind, kind);
	assert_non_null(strstr(err.message, "s3://backups/team/a/b"));
	if (strstr(err.message, message) == NULL)
		fail_msg("%s", err.message);
	if (strstr(err.hint, hint) == NULL)
		fail_msg("%s", err.hint);
}

static void
failures_say_what_to_do(void **state)
{
	(void)state;
	expect_failure("PUT", 403,
	    (struct s3_error){ "AccessDenied", "no", "", "" }, ERR_DENIED,
	    "AccessDenied, status 403: no", "s3:PutObject");
	expect_failure("GET", 403,
	    (struct s3_error){ "AccessDenied", "", "", "" }, ERR_DENIED,
	    "AccessDenied, status 403", "s3:GetObject");
	expect_failure("DELETE", 403,
	    (struct s3_error){ "AccessDenied", "", "", "" }, ERR_DENIED,
	    "AccessDenied", "s3:DeleteObject");
	expect_failure("GET", 404, (struct s3_error){ "NoSuchKey", "", "", "" },
	    ERR_NOT_FOUND, "no such object", "");
	expect_failure("GET", 404,
	    (struct s3_error){ "NoSuchBucket", "", "", "" }, ERR_NO_REPO,
	    "NoSuchBucket", "does not create buckets");
	expect_failure("HEAD", 404, (struct s3_error){ "", "", "", "" },
	    ERR_NOT_FOUND, "no such object", "");
	/* Some other server's page must not hide what is there. */
	expect_failure("GET", 404, (struct s3_error){ "", "", "", "" }, ERR_IO,
	    "status 404 from minio", "");
	expect_failure("PUT", 412,
	    (struct s3_error){ "PreconditionFailed", "", "", "" }, ERR_EXISTS,
	    "nothing is overwritten", "");
	expect_failure("GET", 400,
	    (struct s3_error){
		"AuthorizationHeaderMalformed", "", "eu-west-3", "" },
	    ERR_IO, "AuthorizationHeaderMalformed", "--s3-region eu-west-3");
	expect_failure("GET", 403,
	    (struct s3_error){ "SignatureDoesNotMatch", "", "", "" },
	    ERR_DENIED, "SignatureDoesNotMatch", "the secret key is wrong");
	expect_failure("GET", 403, (struct s3_error){ "X", "\x1b[31m", "", "" },
	    ERR_DENIED, "X, status 403: \\u{1b}[31m", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_a_bucket_and_a_prefix),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(an_endpoint_is_a_server),
		cmocka_unit_test(
		    an_endpoint_that_is_none_is_refused_and_not_shown),
		cmocka_unit_test(amazons_endpoints_follow_the_region),
		cmocka_unit_test(
		    the_bucket_stands_in_the_host_where_that_is_safe),
		cmocka_unit_test(an_address_has_all_parts_encoded),
		cmocka_unit_test(a_date_of_http_is_read),
		cmocka_unit_test(only_what_may_pass_is_tried_again),
		cmocka_unit_test(failures_say_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
