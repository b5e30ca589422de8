/*
 * modelgen.c - see modelgen.h.
 */
#include "tests/unit/formats/modelgen.h"

#include <stdio.h>
#include <string.h>

#include "common/timetext.h"
#include "formats/limits.h"

#define CAPTURE_MS INT64_C(1764079500123) /* 2025-11-25T14:05:00.123Z */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define NAME_LITERAL(text)             \
	{                              \
		text, sizeof(text) - 1 \
	}

static const char long_name[] =
    "0123456789012345678901234567890123456789012345678901234567890123456789"
    "0123456789012345678901234567890123456789012345678901234567890123456789"
    "012345678901234567890123456789012345678901234567890123456789";

static const struct bytes names[] = {
	NAME_LITERAL(""),
	NAME_LITERAL("plain-group"),
	NAME_LITERAL("with space"),
	NAME_LITERAL("with,comma"),
	NAME_LITERAL("with\"quote"),
	NAME_LITERAL("with\\backslash"),
	NAME_LITERAL("with/slash"),
	NAME_LITERAL("../../etc/passwd"),
	NAME_LITERAL(".."),
	NAME_LITERAL("with\nnewline"),
	NAME_LITERAL("with\rreturn\ttab"),
	NAME_LITERAL("\x01\x1f\x7f control"),
	NAME_LITERAL("\xf0\x9f\x8c\x8a tide"),
	NAME_LITERAL("gr\xc3\xbc\xc3\x9f"),
	NAME_LITERAL("right\xe2\x80\xae"
		     "tfel"),
	NAME_LITERAL("not utf8 \xff\xfe"),
	NAME_LITERAL("cut \xf0\x9f\x8c"),
	NAME_LITERAL("with\0nul"),
	NAME_LITERAL("exactly-24-characters-xx"),
	NAME_LITERAL("exactly-25-characters-xxx"),
	{ long_name, sizeof(long_name) - 1 },
};

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static size_t
below(uint64_t *state, size_t limit)
{
	return (size_t)(next_random(state) % limit);
}

void
modelgen_info(struct snapshot *snapshot)
{
	struct snapshot_info *info = &snapshot->info;

	memcpy(info->id, "0123456789abcdef", sizeof("0123456789abcdef"));
	(void)snprintf(info->cluster_id, sizeof(info->cluster_id),
	    "MkU3OEVBNTcwNTJENDM2Qk");
	(void)snprintf(info->writer, sizeof(info->writer), "tidemark test");
	info->from_ms = CAPTURE_MS;
	info->to_ms = CAPTURE_MS + 890;
	info->as_of_ms = -1;
	info->scope = SCOPE_CLUSTER;
	info->reason = "";
	selection_canonical(
	    info->scope, &info->selection, false, info->selection_hash);
}

static void
set_positions(struct arena *arena, struct group_topic *topic, size_t count,
    int64_t first_offset)
{
	topic->positions = arena_alloc(arena, count, sizeof(*topic->positions));
	topic->count = count;
	for (size_t i = 0; i < count; i++)
		topic->positions[i] = (struct position){
			.partition = (int32_t)i,
			.offset = first_offset + (int64_t)i * 7,
			.epoch = 14,
			.metadata = "",
			.commit_ms = -1,
			.expire_ms = -1,
		};
}

static struct group *
add_group(struct snapshot *snapshot, struct bytes name, size_t topic_count)
{
	struct group *group = &snapshot->groups[snapshot->group_count++];

	group->name = arena_bytes(&snapshot->arena, name);
	group->type = GROUP_CLASSIC;
	group->state = "Empty";
	group->protocol_type = "consumer";
	group->state_ms = -1;
	group->coordinator = 1;
	group->read_start_ms = snapshot->info.from_ms;
	group->read_end_ms = snapshot->info.to_ms;
	group->topics =
	    arena_alloc(&snapshot->arena, topic_count, sizeof(*group->topics));
	group->topic_count = topic_count;
	return group;
}

