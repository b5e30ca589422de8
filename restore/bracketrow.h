/*
 * bracketrow.h - the rows of a group's brackets, kept in order.
 */
#ifndef RESTORE_BRACKETROW_H
#define RESTORE_BRACKETROW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "restore/brackets.h"

/* What a capture says about a position; NULL: it was not there. */
struct sample bracketrow_sample(struct brackets *brackets,
    const struct position *position, const struct seen *seen, int64_t time_ms);

/* The row, made if it is not there; *made tells.  Valid until the next. */
struct bracket *bracketrow_at(struct brackets *brackets,
    struct bracket_group *group, struct bytes topic, int32_t partition,
    bool *made);

#endif /* RESTORE_BRACKETROW_H */
