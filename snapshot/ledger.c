/*
 * ledger.c - see ledger.h.  Millions of records go through ledger_take: what is
 * done for each of them has to be little.
 */
#include "snapshot/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"

/* Slots for positions, at first and at most before they are needed. */
#define FIRST_CAPACITY 64
#define RESERVE_MAX ((size_t)1 << 18)

void
ledger_init(struct ledger *ledger, uint64_t seed, int64_t until_ms)
{
	memset(ledger, 0, sizeof(*ledger));
	nametable_init(&ledger->groups, &ledger->arena, seed);
	nametable_init(&ledger->members, &ledger->arena, seed);
	nametable_init(&ledger->words, &ledger->arena, seed);
	ledger->until_ms = until_ms;
}

/* --- what is met for the first time ------------------------------------ */

static struct bytes
word(struct ledger *ledger, struct bytes text)
{
	if (text.data == NULL)
		return text;
	return nametable_add(&ledger->words, text)->name;
}

/* Topics come in runs, too. */
static struct bytes
topic_word(struct ledger *ledger, struct bytes topic)
{
	if (ledger->last_topic.data == NULL ||
	    !bytes_equal(ledger->last_topic, topic))
		ledger->last_topic = nametable_add(&ledger->words, topic)->name;
	return ledger->last_topic;
}

static struct ledger_partition *
partition_of(struct ledger *ledger, int32_t number)
{
	const size_t index = (size_t)number;
	size_t at = ledger->partition_count;

	if (index >= at) {
		ledger->partitions = xreallocarray(
		    ledger->partitions, index + 1, sizeof(*ledger->partitions));
		for (; at <= index; at++)
			ledger->partitions[at] =
			    (struct ledger_partition){ .first_offset = -1 };
		ledger->partition_count = index + 1;
	}
	return &ledger->partitions[index];
}

static struct ledger_group *
make_group(struct ledger *ledger, struct bytes name, int32_t partition)
{
	struct ledger_group *group =
	    arena_alloc(&ledger->arena, 1, sizeof(*group));

	group->name = name;
	group->partition = ledger->topic_partitions > 0
	    ? coordinator_partition(name, ledger->topic_partitions)
	    : partition;
	(void)partition_of(ledger, group->partition);
	group->state_ms = -1;
	group->record_ms = -1;
	group->record_offset = -1;
	group->gone_ms = -1;
	group->home_ms = -1;
	group->stray_ms = -1;
	return group;
}

static struct ledger_group *
find_group(struct ledger *ledger, struct bytes name, int32_t partition)
{
	struct nametable_entry *entry;

	if (ledger->last_group != NULL &&
	    bytes_equal(ledger->last_group->name, name))
		return ledger->last_group;
	entry = nametable_add(&ledger->groups, name);
	if (entry->value == NULL)
		entry->value = make_group(ledger, entry->name, partition);
	ledger->last_group = entry->value;
	return entry->value;
}

/* Names are one copy each, so their addresses stand for them. */
static size_t
hash_spot(const struct ledger *ledger, const struct ledger_group *group,
    const char *topic, int32_t partition)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = ledger->groups.seed ^ (uint64_t)(uintptr_t)group;

	hash = (hash ^ (hash >> 32)) * odd;
	hash = (hash ^ (uint64_t)(uintptr_t)topic) * odd;
	hash = (hash ^ (hash >> 29) ^ (uint32_t)partition) * odd;
	return (size_t)(hash ^ (hash >> 32));
}

/* The slot that holds the spot, or the empty one where it belongs. */
static struct ledger_spot **
slot_of(const struct ledger *ledger, const struct ledger_group *group,
    const char *topic, int32_t partition)
{
	const size_t mask = ledger->spot_capacity - 1;
	size_t at = hash_spot(ledger, group, topic, partition) & mask;

	while (ledger->spots[at] != NULL &&
	    (ledger->spots[at]->group != group ||
		ledger->spots[at]->topic.data != topic ||
		ledger->spots[at]->partition != partition))
		at = (at + 1) & mask;
	return &ledger->spots[at];
}

