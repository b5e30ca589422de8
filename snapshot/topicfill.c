#include "snapshot/topicfill.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/ledgermodel.h"
#include "snapshot/topicscan.h"

struct filling {
	struct capture_state *state;
	struct spot *spots; /* of the group in hand */
	size_t count;
	size_t capacity;
	bool asked_since; /* of it: the answer is newer than the scan */
	/* The topic looked up last: names of the ledger are each one copy. */
	const char *last_name;
	struct topic_state *last_topic;
	struct source_difference *differences;
	size_t difference_count;
	size_t difference_capacity;
	struct snapshot_compare *compare;
};

static struct topic_state *
topic_of(struct filling *filling, struct bytes name)
{
	if (filling->last_name != name.data) {
		filling->last_name = name.data;
		filling->last_topic = capturestate_topic(filling->state, name);
	}
	return filling->last_topic;
}

static void
add_spot(struct filling *filling, struct bytes topic,
    const struct position *position)
{
	filling->spots = xgrow(filling->spots, filling->count,
	    &filling->capacity, sizeof(*filling->spots));
	filling->spots[filling->count].topic = topic;
	filling->spots[filling->count++].position = *position;
}

/* Its names are copied. */
static void
note_difference(struct filling *filling, struct source_difference difference)
{
	struct arena *arena = &filling->state->report->arena;

	filling->differences =
	    xgrow(filling->differences, filling->difference_count,
		&filling->difference_capacity, sizeof(*filling->differences));
	difference.group = arena_bytes(arena, difference.group);
	difference.topic = arena_bytes(arena, difference.topic);
	filling->differences[filling->difference_count++] = difference;
}

/* --- comparing --------------------------------------------------------- */

/* Whether its key has a record since the end was asked for: then it moved while
 * the coordinators were asked. */
static bool
has_moved(const struct ledger_spot *spot, const struct scan_goal *goal)
{
	return goal->is_blurred || spot->value.record_offset >= goal->mark ||
	    spot->gone_offset >= goal->mark;
}

/* A position of the records, and what the coordinator said of it. */
static void
compare_live(struct filling *filling, const struct candidate *candidate,
    const struct ledger_spot *spot, const struct scan_goal *goal)
{
	struct snapshot_compare *compare = filling->compare;
	const struct spot *asked =
	    spotlist_find(&candidate->spots, spot->topic, spot->partition);
	struct position position = ledgermodel_position(spot);

	if (asked != NULL && asked->position.offset == position.offset) {
		compare->agreed_count++;
	} else if (has_moved(spot, goal)) {
		compare->moving_count++;
		/* The coordinator sees what a transaction hides here. */
		if (goal->is_blurred && asked != NULL && filling->asked_since)
			position = asked->position;
	} else if (asked == NULL) {
		compare->only_topic_count++;
		note_difference(filling,
		    (struct source_difference){
			.kind = DIFFERENCE_ONLY_TOPIC,
			.group = candidate->name,
			.topic = spot->topic,
			.partition = spot->partition,
			.api_offset = -1,
			.topic_offset = position.offset,
		    });
	} else {
		compare->differing_count++;
		note_difference(filling,
		    (struct source_difference){
			.kind = DIFFERENCE_OFFSET,
			.group = candidate->name,
			.topic = spot->topic,
			.partition = spot->partition,
			.api_offset = asked->position.offset,
			.topic_offset = position.offset,
		    });
	}
	add_spot(filling, topic_of(filling, spot->topic)->name, &position);
}

/* A position that the coordinator told, and the records do not have. */
static void
compare_absent(struct filling *filling, const struct candidate *candidate,
    const struct ledger_group *group, const struct spot *asked,
    const struct scan_goal *goal)
{
	const struct ledger_spot *spot = group == NULL
	    ? NULL
	    : ledger_find_spot(&filling->state->scan->ledger, group,
		  asked->topic, asked->position.partition);

	if (spot != NULL && spot->state == LEDGER_LIVE)
		return;
	if (spot != NULL && spot->gone_offset >= goal->mark) {
		filling->compare->moving_count++; /* removed meanwhile */
		return;
	}
	if (goal->is_blurred) {
		filling->compare->moving_count++;
	} else {
		filling->compare->only_api_count++;
		note_difference(filling,
		    (struct source_difference){
			.kind = DIFFERENCE_ONLY_API,
			.group = candidate->name,
			.topic = asked->topic,
			.partition = asked->position.partition,
			.api_offset = asked->position.offset,
			.topic_offset = -1,
		    });
	}
	add_spot(filling, asked->topic, &asked->position);
}

