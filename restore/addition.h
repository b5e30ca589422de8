/*
 * addition.h - one snapshot while brackets.c takes from it what it tells.
 */
#ifndef RESTORE_ADDITION_H
#define RESTORE_ADDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/holelist.h"

struct brackets;
struct group;
struct seen;
struct snapshot;

struct addition {
	const struct snapshot *snapshot; /* borrowed */
	struct seen *seen;               /* in the brackets' arena */
	struct hole_index holes;         /* at positions */
};

/* Begin: what is kept of the snapshot is added to the brackets' seen.  low
 * tells whether it is asked for lower ends. */
int addition_init(struct addition *addition, struct brackets *brackets,
    const struct snapshot *snapshot, bool low, struct err *err) MUST_CHECK;
void addition_release(struct addition *addition);

/* Whether the snapshot read this group; group is NULL where it was not there,
 * time_ms when its read (or the whole capture) had ended. */
bool addition_covers(const struct addition *addition, struct bytes name,
    const struct group **group, int64_t *time_ms) MUST_CHECK;

/* The holes at positions of one group. */
struct hole_list addition_holes_of(
    const struct addition *addition, struct bytes group);
bool addition_is_hole(
    struct hole_list list, struct bytes topic, int32_t partition);

#endif /* RESTORE_ADDITION_H */
