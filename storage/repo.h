/*
 * repo.h - a repository of snapshots in a store: which keys there are, saving,
 * listing, finding and loading.  Layout: design section 9.
 *
 *	tidemark.json                           what this is
 *	snapshots/<cluster>/2026/11/25/<from>-<id>-<to>-<c|p>-<h>.tar.zst
 *	selections/<cluster>/<h>.json           what <h> stands for
 *	applies/<cluster>/2026/11/25/...        records of applies: applies.h
 *	freezes/<cluster>/...                   records of freezes: freezes.h
 *
 * A key alone tells time, id, completeness and selection of a snapshot, so
 * list, latest and prune open no archive.  A listing shows no object whose
 * name is not of this form.  Of two versions of one <id> the later <to> wins.
 */
#ifndef STORAGE_REPO_H
#define STORAGE_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "formats/model.h"
#include "storage/store.h"

struct archive_wanted;
struct capture_choice;
struct window_series;
struct repo;

#define REPO_CLUSTER_MAX 67 /* "x-" and 64 digits, or the cluster id */

/* What the key of a snapshot says. */
struct snapshot_key {
	char key[STORE_KEY_MAX + 1];
	char cluster[REPO_CLUSTER_MAX]; /* the folder, see repo_cluster */
	char id[ENV_ID_MAX];
	int64_t from_ms;
	int64_t to_ms;
	bool complete;
	char selection_hash[SNAPSHOT_HASH_MAX];
	uint64_t size; /* bytes of the archive */
};

struct snapshot_keys {
	struct snapshot_key *keys; /* oldest first */
	size_t count;
	size_t capacity;
	size_t foreign_count; /* objects below snapshots/ of another form */
};

/* Build and parse a key.  repo_key_parse is false for any other text. */
void repo_key_format(
    const struct snapshot_info *info, char out[STORE_KEY_MAX + 1]);
bool repo_key_parse(const char *key, struct snapshot_key *out) MUST_CHECK;

/* The folder of a cluster: its id if that is [A-Za-z0-9_-]{1,64}, else "x-"
 * and the SHA-256 of it. */
void repo_cluster(const char *cluster_id, char out[REPO_CLUSTER_MAX]);

/* Make a repository in an empty or missing place.  ERR_EXISTS if one is there
 * already.  Where the store then lacks STORE_CAN_EXCLUDE, only the names of
 * snapshots, which nobody else chooses, keep them from being overwritten. */
int repo_init(
    struct store *store, const struct env *env, struct err *err) MUST_CHECK;

/* Open one; the repo takes the store (also on failure).  No repository there:
 * ERR_NO_REPO with the init line as hint; a newer one: ERR_UNSUPPORTED. */
int repo_open(struct store *store, const struct env *env, struct repo **out,
    struct err *err) MUST_CHECK;
void repo_free(struct repo *repo);
const char *repo_name(const struct repo *repo);
struct store *repo_store(struct repo *repo);

/*
 * Store an encoded snapshot under its key, after the selection's text.  The
 * object is read back by size only; its bytes are the caller's.  out may be
 * NULL.
 */
int repo_save(struct repo *repo, const struct snapshot_info *info,
    struct bytes archive, struct snapshot_key *out, struct err *err) MUST_CHECK;

/* Which snapshots: all members may be left zero. */
struct repo_query {
	const char *cluster; /* folder name; NULL: every cluster */
	int64_t from_ms;     /* windows that end at or after; 0: any */
	int64_t to_ms;       /* windows that begin at or before; 0: any */
};

int repo_list(struct repo *repo, const struct repo_query *query,
    struct snapshot_keys *out, struct err *err) MUST_CHECK;
void snapshot_keys_add(
    struct snapshot_keys *keys, const struct snapshot_key *key);
void snapshot_keys_release(struct snapshot_keys *keys);

/* The cluster folders that have snapshots, in byte order. */
struct repo_clusters {
	char (*names)[REPO_CLUSTER_MAX];
	size_t count;
};
int repo_list_clusters(
    struct repo *repo, struct repo_clusters *out, struct err *err) MUST_CHECK;
void repo_clusters_release(struct repo_clusters *clusters);

