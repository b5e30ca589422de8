/* Finding and reading the snapshot that a word names. */
#include "cli/snapshot_ref.h"

#include <stdio.h>
#include <string.h>

#include "cli/context.h"
#include "common/files.h"
#include "common/utf8.h"
#include "formats/archive.h"
#include "restore/resolve.h"
#include "snapshot/wanted.h"

#define SHOWN_MAX 512

bool
snapshot_ref_is_path(const char *word)
{
	return resolve_meaning_of(word) == RESOLVE_IS_PATH;
}

const char *
snapshot_ref_word(const struct snapshot_info *info, char out[SNAPSHOT_WORD_MAX])
{
	char time[TIME_RFC3339_MAX];

	if (info->window.number + 1 == info->window.count)
		(void)snprintf(out, SNAPSHOT_WORD_MAX, "%s", info->id);
	else
		(void)snprintf(out, SNAPSHOT_WORD_MAX, "%s@%s", info->id,
		    time_format(info->to_ms, time));
	return out;
}

int
snapshot_ref_choice(const struct context *context, const char *word,
    struct capture_choice *out, struct err *err)
{
	const char *at = resolve_time_of(word);
	char shown[SHOWN_MAX];

	*out = (struct capture_choice){ .how = CAPTURE_LAST };
	if (at == NULL)
		return 0;
	out->how = CAPTURE_BEFORE;
	if (time_parse(at + 1, env_now_ms(&context->env), &out->at_ms, err) !=
	    0)
		return err_wrap(err, "the time in '%s'",
		    utf8_escape_to(bytes_of(word), shown, sizeof(shown)));
	return 0;
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

static int
find(struct context *context, struct repo **repo, const char *word,
    const char *cluster, struct snapshot_ref *out, struct err *err)
{
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
snapshot_ref_find(struct context *context, struct repo **repo, const char *word,
    const char *cluster, struct snapshot_ref *out, struct err *err)
{
	const char *at = resolve_time_of(word);
	char *name = arena_text(&context->options.arena, word);

	memset(out, 0, sizeof(*out));
	if (snapshot_ref_choice(context, word, &out->choice, err) != 0)
		return -1;
	out->has_time = at != NULL;
	if (at != NULL)
		name[at - word] = '\0';
	return find(context, repo, name, cluster, out, err);
}

int
snapshot_ref_read(struct repo *repo, const struct snapshot_ref *ref,
    struct buf *out, struct err *err)
{
	if (ref->has_time)
		return err_set(err, ERR_USAGE,
		    "this is about all of a snapshot, and @TIME names one "
		    "capture of it");
	if (ref->is_path)
		return file_read(ref->path, ARCHIVE_SIZE_MAX, out, err);
	return repo_get(repo, &ref->key, out, err);
}

static int
decode_file(const struct snapshot_ref *ref, const struct capture_choice *choice,
    struct snapshot *out, struct err *err)
{
	struct buf bytes = { 0 };
	char shown[SHOWN_MAX];
	int result = -1;

	if (file_read(ref->path, ARCHIVE_SIZE_MAX, &bytes, err) == 0) {
		result = archive_decode_at(buf_bytes(&bytes), choice, out, err);
		if (result != 0)
			err_wrap(err, "%s",
			    utf8_escape_to(
				bytes_of(ref->path), shown, sizeof(shown)));
	}
	buf_release(&bytes);
	return result;
}

static int
load_at(struct repo *repo, const struct snapshot_ref *ref,
    const struct wanted *wanted, const struct capture_choice *choice,
    struct snapshot *out, struct err *err)
{
	struct repo_object *object;
	int result;

	if (ref->is_path) {
		result = decode_file(ref, choice, out, err);
		if (result == 0)
			wanted_warn(out, ref->path, wanted->log);
		return result;
	}
	object = repo_object_new(repo, &ref->key);
	result = wanted_load_at(object, wanted, choice, out, err);
	repo_object_free(object);
	return result;
}

int
snapshot_ref_load(struct repo *repo, const struct snapshot_ref *ref,
    const struct wanted *wanted, struct snapshot *out, struct err *err)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };
	struct err why = { 0 };

	if (load_at(repo, ref, wanted, &ref->choice, out, &why) == 0)
		return 0;
	if (why.kind != ERR_NOT_FOUND || !ref->has_time) {
		*err = why;
		return -1;
	}
	/* Either there is no such capture, or no such snapshot. */
	if (load_at(repo, ref, wanted, &last, out, err) != 0)
		return -1;
	(void)resolve_no_capture(&out->info, ref->choice.at_ms, err);
	snapshot_release(out);
	return -1;
}
