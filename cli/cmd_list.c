/* tidemark list: the snapshots of a repository, from their keys alone. */
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_captures.h"
#include "cli/list_restores.h"
#include "cli/snapshot_ref.h"
#include "cli/table.h"
#include "common/timetext.h"

/* The moment of --at, when it is given: 0 means any. */
static int
parse_at(struct context *context, int64_t *out, struct err *err)
{
	const char *text = options_text(&context->options, OPT_AT);

	*out = 0;
	if (text == NULL)
		return 0;
	if (time_parse(text, env_now_ms(&context->env), out, err) != 0)
		return err_wrap(err, "--at");
	return 0;
}

/* What one cluster has around a moment. */
struct around {
	int64_t at_ms;
	struct snapshot_key before; /* the last to end by then */
	struct snapshot_key after;  /* one that had not ended, or the first
				       that began later */
	bool has_before;
	bool has_after;
};

/* Visits from the moment back.  A window that began before what was found may
 * have ended after it. */
static int
take_before(const struct snapshot_key *key, void *context, struct err *err)
{
	struct around *around = context;

	(void)err;
	if (key->to_ms > around->at_ms) {
		around->after = *key;
		around->has_after = true;
	} else if (!around->has_before || key->to_ms > around->before.to_ms) {
		around->before = *key;
		around->has_before = true;
	}
	return 0;
}

/* No capture of a window begins on a later day than its first one. */
static bool
before_is_over(int64_t before_ms, void *context)
{
	const struct around *around = context;

	return around->has_before && around->before.to_ms >= before_ms;
}

/* Visits from the moment on. */
static int
take_after(const struct snapshot_key *key, void *context, struct err *err)
{
	struct around *around = context;

	(void)err;
	around->after = *key;
	around->has_after = true;
	return 1;
}

static int
find_around(struct repo *repo, const char *cluster, int64_t at_ms,
    struct snapshot_keys *out, struct err *err)
{
	struct around around = { .at_ms = at_ms };
	const struct repo_walker backward = { take_before, before_is_over,
		&around };
	const struct repo_walker forward = { take_after, NULL, &around };

	if (repo_walk_before(repo, cluster, at_ms, &backward, err) != 0)
		return -1;
	if (!around.has_after &&
	    repo_walk_after(repo, cluster, at_ms, &forward, err) != 0)
		return -1;
	if (around.has_before)
		snapshot_keys_add(out, &around.before);
	if (around.has_after)
		snapshot_keys_add(out, &around.after);
	return 0;
}

/* Of each cluster the snapshot before the moment and the one after it, without
 * listing all the others. */
static int
list_around(struct repo *repo, const char *cluster, int64_t at_ms,
    struct snapshot_keys *out, struct err *err)
{
	struct repo_clusters clusters = { 0 };
	int result = 0;

	if (cluster != NULL)
		return find_around(repo, cluster, at_ms, out, err);
	if (repo_list_clusters(repo, &clusters, err) != 0)
		return -1;
	for (size_t i = 0; result == 0 && i < clusters.count; i++)
		result = find_around(repo, clusters.names[i], at_ms, out, err);
	repo_clusters_release(&clusters);
	return result;
}

/* What a rescue of all groups found of each position last: nothing else has
 * such a hash. */
static bool
is_last_known(const struct snapshot_key *key)
{
	static const enum scope scopes[] = { SCOPE_CLUSTER, SCOPE_VISIBLE };
	struct selection all = { 0 };
	char hash[SNAPSHOT_HASH_MAX];

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		selection_canonical(scopes[i], &all, true, hash);
		if (strcmp(key->selection_hash, hash) == 0)
			return true;
	}
	return false;
}

static const char *
selection_word(const struct snapshot_key *key)
{
	if (strcmp(key->selection_hash, "00000000") == 0)
		return "all";
	return is_last_known(key) ? "last-known" : key->selection_hash;
}

static void
print_json(const struct snapshot_keys *keys, struct output *out)
{
	for (size_t index = 0; index < keys->count; index++) {
		const struct snapshot_key *key = &keys->keys[index];
		json_t *line = json_pack("{s:s, s:s, s:b, s:s, s:I, s:s}", "id",
		    key->id, "cluster", key->cluster, "complete",
		    key->complete ? 1 : 0, "selection", selection_word(key),
		    "size", (json_int_t)key->size, "key", key->key);

		json_set_time(line, "from", key->from_ms);
		json_set_time(line, "to", key->to_ms);
		output_json(out, line);
	}
}

