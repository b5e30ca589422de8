/*
 * placing.h - from a number that is wanted for a position to the row of a plan:
 * what the target allows there, and what the policy says where it does not.
 * Pure.  What finds the number is rules.h and direct.h.
 */
#ifndef RESTORE_PLACING_H
#define RESTORE_PLACING_H

#include <stdbool.h>
#include <stdint.h>

#include "restore/plan.h"

struct arena;
struct lookups;
struct policy;
struct target_group;
struct target_partition;
struct target_position;
struct target_topic;

struct placing {
	const struct policy *policy;
	struct lookups *lookups; /* asked for, and answered in a second go */
	const struct target_group *target;
	const struct target_topic *topic;
	struct arena *arena; /* of the row's texts */
};

void placing_decide(
    struct plan_row *row, enum plan_action action, enum plan_rule rule);

/* Name in the row's text the rule of the configuration that chose for this gap,
 * if one did. */
void placing_credit(
    const struct placing *placing, int gap, struct plan_row *row);

/* By the gap's choice, which is to refuse or to skip. */
void placing_leave_out(const struct placing *placing, int gap,
    enum plan_rule rule, struct plan_row *row);

/* Fill in the topic's id and where the group stands now; NULL: nowhere. */
const struct target_position *placing_begin(
    const struct placing *placing, struct plan_row *row);

/* A client takes a negative committed offset for none at all. */
bool placing_stands(const struct plan_value *value);

/* The rest ends where they return true (or NULL): the row is decided. */
bool placing_refuse_topic(const struct placing *placing, struct plan_row *row);
const struct target_partition *placing_log(
    const struct placing *placing, struct plan_row *row);
bool placing_refuse_now(const struct placing *placing,
    const struct target_position *now, struct plan_row *row);

/*
 * Contract 4: is the planned offset outside the log?  Then the policy decides;
 * time_ms is about when the number was right, for CHOICE_TIME; below 0: not
 * known, and the log end is taken, if going forward is allowed.
 */
struct placing_move;
bool placing_outside(const struct placing *placing,
    const struct target_partition *log, int64_t time_ms,
    const struct placing_move *asked, struct plan_row *row);

/* Put the log start or end there, as the gap's choice says, or leave it out. */
void placing_gap(const struct placing *placing, int gap, enum plan_rule rule,
    struct plan_row *row);

/* How a row that can be written is judged by its direction. */
struct placing_move {
	enum plan_rule rule;  /* of the row, RULE_NONE: by the direction */
	bool forward_allowed; /* by what was asked for, or shown */
	/* The number may lie past records that were not read, wherever the
	 * group stands now: judged as forward. */
	bool doubtful;
};
void placing_move(const struct placing *placing,
    const struct target_partition *log, const struct placing_move *move,
    struct plan_row *row);

#endif /* RESTORE_PLACING_H */
