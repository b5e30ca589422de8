/* Making a plan from the options. */
#include "cli/plan_make.h"

#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/plan_apply.h"
#include "cli/plan_direct.h"
#include "cli/snapshot_ref.h"
#include "cli/version.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "restore/brackets.h"
#include "restore/direct.h"
#include "restore/lookups.h"
#include "restore/nameset.h"
#include "restore/plancodec.h"
#include "restore/policy.h"
#include "restore/remap.h"
#include "restore/resolve.h"
#include "restore/retention.h"
#include "restore/standing.h"
#include "restore/target.h"
#include "restore/timecheck.h"
#include "snapshot/selector.h"

int
plan_make_check(struct plan_make *make, struct err *err)
{
	return plan_choice_read(make->context, &make->choice, err);
}

int
plan_make_connect(struct plan_make *make, struct err *err)
{
	struct context *context = make->context;

	if (context_open_cluster(context, &make->cluster, &make->view, err) !=
	    0)
		return -1;
	make->reach = (struct reach){
		.cluster = make->cluster,
		.view = &make->view,
		.env = &context->env,
		.log = &context->log,
		.window = (size_t)options_number(&context->options, OPT_WINDOW),
		.timeout_ms = options_number(&context->options, OPT_TIMEOUT),
		.progress = progress_show,
		.progress_context = &context->progress,
	};
	return 0;
}

/* The one snapshot that --at names. */
static int
load_snapshot(struct plan_make *make, enum resolve_meaning meaning,
    const struct resolve_request *request, struct snapshot *out,
    struct err *err)
{
	const char *at = options_text(&make->context->options, OPT_AT);
	struct selector *selector = NULL;
	struct capture_choice choice;
	struct snapshot_ref ref;
	struct wanted wanted;
	int result = -1;

	if (snapshot_ref_choice(make->context, at, &choice, err) != 0)
		return -1;
	if (meaning == RESOLVE_IS_LATEST)
		return resolve_latest(request,
		    choice.how == CAPTURE_LAST ? NULL : &choice, out, err);
	if (selector_new(request->wanted, &selector, err) != 0)
		return -1;
	wanted = resolve_wanted(request, selector);
	if (snapshot_ref_find(
		make->context, &make->repo, at, NULL, &ref, err) == 0)
		result = snapshot_ref_load(make->repo, &ref, &wanted, out, err);
	selector_free(selector);
	return result;
}

static int
resolve_at(struct plan_make *make, const struct resolve_request *request,
    struct brackets *out, struct err *err)
{
	struct context *context = make->context;
	const char *at = options_text(&context->options, OPT_AT);
	const enum resolve_meaning meaning = resolve_meaning_of(at);
	struct snapshot snapshot = { 0 };
	int64_t at_ms;
	int result = -1;

	if (meaning == RESOLVE_IS_TIME) {
		if (plan_choice_moment(context, &at_ms, err) == 0)
			result = resolve_time(request, at_ms, out, err);
	} else if (load_snapshot(make, meaning, request, &snapshot, err) == 0) {
		result = resolve_snapshot(request, &snapshot, out, err);
	}
	snapshot_release(&snapshot);
	return result;
}

/* Patterns read whole snapshots, and so need no look ahead. */
static int
read_standing(struct plan_make *make, const struct selection *wanted,
    struct standing *out, struct err *err)
{
	struct selector *selector = NULL;
	struct nameset groups = { 0 };
	int result = 0;

	if (selector_new(wanted, &selector, err) != 0)
		return -1;
	if (selector_is_named(selector)) {
		for (size_t i = 0; i < selector_named_count(selector); i++)
			nameset_add(&groups, selector_named_at(selector, i));
		nameset_settle(&groups);
		result = standing_read(&make->reach, &make->census,
		    groups.names, groups.count, out, err);
	}
	free(groups.names);
	selector_free(selector);
	return result;
}

static int
resolve(struct plan_make *make, const struct selection *wanted,
    struct brackets *out, struct err *err)
{
	struct context *context = make->context;
	struct standing standing = { 0 };
	struct bytes *names = xcalloc(make->census.count, sizeof(*names));
	int result = read_standing(make, wanted, &standing, err);

	for (size_t index = 0; index < make->census.count; index++)
		names[index] = make->census.groups[index].name;
	if (result == 0) {
		const struct resolve_request request = {
			.repo = make->repo,
			.cluster_id = make->view.cluster_id,
			.wanted = wanted,
			.names = names,
			.name_count = make->census.count,
			.topics = standing.topics.names,
			.topic_count = standing.topics.count,
			.env = &context->env,
			.log = &context->log,
		};

		result = resolve_at(make, &request, out, err);
	}
	standing_release(&standing);
	free(names);
	return result;
}

/*
 * Until they leave, members commit, and a plan made before that would be stale
 * when it is applied.  Whoever is still there at the end is in the plan.
 */
