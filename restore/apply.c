#include "restore/apply.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/applycheck.h"
#include "restore/census.h"
#include "restore/commits.h"
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

/* A group that has something to write or to read back. */
struct work {
	const struct plan_group *plan;
	struct apply_group *result;
	struct target_waits waits;
	struct commit_job job;
};

struct run {
	const struct reach *reach;
	const struct plan *plan;
	const struct apply_options *options;
	struct apply_result *result;
	struct work *works;
	size_t count;
	int64_t writing_ms; /* when it began */
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
		if (group->refused == RULE_SHARE_SKIPPED)
			return APPLY_SKIPPED;
		return guarded ? APPLY_UNTOUCHED : APPLY_REFUSED;
	case PLAN_LEAVE:
		return APPLY_LEFT;
	case PLAN_SKIP:
		return APPLY_SKIPPED;
	case PLAN_REFUSE:
	default:
		return APPLY_REFUSED;
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
		run->works[run->count].waits =
		    applycheck_waits(&result->arena, group, out);
		run->count++;
	}
}

static int32_t
listed_by(const struct run *run, struct bytes name)
{
	const struct listed_group *listed = run->options->census == NULL
	    ? NULL
	    : census_find(run->options->census, name);

	return listed == NULL ? COORDINATOR_UNKNOWN : listed->coordinator;
}

/* The groups of what work is left, for the calls that read them. */
static struct target_group *
list_groups(const struct run *run)
{
	struct target_group *groups = xcalloc(run->count, sizeof(*groups));

	for (size_t i = 0; i < run->count; i++) {
		groups[i].name = run->works[i].plan->name;
		groups[i].waits = &run->works[i].waits;
		groups[i].listed_by = listed_by(run, run->works[i].plan->name);
		groups[i].state = "unknown";
		groups[i].protocol_type = "unknown";
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
		if (group->rows[i].action == PLAN_COMMIT)
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
	if (has_watched(run))
		left_ms = guard_settle_left(run->plan->created_ms,
		    env_now_ms(run->reach->env), run->options->settle_ms);
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

/* Is the cluster still what the plan saw? */
static int
check(struct run *run, struct err *err)
{
	struct bytes *names = xcalloc(run->count, sizeof(*names));
	struct target_waits *waits = xcalloc(run->count, sizeof(*waits));
	struct target_request request = { 0 };
	struct target target = { 0 };
	struct nameset topics = list_topics(run);
	int result;

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
	result = target_read(run->reach, &request, &target, err);
	if (result == 0)
		for (size_t i = 0; i < run->count; i++)
			applycheck_group(&run->result->arena,
			    run->works[i].plan, &target, run->works[i].result);
	free(topics.names);
	free(waits);
	free(names);
	target_release(&target);
	drop_refused(run);
	return result;
}

/* --- writing ----------------------------------------------------------- */

static void
make_job(struct run *run, struct work *work)
{
	const struct plan_group *group = work->plan;
	struct arena *arena = &run->result->arena;
	struct commit_job *job = &work->job;
	const size_t room = group->row_count;

	job->group = group->name;
	job->listed_by = listed_by(run, group->name);
	job->plan_rows = arena_alloc(arena, room, sizeof(struct plan_row *));
	job->rows = arena_alloc(arena, room, sizeof(*job->rows));
	job->states = arena_alloc(arena, room, sizeof(*job->states));
	job->errors = arena_alloc(arena, room, sizeof(*job->errors));
	job->sending = arena_alloc(arena, room, sizeof(*job->sending));
	job->sending_rows =
	    arena_alloc(arena, room, sizeof(*job->sending_rows));
	for (size_t i = 0; i < room; i++) {
		const struct plan_row *row = &group->rows[i];
		struct commit_row *to = &job->rows[job->count];

		if (!applycheck_is_written(row, &work->result->rows[i]))
			continue;
		to->topic = row->topic;
		to->partition = row->partition;
		to->offset = row->planned.offset;
		to->epoch = row->planned.epoch;
		to->metadata = row->planned.metadata;
		job->plan_rows[job->count++] = row;
	}
}

static const char *
failure_text(struct arena *arena, const struct commit_job *job, size_t row)
{
	const int error = job->errors[row];

	if (job->moved)
		return "somebody committed another position meanwhile";
	if (error == KAFKA_UNKNOWN_MEMBER_ID)
		return "a member joined: the broker refused the commit";
	return arena_text(arena, kafka_error_name(error));
}

/* From what became of each commit to what is to be said of it. */
static void
take_states(struct run *run, struct work *work)
{
	const struct commit_job *job = &work->job;

	for (size_t i = 0; i < job->count; i++) {
		struct apply_row *row =
		    &work->result->rows[job->plan_rows[i] - work->plan->rows];

		switch (job->states[i]) {
		case COMMIT_TAKEN:
			row->outcome = APPLY_UNREAD;
			work->result->written_ms = run->writing_ms;
			break;
		case COMMIT_FAILED:
			row->outcome = APPLY_FAILED;
			row->text = failure_text(&run->result->arena, job, i);
			break;
		case COMMIT_DOUBTED:
			row->outcome = APPLY_DOUBT;
			break;
		case COMMIT_OPEN:
		default:
			row->outcome = APPLY_UNTOUCHED;
			if (job->errors[i] != KAFKA_OK)
				row->text = arena_text(&run->result->arena,
				    kafka_error_name(job->errors[i]));
			break;
		}
	}
}

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
write_all(struct run *run)
{
	struct commit_job *jobs = xcalloc(run->count, sizeof(*jobs));
	struct err trouble = { 0 };

	for (size_t i = 0; i < run->count; i++) {
		make_job(run, &run->works[i]);
		jobs[i] = run->works[i].job;
	}
	run->writing_ms = env_now_ms(run->reach->env);
	if (commits_run(run->reach, jobs, run->count, &trouble) != 0)
		note_trouble(run, &trouble);
	for (size_t i = 0; i < run->count; i++) {
		run->works[i].job = jobs[i];
		take_states(run, &run->works[i]);
		applycheck_stopped(run->plan, run->works[i].plan, &jobs[i],
		    run->works[i].result);
	}
	free(jobs);
}

/* --- reading back ------------------------------------------------------ */

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
	struct run run = { reach, plan, options, out, NULL, 0, 0 };
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
			write_all(&run);
			read_back(&run);
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
