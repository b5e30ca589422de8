/*
 * test_sigv4.c - Signature Version 4 on the examples that Amazon publishes
 * ("Authenticating Requests: Using the Authorization Header"), and its parts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "storage/http.h"
#include "storage/sigv4.h"

#define EMPTY_HASH \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NOW_MS INT64_C(1369353600000) /* 2013-05-24T00:00:00Z */

static const struct sigv4_key example_key = { "AKIAIOSFODNN7EXAMPLE",
	"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3" };

static void
expect_signature(const struct sigv4_request *request, const char *signature)
{
	struct buf out = { 0 };

	sigv4_sign(request, &example_key, NOW_MS, &out);
	if (strstr(buf_text(&out), signature) == NULL)
		fail_msg("%s", buf_text(&out));
	buf_release(&out);
}

static void
the_published_examples_come_out(void **state)
{
	const struct http_header get[] = {
		{ "Host", "examplebucket.s3.amazonaws.com" },
		{ "Range", "bytes=0-9" },
		{ "x-amz-content-sha256", EMPTY_HASH },
		{ "x-amz-date", "20130524T000000Z" }
	};
	const struct http_header list[] = { { "x-amz-date",
						"20130524T000000Z" },
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "x-amz-content-sha256", EMPTY_HASH } };

	(void)state;
	expect_signature(&(struct sigv4_request){ "GET", "/test.txt", "", get,
			     4, EMPTY_HASH },
	    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
	    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c"
	    "6036bdb41");
	expect_signature(&(struct sigv4_request){ "GET", "/",
			     "lifecycle=", list, 3, EMPTY_HASH },
	    "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0"
	    "136783543");
	expect_signature(&(struct sigv4_request){ "GET", "/",
			     "max-keys=2&prefix=J", list, 3, EMPTY_HASH },
	    "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711"
	    "ef69dc6f7");
}

static void
queries_are_encoded_and_sorted(void **state)
{
	const struct sigv4_parameter parameters[] = {
		{ bytes_of("prefix"), bytes_of("a b/c+d") },
		{ bytes_of("list-type"), bytes_of("2") },
		{ bytes_of("uploads"), bytes_of("") },
		{ bytes_of("a"), bytes_of("2") },
		{ bytes_of("a"), bytes_of("1") },
		{ bytes_of("a-b"), bytes_of("\xc3\xa4") },
	};
	struct buf out = { 0 };

	(void)state;
	sigv4_query(parameters, 6, &out);
	assert_string_equal(buf_text(&out),
	    "a=1&a=2&a-b=%C3%A4&list-type=2&prefix=a%20b%2Fc%2Bd&uploads=");
	buf_clear(&out);
	sigv4_query(NULL, 0, &out);
	assert_string_equal(buf_text(&out), "");
	buf_release(&out);
}

static void
only_the_unreserved_stay_as_they_are(void **state)
{
	struct buf out = { 0 };

	(void)state;
	sigv4_encode(bytes_of("azAZ09-._~/ %\x7f\xff"), true, &out);
	assert_string_equal(buf_text(&out), "azAZ09-._~/%20%25%7F%FF");
	buf_clear(&out);
	sigv4_encode((struct bytes){ "a/\0b", 4 }, false, &out);
	assert_string_equal(buf_text(&out), "a%2F%00b");
	buf_release(&out);
}

static void
dates_have_seconds(void **state)
{
	char date[SIGV4_DATE_MAX];

	(void)state;
	sigv4_date(NOW_MS + 999, date);
	assert_string_equal(date, "20130524T000000Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_examples_come_out),
		cmocka_unit_test(queries_are_encoded_and_sorted),
		cmocka_unit_test(only_the_unreserved_stay_as_they_are),
		cmocka_unit_test(dates_have_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
