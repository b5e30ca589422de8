/*
 * test_s3xml.c - S3's documents: those of real servers, and those that no
 * server should send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "storage/s3xml.h"
#include "storage/xmlwalk.h"

#define LIMIT 10

static void
errors_of_servers_are_read(void **state)
{
	static const char amazon[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>"
	    "AuthorizationHeaderMalformed</Code><Message>wrong &amp; so"
	    "</Message><Region>eu-west-1</Region><RequestId>ABC</RequestId>"
	    "<HostId>x</HostId></Error>";
	static const char other[] =
	    "<Error xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
	    "<Resource><Code>not this</Code></Resource><Code>NoSuchKey</Code>"
	    "</Error>";
	struct arena arena = { 0 };
	struct s3_error error;

	(void)state;
	assert_true(s3xml_error(bytes_of(amazon), &arena, &error));
	assert_string_equal(error.code, "AuthorizationHeaderMalformed");
	assert_string_equal(error.message, "wrong & so");
	assert_string_equal(error.region, "eu-west-1");
	assert_string_equal(error.request_id, "ABC");
	assert_true(s3xml_error(bytes_of(other), &arena, &error));
	assert_string_equal(error.code, "NoSuchKey");
	assert_string_equal(error.message, "");
	arena_release(&arena);
}

static void
what_is_no_error_document_is_none(void **state)
{
	static const char *const texts[] = { "", "<", "not found",
		"<html><body>404</body></html>", "<Error>", "<Error></Other>",
		"<ErrorX></ErrorX>", "<Error/><Error/>",
		"<!DOCTYPE Error [<!ENTITY a \"b\">]><Error>&a;</Error>",
		"<Error>&unknown;</Error>", "<Error>\xff</Error>" };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct s3_error error;

		if (s3xml_error(bytes_of(texts[i]), &arena, &error))
			fail_msg("%s was taken", texts[i]);
		assert_string_equal(error.code, "");
	}
	arena_release(&arena);
}

static int
read_page(const char *inner, struct arena *arena, struct s3_page *page,
    struct err *err)
{
	struct buf text = { 0 };
	int result;

	buf_add_format(&text,
	    "<?xml version=\"1.0\"?><ListBucketResult xmlns="
	    "\"http://s3.amazonaws.com/doc/2006-03-01/\">%s"
	    "</ListBucketResult>",
	    inner);
	result = s3xml_page(buf_bytes(&text), LIMIT, arena, page, err);
	buf_release(&text);
	return result;
}

static void
pages_are_one_list_in_order(void **state)
{
	static const char inner[] =
	    "<Name>bucket</Name><Prefix>a</Prefix><IsTruncated>true"
	    "</IsTruncated><Contents><Key>a/1</Key><Size>7</Size><Owner>"
	    "<ID>x</ID></Owner></Contents><Contents><Key>a/3&amp;</Key><Size>"
	    "9223372036854775807</Size></Contents><CommonPrefixes><Prefix>a/2/"
	    "</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a/4/</Prefix>"
	    "</CommonPrefixes><NextContinuationToken>t+/=</"
	    "NextContinuationToken><Contents><Key>a/5</Key><Size>0</Size>"
	    "</Contents>";
	static const char *const keys[] = { "a/1", "a/2/", "a/3&", "a/4/",
		"a/5" };
	struct arena arena = { 0 };
	struct s3_page page;
	struct err err = { 0 };

	(void)state;
	if (read_page(inner, &arena, &page, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(page.count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(page.entries[i].key, keys[i]);
		assert_int_equal(page.entries[i].is_prefix, i % 2);
	}
	assert_true(page.entries[2].size == INT64_MAX);
	assert_string_equal(page.next, "t+/=");
	s3_page_release(&page);
	assert_int_equal(read_page("<IsTruncated>false</IsTruncated>"
				   "<NextContinuationToken>t"
				   "</NextContinuationToken>",
			     &arena, &page, &err),
	    0);
	assert_null(page.next);
	assert_int_equal(page.count, 0);
	s3_page_release(&page);
	arena_release(&arena);
}

#define ENTRY(key, size) \
	"<Contents><Key>" key "</Key><Size>" size "</Size></Contents>"

static void
pages_that_could_hide_something_are_refused(void **state)
{
	static const char *const bad[] = { /* not the last, and no way on */
		"<IsTruncated>true</IsTruncated>",
		"<IsTruncated>true</IsTruncated><NextContinuationToken/>",
		/* out of order, twice */
		ENTRY("b", "1") ENTRY("a", "1"),
		ENTRY("a", "1") ENTRY("a", "1"),
		"<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"
		"<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>",
		/* without its parts */
		"<Contents><Size>1</Size></Contents>",
		"<Contents><Key>a</Key></Contents>", ENTRY("", "1"),
		"<CommonPrefixes></CommonPrefixes>",
		/* no numbers */
		ENTRY("a", ""), ENTRY("a", "-1"), ENTRY("a", "1x"),
		ENTRY("a", "9223372036854775808"),
		/* more than was asked for */
		ENTRY("a", "1") ENTRY("b", "1") ENTRY("c", "1") ENTRY("d", "1")
		    ENTRY("e", "1") ENTRY("f", "1") ENTRY("g", "1") ENTRY("h",
			"1") ENTRY("i", "1") ENTRY("j", "1") ENTRY("k", "1"),
		"<Contents>", "</ListBucketResult><ListBucketResult>",
		"<a><b><c><d><e><f><g><h/></g></f></e></d></c></b></a>"
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct s3_page page;
		struct err err = { 0 };

		if (read_page(bad[i], &arena, &page, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_null(page.entries);
	}
	arena_release(&arena);
}

static void
long_texts_and_names_are_refused(void **state)
{
	struct arena arena = { 0 };
	struct s3_page page;
	struct err err = { 0 };
	struct buf inner = { 0 };

	(void)state;
	buf_add_text(&inner, "<Name>");
	for (size_t i = 0; i < XMLWALK_TEXT; i++)
		buf_add_char(&inner, 'x');
	buf_add_text(&inner, "</Name>");
	assert_int_equal(read_page(buf_text(&inner), &arena, &page, &err), 0);
	s3_page_release(&page);
	buf_clear(&inner);
	buf_add_text(&inner, "<Name>");
	for (size_t i = 0; i <= XMLWALK_TEXT; i++)
		buf_add_char(&inner, 'x');
	buf_add_text(&inner, "</Name>");
	assert_int_equal(read_page(buf_text(&inner), &arena, &page, &err), -1);
	buf_clear(&inner);
	buf_add_char(&inner, '<');
	for (size_t i = 0; i < 100; i++)
		buf_add_char(&inner, 'x');
	buf_add_text(&inner, "/>");
	err = (struct err){ 0 };
	assert_int_equal(read_page(buf_text(&inner), &arena, &page, &err), -1);
	buf_release(&inner);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_of_servers_are_read),
		cmocka_unit_test(what_is_no_error_document_is_none),
		cmocka_unit_test(pages_are_one_list_in_order),
		cmocka_unit_test(pages_that_could_hide_something_are_refused),
		cmocka_unit_test(long_texts_and_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
