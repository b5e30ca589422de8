/*
 * credsts.c - AWS Security Token Service: AssumeRole and
 * AssumeRoleWithWebIdentity (API of 2011-06-15), as forms posted to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "storage/awsprofile.h"
#include "storage/credparts.h"
#include "storage/http.h"
#include "storage/s3url.h"
#include "storage/sigv4.h"
#include "storage/xmlwalk.h"

#define ANSWER_SIZE_MAX ((size_t)64 << 10)
#define TOKEN_SIZE_MAX ((size_t)64 << 10)
#define TIMEOUT_MS INT64_C(10000)
#define ATTEMPTS 3
#define PAUSE_BASE_MS INT64_C(200)
#define PAUSE_CAP_MS INT64_C(2000)

#define PARAMETERS_MAX 8
#define HEADERS_MAX 5
#define SHOWN_MAX 200
#define NUMBER_MAX 40

struct form {
	struct sigv4_parameter parameters[PARAMETERS_MAX];
	size_t count;
};

static void
add_field(struct form *form, const char *name, const char *value)
{
	if (value != NULL)
		form->parameters[form->count++] =
		    (struct sigv4_parameter){ bytes_of(name), bytes_of(value) };
}

static bool
is_true(const char *text)
{
	return text != NULL && strcasecmp(text, "true") == 0;
}

/* The server that is configured, or NULL. */
static const char *
configured_endpoint(const struct credential_settings *settings)
{
	const char *names[] = { "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL" };
	const char *text;

	if (is_true(cred_variable(
		settings, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) ||
	    is_true(aws_profiles_get(
		settings->profiles, NULL, "ignore_configured_endpoint_urls")))
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		text = cred_variable(settings, names[i]);
		if (text != NULL)
			return text;
	}
	text = aws_profiles_service(settings->profiles, "sts", "endpoint_url");
	return text != NULL
	    ? text
	    : aws_profiles_get(settings->profiles, NULL, "endpoint_url");
}

static int
find_endpoint(const struct credential_settings *settings, struct arena *arena,
    struct s3_endpoint *out, struct err *err)
{
	const char *text = configured_endpoint(settings);
	const char *region = settings->region;

	if (text != NULL) {
		if (s3url_endpoint(text, arena, out, err) == 0)
			return 0;
		return err_set(err, ERR_USAGE,
		    "the endpoint of STS is no URL of a server");
	}
	*out = (struct s3_endpoint){ true, "sts.amazonaws.com", "", true };
	if (region != NULL)
		out->host = arena_format(arena, "sts.%s.amazonaws.com%s",
		    region, strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
	return 0;
}

/* --------------------------------------------------------------- one request
 */

struct post {
	const struct credential_settings *settings;
	const struct keys *signer; /* NULL: not signed */
	struct s3_endpoint endpoint;
	struct buf url;
	struct buf path;
	struct buf body;
	struct buf authorization;
	char date[SIGV4_DATE_MAX];
	struct http_header headers[HEADERS_MAX];
	size_t header_count;
};

static void
add_header(struct post *post, const char *name, const char *value)
{
	post->headers[post->header_count++] =
	    (struct http_header){ name, value };
}

static void
sign(struct post *post)
{
	const int64_t now_ms = env_now_ms(post->settings->env);
	const struct sigv4_key key = { post->signer->access_key,
		post->signer->secret_key,
		post->settings->region != NULL ? post->settings->region
					       : "us-east-1",
		"sts" };
	char hash[SHA256_HEX_MAX];
	struct sigv4_request request = { "POST", buf_text(&post->path), "",
		post->headers, 0, hash };

	(void)sha256_hex(post->body.data, post->body.size, hash);
	sigv4_date(now_ms, post->date);
	add_header(post, "x-amz-date", post->date);
	if (post->signer->session_token != NULL)
		add_header(
		    post, "x-amz-security-token", post->signer->session_token);
	request.header_count = post->header_count;
	buf_clear(&post->authorization);
	sigv4_sign(&request, &key, now_ms, &post->authorization);
	add_header(post, "authorization", buf_text(&post->authorization));
}

/* Matches xmlwalk_fn: the code of an error. */
static const char *
take_code(const char *path, const char *text, void *context)
{
	char *code = context;

	if (strcmp(path, "/ErrorResponse/Error/Code") == 0)
		(void)utf8_escape_to(bytes_of(text), code, SHOWN_MAX);
	return NULL;
}

static int
fail_answer(const struct http_answer *answer, struct err *err)
{
	char code[SHOWN_MAX] = "";

	/* Whatever else is in it, its code is told. */
	if (xmlwalk(buf_bytes(&answer->body), "ErrorResponse", take_code,
		code) != NULL)
		code[0] = '\0';
	return err_set(err,
	    answer->status >= 500 || answer->status == 429 ? ERR_UNAVAILABLE
							   : ERR_DENIED,
	    "%s%sstatus %d", code, code[0] != '\0' ? ", " : "", answer->status);
}

static int
send_once(struct post *post, struct http_answer *answer, struct err *err)
{
	struct http_request request = { .method = "POST",
		.url = buf_text(&post->url),
		.body = buf_bytes(&post->body),
		.size_limit = ANSWER_SIZE_MAX,
		.timeout_ms = TIMEOUT_MS };

	post->header_count = 0;
	/* libcurl writes the host itself, so it is signed and not sent. */
	add_header(post, "host", post->endpoint.host);
	add_header(post, "content-type",
	    "application/x-www-form-urlencoded; charset=utf-8");
	if (post->signer != NULL)
		sign(post);
	request.headers = post->headers + 1;
	request.header_count = post->header_count - 1;
	if (http_send(post->settings->http, &request, answer, err) != 0)
		return -1;
	return answer->status == 200 ? 0 : fail_answer(answer, err);
}

/* With the tries that a passing trouble deserves. */
static int
send_form(
    struct post *post, const char *root, struct keys *out, struct err *err)
{
	const struct env *env = post->settings->env;
	struct http_answer answer = { 0 };
	int result = -1;

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		struct err why = { 0 };

