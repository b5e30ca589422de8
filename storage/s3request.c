/*
 * s3request.c - one signed request, what can be corrected after its answer,
 * and trying again.
 */
#include <string.h>

#include "common/buf.h"
#include "common/duration.h"
#include "common/env.h"
#include "common/log.h"
#include "common/parsenum.h"
#include "storage/credentials.h"
#include "storage/httpdate.h"
#include "storage/s3.h"
#include "storage/s3parts.h"

/* Exponential with full jitter ("Exponential Backoff And Jitter", AWS
 * Architecture Blog): from 0 to BASE times 2^n, at most CAP. */
#define BASE_MS INT64_C(100)
#define THROTTLED_BASE_MS INT64_C(1000)
#define CAP_MS INT64_C(20000)

/* Waits shorter than this are nobody's concern. */
#define QUIET_MS INT64_C(1000)

/* What an answer may have that is no object: an error document. */
#define ERROR_SIZE_MAX ((size_t)64 << 10)

/* Headers of every request, and the most that a call adds. */
#define OWN_HEADERS 5
#define CALL_HEADERS_MAX 12

/* Clock, region, credentials: each at most once in a call. */
#define CORRECTIONS_MAX 3

/* ---------------------------------------------------------------- signing */

/* One request as it goes out; the texts of its headers are in here. */
struct outgoing {
	struct s3_address address;
	struct buf query;
	struct buf authorization;
	char date[SIGV4_DATE_MAX];
	char body_hash[SHA256_HEX_MAX];
	struct http_header headers[OWN_HEADERS + CALL_HEADERS_MAX];
	size_t header_count;
};

static void
add_header(struct outgoing *out, const char *name, const char *value)
{
	out->headers[out->header_count++] = (struct http_header){ name, value };
}

/* The first headers are signed, the last one is the signature. */
static int
sign(struct s3 *s3, const struct s3_call *call, struct outgoing *out,
    struct err *err)
{
	const int64_t now_ms = env_now_ms(s3->env) + s3->skew_ms;
	const struct credentials *credentials = NULL;
	struct sigv4_request request = { .method = call->method,
		.path = buf_text(&out->address.path),
		.query = buf_text(&out->query),
		.headers = out->headers,
		.payload_hash = out->body_hash };
	struct sigv4_key key = { .region = s3->region, .service = "s3" };

	if (credential_chain_get(s3->chain, &credentials, err) != 0)
		return -1;
	sigv4_date(now_ms, out->date);
	add_header(out, "x-amz-date", out->date);
	if (credentials->session_token != NULL)
		add_header(
		    out, "x-amz-security-token", credentials->session_token);
	request.header_count = out->header_count;
	key.access_key = credentials->access_key;
	key.secret_key = credentials->secret_key;
	sigv4_sign(&request, &key, now_ms, &out->authorization);
	add_header(out, "authorization", buf_text(&out->authorization));
	return 0;
}

/* The host is signed but not sent: libcurl writes that header itself. */
static int
prepare(struct s3 *s3, const struct s3_call *call, struct outgoing *out,
    struct err *err)
{
	sigv4_query(call->parameters, call->parameter_count, &out->query);
	s3url_address(&s3->endpoint, s3->is_virtual, &s3->place, call->key,
	    buf_text(&out->query), &out->address);
	(void)sha256_hex(call->body.data, call->body.size, out->body_hash);
	add_header(out, "host", buf_text(&out->address.host));
	for (size_t i = 0; i < call->header_count; i++)
		add_header(out, call->headers[i].name, call->headers[i].value);
	add_header(out, "x-amz-content-sha256", out->body_hash);
	return s3->chain == NULL ? 0 : sign(s3, call, out, err);
}

static int
send_once(struct s3 *s3, const struct s3_call *call, struct http_answer *answer,
    struct err *err)
{
	struct outgoing out = { 0 };
	const size_t limit = call->size_limit > ERROR_SIZE_MAX
	    ? call->size_limit
	    : ERROR_SIZE_MAX;
	int result = prepare(s3, call, &out, err);

	if (result == 0) {
		const struct http_request request = {
			.method = call->method,
			.url = buf_text(&out.address.url),
			.headers = out.headers + 1,
			.header_count = out.header_count - 1,
			.body = call->body,
			.size_limit = limit,
		};

		result = http_send(s3->http, &request, answer, err);
	}
	if (result != 0)
		(void)s3_wrap(s3, call, err);
	buf_release(&out.query);
	buf_release(&out.authorization);
	s3_address_release(&out.address);
	return result;
}

