#include "snapshot/holes.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/listing.h"

struct hole_list {
	const struct capture_state *state;
	struct arena *arena; /* of names and texts */
	struct hole *holes;
	size_t count;
	size_t capacity;
};

/* A hole with nothing but a kind and a text, which is in the arena. */
static struct hole *
add(struct hole_list *list, enum hole_kind kind, int error, const char *text)
{
	struct hole *hole;

	list->holes = xgrow(
	    list->holes, list->count, &list->capacity, sizeof(*list->holes));
	hole = &list->holes[list->count++];
	memset(hole, 0, sizeof(*hole));
	hole->kind = kind;
	hole->partition = -1;
	hole->broker = -1;
	hole->error = error;
	hole->text = text;
	return hole;
}

static const char *
with_error(struct hole_list *list, const char *what, int error)
{
	if (error == KAFKA_OK)
		return arena_text(list->arena, what);
	return arena_format(
	    list->arena, "%s: %s", what, kafka_error_name(error));
}

static void
set_group(struct hole_list *list, struct hole *hole, struct bytes group)
{
	hole->has_group = true;
	hole->group = arena_bytes(list->arena, group);
}

static void
add_scope(struct hole_list *list)
{
	const struct capture_state *state = list->state;

	if (state->scope == SCOPE_VISIBLE &&
	    state->job->options->wish != SCOPE_WISH_VISIBLE)
		add(list, HOLE_VISIBLE_SCOPE, KAFKA_OK,
		    arena_text(list->arena,
			"without DESCRIBE on the cluster, hidden groups cannot "
			"be excluded"));
	if (state->scope == SCOPE_CLUSTER && state->told &&
	    state->topic_state == OFFSETS_TOPIC_HIDDEN)
		add(list, HOLE_OFFSETS_TOPIC_HIDDEN,
		    KAFKA_TOPIC_AUTHORIZATION_FAILED,
		    arena_text(list->arena,
			"without DESCRIBE on " OFFSETS_TOPIC
			", partitions without a leader cannot be seen"));
	if (state->told && state->agreed == state->viewed)
		return;
	/* Each partition then has its own hole, as far as any is known. */
	if (state->scope != SCOPE_NAMED && state->era_count == 0)
		add(list, HOLE_MOVED, KAFKA_OK,
		    arena_text(list->arena,
			"the brokers did not tell the leaders of " OFFSETS_TOPIC
			" alike"));
}

/* The last view showed the era once more. */
static bool
is_confirmed(const struct capture_state *state, const struct era *era)
{
	return era->since > 0 && era->confirmed == state->viewed;
}

static void
add_moved(struct hole_list *list, int32_t partition, const struct era *era)
{
	struct hole *hole = add(list, HOLE_MOVED, era->error,
	    with_error(list,
		"its leader was not told alike before and after, by two "
		"brokers",
		era->error));

	hole->partition = partition;
	hole->broker = era->hint;
}

/* The records decide about the groups of this partition. */
static bool
is_decided(const struct capture_state *state, const struct era *era)
{
	return state->scan != NULL && capturestate_is_scanned(era) &&
	    is_confirmed(state, era) && !era->asked;
}

/* Groups in scope are not only those that are known by name. */
static bool
lists_groups(const struct capture_state *state)
{
	return state->scope != SCOPE_NAMED;
}

/* The coordinator lists only what this user may see, and the records not all
 * that there is. */
static bool
is_hiding(const struct capture_state *state, const struct era *era)
{
	return era->asked && state->scope == SCOPE_CLUSTER &&
	    !state->job->view->may_describe;
}

static void
add_unread(struct hole_list *list, int32_t partition, const struct era *era)
{
	struct hole *hole;

	if (era->held_since_ms > 0 && era->scan_error == KAFKA_OK)
		hole = add(list, HOLE_HELD, KAFKA_OK,
		    arena_text(list->arena,
			"an open transaction hides what was committed since"));
	else
		hole = add(list, HOLE_LISTING, era->scan_error,
		    with_error(list,
			"its records could not be read to the end in time",
			era->scan_error));
	hole->partition = partition;
	hole->broker = era->leader;
}

