#include "tests/unit/snapshot/liarcluster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "tests/unit/snapshot/liarlog.h"

static struct liar *
liar_of(struct cluster *cluster)
{
	return (struct liar *)(void *)cluster;
}

static void
begin(struct liar *liar, enum liar_call call)
{
	liar->calls[call]++;
	liar->now_ms++;
	if (liar->before != NULL)
		liar->before(liar, call);
}

static bool
is_there(const struct liar *liar, int32_t broker)
{
	return broker >= 1 && broker <= LIAR_BROKERS &&
	    !liar->brokers[broker].absent;
}

/* True when the broker does not answer; its time-out has then passed. */
static bool
is_silent(struct liar *liar, int32_t broker, int64_t timeout_ms)
{
	if (is_there(liar, broker) && !liar->brokers[broker].hung)
		return false;
	liar->now_ms += timeout_ms;
	return true;
}

/* Who leads the partition, as the broker believes. */
static int32_t
leader_to(const struct liar *liar, int32_t broker, int32_t partition)
{
	return liar->brokers[broker].zombie
	    ? liar->brokers[broker].old_leaders[partition]
	    : liar->leaders[partition];
}

static int
liar_describe(struct cluster *cluster, int64_t timeout_ms,
    struct cluster_view *out, struct err *err)
{
	struct liar *liar = liar_of(cluster);
	int32_t id;
	bool alive = false;

	begin(liar, LIAR_DESCRIBE);
	for (id = 1; id <= LIAR_BROKERS; id++)
		alive |= is_there(liar, id) && !liar->brokers[id].hung;
	if (!alive) {
		liar->now_ms += timeout_ms;
		return err_set(err, ERR_UNAVAILABLE, "no broker answers");
	}
	out->cluster_id = arena_text(&out->arena, liar->cluster_id);
	out->brokers =
	    arena_alloc(&out->arena, LIAR_BROKERS, sizeof(*out->brokers));
	out->may_describe = liar->may_describe;
	for (id = 1; id <= LIAR_BROKERS; id++) {
		if (!is_there(liar, id))
			continue;
		out->brokers[out->broker_count].id = id;
		out->brokers[out->broker_count].host = "localhost";
		out->brokers[out->broker_count++].port = 9092;
	}
	return 0;
}

static int
liar_offsets_topic(struct cluster *cluster, int32_t broker, int64_t timeout_ms,
    struct offsets_topic *out, struct err *err)
{
	struct liar *liar = liar_of(cluster);
	int32_t i;

	begin(liar, LIAR_OFFSETS_TOPIC);
	if (is_silent(liar, broker, timeout_ms))
		return err_set(err, ERR_UNAVAILABLE, "no answer");
	out->state = liar->state;
	if (liar->state != OFFSETS_TOPIC_SEEN)
		return 0;
	out->may_read = liar->may_read;
	out->count = liar->partition_count;
	out->leaders = xcalloc((size_t)out->count, sizeof(*out->leaders));
	for (i = 0; i < out->count; i++)
		out->leaders[i] = leader_to(liar, broker, i);
	return 0;
}

static bool
is_loaded(const struct liar *liar, int32_t broker, int32_t partition)
{
	return liar->brokers[broker].zombie ||
	    liar->now_ms >= liar->unloaded_until_ms[partition];
}

static void
list_group(struct group_listing *out, const struct liar_group *group,
    int32_t broker, bool legacy)
{
	const bool streams_like = group->untyped;

	out->groups[out->count++] = (struct listed_group){
		.name = arena_bytes(&out->arena, bytes_of(group->name)),
		.type = streams_like ? GROUP_UNKNOWN : group->type,
		.state = streams_like ? "unknown" : "Empty",
		.protocol_type =
		    legacy && streams_like ? NULL : group->protocol_type,
		.coordinator = broker,
	};
}

static void
list_broker(
    struct liar *liar, int32_t broker, bool legacy, struct group_listing *out)
{
	size_t i;

	for (i = 0; i < liar->group_count; i++) {
		const struct liar_group *group = &liar->groups[i];
		const int32_t partition = coordinator_partition(
		    bytes_of(group->name), liar->partition_count);

		if (!liar->may_fetch || group->unlisted ||
		    (group->legacy_only && !legacy) ||
		    leader_to(liar, broker, partition) != broker ||
		    !is_loaded(liar, broker, partition))
			continue;
		list_group(out, group, broker, legacy);
	}
}

