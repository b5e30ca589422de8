/*
 * agent.h - the loop: capture at each interval, keep windows, store them, and
 * tell how it goes.
 *
 * Promises: captures never overlap, and one that begins late is counted.  A
 * cluster or a repository that is away ends nothing: the former leaves a gap in
 * the captures and the latter fills memory, up to a limit.  What ends the loop
 * stores first what there is.
 */
#ifndef SNAPSHOT_AGENT_H
#define SNAPSHOT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/metrics.h"
#include "snapshot/sampler.h"
#include "snapshot/windowshelf.h"
#include "snapshot/windowstore.h"

struct board;

enum agent_wish {
	AGENT_GO_ON,
	AGENT_FLUSH,  /* store what there is; given once */
	AGENT_RELOAD, /* end as soon as that holds up nothing; given once */
	AGENT_STOP,
};

struct agent_options {
	struct sampler_options sampler;
	struct windowshelf *windows; /* outlives the run, as the next */
	struct metrics *metrics;     /* begun with metrics_init */
	struct windowshelf_options shelf;
	struct windowstore_options store;
	struct board *board;
	bool with_groups; /* metrics of each group */
	/* For how long positions are kept by the cluster, for these metrics; 0:
	 * not known (yet). */
	int64_t retention_ms;
	/* What storing at the end may take; store.env is interrupted when what
	 * is wished for has lasted so long. */
	int64_t stop_ms;
	/* Find what the first capture goes on from. */
	void (*load)(void *context, const struct sampler_identity *identity,
	    struct capture_before *out);
	/* Asked many times in a second. */
	enum agent_wish (*wish)(void *context);
	/* It goes round; words of how, for people. */
	void (*beat)(void *context, const char *words);
	void *context;
};

enum agent_end {
	AGENT_ENDED,
	/* What is not stored, for the repository is away, is still in windows:
	 * for the next run, which may have a better one. */
	AGENT_RELOADS,
	/* The thread that stores hangs, and still uses what it was given: end
	 * the process, and release nothing. */
	AGENT_HANGS,
};

/*
 * Run until it is wished otherwise: *end tells which.  Fails on what does not
 * pass (a wrong option, a right that is lacking from the first, another
 * cluster), and when captures could not be stored at the end.  That takes
 * little longer than stop_ms, whatever the repository does.
 */
int agent_run(const struct agent_options *options, enum agent_end *end,
    struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_AGENT_H */
