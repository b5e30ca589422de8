/*
 * s3url.c - see s3url.h.
 */
#include "storage/s3url.h"

#include <string.h>

#include "common/bytes.h"
#include "common/utf8.h"
#include "storage/sigv4.h"

#define SCHEME "s3://"
#define BUCKET_MIN 3
#define BUCKET_MAX 63

/* S3 keys have 1,024 bytes; ours STORE_KEY_MAX of them. */
#define PREFIX_MAX 256

#define SHOWN_MAX 120

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static int
fail_name(const char *url, const char *what, struct err *err)
{
	char shown[SHOWN_MAX];

	(void)err_set(err, ERR_USAGE, "%s: %s",
	    utf8_escape_to(bytes_of(url), shown, sizeof(shown)), what);
	err_hint(
	    err, "a repository in S3 is s3://BUCKET or s3://BUCKET/PREFIX");
	return -1;
}

/* Components of the alphabet, one slash between them; none is "." or "..". */
static bool
is_prefix(const char *text)
{
	while (*text != '\0') {
		const size_t size = strcspn(text, "/");

		if (size == 0 ||
		    strspn(text, LOWER UPPER DIGITS "._=+@:,~-") < size ||
		    (size <= 2 && strspn(text, ".") == size))
			return false;
		text += size;
		if (text[0] == '/' && text[1] != '\0')
			text++;
		else if (text[0] == '/')
			break; /* one slash may end it */
	}
	return true;
}

int
s3url_place(
    const char *url, struct arena *arena, struct s3_place *out, struct err *err)
{
	const char *bucket = url + strlen(SCHEME);
	const size_t size = strcspn(bucket, "/");
	const char *prefix = bucket + size + (bucket[size] == '/' ? 1 : 0);
	const size_t prefix_size = strlen(prefix);

	if (size < BUCKET_MIN || size > BUCKET_MAX ||
	    strspn(bucket, LOWER UPPER DIGITS "._-") < size ||
	    strchr("._-", bucket[0]) != NULL)
		return fail_name(url,
		    "that is no name of a bucket (3 to 63 letters, digits, "
		    "dots and hyphens)",
		    err);
	if (!is_prefix(prefix) || prefix_size > PREFIX_MAX)
		return fail_name(url,
		    "the prefix may have letters, digits and ._=+@:,~- between "
		    "single slashes, 256 in all",
		    err);
	out->bucket = arena_format(arena, "%.*s", (int)size, bucket);
	out->prefix = arena_format(arena, "%s%s", prefix,
	    prefix_size > 0 && prefix[prefix_size - 1] != '/' ? "/" : "");
	return 0;
}

static bool
ends_with(struct bytes text, const char *end)
{
	const size_t size = strlen(end);

	return text.size >= size &&
	    memcmp(text.data + text.size - size, end, size) == 0;
}

static bool
is_aws_host(struct bytes host)
{
	return ends_with(host, ".amazonaws.com") ||
	    ends_with(host, ".amazonaws.com.cn");
}

int
s3url_endpoint(const char *text, struct arena *arena, struct s3_endpoint *out,
    struct err *err)
{
	const bool tls = strncmp(text, "https://", 8) == 0;
	const char *host = strstr(text, "://");
	const char *base;
	struct bytes name;
	size_t base_size;

	if (!tls && strncmp(text, "http://", 7) != 0)
		host = NULL;
	host = host == NULL ? "" : host + 3;
	name = (struct bytes){ host, strcspn(host, "/") };
	base = host + name.size;
	base_size = strlen(base);
	while (base_size > 0 && base[base_size - 1] == '/')
		base_size--;
	if (name.size == 0 ||
	    strspn(host, LOWER UPPER DIGITS ".-_:[]") < name.size ||
	    strspn(base, LOWER UPPER DIGITS "._~/-") < base_size) {
		/* Not shown: somebody may have put a password into it. */
		(void)err_set(
		    err, ERR_USAGE, "the S3 endpoint is no URL of a server");
		err_hint(err,
		    "give http://HOST:PORT or https://HOST, without user, "
		    "bucket or query");
		return -1;
	}
	if (ends_with(name, tls ? ":443" : ":80"))
		name.size -= tls ? 4 : 3;
	out->tls = tls;
	out->host = arena_format(arena, "%.*s", (int)name.size, name.data);
	out->base = arena_format(arena, "%.*s", (int)base_size, base);
	out->is_aws = is_aws_host(name);
	return 0;
}

void
s3url_aws(const char *region, bool fips, bool dual_stack, struct arena *arena,
    struct s3_endpoint *out)
{
	out->tls = true;
	out->host = arena_format(arena, "s3%s%s.%s.amazonaws.com%s",
	    fips ? "-fips" : "", dual_stack ? ".dualstack" : "", region,
	    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
	out->base = "";
	out->is_aws = true;
}

bool
s3url_is_virtual(enum s3_addressing addressing,
    const struct s3_endpoint *endpoint, const char *bucket)
{
	if (addressing != S3_ADDRESS_AUTO)
		return addressing == S3_ADDRESS_VIRTUAL;
	return endpoint->is_aws &&
	    bucket[strspn(bucket, LOWER DIGITS "-")] == '\0';
}

void
s3url_address(const struct s3_endpoint *endpoint, bool is_virtual,
    const struct s3_place *place, const char *key, const char *query,
    struct s3_address *out)
{
	buf_clear(&out->host);
	buf_clear(&out->path);
	buf_clear(&out->url);
	if (is_virtual)
		buf_add_format(&out->host, "%s.", place->bucket);
	buf_add_text(&out->host, endpoint->host);

	buf_add_format(&out->path, "%s/", endpoint->base);
	if (!is_virtual)
		buf_add_text(&out->path, place->bucket);
	if (key != NULL) {
		if (!is_virtual)
			buf_add_char(&out->path, '/');
		sigv4_encode(bytes_of(place->prefix), true, &out->path);
		sigv4_encode(bytes_of(key), true, &out->path);
	}
	buf_add_format(&out->url, "http%s://%s%s%s%s", endpoint->tls ? "s" : "",
	    buf_text(&out->host), buf_text(&out->path),
	    query[0] != '\0' ? "?" : "", query);
}

void
s3_address_release(struct s3_address *address)
{
	buf_release(&address->host);
	buf_release(&address->path);
	buf_release(&address->url);
}
