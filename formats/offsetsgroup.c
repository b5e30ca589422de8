#include "formats/offsetsgroup.h"

/* The fewest bytes of a structure: all of its texts and arrays empty. */
#define CLASSIC_MEMBER_MIN 15
#define SUBTOPOLOGY_MIN 8
#define TOPIC_INFO_MIN 9
#define COPARTITION_MIN 4
#define TEXT_PAIR_MIN 3

/* What a streams group reads.  Counted first, with topics NULL. */
struct sources {
	struct bytes *topics;
	size_t count;
	bool has_patterns;
};

static size_t
count_strings(struct wire *from)
{
	return wire_count(from, from->is_flexible ? 1 : sizeof(int16_t));
}

static const struct bytes *
read_strings(struct wire *from, struct arena *arena, size_t *count)
{
	struct bytes *strings;

	*count = count_strings(from);
	if (*count == 0)
		return NULL;
	strings = arena_alloc(arena, *count, sizeof(*strings));
	for (size_t i = 0; i < *count; i++)
		strings[i] = wire_string(from);
	return strings;
}

/*
 * A member of a classic group says what it subscribes to in bytes that are its
 * clients' affair (org.apache.kafka.clients.consumer.internals:
 * ConsumerProtocolSubscription).  What follows the topics does not matter here.
 */
static bool
read_subscription(
    struct bytes subscription, struct arena *arena, struct offsets_member *out)
{
	struct wire from = { .rest = subscription };
	const int16_t version = wire_int16(&from);
	size_t count;
	const struct bytes *topics = read_strings(&from, arena, &count);

	if (from.is_broken || version < 0)
		return false;
	out->topics = topics;
	out->topic_count = count;
	return true;
}

static void
read_classic_member(struct wire *from, int16_t version, bool is_consumer,
    struct arena *arena, struct offsets_member *out)
{
	struct bytes subscription;

	out->id = wire_string(from);
	if (version >= 3)
		(void)wire_nullable_string(from); /* its instance id */
	out->client_id = wire_string(from);
	out->host = wire_string(from);
	if (version >= 1)
		(void)wire_int32(from); /* the time it has to rejoin */
	(void)wire_int32(from);         /* the time it has to live */
	subscription = wire_bytes(from);
	(void)wire_bytes(from); /* what it is assigned */
	wire_skip_tags(from);
	out->may_have_more =
	    !is_consumer || !read_subscription(subscription, arena, out);
}

bool
offsetsgroup_classic(
    struct wire *from, struct arena *arena, struct offsets_record *out)
{
	const struct bytes protocol_type = wire_string(from);
	const bool is_consumer = bytes_equal_text(protocol_type, "consumer");
	struct offsets_member *members = NULL;
	int64_t state_ms = -1;
	size_t count;

	(void)wire_int32(from);           /* generation */
	(void)wire_nullable_string(from); /* protocol */
	(void)wire_nullable_string(from); /* leader */
	if (out->version >= 2)
		state_ms = wire_int64(from);
	count = wire_count(from, CLASSIC_MEMBER_MIN);
	if (count > 0)
		members = arena_alloc(arena, count, sizeof(*members));
	for (size_t i = 0; i < count && !from->is_broken; i++) {
		read_classic_member(
		    from, out->version, is_consumer, arena, &members[i]);
	}
	wire_skip_tags(from);
	if (!wire_done(from))
		return false;
	out->protocol_type = protocol_type;
	out->state_ms = state_ms;
	out->members = members;
	out->member_count = count;
	return true;
}

bool
offsetsgroup_modern(struct wire *from, struct offsets_record *out)
{
	const int32_t epoch = wire_int32(from);
	/* Before Kafka 4.1, as a preview, a share group had no hash. */
	const bool is_preview =
	    out->group_type == GROUP_SHARE && from->rest.size == 1;

	if (out->group_type != GROUP_CONSUMER && !is_preview)
		(void)wire_int64(from); /* hash of its topics */
	wire_skip_tags(from);
	if (!wire_done(from))
		return false;
	out->epoch = epoch;
	return true;
}

static void
skip_text_pairs(struct wire *from)
{
	const size_t count = wire_count(from, TEXT_PAIR_MIN);

	for (size_t i = 0; i < count && !from->is_broken; i++) {
		(void)wire_string(from);
		(void)wire_string(from);
		wire_skip_tags(from);
	}
}

