/*
 * s3parts.h - what the files of the S3 driver share: its state, and one
 * signed request with all that may have to be done about its answer.
 */
#ifndef STORAGE_S3PARTS_H
#define STORAGE_S3PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/hash.h"
#include "storage/credentials.h"
#include "storage/http.h"
#include "storage/s3url.h"
#include "storage/s3xml.h"
#include "storage/sigv4.h"
#include "storage/store.h"

struct s3_settings;

struct s3 {
	struct store store;
	struct arena arena;
	const struct env *env;
	const struct s3_settings *settings;
	struct aws_profiles *profiles;
	struct credential_settings credential_settings;
	struct credential_chain *chain; /* NULL: requests are not signed */
	struct http *http;

	struct s3_place place;
	struct s3_endpoint endpoint;
	bool is_virtual;
	const char *region;
	bool region_corrected;
	bool by_region; /* the endpoint is Amazon's of that region */
	bool fips, dual_stack;
	int64_t skew_ms; /* what the server's clock is ahead of ours */
	bool skew_corrected;
};

/* Fill in endpoint, region and the rest from the settings, the environment and
 * the profile, in that order (facts: AWS SDKs' "service-specific endpoints"
 * and "shared configuration"). */
int s3_configure(struct s3 *s3, struct err *err) MUST_CHECK;

/* The bucket is in another region: sign for it, and go there if the endpoint
 * was chosen by region.  -1 for a text that is no region. */
int s3_move(struct s3 *s3, const char *region) MUST_CHECK;

/* ------------------------------------------------------------ one request */

struct s3_call {
	const char *method;
	const char *key; /* NULL: the bucket */
	const struct sigv4_parameter *parameters;
	size_t parameter_count;
	const struct http_header *headers; /* besides those of every request */
	size_t header_count;
	struct bytes body;
	size_t size_limit; /* of an answer that is an object or a page */
};

/* What is known of an answer that is no success. */
struct s3_trouble {
	int status; /* 0: no whole answer came */
	struct arena arena;
	struct s3_error error;
};

enum s3_verdict {
	S3_DONE,   /* the answer is there, and it is 2xx */
	S3_ANSWER, /* it is there and final: see the trouble */
	S3_AGAIN,  /* it may pass; err says what was */
	S3_FAILED, /* it will not; err says what was */
};

/* How long and how often something has been tried. */
struct s3_tries {
	int64_t deadline_ms; /* of the monotonic clock */
	int64_t begun_ms;
	unsigned int count;
};
void s3_tries_begin(struct s3_tries *tries, const struct s3 *s3);

/*
 * Send it once, or twice where the first answer told what to correct (clock,
 * region, expired credentials).  trouble is filled for S3_ANSWER and S3_AGAIN
 * and then the caller's to release.
 */
enum s3_verdict s3_try(struct s3 *s3, const struct s3_call *call,
    struct http_answer *answer, struct s3_trouble *trouble,
    struct err *err) MUST_CHECK;

/*
 * After S3_AGAIN with why: wait before the next try.  0, or -1 with err when
 * the time is spent (why, and how often it was tried) or we are interrupted.
 */
int s3_wait(struct s3 *s3, struct s3_tries *tries,
    const struct http_answer *answer, const struct s3_trouble *trouble,
    const struct err *why, struct err *err) MUST_CHECK;

/*
 * Send it until it is answered or the time is spent; S3_AGAIN is not returned.
 * S3_FAILED: err says what.
 */
enum s3_verdict s3_exchange(struct s3 *s3, const struct s3_call *call,
    struct http_answer *answer, struct s3_trouble *trouble,
    struct err *err) MUST_CHECK;

void s3_trouble_release(struct s3_trouble *trouble);

/* --------------------------------------------------------- what it means */

/* Will the same request be answered otherwise later?  Pure. */
bool s3_is_passing(int status, const char *code);

/* Does the server ask for fewer requests?  Pure. */
bool s3_is_throttling(int status, const char *code);

/* Say what went wrong, with bucket, key, the server's code, and what to do. */
int s3_fail(const struct s3 *s3, const struct s3_call *call,
    const struct s3_trouble *trouble, struct err *err);

/* The same with the beginning of every message: "PUT s3://bucket/key". */
int s3_fail_as(const struct s3 *s3, const struct s3_call *call,
    enum err_kind kind, struct err *err, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* Prefix a message with what every one begins with; keeps kind and hint. */
int s3_wrap(const struct s3 *s3, const struct s3_call *call, struct err *err);

/* In s3list.c, for its store_ops. */
int s3_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err) MUST_CHECK;

/* In s3put.c: create an object; plain leaves out what the settings add. */
int s3_put_object(struct s3 *s3, const char *key, struct bytes data, bool plain,
    struct err *err) MUST_CHECK;

/* The struct that a store is the first member of. */
struct s3 *s3_of(struct store *store);

#endif /* STORAGE_S3PARTS_H */