static void
add_hiding(struct hole_list *list, int32_t partition, const struct era *era)
{
	const bool held = era->held_since_ms > 0;
	struct hole *hole = add(list, held ? HOLE_HELD : HOLE_UNREADABLE,
	    KAFKA_OK,
	    arena_format(list->arena,
		"%s hides a part of it, and without DESCRIBE on the cluster "
		"its groups cannot all be listed",
		held ? "an open transaction"
		     : "a record that cannot be decoded, or is in another "
		       "partition,"));

	hole->partition = partition;
}

/* An offsets partition whose groups may not all be known. */
static void
add_partition(struct hole_list *list, int32_t partition)
{
	const struct capture_state *state = list->state;
	const struct era *era = &state->eras[partition];
	struct hole *hole;

	if (is_decided(state, era))
		return;
	if (!is_confirmed(state, era)) {
		if (era->hint < 0) {
			hole = add(list, HOLE_LEADERLESS, era->error,
			    with_error(list, "it has no leader", era->error));
			hole->partition = partition;
			return;
		}
		add_moved(list, partition, era);
	} else if (era->leader < 0) {
		hole = add(list, HOLE_LEADERLESS, KAFKA_OK,
		    arena_text(list->arena, "it has no leader"));
		hole->partition = partition;
	} else if (!capturestate_asks(state, partition)) {
		add_unread(list, partition, era);
	} else if (lists_groups(state) && !capturestate_is_proven(era)) {
		hole = add(list, HOLE_LISTING, era->error,
		    with_error(list,
			"its coordinator did not answer, so the listing does "
			"not show all",
			era->error));
		hole->partition = partition;
		hole->broker = era->leader;
	} else if (lists_groups(state) && is_hiding(state, era)) {
		add_hiding(list, partition, era);
	}
}

static bool
is_all_decided(const struct capture_state *state)
{
	size_t i;

	for (i = 0; i < state->era_count; i++) {
		if (!is_decided(state, &state->eras[i]))
			return false;
	}
	return true;
}

static void
add_listings(struct hole_list *list)
{
	const struct capture_state *state = list->state;
	size_t i;

	if (!capturestate_lists(state) ||
	    (state->scan != NULL && is_all_decided(state)))
		return;
	for (i = 0; i < state->peer_count; i++) {
		const struct peer *peer = &state->peers[i];

		if (!listing_is_due(state, peer))
			continue;
		add(list, HOLE_LISTING, peer->listing_error,
		    with_error(list, "the broker did not list its groups",
			peer->listing_error))
		    ->broker = peer->id;
	}
	if (!listing_is_legacy_complete(state))
		add(list, HOLE_LISTING, state->legacy_error,
		    with_error(list,
			"groups of Connect and Streams were not listed",
			state->legacy_error));
}

/* For scope named only the partitions of those groups matter. */
static void
add_partitions(struct hole_list *list)
{
	const struct capture_state *state = list->state;
	bool *matters;
	size_t i;

	if (state->era_count == 0)
		return;
	matters = xcalloc(state->era_count, sizeof(*matters));
	for (i = 0; i < state->era_count; i++)
		matters[i] = lists_groups(state);
	for (i = 0; i < state->candidate_count; i++) {
		if (state->candidates[i]->partition >= 0)
			matters[state->candidates[i]->partition] = true;
	}
	for (i = 0; i < state->era_count; i++) {
		if (matters[i])
			add_partition(list, (int32_t)i);
	}
	free(matters);
}

