#include "snapshot/topicread.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "snapshot/capturestate.h"

#define RETRY_BASE_MS 50
#define RETRY_CAP_MS 1000

/* What many partitions may take beyond the time for one request. */
#define PARTITIONS_PER_MS 10

#define NAME_SHOWN_MAX 120

struct reading {
	struct capture_state *state;
	struct topic_state **topics; /* the used ones */
	size_t topic_count;
	int64_t begin_ms; /* monotonic */
	/* One call for log offsets. */
	int64_t time; /* LOG_EARLIEST or LOG_LATEST */
	struct log_request *requests;
	struct topic_state **targets; /* by request */
	size_t *indexes;              /* of its range */
	size_t count;
};

static void
collect_topics(struct reading *reading)
{
	const struct nametable *table = &reading->state->topics;
	size_t i;

	reading->topics = xcalloc(table->count, sizeof(*reading->topics));
	for (i = 0; i < table->capacity; i++) {
		struct topic_state *topic;

		if (table->slots[i] == NULL)
			continue;
		topic = table->slots[i]->value;
		if (topic->used)
			reading->topics[reading->topic_count++] = topic;
	}
}

/* A topic that metadata does not show is waited for a while: brokers learn of
 * a new one one after the other. */
static bool
is_patient(const struct reading *reading)
{
	return env_monotonic_ms(reading->state->job->env) - reading->begin_ms <
	    reading->state->patience_ms;
}

static void
set_ranges(struct capture_state *state, struct topic_state *topic,
    const struct topic_answer *answer)
{
	const size_t count = answer->count;
	size_t i;

	topic->has_id = answer->has_id;
	memcpy(topic->id, answer->id, sizeof(topic->id));
	topic->ranges =
	    arena_alloc(&state->arena, count, sizeof(*topic->ranges));
	topic->has_start =
	    arena_alloc(&state->arena, count, sizeof(*topic->has_start));
	topic->has_end =
	    arena_alloc(&state->arena, count, sizeof(*topic->has_end));
	topic->range_errors =
	    arena_alloc(&state->arena, count, sizeof(*topic->range_errors));
	topic->range_count = count;
	for (i = 0; i < count; i++) {
		struct log_range *range = &topic->ranges[i];

		range->partition = answer->partitions[i].partition;
		range->epoch = -1;
		range->start = -1;
		range->end = -1;
	}
	topic->known = true;
	topic->error = KAFKA_OK;
}

static void
take_topic(void *context, const struct topic_answer *answer)
{
	struct reading *reading = context;
	struct capture_state *state = reading->state;
	struct topic_state *topic = capturestate_topic(state, answer->name);
	char shown[NAME_SHOWN_MAX];

	if (topic->known)
		return;
	topic->error = answer->error;
	if (answer->error == KAFKA_OK) {
		set_ranges(state, topic, answer);
	} else if (answer->error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION) {
		if (is_patient(reading))
			return;
		/* Not hidden: that would be an authorization error. */
		topic->known = true;
		topic->missing = true;
		topic->error = KAFKA_OK;
		state->report->missing_topic_count++;
		log_warn(state->job->log,
		    "positions stand on topic '%s', which does not exist",
		    utf8_escape_to(topic->name, shown, sizeof(shown)));
	} else if (!kafka_error_is_retriable(answer->error) &&
	    !is_patient(reading)) {
		topic->known = true;
	}
}

static int
describe_once(struct reading *reading, size_t *left, struct err *err)
{
	struct capture_state *state = reading->state;
	struct bytes *names = xcalloc(reading->topic_count, sizeof(*names));
	int64_t timeout_ms = capturestate_request_ms(state);
	size_t count = 0;
	int rc = 0;
	size_t i;

	for (i = 0; i < reading->topic_count; i++) {
		if (!reading->topics[i]->known)
			names[count++] = reading->topics[i]->name;
	}
	timeout_ms += (int64_t)count / PARTITIONS_PER_MS;
	if (count > 0 &&
	    cluster_describe_topics(state->job->cluster, names, count,
		timeout_ms, take_topic, reading, err) != 0)
		rc = capturestate_forgive(state, err);
	*left = 0;
	for (i = 0; i < reading->topic_count; i++)
		*left += !reading->topics[i]->known;
	free(names);
	return rc;
}

static bool
is_read(const struct reading *reading, const struct topic_state *topic,
    size_t index)
{
	return reading->time == LOG_EARLIEST ? topic->has_start[index]
					     : topic->has_end[index];
}