static int
liar_list_groups(struct cluster *cluster, int32_t broker, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	struct liar *liar = liar_of(cluster);

	begin(liar, LIAR_LIST_GROUPS);
	if (is_silent(liar, broker, timeout_ms)) {
		*code = KAFKA_LOCAL_TIMED_OUT;
		return err_set(err, ERR_UNAVAILABLE, "no listing");
	}
	if (liar->now_ms < liar->brokers[broker].loading_until_ms) {
		*code = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
		return err_set(err, ERR_UNAVAILABLE, "loading");
	}
	out->groups =
	    arena_alloc(&out->arena, liar->group_count, sizeof(*out->groups));
	list_broker(liar, broker, false, out);
	return 0;
}

static int
liar_list_all(struct cluster *cluster, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	struct liar *liar = liar_of(cluster);
	int32_t id;

	(void)timeout_ms;
	begin(liar, LIAR_LIST_ALL);
	if (liar->legacy_error != KAFKA_OK) {
		*code = liar->legacy_error;
		return err_set(err, ERR_UNAVAILABLE, "no legacy listing");
	}
	out->groups = arena_alloc(&out->arena, liar->group_count * LIAR_BROKERS,
	    sizeof(*out->groups));
	for (id = 1; id <= LIAR_BROKERS; id++) {
		const bool left_out = id == liar->left_out_of_legacy &&
		    (liar->legacy_count == 0 ||
			liar->calls[LIAR_LIST_ALL] <=
			    (size_t)liar->legacy_count);

		if (is_there(liar, id) && !liar->brokers[id].hung && !left_out)
			list_broker(liar, id, true, out);
	}
	return 0;
}

static bool
is_held(
    const struct liar *liar, const struct liar_group *group, const char *topic)
{
	return group->held_topic != NULL &&
	    strcmp(group->held_topic, topic) == 0 &&
	    liar->now_ms < group->held_until_ms;
}

static bool
is_shut(const struct liar_group *group, struct bytes topic)
{
	return group->shut_topic != NULL &&
	    bytes_equal_text(topic, group->shut_topic);
}

static void
fill_position(struct liar *liar, const struct liar_group *group,
    const struct liar_position *from, const struct offsets_answer *answer,
    struct fetched_position *to)
{
	const int32_t broker = answer->request->coordinator;
	const bool old = broker >= 0 && liar->brokers[broker].zombie;

	to->topic = bytes_of(from->topic);
	to->present = true;
	to->position.partition = from->partition;
	to->position.offset = old ? from->offset - LIAR_STALE : from->offset;
	to->position.epoch = 7;
	to->position.metadata = from->metadata;
	to->position.metadata_size = (uint32_t)from->metadata_size;
	to->position.commit_ms = -1;
	to->position.expire_ms = -1;
	if (answer->request->require_stable &&
	    is_held(liar, group, from->topic)) {
		to->error = KAFKA_UNSTABLE_OFFSET_COMMIT;
		to->present = false;
		to->position.offset = -1;
	}
}

static const struct liar_position *
find_position(
    const struct liar_group *group, struct bytes topic, int32_t partition)
{
	size_t i;

	for (i = 0; group != NULL && i < group->count; i++) {
		if (group->positions[i].partition == partition &&
		    bytes_equal_text(topic, group->positions[i].topic))
			return &group->positions[i];
	}
	return NULL;
}

/* Explicit partitions: each is answered. */
static void
fill_asked(struct liar *liar, const struct liar_group *group,
    struct offsets_answer *answer, struct fetched_position *positions)
{
	const struct offsets_request *request = answer->request;
	size_t i;

	for (i = 0; i < request->partition_count; i++) {
		const struct group_partition *asked = &request->partitions[i];
		const struct liar_position *found =
		    find_position(group, asked->topic, asked->partition);
		struct fetched_position *to = &positions[answer->count++];

		to->topic = asked->topic;
		to->position.partition = asked->partition;
		to->position.offset = -1;
		to->position.metadata = "";
		to->position.commit_ms = -1;
		to->position.expire_ms = -1;
		if (group != NULL && is_shut(group, asked->topic))
			to->error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
		else if (found != NULL)
			fill_position(liar, group, found, answer, to);
	}
}

static void
fill_all(struct liar *liar, const struct liar_group *group,
    struct offsets_answer *answer, struct fetched_position *positions)
{
	size_t i;

	/* In no order. */
	for (i = group != NULL ? group->count : 0; i > 0; i--) {
		const struct liar_position *from = &group->positions[i - 1];

		if (!is_shut(group, bytes_of(from->topic)))
			fill_position(liar, group, from, answer,
			    &positions[answer->count++]);
	}
}

