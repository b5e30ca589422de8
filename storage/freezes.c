#include "storage/freezes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "storage/repo.h"

#define ROOT "freezes/"
#define SUFFIX ".json"
#define THAWED "-thawed-"
#define TIME_SIZE (TIME_KEY_MAX - 1)
#define ID_SIZE (ENV_ID_MAX - 1)
/* "<time>-<id>" */
#define HEAD_SIZE (TIME_SIZE + 1 + ID_SIZE)

static void
make(const char *cluster_id, const char *id, int64_t at_ms, const char *tail,
    struct freeze_key *out)
{
	char cluster[REPO_CLUSTER_MAX];
	char at[TIME_KEY_MAX];

	memset(out, 0, sizeof(*out));
	repo_cluster(cluster_id, cluster);
	out->at_ms = at_ms;
	out->thawed = tail[0] != '\0';
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	(void)snprintf(out->key, sizeof(out->key), ROOT "%s/%s-%s%s" SUFFIX,
	    cluster, time_format_key(at_ms, at), id, tail);
}

void
freeze_key_make(const char *cluster_id, const char *id, int64_t at_ms,
    struct freeze_key *out)
{
	make(cluster_id, id, at_ms, "", out);
}

void
freeze_key_make_thawed(const char *cluster_id, const char *id, int64_t at_ms,
    const struct env *env, struct freeze_key *out)
{
	char random[ENV_ID_MAX];
	char tail[sizeof(THAWED) + ENV_ID_MAX];

	env_id(env, random);
	(void)snprintf(tail, sizeof(tail), THAWED "%s", random);
	make(cluster_id, id, at_ms, tail, out);
}

static bool
is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") >= ID_SIZE;
}

/* What stands behind time and id. */
static bool
parse_tail(const char *tail, bool *thawed)
{
	*thawed = strncmp(tail, THAWED, strlen(THAWED)) == 0;
	if (*thawed) {
		tail += strlen(THAWED);
		if (!is_id(tail))
			return false;
		tail += ID_SIZE;
	}
	return strcmp(tail, SUFFIX) == 0;
}

bool
freeze_key_parse(const char *key, struct freeze_key *out)
{
	struct freeze_key parts = { 0 };
	const char *name = strrchr(key, '/');

	if (strncmp(key, ROOT, strlen(ROOT)) != 0 || name == NULL ||
	    strlen(key) > STORE_KEY_MAX || strlen(++name) < HEAD_SIZE)
		return false;
	if (!time_parse_key((struct bytes){ name, TIME_SIZE }, &parts.at_ms) ||
	    name[TIME_SIZE] != '-' || !is_id(name + TIME_SIZE + 1) ||
	    !parse_tail(name + HEAD_SIZE, &parts.thawed))
		return false;
	memcpy(parts.id, name + TIME_SIZE + 1, ID_SIZE);
	memcpy(parts.key, key, strlen(key) + 1);
	*out = parts;
	return true;
}

/* Matches store_visit_fn. */
static int
collect(const struct store_object *object, void *context, struct err *err)
{
	struct freeze_keys *keys = context;
	struct freeze_key key;

	(void)err; /* nothing fails here */
	if (!freeze_key_parse(object->key, &key))
		return 0;
	keys->keys = xgrow(
	    keys->keys, keys->count, &keys->capacity, sizeof(*keys->keys));
	keys->keys[keys->count++] = key;
	return 0;
}

static int
compare_keys(const void *left, const void *right)
{
	const struct freeze_key *a = left, *b = right;
	const int order = (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);

	return order != 0 ? order : strcmp(a->key, b->key);
}

int
freezes_list(struct repo *repo, const char *cluster, struct freeze_keys *out,
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
freeze_keys_release(struct freeze_keys *keys)
{
	free(keys->keys);
	*keys = (struct freeze_keys){ 0 };
}

int
freezes_put(struct repo *repo, const struct freeze_key *key,
    struct bytes content, struct err *err)
{
	return store_put(
	    repo_store(repo), key->key, content.data, content.size, err);
}

int
freezes_get(struct repo *repo, const struct freeze_key *key, size_t size_limit,
    struct buf *out, struct err *err)
{
	return store_get(repo_store(repo), key->key, size_limit, out, err);
}