/* --- filling ----------------------------------------------------------- */

static void
fill_type(struct capture_state *state, const struct ledger_group *group,
    struct candidate *candidate)
{
	const char *word = ledgermodel_state(group);
	const char *protocol = ledgermodel_protocol_type(group);

	if (candidate->type == GROUP_UNKNOWN)
		candidate->type = ledgermodel_type(group);
	if (candidate->state == NULL && word != NULL)
		candidate->state = capturestate_word(state, word);
	if (candidate->protocol_type == NULL && protocol != NULL)
		candidate->protocol_type = capturestate_word(state, protocol);
	if (word != NULL && candidate->state != NULL &&
	    strcmp(candidate->state, word) == 0)
		candidate->state_ms = ledgermodel_state_ms(group);
}

/* What the coordinator answered stands; when it was committed the records
 * tell. */
static void
fill_times(const struct ledger *ledger, const struct ledger_group *group,
    struct candidate *candidate)
{
	size_t i;

	for (i = 0; i < candidate->spots.count; i++) {
		struct spot *asked = &candidate->spots.spots[i];
		const struct ledger_spot *spot = ledger_find_spot(
		    ledger, group, asked->topic, asked->position.partition);

		if (spot == NULL || spot->state != LEDGER_LIVE ||
		    spot->value.offset != asked->position.offset)
			continue;
		asked->position.commit_ms = model_time(spot->value.commit_ms);
		asked->position.expire_ms = model_time(spot->value.expire_ms);
	}
}

static void
finish(struct filling *filling, struct candidate *candidate, bool is_there)
{
	const struct capture_state *state = filling->state;
	const struct era *era = &state->eras[candidate->partition];
	const struct topicscan *scan = state->scan;

	spotlist_set(&candidate->spots, filling->spots, filling->count);
	candidate->listed |= is_there;
	candidate->hole_count = 0;
	candidate->missing.count = 0;
	candidate->held.count = 0;
	candidate->answered_count = filling->count;
	candidate->stage = STAGE_DONE;
	candidate->error = KAFKA_OK;
	candidate->read_at = era->scanned;
	candidate->read_from = era->leader;
	candidate->read_start_ms = scan->start_ms;
	candidate->read_end_ms = scan->end_ms;
}

/* Whether what the coordinator answered, or did not list, came after the end of
 * the records was asked for.  A group that it refuses, it never tells of. */
static bool
was_asked_since(struct capture_state *state, const struct candidate *candidate,
    const struct scan_goal *goal)
{
	const struct era *era = &state->eras[candidate->partition];

	if (candidate->read_at > 0)
		return candidate->read_at > goal->step;
	if (candidate->stage == STAGE_FAILED)
		return true;
	return !candidate->listed && candidate->error == KAFKA_OK &&
	    capturestate_peer(state, era->leader)->listed > goal->step;
}

static bool
is_of_records(const struct ledger_group *group)
{
	return group->state == LEDGER_LIVE || group->live_count > 0;
}

/* A group of a scanned partition; group is NULL where no record names it. */
static void
fill(struct filling *filling, const struct ledger_group *group,
    struct candidate *candidate)
{
	struct capture_state *state = filling->state;
	struct scan_goal goal =
	    *topicscan_goal(state->scan, candidate->partition);
	const bool compares = state->source == SOURCE_BOTH;
	const bool is_there = group != NULL && is_of_records(group);
	const struct ledger_spot *spot;
	size_t i;

