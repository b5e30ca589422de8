/*
 * snapshot_text.h - parts of a snapshot for people and as JSON, shared by the
 * commands that print them.
 */
#ifndef CLI_SNAPSHOT_TEXT_H
#define CLI_SNAPSHOT_TEXT_H

#include <jansson.h>

#include "formats/model.h"

struct output;

json_t *snapshot_json_info(const struct snapshot_info *info);
json_t *snapshot_json_hole(const struct hole *hole);
json_t *snapshot_json_gone(const struct gone *gone);

/* Add log_start, log_end and lag of a partition, where they are known. */
void snapshot_json_range(const struct snapshot *snapshot, struct bytes topic,
    int32_t partition, json_t *object);

/* Where the positions are from, in the form of show's header; nothing for what
 * the API told. */
void snapshot_print_source(
    const struct snapshot_info *info, struct output *out);

/* Every hole, a line each, with what it may hide; nothing without holes. */
void snapshot_print_holes(const struct snapshot *snapshot, struct output *out);

/* What the previous snapshot had and this one has not. */
void snapshot_print_gone(const struct snapshot *snapshot, struct output *out);

#endif /* CLI_SNAPSHOT_TEXT_H */