static void
resize(struct ledger *ledger, size_t capacity)
{
	struct ledger_spot **const old = ledger->spots;
	const size_t old_capacity = ledger->spot_capacity;

	ledger->spot_capacity = capacity;
	ledger->spots =
	    xcalloc(ledger->spot_capacity, sizeof(struct ledger_spot *));
	for (size_t at = 0; at < old_capacity; at++)
		if (old[at] != NULL)
			*slot_of(ledger, old[at]->group, old[at]->topic.data,
			    old[at]->partition) = old[at];
	free(old);
}

static struct ledger_spot *
make_spot(struct ledger *ledger, struct ledger_group *group, struct bytes topic,
    int32_t partition)
{
	struct ledger_spot *spot =
	    arena_alloc(&ledger->arena, 1, sizeof(*spot));

	spot->group = group;
	spot->topic = topic;
	spot->partition = partition;
	spot->value.record_offset = -1;
	spot->gone_ms = -1;
	spot->gone_offset = -1;
	spot->next = group->spots;
	group->spots = spot;
	group->spot_count++;
	ledger->spot_count++;
	return spot;
}

static struct ledger_spot *
find_spot(struct ledger *ledger, struct ledger_group *group, struct bytes topic,
    int32_t partition)
{
	struct ledger_spot **slot;

	if (ledger->spot_count >= ledger->spot_capacity / 4 * 3)
		resize(ledger,
		    ledger->spot_capacity == 0 ? FIRST_CAPACITY
					       : ledger->spot_capacity * 2);
	topic = topic_word(ledger, topic);
	slot = slot_of(ledger, group, topic.data, partition);
	if (*slot == NULL)
		*slot = make_spot(ledger, group, topic, partition);
	return *slot;
}

/* known tells whether there was one already. */
static struct ledger_member *
find_member(struct ledger *ledger, struct ledger_group *group, struct bytes key,
    bool *known)
{
	struct nametable_entry *entry = nametable_add(&ledger->members, key);
	struct ledger_member *member = entry->value;

	*known = member != NULL;
	if (member != NULL)
		return member;
	member = arena_alloc(&ledger->arena, 1, sizeof(*member));
	member->next = group->members;
	group->members = member;
	entry->value = member;
	return member;
}

void
ledger_reserve(struct ledger *ledger, size_t count)
{
	size_t capacity = FIRST_CAPACITY;

	while (capacity < RESERVE_MAX && capacity / 4 * 3 < count)
		capacity *= 2;
	if (capacity > ledger->spot_capacity)
		resize(ledger, capacity);
}

/* --- the history of a partition ---------------------------------------- */

static void
note_place(struct ledger *ledger, const struct log_record *record, bool known)
{
	struct ledger_partition *partition =
	    partition_of(ledger, record->partition);

	if (partition->first_offset < 0) {
		partition->first_offset = record->offset;
		partition->first_ms = record->timestamp_ms;
	}
	if (!partition->repeated)
		partition->has_gap |= record->offset > partition->next_offset;
	if (partition->has_gap && !partition->repeated) {
		partition->exact_offset = record->offset;
		partition->exact_ms = record->timestamp_ms;
	}
	partition->repeated |= known;
	partition->next_offset = record->offset + 1;
	partition->last_ms = record->timestamp_ms;
	partition->record_count++;
}

void
ledger_skip(struct ledger *ledger, int32_t partition, int64_t next_offset)
{
	struct ledger_partition *place = partition_of(ledger, partition);

	if (place->next_offset < next_offset)
		place->next_offset = next_offset;
}

