#include "restore/apply.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/applycheck.h"
#include "restore/applywrite.h"
#include "restore/census.h"
#include "restore/nameset.h"
#include "restore/positions.h"
#include "restore/reach.h"
#include "restore/target.h"

static const char *const outcome_texts[APPLY_OUTCOME_COUNT] = {
	[APPLY_LEFT] = "left",
	[APPLY_SKIPPED] = "skipped",
	[APPLY_REFUSED] = "refused",
	[APPLY_CHANGED] = "changed",
	[APPLY_WOULD] = "would-write",
	[APPLY_DONE] = "done",
	[APPLY_UNTOUCHED] = "not-written",
	[APPLY_FAILED] = "failed",
	[APPLY_UNREAD] = "written-not-read-back",
	[APPLY_DOUBT] = "in-doubt",
};

const char *
apply_outcome_text(enum apply_outcome outcome)
{
	return outcome_texts[outcome];
}

/* --- the state of a run ------------------------------------------------ */

struct run {
	const struct reach *reach;
	const struct plan *plan;
	const struct apply_options *options;
	struct apply_result *result;
	struct apply_work *works;
	size_t count;
	bool was_watched; /* between the plan's reading, or ours, and the check
			   */
};

static enum apply_outcome
planned_outcome(const struct plan_group *group, const struct plan_row *row)
{
	const bool guarded = group->refused == RULE_NONE ||
	    group->refused == RULE_MEMBERS ||
	    group->refused == RULE_MEMBERS_UNKNOWN;

	switch (row->action) {
	case PLAN_COMMIT:
	case PLAN_SAME:
	case PLAN_REMOVE:
		if (group->refused == RULE_SHARE_SKIPPED)
			return APPLY_SKIPPED;
		if (group->refused == RULE_STALE)
			return APPLY_CHANGED;
		return guarded ? APPLY_UNTOUCHED : APPLY_REFUSED;
	case PLAN_LEAVE:
		return APPLY_LEFT;
	case PLAN_SKIP:
		return APPLY_SKIPPED;
	case PLAN_REFUSE:
	default:
		return row->rule == RULE_STALE ? APPLY_CHANGED : APPLY_REFUSED;
	}
}

/* Work is what the plan wants and does not refuse for good: members are looked
 * at again. */
static bool
begin_group(
    struct run *run, const struct plan_group *group, struct apply_group *out)
{
	struct arena *arena = &run->result->arena;
	bool has_work = false;

	out->text = "";
	out->rows = arena_alloc(arena, group->row_count, sizeof(*out->rows));
	out->row_count = group->row_count;
	for (size_t i = 0; i < group->row_count; i++) {
		struct apply_row *row = &out->rows[i];

		row->outcome = planned_outcome(group, &group->rows[i]);
		row->text = arena_text(arena, group->rows[i].text);
		if (row->outcome == APPLY_UNTOUCHED) {
			row->text = "";
			has_work = true;
		}
	}
	if (!has_work) {
		out->refused = group->refused;
		out->text = arena_text(arena, group->text);
	}
	return has_work;
}

static int32_t
listed_by(const struct run *run, struct bytes name)
{
	const struct listed_group *listed = run->options->census == NULL
	    ? NULL
	    : census_find(run->options->census, name);

	return listed == NULL ? COORDINATOR_UNKNOWN : listed->coordinator;
}

static void
begin(struct run *run)
{
	struct apply_result *result = run->result;

	result->groups = arena_alloc(
	    &result->arena, run->plan->group_count, sizeof(*result->groups));
	result->group_count = run->plan->group_count;
	result->dry_run = run->options->dry_run;
	result->names_open = run->plan->names_open;
	result->trouble = "";
	run->works = xcalloc(run->plan->group_count, sizeof(*run->works));
	for (size_t i = 0; i < run->plan->group_count; i++) {
		const struct plan_group *group = &run->plan->groups[i];
		struct apply_group *out = &result->groups[i];

		if (!begin_group(run, group, out))
			continue;
		run->works[run->count].plan = group;
		run->works[run->count].result = out;
		run->works[run->count].before = run->options->before == NULL
		    ? NULL
		    : &run->options->before->groups[i];
		run->works[run->count].waits =
		    applycheck_waits(&result->arena, group, out);
		run->works[run->count].listed_by = listed_by(run, group->name);
		run->count++;
	}
}

/* The groups of what work is left, for the calls that read them. */
static struct target_group *
list_groups(const struct run *run)
{
	struct target_group *groups = xcalloc(run->count, sizeof(*groups));

	for (size_t i = 0; i < run->count; i++) {
		groups[i].name = run->works[i].plan->name;
		groups[i].waits = &run->works[i].waits;
		groups[i].listed_by = run->works[i].listed_by;
		groups[i].state = "unknown";
		groups[i].protocol_type = run->works[i].plan->protocol_type;
		groups[i].exists = run->works[i].plan->exists;
	}
	return groups;
}

