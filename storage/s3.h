/*
 * s3.h - the S3 driver: objects in a bucket, below a prefix.  What it promises
 * beyond store.h:
 *
 *   - Every request is signed (Signature Version 4) over the SHA-256 of its
 *     body and carries its length; no chunked upload, no multipart.
 *   - A put says If-None-Match: * where STORE_CAN_EXCLUDE is known; elsewhere
 *     it looks first.  After an unclear answer it looks whether the object is
 *     there and is ours before it tries again.
 *   - What may pass is tried again with full jitter for at most retry_ms;
 *     nothing else is.  A clock that is off is corrected from the server's
 *     date, once; so is a wrong region.
 *   - Only put, get, list and head are needed; remove is for prune.
 *
 * probe without create makes no request.  With it the bucket (which must
 * exist) is tried: an object is put twice below the prefix to see whether the
 * second put is refused, and removed where that is allowed.
 */
#ifndef STORAGE_S3_H
#define STORAGE_S3_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/inifile.h"

struct env;
struct err;
struct log;
struct store;

enum s3_addressing {
	/* The bucket in the host name for AWS' own endpoints where the name
	 * allows it, in the path for all others. */
	S3_ADDRESS_AUTO,
	S3_ADDRESS_PATH,
	S3_ADDRESS_VIRTUAL,
};

/* All texts may be NULL: then the environment, the profile, or S3's default
 * decides.  No secret is in here. */
struct s3_settings {
	const char *endpoint; /* http[s]://host[:port] */
	const char *region;
	const char *profile;
	const char *ca_file;
	enum s3_addressing addressing;
	bool no_sign;

	/* Sent with each object that is put. */
	const char *encryption; /* AES256, aws:kms, aws:kms:dsse */
	const char *kms_key;
	const char *storage_class; /* STANDARD_IA, ... */
	const char *lock_mode;     /* GOVERNANCE, COMPLIANCE */
	int64_t lock_ms;           /* kept so long from now */
	bool legal_hold;

	int64_t retry_ms; /* how long one request may be tried again */
	int64_t stall_ms; /* see http.h */

	inifile_lookup_fn *lookup; /* the environment */
	void *lookup_context;
	const struct log *log; /* may be NULL */
};

/* Open s3://bucket or s3://bucket/prefix.  Makes no request. */
int s3_open(const char *url, const struct s3_settings *settings,
    const struct env *env, struct store **out, struct err *err) MUST_CHECK;

#endif /* STORAGE_S3_H */
