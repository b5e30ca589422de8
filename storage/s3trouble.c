/*
 * s3trouble.c - what an answer that is no success means: whether it may pass,
 * and what to tell the operator.
 */
#include <stdarg.h>
#include <string.h>

#include "common/utf8.h"
#include "storage/s3parts.h"

#define SHOWN_MAX 300

/* Codes that pass, whatever their status.  Source: the error responses that
 * the AWS SDKs retry, and botocore's retry tables. */
static const char *const passing[] = { "RequestTimeout",
	"RequestTimeoutException", "InternalError", "SlowDown", "Throttling",
	"ThrottlingException", "ThrottledException", "RequestThrottled",
	"RequestThrottledException", "TooManyRequestsException",
	"RequestLimitExceeded", "BandwidthLimitExceeded",
	"LimitExceededException", "PriorRequestNotComplete", "OperationAborted",
	"ConditionalRequestConflict", "ServiceUnavailable", "RequestCanceled" };

static const char *const throttling[] = { "SlowDown", "Throttling",
	"ThrottlingException", "ThrottledException", "RequestThrottled",
	"RequestThrottledException", "TooManyRequestsException",
	"RequestLimitExceeded", "BandwidthLimitExceeded",
	"LimitExceededException" };

static bool
is_one_of(const char *code, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(code, list[i]) == 0)
			return true;
	}
	return false;
}

bool
s3_is_passing(int status, const char *code)
{
	if (status == 408 || status == 429 || status == 500 || status == 502 ||
	    status == 503 || status == 504)
		return true;
	return is_one_of(code, passing, sizeof(passing) / sizeof(*passing));
}

bool
s3_is_throttling(int status, const char *code)
{
	return status == 429 ||
	    is_one_of(
		code, throttling, sizeof(throttling) / sizeof(*throttling));
}

/* What is known about one code. */
struct meaning {
	const char *code;
	enum err_kind kind;
	const char *hint; /* NULL: none, or made elsewhere */
};

static const struct meaning meanings[] = {
	{ "NoSuchKey", ERR_NOT_FOUND, NULL },
	{ "NoSuchBucket", ERR_NO_REPO,
	    "check the name and --s3-endpoint; tidemark does not create "
	    "buckets" },
	{ "PreconditionFailed", ERR_EXISTS, NULL },
	{ "InvalidAccessKeyId", ERR_DENIED,
	    "the server does not know this access key: check which "
	    "credentials are in force, and --s3-endpoint" },
	{ "XAdminUserNotFound", ERR_DENIED, /* versitygw */
	    "the server does not know this access key: check which "
	    "credentials are in force, and --s3-endpoint" },
	{ "SignatureDoesNotMatch", ERR_DENIED,
	    "the secret key is wrong, or a proxy changed the request" },
	{ "ExpiredToken", ERR_DENIED,
	    "the session has expired: get new credentials" },
	{ "ExpiredTokenException", ERR_DENIED,
	    "the session has expired: get new credentials" },
	{ "InvalidToken", ERR_DENIED,
	    "the session token is wrong or has expired: get new "
	    "credentials" },
	{ "RequestTimeTooSkewed", ERR_DENIED,
	    "the clocks of this machine and of the server differ too much" },
	{ "NotImplemented", ERR_UNSUPPORTED,
	    "the server lacks this feature of S3" },
	{ "InvalidStorageClass", ERR_USAGE, "see --s3-storage-class" },
	{ "InsufficientStorage", ERR_IO, "the server has no space left" },
	{ "QuotaExceeded", ERR_IO, "the server's quota is used up" },
};

static const struct meaning *
meaning_of(const char *code)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		if (strcmp(code, meanings[i].code) == 0)
			return &meanings[i];
	}
	return NULL;
}

