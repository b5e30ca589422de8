#include "restore/applywrite.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/apply.h"
#include "restore/applycheck.h"
#include "restore/plan.h"
#include "restore/positions.h"
#include "restore/reach.h"

/* A group is removed with all that the plan wants gone, there or not. */
static bool
belongs(const struct plan_row *row, enum commit_kind kind)
{
	if (kind == COMMIT_REMOVE_GROUP)
		return plan_row_is_work(row) && !row->planned.present;
	return (kind == COMMIT_WRITE) == (row->action != PLAN_REMOVE);
}

static void
make_job(struct arena *arena, const struct apply_work *work,
    enum commit_kind kind, struct commit_job *job)
{
	const struct plan_group *group = work->plan;
	const size_t room = group->row_count;

	job->kind = kind;
	job->group = group->name;
	job->listed_by = work->listed_by;
	job->plan_rows = arena_alloc(arena, room, sizeof(struct plan_row *));
	job->rows = arena_alloc(arena, room, sizeof(*job->rows));
	job->states = arena_alloc(arena, room, sizeof(*job->states));
	job->errors = arena_alloc(arena, room, sizeof(*job->errors));
	job->found =
	    arena_alloc(arena, room, sizeof(const struct plan_value *));
	job->sending = arena_alloc(arena, room, sizeof(*job->sending));
	job->sending_rows =
	    arena_alloc(arena, room, sizeof(*job->sending_rows));
	for (size_t i = 0; i < room; i++) {
		const struct plan_row *row = &group->rows[i];

		if (!belongs(row, kind) ||
		    (kind != COMMIT_REMOVE_GROUP &&
			!applycheck_is_written(row, &work->result->rows[i])))
			continue;
		job->rows[job->count] =
		    (struct commit_row){ .topic = row->topic,
			    .partition = row->partition,
			    .offset = row->planned.offset,
			    .epoch = row->planned.epoch,
			    .metadata = row->planned.metadata };
		job->found[job->count] = &work->result->rows[i].found;
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
		return "a member joined: the broker refused it";
	return arena_format(arena, "%s%s", kafka_error_name(error),
	    kafka_right_needed(error,
		job->kind == COMMIT_WRITE ? KAFKA_TO_COMMIT : KAFKA_TO_REMOVE));
}

/* From what became of each commit to what is to be said of it. */
static void
take_states(struct arena *arena, const struct apply_work *work,
    const struct commit_job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		struct apply_row *row =
		    &work->result->rows[job->plan_rows[i] - work->plan->rows];

		switch (job->states[i]) {
		case COMMIT_TAKEN:
			row->outcome = APPLY_UNREAD;
			break;
		case COMMIT_FAILED:
			row->outcome = APPLY_FAILED;
			row->text = failure_text(arena, job, i);
			break;
		case COMMIT_DOUBTED:
			row->outcome = APPLY_DOUBT;
			break;
		case COMMIT_OPEN:
		default:
			row->outcome = APPLY_UNTOUCHED;
			if (job->errors[i] != KAFKA_OK)
				row->text = arena_text(
				    arena, kafka_error_name(job->errors[i]));
			break;
		}
	}
}

static bool
took_any(const struct commit_job *job)
{
	for (size_t i = 0; i < job->count; i++)
		if (job->states[i] == COMMIT_TAKEN)
			return true;
	return false;
}

static bool
took_all(const struct commit_job *job)
{
	for (size_t i = 0; i < job->count; i++)
		if (job->states[i] != COMMIT_TAKEN)
			return false;
	return true;
}

static struct commit_job *
job_of(struct apply_work *work, enum commit_kind kind)
{
	switch (kind) {
	case COMMIT_WRITE:
		return &work->commits;
	case COMMIT_REMOVE:
		return &work->removals;
	case COMMIT_REMOVE_GROUP:
	default:
		return &work->removal;
	}
}

