/*
 * ledgerindex.c - what a ledger meets for the first time, and finds again.
 */
#include <stdlib.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "snapshot/ledgerparts.h"

/* Slots for positions, at first and at most before they are needed. */
#define FIRST_CAPACITY 64
#define RESERVE_MAX ((size_t)1 << 18)

struct bytes
ledger_word(struct ledger *ledger, struct bytes text)
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

struct ledger_partition *
ledger_partition_of(struct ledger *ledger, int32_t number)
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
	(void)ledger_partition_of(ledger, group->partition);
	group->state_ms = -1;
	group->record_ms = -1;
	group->record_offset = -1;
	group->gone_ms = -1;
	group->first_ms = INT64_MAX;
	group->home_ms = -1;
	group->stray_ms = -1;
	return group;
}

struct ledger_group *
ledger_add_group(struct ledger *ledger, struct bytes name, int32_t partition)
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

struct ledger_spot *
ledger_add_spot(struct ledger *ledger, struct ledger_group *group,
    struct bytes topic, int32_t partition)
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

struct ledger_member *
ledger_add_member(struct ledger *ledger, struct ledger_group *group,
    struct bytes key, bool *known)
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