static void
note_oddity(struct ledger *ledger, const struct log_record *record,
    const struct offsets_record *decoded, enum offsets_record_verdict verdict)
{
	struct ledger_counts *counts = &ledger->counts;

	if (verdict == OFFSETS_RECORD_UNKNOWN_TYPE)
		counts->unknown_type_count++;
	else if (verdict == OFFSETS_RECORD_UNKNOWN_VERSION)
		counts->unknown_version_count++;
	else
		counts->broken_count++;
	if (verdict == OFFSETS_RECORD_BROKEN_KEY)
		partition_of(ledger, record->partition)->hidden_count++;
	/* A type of later versions is no trouble of this record. */
	if (verdict == OFFSETS_RECORD_UNKNOWN_TYPE ||
	    ledger->oddity_count == LEDGER_ODDITY_MAX)
		return;
	ledger->oddities[ledger->oddity_count++] = (struct ledger_oddity){
		.partition = record->partition,
		.offset = record->offset,
		.verdict = verdict,
		.type = decoded->type,
		.version = decoded->version,
	};
}

/* --- positions --------------------------------------------------------- */

static void
keep_metadata(
    struct ledger *ledger, struct ledger_value *value, struct bytes metadata)
{
	if (metadata.size == value->metadata_size &&
	    (metadata.size == 0 ||
		memcmp(metadata.data, value->metadata, metadata.size) == 0))
		return;
	free(value->metadata);
	value->metadata =
	    metadata.size > 0 ? xmemdup0(metadata.data, metadata.size) : NULL;
	value->metadata_size = (uint32_t)metadata.size;
	ledger->has_metadata = true;
}

static void
keep_topic_id(struct ledger *ledger, struct ledger_value *value,
    const struct offsets_commit *commit)
{
	const struct bytes id = { (const char *)commit->topic_id, UUID_SIZE };

	if (!commit->has_topic_id)
		value->topic_id = NULL;
	else if (value->topic_id == NULL ||
	    memcmp(value->topic_id, commit->topic_id, UUID_SIZE) != 0)
		value->topic_id = (const uint8_t *)word(ledger, id).data;
}

static void
set_value(struct ledger *ledger, struct ledger_value *value,
    const struct log_record *record, const struct offsets_commit *commit)
{
	value->record_offset = record->offset;
	value->commit_ms = commit->commit_ms;
	value->expire_ms = commit->expire_ms;
	value->offset = commit->offset;
	value->epoch = commit->epoch;
	keep_topic_id(ledger, value, commit);
	keep_metadata(ledger, value, commit->metadata);
}

/* How many cannot be read, as one passes from a state to another. */
static void
count_hidden(struct ledger *ledger, const struct ledger_group *group,
    enum ledger_state from, enum ledger_state to)
{
	struct ledger_partition *partition =
	    partition_of(ledger, group->partition);

	partition->hidden_count += to == LEDGER_UNREADABLE;
	partition->hidden_count -= from == LEDGER_UNREADABLE;
}

static void
set_spot_state(
    struct ledger *ledger, struct ledger_spot *spot, enum ledger_state state)
{
	struct ledger_group *group = spot->group;

	if (state != spot->state)
		count_hidden(ledger, group, spot->state, state);
	group->live_count += state == LEDGER_LIVE;
	group->live_count -= spot->state == LEDGER_LIVE;
	spot->state = state;
}

/* A record after the time that is asked for. */
static void
note_later(struct ledger_spot *spot, const struct log_record *record,
    const struct offsets_record *decoded)
{
	struct ledger_value *value = &spot->value;

	if (spot->state != LEDGER_UNSEEN || value->record_offset >= 0)
		return;
	value->record_offset = record->offset;
	value->commit_ms = record->timestamp_ms;
	value->offset = decoded->is_tombstone ? -1 : decoded->commit.offset;
}

