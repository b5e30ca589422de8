/*
 * plan_text.h - a plan, for people and as JSON.
 */
#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H

#include <stdbool.h>

#include "restore/plan.h"

struct output;

/* The question it answers, a table of its rows (of a summary: of its groups),
 * worst first, notes, totals. */
void plan_text_print(const struct plan *plan, bool summary, struct output *out);

/* The plan's own form: plancodec.h. */
void plan_text_json(const struct plan *plan, struct output *out);

/* What --execute would do, after a plan that changed nothing. */
void plan_text_outlook(const struct plan *plan, struct output *out);

#define PLAN_TEXT_NUMBER_MAX 32

/* An offset, or "none". */
const char *plan_text_value(
    const struct plan_value *value, char out[PLAN_TEXT_NUMBER_MAX]);

#endif /* CLI_PLAN_TEXT_H */
