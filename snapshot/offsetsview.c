/*
 * offsetsview.c - a view of the offsets topic.
 *
 * Two brokers are asked, others each time: one that was frozen and has thawed
 * tells of its old leadership for up to 1.2 s (verified.md 1.5), and then they
 * differ.  The leader alone is not enough, it may have moved away and back
 * between two views; so the leader epochs are compared too.
 */
#include "snapshot/offsetsview.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/capturestate.h"

#define TELLER_MAX 2

struct tellings {
	struct offsets_topic told[TELLER_MAX];
	size_t count;
	size_t wanted;
};

/* The brokers as they are now. */
static int
update_peers(struct capture_state *state, struct err *err)
{
	struct cluster_view view = { 0 };
	size_t i;

	if (cluster_describe(state->job->cluster,
		capturestate_request_ms(state), &view, err) != 0)
		return capturestate_forgive(state, err);
	state->answer_count++;
	for (i = 0; i < state->peer_count; i++)
		state->peers[i].present = false;
	for (i = 0; i < view.broker_count; i++)
		capturestate_peer(state, view.brokers[i].id)->present = true;
	cluster_view_release(&view);
	return 0;
}

static int
ask_peer(struct capture_state *state, size_t index, struct tellings *tellings,
    struct err *err)
{
	struct offsets_topic *told = &tellings->told[tellings->count];
	const int32_t id = state->peers[index].id;
	const int64_t timeout_ms = capturestate_request_ms(state);

	if (timeout_ms <= 0)
		return 0;
	if (cluster_offsets_topic(
		state->job->cluster, id, timeout_ms, told, err) != 0) {
		capturestate_heard(state, id, KAFKA_LOCAL_TIMED_OUT);
		return capturestate_forgive(state, err);
	}
	capturestate_heard(state, id, KAFKA_OK);
	tellings->count++;
	return 0;
}

/* Two brokers that answer; the silent ones are tried last. */
static int
ask_peers(
    struct capture_state *state, struct tellings *tellings, struct err *err)
{
	const size_t first = state->turn++;
	int pass;
	size_t i;

	for (i = 0; i < state->peer_count; i++)
		tellings->wanted += state->peers[i].present;
	if (tellings->wanted > TELLER_MAX)
		tellings->wanted = TELLER_MAX;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < state->peer_count; i++) {
			const size_t at = (first + i) % state->peer_count;

			if (tellings->count >= tellings->wanted)
				return 0;
			if (!state->peers[at].present ||
			    state->peers[at].silent != (pass == 1) ||
			    !capturestate_may_ask(state, &state->peers[at]))
				continue;
			if (ask_peer(state, at, tellings, err) != 0)
				return -1;
		}
	}
	return 0;
}

/* Another number of partitions than before: everything begins anew. */
static void
reset_eras(struct capture_state *state, size_t count)
{
	size_t i;

	if (state->era_count == count)
		return;
	free(state->eras);
	state->eras = count == 0 ? NULL : xcalloc(count, sizeof(struct era));
	state->era_count = count;
	for (i = 0; i < count; i++) {
		state->eras[i].hint = -1;
		state->eras[i].leader = -1;
		state->eras[i].epoch = -1;
		state->eras[i].proven_by = -1;
	}
	for (i = 0; i < state->candidate_count; i++) {
		struct candidate *candidate = state->candidates[i];

		candidate->partition = count == 0
		    ? -1
		    : coordinator_partition(candidate->name, (int32_t)count);
	}
}

static void
settle(struct capture_state *state, size_t partition, int32_t leader,
    int32_t epoch)
{
	struct era *era = &state->eras[partition];

	if (era->since > 0 && (era->leader != leader || era->epoch != epoch))
		log_info(state->job->log,
		    OFFSETS_TOPIC
		    " partition %zu moved from broker %d (epoch %d) to "
		    "%d (epoch %d)",
		    partition, (int)era->leader, (int)era->epoch, (int)leader,
		    (int)epoch);
	if (era->since == 0 || era->leader != leader || era->epoch != epoch) {
		era->leader = leader;
		era->epoch = epoch;
		era->since = state->viewed;
	}
	era->confirmed = state->viewed;
	era->error = KAFKA_OK;
}

