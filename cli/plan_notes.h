/*
 * plan_notes.h - what is said once of many groups, below a plan.
 */
#ifndef CLI_PLAN_NOTES_H
#define CLI_PLAN_NOTES_H

#include <stdbool.h>

struct apply_group;
struct apply_result;
struct output;
struct plan;
struct plan_group;

/* Whose positions groups and topics get that are not their own. */
void plan_notes_renames(const struct plan *plan, struct output *out);

/* What to know about kinds of groups: a line for each kind. */
void plan_notes_kinds(const struct plan *plan, struct output *out);

/* Until when positions live: of what would be written (result NULL), or of what
 * was; a line for each way in which Kafka counts. */
void plan_notes_expiry(const struct plan *plan,
    const struct apply_result *result, struct output *out);

/* Something was written that will expire at a time that can be told. */
bool plan_notes_has_end(const struct plan *plan, const struct plan_group *group,
    const struct apply_group *ended);

#endif /* CLI_PLAN_NOTES_H */
