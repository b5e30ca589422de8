/*
 * repokey.c - the keys of snapshots: what list, latest and prune know without
 * opening an archive.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "common/err.h"
#include "common/hash.h"
#include "common/timetext.h"
#include "storage/repo.h"
#include "storage/repokey.h"

#define ROOT "snapshots/"
#define SUFFIX ".tar.zst"
#define DAY_SIZE 11 /* "2026/11/25/" */
#define TIME_SIZE (TIME_KEY_MAX - 1)
#define ID_SIZE (ENV_ID_MAX - 1)
#define HASH_SIZE (SNAPSHOT_HASH_MAX - 1)

static bool
is_hex(const char *text, size_t size)
{
	return strspn(text, "0123456789abcdef") >= size;
}

static bool
is_cluster_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool
is_cluster_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!is_cluster_char(text[i]))
			return false;
	}
	return size > 0;
}

/* The form of the hash is longer than any id that stands for itself. */
bool
repo_cluster_valid(const char *folder)
{
	const size_t size = strlen(folder);

	if (size <= REPO_CLUSTER_ID_MAX)
		return is_cluster_text(folder, size);
	return size == REPO_CLUSTER_MAX - 1 && folder[0] == 'x' &&
	    folder[1] == '-' && is_hex(folder + 2, size - 2);
}

void
repo_cluster(const char *cluster_id, char out[REPO_CLUSTER_MAX])
{
	const size_t size = strlen(cluster_id);
	char hash[SHA256_HEX_MAX];

	if (size <= REPO_CLUSTER_ID_MAX && is_cluster_text(cluster_id, size)) {
		memcpy(out, cluster_id, size + 1);
		return;
	}
	out[0] = 'x';
	out[1] = '-';
	(void)sha256_hex(cluster_id, size, hash);
	memcpy(out + 2, hash, sizeof(hash));
}

/* Everything up to the size; times are in the range that a key can hold. */
static void
format_parts(const struct snapshot_key *parts, char out[STORE_KEY_MAX + 1])
{
	char from[TIME_KEY_MAX];
	char to[TIME_KEY_MAX];
	int size;

	(void)time_format_key(parts->from_ms, from);
	(void)time_format_key(parts->to_ms, to);
	size = snprintf(out, STORE_KEY_MAX + 1,
	    ROOT "%s/%.4s/%.2s/%.2s/%s-%s-%s-%c-%s" SUFFIX, parts->cluster,
	    from, from + 4, from + 6, from, parts->id, to,
	    parts->complete ? 'c' : 'p', parts->selection_hash);
	assert(size > 0 && size <= STORE_KEY_MAX);
	(void)size;
}

static int64_t
clamp_time(int64_t time_ms)
{
	if (time_ms < 0)
		return 0;
	return time_ms < TIME_LAST_MS ? time_ms : TIME_LAST_MS;
}

void
repo_key_day(const char *cluster, int64_t at_ms, char *out)
{
	char at[TIME_KEY_MAX];

	(void)time_format_key(clamp_time(at_ms), at);
	(void)snprintf(out, STORE_KEY_MAX + 1, ROOT "%s/%.4s/%.2s/%.2s/",
	    cluster, at, at + 4, at + 6);
}

void
repo_key_moment(const char *cluster, int64_t at_ms, char *out)
{
	char at[TIME_KEY_MAX];

	(void)time_format_key(clamp_time(at_ms), at);
	(void)snprintf(out, STORE_KEY_MAX + 1, ROOT "%s/%.4s/%.2s/%.2s/%s",
	    cluster, at, at + 4, at + 6, at);
}

void
repo_key_format(const struct snapshot_info *info, char out[STORE_KEY_MAX + 1])
{
	struct snapshot_key parts = { 0 };

	repo_cluster(info->cluster_id, parts.cluster);
	memcpy(parts.id, info->id, sizeof(parts.id));
	parts.from_ms = clamp_time(info->window.from_ms);
	parts.to_ms = clamp_time(info->window.to_ms);
	parts.complete = info->window.complete;
	memcpy(parts.selection_hash, info->selection_hash,
	    sizeof(parts.selection_hash));
	format_parts(&parts, out);
}

