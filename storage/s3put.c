/*
 * s3put.c - creating an object.  The answer to a put can be lost while the
 * object was stored, or be an error although it was: before another try, and
 * before giving up, the key is looked at.
 */
#include <string.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "common/env.h"
#include "common/hash.h"
#include "common/timetext.h"
#include "storage/s3.h"
#include "storage/s3parts.h"

/* What we know our own objects by, besides their size. */
#define HASH_HEADER "x-amz-meta-tidemark-sha256"

#define PUT_HEADERS_MAX 10

/* One object on its way. */
struct upload {
	struct s3 *s3;
	struct s3_call call;
	struct http_header headers[PUT_HEADERS_MAX];
	char hash[SHA256_HEX_MAX];
	char until[TIME_RFC3339_MAX];
	struct buf md5;
};

/* --------------------------------------------------------------- headers */

static void
add_header(struct upload *upload, const char *name, const char *value)
{
	upload->headers[upload->call.header_count++] =
	    (struct http_header){ name, value };
}

/* A lock wants a checksum of its own besides the signature's.  Where MD5 is
 * not to be had (FIPS), the newer header is taken. */
static void
add_lock(struct upload *upload)
{
	const struct s3 *s3 = upload->s3;
	const struct s3_settings *settings = s3->settings;
	const struct bytes body = upload->call.body;
	uint8_t digest[SHA256_SIZE];

	if (settings->lock_mode != NULL) {
		add_header(
		    upload, "x-amz-object-lock-mode", settings->lock_mode);
		add_header(upload, "x-amz-object-lock-retain-until-date",
		    time_format(
			env_now_ms(s3->env) + s3->skew_ms + settings->lock_ms,
			upload->until));
	}
	if (settings->legal_hold)
		add_header(upload, "x-amz-object-lock-legal-hold", "ON");
	if (md5_of(body.data, body.size, digest)) {
		base64_encode(
		    &upload->md5, (struct bytes){ (char *)digest, MD5_SIZE });
		add_header(upload, "content-md5", buf_text(&upload->md5));
	} else {
		sha256_of(body.data, body.size, digest);
		base64_encode(&upload->md5,
		    (struct bytes){ (char *)digest, SHA256_SIZE });
		add_header(
		    upload, "x-amz-checksum-sha256", buf_text(&upload->md5));
	}
}

static void
add_settings(struct upload *upload)
{
	const struct s3_settings *settings = upload->s3->settings;

	if (settings->encryption != NULL)
		add_header(upload, "x-amz-server-side-encryption",
		    settings->encryption);
	if (settings->kms_key != NULL)
		add_header(upload,
		    "x-amz-server-side-encryption-aws-kms-key-id",
		    settings->kms_key);
	if (settings->storage_class != NULL)
		add_header(
		    upload, "x-amz-storage-class", settings->storage_class);
	if (settings->lock_mode != NULL || settings->legal_hold)
		add_lock(upload);
}

static void
begin(struct upload *upload, struct s3 *s3, const char *key, struct bytes data,
    bool plain)
{
	*upload = (struct upload){ .s3 = s3,
		.call = { .method = "PUT", .key = key, .body = data } };
	upload->call.headers = upload->headers;
	(void)sha256_hex(data.data, data.size, upload->hash);
	add_header(upload, "content-type", "application/octet-stream");
	add_header(upload, HASH_HEADER, upload->hash);
	if (!plain)
		add_settings(upload);
	/* The last, so that it can be left out. */
	if (store_has(&s3->store, STORE_CAN_EXCLUDE))
		add_header(upload, "if-none-match", "*");
}

/* --------------------------------------------------------------- looking */

enum found {
	FOUND_NOTHING,
	FOUND_OURS,
	FOUND_OTHER,
	FOUND_UNKNOWN, /* could not be told; err says why */
};

/* Some servers keep no metadata: then the bytes themselves are compared. */
static enum found
compare_bytes(struct upload *upload, struct err *err)
{
	const struct store_range whole = { STORE_WHOLE, 0,
		upload->call.body.size };
	struct s3 *s3 = upload->s3;
	struct buf there = { 0 };
	struct err why = { 0 };
	uint64_t size;
	enum found found = FOUND_OTHER;

	if (s3->store.ops->get(&s3->store, upload->call.key, &whole, &there,
		&size, &why) == 0) {
		if (bytes_equal(buf_bytes(&there), upload->call.body))
			found = FOUND_OURS;
	} else if (why.kind != ERR_CORRUPT) { /* that is: larger than ours */
		*err = why;
		found = FOUND_UNKNOWN;
	}
	buf_release(&there);
	return found;
}

