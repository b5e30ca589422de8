/* Finding and reading the snapshot that a word names. */
#include "cli/snapshot_ref.h"

#include <string.h>

#include "cli/context.h"
#include "common/files.h"
#include "common/utf8.h"
#include "formats/archive.h"
#include "snapshot/wanted.h"

#define SUFFIX ".tar.zst"

bool
snapshot_ref_is_path(const char *word)
{
	const size_t size = strlen(word);
	const size_t suffix = strlen(SUFFIX);

	return strchr(word, '/') != NULL ||
	    (size > suffix && strcmp(word + size - suffix, SUFFIX) == 0);
}

const char *
snapshot_ref_cluster(const struct context *context, char into[REPO_CLUSTER_MAX])
{
	const char *id = options_text(&context->options, OPT_CLUSTER);

	if (id == NULL)
		return NULL;
	repo_cluster(id, into);
	return into;
}

int
snapshot_ref_only_cluster(
    struct repo *repo, char into[REPO_CLUSTER_MAX], struct err *err)
{
	struct repo_clusters clusters = { 0 };
	int result = -1;

	if (repo_list_clusters(repo, &clusters, err) != 0)
		return -1;
	if (clusters.count == 0) {
		err_set(err, ERR_NOT_FOUND, "%s holds no snapshot",
		    repo_name(repo));
		err_hint(err, "tidemark snapshot -r %s -b HOST:PORT",
		    repo_name(repo));
	} else if (clusters.count > 1) {
		err_set(err, ERR_USAGE,
		    "%s holds snapshots of %zu clusters: which one?",
		    repo_name(repo), clusters.count);
		err_hint(err, "add --cluster ID, for example --cluster %s",
		    clusters.names[0]);
	} else {
		memcpy(into, clusters.names[0], REPO_CLUSTER_MAX);
		result = 0;
	}
	repo_clusters_release(&clusters);
	return result;
}

/* Visits: takes the first complete one. */
static int
take_complete(const struct snapshot_key *key, void *context, struct err *err)
{
	struct snapshot_ref *ref = context;

	(void)err;
	if (!key->complete)
		return 0;
	ref->key = *key;
	ref->path = ref->key.key;
	return 1;
}

static int
find_latest(struct repo *repo, const char *cluster, struct snapshot_ref *out,
    struct err *err)
{
	const struct repo_walker walker = { take_complete, NULL, out };
	char only[REPO_CLUSTER_MAX];

	if (cluster == NULL) {
		if (snapshot_ref_only_cluster(repo, only, err) != 0)
			return -1;
		cluster = only;
	}
	if (repo_walk_before(repo, cluster, INT64_MAX, &walker, err) != 0)
		return -1;
	if (out->path == NULL) {
		err_set(err, ERR_NOT_FOUND,
		    "%s holds no complete snapshot of cluster %s",
		    repo_name(repo), cluster);
		err_hint(err,
		    "tidemark list shows the partial ones; name one "
		    "by its id");
		return -1;
	}
	return 0;
}

int
snapshot_ref_find(struct context *context, struct repo **repo, const char *word,
    const char *cluster, struct snapshot_ref *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	if (snapshot_ref_is_path(word)) {
		out->is_path = true;
		out->path = word;
		return 0;
	}
	if (*repo == NULL && context_open_repo(context, repo, err) != 0)
		return -1;
	if (strcmp(word, "latest") == 0)
		return find_latest(*repo, cluster, out, err);
	if (repo_find(*repo, word, &out->key, err) != 0)
		return -1;
	out->path = out->key.key;
	return 0;
}

int
snapshot_ref_read(struct repo *repo, const struct snapshot_ref *ref,
    struct buf *out, struct err *err)
{
	if (ref->is_path)
		return file_read(ref->path, ARCHIVE_SIZE_MAX, out, err);
	return repo_get(repo, &ref->key, out, err);
}

int
snapshot_ref_load(struct repo *repo, const struct snapshot_ref *ref,
    const struct wanted *wanted, struct snapshot *out, struct err *err)
{
	struct buf bytes = { 0 };
	char shown[512];
	int result = -1;

	if (!ref->is_path)
		return wanted_load(repo, &ref->key, wanted, out, err);
	if (file_read(ref->path, ARCHIVE_SIZE_MAX, &bytes, err) != 0)
		goto out;
	if (archive_decode(buf_bytes(&bytes), out, err) != 0) {
		err_wrap(err, "%s",
		    utf8_escape_to(bytes_of(ref->path), shown, sizeof(shown)));
		goto out;
	}
	wanted_warn(out, ref->path, wanted->log);
	result = 0;
out:
	buf_release(&bytes);
	return result;
}
