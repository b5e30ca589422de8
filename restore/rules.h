/*
 * rules.h - the decision about one position by what captures say of it: design
 * section 5, row by row.  Pure.
 */
#ifndef RESTORE_RULES_H
#define RESTORE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "restore/placing.h"

struct bracket;
struct bracket_group;
struct brackets;
struct plan_row;

struct rules_input {
	const struct brackets *brackets;
	const struct bracket_group *group;
	const struct bracket *bracket; /* NULL: no capture held a position */
	struct placing placing;
	int64_t now_ms; /* of the target's reading */
};

/*
 * Fill in a row that has its topic and partition: now, planned, bracket,
 * action, rule, counts and text.  The text lives in the arena of placing;
 * metadata is borrowed from the input.
 */
void rules_decide(const struct rules_input *input, struct plan_row *row);

#endif /* RESTORE_RULES_H */
