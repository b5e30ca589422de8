/*
 * logrecords.h - the records in a batch of logbatch.h.
 */
#ifndef FORMATS_LOGRECORDS_H
#define FORMATS_LOGRECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/logbatch.h"
#include "formats/logrecord.h"

/* All zeroes is a reader of no batch. */
struct logrecords {
	struct logbatch batch;
	struct buf content; /* of a compressed batch; kept for the next */
	struct bytes rest;
	int64_t next_offset; /* the least that can follow */
	int32_t left;
};

/*
 * Begin with a batch, whose content has to stay where it is.  ERR_UNSUPPORTED
 * names a codec that cannot be read, anything else is ERR_CORRUPT.
 */
int logrecords_begin(struct logrecords *records, const struct logbatch *batch,
    struct err *err) MUST_CHECK;

/*
 * The next record, *more false if there is none.  Its key and value are valid
 * until the next logrecords_begin; the partition is the caller's to set.  After
 * a failure, ERR_CORRUPT, there are no more.
 */
int logrecords_next(struct logrecords *records, struct log_record *out,
    bool *more, struct err *err) MUST_CHECK;

void logrecords_release(struct logrecords *records);

/* How a control batch ends the transaction of its producer. */
enum logrecords_marker {
	LOGRECORDS_NO_MARKER, /* it ends none, or is not a control batch */
	LOGRECORDS_ABORT,
	LOGRECORDS_COMMIT,
};

enum logrecords_marker logrecords_marker(
    const struct logbatch *batch) MUST_CHECK;

#endif /* FORMATS_LOGRECORDS_H */