static int
wait_for_members(struct plan_make *make, const struct bytes *names,
    size_t count, struct err *err)
{
	const struct guard_wait wait = plan_apply_wait(make->context);
	struct target_group *groups;
	struct arena arena = { 0 };
	int result;

	if (!make->waits || wait.wait_ms == 0)
		return 0;
	groups = xcalloc(count, sizeof(*groups));
	for (size_t index = 0; index < count; index++) {
		const struct listed_group *listed =
		    census_find(&make->census, names[index]);

		groups[index].name = names[index];
		groups[index].unlisted =
		    listed == NULL && !make->census.incomplete;
		groups[index].listed_by =
		    listed == NULL ? COORDINATOR_UNKNOWN : listed->coordinator;
	}
	result = guard_members(&make->reach, &arena, groups, count, &wait, err);
	arena_release(&arena);
	free(groups);
	if (result != 0)
		return -1;
	census_release(&make->census);
	return census_read(&make->reach, &make->census, err);
}

/* One of the three: what a plan is built from. */
struct source {
	const struct brackets *brackets;
	const struct direct *direct;
	const struct plan *record; /* to be undone */
};

static void
build_once(struct plan_make *make, const struct source *source,
    const struct target *target, struct lookups *lookups)
{
	const struct plan_options options = {
		.cluster_id = make->view.cluster_id,
		.writer = version_writer,
		.env = &make->context->env,
		.policy = &make->choice.policy,
		.rules = &make->choice.rules,
		.lookups = lookups,
		.topics = &make->choice.topics,
		.retention = make->retention,
	};

	plan_release(&make->plan);
	if (source->brackets != NULL)
		plan_build(source->brackets, target, &options, &make->plan);
	else if (source->record != NULL)
		plan_build_undo(source->record, target, &options,
		    options_flag(&make->context->options, OPT_FORCE_STALE),
		    &make->plan);
	else
		plan_build_direct(
		    source->direct, target, &options, &make->plan);
}

/* Where the groups stand now, and the plan from that and the source.  What is
 * asked by time is known after a first plan, and asked after the log ends. */
static int
build(struct plan_make *make, const struct source *source,
    const struct target_request *request, struct err *err)
{
	struct target target = { 0 };
	struct lookups lookups = { 0 };
	int result = -1;

	if (wait_for_members(
		make, request->groups, request->group_count, err) != 0 ||
	    retention_read(&make->reach, &make->retention, err) != 0 ||
	    target_read(&make->reach, request, &target, err) != 0)
		goto out;
	build_once(make, source, &target, &lookups);
	if (lookups.count > 0) {
		if (lookups_read(&make->reach, &lookups, err) != 0)
			goto out;
		build_once(make, source, &target, &lookups);
	}
	result = 0;
out:
	lookups_release(&lookups);
	target_release(&target);
	return result;
}

/* --topic */
static bool
is_chosen(const void *context, struct bytes topic, int32_t partition)
{
	const struct plan_choice *choice = context;

	return topicspecs_take(&choice->topics, topic, partition);
}

static bool
is_recorded(const void *context, struct bytes topic, int32_t partition)
{
	return plan_works_on(context, topic, partition);
}

static int
build_committed(
    struct plan_make *make, const struct brackets *brackets, struct err *err)
{
	const struct source source = { .brackets = brackets };
	struct bytes *groups = xcalloc(brackets->group_count, sizeof(*groups));
	size_t topic_count;
	struct bytes *topics = plan_topics(brackets, &topic_count);
	const struct target_request request = {
		.groups = groups,
		.group_count = brackets->group_count,
		.topics = topics,
		.topic_count = topic_count,
		.interest = { .wants = is_chosen, .context = &make->choice },
		.census = &make->census,
		.census_is_fresh = true,
	};
	int result;

	for (size_t index = 0; index < brackets->group_count; index++)
		groups[index] = brackets->groups[index]->name;
	result = build(make, &source, &request, err);
	free(topics);
	free(groups);
	return result;
}

static int
make_committed(struct plan_make *make, struct err *err)
{
	struct brackets brackets = { 0 };
	int result = -1;

	if (resolve(make, &make->choice.wanted, &brackets, err) != 0)
		return -1;
	if (brackets.group_count == 0) {
		err_set(err, ERR_NOT_FOUND,
		    "no group matches, neither then nor now");
		err_hint(err,
		    "tidemark show SNAPSHOT lists the groups that "
		    "a snapshot holds");
	} else if (!remap_is_wanted(&make->choice.mapping) ||
	    remap_brackets(&make->choice.mapping, &brackets, err) == 0) {
		result = build_committed(make, &brackets, err);
	}
	brackets_release(&brackets);
	return result;
}

/* What captures saw is asked where there is a repository; that it cannot be
 * read keeps no plan from being made. */
