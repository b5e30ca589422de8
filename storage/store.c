/*
 * store.c - the wrappers around a driver: they check what the caller gives and
 * say in errors which store it was.
 */
#include "storage/store.h"

#include <assert.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/utf8.h"
#include "storage/dir.h"
#include "storage/s3.h"

/* Enough of a bad key or scheme to recognise it. */
#define SHOWN_MAX 80

int
store_open(const char *where, const struct s3_settings *s3,
    const struct env *env, struct store **out, struct err *err)
{
	const char *colon = strstr(where, "://");

	if (where[0] == '\0')
		return err_set(
		    err, ERR_USAGE, "the name of the repository is empty");
	if (strncmp(where, "s3://", 5) == 0 && s3 != NULL)
		return s3_open(where, s3, env, out, err);
	/* A path may hold "://", but not before its first '/'. */
	if (colon != NULL && strchr(where, '/') == colon + 1) {
		char shown[SHOWN_MAX];
		const struct bytes scheme = { where, (size_t)(colon - where) };

		(void)err_set(err, ERR_USAGE,
		    "a repository cannot be kept at %s://",
		    utf8_escape_to(scheme, shown, sizeof(shown)));
		err_hint(err, "name a directory (./%s is one)", shown);
		return -1;
	}
	*out = dir_new(where, env);
	return 0;
}

static bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* One component: not empty, not "." or "..", only the alphabet. */
static bool
is_component(const char *text, size_t size)
{
	if (size == 0 || (text[0] == '.' && size == 1) ||
	    (text[0] == '.' && text[1] == '.' && size == 2))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!is_key_char(text[i]))
			return false;
	}
	return true;
}

bool
store_key_valid(const char *key)
{
	if (strlen(key) > STORE_KEY_MAX)
		return false;
	for (;;) {
		const size_t size = strcspn(key, "/");

		if (!is_component(key, size))
			return false;
		if (key[size] == '\0')
			return true;
		key += size + 1;
	}
}

/* The beginning of a key: whole components, and maybe a part of one. */
static bool
is_prefix_valid(const char *prefix)
{
	if (strlen(prefix) > STORE_KEY_MAX)
		return false;
	for (;;) {
		const size_t size = strcspn(prefix, "/");

		if (prefix[size] == '\0')
			break;
		if (!is_component(prefix, size))
			return false;
		prefix += size + 1;
	}
	while (is_key_char(*prefix))
		prefix++;
	return *prefix == '\0';
}

static int
fail_key(const struct store *store, const char *key, struct err *err)
{
	char shown[SHOWN_MAX];

	return err_set(err, ERR_USAGE, "repository %s: \"%s\" is no key",
	    store->name, utf8_escape_to(bytes_of(key), shown, sizeof(shown)));
}

static int
with_name(const struct store *store, int result, struct err *err)
{
	if (result < 0)
		(void)err_wrap(err, "repository %s", store->name);
	return result;
}

int
store_put(struct store *store, const char *key, const void *data, size_t size,
    struct err *err)
{
	if (!store_key_valid(key))
		return fail_key(store, key, err);
	return with_name(
	    store, store->ops->put(store, key, data, size, err), err);
}

static int
get_part(struct store *store, const char *key, const struct store_range *range,
    struct buf *out, uint64_t *object_size, struct err *err)
{
	uint64_t size = 0;

	if (!store_key_valid(key))
		return fail_key(store, key, err);
	assert(range->part == STORE_WHOLE || range->size > 0);
	if (store->ops->get(store, key, range, out, &size, err) != 0)
		return with_name(store, -1, err);
	if (object_size != NULL)
		*object_size = size;
	return 0;
}

int
store_get(struct store *store, const char *key, size_t size_limit,
    struct buf *out, struct err *err)
{
	const struct store_range whole = { STORE_WHOLE, 0, size_limit };

	return get_part(store, key, &whole, out, NULL, err);
}

int
store_get_range(struct store *store, const char *key, uint64_t from,
    size_t size, struct buf *out, struct err *err)
{
	const struct store_range range = { STORE_RANGE, from, size };

	return get_part(store, key, &range, out, NULL, err);
}

int
store_get_end(struct store *store, const char *key, size_t size,
    struct buf *out, uint64_t *object_size, struct err *err)
{
	const struct store_range end = { STORE_END, 0, size };

	return get_part(store, key, &end, out, object_size, err);
}

int
store_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err)
{
	if (!is_prefix_valid(listing->prefix))
		return fail_key(store, listing->prefix, err);
	return with_name(
	    store, store->ops->list(store, listing, visit, context, err), err);
}

int
store_stat(
    struct store *store, const char *key, uint64_t *size, struct err *err)
{
	if (!store_key_valid(key))
		return fail_key(store, key, err);
	return with_name(store, store->ops->stat(store, key, size, err), err);
}

int
store_remove(struct store *store, const char *key, struct err *err)
{
	if (!store_key_valid(key))
		return fail_key(store, key, err);
	return with_name(store, store->ops->remove(store, key, err), err);
}

int
store_probe(struct store *store, bool create, struct err *err)
{
	return with_name(store, store->ops->probe(store, create, err), err);
}

void
store_assume(struct store *store, enum store_feature feature)
{
	store->features |= (unsigned int)feature;
}

bool
store_has(const struct store *store, enum store_feature feature)
{
	return (store->features & (unsigned int)feature) != 0;
}

void
store_free(struct store *store)
{
	if (store != NULL)
		store->ops->free(store);
}