/* --------------------------------------------------------------- judging */

/* May the body of a success be an error all the same?  Our own objects are
 * never sent as XML. */
static bool
may_be_error(const struct s3_call *call, const struct http_answer *answer)
{
	const char *type = http_answer_header(answer, "content-type");

	if (answer->body.size == 0)
		return false;
	return strcmp(call->method, "GET") != 0 ||
	    (type != NULL && strstr(type, "xml") != NULL);
}

static void
read_trouble(const struct http_answer *answer, struct s3_trouble *trouble)
{
	struct s3_error *error = &trouble->error;
	const char *region = http_answer_header(answer, "x-amz-bucket-region");

	trouble->status = answer->status;
	if (!s3xml_error(buf_bytes(&answer->body), &trouble->arena, error))
		*error = (struct s3_error){ "", "", "", "" };
	if (error->region[0] == '\0' && region != NULL)
		error->region = arena_text(&trouble->arena, region);
}

/* Does the answer stop short of saying where it ends?  Then a cut one looks
 * whole. */
static bool
is_endless(const struct s3_call *call, const struct http_answer *answer)
{
	return strcmp(call->method, "GET") == 0 &&
	    http_answer_header(answer, "content-length") == NULL &&
	    http_answer_header(answer, "transfer-encoding") == NULL;
}

static enum s3_verdict
judge(struct s3 *s3, const struct s3_call *call,
    const struct http_answer *answer, struct s3_trouble *trouble,
    struct err *err)
{
	const bool good = answer->status >= 200 && answer->status < 300;

	log_debug(s3->settings->log, "%s s3://%s/%s%s: status %d", call->method,
	    s3->place.bucket, s3->place.prefix,
	    call->key != NULL ? call->key : "", answer->status);
	if (good && is_endless(call, answer)) {
		(void)s3_fail_as(s3, call, ERR_UNAVAILABLE, err,
		    "the answer does not say how long it is");
		return S3_AGAIN;
	}
	if (good && !may_be_error(call, answer))
		return S3_DONE;
	read_trouble(answer, trouble);
	if (good && trouble->error.code[0] == '\0')
		return S3_DONE;
	if (!s3_is_passing(trouble->status, trouble->error.code))
		return S3_ANSWER;
	(void)s3_fail(s3, call, trouble, err);
	return S3_AGAIN;
}

/* ------------------------------------------------------------ correcting */

static bool
correct_clock(struct s3 *s3, const struct s3_trouble *trouble,
    const struct http_answer *answer)
{
	const char *date = http_answer_header(answer, "date");
	char shown[DURATION_TEXT_MAX];
	int64_t server_ms;

	if (strcmp(trouble->error.code, "RequestTimeTooSkewed") != 0 ||
	    s3->skew_corrected || date == NULL ||
	    !httpdate_parse(date, &server_ms))
		return false;
	s3->skew_ms = server_ms - env_now_ms(s3->env);
	s3->skew_corrected = true;
	log_warn(s3->settings->log,
	    "the clock of this machine differs from that of %s by %s; requests "
	    "are signed with the server's time",
	    s3->endpoint.host, duration_format(s3->skew_ms, shown));
	return true;
}

static bool
correct_region(struct s3 *s3, const struct s3_trouble *trouble)
{
	const char *region = trouble->error.region;

	if (s3->region_corrected || region[0] == '\0' ||
	    strcmp(region, s3->region) == 0 || s3_move(s3, region) != 0)
		return false;
	s3->region_corrected = true;
	log_info(s3->settings->log, "the bucket %s is in region %s",
	    s3->place.bucket, s3->region);
	return true;
}

static bool
renew_credentials(struct s3 *s3, const struct s3_trouble *trouble)
{
	const char *code = trouble->error.code;

	return s3->chain != NULL &&
	    (strcmp(code, "ExpiredToken") == 0 ||
		strcmp(code, "ExpiredTokenException") == 0 ||
		strcmp(code, "InvalidToken") == 0 ||
		strcmp(code, "TokenRefreshRequired") == 0) &&
	    credential_chain_expire(s3->chain);
}

static bool
correct(struct s3 *s3, const struct s3_trouble *trouble,
    const struct http_answer *answer)
{
	return correct_clock(s3, trouble, answer) ||
	    correct_region(s3, trouble) || renew_credentials(s3, trouble);
}

