/*
 * modeldump.h - everything that is in a snapshot as JSON, plainly and at
 * length: to compare two snapshots, and as the expected reading of golden
 * archives.
 */
#ifndef TESTS_MODELDUMP_H
#define TESTS_MODELDUMP_H

#include <jansson.h>

#include "formats/model.h"

/* The caller releases it with json_decref().  Names and metadata that are not
 * UTF-8 or hold NUL stand as {"hex": "..."}. */
json_t *modeldump_json(const struct snapshot *snapshot);

/* True if the dumps of both are equal. */
bool modeldump_equal(const struct snapshot *a, const struct snapshot *b);

#endif /* TESTS_MODELDUMP_H */
