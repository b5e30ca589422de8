/*
 * logbatch.h - the record batches in a segment file (*.log) of a partition:
 * where each stands, and what is damaged.  Format v2, "magic 2" (KIP-98).
 *
 * Pure: the caller reads the file, a window of it at a time, and the scan says
 * which bytes it wants next.  A batch is handed out only if its CRC-32C is
 * right; what is not is reported with its place, and passed over:
 *
 *   - by its length, if a batch (or nothing more) stands behind it;
 *   - else up to the next place where a header makes sense and the checksum
 *     of what follows is right.
 *
 * Zero bytes up to the end of the file are its end (log.preallocate).  Message
 * sets of before Kafka 0.11 (magic 0 and 1) are reported and passed over.
 *
 * A batch's offset and leader epoch are not under its checksum, since the
 * broker sets them.  Offsets only ever rise in a file, so one out of order is
 * damage; that of the last batch cannot be seen.
 */
#ifndef FORMATS_LOGBATCH_H
#define FORMATS_LOGBATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/crc32c.h"

/* A batch with its header: none is larger than a segment of the offsets topic
 * (offsets.topic.segment.bytes, 100 MiB). */
#define LOGBATCH_SIZE_MAX ((size_t)100 << 20)

/* How many bytes a search may look at more than once: a file could be made
 * that looks like the beginning of a large batch at each of its bytes. */
#define LOGBATCH_SEARCH_MAX ((uint64_t)4 << 30)

struct logbatch {
	uint64_t position; /* in the file */
	size_t size;       /* with the header */
	int64_t base_offset;
	int64_t last_offset;
	int32_t leader_epoch;
	int32_t record_count; /* compaction leaves empty batches behind */
	unsigned int codec;   /* see logcodec.h */
	bool is_append_time;  /* max_ms is the time of each record */
	bool is_transactional;
	bool is_control; /* its record is the end of a transaction */
	int64_t base_ms; /* what records' times count from */
	int64_t max_ms;
	int64_t producer_id;  /* -1: none */
	struct bytes content; /* the records, as they are stored */
};

enum logbatch_fault {
	LOGBATCH_CUT_SHORT,  /* number: bytes that it should have */
	LOGBATCH_BAD_LENGTH, /* number: the length it tells */
	LOGBATCH_BAD_CHECKSUM,
	LOGBATCH_BAD_HEADER,
	LOGBATCH_BAD_OFFSET,    /* number: the offset it tells */
	LOGBATCH_OLD_MAGIC,     /* number: 0 or 1 */
	LOGBATCH_UNKNOWN_MAGIC, /* number: which */
	LOGBATCH_GIVEN_UP,      /* LOGBATCH_SEARCH_MAX was reached */
};

struct logbatch_damage {
	enum logbatch_fault fault;
	int64_t number;
	uint64_t position; /* in the file */
	uint64_t size;     /* bytes that were passed over */
};

#define LOGBATCH_FAULT_MAX 96
/* "its checksum is wrong" and the like; returns out. */
const char *logbatch_fault_text(
    const struct logbatch_damage *damage, char out[LOGBATCH_FAULT_MAX]);

enum logbatch_step {
	LOGBATCH_FOUND,
	LOGBATCH_DAMAGE,
	LOGBATCH_MORE, /* the window is too small */
	LOGBATCH_END,
};

struct logbatch_scan {
	/* Where the next step begins, and the size of the file; the caller may
	 * lower it. */
	uint64_t position;
	uint64_t size;
	/* Of LOGBATCH_MORE: how many bytes from position on are wanted; never
	 * more than the file has. */
	size_t need;

	struct logbatch_damage damage; /* of LOGBATCH_DAMAGE */

	/* The scan's own. */
	struct crc32c crc;
	int64_t next_offset; /* the least that can follow */
	int64_t last_offset; /* the greatest that a file of this name holds */
	bool is_searching;
	bool is_zero; /* all that was searched */
	uint64_t searched;
};

/* A scan of a file of that size, whose name tells base_offset. */
void logbatch_scan_init(
    struct logbatch_scan *scan, uint64_t size, int64_t base_offset);

/*
 * Go one step.  The window begins at scan->position.  Of LOGBATCH_FOUND the
 * batch is in out and its content points into the window.
 */
enum logbatch_step logbatch_scan_next(struct logbatch_scan *scan,
    struct bytes window, struct logbatch *out) MUST_CHECK;

#endif /* FORMATS_LOGBATCH_H */
