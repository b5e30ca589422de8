/*
 * sigv4.c - see sigv4.h.  The names of the steps are those of the AWS General
 * Reference: canonical request, string to sign, signing key.
 */
#include "storage/sigv4.h"

#include <stdlib.h>
#include <string.h>

#include "common/encoding.h"
#include "common/hash.h"
#include "common/secret.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "storage/http.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DAY_SIZE 8 /* 20261125 */

/* ---------------------------------------------------------------- encoding */

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

void
sigv4_encode(struct bytes text, bool keep_slash, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.size; i++) {
		const unsigned char byte = (unsigned char)text.data[i];

		if (is_unreserved(text.data[i]) ||
		    (keep_slash && text.data[i] == '/')) {
			buf_add_char(out, text.data[i]);
		} else {
			buf_add_char(out, '%');
			buf_add_char(out, digits[byte >> 4]);
			buf_add_char(out, digits[byte & 15]);
		}
	}
}

struct encoded {
	struct buf name;
	struct buf value;
};

static int
compare_encoded(const void *left, const void *right)
{
	const struct encoded *a = left;
	const struct encoded *b = right;
	const int order =
	    bytes_compare(buf_bytes(&a->name), buf_bytes(&b->name));

	return order != 0
	    ? order
	    : bytes_compare(buf_bytes(&a->value), buf_bytes(&b->value));
}

void
sigv4_query(
    const struct sigv4_parameter *parameters, size_t count, struct buf *out)
{
	struct encoded *all = xcalloc(count, sizeof(*all));

	for (size_t i = 0; i < count; i++) {
		sigv4_encode(parameters[i].name, false, &all[i].name);
		sigv4_encode(parameters[i].value, false, &all[i].value);
	}
	if (count > 1)
		qsort(all, count, sizeof(*all), compare_encoded);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, '&');
		buf_add_bytes(out, buf_bytes(&all[i].name));
		buf_add_char(out, '=');
		buf_add_bytes(out, buf_bytes(&all[i].value));
		buf_release(&all[i].name);
		buf_release(&all[i].value);
	}
	free(all);
}

void
sigv4_date(int64_t now_ms, char out[SIGV4_DATE_MAX])
{
	char text[TIME_KEY_MAX];

	(void)time_format_key(now_ms, text); /* 20261125T140500123Z */
	memcpy(out, text, SIGV4_DATE_MAX - 2);
	out[SIGV4_DATE_MAX - 2] = 'Z';
	out[SIGV4_DATE_MAX - 1] = '\0';
}

/* ------------------------------------------------------- canonical headers */

struct line {
	struct buf name; /* lower case */
	const char *value;
	size_t position; /* as given, to keep the order of one name */
};

static int
compare_lines(const void *left, const void *right)
{
	const struct line *a = left;
	const struct line *b = right;
	const int order =
	    bytes_compare(buf_bytes(&a->name), buf_bytes(&b->name));

	if (order != 0)
		return order;
	return a->position < b->position ? -1 : 1;
}

static char
lower(char c)
{
	if (c < 'A' || c > 'Z')
		return c;
	return (char)((unsigned char)c | 0x20U);
}

static struct line *
sort_headers(const struct sigv4_request *request)
{
	struct line *lines = xcalloc(request->header_count, sizeof(*lines));

	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		for (const char *at = header->name; *at != '\0'; at++)
			buf_add_char(&lines[i].name, lower(*at));
		lines[i].value = header->value;
		lines[i].position = i;
	}
	if (request->header_count > 1)
		qsort(lines, request->header_count, sizeof(*lines),
		    compare_lines);
	return lines;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without blanks at the ends, and one for each run of them inside. */
static void
add_trimmed(struct buf *out, const char *value)
{
	bool blank = false;
	bool begun = false;

	for (; *value != '\0'; value++) {
		if (is_blank(*value)) {
			blank = true;
			continue;
		}
		if (blank && begun)
			buf_add_char(out, ' ');
		buf_add_char(out, *value);
		blank = false;
		begun = true;
	}
}

/* "name:value\n" for each name, and all the names with ';' between. */
static void
add_headers(
    const struct sigv4_request *request, struct buf *headers, struct buf *names)
{
	struct line *lines = sort_headers(request);

	for (size_t i = 0; i < request->header_count; i++) {
		const struct bytes name = buf_bytes(&lines[i].name);
		const bool again =
		    i > 0 && bytes_equal(name, buf_bytes(&lines[i - 1].name));

		if (again) {
			headers->size--; /* the end of the line */
			buf_add_char(headers, ',');
		} else {
			if (i > 0)
				buf_add_char(names, ';');
			buf_add_bytes(names, name);
			buf_add_bytes(headers, name);
			buf_add_char(headers, ':');
		}
		add_trimmed(headers, lines[i].value);
		buf_add_char(headers, '\n');
	}
	for (size_t i = 0; i < request->header_count; i++)
		buf_release(&lines[i].name);
	free(lines);
}

/* ---------------------------------------------------------------- signing */

static void
hash_request(const struct sigv4_request *request, struct buf *names,
    char out[SHA256_HEX_MAX])
{
	struct buf headers = { 0 };
	struct buf text = { 0 };

	add_headers(request, &headers, names);
	buf_add_format(&text, "%s\n%s\n%s\n%s\n%s\n%s", request->method,
	    request->path, request->query, buf_text(&headers), buf_text(names),
	    request->payload_hash);
	(void)sha256_hex(text.data, text.size, out);
	/* The session token is one of the headers. */
	secret_release(&headers);
	secret_release(&text);
}

static void
chain(uint8_t key[SHA256_SIZE], const char *text)
{
	hmac_sha256(key, SHA256_SIZE, text, strlen(text), key);
}

static void
derive_key(
    const struct sigv4_key *key, const char *day, uint8_t out[SHA256_SIZE])
{
	struct buf first = { 0 };

	buf_add_format(&first, "AWS4%s", key->secret_key);
	hmac_sha256(first.data, first.size, day, DAY_SIZE, out);
	secret_release(&first);
	chain(out, key->region);
	chain(out, key->service);
	chain(out, "aws4_request");
}

void
sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key,
    int64_t now_ms, struct buf *out)
{
	char request_hash[SHA256_HEX_MAX];
	char signature[SHA256_HEX_MAX];
	uint8_t digest[SHA256_SIZE];
	char date[SIGV4_DATE_MAX];
	struct buf names = { 0 };
	struct buf scope = { 0 };
	struct buf text = { 0 };

	sigv4_date(now_ms, date);
	hash_request(request, &names, request_hash);
	buf_add_format(&scope, "%.*s/%s/%s/aws4_request", DAY_SIZE, date,
	    key->region, key->service);
	buf_add_format(&text, ALGORITHM "\n%s\n%s\n%s", date, buf_text(&scope),
	    request_hash);
	derive_key(key, date, digest);
	hmac_sha256(digest, sizeof(digest), text.data, text.size, digest);
	hex_encode(digest, sizeof(digest), signature);
	secret_wipe(digest, sizeof(digest));
	buf_add_format(out,
	    ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
	    key->access_key, buf_text(&scope), buf_text(&names), signature);
	buf_release(&names);
	buf_release(&scope);
	buf_release(&text);
}
