/*
 * manifestwindow.h - the part of MANIFEST.json that says which captures there
 * are.
 */
#ifndef FORMATS_MANIFESTWINDOW_H
#define FORMATS_MANIFESTWINDOW_H

#include <jansson.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* Append the line of the captures. */
void manifestwindow_add(const struct snapshot_window *window, struct buf *out);

/* Append to the counts those of a window of several captures. */
void manifestwindow_add_counts(
    const struct snapshot_window *window, struct buf *out);

int manifestwindow_get(const json_t *root, struct arena *arena,
    struct snapshot_window *window, struct err *err) MUST_CHECK;

/* The counts of info are there already: of one capture alone they are also
 * those of the window. */
int manifestwindow_get_counts(const json_t *counts, struct snapshot_info *info,
    struct err *err) MUST_CHECK;

/* Let info be of the last capture, whose holes and completeness the manifest
 * tells. */
void manifestwindow_finish(struct snapshot_info *info);

#endif /* FORMATS_MANIFESTWINDOW_H */
