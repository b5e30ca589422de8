/*
 * tidemark diff: which groups are hurt?  Two snapshots, or one and the cluster
 * as it is now.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/diff_text.h"
#include "cli/restore_line.h"
#include "cli/snapshot_ref.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/census.h"
#include "restore/diff.h"
#include "restore/livemodel.h"
#include "restore/nameset.h"
#include "restore/reach.h"
#include "restore/resolve.h"
#include "restore/target.h"
#include "snapshot/selector.h"

#define SHOWN_MAX 120

/* What one comparison works with, for as long as the command runs. */
struct comparison {
	struct context *context;
	struct selection wanted;
	struct selector *selector; /* of wanted */
	const char *words[2];
	bool is_live;      /* the second word */
	struct repo *repo; /* NULL: not needed so far */
	struct cluster *cluster;
	struct cluster_view view; /* of a live one */
	struct snapshot before, after;
	struct census census;
	struct target target;
	struct livemodel live;
};

static int
check_words(struct comparison *comparison, struct err *err)
{
	struct context *context = comparison->context;

	if (context_need_arguments(context, 2, 2,
		"two of them: a snapshot, and a later one or 'live'", err) != 0)
		return -1;
	for (size_t i = 0; i < 2; i++)
		comparison->words[i] = context->options.arguments[i];
	comparison->is_live = strcmp(comparison->words[1], "live") == 0;
	if (strcmp(comparison->words[0], "live") != 0)
		return 0;
	err_set(err, ERR_USAGE, "'live' is the later one");
	err_hint(err, "tidemark diff SNAPSHOT live");
	return -1;
}

/* --- snapshots --------------------------------------------------------- */

/* The cluster that latest, or a time, is of. */
static int
choose_cluster(const struct comparison *comparison, const char **out,
    char into[REPO_CLUSTER_MAX], struct err *err)
{
	*out = comparison->is_live
	    ? comparison->view.cluster_id
	    : options_text(&comparison->context->options, OPT_CLUSTER);
	if (*out != NULL)
		return 0;
	*out = into;
	return snapshot_ref_only_cluster(comparison->repo, into, err);
}

/* latest, or the newest by a time. */
static int
load_newest(struct comparison *comparison, const char *word,
    const struct resolve_request *base, struct snapshot *out, struct err *err)
{
	struct context *context = comparison->context;
	struct resolve_request request = *base;
	struct capture_choice choice;
	char only[REPO_CLUSTER_MAX];
	char shown[SHOWN_MAX];
	char name[SNAPSHOT_WORD_MAX];
	int64_t by_ms;

	if (snapshot_ref_choice(context, word, &choice, err) != 0)
		return -1;
	if (comparison->repo == NULL &&
	    context_open_repo(context, &comparison->repo, err) != 0)
		return -1;
	request.repo = comparison->repo;
	if (choose_cluster(comparison, &request.cluster_id, only, err) != 0)
		return -1;
	if (resolve_meaning_of(word) == RESOLVE_IS_LATEST)
		return resolve_latest(&request,
		    choice.how == CAPTURE_LAST ? NULL : &choice, out, err);
	(void)utf8_escape_to(bytes_of(word), shown, sizeof(shown));
	if (time_parse(word, env_now_ms(&context->env), &by_ms, err) != 0)
		return err_wrap(err, "'%s' is no snapshot", shown);
	if (resolve_newest(&request, by_ms, out, err) != 0)
		return err_wrap(err, "by %s", shown);
	log_info(&context->log, "%s: snapshot %s", shown,
	    snapshot_ref_word(&out->info, name));
	return 0;
}

/* topics: those that are of interest besides the ones that groups are in. */
static int
load_snapshot(struct comparison *comparison, const char *word,
    const struct nameset *topics, struct snapshot *out, struct err *err)
{
	struct context *context = comparison->context;
	struct resolve_request request = {
		.wanted = &comparison->wanted,
		.topics = topics->names,
		.topic_count = topics->count,
		.env = &context->env,
		.log = &context->log,
	};
	const struct wanted wanted =
	    resolve_wanted(&request, comparison->selector);
	const enum resolve_meaning meaning = resolve_meaning_of(word);
	struct snapshot_ref ref;

	if (meaning == RESOLVE_IS_LATEST || meaning == RESOLVE_IS_TIME)
		return load_newest(comparison, word, &request, out, err);
	if (snapshot_ref_find(
		context, &comparison->repo, word, NULL, &ref, err) != 0)
		return -1;
	return snapshot_ref_load(comparison->repo, &ref, &wanted, out, err);
}

