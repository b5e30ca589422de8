/*
 * segmentmerge.c - see segmentmerge.h.
 */
#include "snapshot/segmentmerge.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "formats/logrecords.h"
#include "snapshot/segmentfile.h"

/* What a file holds next. */
enum item {
	ITEM_RECORD,
	ITEM_MARKER,  /* a control batch */
	ITEM_ABORTED, /* a batch of a transaction that was aborted ... */
	ITEM_OPEN,    /* ... or has no end */
};

/* An open file, and the item that comes next of it. */
struct cursor {
	struct segment_file *file;
	struct segmentfile reader;
	struct logrecords records;
	enum item item;
	bool is_in_doubt;         /* how its transaction ended */
	struct log_record record; /* of ITEM_RECORD */
	int64_t offset;           /* the item's first ... */
	int64_t next_offset;      /* ... and what is behind it */
};

struct merge {
	struct segmentrun *run;
	const struct txnmarkers *markers;
	struct cursor cursors[SEGMENTMERGE_OPEN_MAX];
	size_t count;
	int64_t next_offset; /* everything before has been handed out */
	const char *differs; /* the file and the batch of the last conflict */
	uint64_t differs_at;
	int64_t told_offset; /* what the sink was told up to, without a gap */
};

/* Note a batch whose records cannot be had. */
static void
note(struct merge *merge, const struct cursor *cursor, const struct err *cause)
{
	const struct logbatch *batch = &cursor->records.batch;
	const struct segment_place place = {
		.path = cursor->file->path,
		.partition = cursor->file->partition,
		.reason = cause->message,
		.position = batch->position,
		.size = batch->size,
	};

	if (cause->kind == ERR_UNSUPPORTED)
		merge->run->report->unsupported[batch->codec]++;
	segmentreport_add(merge->run->report, &place);
}

/* A batch as one item, unless its records count. */
static bool
is_item(const struct merge *merge, const struct logbatch *batch,
    struct cursor *cursor)
{
	enum txnmarkers_outcome outcome = TXNMARKERS_COMMITTED;

	cursor->is_in_doubt = false;
	if (batch->is_control)
		cursor->item = ITEM_MARKER;
	else if (batch->is_transactional)
		outcome = txnmarkers_find(merge->markers, batch->producer_id,
		    batch->last_offset, &cursor->is_in_doubt);
	if (outcome == TXNMARKERS_ABORTED)
		cursor->item = ITEM_ABORTED;
	else if (outcome == TXNMARKERS_OPEN)
		cursor->item = ITEM_OPEN;
	else if (!batch->is_control)
		return false;
	cursor->records.batch = *batch;
	cursor->offset = batch->base_offset;
	cursor->next_offset = batch->last_offset + 1;
	return true;
}

/* The next record of the batch that the cursor is in. */
static bool
next_record(struct merge *merge, struct cursor *cursor)
{
	struct err cause = { 0 };
	bool more = false;

	if (logrecords_next(&cursor->records, &cursor->record, &more, &cause) !=
	    0)
		note(merge, cursor, &cause);
	if (!more)
		return false;
	cursor->item = ITEM_RECORD;
	cursor->record.partition = cursor->file->partition;
	cursor->offset = cursor->record.offset;
	cursor->next_offset = cursor->offset + 1;
	return true;
}

/* Go on to the next item; *more false at the end of the file. */
static int
cursor_next(
    struct merge *merge, struct cursor *cursor, bool *more, struct err *err)
{
	struct segmentfile *reader = &cursor->reader;

	*more = true;
	for (;;) {
		const uint64_t before = reader->scan.position;
		enum logbatch_step step = LOGBATCH_END;
		struct logbatch batch = { 0 };
		struct err cause = { 0 };

		if (next_record(merge, cursor))
			return 0;
		if (segmentfile_next(reader, &step, &batch, &cause) != 0) {
			*more = false;
			return segmentrun_lose(
			    merge->run, cursor->file, before, &cause, err);
		}
		if (segmentrun_advance(
			merge->run, reader->scan.position - before, err) != 0)
			return -1;
		*more = step != LOGBATCH_END;
		if (!*more)
			return 0;
		/* Damage was noted when markers were looked for. */
		if (step != LOGBATCH_FOUND)
			continue;
		if (is_item(merge, &batch, cursor))
			return 0;
		if (logrecords_begin(&cursor->records, &batch, &cause) != 0)
			note(merge, cursor, &cause);
	}
}

static void
cursor_close(struct cursor *cursor)
{
	segmentfile_close(&cursor->reader);
	logrecords_release(&cursor->records);
}

/* Go on in a cursor, which is closed at its end. */
static int
go_on(struct merge *merge, size_t at, struct err *err)
{
	bool more = false;

	if (cursor_next(merge, &merge->cursors[at], &more, err) != 0)
		return -1;
	if (!more) {
		cursor_close(&merge->cursors[at]);
		merge->cursors[at] = merge->cursors[--merge->count];
	}
	return 0;
}

