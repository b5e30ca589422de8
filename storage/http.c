/*
 * http.c - see http.h.  One easy handle is used again and again, so that
 * libcurl keeps its connections; everything else about it is set for each
 * request.
 */
#include "storage/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/env.h"
#include "common/utf8.h"
#include "common/xalloc.h"

/* Larger bodies wait for the server's word first, so that a refusal costs
 * nothing (RFC 9110, 10.1.1). */
#define EXPECT_SIZE ((size_t)1 << 20)

/* All headers of an answer. */
#define HEADERS_MAX ((size_t)64 << 10)

#define SHOWN_MAX 400

struct http {
	CURL *curl;
	struct http_options options;
	const struct env *env;
	char why[CURL_ERROR_SIZE];
};

/* One exchange under way. */
struct exchange {
	struct http *http;
	const struct http_request *request;
	struct http_answer *answer;
	size_t sent;        /* of the body */
	bool headers_ended; /* their empty line came */
	bool too_large;
};

static void
start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		xdie("libcurl cannot start");
}

struct http *
http_new(const struct http_options *options, const struct env *env)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *http = xcalloc(1, sizeof(*http));

	if (pthread_once(&once, start_curl) != 0)
		xdie("libcurl cannot start");
	http->curl = curl_easy_init();
	if (http->curl == NULL)
		xdie("libcurl cannot start");
	http->options = *options;
	http->env = env;
	return http;
}

void
http_free(struct http *http)
{
	if (http == NULL)
		return;
	curl_easy_cleanup(http->curl);
	free(http);
}

/* ---------------------------------------------------- libcurl's callbacks */

/* Bytes of the request's body. */
static size_t
give_body(char *into, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	const struct bytes *body = &exchange->request->body;
	size_t part = size * count;

	if (part > body->size - exchange->sent)
		part = body->size - exchange->sent;
	if (part > 0)
		memcpy(into, body->data + exchange->sent, part);
	exchange->sent += part;
	return part;
}

/* libcurl begins again, on a connection that the server had closed. */
static int
rewind_body(void *context, curl_off_t offset, int origin)
{
	struct exchange *exchange = context;

	if (origin != SEEK_SET || offset < 0 ||
	    (size_t)offset > exchange->request->body.size)
		return CURL_SEEKFUNC_FAIL;
	exchange->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct buf *body = &exchange->answer->body;
	const size_t part = size * count;

	if (part > exchange->request->size_limit - body->size) {
		exchange->too_large = true;
		return 0;
	}
	buf_add(body, data, part);
	return part;
}

/* One line, its end included.  A new status line begins a new answer: what
 * came before was 100 Continue, or a proxy's. */
static size_t
take_header(char *data, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct buf *headers = &exchange->answer->headers;
	const size_t whole = size * count;
	size_t part = whole;

	if (part >= 5 && memcmp(data, "HTTP/", 5) == 0)
		buf_clear(headers);
	while (part > 0 && (data[part - 1] == '\n' || data[part - 1] == '\r'))
		part--;
	exchange->headers_ended = part == 0;
	if (part > HEADERS_MAX - headers->size) {
		exchange->too_large = true;
		return 0;
	}
	buf_add(headers, data, part);
	buf_add_char(headers, '\0');
	return whole;
}

static int
watch(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	const struct exchange *exchange = context;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	return env_interrupted(exchange->http->env) ? 1 : 0;
}

/* ------------------------------------------------------------ one request */

static struct curl_slist *
add_line(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (longer == NULL)
		xdie("out of memory");
	return longer;
}

static struct curl_slist *
make_headers(const struct http_request *request)
{
	struct curl_slist *list = NULL;
	struct buf line = { 0 };

	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		buf_clear(&line);
		/* libcurl sends a header without a value only in this form. */
		buf_add_format(&line,
		    header->value[0] == '\0' ? "%s;" : "%s: ", header->name);
		buf_add_text(&line, header->value);
		list = add_line(list, buf_text(&line));
	}
	if (request->body.size < EXPECT_SIZE)
		list = add_line(list, "Expect:");
	buf_release(&line);
	return list;
}

/* libcurl fails to set an option only without memory, or when it was built
 * without what the option is about. */
static void
must(CURLcode code)
{
	if (code != CURLE_OK)
		xdie("libcurl lacks what tidemark needs");
}