static int
check_cluster(
    const struct snapshot *before, const char *cluster_id, struct err *err)
{
	if (strcmp(before->info.cluster_id, cluster_id) == 0)
		return 0;
	err_set(err, ERR_REFUSED,
	    "snapshot %s is of cluster %s, and the other one of cluster %s: "
	    "their offsets mean other records",
	    before->info.id, before->info.cluster_id, cluster_id);
	err_hint(err, "tidemark list shows the clusters of snapshots");
	return -1;
}

static int
check_order(const struct snapshot *before, const struct snapshot *after,
    struct err *err)
{
	char first[SNAPSHOT_WORD_MAX];
	char second[SNAPSHOT_WORD_MAX];

	if (before->info.from_ms <= after->info.from_ms)
		return 0;
	(void)snapshot_ref_word(&before->info, first);
	(void)snapshot_ref_word(&after->info, second);
	err_set(err, ERR_USAGE,
	    "snapshot %s was taken after snapshot %s: the earlier one comes "
	    "first",
	    first, second);
	err_hint(err, "tidemark diff %s %s", second, first);
	return -1;
}

static int
load_after(struct comparison *comparison, const struct nameset *topics,
    struct err *err)
{
	if (load_snapshot(comparison, comparison->words[1], topics,
		&comparison->after, err) != 0 ||
	    check_cluster(&comparison->before,
		comparison->after.info.cluster_id, err) != 0)
		return -1;
	return check_order(&comparison->before, &comparison->after, err);
}

/* --- the cluster now --------------------------------------------------- */

static struct reach
reach_of(struct comparison *comparison)
{
	struct context *context = comparison->context;

	return (struct reach){
		.cluster = comparison->cluster,
		.view = &comparison->view,
		.env = &context->env,
		.log = &context->log,
		.window = (size_t)options_number(&context->options, OPT_WINDOW),
		.timeout_ms = options_number(&context->options, OPT_TIMEOUT),
		.progress = progress_show,
		.progress_context = &context->progress,
	};
}

static void
add_group(const struct comparison *comparison, struct nameset *groups,
    struct bytes name)
{
	if (selector_takes_group(comparison->selector, name))
		nameset_add(groups, name);
}

/* Those that are listed, and by name all that the snapshot knows of. */
static void
gather_groups(const struct comparison *comparison, struct nameset *groups)
{
	const struct snapshot *before = &comparison->before;
	const struct selector *selector = comparison->selector;

	for (size_t i = 0; i < comparison->census.count; i++)
		add_group(
		    comparison, groups, comparison->census.groups[i].name);
	for (size_t i = 0; i < before->group_count; i++)
		add_group(comparison, groups, before->groups[i].name);
	for (size_t i = 0; i < before->hole_count; i++)
		if (before->holes[i].has_group)
			add_group(comparison, groups, before->holes[i].group);
	if (selector_is_named(selector))
		for (size_t i = 0; i < selector_named_count(selector); i++)
			nameset_add(groups, selector_named_at(selector, i));
	nameset_settle(groups);
}

static int
read_live(struct comparison *comparison, const struct nameset *topics,
    struct err *err)
{
	const struct reach reach = reach_of(comparison);
	struct nameset groups = { 0 };
	struct target_request request = {
		.topics = topics->names,
		.topic_count = topics->count,
		.census = &comparison->census,
		.census_is_fresh = true,
		.skips_members = true,
	};
	int result;

	if (census_read(&reach, &comparison->census, err) != 0)
		return -1;
	gather_groups(comparison, &groups);
	request.groups = groups.names;
	request.group_count = groups.count;
	result = target_read(&reach, &request, &comparison->target, err);
	free(groups.names);
	progress_clear(&comparison->context->progress);
	if (result == 0)
		livemodel_make(&comparison->target, &comparison->census,
		    comparison->view.cluster_id, &comparison->live);
	return result;
}

/* --- both -------------------------------------------------------------- */

static void
gather_topics(const struct snapshot *snapshot, struct nameset *topics)
{
	for (size_t i = 0; i < snapshot->group_count; i++)
		for (size_t j = 0; j < snapshot->groups[i].topic_count; j++)
			nameset_add(
			    topics, snapshot->groups[i].topics[j].topic);
	nameset_settle(topics);
}

static int
connect_cluster(struct comparison *comparison, struct err *err)
{
	struct context *context = comparison->context;
	const char *wanted = options_text(&context->options, OPT_CLUSTER);

	if (context_open_cluster(
		context, &comparison->cluster, &comparison->view, err) != 0)
		return -1;
	if (wanted == NULL || strcmp(wanted, comparison->view.cluster_id) == 0)
		return 0;
	return err_set(err, ERR_REFUSED,
	    "the brokers are of cluster %s, which is not that of --cluster",
	    comparison->view.cluster_id);
}