		result = send_once(post, &answer, &why);
		if (result == 0 || why.kind != ERR_UNAVAILABLE ||
		    i + 1 == ATTEMPTS) {
			if (result != 0)
				*err = why;
			break;
		}
		env_sleep_ms(
		    env, env_backoff_ms(env, i, PAUSE_BASE_MS, PAUSE_CAP_MS));
	}
	if (result == 0)
		result =
		    cred_parse_sts(buf_bytes(&answer.body), root, out, err);
	secret_release(&answer.body);
	http_answer_release(&answer);
	return result;
}

static int
post_form(const struct credential_settings *settings, const struct form *form,
    const struct keys *signer, const char *root, struct keys *out,
    struct err *err)
{
	struct post post = { .settings = settings, .signer = signer };
	struct arena arena = { 0 };
	int result = find_endpoint(settings, &arena, &post.endpoint, err);

	if (result == 0) {
		buf_add_format(&post.path, "%s/", post.endpoint.base);
		buf_add_format(&post.url, "http%s://%s%s",
		    post.endpoint.tls ? "s" : "", post.endpoint.host,
		    buf_text(&post.path));
		sigv4_query(form->parameters, form->count, &post.body);
		result = send_form(&post, root, out, err);
		if (result != 0)
			(void)err_wrap(err, "STS at %s", post.endpoint.host);
	}
	buf_release(&post.url);
	buf_release(&post.path);
	secret_release(&post.body);
	buf_release(&post.authorization);
	arena_release(&arena);
	return result;
}

/* -------------------------------------------------------------- two actions */

static void
begin_form(const struct credential_settings *settings, const char *action,
    const struct role *role, char name[NUMBER_MAX], struct form *form)
{
	(void)snprintf(name, NUMBER_MAX, "tidemark-%lld",
	    (long long)(env_now_ms(settings->env) / 1000));
	add_field(form, "Action", action);
	add_field(form, "Version", "2011-06-15");
	add_field(form, "RoleArn", role->arn);
	add_field(form, "RoleSessionName",
	    role->session_name != NULL ? role->session_name : name);
	add_field(form, "DurationSeconds", role->duration_seconds);
}

static int
fail_role(const struct role *role, struct err *err)
{
	char shown[SHOWN_MAX];

	return err_wrap(err, "assuming the role %s",
	    utf8_escape_to(bytes_of(role->arn), shown, sizeof(shown)));
}

int
cred_assume_role(const struct credential_settings *settings,
    const struct role *role, const struct keys *source, struct keys *out,
    struct err *err)
{
	struct form form = { 0 };
	char name[NUMBER_MAX];

	begin_form(settings, "AssumeRole", role, name, &form);
	add_field(&form, "ExternalId", role->external_id);
	if (post_form(
		settings, &form, source, "AssumeRoleResponse", out, err) != 0)
		return fail_role(role, err);
	return 0;
}

int
cred_assume_web(const struct credential_settings *settings,
    const struct role *role, const char *token_file, struct keys *out,
    struct err *err)
{
	struct form form = { 0 };
	char name[NUMBER_MAX];
	struct buf token = { 0 };
	int result = -1;

	if (file_read(token_file, TOKEN_SIZE_MAX, &token, err) != 0) {
		(void)err_wrap(err, "the web identity token");
		err->kind = ERR_DENIED;
	} else {
		while (token.size > 0 &&
		    strchr("\r\n \t", token.data[token.size - 1]) != NULL)
			token.data[--token.size] = '\0';
		begin_form(
		    settings, "AssumeRoleWithWebIdentity", role, name, &form);
		add_field(&form, "WebIdentityToken", buf_text(&token));
		result = post_form(settings, &form, NULL,
		    "AssumeRoleWithWebIdentityResponse", out, err);
		if (result != 0)
			(void)fail_role(role, err);
	}
	secret_release(&token);
	return result;
}