static void
set_method(CURL *curl, struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	const curl_off_t size = (curl_off_t)request->body.size;

	if (strcmp(request->method, "HEAD") == 0) {
		must(curl_easy_setopt(curl, CURLOPT_NOBODY, 1L));
	} else if (strcmp(request->method, "PUT") == 0) {
		must(curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L));
		must(curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, size));
	} else if (strcmp(request->method, "POST") == 0) {
		must(curl_easy_setopt(curl, CURLOPT_POST, 1L));
		must(curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, size));
	} else {
		must(curl_easy_setopt(
		    curl, CURLOPT_CUSTOMREQUEST, request->method));
	}
	must(curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body));
	must(curl_easy_setopt(curl, CURLOPT_READDATA, exchange));
	must(curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_body));
	must(curl_easy_setopt(curl, CURLOPT_SEEKDATA, exchange));
}

/* libcurl's clock for stalls has whole seconds. */
static long
seconds_of(int64_t duration_ms)
{
	const int64_t seconds = (duration_ms + 999) / 1000;

	return seconds < 1 ? 1L : (long)seconds;
}

static void
set_limits(CURL *curl, const struct exchange *exchange)
{
	const struct http_options *options = &exchange->http->options;

	must(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(
	    curl, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms));
	must(curl_easy_setopt(
	    curl, CURLOPT_TIMEOUT_MS, (long)exchange->request->timeout_ms));
	must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L));
	must(curl_easy_setopt(
	    curl, CURLOPT_LOW_SPEED_TIME, seconds_of(options->stall_ms)));
	must(curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L));
	must(curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch));
	must(curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange));
}

static void
set_connection(CURL *curl, struct exchange *exchange)
{
	const struct http_options *options = &exchange->http->options;

	must(curl_easy_setopt(curl, CURLOPT_URL, exchange->request->url));
	must(curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L));
	must(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https"));
	must(curl_easy_setopt(
	    curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
	must(curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L));
	must(curl_easy_setopt(curl, CURLOPT_USERAGENT, "tidemark"));
	if (exchange->request->direct)
		must(curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"));
	if (options->ca_file != NULL)
		must(curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file));
	must(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->http->why));
	must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body));
	must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange));
	must(curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header));
	must(curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange));
}

static enum err_kind
kind_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_ABORTED_BY_CALLBACK:
		return ERR_INTERRUPTED;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ENGINE_NOTFOUND:
		return ERR_USAGE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
		return ERR_DENIED;
	default:
		return ERR_UNAVAILABLE;
	}
}

static int
fail_transfer(const struct exchange *exchange, CURLcode code, struct err *err)
{
	const struct http *http = exchange->http;
	const char *text =
	    http->why[0] != '\0' ? http->why : curl_easy_strerror(code);
	char shown[SHOWN_MAX];

	if (exchange->too_large)
		return err_set(err, ERR_CORRUPT,
		    "the answer has more than the %zu bytes it may have",
		    exchange->request->size_limit);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	(void)err_set(err, kind_of(code), "%s",
	    utf8_escape_to(bytes_of(text), shown, sizeof(shown)));
	if (code == CURLE_SSL_CONNECT_ERROR)
		err_hint(err,
		    "does the server speak TLS at that port? without, it is "
		    "http://...");
	else if (code == CURLE_COULDNT_RESOLVE_HOST)
		err_hint(err, "check the name, and this machine's DNS");
	else if (kind_of(code) == ERR_DENIED)
		err_hint(err,
		    "name the certificates that the server is trusted by "
		    "with --s3-ca-file FILE");
	return -1;
}

int
http_send(struct http *http, const struct http_request *request,
    struct http_answer *out, struct err *err)
{
	struct exchange exchange = { http, request, out, 0, false, false };
	struct curl_slist *headers = make_headers(request);
	long status = 0;
	CURLcode code;

	buf_clear(&out->headers);
	buf_clear(&out->body);
	out->status = 0;
	http->why[0] = '\0';
	curl_easy_reset(http->curl);
	set_connection(http->curl, &exchange);
	set_method(http->curl, &exchange);
	set_limits(http->curl, &exchange);
	must(curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers));
	code = curl_easy_perform(http->curl);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return fail_transfer(&exchange, code, err);
	/* To libcurl an answer that is cut here has no further headers. */
	if (!exchange.headers_ended)
		return err_set(err, ERR_UNAVAILABLE,
		    "the answer was cut off in its headers");
	must(curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status));
	out->status = (int)status;
	return 0;
}

const char *
http_answer_header(const struct http_answer *answer, const char *name)
{
	const size_t size = strlen(name);
	const char *line = answer->headers.data;
	const char *end = line + answer->headers.size;

	for (; line != NULL && line < end; line += strlen(line) + 1) {
		const char *value = line + size + 1;

		if (strncasecmp(line, name, size) != 0 || line[size] != ':')
			continue;
		return value + strspn(value, " \t");
	}
	return NULL;
}

const char *
http_library_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}

void
http_answer_release(struct http_answer *answer)
{
	buf_release(&answer->headers);
	buf_release(&answer->body);
}
