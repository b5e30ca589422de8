#include "tests/unit/restore/fakecluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/xalloc.h"

#define OFFSETS_PARTITIONS 5

static struct fake *
fake_of(struct cluster *cluster)
{
	return (struct fake *)(void *)cluster;
}

static struct fake_group *
find_group(struct fake *fake, struct bytes name)
{
	for (size_t i = 0; i < fake->group_count; i++)
		if (bytes_equal_text(name, fake->groups[i].name))
			return &fake->groups[i];
	return NULL;
}

static struct fake_topic *
find_topic(struct fake *fake, struct bytes name)
{
	for (size_t i = 0; i < fake->topic_count; i++)
		if (bytes_equal_text(name, fake->topics[i].name))
			return &fake->topics[i];
	return NULL;
}

/* --- what the ops do --------------------------------------------------- */

static int
offsets_topic(struct cluster *cluster, int32_t broker, int64_t timeout_ms,
    struct offsets_topic *out, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)broker;
	(void)timeout_ms;
	(void)err;
	fake->refresh_count++;
	memset(out, 0, sizeof(*out));
	out->state = fake->offsets_state;
	if (out->state != OFFSETS_TOPIC_SEEN)
		return 0;
	out->count = OFFSETS_PARTITIONS;
	out->leaders = xcalloc(OFFSETS_PARTITIONS, sizeof(*out->leaders));
	for (int32_t i = 0; i < out->count; i++)
		out->leaders[i] = fake->coordinator;
	return 0;
}

static int
list(struct fake *fake, bool typed, struct group_listing *out)
{
	memset(out, 0, sizeof(*out));
	out->groups =
	    arena_alloc(&out->arena, fake->group_count, sizeof(*out->groups));
	for (size_t i = 0; i < fake->group_count; i++) {
		const struct fake_group *from = &fake->groups[i];
		struct listed_group *group = &out->groups[out->count];

		if (typed && from->protocol_type == NULL)
			continue;
		group->name = bytes_of(from->name);
		group->type = typed ? from->type : GROUP_UNKNOWN;
		group->state = typed ? from->state : "unknown";
		group->protocol_type = from->protocol_type;
		group->coordinator = fake->coordinator;
		out->count++;
	}
	return 0;
}

static int
list_groups(struct cluster *cluster, int32_t broker, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)timeout_ms;
	(void)code;
	(void)err;
	if (broker == fake->coordinator)
		return list(fake, true, out);
	memset(out, 0, sizeof(*out));
	return 0;
}

static int
list_all(struct cluster *cluster, int64_t timeout_ms, struct group_listing *out,
    int *code, struct err *err)
{
	(void)timeout_ms;
	(void)code;
	(void)err;
	return list(fake_of(cluster), false, out);
}

static bool
wrong_coordinator(const struct fake *fake, int32_t coordinator)
{
	return coordinator != fake->coordinator &&
	    coordinator != COORDINATOR_UNKNOWN;
}

static void
answer_offsets(struct fake *fake, const struct offsets_request *request,
    offsets_fn *answered, void *context)
{
	const struct fake_group *group = find_group(fake, request->group);
	struct offsets_answer answer = { 0 };
	struct fetched_position *positions = NULL;
	const size_t count = group == NULL ? 0 : group->count;

	fake->fetch_count++;
	answer.request = request;
	if (fake->on_fetch != NULL)
		answer.error = fake->on_fetch(fake, request);
	if (wrong_coordinator(fake, request->coordinator))
		answer.error = KAFKA_NOT_COORDINATOR;
	positions = xcalloc(count, sizeof(*positions));
	for (size_t i = 0; i < count; i++) {
		const struct fake_position *from = &group->positions[i];

		positions[i].topic = bytes_of(from->topic);
		positions[i].present = true;
		positions[i].error = from->error;
		positions[i].position.partition = from->partition;
		positions[i].position.offset = from->offset;
		positions[i].position.epoch = from->epoch;
		positions[i].position.metadata = from->metadata;
		positions[i].position.metadata_size =
		    (uint32_t)from->metadata_size;
		positions[i].position.commit_ms = -1;
		positions[i].position.expire_ms = -1;
	}
	if (answer.error == KAFKA_OK) {
		answer.positions = positions;
		answer.count = count;
	}
	answered(context, &answer);
	free(positions);
}

static int
fetch_offsets(struct cluster *cluster, const struct offsets_request *requests,
    size_t count, const struct call_limits *limits, offsets_fn *answered,
    void *context, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)limits;
	for (size_t i = 0; i < count; i++) {
		if (fake->interrupted)
			return err_set(err, ERR_INTERRUPTED, "interrupted");
		answer_offsets(fake, &requests[i], answered, context);
	}
	return 0;
}

