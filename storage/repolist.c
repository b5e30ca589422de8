/*
 * repolist.c - listing snapshots by their keys.
 */
#include "storage/repolist.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/parsenum.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "storage/repokey.h"

#define ROOT "snapshots/"
#define DAY_MS INT64_C(86400000)

struct collect {
	const struct repolist_query *query;
	struct snapshot_keys *out;
};

/* Matches store_visit_fn. */
static int
collect_object(
    const struct store_object *object, void *context, struct err *err)
{
	struct collect *collect = context;
	struct snapshot_keys *out = collect->out;
	const char *begin = collect->query->id_begin;
	struct snapshot_key key;

	(void)err; /* nothing fails here */
	if (!repo_key_parse(object->key, &key)) {
		out->foreign_count++;
		return 0;
	}
	if (key.from_ms > collect->query->to_ms)
		return 1;
	if (begin != NULL && strncmp(key.id, begin, strlen(begin)) != 0)
		return 0;
	key.size = object->size;
	if (out->count > 0 &&
	    repo_key_same_window(&out->keys[out->count - 1], &key))
		out->count--;
	snapshot_keys_add(out, &key);
	return 0;
}

int
repolist_collect(struct repo *repo, const struct repolist_query *query,
    struct snapshot_keys *out, struct err *err)
{
	const struct store_listing listing = { query->prefix, query->after,
		false };
	struct collect collect = { query, out };

	return store_list(repo_store(repo), &listing, collect_object, &collect,
		   err) < 0
	    ? -1
	    : 0;
}

struct numbers {
	size_t prefix_size;
	int limit;
	struct repolist_numbers *out;
};

/* Matches store_visit_fn. */
static int
take_number(const struct store_object *object, void *context, struct err *err)
{
	const struct numbers *numbers = context;
	struct bytes text = bytes_of(object->key + numbers->prefix_size);
	int32_t number;

	(void)err; /* nothing fails here */
	if (!object->is_prefix || text.size < 2)
		return 0;
	text.size--; /* the '/' */
	if (!parse_i32(text, 0, 9999, &number))
		return 0;
	if (number < 64)
		numbers->out->bits |= UINT64_C(1) << number;
	if (number < numbers->limit && number > numbers->out->below)
		numbers->out->below = number;
	return 0;
}

int
repolist_numbers(struct repo *repo, const char *prefix, int limit,
    struct repolist_numbers *out, struct err *err)
{
	const struct store_listing listing = { prefix, NULL, true };
	struct numbers numbers = { strlen(prefix), limit, out };

	out->bits = 0;
	out->below = -1;
	return store_list(
	    repo_store(repo), &listing, take_number, &numbers, err);
}

/* The names right below snapshots/, whatever they are. */
struct folders {
	char (*names)[STORE_KEY_MAX + 1];
	size_t count;
	size_t capacity;
	size_t stray_count; /* objects that lie there */
};

/* Matches store_visit_fn. */
static int
take_folder(const struct store_object *object, void *context, struct err *err)
{
	struct folders *folders = context;
	const size_t size = strlen(object->key + strlen(ROOT));

	(void)err; /* nothing fails here */
	if (!object->is_prefix) {
		folders->stray_count++;
		return 0;
	}
	folders->names = xgrow(folders->names, folders->count,
	    &folders->capacity, sizeof(*folders->names));
	/* Without the '/'. */
	memcpy(folders->names[folders->count], object->key + strlen(ROOT),
	    size - 1);
	folders->names[folders->count++][size - 1] = '\0';
	return 0;
}

static int
list_folders(struct repo *repo, struct folders *out, struct err *err)
{
	const struct store_listing listing = { ROOT, NULL, true };

	return store_list(repo_store(repo), &listing, take_folder, out, err);
}

/* Matches store_visit_fn: stops at the first snapshot. */
static int
stop_at_snapshot(
    const struct store_object *object, void *context, struct err *err)
{
	struct snapshot_key key;

	(void)context;
	(void)err; /* nothing fails here */
	return repo_key_parse(object->key, &key) ? 1 : 0;
}

