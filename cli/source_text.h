/*
 * source_text.h - what a capture tells of its source: which one and why, what
 * could not be decoded, and where two sources differ.
 */
#ifndef CLI_SOURCE_TEXT_H
#define CLI_SOURCE_TEXT_H

#include <jansson.h>

#include "snapshot/capture.h"
#include "snapshot/source.h"

struct output;

void source_print(const struct snapshot_info *info,
    const struct source_choice *choice, const struct source_report *report,
    struct output *out);

/* Add source_reason, oddities and differences; the counts are in the info. */
void source_json_add(const struct source_choice *choice,
    const struct source_report *report, json_t *result);

#endif /* CLI_SOURCE_TEXT_H */