static void
print_table(const struct snapshot_keys *keys, struct output *out)
{
	static const char *const titles[] = { "ID", "FROM", "TO", "STATE",
		"SELECTION", ">SIZE", "CLUSTER", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t index = 0; index < keys->count; index++) {
		const struct snapshot_key *key = &keys->keys[index];
		char text[TIME_RFC3339_MAX];

		table_text(&table, "%s", key->id);
		table_text(&table, "%s", time_format(key->from_ms, text));
		table_text(&table, "%s", time_format(key->to_ms, text));
		table_text(
		    &table, "%s", key->complete ? "complete" : "PARTIAL");
		table_text(&table, "%s", selection_word(key));
		table_number(&table, (int64_t)key->size);
		table_text(&table, "%s", key->cluster);
	}
	table_finish(&table, out);
}

/* The keys of what is asked for. */
static int
find_keys(struct context *context, struct repo *repo, int64_t at_ms,
    struct snapshot_keys *out, struct err *err)
{
	const struct options *options = &context->options;
	struct repo_query query = { 0 };
	char cluster[REPO_CLUSTER_MAX];
	struct snapshot_ref ref;

	query.cluster = snapshot_ref_cluster(context, cluster);
	if (options->argument_count > 0) {
		if (snapshot_ref_find(context, &repo, options->arguments[0],
			query.cluster, &ref, err) != 0)
			return -1;
		if (ref.is_path || ref.has_time)
			return err_set(err, ERR_USAGE,
			    "list takes a snapshot of the repository");
		snapshot_keys_add(out, &ref.key);
		return 0;
	}
	if (options_is_set(options, OPT_AT))
		return list_around(repo, query.cluster, at_ms, out, err);
	return repo_list(repo, &query, out, err);
}

static int
print_keys(struct context *context, struct repo *repo,
    const struct snapshot_keys *keys, int64_t at_ms, struct err *err)
{
	const struct options *options = &context->options;

	if (options_flag(options, OPT_CAPTURES))
		return options_is_set(options, OPT_AT)
		    ? list_captures_around(context, repo, keys, at_ms, err)
		    : list_captures(context, repo, keys, err);
	if (options_flag(options, OPT_JSON))
		print_json(keys, &context->out);
	else
		print_table(keys, &context->out);
	return EXIT_ALL;
}

static int
list_snapshots(
    struct context *context, struct repo *repo, int64_t at_ms, struct err *err)
{
	const char *cluster = options_text(&context->options, OPT_CLUSTER);
	struct snapshot_keys keys = { 0 };
	int result = -1;

	if (find_keys(context, repo, at_ms, &keys, err) != 0)
		goto out;
	if (keys.foreign_count > 0)
		log_warn(&context->log,
		    "%zu objects below snapshots/ are not snapshots",
		    keys.foreign_count);
	if (keys.count == 0 && !options_flag(&context->options, OPT_JSON))
		log_info(&context->log, "%s holds no snapshot%s%s",
		    repo_name(repo), cluster != NULL ? " of cluster " : " yet",
		    cluster != NULL ? cluster : "");
	result = print_keys(context, repo, &keys, at_ms, err);
out:
	snapshot_keys_release(&keys);
	return result;
}

int
cmd_list(struct context *context, struct err *err)
{
	const struct options *options = &context->options;
	const bool by_capture = options_flag(options, OPT_CAPTURES);
	struct repo *repo = NULL;
	char cluster[REPO_CLUSTER_MAX];
	int64_t at_ms;
	int result = -1;

	if (context_need_arguments(context, 0, by_capture ? 1 : 0,
		by_capture ? "at most one snapshot" : "no arguments",
		err) != 0 ||
	    parse_at(context, &at_ms, err) != 0)
		return -1;
	if (by_capture && options_flag(options, OPT_RESTORES))
		return err_set(err, ERR_USAGE,
		    "--captures and --restores exclude each other");
	if (options->argument_count > 0 && options_is_set(options, OPT_AT))
		return err_set(
		    err, ERR_USAGE, "a snapshot and --at exclude each other");
	if (context_open_repo(context, &repo, err) == 0)
		result = options_flag(options, OPT_RESTORES)
		    ? list_restores(context, repo,
			  snapshot_ref_cluster(context, cluster), err)
		    : list_snapshots(context, repo, at_ms, err);
	repo_free(repo);
	return result;
}
