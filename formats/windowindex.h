/*
 * windowindex.h - at which capture of a window its time index was asked last:
 * what the index covers ends there, and who goes on with it needs the log ends
 * of that moment.
 */
#ifndef FORMATS_WINDOWINDEX_H
#define FORMATS_WINDOWINDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "formats/model.h"
#include "formats/window.h"

/* The last capture that had begun by then; it is that very one unless the
 * window was thinned.  False: there is no index. */
bool windowindex_number(
    const struct snapshot_info *info, size_t *number) MUST_CHECK;

/* Choose that capture; false where there is no index, or info is of it. */
bool windowindex_choice(
    const struct snapshot_info *info, struct capture_choice *out) MUST_CHECK;

#endif /* FORMATS_WINDOWINDEX_H */
