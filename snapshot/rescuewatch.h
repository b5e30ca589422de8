/*
 * rescuewatch.h - what to look out for while records go into a ledger:
 * positions that were overwritten, and every commit of some groups.
 *
 * A record and the one of its key before it in the log followed each other in
 * truth: the cleaner that removes one removes all older ones of its key.  So
 * what is told here happened; what the cleaner has removed is not told.
 *
 * Suspicious is (as in restore/diff.h) a smaller number than before; a move
 * forward by a commit without the leader epoch that the one before had, or
 * where neither has one and nobody was in the group (simple groups left out);
 * and another number than before the position was removed.  Of each position
 * the last such move is kept, until a commit of the number from before it
 * shows that it was put right.
 */
#ifndef SNAPSHOT_RESCUEWATCH_H
#define SNAPSHOT_RESCUEWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "snapshot/ledger.h"
#include "snapshot/nametable.h"

struct selector;

enum rescue_move_kind {
	RESCUE_MOVE_NONE,
	RESCUE_MOVE_BACK,     /* to a smaller number */
	RESCUE_MOVE_NO_EPOCH, /* forward, without the leader epoch it had */
	RESCUE_MOVE_NOBODY,   /* forward, and nobody was in the group */
	RESCUE_MOVE_ANEW,     /* it was removed, and began elsewhere */
};

struct rescue_move {
	const struct ledger_spot *spot;
	enum rescue_move_kind kind;
	int64_t record_offset;
	int64_t move_ms; /* when that was */
	int64_t gone_ms; /* when it was removed before, -1 */
	int64_t to_offset;
	/* What it held before. */
	int64_t from_offset;
	int32_t from_epoch;
	int64_t from_ms;              /* when that was committed */
	const uint8_t *from_topic_id; /* NULL: not said */
};

/* A commit, or the removal of a position, of a group asked for. */
struct rescue_commit {
	const struct ledger_spot *spot;
	int64_t record_offset;
	int64_t record_ms;
	bool is_tombstone;
	bool is_unreadable;
	int64_t offset; /* -1 of what is neither */
	int32_t epoch;
	int64_t commit_ms;
	struct bytes metadata;
};

struct rescue_watch {
	struct arena arena;
	struct nametable moves;         /* by the address of the spot */
	const struct selector *history; /* whose commits; NULL: nobody's */
	struct rescue_commit *commits;  /* in the order of the log */
	size_t commit_count;
	size_t commit_capacity;
};

/* The seed is random (nametable.h); history is borrowed. */
void rescuewatch_init(
    struct rescue_watch *watch, uint64_t seed, const struct selector *history);
void rescuewatch_release(struct rescue_watch *watch);

/* A ledger_change_fn; context is the watch.  Not to be moved from here on. */
void rescuewatch_change(void *context, const struct ledger_spot *before,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict);

/* The move of a position that still stands, or NULL. */
const struct rescue_move *rescuewatch_move(
    const struct rescue_watch *watch, const struct ledger_spot *spot);

/* Order commits by group, and within it as in the log. */
void rescuewatch_sort(struct rescue_watch *watch);

#endif /* SNAPSHOT_RESCUEWATCH_H */
