/*
 * selection.h - what was asked for, in the form that is hashed: the same
 * question gives the same hash, whatever the order of the command line.
 */
#ifndef FORMATS_SELECTION_H
#define FORMATS_SELECTION_H

#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* Refuse (ERR_CORRUPT) lists that are not sorted or have doubles, and a hash
 * that is not theirs. */
int selection_check(
    const struct snapshot_info *info, struct err *err) MUST_CHECK;

#endif /* FORMATS_SELECTION_H */
