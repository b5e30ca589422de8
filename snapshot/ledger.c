/*
 * ledger.c - see ledger.h.  Millions of records go through ledger_take: what is
 * done for each of them has to be little.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/ledgerparts.h"

void
ledger_init(struct ledger *ledger, uint64_t seed, int64_t until_ms)
{
	memset(ledger, 0, sizeof(*ledger));
	nametable_init(&ledger->groups, &ledger->arena, seed);
	nametable_init(&ledger->members, &ledger->arena, seed);
	nametable_init(&ledger->words, &ledger->arena, seed);
	ledger->until_ms = until_ms;
}

/* --- the history of a partition ---------------------------------------- */

static void
note_place(struct ledger *ledger, const struct log_record *record, bool known)
{
	struct ledger_partition *partition =
	    ledger_partition_of(ledger, record->partition);
	bool is_lost;

	if (partition->first_offset < 0) {
		partition->first_offset = record->offset;
		partition->first_ms = record->timestamp_ms;
	}
	if (!partition->repeated)
		partition->has_gap |= record->offset > partition->next_offset;
	is_lost = ledger->shows_loss && partition->repeated &&
	    record->offset > partition->next_offset;
	if (is_lost) {
		if (partition->lost_count == 0)
			partition->lost_offset = partition->next_offset;
		partition->lost_count +=
		    record->offset - partition->next_offset;
	}
	if (is_lost || (partition->has_gap && !partition->repeated)) {
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
	struct ledger_partition *place = ledger_partition_of(ledger, partition);

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
	if (verdict == OFFSETS_RECORD_BROKEN_KEY) {
		struct ledger_partition *partition =
		    ledger_partition_of(ledger, record->partition);

		partition->hidden_count++;
		partition->broken_key_count++;
	}
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
		value->topic_id = (const uint8_t *)ledger_word(ledger, id).data;
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

static void
set_spot_state(
    struct ledger *ledger, struct ledger_spot *spot, enum ledger_state state)
{
	struct ledger_group *group = spot->group;

	if (state != spot->state)
		ledger_count_hidden(ledger, group, spot->state, state);
	group->live_count += state == LEDGER_LIVE;
	group->live_count -= spot->state == LEDGER_LIVE;
	spot->state = (uint8_t)state;
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
	    ledger_add_group(ledger, decoded->group, record->partition);
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
	if (group->first_ms > record->timestamp_ms)
		group->first_ms = record->timestamp_ms;
	switch (decoded->kind) {
	case OFFSETS_RECORD_COMMIT:
		spot = ledger_add_spot(ledger, group, decoded->commit.topic,
		    decoded->commit.partition);
		known = (spot->key_types & type) != 0;
		spot->key_types |= (uint8_t)type;
		take_commit(ledger, spot, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_GROUP:
		known = (group->key_types & type) != 0;
		group->key_types |= type;
		ledger_take_group(ledger, group, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_MEMBER:
		member = ledger_add_member(ledger, group, record->key, &known);
		ledger_take_member(
		    ledger, group, member, record, decoded, verdict);
		break;
	case OFFSETS_RECORD_SOURCES:
		ledger_take_sources(ledger, group, record, decoded, verdict);
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
