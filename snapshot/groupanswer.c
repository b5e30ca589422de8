#include "snapshot/groupanswer.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "snapshot/previous.h"

/* An error that is not known to pass is given so many tries. */
#define REFUSALS_MAX 3

#define NAME_SHOWN_MAX 120

void
groupanswer_restart(struct candidate *candidate)
{
	candidate->stage = STAGE_READ;
	spotlist_release(&candidate->spots);
	candidate->answered_count = 0;
	candidate->missing.count = 0;
	candidate->held.count = 0;
	candidate->hole_count = 0;
	candidate->held_since_ms = 0;
	candidate->read_at = 0;
	candidate->read_from = -1;
	candidate->tried = 0;
}

void
groupanswer_step_release(struct answer_step *step)
{
	free(step->spots);
	memset(step, 0, sizeof(*step));
}

static void
add_spot(
    struct answer_step *step, struct bytes topic, const struct position *from)
{
	step->spots = xgrow(
	    step->spots, step->count, &step->capacity, sizeof(*step->spots));
	step->spots[step->count].topic = topic;
	step->spots[step->count++].position = *from;
}

static void
add_hole(struct candidate *candidate, enum hole_kind kind,
    const struct group_partition *where, int error)
{
	struct position_hole *hole;

	candidate->holes = xgrow(candidate->holes, candidate->hole_count,
	    &candidate->hole_capacity, sizeof(*candidate->holes));
	hole = &candidate->holes[candidate->hole_count++];
	hole->kind = kind;
	hole->topic = where->topic;
	hole->partition = where->partition;
	hole->error = error;
}

/* Not again in this round; not at all when it will not get better. */
static void
fail(struct capture_state *state, struct candidate *candidate, int error)
{
	char shown[NAME_SHOWN_MAX];
	const bool lasts = !kafka_error_is_retriable(error);

	candidate->error = error;
	candidate->tried = state->round;
	if (lasts)
		candidate->refused++;
	log_debug(state->job->log, "group '%s': %s",
	    utf8_escape_to(candidate->name, shown, sizeof(shown)),
	    kafka_error_name(error));
	if (kafka_error_is_denied(error) || error == KAFKA_UNSUPPORTED_NAME ||
	    candidate->refused >= REFUSALS_MAX) {
		groupanswer_restart(candidate);
		candidate->stage = STAGE_FAILED;
		return;
	}
	state->report->retry_count++;
}

/* A coordinator that answers this has loaded the group's partition. */
static void
note_proof(const struct capture_state *state, const struct answer_step *step,
    const struct candidate *candidate, int32_t broker)
{
	struct era *era = capturestate_era(state, candidate);

	if (era == NULL || capturestate_is_proven(era))
		return;
	era->proven = step->tick;
	era->proven_by = broker;
}

static void
note_reading(const struct answer_step *step, struct candidate *candidate,
    const struct offsets_answer *answer)
{
	if (candidate->stage == STAGE_READ) {
		candidate->read_start_ms = answer->start_ms;
		candidate->read_at = step->tick;
		candidate->read_from = answer->request->coordinator;
	}
	candidate->read_end_ms = answer->end_ms;
}

/* The spots that are there already, to be joined by others. */
static void
begin_with_spots(struct answer_step *step, const struct candidate *candidate)
{
	size_t i;

	step->count = 0;
	for (i = 0; i < candidate->spots.count; i++)
		add_spot(step, candidate->spots.spots[i].topic,
		    &candidate->spots.spots[i].position);
}

static void
finish_spots(struct answer_step *step, struct candidate *candidate)
{
	spotlist_set(&candidate->spots, step->spots, step->count);
}

/* Pass on to the next stage that has something to ask. */
static void
advance(struct candidate *candidate)
{
	if (candidate->stage == STAGE_READ && candidate->missing.count > 0)
		candidate->stage = STAGE_ASK;
	else if (candidate->stage != STAGE_PLAIN && candidate->held.count > 0)
		candidate->stage = STAGE_PLAIN;
	else
		candidate->stage = STAGE_DONE;
}

/* Wait for a transaction to end?  Until the patience for it is spent. */
static bool
waits_for_held(struct capture_state *state, struct candidate *candidate)
{
	const int64_t now_ms = env_monotonic_ms(state->job->env);

	if (candidate->held.count == 0) {
		candidate->held_since_ms = 0;
		return false;
	}
	if (candidate->held_since_ms == 0)
		candidate->held_since_ms = now_ms > 0 ? now_ms : 1;
	if (now_ms - candidate->held_since_ms >= state->patience_ms)
		return false;
	candidate->tried = state->round;
	candidate->error = KAFKA_UNSTABLE_OFFSET_COMMIT;
	state->report->retry_count++;
	return true;
}

/* All that the group has: the stage READ. */
static void
take_all(struct capture_state *state, struct answer_step *step,
    struct candidate *candidate, const struct offsets_answer *answer)
{
	size_t i;

	step->count = 0;
	candidate->held.count = 0;
	candidate->hole_count = 0;
	candidate->answered_count = answer->count;
	for (i = 0; i < answer->count; i++) {
		const struct fetched_position *got = &answer->positions[i];
		const struct topic_state *topic =
		    capturestate_topic(state, got->topic);
		const struct group_partition where = { topic->name,
			got->position.partition };

		if (!topic->taken)
			continue;
		if (got->error == KAFKA_UNSTABLE_OFFSET_COMMIT) {
			partition_list_add(
			    &candidate->held, where.topic, where.partition);
		} else if (kafka_error_is_retriable(got->error)) {
			fail(state, candidate, got->error);
			return;
		} else if (got->error != KAFKA_OK) {
			add_hole(candidate, HOLE_POSITION, &where, got->error);
		} else if (got->present) {
			add_spot(step, topic->name, &got->position);
		}
	}
	finish_spots(step, candidate);
	if (waits_for_held(state, candidate))
		return;
	previous_find_missing(state, candidate);
	advance(candidate);
}