/*
 * The snapshots of a cluster (folder name) around a moment, opening nothing:
 * those that begin at or before it (newest first), or after it (oldest first).
 * Order is by the begin of the windows: one of the day before that runs past
 * midnight comes in its turn.  INT64_MAX is the end of time and the cheapest
 * way to the newest of all.
 */
struct repo_walker {
	/* Called for each until it returns 1 to stop, or -1; both of the former
	 * make the walk return 0. */
	int (*visit)(
	    const struct snapshot_key *key, void *context, struct err *err);
	/* Backward, before older folders are listed: can nothing that began
	 * before that moment matter?  May be NULL. */
	bool (*done)(int64_t before_ms, void *context);
	void *context;
};
int repo_walk_before(struct repo *repo, const char *cluster, int64_t at_ms,
    const struct repo_walker *walker, struct err *err) MUST_CHECK;
int repo_walk_after(struct repo *repo, const char *cluster, int64_t at_ms,
    const struct repo_walker *walker, struct err *err) MUST_CHECK;

/* The one snapshot whose id begins with prefix (at least 4 digits, any case).
 * None: ERR_NOT_FOUND; several: ERR_USAGE naming them. */
int repo_find(struct repo *repo, const char *prefix, struct snapshot_key *out,
    struct err *err) MUST_CHECK;

/* The raw bytes of a snapshot (instead of what out held), and the decoded one.
 * A key that disagrees with the manifest inside is ERR_CORRUPT.  Errors of
 * decoding name the id. */
int repo_get(struct repo *repo, const struct snapshot_key *key, struct buf *out,
    struct err *err) MUST_CHECK;
int repo_load(struct repo *repo, const struct snapshot_key *key,
    struct snapshot *out, struct err *err) MUST_CHECK;
/* The same of the capture that is chosen, not of the last one. */
int repo_load_at(struct repo *repo, const struct snapshot_key *key,
    const struct capture_choice *choice, struct snapshot *out,
    struct err *err) MUST_CHECK;

/* The last capture, and that at which the time index of its window was asked
 * last into indexed, which stays empty if it is the same one, or if there is
 * none: for who goes on from this snapshot. */
int repo_load_previous(struct repo *repo, const struct snapshot_key *key,
    struct snapshot *out, struct snapshot *indexed, struct err *err) MUST_CHECK;

/*
 * The same of only these groups and their topics, reading no more of the object
 * than that needs (formats/archive_piece.h): normally its end and two ranges.
 * Where a part of it is not as it must be, the whole is read and decides.
 */
int repo_load_groups(struct repo *repo, const struct snapshot_key *key,
    const struct archive_wanted *wanted, struct snapshot *out,
    struct err *err) MUST_CHECK;

/*
 * One snapshot of which several captures are read.  What was read of it is
 * kept, so that another capture of the same groups costs no further request.
 * A version of an open window that was removed meanwhile, because a larger one
 * took its place, is read from that one; then the numbers of captures may be
 * others (some were dropped), but not their times.
 */
struct repo_object;
struct repo_object *repo_object_new(
    struct repo *repo, const struct snapshot_key *key) MUST_CHECK;
void repo_object_free(struct repo_object *object);
/* Of the version that was read last. */
const struct snapshot_key *repo_object_key(const struct repo_object *object);

/* As repo_load_at and repo_load_groups. */
int repo_object_load(struct repo_object *object,
    const struct capture_choice *choice, struct snapshot *out,
    struct err *err) MUST_CHECK;
int repo_object_load_groups(struct repo_object *object,
    const struct archive_wanted *wanted, struct snapshot *out,
    struct err *err) MUST_CHECK;
/* The logs of topics in all captures (formats/archive_piece.h). */
int repo_object_load_series(struct repo_object *object,
    const struct bytes *topics, size_t topic_count, struct window_series *out,
    struct err *err) MUST_CHECK;

/* Does what the key says agree with the manifest?  ERR_CORRUPT if not. */
int repo_key_check(const struct snapshot_key *key,
    const struct snapshot_info *info, struct err *err) MUST_CHECK;

#endif /* STORAGE_REPO_H */
