/*
 * s3.c - see s3.h: opening, reading, looking, removing, probing.  Creating is
 * in s3put.c, listing in s3list.c, one request in s3request.c.
 */
#include "storage/s3.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "common/parsenum.h"
#include "common/xalloc.h"
#include "storage/awsprofile.h"
#include "storage/credentials.h"
#include "storage/s3parts.h"

#define CONNECT_MS INT64_C(10000)

/* Where a probe writes, below the repository's own prefix. */
#define PROBE_FOLDER "probe/"

#define RANGE_TEXT_MAX 64

struct s3 *
s3_of(struct store *store)
{
	/* The common struct is the first member. */
	return (struct s3 *)(void *)store;
}

/* ---------------------------------------------------------------- reading */

/* Where an object's part is, as the server says: "bytes 3-6/10". */
struct content_range {
	int64_t first;
	int64_t last;
	int64_t size; /* of the object */
};

static bool
take_char(const char **at, const char *end, char wanted)
{
	if (*at == end || **at != wanted)
		return false;
	(*at)++;
	return true;
}

static bool
parse_content_range(const char *text, struct content_range *out)
{
	static const char unit[] = "bytes ";
	const char *end = text + strlen(text);
	const char *at = text + sizeof(unit) - 1;

	return strncmp(text, unit, sizeof(unit) - 1) == 0 &&
	    parse_i64_prefix(&at, end, &out->first) &&
	    take_char(&at, end, '-') &&
	    parse_i64_prefix(&at, end, &out->last) &&
	    take_char(&at, end, '/') &&
	    parse_i64_prefix(&at, end, &out->size) && at == end &&
	    out->first >= 0 && out->first <= out->last && out->last < out->size;
}

/* The Range header that asks for it; "" for all. */
static void
format_range(const struct store_range *range, char out[RANGE_TEXT_MAX])
{
	out[0] = '\0';
	if (range->part == STORE_RANGE)
		(void)snprintf(out, RANGE_TEXT_MAX,
		    "bytes=%" PRIu64 "-%" PRIu64, range->from,
		    range->from + (range->size - 1));
	else if (range->part == STORE_END)
		(void)snprintf(out, RANGE_TEXT_MAX, "bytes=-%zu", range->size);
}

/* Is what came what was asked for?  *object_size is of the whole. */
static int
check_part(const struct s3 *s3, const struct s3_call *call,
    const struct store_range *range, const struct http_answer *answer,
    uint64_t *object_size, struct err *err)
{
	const char *text = http_answer_header(answer, "content-range");
	struct content_range part;
	uint64_t wanted;

	if (answer->status == 200 && range->part != STORE_RANGE) {
		/* All of it: no more than was asked for, or by the limit. */
		*object_size = answer->body.size;
		return 0;
	}
	if (answer->status != 206 || text == NULL ||
	    !parse_content_range(text, &part) ||
	    (uint64_t)(part.last - part.first) + 1 != answer->body.size)
		return s3_fail_as(s3, call, ERR_UNSUPPORTED, err,
		    "%s does not answer to a range as S3 does",
		    s3->endpoint.host);
	*object_size = (uint64_t)part.size;
	wanted = range->part == STORE_END && range->size > *object_size
	    ? *object_size
	    : range->size;
	if (range->part == STORE_RANGE &&
	    (*object_size < range->from ||
		*object_size - range->from < range->size))
		return s3_fail_as(s3, call, ERR_CORRUPT, err,
		    "the object ends before byte %" PRIu64,
		    range->from + range->size);
	if (answer->body.size != wanted ||
	    (uint64_t)part.first !=
		(range->part == STORE_END ? *object_size - wanted
					  : range->from))
		return s3_fail_as(s3, call, ERR_CORRUPT, err,
		    "the server sent another range than was asked for");
	return 0;
}

/* 416: the object has no byte of the range; no byte at all has none at its
 * end. */
static int
fail_range(const struct s3 *s3, const struct s3_call *call,
    const struct store_range *range, const struct http_answer *answer,
    uint64_t *object_size, struct err *err)
{
	if (range->part != STORE_END)
		return s3_fail_as(s3, call, ERR_CORRUPT, err,
		    "the object ends before byte %" PRIu64,
		    range->from + range->size);
	(void)answer;
	*object_size = 0;
	return 0;
}