static void
add_topic(struct snapshot *snapshot, struct bytes name, size_t count)
{
	struct topic *topic = &snapshot->topics[snapshot->topic_count++];

	topic->name = arena_bytes(&snapshot->arena, name);
	topic->has_id = true;
	for (size_t i = 0; i < UUID_SIZE; i++)
		topic->id[i] = (uint8_t)(i * 17 + snapshot->topic_count);
	topic->partitions =
	    arena_alloc(&snapshot->arena, count, sizeof(*topic->partitions));
	topic->count = count;
	for (size_t i = 0; i < count; i++)
		topic->partitions[i] = (struct log_range){
			.partition = (int32_t)i,
			.epoch = 14,
			.start = (int64_t)i * 5,
			.end = 1000 + (int64_t)i * 9,
		};
}

/* The last one found nothing, and what the first found is not known. */
static void
set_points(struct arena *arena, struct partition_times *partition, size_t count)
{
	partition->points =
	    arena_alloc(arena, count, sizeof(*partition->points));
	partition->count = count;
	for (size_t i = 0; i < count; i++) {
		struct time_point *point = &partition->points[i];

		point->asked_ms = i == 0 ? 0 : CAPTURE_MS - 900000 + (int64_t)i;
		point->offset = 100 + (int64_t)i * 3;
		point->found_ms = i == 0 ? -1 : point->asked_ms + 1;
		if (i > 0 && i + 1 == count)
			point->offset = point->found_ms = -1;
	}
}

void
modelgen_times(struct snapshot *snapshot, size_t points)
{
	struct arena *arena = &snapshot->arena;

	snapshot->info.index_points = points;
	snapshot->info.index_step_ms = 900000;
	snapshot->times =
	    arena_alloc(arena, snapshot->topic_count, sizeof(*snapshot->times));
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		const struct topic *topic = &snapshot->topics[i];
		struct topic_times *times =
		    &snapshot->times[snapshot->times_count];

		if (topic->count == 0)
			continue;
		snapshot->times_count++;
		times->topic = topic->name;
		times->partitions = arena_alloc(
		    arena, topic->count, sizeof(*times->partitions));
		times->gaps =
		    arena_alloc(arena, topic->count, sizeof(*times->gaps));
		for (size_t j = 0; j < topic->count; j++) {
			if (j % 2 == 0) {
				times->partitions[times->count].partition =
				    topic->partitions[j].partition;
				set_points(arena,
				    &times->partitions[times->count++], points);
			} else if (j % 3 == 0) {
				times->gaps[times->gap_count++] =
				    (struct time_gap){
					    topic->partitions[j].partition,
					    (int64_t)j * 1000 - 3000
				    };
			}
		}
	}
}

void
modelgen_small(struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){ 0 };
	modelgen_info(snapshot);
	snapshot->groups =
	    arena_alloc(&snapshot->arena, 2, sizeof(*snapshot->groups));
	snapshot->topics =
	    arena_alloc(&snapshot->arena, 1, sizeof(*snapshot->topics));
	for (size_t i = 0; i < 2; i++) {
		struct group *group = add_group(
		    snapshot, bytes_of(i == 0 ? "billing" : "audit"), 1);

		group->topics[0].topic =
		    arena_bytes(&snapshot->arena, bytes_of("orders"));
		set_positions(&snapshot->arena, &group->topics[0], 3,
		    100 + (int64_t)i * 11);
	}
	add_topic(snapshot, bytes_of("orders"), 4);
	model_sort(snapshot);
	model_count(snapshot);
}

