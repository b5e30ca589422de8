/*
 * snapshot_ref.h - the word SNAPSHOT on the command line: an id or its first
 * digits, "latest", or the path of an archive (which needs no repository).  It
 * means the last capture of that window; with @TIME behind it the newest one
 * that had ended by then.
 */
#ifndef CLI_SNAPSHOT_REF_H
#define CLI_SNAPSHOT_REF_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/timetext.h"
#include "formats/model.h"
#include "formats/window.h"
#include "storage/repo.h"

struct context;
struct wanted;

struct snapshot_ref {
	bool is_path;
	const char *path;        /* as given, or the key in the repository */
	struct snapshot_key key; /* not of a path */
	bool has_time;
	struct capture_choice choice;
};

/* What names this capture: its snapshot's id, and behind that its time unless
 * it is the last of its window. */
#define SNAPSHOT_WORD_MAX (ENV_ID_MAX + 1 + TIME_RFC3339_MAX)
const char *snapshot_ref_word(
    const struct snapshot_info *info, char out[SNAPSHOT_WORD_MAX]);

/* The choice that a word with @TIME makes; without, the last capture. */
int snapshot_ref_choice(const struct context *context, const char *word,
    struct capture_choice *out, struct err *err) MUST_CHECK;

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

/* Its bytes, unchecked; ERR_USAGE for one capture of it. */
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
