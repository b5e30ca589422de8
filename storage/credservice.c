/*
 * credservice.c - credentials from a service beside the program: the
 * container's (ECS task roles, EKS Pod Identity) and the instance's metadata
 * service, version 2.
 */
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/files.h"
#include "common/parsenum.h"
#include "common/secret.h"
#include "storage/credparts.h"
#include "storage/http.h"

#define ANSWER_SIZE_MAX ((size_t)64 << 10)
#define TOKEN_SIZE_MAX ((size_t)16 << 10)

#define CONTAINER_HOST "http://169.254.170.2"
#define CONTAINER_TIMEOUT_MS INT64_C(2000)
#define CONTAINER_ATTEMPTS 3

#define INSTANCE_HOST "http://169.254.169.254"
#define INSTANCE_HOST_IPV6 "http://[fd00:ec2::254]"
#define INSTANCE_TIMEOUT_S 1
#define INSTANCE_ATTEMPTS 1
#define INSTANCE_TOKEN_SECONDS "21600"
#define INSTANCE_PATH "/latest/meta-data/iam/security-credentials/"

#define PAUSE_BASE_MS INT64_C(100)
#define PAUSE_CAP_MS INT64_C(1000)
#define SETTING_MAX 60

/* One way to ask: where, how long, how often. */
struct service {
	const struct credential_settings *settings;
	int64_t timeout_ms;
	unsigned int attempts;
};

/* An answer of any status but those that pass. */
static int
ask(const struct service *service, const char *method, const char *url,
    const struct http_header *header, struct http_answer *answer,
    struct err *err)
{
	const struct env *env = service->settings->env;
	const struct http_request request = { .method = method,
		.url = url,
		.headers = header,
		.header_count = header == NULL ? 0 : 1,
		.size_limit = ANSWER_SIZE_MAX,
		.timeout_ms = service->timeout_ms,
		.direct = true };

	for (unsigned int i = 0;; i++) {
		struct err why = { 0 };
		int result =
		    http_send(service->settings->http, &request, answer, &why);

		if (result == 0 && answer->status < 500)
			return 0;
		if (result == 0)
			(void)err_set(
			    &why, ERR_UNAVAILABLE, "status %d", answer->status);
		if (why.kind != ERR_UNAVAILABLE || i + 1 >= service->attempts) {
			*err = why;
			return -1;
		}
		env_sleep_ms(
		    env, env_backoff_ms(env, i, PAUSE_BASE_MS, PAUSE_CAP_MS));
	}
}

static void
forget(struct http_answer *answer)
{
	secret_release(&answer->body);
	http_answer_release(answer);
}

/* --------------------------------------------------------------- containers */

/* Where a token may be sent: over TLS, to this machine, or to the addresses
 * that ECS and EKS give their services. */
static bool
is_trusted(const char *url)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]",
		"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]" };

	if (strncmp(url, "https://", 8) == 0)
		return true;
	if (strncmp(url, "http://", 7) != 0)
		return false;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		const size_t size = strlen(hosts[i]);

		if (strncmp(url + 7, hosts[i], size) == 0 &&
		    strchr(":/?", url[7 + size]) != NULL)
			return true;
	}
	return false;
}

