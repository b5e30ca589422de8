#include "snapshot/rescuewatch.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/selector.h"

void
rescuewatch_init(
    struct rescue_watch *watch, uint64_t seed, const struct selector *history)
{
	*watch = (struct rescue_watch){ .history = history };
	nametable_init(&watch->moves, &watch->arena, seed);
}

void
rescuewatch_release(struct rescue_watch *watch)
{
	nametable_release(&watch->moves);
	free(watch->commits);
	arena_release(&watch->arena);
	*watch = (struct rescue_watch){ 0 };
}

/* Spots stay where they are, so their addresses stand for them. */
static struct bytes
name_of(const struct ledger_spot *const *spot)
{
	return (struct bytes){ (const char *)spot, sizeof(*spot) };
}

/* --- moves -------------------------------------------------------------- */

static bool
is_deserted(const struct ledger_group *group)
{
	return group->state == LEDGER_LIVE && !ledger_group_is_simple(group) &&
	    ledger_group_is_empty(group);
}

/* The numbers of two topics of one name say nothing of each other. */
static bool
is_another_topic(
    const struct ledger_value *was, const struct offsets_commit *commit)
{
	return was->topic_id != NULL && commit->has_topic_id &&
	    memcmp(was->topic_id, commit->topic_id, UUID_SIZE) != 0;
}

static enum rescue_move_kind
judge(const struct ledger_spot *before, const struct offsets_commit *commit)
{
	const struct ledger_value *was = &before->value;

	if (was->record_offset < 0 || was->offset == commit->offset ||
	    is_another_topic(was, commit))
		return RESCUE_MOVE_NONE;
	if (before->state == LEDGER_GONE)
		return RESCUE_MOVE_ANEW;
	if (before->state != LEDGER_LIVE)
		return RESCUE_MOVE_NONE;
	if (commit->offset < was->offset)
		return RESCUE_MOVE_BACK;
	if (commit->epoch >= 0)
		return RESCUE_MOVE_NONE;
	if (was->epoch >= 0)
		return RESCUE_MOVE_NO_EPOCH;
	return is_deserted(before->group) ? RESCUE_MOVE_NOBODY
					  : RESCUE_MOVE_NONE;
}

static void
note_move(struct rescue_watch *watch, const struct ledger_spot *before,
    const struct log_record *record, const struct offsets_commit *commit)
{
	const struct bytes name = name_of(&before);
	const enum rescue_move_kind kind = judge(before, commit);
	struct nametable_entry *entry = nametable_find(&watch->moves, name);
	struct rescue_move *move = entry == NULL ? NULL : entry->value;

	if (move != NULL && move->kind != RESCUE_MOVE_NONE &&
	    move->from_offset == commit->offset) {
		move->kind = RESCUE_MOVE_NONE;
		return;
	}
	if (kind == RESCUE_MOVE_NONE)
		return;
	if (move == NULL) {
		move = arena_alloc(&watch->arena, 1, sizeof(*move));
		nametable_add(&watch->moves, name)->value = move;
	}
	*move = (struct rescue_move){
		.spot = before,
		.kind = kind,
		.record_offset = record->offset,
		.move_ms = record->timestamp_ms,
		.gone_ms = kind == RESCUE_MOVE_ANEW ? before->gone_ms : -1,
		.to_offset = commit->offset,
		.from_offset = before->value.offset,
		.from_epoch = before->value.epoch,
		.from_ms = before->value.commit_ms,
		.from_topic_id = before->value.topic_id,
	};
}

const struct rescue_move *
rescuewatch_move(
    const struct rescue_watch *watch, const struct ledger_spot *spot)
{
	const struct nametable_entry *entry =
	    nametable_find(&watch->moves, name_of(&spot));
	const struct rescue_move *move = entry == NULL ? NULL : entry->value;

	return move == NULL || move->kind == RESCUE_MOVE_NONE ? NULL : move;
}

/* --- history ------------------------------------------------------------ */

static void
note_commit(struct rescue_watch *watch, const struct ledger_spot *before,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict)
{
	const bool is_value =
	    verdict == OFFSETS_RECORD_GOOD && !decoded->is_tombstone;

	watch->commits = xgrow(watch->commits, watch->commit_count,
	    &watch->commit_capacity, sizeof(*watch->commits));
	watch->commits[watch->commit_count++] = (struct rescue_commit){
		.spot = before,
		.record_offset = record->offset,
		.record_ms = record->timestamp_ms,
		.is_tombstone = decoded->is_tombstone,
		.is_unreadable = verdict != OFFSETS_RECORD_GOOD,
		.offset = is_value ? decoded->commit.offset : -1,
		.epoch = is_value ? decoded->commit.epoch : -1,
		.commit_ms = is_value ? decoded->commit.commit_ms : -1,
		.metadata =
		    arena_bytes(&watch->arena, decoded->commit.metadata),
	};
}

void
rescuewatch_change(void *context, const struct ledger_spot *before,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict)
{
	struct rescue_watch *watch = context;

	if (verdict == OFFSETS_RECORD_GOOD && !decoded->is_tombstone)
		note_move(watch, before, record, &decoded->commit);
	if (watch->history != NULL &&
	    selector_takes_group(watch->history, before->group->name) &&
	    selector_takes_topic(watch->history, before->topic))
		note_commit(watch, before, record, decoded, verdict);
}

static int
compare_commits(const void *left, const void *right)
{
	const struct rescue_commit *a = left, *b = right;
	const int order =
	    bytes_compare(a->spot->group->name, b->spot->group->name);

	if (order != 0)
		return order;
	return (a->record_offset > b->record_offset) -
	    (a->record_offset < b->record_offset);
}

void
rescuewatch_sort(struct rescue_watch *watch)
{
	if (watch->commit_count > 0)
		qsort(watch->commits, watch->commit_count,
		    sizeof(*watch->commits), compare_commits);
}