int
s3_fail_as(const struct s3 *s3, const struct s3_call *call, enum err_kind kind,
    struct err *err, const char *format, ...)
{
	char text[ERR_MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(err, kind, "%s s3://%s/%s%s: %s", call->method,
	    s3->place.bucket, s3->place.prefix,
	    call->key != NULL ? call->key : "", text);
}

int
s3_wrap(const struct s3 *s3, const struct s3_call *call, struct err *err)
{
	return err_wrap(err, "%s s3://%s/%s%s", call->method, s3->place.bucket,
	    s3->place.prefix, call->key != NULL ? call->key : "");
}

/* The right that a call needs, as policies name it. */
static const char *
right_of(const struct s3_call *call)
{
	if (call->key == NULL)
		return "s3:ListBucket";
	if (strcmp(call->method, "PUT") == 0)
		return "s3:PutObject";
	if (strcmp(call->method, "DELETE") == 0)
		return "s3:DeleteObject";
	return "s3:GetObject";
}

static void
add_hint(const struct s3 *s3, const struct s3_call *call,
    const struct s3_trouble *trouble, struct err *err)
{
	const struct meaning *meaning = meaning_of(trouble->error.code);

	if (meaning != NULL && meaning->hint != NULL)
		err_hint(err, "%s", meaning->hint);
	else if (trouble->error.region[0] != '\0')
		err_hint(err,
		    "the bucket's region is %s, not %s: "
		    "--s3-region %s",
		    trouble->error.region, s3->region, trouble->error.region);
	else if (trouble->status == 301 || trouble->status == 307)
		err_hint(err,
		    "the bucket is elsewhere: check --s3-region and "
		    "--s3-endpoint");
	else if ((trouble->status == 401 || trouble->status == 403) &&
	    s3->settings->no_sign)
		err_hint(err,
		    "with --no-sign only what is public can be used: give "
		    "credentials, or check that the bucket lets everyone do "
		    "this");
	else if (trouble->status == 401 || trouble->status == 403)
		err_hint(err, "these credentials lack the right %s here",
		    right_of(call));
}

static enum err_kind
kind_of(const struct s3_call *call, const struct s3_trouble *trouble)
{
	const struct meaning *meaning = meaning_of(trouble->error.code);
	const bool has_text = strcmp(call->method, "HEAD") != 0;

	if (meaning != NULL)
		return meaning->kind;
	if (s3_is_passing(trouble->status, trouble->error.code))
		return ERR_UNAVAILABLE;
	switch (trouble->status) {
	case 301:
	case 307:
		return ERR_USAGE;
	case 401:
	case 403:
		return ERR_DENIED;
	case 404:
		/* Without a code it is some other server's: to believe it
		 * would be to take what is there for missing. */
		return has_text ? ERR_IO : ERR_NOT_FOUND;
	case 412:
		return ERR_EXISTS;
	default:
		return ERR_IO;
	}
}

int
s3_fail(const struct s3 *s3, const struct s3_call *call,
    const struct s3_trouble *trouble, struct err *err)
{
	const enum err_kind kind = kind_of(call, trouble);
	const struct s3_error *error = &trouble->error;
	char code[SHOWN_MAX];
	char message[SHOWN_MAX];

	(void)utf8_escape_to(bytes_of(error->code), code, sizeof(code));
	(void)utf8_escape_to(
	    bytes_of(error->message), message, sizeof(message));
	if (kind == ERR_NOT_FOUND)
		(void)s3_fail_as(
		    s3, call, kind, err, "there is no such object");
	else if (kind == ERR_EXISTS)
		(void)s3_fail_as(s3, call, kind, err,
		    "it is there already, and nothing is overwritten");
	else if (code[0] == '\0' && strcmp(call->method, "HEAD") != 0)
		(void)s3_fail_as(s3, call, kind, err,
		    "status %d from %s, without an error of S3 in it",
		    trouble->status, s3->endpoint.host);
	else
		(void)s3_fail_as(s3, call, kind, err, "%s%sstatus %d%s%s", code,
		    code[0] != '\0' ? ", " : "", trouble->status,
		    message[0] != '\0' ? ": " : "", message);
	add_hint(s3, call, trouble, err);
	return -1;
}

void
s3_trouble_release(struct s3_trouble *trouble)
{
	arena_release(&trouble->arena);
	*trouble = (struct s3_trouble){ 0 };
}