/* What only some positions have: one of each among the first of a topic. */
static void
vary_positions(struct group_topic *topic)
{
	topic->positions[0].metadata = "\x01\0\xff";
	topic->positions[0].metadata_size = 3;
	topic->positions[1].epoch = -1;
	topic->positions[1].unstable = true;
	topic->positions[2].offset = -1001;
	topic->positions[3].offset = INT64_MAX;
	topic->positions[4].offset = INT64_MIN;
	topic->positions[5].partition = INT32_MAX;
	topic->positions[5].epoch = INT32_MAX;
	topic->positions[5].metadata = "AgAAAZgm8yzy";
	topic->positions[5].metadata_size = 12;
	topic->positions[1].commit_ms = CAPTURE_MS - 61000;
	topic->positions[2].commit_ms = 0;
	topic->positions[3].commit_ms = TIME_LAST_MS;
	topic->positions[3].expire_ms = CAPTURE_MS + 86400000;
	topic->positions[4].expire_ms = TIME_LAST_MS;
	topic->positions[5].expire_ms = 0;
}

static void
add_holes(struct snapshot *snapshot)
{
	snapshot->holes = arena_alloc(
	    &snapshot->arena, HOLE_KIND_COUNT, sizeof(*snapshot->holes));
	snapshot->hole_count = HOLE_KIND_COUNT;
	for (size_t i = 0; i < HOLE_KIND_COUNT; i++)
		snapshot->holes[i] = (struct hole){
			.kind = (enum hole_kind)i,
			.has_group = i >= HOLE_GROUP && i != HOLE_TOPIC,
			.group = names[i % COUNT_OF(names)],
			.has_topic = i >= HOLE_POSITION,
			.topic = names[(i + 5) % COUNT_OF(names)],
			.partition = i == HOLE_LEADERLESS ? 17 : -1,
			.broker = i == HOLE_LISTING ? 3 : -1,
			.error = i == HOLE_GROUP ? -195 : (int)i,
			.text = "what the \"broker\" said\n",
		};
	for (size_t i = 0; i < HOLE_KIND_COUNT; i++) {
		if (!snapshot->holes[i].has_group)
			snapshot->holes[i].group = (struct bytes){ 0 };
		if (!snapshot->holes[i].has_topic)
			snapshot->holes[i].topic = (struct bytes){ 0 };
	}
}

static void
add_gone(struct snapshot *snapshot)
{
	snapshot->gone = arena_alloc(
	    &snapshot->arena, COUNT_OF(names), sizeof(*snapshot->gone));
	snapshot->gone_count = COUNT_OF(names);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const bool has_topic = i % 2 == 0;

		snapshot->gone[i] = (struct gone){
			.group = names[i],
			.has_topic = has_topic,
			.topic = has_topic ? names[i / 2] : (struct bytes){ 0 },
			.partition = has_topic ? (int32_t)i : -1,
			.offset = has_topic ? (int64_t)i * 1000 : -1,
		};
	}
}

static void
set_selection(struct snapshot *snapshot)
{
	struct snapshot_info *info = &snapshot->info;
	struct selection *selection = &info->selection;
	struct arena *arena = &snapshot->arena;

	selection->groups = arena_alloc(arena, 3, sizeof(*selection->groups));
	selection->groups[0] = "re:^plain";
	selection->groups[1] = "\xff*";
	selection->groups[2] = "*";
	selection->group_count = 3;
	selection->exclude_topics =
	    arena_alloc(arena, 1, sizeof(*selection->exclude_topics));
	selection->exclude_topics[0] = "__*";
	selection->exclude_topic_count = 1;
	selection_canonical(
	    info->scope, selection, false, info->selection_hash);
	info->reason = "before the \"big\" deploy \xff";
	memcpy(info->previous, "fedcba9876543210", sizeof("fedcba9876543210"));
}

static void
set_source(struct snapshot_info *info, enum snapshot_source source)
{
	info->source = source;
	if (source == SOURCE_API)
		return;
	info->scan = (struct snapshot_scan){ 5000000000, 7, 2, 1 };
	if (source == SOURCE_BOTH)
		info->compare = (struct snapshot_compare){ 1000, 20, 3, 4, 5 };
}

