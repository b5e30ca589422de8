/*
 * list_captures.h - list --captures: the moments that windows hold.
 */
#ifndef CLI_LIST_CAPTURES_H
#define CLI_LIST_CAPTURES_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"

struct context;
struct repo;
struct snapshot_keys;

/* Opens each of these snapshots and prints its captures, oldest first.  The
 * exit status tells of those that are damaged. */
int list_captures(struct context *context, struct repo *repo,
    const struct snapshot_keys *keys, struct err *err) MUST_CHECK;

/* The same of those around a time: the last that had ended by then, and the
 * first that had not.  keys are the snapshots around it, of each cluster the
 * earlier one first. */
int list_captures_around(struct context *context, struct repo *repo,
    const struct snapshot_keys *keys, int64_t at_ms,
    struct err *err) MUST_CHECK;

#endif /* CLI_LIST_CAPTURES_H */
