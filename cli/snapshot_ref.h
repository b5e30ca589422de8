/*
 * snapshot_ref.h - the word SNAPSHOT on the command line: an id or its first
 * digits, "latest", or the path of an archive (which needs no repository).
 */
#ifndef CLI_SNAPSHOT_REF_H
#define CLI_SNAPSHOT_REF_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"
#include "storage/repo.h"

struct context;
struct wanted;

struct snapshot_ref {
	bool is_path;
	const char *path;        /* as given, or the key in the repository */
	struct snapshot_key key; /* not of a path */
};

/* True for a word that can only be a path: it holds a '/' or ends in
 * ".tar.zst". */
bool snapshot_ref_is_path(const char *word);

/*
 * Find it.  *repo is opened when it is needed and still NULL; the caller frees
 * it.  latest is the newest complete snapshot of the cluster folder (NULL: of
 * the only one there is; several are ERR_USAGE).
 */
int snapshot_ref_find(struct context *context, struct repo **repo,
    const char *word, const char *cluster, struct snapshot_ref *out,
    struct err *err) MUST_CHECK;

/* Its bytes, unchecked. */
int snapshot_ref_read(struct repo *repo, const struct snapshot_ref *ref,
    struct buf *out, struct err *err) MUST_CHECK;

/* Read and decode what is wanted of it; of one in the repository no more is
 * read than that needs.  A file whose name is a snapshot's key must agree with
 * what it holds. */
int snapshot_ref_load(struct repo *repo, const struct snapshot_ref *ref,
    const struct wanted *wanted, struct snapshot *out,
    struct err *err) MUST_CHECK;

/* The folder of the only cluster of the repository; none or several: an error
 * that says what to do. */
int snapshot_ref_only_cluster(
    struct repo *repo, char into[REPO_CLUSTER_MAX], struct err *err) MUST_CHECK;

/* The cluster folder that --cluster names, or NULL.  into holds it. */
const char *snapshot_ref_cluster(
    const struct context *context, char into[REPO_CLUSTER_MAX]);

#endif /* CLI_SNAPSHOT_REF_H */
