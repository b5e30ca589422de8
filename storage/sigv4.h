/*
 * sigv4.h - AWS Signature Version 4 with the Authorization header, as a pure
 * function: the clock is passed in, nothing is read from anywhere.  Rules:
 * facts of the AWS General Reference, "Signature Version 4 signing process";
 * for S3 a path is encoded once and never normalised.
 */
#ifndef STORAGE_SIGV4_H
#define STORAGE_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"

struct http_header;

/*
 * Append bytes as they stand in a URL: all but A-Za-z0-9-._~ become %XX with
 * capital digits; '/' stays where keep_slash is set.
 */
void sigv4_encode(struct bytes text, bool keep_slash, struct buf *out);

/* One parameter of a query, not encoded. */
struct sigv4_parameter {
	struct bytes name;
	struct bytes value;
};

/* Append the query as it must be signed and sent: encoded, in byte order of
 * the encoded names, then values; a missing value keeps its '='. */
void sigv4_query(
    const struct sigv4_parameter *parameters, size_t count, struct buf *out);

/* The value of x-amz-date: 20261125T140500Z. */
#define SIGV4_DATE_MAX 17
void sigv4_date(int64_t now_ms, char out[SIGV4_DATE_MAX]);

struct sigv4_request {
	const char *method;
	const char *path;  /* as on the wire, "/" at least */
	const char *query; /* as sigv4_query makes it, "" for none */
	/* Those to be signed, in any order and case: host, x-amz-date and the
	 * rest.  Values are trimmed and their inner blanks collapsed; those of
	 * one name are joined in the order given. */
	const struct http_header *headers;
	size_t header_count;
	const char *payload_hash; /* lower-case hex, or UNSIGNED-PAYLOAD */
};

struct sigv4_key {
	const char *access_key;
	const char *secret_key;
	const char *region;
	const char *service; /* "s3", "sts" */
};

/* Append the value of the Authorization header.  now_ms must be what
 * x-amz-date was made from. */
void sigv4_sign(const struct sigv4_request *request,
    const struct sigv4_key *key, int64_t now_ms, struct buf *out);

#endif /* STORAGE_SIGV4_H */
