/*
 * groupread.c - the reading of groups.  What an answer means for its group is
 * in groupanswer.c.
 */
#include "snapshot/groupread.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "snapshot/capturestate.h"
#include "snapshot/groupanswer.h"

/*
 * Requests go out in slices of so many windows.  A broker that hangs holds up
 * one slice, not the groups of the others behind it; and the pause between two
 * slices is too short to be measured.
 */
#define SLICE_WINDOWS 4

/* With a limit of groups in a second, of so many slices in a second. */
#define SLICE_RATE 5

/* Stages that a group may pass in one update. */
#define PASS_MAX 4

#define PROGRESS_STEP 100

struct pass {
	struct capture_state *state;
	struct answer_step step;
	struct candidate **due;
	size_t due_count;
	struct offsets_request *requests; /* of the slice */
	struct candidate **targets;
	size_t count;
	size_t limit;
	size_t answered;
};

static bool
is_absent(const struct capture_state *state)
{
	return state->told && state->topic_state == OFFSETS_TOPIC_ABSENT;
}

/*
 * Whom to ask; false: nobody can be asked now.  The leader of the group's
 * offsets partition, as last told.  Where the offsets topic is hidden, who
 * listed the group; else the cluster has to look it up.
 */
static bool
choose_coordinator(const struct capture_state *state,
    const struct candidate *candidate, int32_t *out)
{
	const struct era *era = capturestate_era(state, candidate);

	if (era != NULL) {
		*out = era->hint;
		return era->hint >= 0;
	}
	*out = candidate->listed_by >= 0 ? candidate->listed_by
					 : COORDINATOR_UNKNOWN;
	return true;
}

/* A reading that an ended era made void is begun again.  One of an era that
 * is not settled is kept, for the case that it never is. */
static void
restart_if_void(const struct capture_state *state, struct candidate *candidate)
{
	const struct era *era = capturestate_era(state, candidate);

	if (candidate->read_at == 0 || candidate->stage == STAGE_FAILED ||
	    era == NULL || era->since == 0)
		return;
	if (candidate->read_at > era->since &&
	    candidate->read_from == era->leader)
		return;
	groupanswer_restart(candidate);
}

static bool
is_due(const struct capture_state *state, struct candidate *candidate)
{
	int32_t coordinator;

	if (!capturestate_asks(state, candidate->partition))
		return false;
	restart_if_void(state, candidate);
	if (candidate->stage == STAGE_DONE ||
	    candidate->stage == STAGE_FAILED ||
	    candidate->tried == state->round)
		return false;
	return choose_coordinator(state, candidate, &coordinator);
}

static void
on_answer(void *context, const struct offsets_answer *answer)
{
	struct pass *pass = context;
	struct candidate *candidate =
	    pass->targets[answer->request - pass->requests];

	groupanswer_take(pass->state, &pass->step, candidate, answer);
	if (++pass->answered % PROGRESS_STEP == 0)
		capturestate_progress(
		    pass->state, "groups", pass->answered, pass->due_count);
}

static struct offsets_request
make_request(const struct candidate *candidate, int32_t coordinator)
{
	struct offsets_request request = {
		.group = candidate->name,
		.coordinator = coordinator,
		.require_stable = candidate->stage != STAGE_PLAIN,
	};

	if (candidate->stage == STAGE_ASK) {
		request.partitions = candidate->missing.items;
		request.partition_count = candidate->missing.count;
	} else if (candidate->stage == STAGE_PLAIN) {
		request.partitions = candidate->held.items;
		request.partition_count = candidate->held.count;
	}
	return request;
}

/* Take groups from *next on until the slice is full. */
static void
fill_slice(struct pass *pass, size_t *next)
{
	struct capture_state *state = pass->state;

	pass->count = 0;
	while (*next < pass->due_count && pass->count < pass->limit) {
		struct candidate *candidate = pass->due[(*next)++];
		int32_t coordinator;

		if (!choose_coordinator(state, candidate, &coordinator) ||
		    (coordinator >= 0 &&
			!capturestate_may_ask(
			    state, capturestate_peer(state, coordinator))))
			continue;
		pass->requests[pass->count] =
		    make_request(candidate, coordinator);
		pass->targets[pass->count++] = candidate;
	}
}

/* Wait until so many requests as were sent since begin_ms were due.  That is
 * not the brokers' fault: the deadline moves on with it. */