/* Forget the groups that were refused meanwhile. */
static void
drop_refused(struct run *run)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->count; i++)
		if (applycheck_has_work(run->works[i].result))
			run->works[kept++] = run->works[i];
	run->count = kept;
}

/* --- before writing ---------------------------------------------------- */

static bool
writes(const struct plan_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (plan_row_changes(&group->rows[i]))
			return true;
	return false;
}

/* Is there a simple group to be written, whose movement would be seen only
 * by watching it? */
static bool
has_watched(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->works[i].plan->watch && writes(run->works[i].plan))
			return true;
	return false;
}

/* Where the groups stand is not where the plan saw them: what shows that a
 * simple group moves is another reading then. */
static int
read_baseline(struct run *run, struct err *err)
{
	struct target_group *groups = list_groups(run);
	struct arena arena = { 0 };
	const int result =
	    positions_read(run->reach, &arena, groups, run->count, err);

	for (size_t i = 0; i < run->count && result == 0; i++)
		applycheck_baseline(&run->result->arena, run->works[i].plan,
		    &groups[i], run->works[i].result);
	free(groups);
	arena_release(&arena);
	return result;
}

static int
guard(struct run *run, struct err *err)
{
	struct target_group *groups = list_groups(run);
	struct arena arena = { 0 };
	int64_t left_ms = 0;
	int result;

	/* With nothing to wait for, the check that follows looks as well. */
	if (run->options->wait.wait_ms == 0 && !has_watched(run)) {
		free(groups);
		return 0;
	}
	result = guard_members(
	    run->reach, &arena, groups, run->count, &run->options->wait, err);
	for (size_t i = 0; i < run->count && result == 0; i++)
		applycheck_members(
		    &run->result->arena, &groups[i], run->works[i].result);
	free(groups);
	arena_release(&arena);
	if (result != 0)
		return -1;
	drop_refused(run);
	if (has_watched(run) && run->options->force_stale) {
		if (read_baseline(run, err) != 0)
			return -1;
		left_ms = run->options->settle_ms;
	} else if (has_watched(run)) {
		left_ms = guard_settle_left(run->plan->created_ms,
		    env_now_ms(run->reach->env), run->options->settle_ms);
	}
	run->was_watched = left_ms > 0;
	if (left_ms > 0)
		reach_progress(run->reach, "watching simple groups", 0, 0);
	return guard_settle(run->reach, left_ms, err);
}

/* The topics of the rows of the groups that are left. */
static struct nameset
list_topics(const struct run *run)
{
	struct nameset topics = { 0 };

	for (size_t i = 0; i < run->count; i++)
		for (size_t j = 0; j < run->works[i].plan->row_count; j++)
			nameset_add(&topics, run->works[i].plan->rows[j].topic);
	nameset_settle(&topics);
	return topics;
}

static void
check_group(
    const struct run *run, const struct target *target, struct apply_work *work)
{
	const struct applycheck look = { &run->result->arena, work->plan,
		work->before, run->options->force_stale, run->was_watched };

	applycheck_group(&look, target, work->result);
	work->remove_group = work->plan->remove &&
	    applycheck_removes_all(
		work->plan, target_find_group(target, work->plan->name));
}

static bool
is_worked_on(const void *context, struct bytes topic, int32_t partition)
{
	return plan_works_on(context, topic, partition);
}

/*
 * With so many groups that are not there it is worth listing them once more:
 * what a complete listing has not, and what has no positions, has no members,
 * and need not be asked for them one by one.
 */
#define CENSUS_WORTH 200

static bool
is_census_worth(const struct run *run)
{
	size_t missing = 0;

	for (size_t i = 0; i < run->count; i++)
		missing += !run->works[i].plan->exists;
	return missing >= CENSUS_WORTH;
}

/* Is the cluster still what the plan saw? */
static int
check(struct run *run, struct err *err)
{
	struct census census = { 0 };
	struct bytes *names = xcalloc(run->count, sizeof(*names));
	struct target_waits *waits = xcalloc(run->count, sizeof(*waits));
	struct target_request request = { 0 };
	struct target target = { 0 };
	struct nameset topics = list_topics(run);
	int result = 0;

	for (size_t i = 0; i < run->count; i++) {
		names[i] = run->works[i].plan->name;
		waits[i] = run->works[i].waits;
	}
	request.groups = names;
	request.group_count = run->count;
	request.waits = waits;
	request.topics = topics.names;
	request.topic_count = topics.count;
	request.census = run->options->census;
	if (is_census_worth(run)) {
		result = census_read(run->reach, &census, err);
		request.census = &census;
		request.census_is_fresh = true;
	}
	request.interest = (struct log_interest){ .wants = is_worked_on,
		.context = run->plan };
	if (result == 0)
		result = target_read(run->reach, &request, &target, err);
	if (result == 0)
		for (size_t i = 0; i < run->count; i++)
			check_group(run, &target, &run->works[i]);
	free(topics.names);
	free(waits);
	free(names);
	target_release(&target);
	census_release(&census);
	drop_refused(run);
	return result;
}