void
modelgen_rescue(struct snapshot *snapshot, bool last_known)
{
	struct snapshot_info *info = &snapshot->info;
	struct position *positions;

	modelgen_small(snapshot);
	set_source(info, SOURCE_RESCUE);
	info->last_known = last_known;
	if (!last_known)
		info->as_of_ms = info->to_ms;
	selection_canonical(
	    info->scope, &info->selection, last_known, info->selection_hash);
	positions = snapshot->groups[1].topics[0].positions;
	positions[0].commit_ms = CAPTURE_MS - 5000;
	positions[2].commit_ms = CAPTURE_MS - 86400000;
	positions[2].expire_ms = CAPTURE_MS - 1;
	snapshot->groups[1].state_ms = CAPTURE_MS - 86400001;
	model_count(snapshot);
}

void
modelgen_everything(struct snapshot *snapshot)
{
	const size_t count = COUNT_OF(names);

	*snapshot = (struct snapshot){ 0 };
	modelgen_info(snapshot);
	set_selection(snapshot);
	set_source(&snapshot->info, SOURCE_BOTH);
	snapshot->groups =
	    arena_alloc(&snapshot->arena, count + 1, sizeof(*snapshot->groups));
	snapshot->topics =
	    arena_alloc(&snapshot->arena, count + 1, sizeof(*snapshot->topics));
	for (size_t i = 0; i < count; i++) {
		struct group *group = add_group(snapshot, names[i], 2);

		group->type = (enum group_type)(i % (GROUP_SHARE + 1));
		group->coordinator = (int32_t)i - 1;
		group->read_start_ms += (int64_t)i - 5;
		group->protocol_type = i % 3 == 0 ? "" : "a\"b\xff";
		if (i % 4 != 0)
			group->state_ms = CAPTURE_MS - (int64_t)i * 1000;
		group->topics[0].topic = names[count - 1 - i];
		set_positions(&snapshot->arena, &group->topics[0], 6, 1000);
		vary_positions(&group->topics[0]);
		group->topics[1].topic = bytes_of("t");
		set_positions(&snapshot->arena, &group->topics[1], 2, 50);
		add_topic(snapshot, names[i], i % 4);
		snapshot->topics[i].has_id = i % 3 != 0;
		if (!snapshot->topics[i].has_id)
			memset(snapshot->topics[i].id, 0, UUID_SIZE);
	}
	(void)add_group(snapshot, bytes_of("no positions"), 0);
	add_topic(snapshot, bytes_of("unread"), 1);
	snapshot->topics[count].partitions[0] =
	    (struct log_range){ 0, -1, -1, -1 };
	add_holes(snapshot);
	add_gone(snapshot);
	modelgen_times(snapshot, 3);
	snapshot->times[0].partitions[0].points[2] =
	    (struct time_point){ INT64_MAX, INT64_MAX, INT64_MAX };
	model_sort(snapshot);
	model_count(snapshot);
}

static struct bytes
random_name(struct arena *arena, uint64_t *state, size_t number)
{
	char text[64];

	switch (below(state, 40)) {
	case 0:
	case 1:
	case 2:
	case 3:
		return names[below(state, COUNT_OF(names))];
	case 4: {
		/* Long, and costly to escape. */
		struct bytes name = { NULL, 1 + below(state, LIMIT_NAME) };
		char *data = arena_alloc(arena, name.size, 1);

		memset(data, (int)(1 + below(state, 255)), name.size);
		name.data = data;
		return name;
	}
	default:
		(void)snprintf(
		    text, sizeof(text), "service-%zu.events", number);
		return arena_bytes(arena, bytes_of(text));
	}
}