static int
group_error(struct liar *liar, const struct liar_group *group,
    const struct offsets_request *request)
{
	const int32_t broker = request->coordinator;
	int32_t partition;

	if (broker == COORDINATOR_UNKNOWN)
		return group != NULL ? group->error : KAFKA_OK;
	if (!is_there(liar, broker) || liar->brokers[broker].hung)
		return KAFKA_LOCAL_TIMED_OUT;
	if (!liar->may_fetch)
		return KAFKA_GROUP_AUTHORIZATION_FAILED;
	partition =
	    coordinator_partition(request->group, liar->partition_count);
	if (leader_to(liar, broker, partition) != broker)
		return KAFKA_NOT_COORDINATOR;
	if (request->require_stable && !is_loaded(liar, broker, partition))
		return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
	return group != NULL ? group->error : KAFKA_OK;
}

static struct liar_group *
find_group(struct liar *liar, struct bytes name)
{
	size_t i;

	for (i = 0; i < liar->group_count; i++) {
		if (bytes_equal_text(name, liar->groups[i].name))
			return &liar->groups[i];
	}
	return NULL;
}

/* True when the request hung. */
static bool
answer_one(struct liar *liar, const struct offsets_request *request,
    offsets_fn *answered, void *context)
{
	struct fetched_position positions[64] = { { .error = KAFKA_OK } };
	struct offsets_answer answer = {
		.request = request,
		.positions = positions,
		.start_ms = liar->env.now_ms(liar),
	};
	struct liar_group *group;

	if (liar->before_group != NULL)
		liar->before_group(liar, request);
	group = find_group(liar, request->group);
	answer.error = group_error(liar, group, request);
	if (group != NULL && answer.error == group->error &&
	    group->error_count > 0 && --group->error_count == 0)
		group->error = KAFKA_OK;
	if (answer.error == KAFKA_OK && request->partitions != NULL)
		fill_asked(liar, group, &answer, positions);
	else if (answer.error == KAFKA_OK)
		fill_all(liar, group, &answer, positions);
	answer.end_ms = liar->env.now_ms(liar);
	answered(context, &answer);
	return answer.error == KAFKA_LOCAL_TIMED_OUT;
}

static int
liar_fetch(struct cluster *cluster, const struct offsets_request *requests,
    size_t count, const struct call_limits *limits, offsets_fn *answered,
    void *context, struct err *err)
{
	struct liar *liar = liar_of(cluster);
	bool hung = false;
	size_t i;

	begin(liar, LIAR_FETCH);
	for (i = 0; i < count; i++) {
		if (liar->interrupted)
			return err_set(err, ERR_INTERRUPTED, "interrupted");
		liar->calls[requests[i].require_stable ? LIAR_FETCH_STABLE
						       : LIAR_FETCH_PLAIN]++;
		liar->calls[LIAR_FETCH_UNKNOWN] +=
		    requests[i].coordinator == COORDINATOR_UNKNOWN;
		hung |= answer_one(liar, &requests[i], answered, context);
	}
	if (hung)
		liar->now_ms += limits->timeout_ms;
	return 0;
}

static int
liar_members(struct cluster *cluster, const struct members_request *requests,
    size_t count, const struct call_limits *limits, members_fn *answered,
    void *context, struct err *err)
{
	struct liar *liar = liar_of(cluster);
	size_t i;

	(void)limits;
	(void)err;
	begin(liar, LIAR_MEMBERS);
	for (i = 0; i < count; i++) {
		const struct liar_group *group =
		    find_group(liar, requests[i].group);
		const struct members_answer answer = {
			.request = &requests[i],
			.type = group != NULL ? group->type : GROUP_UNKNOWN,
			.state = group != NULL ? "Stable" : "unknown",
		};

		answered(context, &answer);
	}
	return 0;
}

static struct liar_topic *
find_topic(struct liar *liar, struct bytes name)
{
	size_t i;

	for (i = 0; i < liar->topic_count; i++) {
		if (bytes_equal_text(name, liar->topics[i].name) &&
		    !liar->topics[i].absent)
			return &liar->topics[i];
	}
	return NULL;
}

static int
liar_describe_topics(struct cluster *cluster, const struct bytes *names,
    size_t count, int64_t timeout_ms, topic_fn *answered, void *context,
    struct err *err)
{
	struct liar *liar = liar_of(cluster);
	size_t i;

	(void)timeout_ms;
	(void)err;
	begin(liar, LIAR_TOPICS);
	for (i = 0; i < count; i++) {
		const struct liar_topic *topic = find_topic(liar, names[i]);
		struct topic_partition_view partitions[16];
		struct topic_answer answer = {
			.name = names[i],
			.partitions = partitions,
		};
		int32_t k;

		for (k = 0; topic != NULL && k < topic->count; k++) {
			partitions[k].partition = k;
			partitions[k].leader = 1;
		}
		answer.count = topic != NULL ? (size_t)topic->count : 0;
		answer.has_id = topic != NULL;
		answer.id[0] = 42;
		answer.id[1] = topic != NULL ? topic->incarnation : 0;
		answer.error =
		    topic != NULL ? KAFKA_OK : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
		answered(context, &answer);
	}
	return 0;
}