/* once: between two puts, which are tried again themselves. */
static enum found
look(struct upload *upload, bool once, struct err *err)
{
	const struct s3_call call = { .method = "HEAD",
		.key = upload->call.key };
	struct http_answer answer = { 0 };
	struct s3_trouble trouble;
	const enum s3_verdict verdict = once
	    ? s3_try(upload->s3, &call, &answer, &trouble, err)
	    : s3_exchange(upload->s3, &call, &answer, &trouble, err);
	enum found found = FOUND_UNKNOWN;

	if (verdict == S3_DONE) {
		const char *hash = http_answer_header(&answer, HASH_HEADER);

		found = hash == NULL ? compare_bytes(upload, err)
		    : strcmp(hash, upload->hash) == 0 ? FOUND_OURS
						      : FOUND_OTHER;
	} else if (verdict == S3_ANSWER && trouble.status == 404) {
		found = FOUND_NOTHING;
	} else if (verdict == S3_ANSWER) {
		(void)s3_fail(upload->s3, &call, &trouble, err);
	}
	s3_trouble_release(&trouble);
	http_answer_release(&answer);
	return found;
}

static int
fail_taken(const struct upload *upload, struct err *err)
{
	return s3_fail_as(upload->s3, &upload->call, ERR_EXISTS, err,
	    "it is there already, and nothing is overwritten");
}

/* -------------------------------------------------------------- the put */

/* The server knows no conditions: then we have to look ourselves. */
static bool
drop_condition(struct upload *upload, const struct s3_trouble *trouble)
{
	struct store *store = &upload->s3->store;

	if (trouble->status != 501 || !store_has(store, STORE_CAN_EXCLUDE))
		return false;
	store->features &= ~(unsigned int)STORE_CAN_EXCLUDE;
	upload->call.header_count--;
	return true;
}

/* What to do after one try: 1 try again, 0 it is there, -1. */
static int
after_unclear(struct upload *upload, struct s3_tries *tries,
    const struct http_answer *answer, const struct s3_trouble *trouble,
    const struct err *why, struct err *err)
{
	struct err spent = { 0 };
	struct err unseen = { 0 };
	const int waited =
	    s3_wait(upload->s3, tries, answer, trouble, why, &spent);

	if (waited != 0 && spent.kind == ERR_INTERRUPTED) {
		*err = spent;
		return -1;
	}
	switch (look(upload, true, &unseen)) {
	case FOUND_OURS:
		return 0;
	case FOUND_OTHER:
		return fail_taken(upload, err);
	case FOUND_NOTHING:
	case FOUND_UNKNOWN:
		break;
	}
	if (waited != 0) {
		*err = spent;
		return -1;
	}
	return 1;
}

/* Some servers store the object, and then find that they cannot lock it. */
static void
look_after_refusal(
    struct upload *upload, const struct s3_trouble *trouble, struct err *err)
{
	const struct s3_settings *settings = upload->s3->settings;
	const bool locks = settings->lock_mode != NULL || settings->legal_hold;
	struct err unseen = { 0 };

	if (trouble->status != 400 || !locks)
		return;
	if (look(upload, true, &unseen) == FOUND_OURS)
		err_hint(err,
		    "the object is there all the same, WITHOUT a lock: was "
		    "the bucket made with object lock?");
	else
		err_hint(err, "was the bucket made with object lock?");
}

static int
after_answer(
    struct upload *upload, const struct s3_trouble *trouble, struct err *err)
{
	if (drop_condition(upload, trouble))
		return 1;
	/* Our own earlier try may be what stands there; so may one that libcurl
	 * or a proxy sent again without a word. */
	if (trouble->status == 412) {
		switch (look(upload, false, err)) {
		case FOUND_OURS:
			return 0;
		case FOUND_UNKNOWN:
			return -1;
		case FOUND_OTHER:
		case FOUND_NOTHING:
			break;
		}
	}
	(void)s3_fail(upload->s3, &upload->call, trouble, err);
	look_after_refusal(upload, trouble, err);
	return -1;
}

static int
put_conditionally(struct upload *upload, struct err *err)
{
	struct http_answer answer = { 0 };
	struct s3_tries tries;
	int result = 1;

	s3_tries_begin(&tries, upload->s3);
	while (result == 1) {
		struct err why = { 0 };
		struct s3_trouble trouble;

		switch (s3_try(
		    upload->s3, &upload->call, &answer, &trouble, &why)) {
		case S3_DONE:
			result = 0;
			break;
		case S3_ANSWER:
			result = after_answer(upload, &trouble, err);
			break;
		case S3_AGAIN:
			result = after_unclear(
			    upload, &tries, &answer, &trouble, &why, err);
			break;
		case S3_FAILED:
			*err = why;
			result = -1;
			break;
		}
		s3_trouble_release(&trouble);
	}
	http_answer_release(&answer);
	return result;
}

int
s3_put_object(struct s3 *s3, const char *key, struct bytes data, bool plain,
    struct err *err)
{
	struct upload upload;
	int result = -1;

	begin(&upload, s3, key, data, plain);
	if (!store_has(&s3->store, STORE_CAN_EXCLUDE)) {
		switch (look(&upload, false, err)) {
		case FOUND_OURS:
		case FOUND_OTHER:
			(void)fail_taken(&upload, err);
			goto out;
		case FOUND_UNKNOWN:
			goto out;
		case FOUND_NOTHING:
			break;
		}
	}
	result = put_conditionally(&upload, err);
out:
	buf_release(&upload.md5);
	return result;
}
