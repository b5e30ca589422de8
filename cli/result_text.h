/*
 * result_text.h - what became of a plan, for people and as JSON.
 */
#ifndef CLI_RESULT_TEXT_H
#define CLI_RESULT_TEXT_H

#include "restore/apply.h"
#include "restore/plan.h"

struct output;
struct seekproof;

/* What did not end as planned, row by row, and the totals. */
void result_text_print(const struct plan *plan,
    const struct apply_result *result, struct output *out);

/* A line for each row, then one with the totals.  proof may be NULL. */
void result_text_json(const struct plan *plan,
    const struct apply_result *result, const struct seekproof *proof,
    struct output *out);

#endif /* CLI_RESULT_TEXT_H */
