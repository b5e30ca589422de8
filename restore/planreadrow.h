/*
 * planreadrow.h - the lines between the first and the last of a plan, for
 * planread.c only: see plancodec.h.  What they hold lives in the arena.
 */
#ifndef RESTORE_PLANREADROW_H
#define RESTORE_PLANREADROW_H

#include <jansson.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"

struct arena;
struct plan_group;
struct plan_row;

/* *rows: how many rows follow. */
int planread_group(json_t *object, struct arena *arena,
    struct plan_group *group, size_t *rows, struct err *err) MUST_CHECK;

int planread_row(json_t *object, struct arena *arena,
    const struct plan_group *group, struct plan_row *row,
    struct err *err) MUST_CHECK;

/* Texts are shown as they stand, so nothing in them may paint: what the escape
 * would change, other than doubling a backslash, was not written by us. */
int planread_plain(
    const char *key, const char *text, struct err *err) MUST_CHECK;

#endif /* RESTORE_PLANREADROW_H */