/* An offsets partition: its ends and its epoch. */
static void
answer_epoch(struct liar *liar, struct log_answer *answer, bool *hung)
{
	const int32_t partition = answer->request->partition;
	const int32_t leader = liar->leaders[partition];

	if (!is_there(liar, leader) || liar->brokers[leader].hung) {
		answer->error = KAFKA_LOCAL_TIMED_OUT;
		*hung = true;
		return;
	}
	liarlog_answer_end(liar, answer);
}

/* As UnifiedLog does it: only the first segment is searched that has a
 * timestamp at or after the time, deleted records included (kafka.md 3). */
static void
search_time(const struct liar_topic *topic, struct log_answer *answer)
{
	const int64_t time = answer->request->time;
	const int64_t segment =
	    topic->segment > 0 ? topic->segment : topic->stamp_count;
	int64_t first = 0;
	int64_t at;

	while (first < topic->stamp_count && topic->stamps[first] < time)
		first++;
	if (first == topic->stamp_count)
		return;
	first -= first % segment;
	for (at = first; at < first + segment && at < topic->stamp_count;
	     at++) {
		if (at < topic->start || topic->stamps[at] < time)
			continue;
		answer->offset = at;
		answer->timestamp = topic->stamps[at];
		return;
	}
}

static void
search_greatest(const struct liar_topic *topic, struct log_answer *answer)
{
	int64_t at;

	for (at = topic->start; at < topic->stamp_count; at++) {
		if (topic->stamps[at] <= answer->timestamp)
			continue;
		answer->offset = at;
		answer->timestamp = topic->stamps[at];
	}
}

static void
answer_stamps(const struct liar_topic *topic, struct log_answer *answer)
{
	switch (answer->request->time) {
	case LOG_EARLIEST:
		answer->offset = topic->start;
		break;
	case LOG_LATEST:
		answer->offset = topic->stamp_count;
		break;
	case LOG_GREATEST:
		search_greatest(topic, answer);
		break;
	default:
		search_time(topic, answer);
		break;
	}
}

static void
answer_log(struct liar *liar, struct log_answer *answer)
{
	const struct log_request *request = answer->request;
	struct liar_topic *topic = find_topic(liar, request->topic);

	if (topic == NULL) {
		answer->error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
	} else if (request->partition == topic->count - 1 &&
	    liar->now_ms < topic->error_until_ms) {
		answer->error = topic->error;
	} else if (request->partition == topic->count - 1 &&
	    request->time >= 0 && topic->time_error_count > 0) {
		topic->time_error_count--;
		answer->error = topic->time_error;
	} else if (topic->stamps != NULL) {
		answer_stamps(topic, answer);
		if (request->time >= 0 && topic->vanish_after > 0 &&
		    --topic->vanish_after == 0)
			topic->start = topic->stamp_count;
	} else {
		answer->offset = request->time == LOG_EARLIEST ? 10 : 1000;
		answer->epoch = 5;
	}
}

static int
liar_list_offsets(struct cluster *cluster, const struct log_request *requests,
    size_t count, const struct call_limits *limits, log_fn *answered,
    void *context, struct err *err)
{
	struct liar *liar = liar_of(cluster);
	bool hung = false;
	size_t i;

	(void)err;
	begin(liar, LIAR_LOG);
	for (i = 0; i < count; i++) {
		struct log_answer answer = {
			.request = &requests[i],
			.offset = -1,
			.timestamp = -1,
			.epoch = -1,
		};

		if (bytes_equal_text(requests[i].topic, OFFSETS_TOPIC))
			answer_epoch(liar, &answer, &hung);
		else
			answer_log(liar, &answer);
		answered(context, &answer);
	}
	if (hung)
		liar->now_ms += limits->timeout_ms;
	return 0;
}

static int
liar_commit(struct cluster *cluster, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err)
{
	(void)cluster;
	(void)requests;
	(void)count;
	(void)limits;
	(void)answered;
	(void)context;
	return err_set(err, ERR_REFUSED, "a capture never commits");
}

static void
liar_free(struct cluster *cluster)
{
	liar_release(liar_of(cluster));
}

