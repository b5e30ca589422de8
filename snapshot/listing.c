#include "snapshot/listing.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/capturestate.h"

static bool
is_by_leader(const struct capture_state *state)
{
	return state->told && state->topic_state == OFFSETS_TOPIC_SEEN;
}

/* The step after which the peer has to list; false: it has not to. */
static bool
needed_since(
    const struct capture_state *state, const struct peer *peer, uint64_t *since)
{
	bool needed = false;
	size_t i;

	*since = 0;
	if (!is_by_leader(state)) {
		*since = state->read_once;
		return peer->present;
	}
	for (i = 0; i < state->era_count; i++) {
		const struct era *era = &state->eras[i];

		if (era->hint != peer->id ||
		    !capturestate_asks(state, (int32_t)i))
			continue;
		needed = true;
		if (capturestate_is_proven(era) && era->proven > *since)
			*since = era->proven;
	}
	return needed;
}

bool
listing_is_due(const struct capture_state *state, const struct peer *peer)
{
	uint64_t since;

	return needed_since(state, peer, &since) && peer->listed <= since;
}

static bool
has_news(const struct candidate *candidate, const struct listed_group *group)
{
	return candidate->type == GROUP_UNKNOWN || group->type != GROUP_UNKNOWN;
}

/* Words that say nothing must not hide those of another listing. */
static void
merge_group(struct capture_state *state, const struct listed_group *group)
{
	struct candidate *candidate;

	if (!selector_takes_group(state->selector, group->name))
		return;
	candidate = capturestate_candidate(state, group->name);
	if (!capturestate_asks(state, candidate->partition))
		return;
	candidate->listed = true;
	candidate->listed_by = group->coordinator;
	if (!has_news(candidate, group))
		return;
	candidate->type = group->type;
	if (group->state != NULL && strcmp(group->state, "unknown") != 0)
		candidate->state = capturestate_word(state, group->state);
	if (group->protocol_type != NULL)
		candidate->protocol_type =
		    capturestate_word(state, group->protocol_type);
}

static int
list_peer(struct capture_state *state, size_t index, struct err *err)
{
	struct group_listing listing = { 0 };
	const int64_t timeout_ms = capturestate_request_ms(state);
	const uint64_t step = capturestate_step(state);
	const int32_t id = state->peers[index].id;
	struct peer *peer = &state->peers[index];
	int code = KAFKA_OK;
	size_t i;

	if (timeout_ms <= 0)
		return 0;
	if (cluster_list_groups(state->job->cluster, id, timeout_ms, &listing,
		&code, err) != 0) {
		peer->listing_error =
		    code != KAFKA_OK ? code : KAFKA_LOCAL_TIMED_OUT;
		capturestate_heard(state, id, peer->listing_error);
		return capturestate_forgive(state, err);
	}
	capturestate_heard(state, id, KAFKA_OK);
	for (i = 0; i < listing.count; i++)
		merge_group(state, &listing.groups[i]);
	peer->listed = step;
	peer->listed_count = listing.count;
	peer->listing_error = KAFKA_OK;
	group_listing_release(&listing);
	return 0;
}

/*
 * Whether the legacy listing has a group of each broker that listed some.  A
 * broker that failed is left out of it in silence; quiet tells that some
 * broker shows none, so that nothing can be said of it.  Its groups may also
 * have moved away since it listed them: it has to list again.
 */
static bool
is_credible(struct capture_state *state, const struct group_listing *listing,
    bool *quiet)
{
	size_t *counts = xcalloc(state->peer_count, sizeof(*counts));
	bool credible = true;
	uint64_t since;
	size_t i, k;

	for (i = 0; i < listing->count; i++) {
		const int32_t id = listing->groups[i].coordinator;

		for (k = 0; k < state->peer_count; k++)
			counts[k] += state->peers[k].id == id;
	}
	*quiet = false;
	for (k = 0; k < state->peer_count; k++) {
		struct peer *peer = &state->peers[k];

		if (counts[k] > 0 || !needed_since(state, peer, &since))
			continue;
		*quiet = true;
		if (peer->listed_count > 0) {
			credible = false;
			peer->listed = 0;
		}
	}
	free(counts);
	return credible;
}

/* One legacy listing; again is set when it should be made once more. */
static int
list_all(struct capture_state *state, bool *again, struct err *err)
{
	struct group_listing listing = { 0 };
	const int64_t timeout_ms = capturestate_request_ms(state);
	const uint64_t step = capturestate_step(state);
	size_t i;

	*again = false;
	if (timeout_ms <= 0)
		return 0;
	state->legacy_error = KAFKA_OK;
	if (cluster_list_all(state->job->cluster, timeout_ms, &listing,
		&state->legacy_error, err) != 0) {
		if (state->legacy_error == KAFKA_OK)
			state->legacy_error = KAFKA_LOCAL_TIMED_OUT;
		return capturestate_forgive(state, err);
	}
	for (i = 0; i < listing.count; i++)
		merge_group(state, &listing.groups[i]);
	if (is_credible(state, &listing, again))
		state->legacy_listed = step;
	else
		log_info(state->job->log,
		    "the listing of all groups leaves a broker out");
	group_listing_release(&listing);
	return 0;
}

/* The newest step after which a broker had to list. */
static uint64_t
newest_need(const struct capture_state *state)
{
	uint64_t newest = state->read_once;
	uint64_t since;
	size_t i;

	for (i = 0; i < state->peer_count; i++) {
		if (needed_since(state, &state->peers[i], &since) &&
		    since > newest)
			newest = since;
	}
	return newest;
}

bool
listing_is_legacy_complete(const struct capture_state *state)
{
	return state->read_once > 0 &&
	    state->legacy_listed > newest_need(state);
}

static bool
legacy_is_due(const struct capture_state *state)
{
	return state->read_once > 0 && !listing_is_legacy_complete(state);
}

/* The legacy call asks all brokers, and waits for the slowest. */
static bool
legacy_would_hang(const struct capture_state *state)
{
	uint64_t since;
	size_t i;

	for (i = 0; i < state->peer_count; i++) {
		if (state->peers[i].silent &&
		    needed_since(state, &state->peers[i], &since))
			return true;
	}
	return false;
}

int
listing_update(struct capture_state *state, struct err *err)
{
	bool again;
	size_t i;

	if (!capturestate_lists(state))
		return 0;
	for (i = 0; i < state->peer_count; i++) {
		if (listing_is_due(state, &state->peers[i]) &&
		    capturestate_may_ask(state, &state->peers[i]) &&
		    list_peer(state, i, err) != 0)
			return -1;
	}
	if (!legacy_is_due(state) || legacy_would_hang(state))
		return 0;
	if (list_all(state, &again, err) != 0)
		return -1;
	return again ? list_all(state, &again, err) : 0;
}

bool
listing_is_complete(const struct capture_state *state)
{
	size_t i;

	if (!capturestate_lists(state))
		return true;
	for (i = 0; i < state->peer_count; i++) {
		if (listing_is_due(state, &state->peers[i]))
			return false;
	}
	return listing_is_legacy_complete(state);
}
