#include "tests/unit/snapshot/awaystore.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/xalloc.h"
#include "tests/unit/storage/memory_store.h"

static struct awaystore *
self(struct store *store)
{
	return (struct awaystore *)store;
}

static int
reach(struct store *store, struct err *err)
{
	if (!self(store)->is_away)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, "the store is away");
}

static bool
is_archive(const char *key)
{
	return strncmp(key, "snapshots/", strlen("snapshots/")) == 0;
}

static int
put(struct store *store, const char *key, const void *data, size_t size,
    struct err *err)
{
	struct store *memory = self(store)->memory;

	if (reach(store, err) != 0 ||
	    memory->ops->put(memory, key, data, size, err) != 0)
		return -1;
	if (!is_archive(key))
		return 0;
	self(store)->puts++;
	if (self(store)->loses_answers)
		return err_set(err, ERR_UNAVAILABLE, "the answer was lost");
	return 0;
}

static int
get(struct store *store, const char *key, const struct store_range *range,
    struct buf *out, uint64_t *object_size, struct err *err)
{
	struct store *memory = self(store)->memory;

	if (reach(store, err) != 0)
		return -1;
	return memory->ops->get(memory, key, range, out, object_size, err);
}

static int
list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err)
{
	struct store *memory = self(store)->memory;

	if (reach(store, err) != 0)
		return -1;
	return memory->ops->list(memory, listing, visit, context, err);
}

static int
stat_object(
    struct store *store, const char *key, uint64_t *size, struct err *err)
{
	struct store *memory = self(store)->memory;

	if (reach(store, err) != 0)
		return -1;
	return memory->ops->stat(memory, key, size, err);
}

static int
remove_object(struct store *store, const char *key, struct err *err)
{
	struct store *memory = self(store)->memory;
	struct err ignored = { 0 };
	uint64_t size;

	if (reach(store, err) != 0)
		return -1;
	if (self(store)->may_not_remove)
		return err_set(err, ERR_DENIED, "nothing may be removed");
	if (memory->ops->stat(memory, key, &size, &ignored) == 0)
		self(store)->removals++;
	return memory->ops->remove(memory, key, err);
}

static int
probe(struct store *store, bool create, struct err *err)
{
	struct store *memory = self(store)->memory;

	if (reach(store, err) != 0 ||
	    memory->ops->probe(memory, create, err) != 0)
		return -1;
	store->features = memory->features;
	return 0;
}

static void
release(struct store *store)
{
	store_free(self(store)->memory);
	free(store->name);
	free(store);
}

static const struct store_ops ops = { "away", put, get, list, stat_object,
	remove_object, probe, release };

struct awaystore *
awaystore_new(void)
{
	struct awaystore *store = xcalloc(1, sizeof(*store));

	store->base.ops = &ops;
	store->base.name = xstrdup("away");
	store->memory = memory_store_new();
	return store;
}

static int
count_archive(const struct store_object *object, void *context, struct err *err)
{
	int *count = context;

	(void)err;
	*count += is_archive(object->key);
	return 0;
}

int
awaystore_count(struct awaystore *store)
{
	const struct store_listing all = { .prefix = "" };
	struct err err = { 0 };
	int count = 0;

	if (store->memory->ops->list(
		store->memory, &all, count_archive, &count, &err) != 0)
		abort();
	return count;
}