/* What stands behind the host of a member of a streams group. */
static void
skip_streams_member(struct wire *from)
{
	(void)wire_int32(from);  /* the time it has to rebalance */
	(void)wire_int32(from);  /* epoch of the topology */
	(void)wire_string(from); /* process id */
	if (wire_int8(from) >= 0) {
		(void)wire_string(from); /* host and port that it answers at */
		(void)wire_int16(from);
		wire_skip_tags(from);
	}
	skip_text_pairs(from);
}

bool
offsetsgroup_member(struct wire *from, enum group_type group_type,
    struct arena *arena, struct offsets_member *member)
{
	struct offsets_member whole = { .id = member->id };

	if (group_type != GROUP_SHARE)
		(void)wire_nullable_string(from); /* instance id */
	(void)wire_nullable_string(from);         /* rack */
	whole.client_id = wire_string(from);
	whole.host = wire_string(from);
	if (group_type == GROUP_STREAMS)
		skip_streams_member(from);
	else
		whole.topics = read_strings(from, arena, &whole.topic_count);
	if (group_type == GROUP_CONSUMER) {
		whole.may_have_more = wire_nullable_string(from).size > 0;
		(void)wire_int32(from); /* the time it has to rebalance */
		(void)wire_nullable_string(from); /* assignor */
	}
	wire_skip_tags(from);
	if (!wire_done(from))
		return false;
	*member = whole;
	return true;
}

static void
add_source(struct sources *out, struct bytes topic)
{
	if (out->topics != NULL)
		out->topics[out->count] = topic;
	out->count++;
}

/* Strings that are sources, or that are passed over (out is NULL). */
static size_t
add_strings(struct wire *from, struct sources *out)
{
	const size_t count = count_strings(from);

	for (size_t i = 0; i < count && !from->is_broken; i++) {
		const struct bytes text = wire_string(from);

		if (out != NULL)
			add_source(out, text);
	}
	return count;
}

/* The same of topics that the group makes itself. */
static void
add_inner_topics(struct wire *from, struct sources *out)
{
	const size_t count = wire_count(from, TOPIC_INFO_MIN);

	for (size_t i = 0; i < count && !from->is_broken; i++) {
		const struct bytes topic = wire_string(from);

		if (out != NULL)
			add_source(out, topic);
		(void)wire_int32(from); /* partitions */
		(void)wire_int16(from); /* replicas */
		skip_text_pairs(from);
		wire_skip_tags(from);
	}
}

static void
skip_copartition_groups(struct wire *from)
{
	const size_t count = wire_count(from, COPARTITION_MIN);

	for (size_t i = 0; i < count && !from->is_broken; i++) {
		for (int list = 0; list < 3; list++) {
			const size_t size = sizeof(int16_t);

			wire_skip(from, wire_count(from, size) * size);
		}
		wire_skip_tags(from);
	}
}

/*
 * A topic through which the group passes its own records on is a source like
 * any other: the group commits positions there, and the coordinator guards them
 * alike (StreamsGroup.isSubscribedToTopic).
 */
static void
read_topology(struct wire *from, struct sources *out)
{
	size_t count;

	(void)wire_int32(from); /* epoch */
	count = wire_count(from, SUBTOPOLOGY_MIN);
	for (size_t i = 0; i < count && !from->is_broken; i++) {
		(void)wire_string(from); /* its id */
		(void)add_strings(from, out);
		if (add_strings(from, NULL) > 0)
			out->has_patterns = true;
		add_inner_topics(from, NULL);  /* of its state */
		(void)add_strings(from, NULL); /* that it writes to */
		add_inner_topics(from, out);
		skip_copartition_groups(from);
		wire_skip_tags(from);
	}
	wire_skip_tags(from);
}

bool
offsetsgroup_sources(
    struct wire *from, struct arena *arena, struct offsets_record *out)
{
	struct wire again = *from;
	struct sources counted = { 0 };
	struct sources sources = { 0 };

	read_topology(from, &counted);
	if (!wire_done(from))
		return false;
	if (counted.count > 0) {
		sources.topics =
		    arena_alloc(arena, counted.count, sizeof(*sources.topics));
		read_topology(&again, &sources);
	}
	out->topics = sources.topics;
	out->topic_count = counted.count;
	out->may_have_more = counted.has_patterns;
	return true;
}