static void
keep_rate(const struct pass *pass, size_t sent, int64_t begin_ms)
{
	struct capture_state *state = pass->state;
	const struct env *env = state->job->env;
	const size_t rate = state->job->options->group_rate;
	const int64_t now_ms = env_monotonic_ms(env);
	int64_t pause;

	if (rate == 0)
		return;
	pause = begin_ms + (int64_t)(sent * 1000 / rate) - now_ms;
	if (pause <= 0)
		return;
	env_sleep_ms(env, pause);
	state->deadline_ms += env_monotonic_ms(env) - now_ms;
}

/* The call may last twice a request: a full window of a broker that hangs, and
 * what had to wait for it. */
static int
read_due(struct pass *pass, struct err *err)
{
	struct capture_state *state = pass->state;
	const int64_t begin_ms = env_monotonic_ms(state->job->env);
	size_t sent = 0;
	size_t next = 0;

	while (next < pass->due_count && capturestate_left_ms(state) > 0) {
		const struct call_limits limits =
		    capturestate_limits(state, state->job->options->window,
			2 * capturestate_request_ms(state));

		fill_slice(pass, &next);
		if (cluster_fetch_offsets(state->job->cluster, pass->requests,
			pass->count, &limits, on_answer, pass, err) != 0 &&
		    capturestate_forgive(state, err) != 0)
			return -1;
		sent += pass->count;
		keep_rate(pass, sent, begin_ms);
		if (env_interrupted(state->job->env))
			return err_set(err, ERR_INTERRUPTED,
			    "the capture was interrupted");
	}
	state->report->request_count += sent;
	return 0;
}

/* How many requests go out at once. */
static size_t
slice_limit(const struct capture_state *state)
{
	const struct capture_options *options = state->job->options;
	size_t limit = options->window * SLICE_WINDOWS;

	if (options->group_rate > 0 &&
	    options->group_rate / SLICE_RATE + 1 < limit)
		limit = options->group_rate / SLICE_RATE + 1;
	return limit < state->candidate_count ? limit : state->candidate_count;
}

/* Nobody ever committed on this cluster: there is nothing to ask. */
static void
read_nothing(struct capture_state *state)
{
	const uint64_t step = capturestate_step(state);
	const int64_t now_ms = env_now_ms(state->job->env);
	size_t i;

	for (i = 0; i < state->candidate_count; i++) {
		struct candidate *candidate = state->candidates[i];

		if (candidate->stage == STAGE_DONE)
			continue;
		groupanswer_restart(candidate);
		candidate->stage = STAGE_DONE;
		candidate->read_at = step;
		candidate->read_start_ms = now_ms;
		candidate->read_end_ms = now_ms;
	}
}

static void
gather(struct pass *pass)
{
	struct capture_state *state = pass->state;
	size_t i;

	pass->due_count = 0;
	for (i = 0; i < state->candidate_count; i++) {
		if (is_due(state, state->candidates[i]))
			pass->due[pass->due_count++] = state->candidates[i];
	}
}

int
groupread_update(struct capture_state *state, struct err *err)
{
	struct pass pass = { .state = state };
	int rc = -1;
	int turn;

	if (is_absent(state)) {
		read_nothing(state);
		return 0;
	}
	pass.limit = slice_limit(state);
	pass.due = xcalloc(state->candidate_count, sizeof(*pass.due));
	pass.targets = xcalloc(pass.limit, sizeof(*pass.targets));
	pass.requests = xcalloc(pass.limit, sizeof(*pass.requests));
	for (turn = 0; turn < PASS_MAX; turn++) {
		pass.step.tick = capturestate_step(state);
		gather(&pass);
		if (pass.due_count == 0)
			break;
		if (read_due(&pass, err) != 0)
			goto out;
	}
	rc = 0;
out:
	groupanswer_step_release(&pass.step);
	free(pass.due);
	free(pass.targets);
	free(pass.requests);
	return rc;
}

bool
groupread_is_complete(const struct capture_state *state)
{
	size_t i;

	for (i = 0; i < state->candidate_count; i++) {
		const struct candidate *candidate = state->candidates[i];

		if (candidate->stage != STAGE_FAILED &&
		    capturestate_asks(state, candidate->partition) &&
		    !capturestate_is_valid(state, candidate))
			return false;
	}
	return true;
}
