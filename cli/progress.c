/* The progress line. */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "common/env.h"

#define REDRAW_MS 100
#define BAR_WIDTH 30

void
progress_init(struct progress *progress, const struct env *env, bool quiet)
{
	*progress = (struct progress){ 0 };
	progress->env = env;
	progress->enabled = !quiet && isatty(STDERR_FILENO) == 1;
}

void
progress_show(void *context, const char *phase, size_t done, size_t total)
{
	struct progress *progress = context;
	const int64_t now = env_monotonic_ms(progress->env);
	char bar[BAR_WIDTH + 1];

	if (!progress->enabled)
		return;
	if (progress->shown && now - progress->last_ms < REDRAW_MS &&
	    done < total)
		return;
	for (size_t at = 0; at < BAR_WIDTH; at++)
		bar[at] =
		    total > 0 && at * total < done * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	(void)fprintf(
	    stderr, "\r\033[K%-16s [%s] %zu/%zu", phase, bar, done, total);
	(void)fflush(stderr);
	progress->shown = true;
	progress->last_ms = now;
}

void
progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	progress->shown = false;
}
