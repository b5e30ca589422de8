/*
 * ledgerparts.h - what the files of the ledger share; for them alone.
 */
#ifndef SNAPSHOT_LEDGERPARTS_H
#define SNAPSHOT_LEDGERPARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "snapshot/ledger.h"

/* The one copy of a text; no data stays no data. */
struct bytes ledger_word(struct ledger *ledger, struct bytes text);

/* Found, or added with nothing known. */
struct ledger_partition *ledger_partition_of(
    struct ledger *ledger, int32_t number) RETURNS_NONNULL;
struct ledger_group *ledger_add_group(struct ledger *ledger, struct bytes name,
    int32_t partition) RETURNS_NONNULL;
struct ledger_spot *ledger_add_spot(struct ledger *ledger,
    struct ledger_group *group, struct bytes topic,
    int32_t partition) RETURNS_NONNULL;
/* By its raw key; known tells whether there was one already. */
struct ledger_member *ledger_add_member(struct ledger *ledger,
    struct ledger_group *group, struct bytes key, bool *known) RETURNS_NONNULL;

/* How many of a partition's groups and positions cannot be read, as one passes
 * from a state to another. */
void ledger_count_hidden(struct ledger *ledger,
    const struct ledger_group *group, enum ledger_state from,
    enum ledger_state to);

/* A record of a group, of a member, of what a streams group reads. */
void ledger_take_group(struct ledger *ledger, struct ledger_group *group,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict);
void ledger_take_member(struct ledger *ledger, struct ledger_group *group,
    struct ledger_member *member, const struct log_record *record,
    const struct offsets_record *decoded, enum offsets_record_verdict verdict);
void ledger_take_sources(struct ledger *ledger, struct ledger_group *group,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict);

#endif /* SNAPSHOT_LEDGERPARTS_H */
