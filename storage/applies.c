#include "storage/applies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "storage/repo.h"

#define ROOT "applies/"
#define SUFFIX ".jsonl"
#define TIME_SIZE (TIME_KEY_MAX - 1)
#define ID_SIZE (ENV_ID_MAX - 1)
/* "<plan-id>-<time>-<random>-" */
#define HEAD_SIZE (ID_SIZE + 1 + TIME_SIZE + 1 + ID_SIZE + 1)

static const char *const events[APPLY_EVENT_COUNT] = {
	[APPLY_BEGAN] = "began",
	[APPLY_FINISHED] = "finished",
	[APPLY_STOPPED] = "stopped",
	[APPLY_UNDONE] = "undone",
};

void
apply_key_make(const char *cluster_id, const char *plan_id,
    enum apply_event event, const struct env *env, struct apply_key *out)
{
	char cluster[REPO_CLUSTER_MAX];
	char random[ENV_ID_MAX];
	char at[TIME_KEY_MAX];

	memset(out, 0, sizeof(*out));
	repo_cluster(cluster_id, cluster);
	env_id(env, random);
	out->at_ms = env_now_ms(env);
	out->event = event;
	(void)snprintf(out->plan_id, sizeof(out->plan_id), "%s", plan_id);
	(void)time_format_key(out->at_ms, at);
	(void)snprintf(out->key, sizeof(out->key),
	    ROOT "%s/%.4s/%.2s/%.2s/%s-%s-%s-%s" SUFFIX, cluster, at, at + 4,
	    at + 6, plan_id, at, random, events[event]);
}

static bool
is_hex(const char *text, size_t size)
{
	return strspn(text, "0123456789abcdef") >= size;
}

static bool
parse_event(const char *text, enum apply_event *out)
{
	for (size_t i = 0; i < APPLY_EVENT_COUNT; i++) {
		const size_t size = strlen(events[i]);

		if (strncmp(text, events[i], size) == 0 &&
		    strcmp(text + size, SUFFIX) == 0) {
			*out = (enum apply_event)i;
			return true;
		}
	}
	return false;
}

bool
apply_key_parse(const char *key, struct apply_key *out)
{
	struct apply_key parts = { 0 };
	const char *name = strrchr(key, '/');

	if (strncmp(key, ROOT, strlen(ROOT)) != 0 || name == NULL ||
	    strlen(key) > STORE_KEY_MAX || strlen(++name) < HEAD_SIZE ||
	    !is_hex(name, ID_SIZE) || name[ID_SIZE] != '-')
		return false;
	memcpy(parts.plan_id, name, ID_SIZE);
	name += ID_SIZE + 1;
	if (!time_parse_key((struct bytes){ name, TIME_SIZE }, &parts.at_ms) ||
	    name[TIME_SIZE] != '-')
		return false;
	name += TIME_SIZE + 1;
	if (!is_hex(name, ID_SIZE) || name[ID_SIZE] != '-' ||
	    !parse_event(name + ID_SIZE + 1, &parts.event))
		return false;
	memcpy(parts.key, key, strlen(key) + 1);
	*out = parts;
	return true;
}

/* Matches store_visit_fn. */
static int
collect(const struct store_object *object, void *context, struct err *err)
{
	struct apply_keys *keys = context;
	struct apply_key key;

	(void)err; /* nothing fails here */
	if (!apply_key_parse(object->key, &key))
		return 0;
	keys->keys = xgrow(
	    keys->keys, keys->count, &keys->capacity, sizeof(*keys->keys));
	keys->keys[keys->count++] = key;
	return 0;
}

static int
compare_keys(const void *left, const void *right)
{
	const struct apply_key *a = left, *b = right;
	const int order = (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);

	return order != 0 ? order : strcmp(a->key, b->key);
}

int
applies_list(struct repo *repo, const char *cluster, struct apply_keys *out,
    struct err *err)
{
	char prefix[STORE_KEY_MAX + 1];
	struct store_listing listing = { .prefix = prefix };

	(void)snprintf(prefix, sizeof(prefix), ROOT "%s/", cluster);
	if (store_list(repo_store(repo), &listing, collect, out, err) < 0)
		return -1;
	if (out->count > 1)
		qsort(out->keys, out->count, sizeof(*out->keys), compare_keys);
	return 0;
}

void
apply_keys_release(struct apply_keys *keys)
{
	free(keys->keys);
	*keys = (struct apply_keys){ 0 };
}

int
applies_put(struct repo *repo, const struct apply_key *key,
    struct bytes content, struct err *err)
{
	return store_put(
	    repo_store(repo), key->key, content.data, content.size, err);
}

int
applies_get(struct repo *repo, const struct apply_key *key, size_t size_limit,
    struct buf *out, struct err *err)
{
	return store_get(repo_store(repo), key->key, size_limit, out, err);
}
