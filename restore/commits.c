#include "restore/commits.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "restore/chunk.h"
#include "restore/coordinators.h"
#include "restore/plan.h"
#include "restore/positions.h"
#include "restore/reach.h"
#include "restore/target.h"

/* A topic that was there a moment ago may be unknown to a coordinator for a
 * while; one that was deleted stays unknown. */
#define UNKNOWN_TOPIC_TRIES 8

/* Longer than the 5 s in which a broker itself gives a commit up
 * (offsets.commit.timeout.ms): its answer is better than a doubt. */
#define COMMIT_REQUEST_MS 8000

struct run {
	const struct reach *reach;
	struct commit_job *jobs;
	size_t count;
	struct coordinators coordinators;
	struct tries tries;
	/* The request under way: whose each is. */
	const struct commit_request *requests;
	struct commit_job **asked;
	size_t finished; /* jobs that are, for progress */
	bool waits;      /* something has to be tried again after a pause */
};

bool
commits_match(const struct target_position *position,
    const struct plan_value *value, bool epoch)
{
	if (position == NULL || !position->present)
		return !value->present;
	return value->present && position->error == KAFKA_OK &&
	    position->offset == value->offset &&
	    (!epoch || position->epoch == value->epoch) &&
	    bytes_equal(position->metadata, value->metadata);
}

/* --- answers ----------------------------------------------------------- */

static void
stop(struct commit_job *job, int error)
{
	job->stopped = true;
	job->stop_error = error;
}

static bool
row_may_pass(const struct run *run, int error)
{
	if (error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
		return run->tries.attempt < UNKNOWN_TOPIC_TRIES;
	return kafka_error_is_retriable(error);
}

static void
take_row(struct run *run, struct commit_job *job, size_t row, int error)
{
	if (error == KAFKA_OK) {
		job->states[row] = COMMIT_TAKEN;
		job->errors[row] = KAFKA_OK;
		return;
	}
	job->errors[row] = error;
	job->states[row] =
	    row_may_pass(run, error) ? COMMIT_OPEN : COMMIT_FAILED;
	run->waits |= job->states[row] == COMMIT_OPEN;
	/* The time-out that a broker reports for a commit says that its
	 * replicas did not confirm in time: it may stand all the same. */
	if (error == KAFKA_REQUEST_TIMED_OUT)
		job->states[row] = COMMIT_DOUBTED;
	if (error == KAFKA_UNKNOWN_MEMBER_ID ||
	    error == KAFKA_GROUP_ID_NOT_FOUND ||
	    error == KAFKA_GROUP_AUTHORIZATION_FAILED)
		stop(job, error);
}

/* No answer by row: the request was not sent, or what became of it is not
 * known, or it was refused whole. */
static void
take_whole(
    struct run *run, struct commit_job *job, const struct commit_answer *answer)
{
	const bool may_pass = kafka_error_is_retriable(answer->error);

	for (size_t i = 0; i < job->sent; i++) {
		const size_t row = job->sending_rows[i];

		job->errors[row] = answer->error;
		if (!answer->sent)
			continue;
		job->states[row] = may_pass ? COMMIT_DOUBTED : COMMIT_FAILED;
	}
	if (answer->sent && !may_pass)
		stop(job, answer->error);
	else
		run->waits = true;
}

static void
answered(void *context, const struct commit_answer *answer)
{
	struct run *run = context;
	struct commit_job *job =
	    run->asked[(size_t)(answer->request - run->requests)];

	if (answer->error != KAFKA_OK || !answer->sent ||
	    answer->row_errors == NULL) {
		take_whole(run, job, answer);
		return;
	}
	for (size_t i = 0; i < job->sent; i++)
		take_row(run, job, job->sending_rows[i], answer->row_errors[i]);
	reach_progress(run->reach, "committing", ++run->finished, run->count);
}

/* --- in doubt ---------------------------------------------------------- */

static bool
has_doubt(const struct commit_job *job)
{
	for (size_t i = job->first; i < job->count; i++)
		if (job->states[i] == COMMIT_DOUBTED)
			return true;
	return false;
}

/* Look where the group stands before anything is sent again. */
static void
resolve_job(struct commit_job *job, const struct target_group *group)
{
	if (group->positions_error != KAFKA_OK)
		return; /* still in doubt */
	for (size_t i = job->first; i < job->count; i++) {
		const struct plan_row *row = job->plan_rows[i];
		const struct target_position *position;

		if (job->states[i] != COMMIT_DOUBTED)
			continue;
		position =
		    target_find_position(group, row->topic, row->partition);
		if (position != NULL && position->error != KAFKA_OK)
			continue;
		if (commits_match(position, &row->planned, true)) {
			/* Of a touch that tells nothing, and to send it again
			 * changes nothing. */
			job->states[i] =
			    plan_row_is_touch(row) ? COMMIT_OPEN : COMMIT_TAKEN;
		} else if (commits_match(position, &row->now, true) ||
		    (job->found != NULL &&
			commits_match(position, job->found[i], true))) {
			job->states[i] = COMMIT_OPEN;
		} else {
			job->states[i] = COMMIT_FAILED;
			job->moved = true;
			stop(job, job->errors[i]);
		}
	}
}

static int
resolve_doubts(struct run *run, struct err *err)
{
	struct target_group *groups = xcalloc(run->count, sizeof(*groups));
	struct commit_job **jobs = xcalloc(run->count, sizeof(*jobs));
	struct arena arena = { 0 };
	size_t count = 0;
	int result = 0;

	for (size_t i = 0; i < run->count; i++) {
		if (!has_doubt(&run->jobs[i]))
			continue;
		groups[count].name = run->jobs[i].group;
		groups[count].listed_by = run->jobs[i].listed_by;
		jobs[count++] = &run->jobs[i];
	}
	if (count > 0)
		result = positions_read(run->reach, &arena, groups, count, err);
	for (size_t i = 0; i < count && result == 0; i++)
		resolve_job(jobs[i], &groups[i]);
	arena_release(&arena);
	free(groups);
	free(jobs);
	return result;
}

/* --- a round ----------------------------------------------------------- */

/* Gather the job's next request; 0 rows: none is to be sent now. */
static size_t
cut(struct commit_job *job)
{
	size_t size = 0;

	job->sent = 0;
	while (job->first < job->count &&
	    (job->states[job->first] == COMMIT_TAKEN ||
		job->states[job->first] == COMMIT_FAILED))
		job->first++;
	if (job->stopped || has_doubt(job))
		return 0;
	for (size_t i = job->first; i < job->count; i++) {
		if (job->states[i] != COMMIT_OPEN)
			continue;
		size += chunk_row_size(job->group, &job->rows[i]);
		if (job->kind != COMMIT_REMOVE_GROUP && job->sent > 0 &&
		    size > CHUNK_SIZE_MAX)
			break;
		job->sending[job->sent] = job->rows[i];
		job->sending_rows[job->sent++] = i;
	}
	return job->sent;
}

static size_t
make_requests(struct run *run, struct commit_request *requests)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		struct commit_job *job = &run->jobs[i];
		const int32_t coordinator = coordinators_of(
		    &run->coordinators, job->group, job->listed_by);

		if (cut(job) == 0) {
			run->waits |= !job->stopped && has_doubt(job);
			continue;
		}
		if (coordinator == COORDINATOR_LEADERLESS) {
			run->waits = true;
			for (size_t j = 0; j < job->sent; j++)
				job->errors[job->sending_rows[j]] =
				    KAFKA_COORDINATOR_NOT_AVAILABLE;
			continue;
		}
		requests[count].kind = job->kind;
		requests[count].group = job->group;
		requests[count].coordinator = coordinator;
		requests[count].rows = job->sending;
		requests[count].row_count = job->sent;
		run->asked[count++] = job;
	}
	return count;
}