/* The cluster's folder; returns what stands behind its '/', or NULL. */
static const char *
parse_cluster(const char *key, struct snapshot_key *out)
{
	size_t size;

	if (strncmp(key, ROOT, strlen(ROOT)) != 0)
		return NULL;
	key += strlen(ROOT);
	size = strcspn(key, "/");
	if (size >= sizeof(out->cluster) || key[size] != '/')
		return NULL;
	memcpy(out->cluster, key, size);
	return repo_cluster_valid(out->cluster) ? key + size + 1 : NULL;
}

/* Read each part where it has to stand, then compare the whole with what the
 * parts would be written as: that holds the separators and the day. */
bool
repo_key_parse(const char *key, struct snapshot_key *out)
{
	const size_t name_size = TIME_SIZE + 1 + ID_SIZE + 1 + TIME_SIZE + 3 +
	    HASH_SIZE + strlen(SUFFIX);
	struct snapshot_key parts = { 0 };
	const char *name = parse_cluster(key, &parts);
	const char *id;
	const char *to;

	if (name == NULL || strlen(name) != DAY_SIZE + name_size)
		return false;
	name += DAY_SIZE;
	id = name + TIME_SIZE + 1;
	to = id + ID_SIZE + 1;
	if (!time_parse_key(
		(struct bytes){ name, TIME_SIZE }, &parts.from_ms) ||
	    !time_parse_key((struct bytes){ to, TIME_SIZE }, &parts.to_ms) ||
	    !is_hex(id, ID_SIZE) || !is_hex(to + TIME_SIZE + 3, HASH_SIZE) ||
	    parts.from_ms < 0 || parts.to_ms < parts.from_ms)
		return false;
	memcpy(parts.id, id, ID_SIZE);
	memcpy(parts.selection_hash, to + TIME_SIZE + 3, HASH_SIZE);
	parts.complete = to[TIME_SIZE + 1] == 'c';
	format_parts(&parts, parts.key);
	if (strcmp(parts.key, key) != 0)
		return false;
	*out = parts;
	return true;
}

static int
fail_check(const struct snapshot_key *key, const char *what, const char *in_key,
    const char *in_manifest, struct err *err)
{
	return err_set(err, ERR_CORRUPT,
	    "MANIFEST.json of %s does not agree with its key: %s is %s in the "
	    "key and %s in the manifest",
	    key->key, what, in_key, in_manifest);
}

/* The manifest's text is shown only as what a key would have for it. */
int
repo_key_check(const struct snapshot_key *key, const struct snapshot_info *info,
    struct err *err)
{
	char cluster[REPO_CLUSTER_MAX];
	char key_time[TIME_RFC3339_MAX];
	char info_time[TIME_RFC3339_MAX];

	repo_cluster(info->cluster_id, cluster);
	if (strcmp(key->cluster, cluster) != 0)
		return fail_check(
		    key, "the cluster", key->cluster, cluster, err);
	if (strcmp(key->id, info->id) != 0)
		return fail_check(key, "the id", key->id,
		    is_hex(info->id, ID_SIZE) ? info->id : "another", err);
	if (key->from_ms != info->window.from_ms)
		return fail_check(key, "the start",
		    time_format(key->from_ms, key_time),
		    time_format(info->window.from_ms, info_time), err);
	if (key->to_ms != info->window.to_ms)
		return fail_check(key, "the end",
		    time_format(key->to_ms, key_time),
		    time_format(info->window.to_ms, info_time), err);
	if (key->complete != info->window.complete)
		return fail_check(key, "completeness",
		    key->complete ? "complete" : "partial",
		    info->window.complete ? "complete" : "partial", err);
	if (strcmp(key->selection_hash, info->selection_hash) != 0)
		return fail_check(key, "the selection", key->selection_hash,
		    is_hex(info->selection_hash, HASH_SIZE)
			? info->selection_hash
			: "another",
		    err);
	return 0;
}

bool
repo_key_same_window(
    const struct snapshot_key *left, const struct snapshot_key *right)
{
	return left->from_ms == right->from_ms &&
	    strcmp(left->id, right->id) == 0 &&
	    strcmp(left->cluster, right->cluster) == 0;
}
