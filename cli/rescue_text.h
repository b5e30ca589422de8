/*
 * rescue_text.h - what a rescue says: how far back history is exact, the
 * snapshot that was made, and the lines to paste.
 */
#ifndef CLI_RESCUE_TEXT_H
#define CLI_RESCUE_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/rescue_read.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "storage/repo.h"

struct context;
struct output;
struct selector;

struct rescue_result {
	const struct rescue_reading *reading;
	const struct snapshot *snapshot;
	bool is_stored;
	struct snapshot_key key;
};

/* People and JSON, as the options say. */
void rescue_text_snapshot(
    struct context *context, const struct rescue_result *result);

/* How far back each offsets partition tells everything: a line or two, with
 * --verbose one for each; and as JSON into object. */
void rescue_text_exactness(
    struct context *context, const struct rescue_reading *reading);
void rescue_json_exactness(
    const struct rescue_reading *reading, json_t *object);

/* From when on every record is there that could tell of the groups asked for:
 * 0, from the beginning. */
int64_t rescue_text_exact_ms(
    const struct rescue_reading *reading, const struct selector *selector);

/* Warn of each group that was asked for by its exact name and that no record
 * names; how many. */
size_t rescue_text_missing(struct context *context,
    const struct rescue_reading *reading, const struct selector *selector);

/* Add "tidemark rescue snapshot ... --at T" (or without --at). */
void rescue_text_add_snapshot(
    const struct context *context, int64_t at_ms, struct buf *out);

/* Add "tidemark list ..." of the snapshots. */
void rescue_text_add_list(const struct context *context, struct buf *out);

/* Add "tidemark restore ... --at ID"; groups stand behind it. */
void rescue_text_add_restore(
    const struct context *context, const char *id, struct buf *out);

/* Add " --group NAME"; false, and nothing added, for a name that no command
 * line can hold. */
bool rescue_text_add_group(struct buf *out, struct bytes group);

/* Add " --topic NAME:0,1" for each topic of these, which are in order. */
void rescue_text_add_topics(struct buf *out,
    const struct rescue_finding *const *findings, size_t count);

#endif /* CLI_RESCUE_TEXT_H */
