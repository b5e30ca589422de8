/*
 * segmentfile.h - the batches of one segment file, read a window at a time.
 * The file is only ever read, and followed nowhere if it is a link.
 */
#ifndef SNAPSHOT_SEGMENTFILE_H
#define SNAPSHOT_SEGMENTFILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/logbatch.h"
#include "snapshot/segmentlist.h"

struct segmentfile {
	int fd;
	struct buf window;
	uint64_t window_at; /* the place of its first byte in the file */
	struct logbatch_scan scan;
};

/* ERR_NOT_FOUND: it is gone; ERR_DENIED: it may not be read. */
int segmentfile_open(struct segmentfile *reader,
    const struct segment_file *file, struct err *err) MUST_CHECK;

/*
 * The next step, which is never LOGBATCH_MORE.  Content of a batch is valid
 * until the next call.  What fails is the disk.
 */
int segmentfile_next(struct segmentfile *reader, enum logbatch_step *step,
    struct logbatch *out, struct err *err) MUST_CHECK;

void segmentfile_close(struct segmentfile *reader);

#endif /* SNAPSHOT_SEGMENTFILE_H */
