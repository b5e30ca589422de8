#include "restore/topics.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/reach.h"
#include "restore/target.h"

struct reading {
	struct arena *arena;
	struct target_topic *topics; /* by name */
	size_t count;
	/* The partitions that a log request is for, in the order asked. */
	struct target_partition **asked;
	const struct log_request *requests;
	const struct log_interest *interest;
	bool wants_end;
	bool was_asked; /* each one once, so that only interest is left */
};

static struct target_topic *
find_topic(const struct reading *reading, struct bytes name)
{
	size_t low = 0, high = reading->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(reading->topics[middle].name, name);

		if (order == 0)
			return &reading->topics[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void
described(void *context, const struct topic_answer *answer)
{
	struct reading *reading = context;
	struct target_topic *topic = find_topic(reading, answer->name);

	if (topic == NULL)
		return;
	topic->error = answer->error;
	if (answer->error != KAFKA_OK)
		return;
	topic->has_id = answer->has_id;
	memcpy(topic->id, answer->id, sizeof(topic->id));
	topic->partitions = arena_alloc(
	    reading->arena, answer->count, sizeof(*topic->partitions));
	topic->count = answer->count;
	for (size_t i = 0; i < answer->count; i++) {
		struct target_partition *to = &topic->partitions[i];

		to->partition = answer->partitions[i].partition;
		to->epoch = -1;
		to->start = to->end = -1;
		to->error = KAFKA_LOCAL_TIMED_OUT;
	}
}

/* True when a topic's answer may be another next time. */
static bool
is_open(const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		if (kafka_error_is_retriable(reading->topics[i].error))
			return true;
	return false;
}

static int
describe(const struct reach *reach, struct reading *reading,
    const struct bytes *names, struct err *err)
{
	struct tries tries = reach_begin(reach);
	struct err last;

	do {
		memset(&last, 0, sizeof(last));
		if (cluster_describe_topics(reach->cluster, names,
			reading->count, REACH_REQUEST_MS, described, reading,
			&last) != 0) {
			if (err_is_transient(&last))
				continue;
			*err = last;
			return -1;
		}
		if (!is_open(reading))
			return 0;
	} while (reach_again(&tries));
	if (reach_check(reach, err) != 0)
		return -1;
	if (last.kind != ERR_NONE) {
		*err = last;
		return err_wrap(err, "topics");
	}
	return 0;
}

static void
ranged(void *context, const struct log_answer *answer)
{
	struct reading *reading = context;
	struct target_partition *partition =
	    reading->asked[(size_t)(answer->request - reading->requests)];

	partition->error = answer->error;
	if (answer->error != KAFKA_OK)
		return;
	if (reading->wants_end) {
		partition->end = answer->offset;
		if (answer->epoch >= 0)
			partition->epoch = answer->epoch;
	} else {
		partition->start = answer->offset;
	}
}

/* Not known, although it was asked for, and not to be waited for. */
static bool
is_given_up(const struct reading *reading, struct bytes topic,
    const struct target_partition *partition)
{
	return reading->was_asked && partition->error != KAFKA_OK &&
	    reading->interest->wants != NULL &&
	    !reading->interest->wants(
		reading->interest->context, topic, partition->partition);
}

/* Those whose start (or end) is not known and may still be. */
static size_t
make_requests(struct reading *reading, struct log_request *requests)
{
	size_t count = 0;

	for (size_t i = 0; i < reading->count; i++) {
		struct target_topic *topic = &reading->topics[i];

		for (size_t j = 0; j < topic->count; j++) {
			struct target_partition *partition =
			    &topic->partitions[j];
			const int64_t known = reading->wants_end
			    ? partition->end
			    : partition->start;

			if (known >= 0 ||
			    is_given_up(reading, topic->name, partition) ||
			    (partition->error != KAFKA_OK &&
				!kafka_error_is_retriable(partition->error) &&
				partition->error !=
				    KAFKA_UNKNOWN_TOPIC_OR_PARTITION))
				continue;
			reading->asked[count] = partition;
			requests[count].topic = topic->name;
			requests[count].partition = partition->partition;
			requests[count].time =
			    reading->wants_end ? LOG_LATEST : LOG_EARLIEST;
			count++;
		}
	}
	return count;
}

/* Starts or ends; both have one deadline. */
static int
read_ranges(struct tries *tries, struct reading *reading,
    struct log_request *requests, struct err *err)
{
	const struct reach *reach = tries->reach;
	const struct call_limits limits = reach_limits(tries);

	/* A partition that metadata shows may be unknown for a while to the
	 * broker that is to lead it. */
	do {
		const size_t count = make_requests(reading, requests);

		if (count == 0)
			return 0;
		if (cluster_list_offsets(reach->cluster, requests, count,
			&limits, ranged, reading, err) != 0)
			return -1;
		reading->was_asked = true;
		if (make_requests(reading, requests) == 0)
			return 0;
	} while (reach_again(tries));
	return reach_check(reach, err);
}

int
topics_read(const struct reach *reach, struct arena *arena,
    const struct topics_request *request, struct target_topic *out,
    struct err *err)
{
	struct reading reading = { .arena = arena,
		.topics = out,
		.count = request->count,
		.interest = request->interest };
	struct log_request *requests = NULL;
	struct tries tries;
	size_t partitions = 0;
	int result = -1;

	if (request->count == 0)
		return 0;
	for (size_t i = 0; i < request->count; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		out[i].name = arena_bytes(arena, request->names[i]);
		out[i].error = KAFKA_LOCAL_TIMED_OUT;
	}
	if (describe(reach, &reading, request->names, err) != 0)
		return -1;
	for (size_t i = 0; i < request->count; i++)
		partitions += out[i].count;
	requests = xcalloc(partitions, sizeof(*requests));
	reading.requests = requests;
	reading.asked = xcalloc(partitions, sizeof(struct target_partition *));
	reach_progress(reach, "reading log ranges", 0, partitions);
	tries = reach_begin(reach);
	if (read_ranges(&tries, &reading, requests, err) == 0) {
		reading.wants_end = true;
		result = read_ranges(&tries, &reading, requests, err);
	}
	free(requests);
	free(reading.asked);
	return result;
}