/* 1: there is nothing more to do. */
static int
run_round(struct run *run, struct commit_request *requests, struct err *err)
{
	struct call_limits limits = reach_limits(&run->tries);
	size_t count;

	limits.timeout_ms = COMMIT_REQUEST_MS;
	run->waits = false;
	if (reach_check(run->reach, err) != 0 || resolve_doubts(run, err) != 0)
		return -1;
	count = make_requests(run, requests);
	if (count == 0)
		return run->waits ? 0 : 1;
	run->requests = requests;
	return cluster_commit(
	    run->reach->cluster, requests, count, &limits, answered, run, err);
}

static int
run_rounds(struct run *run, struct commit_request *requests, struct err *err)
{
	struct err last = { 0 };
	bool refresh = true;

	for (;;) {
		int result = 0;

		memset(&last, 0, sizeof(last));
		if (!refresh ||
		    coordinators_refresh(
			&run->coordinators, &run->tries, &last) == 0)
			result = run_round(run, requests, &last);
		if (result > 0)
			return 0;
		if (result < 0 && !err_is_transient(&last))
			break;
		/* The next part of groups that need several goes at once. */
		refresh = last.kind != ERR_NONE || run->waits;
		if (refresh && !reach_again(&run->tries))
			break;
	}
	if (last.kind == ERR_NONE)
		return reach_check(run->reach, err);
	*err = last;
	return -1;
}

int
commits_run(const struct reach *reach, struct commit_job *jobs, size_t count,
    struct err *err)
{
	struct commit_request *requests = xcalloc(count, sizeof(*requests));
	struct run run = { 0 };
	int result;

	run.reach = reach;
	run.jobs = jobs;
	run.count = count;
	run.asked = xcalloc(count, sizeof(struct commit_job *));
	run.tries = reach_begin(reach);
	result = run_rounds(&run, requests, err);
	coordinators_release(&run.coordinators);
	free(run.asked);
	free(requests);
	return result;
}
