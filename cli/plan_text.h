/*
 * plan_text.h - a plan, and what became of it, for people and as JSON.
 */
#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H

#include <stdbool.h>

#include "restore/apply.h"
#include "restore/plan.h"

struct output;
struct seekproof;

/* The question it answers, a table of its rows (of a summary: of its groups),
 * worst first, notes, totals. */
void plan_text_print(const struct plan *plan, bool summary, struct output *out);

/* The plan's own form: plancodec.h. */
void plan_text_json(const struct plan *plan, struct output *out);

/* What did not end as planned, row by row, and the totals. */
void plan_text_print_result(const struct plan *plan,
    const struct apply_result *result, struct output *out);

/* A line for each row, then one with the totals.  proof may be NULL. */
void plan_text_json_result(const struct plan *plan,
    const struct apply_result *result, const struct seekproof *proof,
    struct output *out);

#endif /* CLI_PLAN_TEXT_H */
