/*
 * sign_requests.c - the signer, for the test that holds it against botocore's.
 *
 * Reads a line of JSON for each request: method, path (base64 of the bytes),
 * query (pairs), headers (pairs), hash, access_key, secret_key, region,
 * service, now_ms.  Writes a line for each: path and query as they are sent,
 * date, authorization.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/encoding.h"
#include "common/xalloc.h"
#include "storage/http.h"
#include "storage/sigv4.h"

static const char *
text_of(const json_t *root, const char *name)
{
	return json_string_value(json_object_get(root, name));
}

static struct bytes
bytes_at(const json_t *pair, size_t index)
{
	const json_t *text = json_array_get(pair, index);

	return (
	    struct bytes){ json_string_value(text), json_string_length(text) };
}

static void
add_path(const json_t *root, struct buf *out)
{
	struct arena arena = { 0 };
	struct bytes path;

	if (!base64_decode(bytes_of(text_of(root, "path")), &arena, &path))
		exit(2);
	buf_add_char(out, '/');
	sigv4_encode(path, true, out);
	arena_release(&arena);
}

static void
add_query(const json_t *root, struct buf *out)
{
	const json_t *pairs = json_object_get(root, "query");
	const size_t count = json_array_size(pairs);
	struct sigv4_parameter *parameters =
	    xcalloc(count, sizeof(*parameters));

	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(pairs, i);

		parameters[i] = (struct sigv4_parameter){ bytes_at(pair, 0),
			bytes_at(pair, 1) };
	}
	sigv4_query(parameters, count, out);
	free(parameters);
}

static struct http_header *
make_headers(const json_t *root, size_t *count)
{
	const json_t *pairs = json_object_get(root, "headers");
	struct http_header *headers;

	*count = json_array_size(pairs);
	headers = xcalloc(*count, sizeof(*headers));
	for (size_t i = 0; i < *count; i++) {
		const json_t *pair = json_array_get(pairs, i);

		headers[i].name = bytes_at(pair, 0).data;
		headers[i].value = bytes_at(pair, 1).data;
	}
	return headers;
}

static void
answer(const json_t *root)
{
	const json_int_t now_ms =
	    json_integer_value(json_object_get(root, "now_ms"));
	const struct sigv4_key key = { text_of(root, "access_key"),
		text_of(root, "secret_key"), text_of(root, "region"),
		text_of(root, "service") };
	struct buf path = { 0 };
	struct buf query = { 0 };
	struct buf authorization = { 0 };
	char date[SIGV4_DATE_MAX];
	size_t count;
	struct http_header *headers = make_headers(root, &count);
	json_t *line;

	add_path(root, &path);
	add_query(root, &query);
	sigv4_date(now_ms, date);
	sigv4_sign(
	    &(struct sigv4_request){ text_of(root, "method"), buf_text(&path),
		buf_text(&query), headers, count, text_of(root, "hash") },
	    &key, now_ms, &authorization);
	line = json_pack("{s:s, s:s, s:s, s:s}", "path", buf_text(&path),
	    "query", buf_text(&query), "date", date, "authorization",
	    buf_text(&authorization));
	(void)json_dumpf(line, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(line);
	buf_release(&path);
	buf_release(&query);
	buf_release(&authorization);
	free(headers);
}

int
main(void)
{
	char *line = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, stdin) > 0) {
		json_t *root = json_loads(line, JSON_ALLOW_NUL, NULL);

		if (root == NULL)
			return 2;
		answer(root);
		json_decref(root);
	}
	free(line);
	return 0;
}
