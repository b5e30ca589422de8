/*
 * seekproof.h - what the consumers of a restored group will get first.  A
 * throwaway consumer that joins no group begins at each restored position and
 * reads one record.
 *
 * The proof judges nothing that was done: a position that was read back is
 * right, whatever comes next in its log.  A control marker, an aborted run and
 * a compacted gap are places where a position may stand; and what cannot be
 * read (no READ on the topic, a leader that is away) is "not proved", with the
 * reason.  So there is no error here, and no exit status.
 *
 * A plan that answers log-time promises more: the record at the position is
 * not older than the time, and the one before it is.  Kafka's lookup goes by
 * offset, so this holds also where timestamps stand out of order.  What
 * contradicts it is a warning with its numbers: the log has changed since the
 * lookup, or a record out of order took the place of one that is gone.
 */
#ifndef RESTORE_SEEKPROOF_H
#define RESTORE_SEEKPROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "kafka/cluster.h"
#include "restore/apply.h"

struct plan;
struct plan_row;
struct reach;

/* More positions than this are not proved. */
#define SEEKPROOF_MAX 1000

enum proof_kind {
	PROOF_NONE,     /* not asked: it was not restored */
	PROOF_RECORD,   /* a record stands at the position */
	PROOF_GAP,      /* none there, the next is a later one */
	PROOF_END,      /* the log has none from there on */
	PROOF_HELD,     /* an open transaction holds up what comes next */
	PROOF_UNPROVED, /* it could not be read */
	PROOF_KIND_COUNT,
};

struct proof_row {
	enum proof_kind kind;
	int64_t offset;      /* of the record, or where reading ended */
	int64_t timestamp;   /* of the record, -1: none */
	const char *reason;  /* of unproved, else "" */
	const char *warning; /* what contradicts the plan's time, "" */
};

struct proof_group {
	struct proof_row *rows; /* as the plan's */
	size_t row_count;
};

struct seekproof {
	struct arena arena;
	struct proof_group *groups; /* as the plan's */
	size_t group_count;
	size_t restored; /* positions there are to be proved */
	bool too_many;   /* more than SEEKPROOF_MAX: none was */
	size_t counts[PROOF_KIND_COUNT];
	size_t warnings;
};

/* What one place in a log answered. */
struct proof_found {
	bool answered;
	int error;
	enum peek_kind kind;
	int64_t offset;
	int64_t timestamp;
};

/*
 * Judge one position from what was found at it and, of a plan that answers
 * log-time, from its place before (else NULL).  Pure; texts are of arena.
 */
void seekproof_judge(struct arena *arena, const struct plan *plan,
    const struct plan_row *row, const struct proof_found *next,
    const struct proof_found *before, struct proof_row *out);

/* Prove the positions that are done.  Takes copies. */
void seekproof_run(const struct reach *reach, const struct plan *plan,
    const struct apply_result *result, struct seekproof *out);
void seekproof_release(struct seekproof *proof);

/* "record", "gap", ... */
const char *proof_kind_text(enum proof_kind kind);

#endif /* RESTORE_SEEKPROOF_H */
