#include "snapshot/proof.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "snapshot/capturestate.h"

/* Names are tried until each partition has one: n log n of them on average. */
#define TRIES_PER_PARTITION 100
#define NAME_MAX_SIZE 48

struct probing {
	struct capture_state *state;
	uint64_t step;
	struct offsets_request *requests;
	size_t *partitions; /* of the offsets topic, by request */
	size_t count;
};

static bool
is_wanted(struct capture_state *state, size_t partition)
{
	const struct era *era = &state->eras[partition];

	return capturestate_asks(state, (int32_t)partition) && era->since > 0 &&
	    era->leader >= 0 && era->leader == era->hint &&
	    !capturestate_is_proven(era) &&
	    capturestate_may_ask(state, capturestate_peer(state, era->leader));
}

/* Find a name for each partition that has to be asked. */
static void
make_requests(struct probing *probing, struct arena *names)
{
	struct capture_state *state = probing->state;
	const size_t count = state->era_count;
	bool *wanted = xcalloc(count, sizeof(*wanted));
	size_t left = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		wanted[i] = is_wanted(state, i);
		left += wanted[i];
	}
	for (i = 0; left > 0 && i < count * TRIES_PER_PARTITION; i++) {
		char name[NAME_MAX_SIZE];
		size_t partition;
		struct offsets_request *request;

		(void)snprintf(name, sizeof(name), "tidemark-probe-%zu", i);
		partition = (size_t)coordinator_partition(
		    bytes_of(name), (int32_t)count);
		if (!wanted[partition])
			continue;
		wanted[partition] = false;
		left--;
		request = &probing->requests[probing->count];
		request->group = arena_bytes(names, bytes_of(name));
		request->coordinator = state->eras[partition].leader;
		request->require_stable = true;
		probing->partitions[probing->count++] = partition;
	}
	free(wanted);
}

/*
 * A user who may not describe that group gets no proof; then two listings, one
 * before and one after the reading, have to do.
 */
static void
take_proof(void *context, const struct offsets_answer *answer)
{
	struct probing *probing = context;
	const size_t at = (size_t)(answer->request - probing->requests);
	struct era *era = &probing->state->eras[probing->partitions[at]];
	const int32_t broker = answer->request->coordinator;

	capturestate_heard(probing->state, broker, answer->error);
	if (answer->error != KAFKA_OK &&
	    !kafka_error_is_denied(answer->error)) {
		era->error = answer->error;
		return;
	}
	era->proven = probing->step;
	era->proven_by = broker;
}

int
proof_update(struct capture_state *state, struct err *err)
{
	struct probing probing = { .state = state };
	struct arena names = { 0 };
	struct call_limits limits;
	int rc = 0;

	if (!capturestate_lists(state) || state->era_count == 0)
		return 0;
	probing.step = capturestate_step(state);
	probing.requests = xcalloc(state->era_count, sizeof(*probing.requests));
	probing.partitions =
	    xcalloc(state->era_count, sizeof(*probing.partitions));
	make_requests(&probing, &names);
	limits = capturestate_limits(
	    state, state->job->options->window, capturestate_request_ms(state));
	if (limits.timeout_ms > 0 &&
	    cluster_fetch_offsets(state->job->cluster, probing.requests,
		probing.count, &limits, take_proof, &probing, err) != 0)
		rc = capturestate_forgive(state, err);
	free(probing.requests);
	free(probing.partitions);
	arena_release(&names);
	return rc;
}