static int
open_file(struct merge *merge, struct segment_file *file, struct err *err)
{
	struct cursor *cursor = &merge->cursors[merge->count];
	struct err cause = { 0 };

	if (file->size == 0)
		return 0;
	if (merge->count == SEGMENTMERGE_OPEN_MAX)
		return err_set(err, ERR_UNSUPPORTED,
		    "partition %ld: more than %d segment files hold the same "
		    "offsets",
		    (long)file->partition, SEGMENTMERGE_OPEN_MAX);
	*cursor = (struct cursor){ .file = file };
	if (segmentfile_open(&cursor->reader, file, &cause) != 0)
		return segmentrun_lose(merge->run, file, 0, &cause, err);
	merge->count++;
	return go_on(merge, merge->count - 1, err);
}

/* The cursor with the lowest offset, of the highest leader epoch. */
static size_t
find_lowest(const struct merge *merge)
{
	size_t lowest = 0;

	for (size_t i = 1; i < merge->count; i++) {
		const struct cursor *one = &merge->cursors[i];
		const struct cursor *best = &merge->cursors[lowest];

		if (one->offset < best->offset ||
		    (one->offset == best->offset &&
			one->records.batch.leader_epoch >
			    best->records.batch.leader_epoch))
			lowest = i;
	}
	return lowest;
}

static bool
is_same(struct bytes one, struct bytes other)
{
	return (one.data == NULL) == (other.data == NULL) &&
	    bytes_equal(one, other);
}

/* Records at one offset that are not one. */
static bool
differs(const struct cursor *one, const struct cursor *other)
{
	if (one->item != ITEM_RECORD && other->item != ITEM_RECORD)
		return false;
	return one->item != other->item ||
	    !is_same(one->record.key, other->record.key) ||
	    !is_same(one->record.value, other->record.value);
}

/* Whether other copies have the same at the offset that comes next. */
static void
compare(struct merge *merge, const struct cursor *next)
{
	for (size_t at = 0; at < merge->count; at++) {
		const struct cursor *other = &merge->cursors[at];
		const struct logbatch *batch = &other->records.batch;
		const struct segment_place place = {
			.path = other->file->path,
			.partition = other->file->partition,
			.reason = "another copy holds another record here",
			.position = batch->position,
			.size = batch->size,
		};

		if (other == next || other->offset != next->offset ||
		    !differs(next, other))
			continue;
		merge->run->report->conflict_count++;
		if (merge->differs == place.path &&
		    merge->differs_at == place.position)
			continue;
		merge->differs = place.path;
		merge->differs_at = place.position;
		segmentreport_add(merge->run->report, &place);
	}
}

/* Hand out what has not been. */
static void
deliver(struct merge *merge, const struct cursor *cursor)
{
	const struct segment_sink *sink = merge->run->sink;
	struct segment_report *report = merge->run->report;
	const size_t count = (size_t)cursor->records.batch.record_count;

	if (cursor->next_offset <= merge->next_offset) {
		if (cursor->item == ITEM_RECORD)
			report->repeated_count++;
		return;
	}
	compare(merge, cursor);
	merge->next_offset = cursor->next_offset;
	if (cursor->item == ITEM_RECORD) {
		report->record_count++;
		report->doubtful_count += cursor->is_in_doubt ? 1 : 0;
		merge->told_offset = cursor->next_offset;
		sink->take(sink->context, &cursor->record);
		return;
	}
	if (cursor->item == ITEM_ABORTED) {
		report->aborted_count += count;
		report->doubtful_count += cursor->is_in_doubt ? count : 0;
	} else if (cursor->item == ITEM_OPEN) {
		report->open_count += count;
	}
	if (cursor->offset > merge->told_offset)
		return; /* a gap before it, which a skip would hide */
	merge->told_offset = cursor->next_offset;
	if (sink->skip != NULL)
		sink->skip(sink->context, cursor->file->partition,
		    cursor->next_offset);
}

int
segmentmerge_read(struct segmentrun *run, struct segment_file *files,
    size_t count, const struct txnmarkers *markers, struct err *err)
{
	struct merge *merge = xcalloc(1, sizeof(*merge));
	size_t opened = 0;
	int result = 0;

	merge->run = run;
	merge->markers = markers;
	while (result == 0 && (merge->count > 0 || opened < count)) {
		const size_t lowest = find_lowest(merge);

		/* A file holds nothing below the offset of its name. */
		if (opened < count &&
		    (merge->count == 0 ||
			files[opened].base_offset <=
			    merge->cursors[lowest].offset)) {
			result = open_file(merge, &files[opened++], err);
			continue;
		}
		deliver(merge, &merge->cursors[lowest]);
		result = go_on(merge, lowest, err);
	}
	for (size_t i = 0; i < merge->count; i++)
		cursor_close(&merge->cursors[i]);
	free(merge);
	return result;
}