static void
take_commit(struct ledger *ledger, struct ledger_spot *spot,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict)
{
	ledger->counts.commit_count++;
	if (record->timestamp_ms > ledger->until_ms) {
		note_later(spot, record, decoded);
		return;
	}
	if (ledger->changed != NULL)
		ledger->changed(
		    ledger->changed_context, spot, record, decoded, verdict);
	/* What stood there before is not what was noted of later records, and
	 * not what an unreadable record has replaced. */
	if (spot->state == LEDGER_UNSEEN ||
	    (spot->state == LEDGER_UNREADABLE && decoded->is_tombstone))
		spot->value.record_offset = -1;
	if (verdict != OFFSETS_RECORD_GOOD) {
		set_spot_state(ledger, spot, LEDGER_UNREADABLE);
		spot->gone_offset = record->offset;
	} else if (decoded->is_tombstone) {
		/* The first one is when it went. */
		if (spot->state != LEDGER_GONE)
			spot->gone_ms = record->timestamp_ms;
		spot->gone_offset = record->offset;
		set_spot_state(ledger, spot, LEDGER_GONE);
	} else {
		set_value(ledger, &spot->value, record, &decoded->commit);
		set_spot_state(ledger, spot, LEDGER_LIVE);
	}
}

/* --- groups and members ------------------------------------------------ */

static struct bytes *
copy_words(struct ledger *ledger, struct arena *arena,
    const struct bytes *texts, size_t count)
{
	struct bytes *copy = arena_alloc(arena, count, sizeof(*copy));

	for (size_t at = 0; at < count; at++)
		copy[at] = word(ledger, texts[at]);
	return copy;
}

static void
set_member(struct ledger *ledger, struct arena *arena,
    struct ledger_member *member, const struct offsets_member *from)
{
	member->id = arena_bytes(arena, from->id);
	member->client_id = arena_bytes(arena, from->client_id);
	member->host = arena_bytes(arena, from->host);
	member->topics =
	    copy_words(ledger, arena, from->topics, from->topic_count);
	member->topic_count = from->topic_count;
	member->may_have_more = from->may_have_more;
	member->live = true;
}

static void
drop_classic_members(struct ledger_group *group)
{
	arena_release(&group->arena);
	group->classic = NULL;
	group->classic_count = 0;
}

/* The record of a classic group names all its members, each time. */
static void
set_classic_members(struct ledger *ledger, struct ledger_group *group,
    const struct offsets_record *decoded)
{
	drop_classic_members(group);
	group->classic_count = decoded->member_count;
	for (size_t at = 0; at < decoded->member_count; at++) {
		struct ledger_member *member =
		    arena_alloc(&group->arena, 1, sizeof(*member));

		set_member(
		    ledger, &group->arena, member, &decoded->members[at]);
		member->next = group->classic;
		group->classic = member;
	}
}

static void
take_group(struct ledger *ledger, struct ledger_group *group,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict)
{
	const enum ledger_state state =
	    verdict == OFFSETS_RECORD_GOOD ? LEDGER_LIVE : LEDGER_UNREADABLE;

	if (record->timestamp_ms > ledger->until_ms)
		return;
	if (decoded->is_tombstone) {
		/* A group that has become one of another type lives on. */
		if (group->type != decoded->group_type &&
		    group->type != GROUP_UNKNOWN)
			return;
		if (group->state != LEDGER_GONE)
			group->gone_ms = record->timestamp_ms;
		group->type = decoded->group_type;
		count_hidden(ledger, group, group->state, LEDGER_GONE);
		group->state = LEDGER_GONE;
		if (decoded->group_type == GROUP_CLASSIC)
			drop_classic_members(group);
		return;
	}
	group->gone_ms = -1;
	group->record_ms = record->timestamp_ms;
	group->record_offset = record->offset;
	group->type = decoded->group_type;
	count_hidden(ledger, group, group->state, state);
	group->state = state;
	group->state_ms = -1;
	if (verdict != OFFSETS_RECORD_GOOD)
		return;
	group->epoch = decoded->epoch;
	if (decoded->group_type != GROUP_CLASSIC)
		return;
	group->protocol_type = word(ledger, decoded->protocol_type);
	group->state_ms = decoded->state_ms;
	set_classic_members(ledger, group, decoded);
}

