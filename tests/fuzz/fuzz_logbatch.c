/*
 * Fuzzes segment files.  Every byte is part of a batch, of damage, or of zeros
 * at the end, whatever windows the file is read in; records are in order and
 * within their batch.  Each input is read once as it is, and once with the
 * checksums put right, or nothing would ever get past them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "formats/logbatch.h"
#include "formats/logrecords.h"

/* Where fields stand in a batch. */
#define LENGTH_AT 8
#define CRC_AT 17
#define CHECKED_AT 21
#define PREFIX_SIZE 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static void
read_records(const struct logbatch *batch)
{
	struct logrecords records = { 0 };
	struct log_record record = { 0 };
	struct err err = { 0 };
	int64_t next = batch->base_offset;
	bool more = true;

	if (logrecords_begin(&records, batch, &err) != 0) {
		require(err.kind == ERR_CORRUPT || err.kind == ERR_UNSUPPORTED);
		more = false;
	}
	while (more && logrecords_next(&records, &record, &more, &err) == 0 &&
	    more) {
		require(record.offset >= next);
		require(record.offset <= batch->last_offset);
		next = record.offset + 1;
	}
	logrecords_release(&records);
	(void)logrecords_marker(batch);
}

/* A step in a window of the whole rest, or as small as can be. */
static enum logbatch_step
step(struct logbatch_scan *scan, struct bytes file, bool is_small,
    struct logbatch *batch)
{
	const size_t at = (size_t)scan->position;
	struct bytes window = { file.data + at, file.size - at };
	enum logbatch_step found;

	if (!is_small)
		return logbatch_scan_next(scan, window, batch);
	window.size = 0;
	do {
		found = logbatch_scan_next(scan, window, batch);
		window.data = file.data + scan->position;
		window.size = scan->need;
		require(found != LOGBATCH_MORE ||
		    scan->need <= file.size - scan->position);
	} while (found == LOGBATCH_MORE);
	return found;
}

static void
read_file(struct bytes file)
{
	struct logbatch_scan whole;
	struct logbatch_scan small;
	enum logbatch_step found = LOGBATCH_FOUND;
	char text[LOGBATCH_FAULT_MAX];
	uint64_t next = 0;

	logbatch_scan_init(&whole, file.size, 0);
	logbatch_scan_init(&small, file.size, 0);
	while (found != LOGBATCH_END) {
		struct logbatch batch = { 0 };
		struct logbatch same = { 0 };

		found = step(&whole, file, false, &batch);
		require(found != LOGBATCH_MORE);
		require(step(&small, file, true, &same) == found);
		require(small.position == whole.position);
		if (found == LOGBATCH_FOUND) {
			require(batch.position == next);
			require(same.position == next);
			next += batch.size;
			read_records(&batch);
		} else if (found == LOGBATCH_DAMAGE) {
			require(whole.damage.position == next);
			require(whole.damage.size > 0);
			require(whole.damage.fault == small.damage.fault);
			next += whole.damage.size;
			(void)logbatch_fault_text(&whole.damage, text);
		}
		require(found == LOGBATCH_END || whole.position == next);
	}
	for (; next < file.size; next++)
		require(file.data[next] == 0);
	require(whole.position == file.size);
}

/* Put the checksums right of what looks like batches one after the other. */
static void
mend(char *data, size_t size)
{
	struct crc32c crc;
	size_t at = 0;

	crc32c_init(&crc);
	while (size - at > CHECKED_AT) {
		uint32_t length = 0;
		uint32_t sum;

		for (size_t i = 0; i < sizeof(length); i++)
			length = length << 8 |
			    (unsigned char)data[at + LENGTH_AT + i];
		if (length > size - at - PREFIX_SIZE ||
		    length <= CHECKED_AT - PREFIX_SIZE)
			return;
		sum = crc32c_of(&crc, data + at + CHECKED_AT,
		    length - (CHECKED_AT - PREFIX_SIZE));
		for (size_t i = 0; i < sizeof(sum); i++)
			data[at + CRC_AT + i] =
			    (char)(sum >> (8 * (sizeof(sum) - 1 - i)));
		at += PREFIX_SIZE + length;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);

	require(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	read_file((struct bytes){ copy, size });
	mend(copy, size);
	read_file((struct bytes){ copy, size });
	free(copy);
	return 0;
}