/*
 * Positions that the previous snapshot knew and that did not come: the stage
 * ASK.  Absent ones, and those of topics that exist no more, are gone.
 */
static void
take_asked(struct capture_state *state, struct answer_step *step,
    struct candidate *candidate, const struct offsets_answer *answer)
{
	size_t i;

	begin_with_spots(step, candidate);
	for (i = 0; i < answer->count; i++) {
		const struct fetched_position *got = &answer->positions[i];
		const struct group_partition where = {
			capturestate_topic(state, got->topic)->name,
			got->position.partition
		};

		if (got->error == KAFKA_UNSTABLE_OFFSET_COMMIT) {
			partition_list_add(
			    &candidate->held, where.topic, where.partition);
		} else if (kafka_error_is_retriable(got->error)) {
			fail(state, candidate, got->error);
			return;
		} else if (got->error == KAFKA_OK && got->present) {
			add_spot(step, where.topic, &got->position);
		} else if (got->error != KAFKA_OK &&
		    got->error != KAFKA_UNKNOWN_TOPIC_OR_PARTITION) {
			add_hole(candidate, HOLE_POSITION, &where, got->error);
		}
	}
	candidate->missing.count = 0;
	finish_spots(step, candidate);
	advance(candidate);
}

/*
 * One position that an open transaction holds, read plainly.  A coordinator
 * that has not caught up could show an old number here; so one below what the
 * previous snapshot had is not believed.  (That the coordinator is the same
 * before and after is seen to for all readings.)
 */
static void
take_plain_one(struct answer_step *step, struct candidate *candidate,
    const struct group_partition *where, const struct fetched_position *got)
{
	struct position position = got->position;
	int64_t before;
	const bool known =
	    previous_offset(candidate, where->topic, where->partition, &before);

	if (got->error != KAFKA_OK) {
		if (got->error != KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
			add_hole(candidate, HOLE_POSITION, where, got->error);
		return;
	}
	if (known && (!got->present || position.offset < before)) {
		add_hole(candidate, HOLE_UNSTABLE, where,
		    KAFKA_UNSTABLE_OFFSET_COMMIT);
		return;
	}
	/* Nothing was ever committed there outside this transaction. */
	if (!got->present)
		return;
	position.unstable = true;
	add_spot(step, where->topic, &position);
}

/* The stage PLAIN. */
static void
take_plain(struct capture_state *state, struct answer_step *step,
    struct candidate *candidate, const struct offsets_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->count; i++) {
		const int error = answer->positions[i].error;

		if (kafka_error_is_retriable(error)) {
			fail(state, candidate, error);
			return;
		}
	}
	begin_with_spots(step, candidate);
	for (i = 0; i < answer->count; i++) {
		const struct fetched_position *got = &answer->positions[i];
		const struct group_partition where = {
			capturestate_topic(state, got->topic)->name,
			got->position.partition
		};

		take_plain_one(step, candidate, &where, got);
	}
	candidate->held.count = 0;
	finish_spots(step, candidate);
	advance(candidate);
}

/* Each position of the list becomes a hole; the list is then empty. */
static void
close_list(struct candidate *candidate, struct partition_list *list,
    enum hole_kind kind, int error)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		add_hole(candidate, kind, &list->items[i], error);
	list->count = 0;
}

void
groupanswer_close(struct candidate *candidate)
{
	const bool asks = candidate->stage == STAGE_ASK ||
	    candidate->stage == STAGE_PLAIN ||
	    (candidate->stage == STAGE_READ && candidate->held.count > 0);

	if (!asks)
		return;
	close_list(candidate, &candidate->missing, HOLE_POSITION,
	    candidate->error != KAFKA_OK ? candidate->error
					 : KAFKA_LOCAL_TIMED_OUT);
	close_list(candidate, &candidate->held, HOLE_UNSTABLE,
	    KAFKA_UNSTABLE_OFFSET_COMMIT);
	candidate->stage = STAGE_DONE;
}

void
groupanswer_take(struct capture_state *state, struct answer_step *step,
    struct candidate *candidate, const struct offsets_answer *answer)
{
	const struct offsets_request *request = answer->request;

	capturestate_heard(state, request->coordinator, answer->error);
	/* "No such group" is an answer: it has no positions. */
	if (answer->error != KAFKA_OK &&
	    answer->error != KAFKA_GROUP_ID_NOT_FOUND) {
		fail(state, candidate, answer->error);
		return;
	}
	/* One reading is made of answers of one coordinator. */
	if (candidate->stage != STAGE_READ &&
	    candidate->read_from != request->coordinator) {
		groupanswer_restart(candidate);
		return;
	}
	if (request->require_stable)
		note_proof(state, step, candidate, request->coordinator);
	note_reading(step, candidate, answer);
	switch (candidate->stage) {
	case STAGE_READ:
		take_all(state, step, candidate, answer);
		break;
	case STAGE_ASK:
		take_asked(state, step, candidate, answer);
		break;
	case STAGE_PLAIN:
		take_plain(state, step, candidate, answer);
		break;
	case STAGE_DONE:
	case STAGE_FAILED:
	default:
		break;
	}
}
