/*
 * manifestsource.h - the part of MANIFEST.json that says where the positions
 * are from.  Nothing of it is there for what the API told.
 */
#ifndef FORMATS_MANIFESTSOURCE_H
#define FORMATS_MANIFESTSOURCE_H

#include <jansson.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* Append whole lines of the manifest. */
void manifestsource_add(const struct snapshot_info *info, struct buf *out);

/* Fill in what they say; a source that this reader does not know is
 * ERR_UNSUPPORTED. */
int manifestsource_get(
    const json_t *root, struct snapshot_info *info, struct err *err) MUST_CHECK;

#endif /* FORMATS_MANIFESTSOURCE_H */
