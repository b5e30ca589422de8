/*
 * ledgergroup.c - the records of groups and their members.
 */
#include <string.h>

#include "snapshot/ledgerparts.h"

void
ledger_count_hidden(struct ledger *ledger, const struct ledger_group *group,
    enum ledger_state from, enum ledger_state to)
{
	struct ledger_partition *partition =
	    ledger_partition_of(ledger, group->partition);

	partition->hidden_count += to == LEDGER_UNREADABLE;
	partition->hidden_count -= from == LEDGER_UNREADABLE;
}

static struct bytes *
copy_words(struct ledger *ledger, struct arena *arena,
    const struct bytes *texts, size_t count)
{
	struct bytes *copy = arena_alloc(arena, count, sizeof(*copy));

	for (size_t at = 0; at < count; at++)
		copy[at] = ledger_word(ledger, texts[at]);
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

void
ledger_take_group(struct ledger *ledger, struct ledger_group *group,
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
		ledger_count_hidden(ledger, group, group->state, LEDGER_GONE);
		group->state = LEDGER_GONE;
		if (decoded->group_type == GROUP_CLASSIC)
			drop_classic_members(group);
		return;
	}
	group->gone_ms = -1;
	group->record_ms = record->timestamp_ms;
	group->record_offset = record->offset;
	group->type = decoded->group_type;
	ledger_count_hidden(ledger, group, group->state, state);
	group->state = state;
	group->state_ms = -1;
	if (verdict != OFFSETS_RECORD_GOOD)
		return;
	group->epoch = decoded->epoch;
	if (decoded->group_type != GROUP_CLASSIC)
		return;
	group->protocol_type = ledger_word(ledger, decoded->protocol_type);
	group->state_ms = decoded->state_ms;
	set_classic_members(ledger, group, decoded);
}

void
ledger_take_member(struct ledger *ledger, struct ledger_group *group,
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

void
ledger_take_sources(struct ledger *ledger, struct ledger_group *group,
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
