/*
 * memory_store.c - see memory_store.h.
 */
#include "tests/unit/storage/memory_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/xalloc.h"

#define PAGE 1000

struct object {
	char *key;
	char *data;
	size_t size;
};

struct memory {
	struct store store;
	pthread_mutex_t lock;
	struct object *objects; /* sorted by key */
	size_t count;
	size_t capacity;
	bool hidden;
	bool weak;
	struct memory_counts counts;
};

static struct memory *
memory_of(struct store *store)
{
	return (struct memory *)(void *)store;
}

/* Where the key is, or would be. */
static size_t
lower_bound(const struct memory *memory, const char *key)
{
	size_t low = 0;
	size_t high = memory->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(memory->objects[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct object *
find(struct memory *memory, const char *key)
{
	const size_t at = lower_bound(memory, key);

	if (at == memory->count || strcmp(memory->objects[at].key, key) != 0)
		return NULL;
	return &memory->objects[at];
}

static int
memory_put(struct store *store, const char *key, const void *data, size_t size,
    struct err *err)
{
	struct memory *memory = memory_of(store);
	int result = 0;

	pthread_mutex_lock(&memory->lock);
	memory->counts.writes++;
	if (find(memory, key) != NULL) {
		result = err_set(err, ERR_EXISTS, "%s is there already", key);
	} else {
		const size_t at = lower_bound(memory, key);

		memory->objects = xgrow(memory->objects, memory->count,
		    &memory->capacity, sizeof(*memory->objects));
		memmove(&memory->objects[at + 1], &memory->objects[at],
		    (memory->count - at) * sizeof(*memory->objects));
		memory->objects[at] =
		    (struct object){ xstrdup(key), xmemdup0(data, size), size };
		memory->count++;
	}
	pthread_mutex_unlock(&memory->lock);
	return result;
}

static int
fail_missing(const char *key, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "there is no %s", key);
}

static int
memory_get(struct store *store, const char *key,
    const struct store_range *range, struct buf *out, uint64_t *object_size,
    struct err *err)
{
	struct memory *memory = memory_of(store);
	const struct object *object = find(memory, key);
	uint64_t from = range->from;
	size_t size = range->size;

	memory->counts.reads++;
	if (object == NULL)
		return fail_missing(key, err);
	if (range->part == STORE_WHOLE && object->size > size)
		return err_set(err, ERR_CORRUPT, "%s is too large", key);
	if (range->part == STORE_RANGE &&
	    (from > object->size || object->size - from < size))
		return err_set(err, ERR_CORRUPT, "%s is shorter", key);
	if (range->part != STORE_RANGE && size > object->size)
		size = (size_t)object->size;
	if (range->part == STORE_WHOLE)
		size = (size_t)object->size;
	if (range->part != STORE_RANGE)
		from = object->size - size;
	buf_add(out, object->data + from, size);
	*object_size = object->size;
	return 0;
}

/* The line that a key belongs to: itself, or its group. */
static bool
line_of(const char *key, const struct store_listing *listing, char *line)
{
	const size_t size = strlen(listing->prefix);
	const char *slash = listing->by_folder ? strchr(key + size, '/') : NULL;
	const size_t end =
	    slash == NULL ? strlen(key) : (size_t)(slash - key) + 1;

	memcpy(line, key, end);
	line[end] = '\0';
	return slash != NULL;
}

static int
memory_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err)
{
	struct memory *memory = memory_of(store);
	char last[STORE_KEY_MAX + 1] = { 0 };
	size_t lines = 0;
	int result = 0;

	memory->counts.lists++;
	for (size_t i = lower_bound(memory, listing->prefix);
	     result == 0 && i < memory->count; i++) {
		const struct object *object = &memory->objects[i];
		char line[STORE_KEY_MAX + 1];
		struct store_object seen = { line, object->size, false };

		if (strncmp(object->key, listing->prefix,
			strlen(listing->prefix)) != 0)
			break;
		seen.is_prefix = line_of(object->key, listing, line);
		if (strcmp(line, last) == 0 ||
		    (listing->after != NULL &&
			strcmp(line, listing->after) <= 0))
			continue;
		if (lines++ > 0 && lines % PAGE == 1)
			memory->counts.lists++;
		memcpy(last, line, sizeof(last));
		if (seen.is_prefix)
			seen.size = 0;
		result = visit(&seen, context, err);
	}
	return result;
}

static int
memory_stat(
    struct store *store, const char *key, uint64_t *size, struct err *err)
{
	struct memory *memory = memory_of(store);
	const struct object *object = find(memory, key);

	memory->counts.stats++;
	if (object == NULL)
		return fail_missing(key, err);
	*size = object->size;
	return 0;
}

static int
memory_remove(struct store *store, const char *key, struct err *err)
{
	struct memory *memory = memory_of(store);
	struct object *object = find(memory, key);

	(void)err; /* nothing fails here */
	if (object == NULL)
		return 0;
	free(object->key);
	free(object->data);
	memory->count--;
	memmove(object, object + 1,
	    (size_t)(&memory->objects[memory->count] - object) *
		sizeof(*object));
	return 0;
}

static int
memory_probe(struct store *store, bool create, struct err *err)
{
	struct memory *memory = memory_of(store);

	if (memory->hidden && !create)
		return err_set(err, ERR_NO_REPO, "there is no such store");
	memory->hidden = false;
	store->features = memory->weak ? 0 : STORE_CAN_EXCLUDE;
	return 0;
}

static void
memory_free(struct store *store)
{
	struct memory *memory = memory_of(store);

	for (size_t i = 0; i < memory->count; i++) {
		free(memory->objects[i].key);
		free(memory->objects[i].data);
	}
	free(memory->objects);
	free(store->name);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

static const struct store_ops memory_ops = {
	.scheme = "memory",
	.put = memory_put,
	.get = memory_get,
	.list = memory_list,
	.stat = memory_stat,
	.remove = memory_remove,
	.probe = memory_probe,
	.free = memory_free,
};

struct store *
memory_store_new(void)
{
	struct memory *memory = xcalloc(1, sizeof(*memory));

	memory->store.ops = &memory_ops;
	memory->store.name = xstrdup("in memory");
	pthread_mutex_init(&memory->lock, NULL);
	return &memory->store;
}

struct memory_counts *
memory_store_counts(struct store *store)
{
	return &memory_of(store)->counts;
}

void
memory_store_hide(struct store *store)
{
	memory_of(store)->hidden = true;
}

void
memory_store_weaken(struct store *store)
{
	memory_of(store)->weak = true;
}