/* librdkafka describes nothing but groups of consumers. */
static bool
is_opaque(const struct fake_group *group)
{
	return group != NULL && group->protocol_type != NULL &&
	    group->protocol_type[0] != '\0' &&
	    strcmp(group->protocol_type, "consumer") != 0;
}

static int
describe_groups(struct cluster *cluster, const struct members_request *requests,
    size_t count, const struct call_limits *limits, members_fn *answered,
    void *context, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)limits;
	(void)err;
	for (size_t i = 0; i < count; i++) {
		const struct fake_group *group =
		    find_group(fake, requests[i].group);
		struct members_answer answer = { 0 };

		fake->describe_count++;
		answer.request = &requests[i];
		answer.state = "unknown";
		if (wrong_coordinator(fake, requests[i].coordinator)) {
			answer.error = KAFKA_NOT_COORDINATOR;
		} else if (is_opaque(group)) {
			answer.error = KAFKA_LOCAL_INVALID_ARG;
		} else if (group != NULL && group->type != GROUP_STREAMS) {
			answer.type = group->type;
			answer.state = group->state;
			answer.members = group->members;
			answer.count = group->member_count;
		}
		answered(context, &answer);
	}
	return 0;
}

/* --- commits ----------------------------------------------------------- */

static void
store(struct fake *fake, const struct commit_request *request, bool otherwise)
{
	struct fake_group *group = find_group(fake, request->group);

	if (group == NULL)
		group = fake_add_group(
		    fake, arena_bytes(&fake->arena, request->group).data);
	for (size_t i = 0; i < request->row_count; i++) {
		const struct commit_row *row = &request->rows[i];
		const char *topic = arena_bytes(&fake->arena, row->topic).data;
		const struct bytes metadata =
		    arena_bytes(&fake->arena, row->metadata);
		struct fake_position *position;

		fake_commit(group, topic, row->partition, row->offset, "");
		position = fake_find(group, topic, row->partition);
		if (position == NULL)
			abort();
		position->epoch = otherwise ? row->epoch + 7 : row->epoch;
		position->metadata = metadata.data;
		position->metadata_size = metadata.size;
	}
}

/* Take positions away, or the group with all that it has. */
static void
take_away(struct fake *fake, const struct commit_request *request)
{
	struct fake_group *group = find_group(fake, request->group);

	if (group == NULL)
		return;
	for (size_t i = 0; i < request->row_count; i++) {
		const char *topic =
		    arena_bytes(&fake->arena, request->rows[i].topic).data;
		struct fake_position *position =
		    fake_find(group, topic, request->rows[i].partition);

		if (position != NULL)
			*position = group->positions[--group->count];
	}
	if (request->kind == COMMIT_REMOVE_GROUP)
		*group = fake->groups[--fake->group_count];
}

static size_t
request_size(const struct commit_request *request)
{
	size_t size = 0;

	for (size_t i = 0; i < request->row_count; i++)
		size += request->group.size + request->rows[i].topic.size +
		    request->rows[i].metadata.size;
	return size;
}

static void
answer_commit(struct fake *fake, const struct commit_request *request,
    commit_fn *answered, void *context)
{
	struct commit_answer answer = { 0 };
	const struct fake_group *group = find_group(fake, request->group);
	int *errors = xcalloc(request->row_count, sizeof(*errors));
	enum fake_fate fate = FAKE_STORED;

	fake->commit_count++;
	fake->row_count += request->row_count;
	fake->last_coordinator = request->coordinator;
	if (request_size(request) > fake->largest_request)
		fake->largest_request = request_size(request);
	if (fake->on_commit != NULL)
		fate = fake->on_commit(fake, request);
	if (fate == FAKE_STORED && group != NULL && group->member_count > 0) {
		fate = FAKE_REFUSED;
		fake->fate_error = KAFKA_UNKNOWN_MEMBER_ID;
	}
	if (wrong_coordinator(fake, request->coordinator)) {
		fate = FAKE_REFUSED;
		fake->fate_error = KAFKA_NOT_COORDINATOR;
	}
	answer.request = request;
	answer.sent = true;
	answer.row_errors = errors;
	if (fate == FAKE_STORED || fate == FAKE_LOST_ANSWER ||
	    fate == FAKE_STORED_OTHERWISE) {
		if (request->kind != COMMIT_WRITE)
			take_away(fake, request);
		else
			store(fake, request, fate == FAKE_STORED_OTHERWISE);
	}
	if (fate == FAKE_LOST_ANSWER || fate == FAKE_LOST_REQUEST)
		answer.error = KAFKA_LOCAL_TIMED_OUT;
	if (fate == FAKE_REFUSED_WHOLE)
		answer.error = fake->fate_error;
	for (size_t i = 0; fate == FAKE_REFUSED && i < request->row_count; i++)
		errors[i] = fake->fate_error;
	if (answer.error != KAFKA_OK)
		answer.row_errors = NULL;
	answered(context, &answer);
	free(errors);
}