static void
take_member(struct ledger *ledger, struct ledger_group *group,
    struct ledger_member *member, const struct log_record *record,
    const struct offsets_record *decoded, enum offsets_record_verdict verdict)
{
	static const struct offsets_member unreadable = {
		.may_have_more = true,
	};

	if (record->timestamp_ms > ledger->until_ms)
		return;
	group->member_count -= member->live;
	member->live = false;
	arena_release(&member->arena);
	if (decoded->is_tombstone)
		return;
	/* Known by its key alone, it is a member all the same. */
	set_member(ledger, &member->arena, member,
	    verdict == OFFSETS_RECORD_GOOD && decoded->member_count > 0
		? &decoded->members[0]
		: &unreadable);
	group->member_count++;
}

static void
take_sources(struct ledger *ledger, struct ledger_group *group,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict)
{
	if (record->timestamp_ms > ledger->until_ms)
		return;
	arena_release(&group->source_arena);
	group->source_count = 0;
	group->has_sources =
	    !decoded->is_tombstone && verdict == OFFSETS_RECORD_GOOD;
	if (!group->has_sources)
		return;
	group->sources = copy_words(ledger, &group->source_arena,
	    decoded->topics, decoded->topic_count);
	group->source_count = decoded->topic_count;
	group->sources_may_have_more = decoded->may_have_more;
}

/* --- a record ---------------------------------------------------------- */

static void
take_stray(struct ledger *ledger, struct ledger_group *group,
    const struct log_record *record)
{
	ledger->counts.stray_count++;
	if (record->value.data != NULL &&
	    group->stray_ms < record->timestamp_ms)
		group->stray_ms = record->timestamp_ms;
}