static int
read_both(struct comparison *comparison, struct err *err)
{
	static const struct nameset none = { 0 };
	struct nameset topics = { 0 };
	int result = -1;

	if (comparison->is_live && connect_cluster(comparison, err) != 0)
		return -1;
	if (load_snapshot(comparison, comparison->words[0], &none,
		&comparison->before, err) != 0)
		return -1;
	gather_topics(&comparison->before, &topics);
	if (!comparison->is_live)
		result = load_after(comparison, &topics, err);
	else if (check_cluster(&comparison->before, comparison->view.cluster_id,
		     err) == 0)
		result = read_live(comparison, &topics, err);
	free(topics.names);
	return result;
}

static int
check_found(const struct diff *diff, struct err *err)
{
	size_t count = 0;

	for (size_t kind = 0; kind < DIFF_KIND_COUNT; kind++)
		count += diff->by_kind[kind];
	if (count > 0 || diff_is_partial(diff))
		return 0;
	err_set(err, ERR_NOT_FOUND,
	    "no group matches, neither before nor "
	    "after");
	err_hint(err,
	    "tidemark show SNAPSHOT lists the groups that a snapshot holds");
	return -1;
}

/* Two snapshots are compared without knowing the brokers. */
static bool
knows_brokers(const struct comparison *comparison)
{
	const struct options *options = &comparison->context->options;

	return comparison->is_live || options_is_set(options, OPT_BOOTSTRAP) ||
	    options_is_set(options, OPT_COMMAND_CONFIG) ||
	    options_is_set(options, OPT_CONFIG);
}

/* The earlier one, as --at takes it: with the time of a capture as it was
 * found, whatever was typed. */
static void
add_before(struct buf *out, const struct comparison *comparison)
{
	const struct snapshot_info *info = &comparison->before.info;
	const char *path = comparison->words[0];
	const char *time = resolve_time_of(path);
	char word[SNAPSHOT_WORD_MAX];

	(void)snapshot_ref_word(info, word);
	if (!snapshot_ref_is_path(path)) {
		buf_add_text(out, word);
		return;
	}
	buf_add(out, path, time == NULL ? strlen(path) : (size_t)(time - path));
	buf_add_text(out, word + strlen(info->id));
}

static void
report(struct comparison *comparison, const struct diff *diff)
{
	struct context *context = comparison->context;
	const struct snapshot *after = comparison->is_live
	    ? &comparison->live.snapshot
	    : &comparison->after;
	struct diff_report report = {
		.diff = diff,
		.before = &comparison->before.info,
		.after = &after->info,
		.is_live = comparison->is_live,
	};
	struct buf at = { 0 };

	add_before(&at, comparison);
	restore_line_begin(&context->options, buf_text(&at), &report.restore);
	buf_release(&at);
	if (!knows_brokers(comparison))
		buf_add_text(&report.restore, " -b HOST:PORT");
	if (options_flag(&context->options, OPT_JSON))
		diff_text_json(&report, &context->out);
	else
		diff_text_print(&report, &context->out);
	buf_release(&report.restore);
}

static int
compare(struct comparison *comparison, struct err *err)
{
	const struct diff_side before = { .snapshot = &comparison->before };
	const struct diff_side later = { .snapshot = &comparison->after };
	const struct diff_side live = {
		.snapshot = &comparison->live.snapshot,
		.missing = comparison->live.missing.names,
		.missing_count = comparison->live.missing.count,
		.asked = true,
	};
	struct diff diff;
	int result = -1;

	if (diff_build(&before, comparison->is_live ? &live : &later,
		&comparison->wanted, &diff, err) != 0)
		return -1;
	if (check_found(&diff, err) == 0) {
		report(comparison, &diff);
		result = diff_text_status(&diff);
	}
	diff_release(&diff);
	return result;
}

int
cmd_diff(struct context *context, struct err *err)
{
	struct comparison comparison = { .context = context };
	int result = -1;

	if (check_words(&comparison, err) != 0)
		return -1;
	context_selection(context, &comparison.wanted);
	if (selector_new(&comparison.wanted, &comparison.selector, err) == 0 &&
	    read_both(&comparison, err) == 0)
		result = compare(&comparison, err);
	livemodel_release(&comparison.live);
	target_release(&comparison.target);
	census_release(&comparison.census);
	snapshot_release(&comparison.before);
	snapshot_release(&comparison.after);
	cluster_view_release(&comparison.view);
	cluster_free(comparison.cluster);
	repo_free(comparison.repo);
	selector_free(comparison.selector);
	return result;
}