static const struct cluster_ops ops = {
	.describe = liar_describe,
	.offsets_topic = liar_offsets_topic,
	.list_groups = liar_list_groups,
	.list_all = liar_list_all,
	.fetch_offsets = liar_fetch,
	.describe_groups = liar_members,
	.commit = liar_commit,
	.describe_topics = liar_describe_topics,
	.list_offsets = liar_list_offsets,
	.open_reader = liarlog_open,
	.free = liar_free,
};

static int64_t
now(void *context)
{
	const struct liar *liar = context;

	return INT64_C(1700000000000) + liar->now_ms;
}

static int64_t
monotonic(void *context)
{
	const struct liar *liar = context;

	return liar->now_ms;
}

static void
sleep_on(void *context, int64_t duration_ms)
{
	struct liar *liar = context;

	liar->now_ms += duration_ms;
}

static void
no_random(void *context, void *out, size_t size)
{
	(void)context;
	memset(out, 0x5a, size);
}

static bool
was_interrupted(void *context)
{
	const struct liar *liar = context;

	return liar->interrupted;
}

static void
hear(void *context, enum log_level level, const char *line)
{
	struct liar *liar = context;
	const size_t size = strlen(line);

	(void)level;
	if (liar->said_size + size + 2 > sizeof(liar->said))
		return;
	memcpy(liar->said + liar->said_size, line, size);
	liar->said_size += size;
	liar->said[liar->said_size++] = '\n';
	liar->said[liar->said_size] = '\0';
}

void
liar_init(struct liar *liar)
{
	int32_t i;

	memset(liar, 0, sizeof(*liar));
	liar->base.ops = &ops;
	liar->env.now_ms = now;
	liar->env.monotonic_ms = monotonic;
	liar->env.sleep_ms = sleep_on;
	liar->env.random = no_random;
	liar->env.interrupted = was_interrupted;
	liar->env.context = liar;
	liar->log.level = LOG_DEBUG;
	liar->log.sink = hear;
	liar->log.context = liar;
	liar->now_ms = 1000;
	liar->cluster_id = "liars";
	liar->may_describe = true;
	liar->may_read = true;
	liar->may_fetch = true;
	liar->partition_count = LIAR_PARTITIONS;
	liar->state = OFFSETS_TOPIC_SEEN;
	for (i = 0; i < LIAR_PARTITIONS; i++) {
		liar->leaders[i] = 1 + i % LIAR_BROKERS;
		liar->epochs[i] = 4;
	}
	liar_add_topic(liar, "orders", 2);
}

void
liar_release(struct liar *liar)
{
	liarlog_release(liar);
	arena_release(&liar->arena);
}

struct liar_position *
liar_add_position(struct liar_group *group, const char *topic,
    int32_t partition, int64_t offset)
{
	struct liar_position *position = &group->positions[group->count++];

	position->topic = topic;
	position->partition = partition;
	position->offset = offset;
	position->metadata = "";
	return position;
}

struct liar_group *
liar_add_group(struct liar *liar, const char *name, int64_t offset)
{
	struct liar_group *group = &liar->groups[liar->group_count++];

	assert(liar->group_count <=
	    sizeof(liar->groups) / sizeof(liar->groups[0]));
	memset(group, 0, sizeof(*group));
	group->name = name;
	group->type = GROUP_CLASSIC;
	group->protocol_type = "consumer";
	liar_add_position(group, "orders", 0, offset);
	return group;
}

struct liar_topic *
liar_add_topic(struct liar *liar, const char *name, int32_t count)
{
	struct liar_topic *topic = &liar->topics[liar->topic_count++];

	topic->name = name;
	topic->count = count;
	return topic;
}

struct liar_group *
liar_group(struct liar *liar, const char *name)
{
	struct liar_group *group = find_group(liar, bytes_of(name));

	assert(group != NULL);
	return group;
}

void
liar_remove_group(struct liar *liar, const char *name)
{
	struct liar_group *group = liar_group(liar, name);

	*group = liar->groups[--liar->group_count];
}

int32_t
liar_partition(const char *group)
{
	return coordinator_partition(bytes_of(group), LIAR_PARTITIONS);
}

void
liar_move(struct liar *liar, int32_t partition, int32_t broker)
{
	liar->leaders[partition] = broker;
	liar->epochs[partition]++;
}

void
liar_freeze(struct liar *liar, int32_t broker)
{
	struct liar_broker *frozen = &liar->brokers[broker];

	frozen->hung = true;
	memcpy(frozen->old_leaders, liar->leaders, sizeof(liar->leaders));
}

void
liar_thaw(struct liar *liar, int32_t broker)
{
	liar->brokers[broker].hung = false;
	liar->brokers[broker].zombie = true;
}