/* --- changing ---------------------------------------------------------- */

static void
note_trouble(struct run *run, const struct err *trouble)
{
	if (trouble->kind == ERR_INTERRUPTED)
		run->result->interrupted = true;
	else if (run->result->trouble[0] == '\0')
		run->result->trouble =
		    arena_text(&run->result->arena, trouble->message);
}

static void
read_back(struct run *run)
{
	struct target_group *groups = list_groups(run);
	struct arena arena = { 0 };
	struct err trouble = { 0 };

	reach_progress(run->reach, "reading back", 0, run->count);
	if (positions_read(run->reach, &arena, groups, run->count, &trouble) !=
	    0) {
		note_trouble(run, &trouble);
	} else {
		for (size_t i = 0; i < run->count; i++)
			applycheck_read_back(&run->result->arena,
			    run->works[i].plan, &groups[i],
			    run->works[i].result);
	}
	free(groups);
	arena_release(&arena);
}

/* Nothing is changed before it is recorded what was there. */
static int
change(struct run *run, struct err *err)
{
	const struct apply_options *options = run->options;
	struct err trouble = { 0 };

	if (options->record != NULL &&
	    options->record(
		options->record_context, run->plan, run->result, err) != 0)
		return -1;
	if (applywrite_run(
		run->reach, run->works, run->count, run->result, &trouble) != 0)
		note_trouble(run, &trouble);
	read_back(run);
	return 0;
}

/* --- the whole --------------------------------------------------------- */

static void
finish(struct run *run)
{
	struct apply_result *result = run->result;

	for (size_t i = 0; i < result->group_count; i++)
		applycheck_finish(&run->plan->groups[i], &result->groups[i],
		    result->outcomes);
	free(run->works);
}

/* What comes before writing may fail as a whole, or be interrupted: then
 * nothing has been changed. */
static int
prepare(struct run *run, struct err *err)
{
	struct err trouble = { 0 };

	if (guard(run, &trouble) == 0 && check(run, &trouble) == 0)
		return 0;
	if (trouble.kind == ERR_INTERRUPTED) {
		run->result->interrupted = true;
		return 1;
	}
	*err = trouble;
	return -1;
}

int
apply_run(const struct reach *reach, const struct plan *plan,
    const struct apply_options *options, struct apply_result *out,
    struct err *err)
{
	struct run run = {
		.reach = reach, .plan = plan, .options = options, .result = out
	};
	int prepared = 0;

	memset(out, 0, sizeof(*out));
	if (strcmp(plan->cluster_id, reach->view->cluster_id) != 0) {
		(void)err_set(err, ERR_REFUSED,
		    "the plan was made for cluster %s, and this is %s",
		    plan->cluster_id, reach->view->cluster_id);
		err_hint(err,
		    "make a plan on this cluster, or give -b the "
		    "brokers of the other one");
		return -1;
	}
	begin(&run);
	if (run.count > 0)
		prepared = prepare(&run, err);
	if (prepared == 0 && run.count > 0) {
		if (options->dry_run) {
			for (size_t i = 0; i < run.count; i++)
				applycheck_would(run.works[i].result);
		} else {
			prepared = change(&run, err);
		}
	}
	finish(&run);
	if (prepared < 0) {
		apply_release(out);
		return -1;
	}
	return 0;
}

void
apply_release(struct apply_result *result)
{
	arena_release(&result->arena);
	memset(result, 0, sizeof(*result));
}

int
apply_exit_status(const struct apply_result *result)
{
	const size_t *outcomes = result->outcomes;
	bool refused = outcomes[APPLY_REFUSED] > 0;
	bool skipped = outcomes[APPLY_SKIPPED] > 0 || result->names_open;

	for (size_t i = 0; i < result->group_count; i++) {
		if (result->groups[i].refused == RULE_SHARE_SKIPPED)
			skipped = true;
		else if (result->groups[i].refused != RULE_NONE)
			refused = true;
	}
	if (result->interrupted)
		return 130;
	if (outcomes[APPLY_FAILED] + outcomes[APPLY_UNREAD] +
		    outcomes[APPLY_DOUBT] + outcomes[APPLY_UNTOUCHED] >
		0 ||
	    result->trouble[0] != '\0')
		return 1;
	if (outcomes[APPLY_CHANGED] > 0)
		return 5;
	if (refused)
		return 4;
	return skipped ? 3 : 0;
}
