#include "snapshot/grouptype.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/capturestate.h"

struct asking {
	struct capture_state *state;
	struct members_request *requests;
	struct candidate **targets;
	size_t count;
};

static void
take_type(void *context, const struct members_answer *answer)
{
	struct asking *asking = context;
	struct candidate *candidate =
	    asking->targets[answer->request - asking->requests];

	if (answer->error != KAFKA_OK || answer->type == GROUP_UNKNOWN)
		return;
	candidate->listed = true;
	candidate->type = answer->type;
	if (strcmp(answer->state, "unknown") != 0)
		candidate->state =
		    capturestate_word(asking->state, answer->state);
}

/* Where the coordinator is not known, a look-up of each would cost more than
 * the answer is worth. */
static void
collect_requests(struct asking *asking)
{
	const struct capture_state *state = asking->state;
	size_t i;

	for (i = 0; i < state->candidate_count; i++) {
		struct candidate *candidate = state->candidates[i];

		if (candidate->listed || candidate->read_from < 0)
			continue;
		asking->requests[asking->count].group = candidate->name;
		asking->requests[asking->count].coordinator =
		    candidate->read_from;
		asking->targets[asking->count++] = candidate;
	}
}

int
grouptype_ask(struct capture_state *state, struct err *err)
{
	struct asking asking = { .state = state };
	const struct call_limits limits = capturestate_limits(
	    state, state->job->options->window, capturestate_request_ms(state));
	int rc = 0;

	if (capturestate_lists(state) || limits.timeout_ms <= 0)
		return 0;
	asking.requests =
	    xcalloc(state->candidate_count, sizeof(*asking.requests));
	asking.targets =
	    xcalloc(state->candidate_count, sizeof(*asking.targets));
	collect_requests(&asking);
	if (cluster_describe_groups(state->job->cluster, asking.requests,
		asking.count, &limits, take_type, &asking, err) != 0)
		rc = capturestate_forgive(state, err);
	free(asking.requests);
	free(asking.targets);
	return rc;
}