static int
commit(struct cluster *cluster, const struct commit_request *requests,
    size_t count, const struct call_limits *limits, commit_fn *answered,
    void *context, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)limits;
	for (size_t i = 0; i < count; i++) {
		struct commit_answer answer = { 0 };

		if (!fake->interrupted) {
			answer_commit(fake, &requests[i], answered, context);
			continue;
		}
		answer.request = &requests[i];
		answered(context, &answer);
	}
	if (fake->interrupted)
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	return 0;
}

/* --- topics ------------------------------------------------------------ */

static int
describe_topics(struct cluster *cluster, const struct bytes *names,
    size_t count, int64_t timeout_ms, topic_fn *answered, void *context,
    struct err *err)
{
	struct fake *fake = fake_of(cluster);
	struct topic_partition_view partitions[64];

	(void)timeout_ms;
	(void)err;
	for (int32_t i = 0; i < 64; i++) {
		partitions[i].partition = i;
		partitions[i].leader = 1;
	}
	for (size_t i = 0; i < count; i++) {
		const struct fake_topic *topic = find_topic(fake, names[i]);
		struct topic_answer answer = { 0 };

		answer.name = names[i];
		if (topic == NULL) {
			answer.error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
		} else {
			answer.error = topic->error;
			answer.has_id = topic->id != 0;
			memset(answer.id, topic->id, sizeof(answer.id));
			answer.partitions = partitions;
			answer.count = (size_t)topic->count;
		}
		answered(context, &answer);
	}
	return 0;
}

static int
list_offsets(struct cluster *cluster, const struct log_request *requests,
    size_t count, const struct call_limits *limits, log_fn *answered,
    void *context, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)limits;
	(void)err;
	for (size_t i = 0; i < count; i++) {
		const struct fake_topic *topic =
		    find_topic(fake, requests[i].topic);
		struct log_answer answer = { 0 };

		answer.request = &requests[i];
		answer.timestamp = -1;
		answer.epoch = topic == NULL ? -1 : topic->epoch;
		if (topic == NULL)
			answer.error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
		else if ((topic->leaderless >> requests[i].partition & 1) != 0)
			answer.error = KAFKA_LEADER_NOT_AVAILABLE;
		else
			answer.offset = requests[i].time == LOG_LATEST
			    ? topic->end
			    : topic->start;
		answered(context, &answer);
	}
	return 0;
}

/* Every offset of a log is a record. */
static struct peek_answer
peek_at(struct fake *fake, const struct peek_request *request)
{
	const struct fake_topic *topic = find_topic(fake, request->topic);
	struct peek_answer answer = {
		.request = request, .offset = request->offset, .timestamp = -1
	};

	if (topic == NULL)
		answer.error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
	else if (request->offset < topic->start || request->offset > topic->end)
		answer.error = KAFKA_OFFSET_OUT_OF_RANGE;
	else if (request->offset == topic->end)
		answer.kind = PEEK_END;
	else
		answer.timestamp = topic->first_ms + 1000 * request->offset;
	return answer;
}

static int
peek(struct cluster *cluster, const struct peek_request *requests, size_t count,
    const struct call_limits *limits, peek_fn *answered, void *context,
    struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)limits;
	for (size_t i = 0; i < count; i++) {
		struct peek_answer answer = peek_at(fake, &requests[i]);
		enum err_kind failure = ERR_NONE;

		fake->peek_count++;
		if (fake->on_peek != NULL)
			failure = fake->on_peek(fake, &answer);
		if (failure != ERR_NONE)
			return err_set(err, failure, "no peeking");
		answered(context, &answer);
	}
	return 0;
}

static int
describe(struct cluster *cluster, int64_t timeout_ms, struct cluster_view *out,
    struct err *err)
{
	(void)timeout_ms;
	(void)err;
	*out = fake_of(cluster)->view;
	return 0;
}

static void
nothing(struct cluster *cluster)
{
	(void)cluster;
}

static int
broker_config(struct cluster *cluster, int32_t broker, const char *name,
    int64_t timeout_ms, struct buf *out, struct err *err)
{
	struct fake *fake = fake_of(cluster);

	(void)broker;
	(void)timeout_ms;
	fake->config_count++;
	if (fake->config_error != ERR_NONE)
		return err_set(err, fake->config_error, "%s: no", name);
	assert_string_equal(name, "offsets.retention.minutes");
	buf_add_text(out, fake->retention);
	return 0;
}

