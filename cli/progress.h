/*
 * progress.h - a progress line on stderr, on a terminal only: nothing in a
 * pipe, nothing with --quiet.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;

struct progress {
	const struct env *env;
	bool enabled;
	bool shown; /* a line stands there and must be wiped */
	int64_t last_ms;
};

void progress_init(
    struct progress *progress, const struct env *env, bool quiet);

/* Matches capture_options.progress and its like; context is the progress. */
void progress_show(void *context, const char *phase, size_t done, size_t total);

/* Wipe the line, before anything else is written to the terminal. */
void progress_clear(struct progress *progress);

#endif /* CLI_PROGRESS_H */