enum s3_verdict
s3_try(struct s3 *s3, const struct s3_call *call, struct http_answer *answer,
    struct s3_trouble *trouble, struct err *err)
{
	enum s3_verdict verdict;

	*trouble = (struct s3_trouble){ .error = { "", "", "", "" } };
	for (int corrections = 0;; corrections++) {
		if (send_once(s3, call, answer, err) != 0)
			return err->kind == ERR_UNAVAILABLE ? S3_AGAIN
							    : S3_FAILED;
		verdict = judge(s3, call, answer, trouble, err);
		if (verdict != S3_ANSWER || corrections == CORRECTIONS_MAX ||
		    !correct(s3, trouble, answer))
			return verdict;
		s3_trouble_release(trouble);
	}
}

/* ---------------------------------------------------------- trying again */

void
s3_tries_begin(struct s3_tries *tries, const struct s3 *s3)
{
	tries->count = 0;
	tries->begun_ms = env_monotonic_ms(s3->env);
	tries->deadline_ms = tries->begun_ms + s3->settings->retry_ms;
}

static int64_t
random_below(const struct env *env, int64_t limit)
{
	uint64_t number;

	env->random(env->context, &number, sizeof(number));
	return (int64_t)(number % ((uint64_t)limit + 1));
}

/* Seconds, the only form that S3 uses; -1 for none. */
static int64_t
retry_after_ms(const struct http_answer *answer)
{
	const char *text = http_answer_header(answer, "retry-after");
	int64_t seconds;

	if (text == NULL ||
	    !parse_i64(bytes_of(text), 0, INT64_C(86400), &seconds))
		return -1;
	return seconds * 1000;
}

static int64_t
pause_ms(const struct s3 *s3, unsigned int count,
    const struct http_answer *answer, const struct s3_trouble *trouble)
{
	const int64_t wanted_ms = retry_after_ms(answer);
	int64_t limit_ms =
	    s3_is_throttling(trouble->status, trouble->error.code)
	    ? THROTTLED_BASE_MS
	    : BASE_MS;
	int64_t chosen_ms;

	for (unsigned int i = 0; i < count && limit_ms < CAP_MS; i++)
		limit_ms *= 2;
	if (limit_ms > CAP_MS)
		limit_ms = CAP_MS;
	chosen_ms = random_below(s3->env, limit_ms);
	return chosen_ms > wanted_ms ? chosen_ms : wanted_ms;
}

static int
give_up(const struct s3 *s3, const struct s3_tries *tries,
    const struct err *why, struct err *err)
{
	char shown[DURATION_TEXT_MAX];

	*err = *why;
	if (tries->count == 0)
		return -1;
	err->message[0] = '\0';
	(void)err_set(err, why->kind, "%s; tried %u times in %s", why->message,
	    tries->count + 1,
	    duration_format(
		env_monotonic_ms(s3->env) - tries->begun_ms, shown));
	if (why->hint[0] != '\0')
		err_hint(err, "%s", why->hint);
	return -1;
}

int
s3_wait(struct s3 *s3, struct s3_tries *tries, const struct http_answer *answer,
    const struct s3_trouble *trouble, const struct err *why, struct err *err)
{
	const struct log *log = s3->settings->log;
	const int64_t wait_ms = pause_ms(s3, tries->count, answer, trouble);
	char shown[DURATION_TEXT_MAX];

	if (env_monotonic_ms(s3->env) + wait_ms >= tries->deadline_ms)
		return give_up(s3, tries, why, err);
	(void)duration_format(wait_ms, shown);
	if (wait_ms < QUIET_MS)
		log_info(log, "%s; trying again in %s", why->message, shown);
	else
		log_warn(log, "%s; trying again in %s", why->message, shown);
	env_sleep_ms(s3->env, wait_ms);
	tries->count++;
	if (env_interrupted(s3->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	return 0;
}

enum s3_verdict
s3_exchange(struct s3 *s3, const struct s3_call *call,
    struct http_answer *answer, struct s3_trouble *trouble, struct err *err)
{
	struct s3_tries tries;

	s3_tries_begin(&tries, s3);
	for (;;) {
		struct err why = { 0 };
		const enum s3_verdict verdict =
		    s3_try(s3, call, answer, trouble, &why);
		int waited;

		if (verdict == S3_FAILED)
			*err = why;
		if (verdict != S3_AGAIN)
			return verdict;
		waited = s3_wait(s3, &tries, answer, trouble, &why, err);
		s3_trouble_release(trouble);
		if (waited != 0)
			return S3_FAILED;
	}
}
