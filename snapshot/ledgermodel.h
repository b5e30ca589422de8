/*
 * ledgermodel.h - what the records say of a group and a position, in the
 * model's words (formats/model.h).
 */
#ifndef SNAPSHOT_LEDGERMODEL_H
#define SNAPSHOT_LEDGERMODEL_H

#include <stdint.h>

#include "formats/model.h"
#include "snapshot/ledger.h"

/* The last value there is a record of; metadata is borrowed.  Times that the
 * model cannot hold are not known. */
struct position ledgermodel_position(const struct ledger_spot *spot);

/* Of a group whose own record is there, and of a simple one, which has none.
 * What a record that cannot be decoded hides is GROUP_UNKNOWN, or NULL. */
enum group_type ledgermodel_type(const struct ledger_group *group);
const char *ledgermodel_protocol_type(const struct ledger_group *group);

/* What its last record said, also when that is removed; "" if it had none. */
const char *ledgermodel_last_protocol_type(const struct ledger_group *group);

/* Kafka's word for the state, as far as records tell; NULL: they do not. */
const char *ledgermodel_state(const struct ledger_group *group);

/* Since when it is in that state, -1: not known. */
int64_t ledgermodel_state_ms(const struct ledger_group *group);

#endif /* SNAPSHOT_LEDGERMODEL_H */