static void
collect_requests(struct reading *reading)
{
	size_t i, k;

	reading->count = 0;
	for (i = 0; i < reading->topic_count; i++) {
		struct topic_state *topic = reading->topics[i];

		for (k = 0; k < topic->range_count; k++) {
			struct log_request *request;

			if (is_read(reading, topic, k))
				continue;
			reading->targets[reading->count] = topic;
			reading->indexes[reading->count] = k;
			request = &reading->requests[reading->count++];
			request->topic = topic->name;
			request->partition = topic->ranges[k].partition;
			request->time = reading->time;
		}
	}
}

static void
take_offset(void *context, const struct log_answer *answer)
{
	struct reading *reading = context;
	const size_t at = (size_t)(answer->request - reading->requests);
	struct topic_state *topic = reading->targets[at];
	const size_t index = reading->indexes[at];
	struct log_range *range = &topic->ranges[index];

	topic->range_errors[index] = answer->error;
	if (answer->error != KAFKA_OK)
		return;
	if (reading->time == LOG_EARLIEST) {
		range->start = answer->offset;
		topic->has_start[index] = true;
	} else {
		range->end = answer->offset;
		range->epoch = answer->epoch;
		topic->has_end[index] = true;
	}
}

/* Ask for the starts or ends that are not known yet. */
static int
list_once(struct reading *reading, int64_t time, size_t *left, struct err *err)
{
	struct capture_state *state = reading->state;
	struct call_limits limits;
	size_t i;

	reading->time = time;
	collect_requests(reading);
	limits = capturestate_limits(
	    state, CAPTURE_WINDOW, capturestate_left_ms(state));
	limits.timeout_ms += (int64_t)reading->count / PARTITIONS_PER_MS;
	if (limits.timeout_ms > 0 &&
	    cluster_list_offsets(state->job->cluster, reading->requests,
		reading->count, &limits, take_offset, reading, err) != 0 &&
	    capturestate_forgive(state, err) != 0)
		return -1;
	for (i = 0; i < reading->count; i++)
		*left +=
		    !is_read(reading, reading->targets[i], reading->indexes[i]);
	return 0;
}

/* Wait a little before another try; false when the time is over. */
static bool
wait_for_try(struct capture_state *state, unsigned int *attempt)
{
	const int64_t left = capturestate_left_ms(state);
	const int64_t pause = env_backoff_ms(
	    state->job->env, (*attempt)++, RETRY_BASE_MS, RETRY_CAP_MS);

	if (left <= 0)
		return false;
	env_sleep_ms(state->job->env, pause < left ? pause : left);
	return capturestate_left_ms(state) > 0;
}

/* A try of its own is due for what failed. */
static int
check_interrupted(struct capture_state *state, size_t left, struct err *err)
{
	if (env_interrupted(state->job->env))
		return err_set(
		    err, ERR_INTERRUPTED, "the capture was interrupted");
	state->report->retry_count += left;
	return 0;
}

static int
describe_all(struct reading *reading, struct err *err)
{
	unsigned int attempt = 0;
	size_t left;

	do {
		if (describe_once(reading, &left, err) != 0 ||
		    check_interrupted(reading->state, left, err) != 0)
			return -1;
	} while (left > 0 && wait_for_try(reading->state, &attempt));
	return 0;
}

static size_t
count_ranges(const struct reading *reading)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < reading->topic_count; i++)
		count += reading->topics[i]->range_count;
	return count;
}

static int
list_offsets(struct reading *reading, struct err *err)
{
	const size_t total = count_ranges(reading);
	unsigned int attempt = 0;
	int rc = -1;
	size_t left;

	reading->requests = xcalloc(total, sizeof(*reading->requests));
	reading->targets = xcalloc(total, sizeof(*reading->targets));
	reading->indexes = xcalloc(total, sizeof(*reading->indexes));
	do {
		left = 0;
		if (list_once(reading, LOG_EARLIEST, &left, err) != 0 ||
		    list_once(reading, LOG_LATEST, &left, err) != 0 ||
		    check_interrupted(reading->state, left, err) != 0)
			goto out;
		capturestate_progress(
		    reading->state, "partitions", total - left / 2, total);
	} while (left > 0 && wait_for_try(reading->state, &attempt));
	rc = 0;
out:
	free(reading->requests);
	free(reading->targets);
	free(reading->indexes);
	return rc;
}

int
topicread_run(struct capture_state *state, struct err *err)
{
	struct reading reading = {
		.state = state,
		.begin_ms = env_monotonic_ms(state->job->env),
	};
	int rc = -1;

	collect_topics(&reading);
	if (describe_all(&reading, err) == 0 &&
	    list_offsets(&reading, err) == 0)
		rc = 0;
	free(reading.topics);
	return rc;
}
