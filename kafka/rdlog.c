/*
 * Log offsets of many partitions, in chunks.
 *
 * librdkafka looks the leaders up itself, in what it remembers, and then asks
 * each leader.  Four of its answers would mislead (seen with 2.14.2):
 *
 *   - a chunk in which no partition has a leader fails whole, "No leaders
 *     found", whatever is wrong with each;
 *   - a topic that is being made can hold the whole chunk until its time-out;
 *   - a leader that does not answer leaves its partitions without an error,
 *     with offset -1001, and the chunk succeeds;
 *   - a leader that moved is asked again at its old place.
 *
 * So the topics are described first: that answers for those partitions that
 * cannot be asked, each with its own error, and is what librdkafka then knows
 * of leaders.  And -1001 is taken for what it is.
 */
#include "kafka/rdcluster.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "kafka/rdtopics.h"
#include "kafka/rdwindow.h"

struct known_topic {
	struct bytes name;
	int error;
	struct topic_partition_view *partitions;
	size_t count;
};

struct listing {
	const struct log_request *requests;
	size_t count;
	log_fn *answered;
	void *context;
	struct arena arena;
	struct known_topic *topics; /* by name */
	size_t topic_count;
	size_t *asked; /* which requests the leaders are asked */
	size_t asked_count;
};

static int
compare_topics(const void *left, const void *right)
{
	const struct known_topic *a = left;
	const struct known_topic *b = right;

	return bytes_compare(a->name, b->name);
}

static struct known_topic *
find_topic(const struct listing *listing, struct bytes name)
{
	const struct known_topic key = { .name = name };

	return bsearch(&key, listing->topics, listing->topic_count,
	    sizeof(*listing->topics), compare_topics);
}

/* The topics of the requests, each once. */
static void
gather_topics(struct listing *listing)
{
	size_t kept = 0;
	struct known_topic *topics =
	    arena_alloc(&listing->arena, listing->count, sizeof(*topics));

	for (size_t at = 0; at < listing->count; at++) {
		const struct bytes name = listing->requests[at].topic;
		/* Requests mostly stand by topic. */
		if (kept > 0 && bytes_equal(topics[kept - 1].name, name))
			continue;
		topics[kept].name = name;
		topics[kept++].error = KAFKA_LOCAL_TIMED_OUT;
	}
	qsort(topics, kept, sizeof(*topics), compare_topics);
	listing->topics = topics;
	for (size_t at = 0; at < kept; at++) {
		const size_t count = listing->topic_count;
		if (count > 0 &&
		    bytes_equal(topics[count - 1].name, topics[at].name))
			continue;
		topics[count] = topics[at];
		listing->topic_count++;
	}
}

static void
learn_topic(void *context, const struct topic_answer *answer)
{
	struct listing *listing = context;
	struct known_topic *topic = find_topic(listing, answer->name);

	if (topic == NULL)
		return;
	topic->error = answer->error;
	topic->count = answer->count;
	topic->partitions = arena_alloc(
	    &listing->arena, answer->count, sizeof(*topic->partitions));
	for (size_t at = 0; at < answer->count; at++)
		topic->partitions[at] = answer->partitions[at];
}

static int
compare_partitions(const void *left, const void *right)
{
	const struct topic_partition_view *a = left;
	const struct topic_partition_view *b = right;

	return (a->partition > b->partition) - (a->partition < b->partition);
}

/* Why a partition's leader cannot be asked; KAFKA_OK: it can. */
static int
check_request(const struct listing *listing, const struct log_request *request)
{
	const struct known_topic *topic = find_topic(listing, request->topic);
	const struct topic_partition_view key = {
		.partition = request->partition,
	};
	const struct topic_partition_view *found;

	if (topic == NULL)
		return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
	if (topic->error != KAFKA_OK)
		return topic->error;
	found = topic->count == 0
	    ? NULL
	    : bsearch(&key, topic->partitions, topic->count, sizeof(key),
		  compare_partitions);
	if (found == NULL)
		return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
	return found->leader < 0 ? KAFKA_LEADER_NOT_AVAILABLE : KAFKA_OK;
}

static void
answer_error(
    const struct listing *listing, const struct log_request *request, int error)
{
	const struct log_answer answer = {
		.request = request,
		.error = error,
		.offset = -1,
		.timestamp = -1,
		.epoch = -1,
	};

	listing->answered(listing->context, &answer);
}

/* Answer what cannot be asked, and keep the rest. */
static void
choose_asked(struct listing *listing)
{
	listing->asked = arena_alloc(
	    &listing->arena, listing->count, sizeof(*listing->asked));
	for (size_t at = 0; at < listing->count; at++) {
		const struct log_request *request = &listing->requests[at];
		const int error = check_request(listing, request);
		if (error == KAFKA_OK)
			listing->asked[listing->asked_count++] = at;
		else
			answer_error(listing, request, error);
	}
}

static size_t
chunk_size(const struct listing *listing, size_t index)
{
	const size_t rest = listing->asked_count - index * LOG_CHUNK;

	return rest < LOG_CHUNK ? rest : LOG_CHUNK;
}

/* The request at a place of a chunk. */
static const struct log_request *
request_at(const struct listing *listing, size_t chunk, size_t at)
{
	return &listing->requests[listing->asked[chunk * LOG_CHUNK + at]];
}

