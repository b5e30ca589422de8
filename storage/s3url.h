/*
 * s3url.h - what an s3:// name and the address of a server mean, and the URL
 * of an object.  Pure.
 */
#ifndef STORAGE_S3URL_H
#define STORAGE_S3URL_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "storage/s3.h"

/* s3://bucket/prefix */
struct s3_place {
	const char *bucket;
	const char *prefix; /* of every key: "" or "a/b/" */
};

/*
 * ERR_USAGE for a bucket that is not 3 to 63 of [A-Za-z0-9._-] or a prefix
 * that is not made of [A-Za-z0-9._=+@:,~-] between single slashes.
 */
int s3url_place(const char *url, struct arena *arena, struct s3_place *out,
    struct err *err) MUST_CHECK;

/* A server: https://host:port/base. */
struct s3_endpoint {
	bool tls;
	const char *host; /* with its port, if that is not the usual one */
	const char *base; /* path before the bucket: "" or "/storage/v1" */
	bool is_aws;
};

/* ERR_USAGE for what is no http or https URL, or has a user in it. */
int s3url_endpoint(const char *text, struct arena *arena,
    struct s3_endpoint *out, struct err *err) MUST_CHECK;

/* Amazon's own server of a region. */
void s3url_aws(const char *region, bool fips, bool dual_stack,
    struct arena *arena, struct s3_endpoint *out);

/*
 * Is the bucket a part of the host name?  Automatic: at Amazon's, if the name
 * may be one label of it, which a certificate for *.s3... then covers.
 */
bool s3url_is_virtual(enum s3_addressing addressing,
    const struct s3_endpoint *endpoint, const char *bucket);

/* One address, in the parts that a signature needs. */
struct s3_address {
	struct buf host;
	struct buf path; /* encoded */
	struct buf url;  /* all of it, with the query */
};

/* key may be NULL, for the bucket itself; query is encoded, "" for none.
 * Replaces what is in out. */
void s3url_address(const struct s3_endpoint *endpoint, bool is_virtual,
    const struct s3_place *place, const char *key, const char *query,
    struct s3_address *out);
void s3_address_release(struct s3_address *address);

#endif /* STORAGE_S3URL_H */
