/*
 * http.h - the one HTTP client of the program, on libcurl.
 *
 * A request is sent exactly as it is given: the URL is on the wire byte for
 * byte (already encoded, no dot segments removed), redirects are not followed,
 * and no header is added but Host, Content-Length, User-Agent and Accept.  So
 * what was signed is what is sent.
 *
 * An answer of any status is a success here.  A failure means that no whole
 * answer came: ERR_UNAVAILABLE where trying again may help (no connection, cut
 * off, stalled, a body shorter than its length), ERR_DENIED for a certificate
 * that is not trusted, ERR_CORRUPT for a body over the limit, ERR_USAGE for a
 * URL or a CA file that cannot be used, ERR_INTERRUPTED.  Messages never hold
 * a header or a body, which may be secret.
 *
 * A client keeps its connections; it serves one thread at a time.
 */
#ifndef STORAGE_HTTP_H
#define STORAGE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct env;
struct http;

struct http_options {
	const char *ca_file; /* PEM; NULL: the system's certificates */
	int64_t connect_ms;  /* to have a connection, TLS included */
	int64_t stall_ms;    /* so long without a byte: the transfer is cut */
};

struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	const char *method; /* GET, PUT, HEAD, DELETE, POST */
	const char *url;
	const struct http_header *headers;
	size_t header_count;
	struct bytes body;  /* of PUT and POST; always with Content-Length */
	size_t size_limit;  /* of the answer's body */
	int64_t timeout_ms; /* for all of it; 0: only as in http_options */
	bool direct;        /* past any proxy: services on the local network */
};

/* All zeroes is an empty one; may be used again and again. */
struct http_answer {
	int status;         /* 200, 404, ... */
	struct buf headers; /* "name: value" lines, each with its NUL */
	struct buf body;
};

/* env and the texts of options must outlive the client. */
struct http *http_new(const struct http_options *options,
    const struct env *env) MUST_CHECK RETURNS_NONNULL;
void http_free(struct http *http);

/* One exchange; the answer replaces what was in out.  Nothing is retried. */
int http_send(struct http *http, const struct http_request *request,
    struct http_answer *out, struct err *err) MUST_CHECK;

/* The value of a header of the answer, any case; NULL if it has none. */
const char *http_answer_header(
    const struct http_answer *answer, const char *name);

/* Of libcurl: "7.88.1". */
const char *http_library_version(void);

void http_answer_release(struct http_answer *answer);

#endif /* STORAGE_HTTP_H */