static void
take_epoch(void *context, const struct log_answer *answer)
{
	struct capture_state *state = context;
	const size_t partition = (size_t)answer->request->partition;
	struct era *era = &state->eras[partition];

	if (answer->error != KAFKA_OK)
		era->error = answer->error;
	else
		settle(state, partition, era->hint, answer->epoch);
}

/* Ask the leaders that the brokers agree on for their epochs. */
static int
settle_leaders(struct capture_state *state, const bool *agreed, struct err *err)
{
	struct log_request *requests =
	    xcalloc(state->era_count, sizeof(*requests));
	const struct call_limits limits = capturestate_limits(
	    state, CAPTURE_WINDOW, capturestate_request_ms(state));
	size_t count = 0;
	int rc = 0;
	size_t i;

	for (i = 0; i < state->era_count; i++) {
		if (!agreed[i])
			continue;
		if (state->eras[i].hint < 0) {
			settle(state, i, -1, -1);
			continue;
		}
		requests[count].topic = bytes_of(OFFSETS_TOPIC);
		requests[count].partition = (int32_t)i;
		requests[count++].time = LOG_LATEST;
	}
	if (count > 0 && limits.timeout_ms > 0 &&
	    cluster_list_offsets(state->job->cluster, requests, count, &limits,
		take_epoch, state, err) != 0)
		rc = capturestate_forgive(state, err);
	free(requests);
	return rc;
}

/* The leaders as told; what the brokers differ on is not settled now. */
static int
apply_leaders(struct capture_state *state, const struct tellings *tellings,
    struct err *err)
{
	const int32_t *first = tellings->told[0].leaders;
	const int32_t *last = tellings->told[tellings->count - 1].leaders;
	const bool enough = tellings->count >= tellings->wanted;
	bool *agreed;
	int rc;
	size_t i;

	reset_eras(state, (size_t)tellings->told[0].count);
	agreed = xcalloc(state->era_count, sizeof(*agreed));
	for (i = 0; i < state->era_count; i++) {
		struct era *era = &state->eras[i];

		era->error = KAFKA_OK;
		agreed[i] = enough && first[i] == last[i];
		/* What one alone tells is better than nothing, and no more. */
		if (agreed[i] || era->since == 0)
			era->hint = first[i];
	}
	rc = settle_leaders(state, agreed, err);
	free(agreed);
	return rc;
}

static bool
tellings_agree(const struct tellings *tellings)
{
	const struct offsets_topic *first = &tellings->told[0];
	const struct offsets_topic *last = &tellings->told[tellings->count - 1];

	return first->state == last->state && first->count == last->count;
}

static int
apply(struct capture_state *state, const struct tellings *tellings,
    struct err *err)
{
	if (tellings->count == 0 || !tellings_agree(tellings))
		return 0;
	state->told = true;
	state->topic_state = tellings->told[0].state;
	if (tellings->count >= tellings->wanted)
		state->agreed = state->viewed;
	if (state->topic_state == OFFSETS_TOPIC_SEEN)
		return apply_leaders(state, tellings, err);
	reset_eras(state, 0);
	return 0;
}

int
offsetsview_update(struct capture_state *state, struct err *err)
{
	struct tellings tellings = { .count = 0 };
	const bool first = state->viewed == 0;
	int rc = -1;
	size_t i;

	if (capturestate_request_ms(state) <= 0)
		return 0;
	state->viewed = capturestate_step(state);
	/* The first time the caller has just described the cluster. */
	if (!first && update_peers(state, err) != 0)
		goto out;
	if (ask_peers(state, &tellings, err) != 0)
		goto out;
	rc = apply(state, &tellings, err);
out:
	for (i = 0; i < tellings.count; i++)
		offsets_topic_release(&tellings.told[i]);
	return rc;
}
