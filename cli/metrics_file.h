/*
 * metrics_file.h - --metrics-file: metrics for the textfile collector of
 * node_exporter, which outlive the run that wrote them.
 */
#ifndef CLI_METRICS_FILE_H
#define CLI_METRICS_FILE_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/promtext.h"

struct context;
struct env;
struct metrics;

#define METRICS_LABELS_MAX 16

struct metrics_labels {
	struct arena arena;
	struct promtext_label *labels;
	size_t count;
};

/* Those of --metrics-label; ERR_USAGE for one that cannot be, is a name of the
 * program's own, or is given twice.  Release it whatever the result. */
int metrics_labels_init(const struct context *context,
    struct metrics_labels *out, struct err *err) MUST_CHECK;
void metrics_labels_release(struct metrics_labels *labels);

/*
 * Write what a run found, merged into what the file had, whole and in one step.
 * Metrics of expiring are kept.  A file that holds something else than metrics
 * of this program is left as it is: ERR_CORRUPT.
 *
 * Runs that end at the same moment wait for each other, a few seconds:
 * ERR_UNAVAILABLE.
 */
int metrics_file_update(const char *path, const struct metrics *found,
    const struct metrics_labels *labels, const struct env *env,
    struct err *err) MUST_CHECK;

/* The same of expiring's metrics, whose names begin with METRICS_EXPIRING;
 * all others are kept. */
#define METRICS_EXPIRING "tidemark_expiring_"
int metrics_file_put_expiring(const char *path, struct bytes expiring,
    const struct env *env, struct err *err) MUST_CHECK;

#endif /* CLI_METRICS_FILE_H */