/* 1 if the cluster's folder has a snapshot, 0 if not. */
static int
has_snapshot(struct repo *repo, const char *name, struct err *err)
{
	char prefix[STORE_KEY_MAX + 1];
	struct store_listing listing = { prefix, NULL, false };

	(void)snprintf(prefix, sizeof(prefix), ROOT "%s/", name);
	return store_list(
	    repo_store(repo), &listing, stop_at_snapshot, NULL, err);
}

int
repo_list_clusters(
    struct repo *repo, struct repo_clusters *out, struct err *err)
{
	struct folders folders = { 0 };
	size_t capacity = 0;
	int result = list_folders(repo, &folders, err);

	*out = (struct repo_clusters){ 0 };
	for (size_t i = 0; result == 0 && i < folders.count; i++) {
		const char *name = folders.names[i];
		int found;

		if (!repo_cluster_valid(name))
			continue;
		found = has_snapshot(repo, name, err);
		if (found < 0)
			result = -1;
		if (found <= 0)
			continue;
		out->names = xgrow(
		    out->names, out->count, &capacity, sizeof(*out->names));
		memcpy(out->names[out->count++], name, strlen(name) + 1);
	}
	free(folders.names);
	if (result != 0)
		repo_clusters_release(out);
	return result;
}

void
repo_clusters_release(struct repo_clusters *clusters)
{
	free(clusters->names);
	*clusters = (struct repo_clusters){ 0 };
}

/* Oldest first also over several clusters. */
static int
compare_keys(const void *left, const void *right)
{
	const struct snapshot_key *a = left;
	const struct snapshot_key *b = right;

	if (a->from_ms != b->from_ms)
		return a->from_ms < b->from_ms ? -1 : 1;
	return strcmp(a->key, b->key);
}

/* A window is in the folder of the day it begins in and may end on the next
 * one: the listing begins a day early. */
static int
list_cluster(struct repo *repo, const char *cluster,
    const struct repo_query *query, struct snapshot_keys *out, struct err *err)
{
	char prefix[STORE_KEY_MAX + 1];
	char after[STORE_KEY_MAX + 1];
	struct repolist_query inner = { prefix, NULL, INT64_MAX, NULL };

	(void)snprintf(prefix, sizeof(prefix), ROOT "%s/", cluster);
	if (query->from_ms > DAY_MS) {
		repo_key_day(cluster, query->from_ms - DAY_MS, after);
		inner.after = after;
	}
	if (query->to_ms != 0)
		inner.to_ms = query->to_ms;
	return repolist_collect(repo, &inner, out, err);
}

static void
drop_before(struct snapshot_keys *keys, int64_t from_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count; i++) {
		if (keys->keys[i].to_ms >= from_ms)
			keys->keys[kept++] = keys->keys[i];
	}
	keys->count = kept;
}

int
repo_list(struct repo *repo, const struct repo_query *query,
    struct snapshot_keys *out, struct err *err)
{
	struct folders folders = { 0 };
	int result = 0;

	*out = (struct snapshot_keys){ 0 };
	if (query->cluster != NULL) {
		if (!repo_cluster_valid(query->cluster))
			return 0; /* no such folder can be there */
		result = list_cluster(repo, query->cluster, query, out, err);
	} else {
		result = list_folders(repo, &folders, err);
	}
	for (size_t i = 0; result == 0 && i < folders.count; i++)
		result = list_cluster(repo, folders.names[i], query, out, err);
	out->foreign_count += folders.stray_count;
	drop_before(out, query->from_ms);
	if (out->count > 1)
		qsort(out->keys, out->count, sizeof(*out->keys), compare_keys);
	free(folders.names);
	if (result != 0)
		snapshot_keys_release(out);
	return result;
}

void
snapshot_keys_add(struct snapshot_keys *keys, const struct snapshot_key *key)
{
	keys->keys = xgrow(
	    keys->keys, keys->count, &keys->capacity, sizeof(*keys->keys));
	keys->keys[keys->count++] = *key;
}

void
snapshot_keys_release(struct snapshot_keys *keys)
{
	free(keys->keys);
	*keys = (struct snapshot_keys){ 0 };
}
