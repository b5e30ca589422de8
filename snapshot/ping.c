/* Telling a heartbeat service: see ping.h. */
#include "snapshot/ping.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "storage/http.h"

#define TRIES 3U
#define TRY_MS 5000
#define PAUSE_MS 500
#define PAUSE_MAX_MS 2000
#define ANSWER_MAX ((size_t)64 << 10)

#define STATUS_MANY 429
#define SHOWN_MAX 200

struct ping {
	char *url;
	char *shown;           /* https://host */
	const struct env *env; /* the caller's */
	struct env own;        /* which nobody interrupts */
	struct http_options options;
	struct http *http;
};

/* The failure of a run that was interrupted has to be told, too. */
static bool
never(void *context)
{
	(void)context;
	return false;
}

/* Where the path begins, behind scheme and host; NULL: it is no such URL. */
static const char *
path_of(const char *url)
{
	static const char *const schemes[] = { "http://", "https://" };
	const char *host = NULL;
	size_t size;

	for (size_t at = 0; at < 2; at++)
		if (strncmp(url, schemes[at], strlen(schemes[at])) == 0)
			host = url + strlen(schemes[at]);
	if (host == NULL)
		return NULL;
	for (const char *at = host; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == '#' || *at == '\\')
			return NULL;
	size = strcspn(host, "/?");
	return size == 0 ? NULL : host + size;
}

/* Scheme and host, without a user's name and password. */
static char *
show(const char *url, const char *path)
{
	const char *host = strstr(url, "//") + 2;
	struct buf out = { 0 };
	char shown[SHOWN_MAX];

	buf_add(&out, url, (size_t)(host - url));
	for (const char *at = host; at < path; at++)
		if (*at == '@')
			host = at + 1;
	buf_add(&out, host, (size_t)(path - host));
	(void)utf8_escape_to(buf_bytes(&out), shown, sizeof(shown));
	buf_release(&out);
	return xstrdup(shown);
}

int
ping_new(
    const char *url, const struct env *env, struct ping **out, struct err *err)
{
	const char *path = path_of(url);
	struct ping *ping;

	if (path == NULL) {
		err_set(err, ERR_USAGE,
		    "what is to be pinged is no URL of http or https, or has "
		    "a fragment");
		err_hint(err, "such as https://hc-ping.com/UUID");
		return -1;
	}
	ping = xcalloc(1, sizeof(*ping));
	ping->url = xstrdup(url);
	ping->shown = show(url, path);
	ping->env = env;
	ping->own = *env;
	ping->own.interrupted = never;
	ping->options = (struct http_options){ NULL, TRY_MS, TRY_MS };
	ping->http = http_new(&ping->options, &ping->own);
	*out = ping;
	return 0;
}

void
ping_free(struct ping *ping)
{
	if (ping == NULL)
		return;
	http_free(ping->http);
	secret_free(ping->url);
	free(ping->shown);
	free(ping);
}

static void
add_url(const struct ping *ping, enum ping_event event, struct buf *out)
{
	static const char *const endings[] = { [PING_START] = "/start",
		[PING_SUCCESS] = "",
		[PING_FAIL] = "/fail" };
	const size_t size = strcspn(ping->url, "?");
	size_t kept = size;

	/* URL/ and URL are one check, and URL//start is none. */
	if (event != PING_SUCCESS && kept > 0 && ping->url[kept - 1] == '/')
		kept--;
	buf_add(out, ping->url, kept);
	buf_add_text(out, endings[event]);
	buf_add_text(out, ping->url + size);
}

/* One try; *again: another may help. */
static int
try_once(struct ping *ping, const struct http_request *request, bool *again,
    struct err *err)
{
	struct http_answer answer = { 0 };
	struct err why = { 0 };
	int result = -1;

	if (http_send(ping->http, request, &answer, &why) != 0) {
		*again = err_is_transient(&why);
		/* The client's hints are about options of S3. */
		err_set(err, why.kind, "%s: %s", ping->shown, why.message);
	} else if (answer.status / 100 != 2) {
		*again =
		    answer.status / 100 == 5 || answer.status == STATUS_MANY;
		err_set(err, ERR_UNAVAILABLE, "%s: the answer was %d",
		    ping->shown, answer.status);
	} else {
		result = 0;
	}
	http_answer_release(&answer);
	return result;
}

static int
send_request(struct ping *ping, struct http_request *request, struct err *err)
{
	const int64_t end_ms = env_monotonic_ms(&ping->own) + PING_LIMIT_MS;
	int64_t left_ms = PING_LIMIT_MS;

	for (unsigned int attempt = 0;; attempt++) {
		struct err why = { 0 };
		bool again = false;

		request->timeout_ms = left_ms < TRY_MS ? left_ms : TRY_MS;
		if (try_once(ping, request, &again, &why) == 0)
			return 0;
		if (again && attempt + 1 < TRIES && !env_interrupted(ping->env))
			env_sleep_ms(ping->env,
			    env_backoff_ms(
				ping->env, attempt, PAUSE_MS, PAUSE_MAX_MS));
		left_ms = end_ms - env_monotonic_ms(&ping->own);
		if (!again || attempt + 1 >= TRIES || left_ms <= 0 ||
		    env_interrupted(ping->env)) {
			*err = why;
			return -1;
		}
	}
}

int
ping_send(struct ping *ping, enum ping_event event, struct bytes words,
    struct err *err)
{
	static const struct http_header text = { "Content-Type",
		"text/plain; charset=utf-8" };
	struct buf url = { 0 };
	struct http_request request;
	int result;

	if (words.size > PING_WORDS_MAX)
		words.size = PING_WORDS_MAX;
	add_url(ping, event, &url);
	request = (struct http_request){
		.method = event == PING_FAIL ? "POST" : "GET",
		.url = buf_text(&url),
		.headers = &text,
		.header_count = event == PING_FAIL ? 1 : 0,
		.body = event == PING_FAIL ? words : (struct bytes){ NULL, 0 },
		.size_limit = ANSWER_MAX,
	};
	result = send_request(ping, &request, err);
	secret_release(&url);
	return result;
}