static void
add_positions(struct hole_list *list, const struct candidate *candidate)
{
	size_t i;

	for (i = 0; i < candidate->hole_count; i++) {
		const struct position_hole *from = &candidate->holes[i];
		struct hole *hole = add(list, from->kind, from->error,
		    with_error(list,
			from->kind == HOLE_UNSTABLE
			    ? "an open transaction holds it, and what stands "
			      "there plainly is older than in the previous "
			      "snapshot"
			    : "it was there before and cannot be read now",
			from->error));

		set_group(list, hole, candidate->name);
		hole->has_topic = true;
		hole->topic = arena_bytes(list->arena, from->topic);
		hole->partition = from->partition;
	}
}

static void
add_candidate(struct hole_list *list, const struct candidate *candidate)
{
	const struct capture_state *state = list->state;
	const struct era *era = capturestate_era(state, candidate);
	const char *text;
	int error = candidate->error;

	if (candidate->stage == STAGE_DONE)
		add_positions(list, candidate);
	if (capturestate_is_valid(state, candidate) &&
	    (era == NULL || is_confirmed(state, era)))
		return;
	if (candidate->stage == STAGE_DONE) {
		error = KAFKA_OK;
		text = "it was read, but its coordinator did not hold still";
	} else if (era != NULL && era->hint < 0) {
		text = "its coordinator is not there";
	} else {
		text = "it could not be read";
	}
	set_group(list,
	    add(list, HOLE_GROUP, error, with_error(list, text, error)),
	    candidate->name);
}

static void
add_topic(struct hole_list *list, const struct topic_state *topic)
{
	struct hole *hole;
	size_t i;

	if (topic->range_count == 0 && !topic->missing) {
		hole = add(list, HOLE_TOPIC, topic->error,
		    with_error(
			list, "id and log ranges are not known", topic->error));
		hole->has_topic = true;
		hole->topic = arena_bytes(list->arena, topic->name);
	}
	for (i = 0; i < topic->range_count; i++) {
		if (topic->has_start[i] && topic->has_end[i])
			continue;
		hole = add(list, HOLE_TOPIC, topic->range_errors[i],
		    with_error(list, "the log's range is not known",
			topic->range_errors[i]));
		hole->has_topic = true;
		hole->topic = arena_bytes(list->arena, topic->name);
		hole->partition = topic->ranges[i].partition;
	}
}

static void
add_topics(struct hole_list *list)
{
	const struct nametable *table = &list->state->topics;
	size_t i;

	for (i = 0; i < table->capacity; i++) {
		const struct topic_state *topic =
		    table->slots[i] != NULL ? table->slots[i]->value : NULL;

		if (topic != NULL && topic->used)
			add_topic(list, topic);
	}
}

/* Everything that concerns groups. */
static void
add_all(struct hole_list *list)
{
	const struct capture_state *state = list->state;
	size_t i;

	add_partitions(list);
	add_listings(list);
	for (i = 0; i < state->candidate_count; i++)
		add_candidate(list, state->candidates[i]);
}

void
holes_write(const struct capture_state *state, struct snapshot *out)
{
	struct hole_list list = { .state = state, .arena = &out->arena };

	add_scope(&list);
	add_all(&list);
	add_topics(&list);
	out->holes = arena_alloc(&out->arena, list.count, sizeof(*out->holes));
	if (list.count > 0)
		memcpy(
		    out->holes, list.holes, list.count * sizeof(*out->holes));
	out->hole_count = list.count;
	free(list.holes);
}

const char *
holes_obstacle(const struct capture_state *state, struct arena *arena)
{
	struct hole_list list = { .state = state, .arena = arena };
	const char *text = NULL;

	add_all(&list);
	if (list.count > 0 && list.holes[0].partition >= 0)
		text = arena_format(arena, OFFSETS_TOPIC " partition %d: %s",
		    (int)list.holes[0].partition, list.holes[0].text);
	else if (list.count > 0 && list.holes[0].broker >= 0)
		text = arena_format(arena, "broker %d: %s",
		    (int)list.holes[0].broker, list.holes[0].text);
	else if (list.count > 0)
		text = arena_format(arena, "%zu groups, the first: %s",
		    list.count, list.holes[0].text);
	free(list.holes);
	return text;
}
