/*
 * store.c - the wrappers around a driver: they check what the caller gives and
 * say in errors which store it was.
 */
#include "storage/store.h"

#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/utf8.h"
#include "storage/dir.h"

/* Enough of a bad key or scheme to recognise it. */
#define SHOWN_MAX 80

int
store_open(const char *where, const struct env *env, struct store **out,
    struct err *err)
{
	const char *colon = strstr(where, "://");

	if (where[0] == '\0')
		return err_set(
		    err, ERR_USAGE, "the name of the repository is empty");
	if (strncmp(where, "s3://", 5) == 0)
		return err_set(err, ERR_UNSUPPORTED,
		    "this version keeps repositories in directories only; "
		    "s3:// is not supported yet");
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

int
store_get(struct store *store, const char *key, size_t size_limit,
    struct buf *out, struct err *err)
{
	if (!store_key_valid(key))
		return fail_key(store, key, err);
	return with_name(
	    store, store->ops->get(store, key, 0, size_limit, out, err), err);
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