static void
random_positions(
    struct arena *arena, uint64_t *state, struct group_topic *topic)
{
	const size_t count = below(state, 200) == 0 ? below(state, 9000) + 1
						    : below(state, 20) + 1;
	const bool metadata = below(state, 4) == 0;
	const bool commits = below(state, 3) == 0;
	const bool expires = below(state, 6) == 0;

	set_positions(arena, topic, count, (int64_t)below(state, 1U << 30));
	for (size_t i = 0; i < count; i++) {
		struct position *position = &topic->positions[i];

		position->offset += (int64_t)below(state, 1000);
		if (below(state, 50) == 0)
			position->offset = (int64_t)next_random(state);
		if (below(state, 50) == 0)
			position->epoch = (int32_t)below(state, 100) - 1;
		position->unstable = below(state, 200) == 0;
		if (commits && below(state, 10) != 0)
			position->commit_ms =
			    CAPTURE_MS - (int64_t)below(state, 1U << 30);
		if (expires && below(state, 3) == 0)
			position->expire_ms =
			    (int64_t)below(state, (size_t)TIME_LAST_MS + 1);
		if (metadata && below(state, 3) == 0) {
			position->metadata_size = (uint32_t)below(
			    state, below(state, 40) == 0 ? LIMIT_METADATA : 40);
			position->metadata =
			    arena_alloc(arena, position->metadata_size + 1, 1);
		}
	}
}

/* Names may come twice: keep the first of each after sorting. */
static void
drop_doubles(struct snapshot *snapshot)
{
	size_t kept = 0;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		struct group *group = &snapshot->groups[i];
		size_t topics = 0;

		if (kept > 0 &&
		    bytes_equal(snapshot->groups[kept - 1].name, group->name))
			continue;
		for (size_t j = 0; j < group->topic_count; j++) {
			if (topics > 0 &&
			    bytes_equal(group->topics[topics - 1].topic,
				group->topics[j].topic))
				continue;
			group->topics[topics++] = group->topics[j];
		}
		group->topic_count = topics;
		snapshot->groups[kept++] = *group;
	}
	snapshot->group_count = kept;
	kept = 0;
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		if (kept > 0 &&
		    bytes_equal(snapshot->topics[kept - 1].name,
			snapshot->topics[i].name))
			continue;
		snapshot->topics[kept++] = snapshot->topics[i];
	}
	snapshot->topic_count = kept;
}

static void
random_source(uint64_t *state, struct snapshot_info *info)
{
	const size_t source = below(state, SOURCE_RESCUE + 1);

	set_source(info, (enum snapshot_source)source);
	if (info->source != SOURCE_RESCUE)
		return;
	info->last_known = below(state, 2) == 0;
	if (!info->last_known)
		info->as_of_ms = info->to_ms;
	selection_canonical(info->scope, &info->selection, info->last_known,
	    info->selection_hash);
}

void
modelgen_random(struct snapshot *snapshot, uint64_t seed)
{
	uint64_t state = seed;
	const size_t groups = below(&state, 40);
	const size_t topics = below(&state, 20);
	struct arena *arena;

	*snapshot = (struct snapshot){ 0 };
	arena = &snapshot->arena;
	modelgen_info(snapshot);
	snapshot->groups =
	    arena_alloc(arena, groups + 1, sizeof(*snapshot->groups));
	snapshot->topics =
	    arena_alloc(arena, topics + 1, sizeof(*snapshot->topics));
	for (size_t i = 0; i < groups; i++) {
		struct group *group = add_group(
		    snapshot, random_name(arena, &state, i), below(&state, 8));

		if (below(&state, 3) == 0)
			group->read_end_ms += (int64_t)below(&state, 1000);
		if (below(&state, 4) == 0)
			group->state_ms = (int64_t)below(&state, CAPTURE_MS);
		for (size_t j = 0; j < group->topic_count; j++) {
			group->topics[j].topic = random_name(arena, &state, j);
			random_positions(arena, &state, &group->topics[j]);
		}
	}
	for (size_t i = 0; i < topics; i++)
		add_topic(snapshot, random_name(arena, &state, i),
		    below(&state, 12) == 0 ? 9000 : below(&state, 30));
	random_source(&state, &snapshot->info);
	model_sort(snapshot);
	drop_doubles(snapshot);
	if (below(&state, 2) == 0)
		modelgen_times(snapshot, 1 + below(&state, 40));
	model_count(snapshot);
}

