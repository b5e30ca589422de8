/*
 * board.h - what the agent's loop tells, and others may read meanwhile: the
 * metrics, and whether it is alive and ready.  Every function locks; none holds
 * the lock while it waits for anything.
 */
#ifndef SNAPSHOT_BOARD_H
#define SNAPSHOT_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/promtext.h"

struct board;
struct buf;
struct env;
struct metrics;

struct board_options {
	const struct env *env; /* borrowed, as the labels */
	const struct promtext_label *labels;
	size_t label_count;
	int64_t alive_ms; /* so long may the loop be silent */
	int64_t ready_ms; /* so old may the last good capture be */
};

struct board *board_new(
    const struct board_options *options) MUST_CHECK RETURNS_NONNULL;
void board_free(struct board *board);

/* --- the loop ----------------------------------------------------------- */

/* It goes round. */
void board_beat(struct board *board);

/* Copy the metrics. */
void board_publish(struct board *board, const struct metrics *metrics);

/* A capture ended: it was made, or not. */
void board_captured(struct board *board, bool is_made);

/* What was asked of the repository last: it was done, or not. */
void board_stored(struct board *board, bool is_done);

/* --- whoever asks ------------------------------------------------------- */

/* In Prometheus' text format. */
void board_metrics(struct board *board, struct buf *out);

/* One line in either case: that it is, or why not. */
bool board_is_alive(struct board *board, struct buf *out);

/* Ready is: the last capture was made and is not too old, and the repository
 * did what it was asked last (nothing yet counts as done). */
bool board_is_ready(struct board *board, struct buf *out);

#endif /* SNAPSHOT_BOARD_H */
