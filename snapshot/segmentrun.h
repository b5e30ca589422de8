/*
 * segmentrun.h - one run over segment files: where records go, how far it has
 * come, whether to stop.
 */
#ifndef SNAPSHOT_SEGMENTRUN_H
#define SNAPSHOT_SEGMENTRUN_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/segmentdir.h"
#include "snapshot/segmentlist.h"

struct segmentrun {
	const struct segment_sink *sink;
	struct segment_report *report;
	uint64_t done;
	uint64_t told; /* the last progress */
	uint64_t total;
};

/* So many bytes more have been read.  ERR_INTERRUPTED. */
int segmentrun_advance(
    struct segmentrun *run, uint64_t size, struct err *err) MUST_CHECK;

/*
 * A file cannot be opened or not read from position on.  That it may not be
 * is a failure, which names the file; anything else is noted, and the file
 * ends there.
 */
int segmentrun_lose(struct segmentrun *run, struct segment_file *file,
    uint64_t position, const struct err *cause, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_SEGMENTRUN_H */