static int
topic_config(struct cluster *cluster, int32_t broker,
    const struct topic_setting *setting, int64_t timeout_ms,
    struct topic_config *out, struct err *err)
{
	(void)timeout_ms;
	return fakesetting_read(
	    &fake_of(cluster)->setting, broker, setting, out, err);
}

static int
topic_change(struct cluster *cluster, const struct topic_change *change,
    int64_t timeout_ms, int *code, struct err *err)
{
	(void)timeout_ms;
	return fakesetting_change(
	    &fake_of(cluster)->setting, change, code, err);
}

static const struct cluster_ops fake_ops = {
	.describe = describe,
	.offsets_topic = offsets_topic,
	.list_groups = list_groups,
	.list_all = list_all,
	.fetch_offsets = fetch_offsets,
	.describe_groups = describe_groups,
	.commit = commit,
	.describe_topics = describe_topics,
	.list_offsets = list_offsets,
	.peek = peek,
	.broker_config = broker_config,
	.topic_config = topic_config,
	.topic_change = topic_change,
	.free = nothing,
};

/* --- the world around it ----------------------------------------------- */

static int64_t
fake_now(void *context)
{
	return ((struct fake *)context)->now_ms;
}

static void
fake_sleep(void *context, int64_t duration_ms)
{
	struct fake *fake = context;

	fake->now_ms += duration_ms > 0 ? duration_ms : 1;
	fakesetting_tick(&fake->setting);
	if (fake->on_sleep != NULL)
		fake->on_sleep(fake);
}

static void
fake_random(void *context, void *out, size_t size)
{
	(void)context;
	memset(out, 0x5a, size);
}

static bool
fake_interrupted(void *context)
{
	return ((struct fake *)context)->interrupted;
}

void
fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->base.ops = &fake_ops;
	fake->now_ms = 1000000;
	fake->env.now_ms = fake_now;
	fake->env.monotonic_ms = fake_now;
	fake->env.sleep_ms = fake_sleep;
	fake->env.random = fake_random;
	fake->env.interrupted = fake_interrupted;
	fake->env.context = fake;
	fake->coordinator = 1;
	fake->retention = "10080";
	fake->brokers[0].id = 1;
	fake->brokers[1].id = 2;
	fake->view.cluster_id = "here";
	fake->view.brokers = fake->brokers;
	fake->view.broker_count = 2;
	fake->view.may_describe = true;
	fake->reach.cluster = &fake->base;
	fake->reach.view = &fake->view;
	fake->reach.env = &fake->env;
	fake->reach.window = 100;
	fake->reach.timeout_ms = 60000;
}

void
fake_release(struct fake *fake)
{
	for (size_t i = 0; i < fake->group_count; i++)
		free(fake->groups[i].positions);
	arena_release(&fake->arena);
}

struct fake_group *
fake_add_group(struct fake *fake, const char *name)
{
	struct fake_group *group = &fake->groups[fake->group_count++];

	memset(group, 0, sizeof(*group));
	group->name = name;
	group->type = GROUP_CLASSIC;
	group->state = "Empty";
	group->protocol_type = "consumer";
	return group;
}

void
fake_add_topic(
    struct fake *fake, const char *name, int32_t partitions, uint8_t id)
{
	struct fake_topic *topic = &fake->topics[fake->topic_count++];

	topic->name = name;
	topic->count = partitions;
	topic->id = id;
	topic->start = 0;
	topic->end = 1000;
	topic->epoch = 5;
}

struct fake_position *
fake_find(struct fake_group *group, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->positions[i].partition == partition &&
		    strcmp(group->positions[i].topic, topic) == 0)
			return &group->positions[i];
	return NULL;
}

void
fake_commit(struct fake_group *group, const char *topic, int32_t partition,
    int64_t offset, const char *metadata)
{
	struct fake_position *position = fake_find(group, topic, partition);

	if (position == NULL) {
		group->positions = xgrow(group->positions, group->count,
		    &group->capacity, sizeof(*group->positions));
		position = &group->positions[group->count++];
		memset(position, 0, sizeof(*position));
		position->topic = topic;
		position->partition = partition;
	}
	position->offset = offset;
	position->epoch = 3;
	position->metadata = metadata;
	position->metadata_size = strlen(metadata);
}

void
fake_add_member(
    struct fake_group *group, const char *client_id, const char *host)
{
	struct member *member = &group->members[group->member_count++];

	member->consumer_id = "id";
	member->client_id = client_id;
	member->host = host;
	group->state = "Stable";
}