/* SOURCE_NONE when no variable names the service. */
static enum source_result
container_url(const struct credential_settings *settings, struct buf *out,
    struct err *err)
{
	const char *path =
	    cred_variable(settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *url =
	    cred_variable(settings, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

	if (path != NULL) {
		buf_add_format(out, "%s%s%s", CONTAINER_HOST,
		    path[0] == '/' ? "" : "/", path);
		return SOURCE_FOUND;
	}
	if (url == NULL)
		return SOURCE_NONE;
	if (!is_trusted(url)) {
		(void)err_set(err, ERR_DENIED,
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or lead "
		    "to this machine or to the container service's address");
		return SOURCE_FAILED;
	}
	buf_add_text(out, url);
	return SOURCE_FOUND;
}

/* The token, empty if there is none. */
static int
container_token(const struct credential_settings *settings, struct buf *out,
    struct err *err)
{
	const char *file =
	    cred_variable(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token =
	    cred_variable(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN");

	if (file != NULL) {
		if (file_read(file, TOKEN_SIZE_MAX, out, err) != 0) {
			err->kind = ERR_DENIED;
			return err_wrap(err, "the container's token");
		}
		while (out->size > 0 &&
		    strchr("\r\n", out->data[out->size - 1]) != NULL)
			out->data[--out->size] = '\0';
	} else if (token != NULL) {
		buf_add_text(out, token);
	}
	if (out->size > 0 && memchr(out->data, '\0', out->size) != NULL)
		return err_set(
		    err, ERR_DENIED, "the container's token has a NUL byte");
	if (strpbrk(buf_text(out), "\r\n") != NULL)
		return err_set(err, ERR_DENIED,
		    "the container's token has more than one line");
	return 0;
}

static int
read_container(const struct credential_settings *settings, const char *url,
    struct keys *out, struct err *err)
{
	const struct service service = { settings, CONTAINER_TIMEOUT_MS,
		CONTAINER_ATTEMPTS };
	struct http_answer answer = { 0 };
	struct http_header header = { "authorization", "" };
	struct buf token = { 0 };
	int result = -1;

	if (container_token(settings, &token, err) == 0) {
		header.value = buf_text(&token);
		result = ask(&service, "GET", url,
		    token.size > 0 ? &header : NULL, &answer, err);
	}
	if (result == 0 && answer.status != 200)
		result = err_set(err, ERR_DENIED, "status %d", answer.status);
	if (result == 0)
		result = cred_parse_json(
		    buf_bytes(&answer.body), CRED_OF_SERVICE, out, err);
	forget(&answer);
	secret_release(&token);
	return result;
}

enum source_result
cred_container(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	struct buf url = { 0 };
	enum source_result found = container_url(settings, &url, err);

	if (found == SOURCE_FOUND &&
	    read_container(settings, buf_text(&url), out, err) != 0) {
		(void)err_wrap(err, "the container's credential service");
		found = SOURCE_FAILED;
	}
	buf_release(&url);
	return found;
}

/* ---------------------------------------------------------------- instances */

static int64_t
number_setting(
    const struct credential_settings *settings, const char *name, int64_t usual)
{
	const char *text = cred_variable(settings, name);
	int64_t number;

	return text != NULL &&
		parse_i64(bytes_of(text), 1, SETTING_MAX, &number)
	    ? number
	    : usual;
}

static const char *
instance_host(const struct credential_settings *settings)
{
	const char *host =
	    cred_variable(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode =
	    cred_variable(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

	if (host != NULL)
		return host;
	return mode != NULL && strcasecmp(mode, "ipv6") == 0
	    ? INSTANCE_HOST_IPV6
	    : INSTANCE_HOST;
}

static void
make_url(struct buf *url, const char *host, const char *path)
{
	size_t size = strlen(host);

	while (size > 0 && host[size - 1] == '/')
		size--;
	buf_clear(url);
	buf_add_format(url, "%.*s%s", (int)size, host, path);
}

/* GET a text with the token; SOURCE_NONE for 404. */
static enum source_result
get_instance(const struct service *service, const char *url, const char *token,
    struct http_answer *answer, struct err *err)
{
	const struct http_header header = { "x-aws-ec2-metadata-token", token };

	if (ask(service, "GET", url, &header, answer, err) != 0)
		return SOURCE_FAILED;
	if (answer->status == 200)
		return SOURCE_FOUND;
	if (answer->status == 404)
		return SOURCE_NONE;
	(void)err_set(err, ERR_DENIED, "status %d", answer->status);
	return SOURCE_FAILED;
}

/* The name of the role is one line. */
static bool
is_role(const char *text)
{
	return text[0] != '\0' &&
	    text[strspn(text,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789+=,.@_-")] == '\0';
}

static enum source_result
read_instance(const struct service *service, const char *host,
    const char *token, struct keys *out, struct err *err)
{
	struct http_answer answer = { 0 };
	struct buf url = { 0 };
	enum source_result found;

	make_url(&url, host, INSTANCE_PATH);
	found = get_instance(service, buf_text(&url), token, &answer, err);
	if (found == SOURCE_FOUND && !is_role(buf_text(&answer.body))) {
		(void)err_set(
		    err, ERR_DENIED, "the answer is no name of a role");
		found = SOURCE_FAILED;
	}
	if (found == SOURCE_FOUND) {
		buf_add_text(&url, buf_text(&answer.body));
		found =
		    get_instance(service, buf_text(&url), token, &answer, err);
	}
	if (found == SOURCE_FOUND &&
	    cred_parse_json(
		buf_bytes(&answer.body), CRED_OF_SERVICE, out, err) != 0)
		found = SOURCE_FAILED;
	forget(&answer);
	buf_release(&url);
	return found;
}

enum source_result
cred_instance(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	const struct service service = { settings,
		number_setting(settings, "AWS_METADATA_SERVICE_TIMEOUT",
		    INSTANCE_TIMEOUT_S) *
		    1000,
		(unsigned int)number_setting(settings,
		    "AWS_METADATA_SERVICE_NUM_ATTEMPTS", INSTANCE_ATTEMPTS) };
	const struct http_header lifetime = {
		"x-aws-ec2-metadata-token-ttl-seconds", INSTANCE_TOKEN_SECONDS
	};
	const char *disabled =
	    cred_variable(settings, "AWS_EC2_METADATA_DISABLED");
	const char *host = instance_host(settings);
	struct http_answer answer = { 0 };
	struct buf url = { 0 };
	struct err absent = { 0 };
	enum source_result found = SOURCE_NONE;

	if (disabled != NULL && strcasecmp(disabled, "true") == 0)
		return SOURCE_NONE;
	make_url(&url, host, "/latest/api/token");
	/* No such service: then this is no instance. */
	if (ask(&service, "PUT", buf_text(&url), &lifetime, &answer, &absent) ==
		0 &&
	    answer.status == 200 &&
	    strpbrk(buf_text(&answer.body), "\r\n") == NULL)
		found = read_instance(
		    &service, host, buf_text(&answer.body), out, err);
	if (found == SOURCE_FAILED)
		(void)err_wrap(err, "the instance's metadata service");
	forget(&answer);
	buf_release(&url);
	return found;
}
