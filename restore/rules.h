/*
 * rules.h - the decision about one position: the strict column of design
 * section 5, row by row.  Pure.
 */
#ifndef RESTORE_RULES_H
#define RESTORE_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct bracket;
struct bracket_group;
struct brackets;
struct plan_row;
struct target_group;
struct target_topic;

struct rules_input {
	const struct brackets *brackets;
	const struct bracket_group *group;
	const struct bracket *bracket; /* NULL: no capture held a position */
	const struct target_group *target;
	const struct target_topic *topic;
	int64_t now_ms; /* of the target's reading */
};

/*
 * Fill in a row that has its topic and partition: now, planned, bracket,
 * action, rule, counts and text.  The text lives in the arena; metadata is
 * borrowed from the input.
 */
void rules_decide(
    const struct rules_input *input, struct arena *arena, struct plan_row *row);

#endif /* RESTORE_RULES_H */
