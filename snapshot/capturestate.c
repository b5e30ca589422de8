#include "snapshot/capturestate.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/topicscan.h"

/* One request may take this long: a broker that hangs costs so much. */
#define REQUEST_MAX_MS 5000
#define REQUEST_MIN_MS 1000
#define REQUEST_PART 6 /* of the whole time */

/* What an open transaction or a topic that seems not to exist is given: long
 * for a transaction that commits, nothing for one that hangs. */
#define PATIENCE_MAX_MS 5000
#define PATIENCE_PART 10

static int64_t
clamp(int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

static void
init_times(struct capture_state *state)
{
	const int64_t timeout = state->job->options->timeout_ms;

	state->begin_ms = env_monotonic_ms(state->job->env);
	state->deadline_ms = state->begin_ms + timeout;
	state->request_ms =
	    clamp(timeout / REQUEST_PART, REQUEST_MIN_MS, REQUEST_MAX_MS);
	state->patience_ms = clamp(timeout / PATIENCE_PART, 0, PATIENCE_MAX_MS);
}

int
capturestate_init(struct capture_state *state, const struct capture_job *job,
    struct capture_report *report, struct err *err)
{
	uint64_t seed;
	size_t i;

	memset(state, 0, sizeof(*state));
	memset(report, 0, sizeof(*report));
	state->job = job;
	state->report = report;
	state->source = job->options->source;
	init_times(state);
	job->env->random(job->env->context, &seed, sizeof(seed));
	nametable_init(&state->groups, &state->arena, seed);
	nametable_init(&state->topics, &state->arena, seed);
	nametable_init(&state->words, &state->arena, seed);
	for (i = 0; i < job->view->broker_count; i++)
		capturestate_peer(state, job->view->brokers[i].id)->present =
		    true;
	if (capture_scope(job->view, job->options, &state->scope, err) != 0)
		return -1;
	return selector_new(&job->options->selection, &state->selector, err);
}

static void
release_candidate(struct candidate *candidate)
{
	spotlist_release(&candidate->spots);
	partition_list_release(&candidate->doubts);
	partition_list_release(&candidate->missing);
	partition_list_release(&candidate->held);
	free(candidate->holes);
}

void
capturestate_release(struct capture_state *state)
{
	size_t i;

	for (i = 0; i < state->candidate_count; i++)
		release_candidate(state->candidates[i]);
	if (state->scan != state->job->scan)
		topicscan_free(state->scan);
	free(state->candidates);
	free(state->eras);
	free(state->peers);
	nametable_release(&state->groups);
	nametable_release(&state->topics);
	nametable_release(&state->words);
	selector_free(state->selector);
	arena_release(&state->arena);
}

uint64_t
capturestate_step(struct capture_state *state)
{
	return ++state->tick;
}

int64_t
capturestate_left_ms(const struct capture_state *state)
{
	const int64_t left =
	    state->deadline_ms - env_monotonic_ms(state->job->env);

	return left > 0 ? left : 0;
}

int64_t
capturestate_request_ms(const struct capture_state *state)
{
	const int64_t left = capturestate_left_ms(state);

	return left < state->request_ms ? left : state->request_ms;
}

struct call_limits
capturestate_limits(
    const struct capture_state *state, size_t window, int64_t call_ms)
{
	const int64_t left = capturestate_left_ms(state);
	const struct call_limits limits = {
		.window = window,
		.timeout_ms = capturestate_request_ms(state),
		.deadline_ms = env_monotonic_ms(state->job->env) +
		    (call_ms < left ? call_ms : left),
	};

	return limits;
}

struct peer *
capturestate_peer(struct capture_state *state, int32_t id)
{
	size_t i;

	for (i = 0; i < state->peer_count; i++) {
		if (state->peers[i].id == id)
			return &state->peers[i];
	}
	state->peers = xgrow(state->peers, state->peer_count,
	    &state->peer_capacity, sizeof(*state->peers));
	memset(&state->peers[i], 0, sizeof(state->peers[i]));
	state->peers[i].id = id;
	state->peer_count++;
	return &state->peers[i];
}

bool
capturestate_may_ask(struct capture_state *state, struct peer *peer)
{
	if (!peer->silent)
		return true;
	if (peer->tried == state->round)
		return false;
	peer->tried = state->round;
	return true;
}

void
capturestate_heard(struct capture_state *state, int32_t broker, int error)
{
	/* librdkafka's own errors are negative: nothing came back. */
	const bool silent = error < KAFKA_UNKNOWN_SERVER_ERROR &&
	    error != KAFKA_UNSUPPORTED_NAME;
	struct peer *peer;

	if (!silent)
		state->answer_count++;
	if (broker < 0)
		return;
	peer = capturestate_peer(state, broker);
	if (silent && !peer->silent)
		log_info(state->job->log, "broker %d does not answer: %s",
		    (int)broker, kafka_error_name(error));
	peer->silent = silent;
	if (silent)
		peer->tried = state->round;
}

static int32_t
partition_of(const struct capture_state *state, struct bytes name)
{
	if (state->era_count == 0)
		return -1;
	return coordinator_partition(name, (int32_t)state->era_count);
}

struct candidate *
capturestate_candidate(struct capture_state *state, struct bytes name)
{
	struct nametable_entry *entry = nametable_add(&state->groups, name);
	struct candidate *candidate = entry->value;

	if (candidate != NULL)
		return candidate;
	candidate = arena_alloc(&state->arena, 1, sizeof(*candidate));
	candidate->name = entry->name;
	candidate->state_ms = -1;
	candidate->listed_by = -1;
	candidate->read_from = -1;
	candidate->partition = partition_of(state, name);
	if (state->job->previous != NULL)
		candidate->before =
		    model_find_group(state->job->previous, name);
	entry->value = candidate;
	state->candidates = xgrow(state->candidates, state->candidate_count,
	    &state->candidate_capacity, sizeof(*state->candidates));
	state->candidates[state->candidate_count++] = candidate;
	return candidate;
}

struct era *
capturestate_era(
    const struct capture_state *state, const struct candidate *candidate)
{
	return candidate->partition < 0 ? NULL
					: &state->eras[candidate->partition];
}

struct topic_state *
capturestate_topic(struct capture_state *state, struct bytes name)
{
	struct nametable_entry *entry = nametable_add(&state->topics, name);
	struct topic_state *topic = entry->value;

	if (topic != NULL)
		return topic;
	topic = arena_alloc(&state->arena, 1, sizeof(*topic));
	topic->name = entry->name;
	topic->taken = selector_takes_topic(state->selector, name);
	entry->value = topic;
	return topic;
}

const char *
capturestate_word(struct capture_state *state, const char *text)
{
	return nametable_add(&state->words, bytes_of(text))->name.data;
}

bool
capturestate_is_valid(
    const struct capture_state *state, const struct candidate *candidate)
{
	const struct era *era = capturestate_era(state, candidate);

	if (candidate->stage != STAGE_DONE)
		return false;
	if (era == NULL)
		return !state->told || state->topic_state != OFFSETS_TOPIC_SEEN;
	return era->since > 0 && candidate->read_at > era->since &&
	    candidate->read_from == era->leader;
}

bool
capturestate_is_proven(const struct era *era)
{
	return era->since > 0 && era->proven > era->since &&
	    era->proven_by == era->leader;
}

bool
capturestate_is_scanned(const struct era *era)
{
	return era->since > 0 && era->scanned > era->since;
}

bool
capturestate_asks(const struct capture_state *state, int32_t partition)
{
	return state->source != SOURCE_TOPIC || partition < 0 ||
	    state->eras[partition].asked;
}

bool
capturestate_lists(const struct capture_state *state)
{
	bool asks = state->source != SOURCE_TOPIC;
	size_t i;

	for (i = 0; i < state->era_count && !asks; i++)
		asks = state->eras[i].asked;
	return asks && state->scope != SCOPE_NAMED;
}

int
capturestate_forgive(struct capture_state *state, struct err *err)
{
	if (err->kind == ERR_INTERRUPTED || env_interrupted(state->job->env)) {
		if (err->kind != ERR_INTERRUPTED)
			return err_set(err, ERR_INTERRUPTED,
			    "the capture was interrupted");
		return -1;
	}
	if (err->kind == ERR_USAGE)
		return -1;
	log_info(state->job->log, "%s", err->message);
	state->report->retry_count++;
	memset(err, 0, sizeof(*err));
	return 0;
}

void
capturestate_progress(
    struct capture_state *state, const char *phase, size_t done, size_t total)
{
	const struct capture_options *options = state->job->options;

	if (options->progress != NULL)
		options->progress(
		    options->progress_context, phase, done, total);
}

void
partition_list_add(
    struct partition_list *list, struct bytes topic, int32_t partition)
{
	list->items = xgrow(
	    list->items, list->count, &list->capacity, sizeof(*list->items));
	list->items[list->count].topic = topic;
	list->items[list->count++].partition = partition;
}

void
partition_list_release(struct partition_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
