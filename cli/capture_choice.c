#include "cli/capture_choice.h"

#include <string.h>

#include "cli/context.h"
#include "cli/version.h"
#include "snapshot/indexbase.h"

#define INDEX_STEP_MIN_MS 1000

static int
parse_scope(struct context *context, enum scope_wish *out, struct err *err)
{
	static const char *const words[] = { "auto", "cluster", "named",
		"visible" };
	static const enum scope_wish wishes[] = { SCOPE_WISH_AUTO,
		SCOPE_WISH_CLUSTER, SCOPE_WISH_NAMED, SCOPE_WISH_VISIBLE };
	size_t chosen;

	if (options_choice(&context->options, OPT_SCOPE, words,
		sizeof(words) / sizeof(*words), &chosen, err) != 0)
		return -1;
	*out = wishes[chosen];
	return 0;
}

int
capture_choice_options(
    struct context *context, struct capture_options *options, struct err *err)
{
	const char *reason = options_text(&context->options, OPT_REASON);

	memset(options, 0, sizeof(*options));
	if (parse_scope(context, &options->wish, err) != 0)
		return -1;
	context_selection(context, &options->selection);
	options->timeout_ms = options_number(&context->options, OPT_TIMEOUT);
	options->window = (size_t)options_number(&context->options, OPT_WINDOW);
	options->writer = version_writer;
	options->reason = reason != NULL ? reason : "";
	options->index_points =
	    (size_t)options_number(&context->options, OPT_INDEX_POINTS);
	options->index_step_ms =
	    options_number(&context->options, OPT_INDEX_STEP);
	if (options->index_step_ms < INDEX_STEP_MIN_MS)
		return err_set(err, ERR_USAGE, "--index-step is 1s or longer");
	return 0;
}

struct search {
	const char *selection_hash;
	bool found;
	struct snapshot_key key;
};

static int
take_same_selection(
    const struct snapshot_key *key, void *context, struct err *err)
{
	struct search *search = context;

	(void)err;
	if (strcmp(key->selection_hash, search->selection_hash) != 0)
		return 0;
	search->key = *key;
	search->found = true;
	return 1;
}

static void
load(struct context *context, struct repo *repo, const struct snapshot_key *key,
    struct capture_before *out)
{
	struct snapshot indexed = { 0 };
	struct err why = { 0 };

	if (repo_load_previous(repo, key, &out->previous, &indexed, &why) !=
	    0) {
		log_warn(&context->log,
		    "cannot compare with the previous snapshot: %s",
		    why.message);
		snapshot_release(&out->previous);
		return;
	}
	if (out->previous.info.index_points > 0)
		indexbase_take(&out->indexed,
		    indexed.info.id[0] != '\0' ? &indexed : &out->previous);
	snapshot_release(&indexed);
}

int
capture_choice_before(struct context *context, struct repo *repo,
    const struct sampler_identity *identity, struct capture_before *out,
    struct err *err)
{
	struct search search = { .selection_hash = identity->selection_hash };
	const struct repo_walker walker = { take_same_selection, NULL,
		&search };
	char cluster[REPO_CLUSTER_MAX];

	repo_cluster(identity->cluster_id, cluster);
	if (repo_walk_before(repo, cluster, INT64_MAX, &walker, err) != 0)
		return -1;
	if (search.found)
		load(context, repo, &search.key, out);
	return 0;
}
