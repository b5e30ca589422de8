/*
 * reach.h - what a step of a restore needs to talk to the cluster, and how it
 * tries again: with growing pauses, inside a deadline that each step gets anew
 * (a wait for members to leave must not use up the time for the commits).
 */
#ifndef RESTORE_REACH_H
#define RESTORE_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"

struct env;
struct log;

/* A single request is given up after this long and sent again: a coordinator
 * that died must not keep us from asking who came after it. */
#define REACH_REQUEST_MS 5000

struct reach {
	struct cluster *cluster;
	const struct cluster_view *view;
	const struct env *env;
	const struct log *log; /* may be NULL */
	size_t window;         /* group requests in flight */
	int64_t timeout_ms;    /* of a step */
	/* Called now and then; may be NULL. */
	void (*progress)(
	    void *context, const char *phase, size_t done, size_t total);
	void *progress_context;
};

/* One step's deadline and its tries. */
struct tries {
	const struct reach *reach;
	int64_t deadline_ms; /* of env_monotonic_ms */
	unsigned int attempt;
};

struct tries reach_begin(const struct reach *reach);

/* Pause before another try.  False when the deadline came, or the operator
 * interrupted. */
bool reach_again(struct tries *tries) MUST_CHECK;

/* Limits for a call of this step. */
struct call_limits reach_limits(const struct tries *tries);

/* ERR_INTERRUPTED, if the operator asked us to stop. */
int reach_check(const struct reach *reach, struct err *err) MUST_CHECK;

void reach_progress(
    const struct reach *reach, const char *phase, size_t done, size_t total);

#endif /* RESTORE_REACH_H */
