/*
 * capture.c - the order of steps.  Why it is this order: capturestate.h.
 */
#include "snapshot/capture.h"

#include <stdio.h>
#include <string.h>

#include "common/timetext.h"
#include "common/utf8.h"
#include "snapshot/assemble.h"
#include "snapshot/capturestate.h"
#include "snapshot/groupanswer.h"
#include "snapshot/groupread.h"
#include "snapshot/grouptype.h"
#include "snapshot/holes.h"
#include "snapshot/listing.h"
#include "snapshot/offsetsview.h"
#include "snapshot/previous.h"
#include "snapshot/proof.h"
#include "snapshot/timeread.h"
#include "snapshot/topicfill.h"
#include "snapshot/topicread.h"
#include "snapshot/topicscan.h"

#define RETRY_BASE_MS 50
#define RETRY_CAP_MS 1000
#define TOLD_MS 1000

/* Of the whole time, what is kept for topics when groups would use it up. */
#define TOPICS_PART 8
#define TOPICS_MAX_MS 8000

static bool
is_scope_possible(enum scope_wish wish, bool named)
{
	return wish != SCOPE_WISH_NAMED || named;
}

int
capture_scope(const struct cluster_view *view,
    const struct capture_options *options, enum scope *out, struct err *err)
{
	struct selector *selector;
	bool named;

	if (selector_new(&options->selection, &selector, err) != 0)
		return -1;
	named = selector_is_named(selector);
	if (named && selector_named_count(selector) == 0) {
		selector_free(selector);
		return err_set(err, ERR_USAGE,
		    "every group that was named is also excluded");
	}
	selector_free(selector);
	if (!is_scope_possible(options->wish, named)) {
		(void)err_set(err, ERR_USAGE,
		    "scope named needs groups by their exact names");
		err_hint(err, "give each with --group NAME, without patterns");
		return -1;
	}
	if (options->wish == SCOPE_WISH_NAMED ||
	    (options->wish == SCOPE_WISH_AUTO && named))
		*out = SCOPE_NAMED;
	else if (options->wish == SCOPE_WISH_VISIBLE ||
	    (!view->may_describe && options->source == SOURCE_API))
		*out = SCOPE_VISIBLE;
	else
		*out = SCOPE_CLUSTER;
	return 0;
}

static void
add_named(struct capture_state *state)
{
	size_t i;

	if (state->scope != SCOPE_NAMED)
		return;
	for (i = 0; i < selector_named_count(state->selector); i++)
		(void)capturestate_candidate(
		    state, selector_named_at(state->selector, i));
}

/* Every offsets partition has a leader that holds still and has listed. */
static bool
partitions_are_complete(const struct capture_state *state)
{
	size_t i;

	if (!capturestate_lists(state))
		return true;
	for (i = 0; i < state->era_count; i++) {
		const struct era *era = &state->eras[i];

		if (!capturestate_asks(state, (int32_t)i))
			continue;
		if (era->leader < 0 || era->confirmed != state->viewed ||
		    !capturestate_is_proven(era))
			return false;
	}
	return true;
}

/* No group was read from a coordinator that has moved since. */
static bool
readings_are_confirmed(const struct capture_state *state)
{
	size_t i;

	for (i = 0; i < state->candidate_count; i++) {
		const struct candidate *candidate = state->candidates[i];
		const struct era *era = capturestate_era(state, candidate);

		if (candidate->stage == STAGE_DONE && era != NULL &&
		    era->confirmed != state->viewed)
			return false;
	}
	return true;
}

/* Right after a view: is there nothing left to do or to wait for? */
static bool
groups_are_complete(const struct capture_state *state)
{
	if (state->scan != NULL && !topicscan_is_complete(state))
		return false;
	return state->told && state->agreed == state->viewed &&
	    partitions_are_complete(state) && listing_is_complete(state) &&
	    groupread_is_complete(state) && readings_are_confirmed(state);
}

/* Nothing has to be asked of a coordinator. */
static bool
is_topic_enough(const struct capture_state *state)
{
	size_t i;

	/* Without a topic, that there is nothing is told of each group. */
	if (state->source != SOURCE_TOPIC || state->era_count == 0)
		return false;
	for (i = 0; i < state->era_count; i++) {
		if (state->eras[i].asked)
			return false;
	}
	return true;
}

/*
 * List, read, prove, list again what is proven now, and read what came with
 * that.
 */
static int
ask_groups(struct capture_state *state, struct err *err)
{
	if (is_topic_enough(state))
		return 0;
	if (listing_update(state, err) != 0 ||
	    groupread_update(state, err) != 0 || proof_update(state, err) != 0)
		return -1;
	if (state->read_once == 0)
		state->read_once = capturestate_step(state);
	if (listing_update(state, err) != 0 ||
	    groupread_update(state, err) != 0)
		return -1;
	return 0;
}

/* One round, and a look whether the coordinators held still meanwhile. */
static int
run_round(struct capture_state *state, struct err *err)
{
	state->round++;
	if (state->scan != NULL && topicscan_update(state, err) != 0)
		return -1;
	if (ask_groups(state, err) != 0)
		return -1;
	if (state->source == SOURCE_BOTH && topicscan_follow(state, err) != 0)
		return -1;
	return offsetsview_update(state, err);
}