static void
check_times(struct plan_make *make)
{
	struct context *context = make->context;
	char cluster[REPO_CLUSTER_MAX];
	struct timecheck check = { .repo = make->repo,
		.cluster = cluster,
		.env = &context->env,
		.log = &context->log };
	struct err trouble = { 0 };

	if (make->repo == NULL || make->choice.strategy != STRATEGY_LOG_TIME)
		return;
	repo_cluster(make->view.cluster_id, cluster);
	if (timecheck_plan(&check, &make->plan, &trouble) != 0)
		log_warn(&context->log,
		    "the times were not held against the snapshots: %s",
		    trouble.message);
	else if (check.lying > 0)
		log_warn(&context->log,
		    "in %zu of %zu partitions the timestamps contradict what "
		    "captures saw",
		    check.lying, check.compared);
	if (check.left_out > 0)
		log_info(&context->log,
		    "%zu partitions were not held against the snapshots",
		    check.left_out);
}

static int
make_direct(struct plan_make *make, struct err *err)
{
	struct plan_direct direct = { 0 };
	int result =
	    plan_direct_init(&direct, &make->choice, &make->census, err);

	if (result == 0) {
		const struct source source = { .direct = &direct.direct };
		const struct target_request request = {
			.groups = direct.direct.groups,
			.group_count = direct.direct.group_count,
			.topics = direct.topics,
			.topic_count = direct.topic_count,
			.interest = { .wants = is_chosen,
			    .context = &make->choice },
			.census = &make->census,
			.census_is_fresh = true,
		};

		result = build(make, &source, &request, err);
		/* A broker that did not list may have more that match. */
		if (result == 0 && make->census.incomplete &&
		    !selector_is_named(direct.selector))
			make->plan.names_open = true;
		if (result == 0)
			check_times(make);
	}
	plan_direct_release(&direct);
	return result;
}

int
plan_make_undo(
    struct plan_make *make, const struct plan *record, struct err *err)
{
	const struct source source = { .record = record };
	struct nameset groups = { 0 }, topics = { 0 };
	struct target_request request = { .census = &make->census,
		.census_is_fresh = true,
		.interest = { .wants = is_recorded, .context = record } };
	int result;

	for (size_t i = 0; i < record->group_count; i++) {
		const struct plan_group *group = &record->groups[i];

		nameset_add(&groups, group->name);
		for (size_t j = 0; j < group->row_count; j++)
			if (plan_row_changes(&group->rows[j]))
				nameset_add(&topics, group->rows[j].topic);
	}
	nameset_settle(&groups);
	nameset_settle(&topics);
	request.groups = groups.names;
	request.group_count = groups.count;
	request.topics = topics.names;
	request.topic_count = topics.count;
	result = policy_init(&make->choice.policy, "at-least-once", err);
	if (result == 0)
		result = build(make, &source, &request, err);
	progress_clear(&make->context->progress);
	free(groups.names);
	free(topics.names);
	return result;
}

static bool
needs_repo(const struct plan_make *make)
{
	return make->choice.strategy == STRATEGY_COMMITTED &&
	    resolve_meaning_of(options_text(&make->context->options, OPT_AT)) !=
	    RESOLVE_IS_PATH;
}

/* A topic that is mistyped must not look like one with nothing to do. */
static int
check_topics(const struct plan_make *make, struct err *err)
{
	struct plan_totals totals;

	plan_count(&make->plan, &totals);
	if (make->choice.topics.count == 0 || totals.rows > 0 ||
	    totals.refused_groups > 0)
		return 0;
	err_set(err, ERR_NOT_FOUND,
	    "--topic takes no position of these groups, then or now");
	return -1;
}

int
plan_make_run(struct plan_make *make, struct err *err)
{
	int result;

	if ((needs_repo(make) ||
		options_is_set(&make->context->options, OPT_REPO)) &&
	    context_open_repo(make->context, &make->repo, err) != 0)
		return -1;
	if (plan_make_connect(make, err) != 0 ||
	    census_read(&make->reach, &make->census, err) != 0)
		return -1;
	result = make->choice.strategy == STRATEGY_COMMITTED
	    ? make_committed(make, err)
	    : make_direct(make, err);
	if (result == 0)
		result = check_topics(make, err);
	progress_clear(&make->context->progress);
	return result;
}

void
plan_make_release(struct plan_make *make)
{
	plan_choice_release(&make->choice);
	plan_release(&make->plan);
	census_release(&make->census);
	cluster_view_release(&make->view);
	cluster_free(make->cluster);
	repo_free(make->repo);
}

int
plan_make_write(const struct plan *plan, const char *path, struct err *err)
{
	struct buf text = { 0 };
	int result;

	plancodec_encode(plan, &text);
	result = file_create(path, buf_bytes(&text), err);
	buf_release(&text);
	if (result == 0)
		return 0;
	if (err->kind == ERR_EXISTS)
		err_hint(
		    err, "plans are never overwritten: choose another name");
	return err_wrap(err, "cannot write the plan");
}
