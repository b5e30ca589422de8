/*
 * segmentdir.c - see segmentdir.h.
 */
#include "snapshot/segmentdir.h"

#include "formats/logbatch.h"
#include "formats/logrecords.h"
#include "snapshot/segmentfile.h"
#include "snapshot/segmentlist.h"
#include "snapshot/segmentmerge.h"
#include "snapshot/segmentrun.h"
#include "snapshot/txnmarkers.h"

static void
note_damage(struct segmentrun *run, const struct segment_file *file,
    const struct logbatch_damage *damage)
{
	char reason[LOGBATCH_FAULT_MAX];
	const struct segment_place place = {
		.path = file->path,
		.partition = file->partition,
		.reason = logbatch_fault_text(damage, reason),
		.position = damage->position,
		.size = damage->size,
	};

	segmentreport_add(run->report, &place);
}

static void
count_batch(struct segmentrun *run, const struct logbatch *batch,
    struct txnmarkers *markers)
{
	const enum logrecords_marker marker = logrecords_marker(batch);
	const struct txnmarker found = {
		.producer_id = batch->producer_id,
		.offset = batch->base_offset,
		.is_commit = marker == LOGRECORDS_COMMIT,
	};

	run->report->batch_count++;
	if (batch->is_control)
		run->report->control_count++;
	if (marker != LOGRECORDS_NO_MARKER)
		txnmarkers_add(markers, &found);
}

/* What is in an open file: its markers, and its damage. */
static int
survey_batches(struct segmentrun *run, struct segment_file *file,
    struct segmentfile *reader, struct txnmarkers *markers, struct err *err)
{
	enum logbatch_step step = LOGBATCH_FOUND;

	while (step != LOGBATCH_END) {
		const uint64_t before = reader->scan.position;
		struct logbatch batch = { 0 };
		struct err cause = { 0 };

		if (segmentfile_next(reader, &step, &batch, &cause) != 0) {
			txnmarkers_add_loss(markers, reader->scan.next_offset);
			return segmentrun_lose(run, file, before, &cause, err);
		}
		if (step == LOGBATCH_DAMAGE) {
			note_damage(run, file, &reader->scan.damage);
			txnmarkers_add_loss(markers, reader->scan.next_offset);
		} else if (step == LOGBATCH_FOUND) {
			count_batch(run, &batch, markers);
		}
		if (segmentrun_advance(
			run, reader->scan.position - before, err) != 0)
			return -1;
	}
	return 0;
}

static int
survey(struct segmentrun *run, struct segment_file *file,
    struct txnmarkers *markers, struct err *err)
{
	struct segmentfile reader;
	struct err cause = { 0 };
	int result;

	if (segmentfile_open(&reader, file, &cause) != 0) {
		txnmarkers_add_loss(markers, file->base_offset);
		return segmentrun_lose(run, file, 0, &cause, err);
	}
	run->report->file_count++;
	run->report->byte_count += file->size;
	result = survey_batches(run, file, &reader, markers, err);
	segmentfile_close(&reader);
	return result;
}

static int
read_partition(struct segmentrun *run, struct segment_file *files, size_t count,
    struct err *err)
{
	struct txnmarkers markers = { 0 };
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = survey(run, &files[i], &markers, err);
	txnmarkers_finish(&markers);
	if (result == 0)
		result = segmentmerge_read(run, files, count, &markers, err);
	txnmarkers_release(&markers);
	return result;
}

/* How many of the files from one on are of its partition. */
static size_t
count_files(const struct segmentlist *list, size_t from)
{
	size_t end = from;

	while (end < list->count &&
	    list->files[end].partition == list->files[from].partition)
		end++;
	return end - from;
}

int
segmentdir_read(const char *path, const struct segment_sink *sink,
    struct segment_report *report, struct err *err)
{
	struct segmentlist list = { 0 };
	struct segmentrun run = { .sink = sink, .report = report };
	int result = segmentlist_find(&list, path, report, err);
	size_t at = 0;

	segmentlist_tell(&list, report);
	for (size_t i = 0; i < list.count; i++)
		run.total += 2 * list.files[i].size;
	while (result == 0 && at < list.count) {
		const size_t count = count_files(&list, at);

		result = read_partition(&run, &list.files[at], count, err);
		at += count;
	}
	segmentlist_release(&list);
	return result;
}