static int32_t
log_broker(const struct rdwindow *window, size_t index)
{
	(void)window;
	(void)index;
	return COORDINATOR_UNKNOWN; /* the leaders */
}

static int
log_send(struct rdwindow *window, const struct rdcall *call)
{
	const struct listing *listing = window->context;
	const size_t count = chunk_size(listing, call->index);
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)count);
	rd_kafka_error_t *error =
	    rd_kafka_AdminOptions_set_isolation_level(window->options,
		listing->requests[0].committed
		    ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
		    : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED);
	int code = KAFKA_OK;

	for (size_t at = 0; at < count; at++) {
		const struct log_request *request =
		    request_at(listing, call->index, at);
		/* A name that cannot be one was answered before. */
		char *topic = rdcluster_text(request->topic);
		rd_kafka_topic_partition_list_add(
		    list, topic != NULL ? topic : "", request->partition)
		    ->offset = request->time;
		free(topic);
	}
	if (error != NULL) {
		code = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
	} else {
		rd_kafka_ListOffsets(
		    window->handle.rk, list, window->options, window->queue);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return code;
}

/* In Kafka's words what librdkafka says with its own. */
static int
error_of(int error)
{
	switch (error) {
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
	case RD_KAFKA_RESP_ERR__IN_PROGRESS:
	case RD_KAFKA_RESP_ERR__NOENT:
		return KAFKA_LEADER_NOT_AVAILABLE;
	default:
		return error;
	}
}

static void
read_row(const rd_kafka_ListOffsetsResultInfo_t *info,
    const struct log_request *request, struct log_answer *answer)
{
	const rd_kafka_topic_partition_t *row =
	    rd_kafka_ListOffsetsResultInfo_topic_partition(info);

	*answer = (struct log_answer){
		.request = request,
		.error = error_of((int)row->err),
		.offset = row->offset,
		.timestamp = rd_kafka_ListOffsetsResultInfo_timestamp(info),
		.epoch = rd_kafka_topic_partition_get_leader_epoch(row),
	};
	/* The leader's request failed, and nobody says so. */
	if (answer->error == KAFKA_OK && row->offset == RD_KAFKA_OFFSET_INVALID)
		answer->error = (int)RD_KAFKA_RESP_ERR__TRANSPORT;
	if (answer->error != KAFKA_OK)
		answer->offset = -1;
}

static bool
is_row(const rd_kafka_ListOffsetsResultInfo_t *info,
    const struct log_request *request)
{
	const rd_kafka_topic_partition_t *row =
	    rd_kafka_ListOffsetsResultInfo_topic_partition(info);

	return row->partition == request->partition &&
	    bytes_equal_text(request->topic, row->topic);
}

static void
log_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	const struct listing *listing = window->context;
	const size_t count = chunk_size(listing, call->index);
	const rd_kafka_ListOffsetsResultInfo_t **infos = NULL;
	size_t info_count = 0;

	(void)text;
	if (event != NULL)
		infos = rd_kafka_ListOffsets_result_infos(
		    rd_kafka_event_ListOffsets_result(event), &info_count);
	for (size_t at = 0; at < count; at++) {
		const struct log_request *request =
		    request_at(listing, call->index, at);
		struct log_answer answer;
		/* Results stand in the order of the request. */
		if (at < info_count && is_row(infos[at], request)) {
			read_row(infos[at], request, &answer);
			listing->answered(listing->context, &answer);
			continue;
		}
		answer_error(listing, request,
		    error != KAFKA_OK ? error_of(error)
				      : (int)RD_KAFKA_RESP_ERR__BAD_MSG);
	}
}

static const struct rdwindow_ops log_ops = {
	.op = RD_KAFKA_ADMIN_OP_LISTOFFSETS,
	.broker = log_broker,
	.send = log_send,
	.answer = log_answer,
};

static int
describe_topics(struct rdcluster *cluster, struct listing *listing,
    const struct call_limits *limits, struct err *err)
{
	struct bytes *names =
	    arena_alloc(&listing->arena, listing->topic_count, sizeof(*names));
	const struct rdtopics_request request = {
		.names = names,
		.count = listing->topic_count,
		.broker = -1,
		.limits = limits,
	};

	for (size_t at = 0; at < listing->topic_count; at++)
		names[at] = listing->topics[at].name;
	return rdtopics_ask(cluster, &request, learn_topic, listing, err);
}

/* cluster.h gives these calls seven parameters. */
/* NOLINTBEGIN(readability-function-size) */
int
rdlog_list(struct cluster *base, const struct log_request *requests,
    size_t count, const struct call_limits *limits, log_fn *answered,
    void *context, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	struct listing listing = {
		.requests = requests,
		.count = count,
		.answered = answered,
		.context = context,
	};
	struct rdwindow window = {
		.cluster = cluster,
		.ops = &log_ops,
		.limits = limits,
		.context = &listing,
	};
	int rc = -1;

	gather_topics(&listing);
	if (describe_topics(cluster, &listing, limits, err) != 0)
		goto out;
	choose_asked(&listing);
	window.count = (listing.asked_count + LOG_CHUNK - 1) / LOG_CHUNK;
	rc = rdwindow_run(&window, err);
out:
	arena_release(&listing.arena);
	return rc;
}
/* NOLINTEND(readability-function-size) */
