/* The board between the loop and those who ask: see board.h. */
#include "snapshot/board.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/duration.h"
#include "common/env.h"
#include "common/xalloc.h"
#include "snapshot/metrics.h"

struct board {
	struct board_options options;
	pthread_mutex_t lock; /* of all below */
	struct metrics metrics;
	int64_t beat_ms; /* monotonic, as the next */
	int64_t captured_ms;
	bool has_capture; /* one was made, ever */
	bool capture_fails;
	bool repository_fails;
};

struct board *
board_new(const struct board_options *options)
{
	struct board *board = xcalloc(1, sizeof(*board));

	board->options = *options;
	if (pthread_mutex_init(&board->lock, NULL) != 0)
		xdie("no mutex");
	metrics_init(&board->metrics);
	board->beat_ms = env_monotonic_ms(options->env);
	return board;
}

void
board_free(struct board *board)
{
	if (board == NULL)
		return;
	metrics_release(&board->metrics);
	(void)pthread_mutex_destroy(&board->lock);
	free(board);
}

/* An error of these would be one of this file. */
static void
take(struct board *board)
{
	if (pthread_mutex_lock(&board->lock) != 0)
		xdie("a mutex is broken");
}

static void
give(struct board *board)
{
	if (pthread_mutex_unlock(&board->lock) != 0)
		xdie("a mutex is broken");
}

/* ------------------------------------------------------------- the loop */

void
board_beat(struct board *board)
{
	const int64_t now_ms = env_monotonic_ms(board->options.env);

	take(board);
	board->beat_ms = now_ms;
	give(board);
}

void
board_publish(struct board *board, const struct metrics *metrics)
{
	take(board);
	metrics_copy(metrics, &board->metrics);
	give(board);
}

void
board_captured(struct board *board, bool is_made)
{
	const int64_t now_ms = env_monotonic_ms(board->options.env);

	take(board);
	board->capture_fails = !is_made;
	if (is_made) {
		board->has_capture = true;
		board->captured_ms = now_ms;
	}
	give(board);
}

void
board_stored(struct board *board, bool is_done)
{
	take(board);
	board->repository_fails = !is_done;
	give(board);
}

/* -------------------------------------------------------- whoever asks */

void
board_metrics(struct board *board, struct buf *out)
{
	const struct board_options *options = &board->options;
	struct metrics metrics = { 0 };

	take(board);
	metrics_copy(&board->metrics, &metrics);
	give(board);
	metrics_render(&metrics, options->labels, options->label_count,
	    env_now_ms(options->env), out);
	metrics_release(&metrics);
}

bool
board_is_alive(struct board *board, struct buf *out)
{
	int64_t silent_ms;
	char silent[DURATION_TEXT_MAX];

	take(board);
	silent_ms = env_monotonic_ms(board->options.env) - board->beat_ms;
	give(board);
	if (silent_ms <= board->options.alive_ms) {
		buf_add_text(out, "alive\n");
		return true;
	}
	buf_add_format(out, "the loop has been silent for %s\n",
	    duration_format(silent_ms, silent));
	return false;
}

bool
board_is_ready(struct board *board, struct buf *out)
{
	const char *why = NULL;

	take(board);
	if (!board->has_capture)
		why = "no capture was made yet";
	else if (board->capture_fails)
		why = "the last capture failed";
	else if (board->repository_fails)
		why = "the repository did not do what it was asked last";
	else if (env_monotonic_ms(board->options.env) - board->captured_ms >
	    board->options.ready_ms)
		why = "the last capture is too old";
	give(board);
	buf_add_format(out, "%s\n", why != NULL ? why : "ready");
	return why == NULL;
}