/* ------------------------------------------------------------- a large one */

#define LARGE_PARTITIONS ((size_t)20)
#define LARGE_TOPICS ((size_t)5)

/* A number below limit. */
static uint64_t
chance(uint64_t *seed, uint64_t limit)
{
	return next_random(seed) % limit;
}

static void
make_topics(struct snapshot *snapshot, size_t count, uint64_t *seed)
{
	snapshot->topic_count = count;
	snapshot->topics =
	    arena_alloc(&snapshot->arena, count, sizeof(struct topic));
	for (size_t i = 0; i < count; i++) {
		struct topic *topic = &snapshot->topics[i];

		topic->name = bytes_of(arena_format(
		    &snapshot->arena, "payments.order-%06zu.created.v1", i));
		topic->has_id = true;
		for (size_t at = 0; at < UUID_SIZE; at++)
			topic->id[at] = (uint8_t)chance(seed, 256);
		topic->count = LARGE_PARTITIONS;
		topic->partitions = arena_alloc(&snapshot->arena,
		    LARGE_PARTITIONS, sizeof(struct log_range));
		for (int32_t at = 0; at < (int32_t)LARGE_PARTITIONS; at++) {
			topic->partitions[at].partition = at;
			topic->partitions[at].epoch = (int32_t)chance(seed, 20);
			topic->partitions[at].end =
			    (int64_t)chance(seed, 1U << 30);
		}
	}
}

static void
make_positions(struct snapshot *snapshot, struct group_topic *topic,
    const struct topic *log, uint64_t *seed)
{
	topic->topic = log->name;
	topic->count = LARGE_PARTITIONS;
	topic->positions = arena_alloc(
	    &snapshot->arena, LARGE_PARTITIONS, sizeof(struct position));
	for (int32_t at = 0; at < (int32_t)LARGE_PARTITIONS; at++) {
		struct position *position = &topic->positions[at];
		const int64_t end = log->partitions[at].end;
		const int64_t lag =
		    chance(seed, 5) == 0 ? (int64_t)chance(seed, 64) : 0;

		position->partition = at;
		position->epoch = log->partitions[at].epoch;
		position->offset = end > lag ? end - lag : 0;
		position->metadata = "";
		position->commit_ms = -1;
		position->expire_ms = -1;
	}
}

static void
make_group(struct snapshot *snapshot, struct group *group, const char *name,
    const struct topic *logs, size_t topic_count, uint64_t *seed)
{
	group->name = bytes_of(name);
	group->type = GROUP_CLASSIC;
	group->state = "Empty";
	group->protocol_type = "consumer";
	group->state_ms = -1;
	group->coordinator = 1;
	group->read_start_ms = CAPTURE_MS + (int64_t)chance(seed, 500);
	group->read_end_ms = group->read_start_ms + 2;
	group->topic_count = topic_count;
	group->topics = arena_alloc(
	    &snapshot->arena, topic_count, sizeof(struct group_topic));
	for (size_t i = 0; i < topic_count; i++)
		make_positions(snapshot, &group->topics[i], &logs[i], seed);
}

