/*
 * monitor.h - those who watch from outside: --metrics-file and --ping-url.
 * They are told how a command ended, after what it says was written to stdout,
 * and never change that.
 */
#ifndef CLI_MONITOR_H
#define CLI_MONITOR_H

#include <stdbool.h>

#include "cli/commands.h"
#include "cli/metrics_file.h"
#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/metrics.h"

struct context;
struct ping;

struct monitor {
	struct context *context;
	struct metrics_labels labels;
	struct metrics found; /* by this run */
	struct ping *ping;    /* NULL: nobody */
};

/*
 * Look at the options, and tell that a snapshot begins.  ERR_USAGE, and nobody
 * was told.  Follow it with monitor_snapshot_end, whatever the result.
 */
int monitor_snapshot_begin(struct context *context, struct monitor *monitor,
    struct err *err) MUST_CHECK;

/*
 * Tell how it ended: result is what a command returns, with err.  A wrong usage
 * (ERR_USAGE) changes no metrics.
 */
void monitor_snapshot_end(
    struct monitor *monitor, int result, const struct err *err);

/* Run a command that changes the cluster if executes is set, and count how it
 * ended; returns what it returned. */
int monitor_restore(
    struct context *context, bool executes, command_fn *run, struct err *err);

#endif /* CLI_MONITOR_H */