	/* Else everything may have moved since it was asked. */
	filling->asked_since =
	    compares && was_asked_since(state, candidate, &goal);
	if (compares && !filling->asked_since)
		goal.mark = 0;
	filling->count = 0;
	for (spot = group == NULL ? NULL : group->spots; spot != NULL;
	     spot = spot->next) {
		struct position position;

		if (spot->state != LEDGER_LIVE)
			continue;
		if (!topic_of(filling, spot->topic)->taken)
			continue;
		if (compares) {
			compare_live(filling, candidate, spot, &goal);
			continue;
		}
		position = ledgermodel_position(spot);
		add_spot(
		    filling, topic_of(filling, spot->topic)->name, &position);
	}
	for (i = 0; compares && i < candidate->spots.count; i++)
		compare_absent(filling, candidate, group,
		    &candidate->spots.spots[i], &goal);
	finish(filling, candidate, is_there);
	/* Those that are not selected show that it is there. */
	if (group != NULL && candidate->answered_count == 0)
		candidate->answered_count = group->live_count;
}

/* Whether the records decide about a partition. */
static bool
decides(const struct capture_state *state, int32_t partition)
{
	const struct era *era;

	if (partition < 0)
		return false;
	era = &state->eras[partition];
	return capturestate_is_scanned(era) &&
	    era->confirmed == state->viewed && !era->asked;
}

static void
fill_known(struct filling *filling)
{
	struct capture_state *state = filling->state;
	const struct ledger *ledger = &state->scan->ledger;
	size_t i;

	for (i = 0; i < ledger->group_count; i++) {
		const struct ledger_group *group = ledger->list[i];

		if (!is_of_records(group) ||
		    !selector_takes_group(state->selector, group->name) ||
		    !decides(state, group->partition))
			continue;
		fill(
		    filling, group, capturestate_candidate(state, group->name));
	}
}

/* Those that only the coordinators or an earlier snapshot knew, and types. */
static void
fill_others(struct filling *filling)
{
	struct capture_state *state = filling->state;
	size_t i;

	for (i = 0; i < state->candidate_count; i++) {
		struct candidate *candidate = state->candidates[i];
		const struct ledger_group *group =
		    ledger_find(&state->scan->ledger, candidate->name);
		const bool known = group != NULL && is_of_records(group);

		if (decides(state, candidate->partition) && !known)
			fill(filling, group, candidate);
		if (!known)
			continue;
		fill_type(state, group, candidate);
		if (!decides(state, candidate->partition))
			fill_times(&state->scan->ledger, group, candidate);
	}
}

static void
write_report(struct filling *filling)
{
	struct capture_state *state = filling->state;
	const struct ledger *ledger = &state->scan->ledger;
	struct source_report *report = &state->report->scan;
	struct arena *arena = &state->report->arena;
	struct ledger_oddity *oddities =
	    arena_alloc(arena, ledger->oddity_count, sizeof(*oddities));
	struct source_difference *differences =
	    arena_alloc(arena, filling->difference_count, sizeof(*differences));
	size_t i;

	memcpy(oddities, ledger->oddities,
	    ledger->oddity_count * sizeof(*oddities));
	for (i = 0; i < filling->difference_count; i++)
		differences[i] = filling->differences[i];
	report->records = (struct snapshot_scan){
		.record_count = ledger->counts.record_count,
		.unknown_type_count = ledger->counts.unknown_type_count,
		.unknown_version_count = ledger->counts.unknown_version_count,
		.broken_count = ledger->counts.broken_count,
	};
	report->oddities = oddities;
	report->oddity_count = ledger->oddity_count;
	report->differences = differences;
	report->difference_count = filling->difference_count;
	for (i = 0; i < state->era_count; i++)
		report->asked_count += state->eras[i].asked;
}

void
topicfill_run(struct capture_state *state)
{
	struct filling filling = {
		.state = state,
		.compare = &state->report->scan.compare,
	};

	if (state->era_count > 0 &&
	    state->scan->era_count == state->era_count) {
		ledger_finish(&state->scan->ledger);
		fill_known(&filling);
		fill_others(&filling);
	}
	write_report(&filling);
	topicscan_end(state);
	free(filling.spots);
	free(filling.differences);
}