void
modelgen_large(struct snapshot *snapshot, size_t positions)
{
	const size_t groups = positions / (LARGE_PARTITIONS * LARGE_TOPICS);
	uint64_t number = 1;
	uint64_t *seed = &number;

	memset(snapshot, 0, sizeof(*snapshot));
	make_topics(snapshot, groups / 2 + LARGE_TOPICS, seed);
	snapshot->group_count = groups + 1;
	snapshot->groups =
	    arena_alloc(&snapshot->arena, groups + 1, sizeof(struct group));
	for (size_t i = 0; i < groups; i++)
		make_group(snapshot, &snapshot->groups[i],
		    arena_format(&snapshot->arena,
			"fraud-card-scorer-%06zu-consumer", i),
		    &snapshot->topics[i / 2], LARGE_TOPICS, seed);
	make_group(snapshot, &snapshot->groups[groups], MODELGEN_LARGE_SINGLE,
	    &snapshot->topics[groups / 4], 1, seed);
	(void)snprintf(
	    snapshot->info.id, sizeof(snapshot->info.id), "00000000000000aa");
	(void)snprintf(snapshot->info.cluster_id,
	    sizeof(snapshot->info.cluster_id), "bench");
	(void)snprintf(snapshot->info.writer, sizeof(snapshot->info.writer),
	    "tidemark bench");
	(void)snprintf(snapshot->info.selection_hash,
	    sizeof(snapshot->info.selection_hash), "00000000");
	snapshot->info.reason = "";
	snapshot->info.from_ms = CAPTURE_MS;
	snapshot->info.to_ms = CAPTURE_MS + 1000;
	snapshot->info.as_of_ms = -1;
	model_sort(snapshot);
	model_count(snapshot);
}

void
modelgen_wide(struct snapshot *snapshot)
{
	static const char *const wide_names[] = { "a", "b-wide", "b-wide-too",
		"c" };
	const size_t partitions = 30000;

	memset(snapshot, 0, sizeof(*snapshot));
	modelgen_info(snapshot);
	snapshot->topics =
	    arena_alloc(&snapshot->arena, 2, sizeof(struct topic));
	snapshot->topic_count = 2;
	snapshot->groups =
	    arena_alloc(&snapshot->arena, 4, sizeof(struct group));
	snapshot->group_count = 4;
	for (size_t i = 0; i < 2; i++) {
		struct topic *topic = &snapshot->topics[i];

		topic->name = bytes_of(i == 0 ? "narrow" : "wide");
		topic->count = i == 0 ? 1 : partitions;
		topic->partitions = arena_alloc(
		    &snapshot->arena, topic->count, sizeof(*topic->partitions));
		for (size_t j = 0; j < topic->count; j++)
			topic->partitions[j] = (struct log_range){ (int32_t)j,
				3, (int64_t)j * 77, INT64_C(1) << 50 };
	}
	for (size_t i = 0; i < 4; i++) {
		struct group *group = &snapshot->groups[i];
		const struct topic *topic =
		    &snapshot->topics[i == 0 || i == 3 ? 0 : 1];

		*group = (struct group){ .name = bytes_of(wide_names[i]),
			.type = GROUP_CLASSIC,
			.state = "Empty",
			.protocol_type = "consumer",
			.state_ms = i == 2 ? CAPTURE_MS : -1,
			.coordinator = 1,
			.read_start_ms = snapshot->info.from_ms,
			.read_end_ms = snapshot->info.to_ms,
			.topic_count = 1 };
		group->topics = arena_alloc(
		    &snapshot->arena, 1, sizeof(struct group_topic));
		group->topics->topic = topic->name;
		group->topics->count = topic->count;
		group->topics->positions = arena_alloc(
		    &snapshot->arena, topic->count, sizeof(struct position));
		for (size_t j = 0; j < topic->count; j++)
			group->topics->positions[j] =
			    (struct position){ .offset =
						   (int64_t)(j * 7919 + i),
				    .partition = (int32_t)j,
				    .epoch = 3,
				    .metadata = "",
				    .commit_ms = i == 2 && j % 3 > 0
					? CAPTURE_MS - (int64_t)j
					: -1,
				    .expire_ms = -1 };
	}
	modelgen_times(snapshot, 4);
	model_sort(snapshot);
	model_count(snapshot);
}