/* All jobs of one kind; those without rows are no work. */
static int
run_kind(const struct reach *reach, struct apply_work *works, size_t count,
    enum commit_kind kind, struct err *err)
{
	struct commit_job *jobs = xcalloc(count, sizeof(*jobs));
	size_t *owners = xcalloc(count, sizeof(*owners));
	size_t found = 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		const struct commit_job *job = job_of(&works[i], kind);

		if (job->count == 0)
			continue;
		owners[found] = i;
		jobs[found++] = *job;
	}
	if (found > 0)
		result = commits_run(reach, jobs, found, err);
	for (size_t i = 0; i < found; i++)
		*job_of(&works[owners[i]], kind) = jobs[i];
	free(owners);
	free(jobs);
	return result;
}

/* Members that joined meanwhile have refused the commits; what would be
 * removed may be theirs. */
static void
hold_removals(struct apply_work *works, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!took_all(&works[i].commits))
			works[i].removals.count = 0;
}

static bool
is_empty(const struct target_group *group)
{
	for (size_t i = 0; i < group->position_count; i++)
		if (group->positions[i].present)
			return false;
	return group->positions_error == KAFKA_OK;
}

/* A group goes only when a look after the removals shows that it has nothing
 * any more: somebody may have committed meanwhile. */
static int
remove_groups(const struct reach *reach, struct arena *arena,
    struct apply_work *works, size_t count, struct err *err)
{
	struct target_group *groups = xcalloc(count, sizeof(*groups));
	struct apply_work **asked = xcalloc(count, sizeof(struct apply_work *));
	struct arena positions = { 0 };
	size_t found = 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		struct apply_work *work = &works[i];

		if (!work->remove_group || !took_all(&work->commits) ||
		    !took_all(&work->removals))
			continue;
		groups[found].name = work->plan->name;
		groups[found].listed_by = work->listed_by;
		asked[found++] = work;
	}
	if (found > 0)
		result = positions_read(reach, &positions, groups, found, err);
	for (size_t i = 0; i < found && result == 0; i++)
		if (is_empty(&groups[i]))
			make_job(arena, asked[i], COMMIT_REMOVE_GROUP,
			    &asked[i]->removal);
	if (result == 0)
		result =
		    run_kind(reach, works, count, COMMIT_REMOVE_GROUP, err);
	arena_release(&positions);
	free(asked);
	free(groups);
	return result;
}

static void
conclude(struct arena *arena, struct apply_work *work, int64_t began_ms)
{
	const bool written = took_any(&work->commits);

	take_states(arena, work, &work->commits);
	take_states(arena, work, &work->removals);
	if (written)
		work->result->written_ms = began_ms;
	applycheck_stopped(work->plan, &work->commits, work->result);
	/* Where something was written, a refusal is a failure. */
	if (!written)
		applycheck_stopped(work->plan, &work->removals, work->result);
	if (work->removal.count > 0 && !took_all(&work->removal))
		work->result->text = arena_format(arena,
		    "its positions are removed, but the group is not: %s",
		    kafka_error_name(work->removal.stop_error));
}

int
applywrite_run(const struct reach *reach, struct apply_work *works,
    size_t count, struct apply_result *result, struct err *err)
{
	struct arena *arena = &result->arena;
	const int64_t began_ms = env_now_ms(reach->env);
	int status;

	for (size_t i = 0; i < count; i++) {
		make_job(arena, &works[i], COMMIT_WRITE, &works[i].commits);
		make_job(arena, &works[i], COMMIT_REMOVE, &works[i].removals);
	}
	status = run_kind(reach, works, count, COMMIT_WRITE, err);
	hold_removals(works, count);
	if (status == 0)
		status = run_kind(reach, works, count, COMMIT_REMOVE, err);
	if (status == 0)
		status = remove_groups(reach, arena, works, count, err);
	for (size_t i = 0; i < count; i++)
		conclude(arena, &works[i], began_ms);
	return status;
}