static void
move_body(struct http_answer *answer, struct buf *out)
{
	if (out->size > 0) {
		buf_add_bytes(out, buf_bytes(&answer->body));
		return;
	}
	buf_release(out);
	*out = answer->body;
	answer->body = (struct buf){ 0 };
}

static int
s3_get(struct store *store, const char *key, const struct store_range *range,
    struct buf *out, uint64_t *object_size, struct err *err)
{
	struct s3 *s3 = s3_of(store);
	char text[RANGE_TEXT_MAX];
	const struct http_header header = { "range", text };
	const struct s3_call call = { .method = "GET",
		.key = key,
		.headers = &header,
		.header_count = range->part == STORE_WHOLE ? 0 : 1,
		.size_limit = range->size };
	struct http_answer answer = { 0 };
	struct s3_trouble trouble;
	int result = -1;

	format_range(range, text);
	switch (s3_exchange(s3, &call, &answer, &trouble, err)) {
	case S3_DONE:
		if (range->part == STORE_WHOLE &&
		    answer.body.size > range->size)
			(void)s3_fail_as(s3, &call, ERR_CORRUPT, err,
			    "the object has more than the %zu bytes it may "
			    "have",
			    range->size);
		else
			result = check_part(
			    s3, &call, range, &answer, object_size, err);
		if (result == 0)
			move_body(&answer, out);
		break;
	case S3_ANSWER:
		result = trouble.status == 416
		    ? fail_range(s3, &call, range, &answer, object_size, err)
		    : s3_fail(s3, &call, &trouble, err);
		break;
	case S3_AGAIN:
	case S3_FAILED:
		break;
	}
	s3_trouble_release(&trouble);
	http_answer_release(&answer);
	return result;
}

/* ---------------------------------------------------------------- looking */

/* An answer to HEAD has no text: what is wrong is asked again with GET. */
static int
ask_again(struct store *store, const char *key, uint64_t *size, struct err *err)
{
	const struct store_range last = { STORE_END, 0, 1 };
	struct buf ignored = { 0 };
	const int result = s3_get(store, key, &last, &ignored, size, err);

	buf_release(&ignored);
	return result;
}

static bool
parse_length(const struct http_answer *answer, uint64_t *out)
{
	const char *text = http_answer_header(answer, "content-length");
	int64_t size;

	if (text == NULL || !parse_i64(bytes_of(text), 0, INT64_MAX, &size))
		return false;
	*out = (uint64_t)size;
	return true;
}

static int
s3_stat(struct store *store, const char *key, uint64_t *size, struct err *err)
{
	struct s3 *s3 = s3_of(store);
	const struct s3_call call = { .method = "HEAD", .key = key };
	struct http_answer answer = { 0 };
	struct s3_trouble trouble;
	const enum s3_verdict verdict =
	    s3_exchange(s3, &call, &answer, &trouble, err);
	int result = -1;

	if (verdict == S3_DONE && parse_length(&answer, size))
		result = 0;
	else if (verdict == S3_DONE || verdict == S3_ANSWER)
		result = ask_again(store, key, size, err);
	s3_trouble_release(&trouble);
	http_answer_release(&answer);
	return result;
}

/* --------------------------------------------------------------- removing */

static int
s3_remove(struct store *store, const char *key, struct err *err)
{
	struct s3 *s3 = s3_of(store);
	const struct s3_call call = { .method = "DELETE", .key = key };
	struct http_answer answer = { 0 };
	struct s3_trouble trouble;
	int result = -1;

	switch (s3_exchange(s3, &call, &answer, &trouble, err)) {
	case S3_DONE:
		result = 0;
		break;
	case S3_ANSWER:
		if (trouble.status == 404 &&
		    strcmp(trouble.error.code, "NoSuchBucket") != 0)
			result = 0;
		else
			(void)s3_fail(s3, &call, &trouble, err);
		break;
	case S3_AGAIN:
	case S3_FAILED:
		break;
	}
	s3_trouble_release(&trouble);
	http_answer_release(&answer);
	return result;
}

