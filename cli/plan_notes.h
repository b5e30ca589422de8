/*
 * plan_notes.h - what is said once of many groups, below a plan.
 */
#ifndef CLI_PLAN_NOTES_H
#define CLI_PLAN_NOTES_H

struct output;
struct plan;

/* What to know about kinds of groups: a line for each kind. */
void plan_notes_kinds(const struct plan *plan, struct output *out);

#endif /* CLI_PLAN_NOTES_H */
