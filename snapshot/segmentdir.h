/*
 * segmentdir.h - reading __consumer_offsets from the segment files of a
 * broker's disk, without a cluster.
 *
 * What is read are files of log.dirs or copies of them (segmentlist.h); they
 * are opened for reading only.  Of each partition records come in the order of
 * offsets, each offset once, whichever of the files have it: where several do,
 * that of the highest leader epoch.  Copies that differ at an offset are damage
 * as well: they may be of two clusters.
 *
 * It reads as a consumer that reads committed records: what an aborted
 * transaction wrote is left out, and so is what has no marker behind it in any
 * of the files (open_count).  Each file is read twice: for the markers, and
 * for the records.  Where damage may have taken a marker, the next one of that
 * producer counts instead (doubtful_count).
 *
 * Damage is no failure: it is passed over, and the report has the place.
 */
#ifndef SNAPSHOT_SEGMENTDIR_H
#define SNAPSHOT_SEGMENTDIR_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "formats/logrecord.h"
#include "snapshot/segmentreport.h"

struct segment_sink {
	log_record_fn *take;
	/*
	 * Offsets of a partition from the last record or skip up to
	 * next_offset hold nothing but markers, and records of transactions
	 * that were aborted or are open: they are no gap.  May be NULL.
	 */
	void (*skip)(void *context, int32_t partition, int64_t next_offset);
	/* Bytes that were read, of those that are to be.  May be NULL. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
	const struct env *env; /* asked whether to stop */
};

/*
 * Read all of path into the sink, and fill an empty report.  Fails as
 * segmentlist_find, and with ERR_INTERRUPTED; also if a file may not be read
 * (ERR_DENIED), or if too many hold the same offsets (ERR_UNSUPPORTED).  The
 * report is to be released in any case.
 */
int segmentdir_read(const char *path, const struct segment_sink *sink,
    struct segment_report *report, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_SEGMENTDIR_H */