/* ---------------------------------------------------------------- probing */

/* Put an object twice: is the second put refused?  Conditions are taken for
 * working until the server shows that they do not. */
static int
try_exclusion(struct s3 *s3, const char *key, struct err *err)
{
	struct store *store = &s3->store;
	struct err second = { 0 };
	bool refused;

	store->features |= STORE_CAN_EXCLUDE;
	if (s3_put_object(s3, key, bytes_of("first"), true, err) != 0)
		return -1;
	/* The server said that it knows no conditions. */
	if (!store_has(store, STORE_CAN_EXCLUDE))
		return 0;
	refused =
	    s3_put_object(s3, key, bytes_of("second"), true, &second) != 0;
	if (refused && second.kind != ERR_EXISTS) {
		*err = second;
		return -1;
	}
	if (!refused)
		store->features &= ~(unsigned int)STORE_CAN_EXCLUDE;
	return 0;
}

static int
s3_probe(struct store *store, bool create, struct err *err)
{
	struct s3 *s3 = s3_of(store);
	char key[sizeof(PROBE_FOLDER) + ENV_ID_MAX];
	char id[ENV_ID_MAX];
	struct err kept = { 0 };

	if (!create)
		return 0;
	env_id(s3->env, id);
	(void)snprintf(key, sizeof(key), "%s%s", PROBE_FOLDER, id);
	if (try_exclusion(s3, key, err) != 0)
		return -1;
	if (s3_remove(store, key, &kept) != 0)
		log_info(s3->settings->log, "%s was left behind: %s", key,
		    kept.message);
	return 0;
}

static int
s3_put(struct store *store, const char *key, const void *data, size_t size,
    struct err *err)
{
	const struct bytes bytes = { data, size };

	return s3_put_object(s3_of(store), key, bytes, false, err);
}

/* ---------------------------------------------------------------- opening */

static void
s3_free(struct store *store)
{
	struct s3 *s3 = s3_of(store);

	credential_chain_free(s3->chain);
	http_free(s3->http);
	aws_profiles_free(s3->profiles);
	arena_release(&s3->arena);
	free(store->name);
	free(s3);
}

static const struct store_ops s3_ops = {
	.scheme = "s3",
	.put = s3_put,
	.get = s3_get,
	.list = s3_list,
	.stat = s3_stat,
	.remove = s3_remove,
	.probe = s3_probe,
	.free = s3_free,
};

static void
connect(struct s3 *s3)
{
	const struct s3_settings *settings = s3->settings;
	const char *bundle =
	    settings->lookup(settings->lookup_context, "AWS_CA_BUNDLE");
	const struct http_options options = {
		.ca_file = settings->ca_file != NULL ? settings->ca_file
		    : bundle != NULL && bundle[0] != '\0'
		    ? bundle
		    : aws_profiles_get(s3->profiles, NULL, "ca_bundle"),
		.connect_ms = CONNECT_MS,
		.stall_ms = settings->stall_ms,
	};
	const struct credential_settings chain = {
		.profiles = s3->profiles,
		.lookup = settings->lookup,
		.lookup_context = settings->lookup_context,
		.region = s3->region,
		.env = s3->env,
		.log = settings->log,
	};

	s3->http = http_new(&options, s3->env);
	s3->credential_settings = chain;
	s3->credential_settings.http = s3->http;
	if (!settings->no_sign)
		s3->chain = credential_chain_new(&s3->credential_settings);
}

int
s3_open(const char *url, const struct s3_settings *settings,
    const struct env *env, struct store **out, struct err *err)
{
	struct s3 *s3 = xcalloc(1, sizeof(*s3));

	s3->store.ops = &s3_ops;
	s3->store.name = xstrdup(url);
	s3->env = env;
	s3->settings = settings;
	if (s3url_place(url, &s3->arena, &s3->place, err) != 0 ||
	    s3_configure(s3, err) != 0) {
		s3_free(&s3->store);
		return -1;
	}
	connect(s3);
	*out = &s3->store;
	return 0;
}