/* Not with every round: the first ones follow each other at once. */
static void
tell_obstacle(struct capture_state *state, int64_t left_ms)
{
	const int64_t now_ms = env_monotonic_ms(state->job->env);
	struct arena texts = { 0 };
	const char *obstacle;

	if (state->round > 1 && now_ms - state->told_ms < TOLD_MS)
		return;
	state->told_ms = now_ms;
	obstacle = holes_obstacle(state, &texts);
	log_info(state->job->log,
	    "not complete yet, trying again (%lld s left): %s",
	    (long long)(left_ms / 1000),
	    obstacle != NULL ? obstacle : "the brokers do not agree");
	arena_release(&texts);
}

/* False when the time is over. */
static bool
wait_for_round(struct capture_state *state)
{
	const struct capture_job *job = state->job;
	const int64_t left = capturestate_left_ms(state);
	const int64_t pause = env_backoff_ms(job->env,
	    (unsigned int)(state->round - 1), RETRY_BASE_MS, RETRY_CAP_MS);

	if (left <= 0)
		return false;
	tell_obstacle(state, left);
	env_sleep_ms(job->env, pause < left ? pause : left);
	return capturestate_left_ms(state) > 0;
}

static int
read_groups(struct capture_state *state, struct err *err)
{
	size_t i;

	if (offsetsview_update(state, err) != 0)
		return -1;
	do {
		if (run_round(state, err) != 0)
			return -1;
		if (env_interrupted(state->job->env))
			return err_set(err, ERR_INTERRUPTED,
			    "the capture was interrupted");
	} while (!groups_are_complete(state) && wait_for_round(state));
	for (i = 0; i < state->candidate_count; i++)
		groupanswer_close(state->candidates[i]);
	if (state->scan != NULL)
		topicfill_run(state);
	if (state->answer_count > 0)
		return 0;
	(void)err_set(err, ERR_UNAVAILABLE,
	    "no broker answered within %lld s; nothing was captured",
	    (long long)(state->job->options->timeout_ms / 1000));
	err_hint(err, "check that the brokers run, or give more --timeout");
	return -1;
}

/* Part of the time is kept from the groups, so that one group that cannot be
 * read does not cost all log ranges. */
static int64_t
time_for_topics(int64_t timeout_ms)
{
	const int64_t part = timeout_ms / TOPICS_PART;

	return part < TOPICS_MAX_MS ? part : TOPICS_MAX_MS;
}

static void
write_info(
    const struct capture_state *state, int64_t from_ms, struct snapshot *out)
{
	const struct capture_job *job = state->job;
	struct snapshot_info *info = &out->info;

	env_id(job->env, info->id);
	(void)snprintf(info->cluster_id, sizeof(info->cluster_id), "%s",
	    job->view->cluster_id);
	(void)snprintf(
	    info->writer, sizeof(info->writer), "%s", job->options->writer);
	if (job->previous != NULL)
		(void)snprintf(info->previous, sizeof(info->previous), "%s",
		    job->previous->info.id);
	info->reason = arena_text(&out->arena,
	    job->options->reason != NULL ? job->options->reason : "");
	info->from_ms = from_ms;
	info->to_ms = env_now_ms(job->env);
	/* A clock that was set back must not make an impossible snapshot. */
	if (info->to_ms < from_ms)
		info->to_ms = from_ms;
	info->scope = state->scope;
	info->source = state->source;
	info->as_of_ms = -1;
	info->scan = state->report->scan.records;
	info->compare = state->report->scan.compare;
	info->index_points = job->options->index_points;
	info->index_step_ms =
	    info->index_points > 0 ? job->options->index_step_ms : 0;
	info->selection = selection_copy(&out->arena, &job->options->selection);
	selection_canonical(
	    state->scope, &info->selection, false, info->selection_hash);
}

static void
report_end(struct capture_state *state, const struct snapshot *out)
{
	struct capture_report *report = state->report;
	char text[TIME_RFC3339_MAX];

	report->duration_ms =
	    env_monotonic_ms(state->job->env) - state->begin_ms;
	log_debug(state->job->log,
	    "%zu groups, %zu positions, %zu holes in %s; %zu retries",
	    out->group_count, out->info.position_count, out->hole_count,
	    duration_format(report->duration_ms, text), report->retry_count);
}

int
capture_run(const struct capture_job *job, struct snapshot *out,
    struct capture_report *report, struct err *err)
{
	struct capture_state state;
	const int64_t from_ms = env_now_ms(job->env);
	const int64_t reserve = time_for_topics(job->options->timeout_ms);
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (capturestate_init(&state, job, report, err) != 0)
		goto out;
	add_named(&state);
	previous_add_candidates(&state);
	if (state.source != SOURCE_API)
		topicscan_begin(&state);

	state.deadline_ms -= reserve;
	if (read_groups(&state, err) != 0)
		goto out;
	state.deadline_ms += reserve;
	if (grouptype_ask(&state, err) != 0)
		goto out;
	assemble_mark_topics(&state);
	if (topicread_run(&state, err) != 0)
		goto out;

	assemble_content(&state, out);
	if (timeread_run(&state, out, err) != 0)
		goto out;
	write_info(&state, from_ms, out);
	model_count(out);
	report_end(&state, out);
	rc = 0;
out:
	if (rc != 0)
		snapshot_release(out);
	capturestate_release(&state);
	return rc;
}

void
capture_report_release(struct capture_report *report)
{
	arena_release(&report->arena);
}
