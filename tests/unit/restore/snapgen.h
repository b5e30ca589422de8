/*
 * snapgen.h - small snapshots, written down in a few lines.
 */
#ifndef RESTORE_SNAPGEN_H
#define RESTORE_SNAPGEN_H

#include <stdint.h>

#include "formats/model.h"

#define SNAPGEN_MAX 32 /* of anything in it */

/* A complete one of the whole cluster. */
void snapgen_begin(
    struct snapshot *snapshot, const char *id, int64_t from_ms, int64_t to_ms);
/* The group's read ends at end_ms. */
struct group *snapgen_group(
    struct snapshot *snapshot, const char *name, int64_t end_ms);
/* Leader epoch 3, no metadata; returned to be changed. */
struct position *snapgen_position(struct snapshot *snapshot,
    struct group *group, const char *topic, int32_t partition, int64_t offset);
/* id 0: none.  Logs from 0 to 1000, leader epoch 5. */
struct topic *snapgen_topic(struct snapshot *snapshot, const char *name,
    int32_t partitions, uint8_t id);
/* group NULL: it names none.  topic NULL: no position. */
void snapgen_hole(struct snapshot *snapshot, enum hole_kind kind,
    const char *group, const char *topic, int32_t partition);
/* What it was selected by; NULL: everything. */
void snapgen_select(
    struct snapshot *snapshot, const char *group, const char *topic);
/* Sort and count. */
void snapgen_end(struct snapshot *snapshot);

#endif /* RESTORE_SNAPGEN_H */
