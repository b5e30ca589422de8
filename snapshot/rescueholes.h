/*
 * rescueholes.h - the holes of a rescue snapshot, each with what is known of
 * it; for rescuebuild.c only.
 */
#ifndef SNAPSHOT_RESCUEHOLES_H
#define SNAPSHOT_RESCUEHOLES_H

#include <stddef.h>
#include <stdint.h>

#include "formats/model.h"
#include "snapshot/ledger.h"

struct rescue_gap;

struct rescue_holes {
	const struct ledger *ledger;
	struct snapshot *out; /* to whose list they are added, on the heap */
	size_t capacity;
};

/* Of positions: only a bound is known; the last record cannot be decoded; what
 * it held is compacted away; it stood on an earlier topic of the name. */
void rescueholes_bound(
    struct rescue_holes *holes, const struct ledger_spot *spot);
void rescueholes_unreadable(
    struct rescue_holes *holes, const struct ledger_spot *spot);
void rescueholes_compacted(
    struct rescue_holes *holes, const struct ledger_spot *spot);
void rescueholes_elsewhere(
    struct rescue_holes *holes, const struct ledger_spot *spot);

/* Of a group: what it had is in other partitions of the offsets topic. */
void rescueholes_stray(
    struct rescue_holes *holes, const struct ledger_group *group);

/* Of offsets partitions: not read; not exact as far back as the time; a record
 * of which not even the group is known, or so many more of them. */
void rescueholes_gap(struct rescue_holes *holes, const struct rescue_gap *gap);
void rescueholes_history(struct rescue_holes *holes, int32_t partition);
void rescueholes_broken_key(
    struct rescue_holes *holes, const struct ledger_oddity *oddity);
void rescueholes_broken_keys(
    struct rescue_holes *holes, int32_t partition, size_t count);

/* All have been added: they move into the snapshot's arena. */
void rescueholes_settle(struct rescue_holes *holes);

#endif /* SNAPSHOT_RESCUEHOLES_H */