/* Take what could be decoded; true when its key has occurred before. */
static bool
take_decoded(struct ledger *ledger, const struct log_record *record,
    const struct offsets_record *decoded, enum offsets_record_verdict verdict)
{
	struct ledger_group *group =
	    find_group(ledger, decoded->group, record->partition);
	struct ledger_member *member;
	const uint32_t type = UINT32_C(1) << decoded->type;
	struct ledger_spot *spot;
	bool known = false;

	if (group->partition != record->partition &&
	    ledger->topic_partitions > 0) {
		take_stray(ledger, group, record);
		return false;
	}
	if (group->home_ms < record->timestamp_ms)
		group->home_ms = record->timestamp_ms;
	switch (decoded->kind) {
	case OFFSETS_RECORD_COMMIT:
		spot = find_spot(ledger, group, decoded->commit.topic,
		    decoded->commit.partition);
		known = (spot->key_types & type) != 0;
		spot->key_types |= (uint8_t)type;
		take_commit(ledger, spot, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_GROUP:
		known = (group->key_types & type) != 0;
		group->key_types |= type;
		take_group(ledger, group, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_MEMBER:
		member = find_member(ledger, group, record->key, &known);
		take_member(ledger, group, member, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_SOURCES:
		take_sources(ledger, group, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_OTHER:
	case OFFSETS_RECORD_UNKNOWN:
	default:
		break;
	}
	return known;
}

void
ledger_take(void *context, const struct log_record *record)
{
	struct ledger *ledger = context;
	struct offsets_record decoded;
	const enum offsets_record_verdict verdict = offsetsrecord_decode(
	    record->key, record->value, &ledger->scratch, &decoded);
	bool known = false;

	ledger->counts.record_count++;
	ledger->counts.tombstone_count += record->value.data == NULL;
	ledger->counts.late_count += record->timestamp_ms > ledger->until_ms;
	if (verdict != OFFSETS_RECORD_GOOD)
		note_oddity(ledger, record, &decoded, verdict);
	if (verdict != OFFSETS_RECORD_UNKNOWN_TYPE &&
	    verdict != OFFSETS_RECORD_BROKEN_KEY)
		known = take_decoded(ledger, record, &decoded, verdict);
	note_place(ledger, record, known);
	if (ledger->scratch.blocks != NULL)
		arena_release(&ledger->scratch);
}

/* --- the result -------------------------------------------------------- */

static int
compare_groups(const void *left, const void *right)
{
	const struct ledger_group *const *a = left;
	const struct ledger_group *const *b = right;

	return bytes_compare((*a)->name, (*b)->name);
}

static void
mark_bounds(const struct ledger *ledger, struct ledger_group *group)
{
	const struct ledger_partition *partition =
	    &ledger->partitions[group->partition];

	for (struct ledger_spot *spot = group->spots; spot != NULL;
	     spot = spot->next)
		spot->is_bound = spot->state == LEDGER_UNSEEN &&
		    spot->value.record_offset >= 0 &&
		    spot->value.record_offset < partition->exact_offset;
}

void
ledger_finish(struct ledger *ledger)
{
	const struct nametable *table = &ledger->groups;

	ledger->list = xreallocarray(
	    ledger->list, table->count + 1, sizeof(*ledger->list));
	ledger->group_count = 0;
	for (size_t at = 0; at < table->capacity; at++) {
		if (table->slots[at] == NULL)
			continue;
		ledger->list[ledger->group_count++] = table->slots[at]->value;
		if (ledger->until_ms < INT64_MAX)
			mark_bounds(ledger, table->slots[at]->value);
	}
	qsort(ledger->list, ledger->group_count, sizeof(*ledger->list),
	    compare_groups);
}

struct ledger_group *
ledger_find(const struct ledger *ledger, struct bytes name)
{
	const struct nametable_entry *entry =
	    nametable_find(&ledger->groups, name);

	return entry == NULL ? NULL : entry->value;
}

struct ledger_spot *
ledger_find_spot(const struct ledger *ledger, const struct ledger_group *group,
    struct bytes topic, int32_t partition)
{
	const struct nametable_entry *entry =
	    nametable_find(&ledger->words, topic);

	if (entry == NULL || ledger->spot_capacity == 0)
		return NULL;
	return *slot_of(ledger, group, entry->name.data, partition);
}

bool
ledger_group_is_empty(const struct ledger_group *group)
{
	return group->type == GROUP_CLASSIC ? group->classic_count == 0
					    : group->member_count == 0;
}

const struct ledger_member *
ledger_group_members(const struct ledger_group *group)
{
	return group->type == GROUP_CLASSIC ? group->classic : group->members;
}

bool
ledger_group_is_doubtful(const struct ledger_group *group)
{
	return group->stray_ms >= 0 && group->stray_ms >= group->home_ms;
}

bool
ledger_group_is_simple(const struct ledger_group *group)
{
	if (group->state == LEDGER_UNREADABLE)
		return false;
	return group->state != LEDGER_LIVE ||
	    (group->type == GROUP_CLASSIC && group->protocol_type.size == 0);
}

static void
release_group(const struct ledger *ledger, struct ledger_group *group)
{
	for (struct ledger_spot *spot = group->spots;
	     ledger->has_metadata && spot != NULL; spot = spot->next)
		free(spot->value.metadata);
	for (struct ledger_member *member = group->members; member != NULL;
	     member = member->next)
		arena_release(&member->arena);
	arena_release(&group->arena);
	arena_release(&group->source_arena);
}

void
ledger_release(struct ledger *ledger)
{
	for (size_t at = 0; at < ledger->groups.capacity; at++)
		if (ledger->groups.slots[at] != NULL)
			release_group(ledger, ledger->groups.slots[at]->value);
	nametable_release(&ledger->groups);
	nametable_release(&ledger->members);
	free(ledger->spots);
	nametable_release(&ledger->words);
	free(ledger->partitions);
	free(ledger->list);
	arena_release(&ledger->scratch);
	arena_release(&ledger->arena);
	memset(ledger, 0, sizeof(*ledger));
}
