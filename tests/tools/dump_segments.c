/*
 * dump_segments.c - what segment files of __consumer_offsets hold, as
 * snapshot/segmentdir.h reads them.
 *
 *	dump_segments DIR
 *
 * A line for each record: partition, offset, timestamp, key and value in hex,
 * "-" for none.  On standard error a line for each place that was passed over,
 * and the counts.  The status is 1 with the error on standard error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/encoding.h"
#include "common/xalloc.h"
#include "snapshot/segmentdir.h"

static void
print_hex(struct bytes bytes, char end)
{
	char *hex = xcalloc(2 * bytes.size + 1, 1);

	hex_encode(bytes.data, bytes.size, hex);
	(void)printf("%s%c", bytes.data == NULL ? "-" : hex, end);
	free(hex);
}

static void
print_record(void *context, const struct log_record *record)
{
	(void)context;
	(void)printf("%" PRId32 " %" PRId64 " %" PRId64 " ", record->partition,
	    record->offset, record->timestamp_ms);
	print_hex(record->key, ' ');
	print_hex(record->value, '\n');
}

static void
print_report(const struct segment_report *report)
{
	for (size_t i = 0;
	     i < report->place_count && i < SEGMENTREPORT_PLACE_MAX; i++)
		(void)fprintf(stderr, "%s: %" PRIu64 ": %s\n",
		    report->places[i].path, report->places[i].position,
		    report->places[i].reason);
	(void)fprintf(stderr,
	    "files %zu batches %zu control %zu records %zu repeated %zu "
	    "aborted %zu open %zu places %zu\n",
	    report->file_count, report->batch_count, report->control_count,
	    report->record_count, report->repeated_count, report->aborted_count,
	    report->open_count, report->place_count);
}

int
main(int argc, char **argv)
{
	struct env env;
	const struct segment_sink sink = { .take = print_record, .env = &env };
	struct segment_report report = { 0 };
	struct err err = { 0 };
	int result;

	if (argc != 2) {
		(void)fprintf(stderr, "dump_segments DIR\n");
		return 2;
	}
	env_init_system(&env, NULL);
	result = segmentdir_read(argv[1], &sink, &report, &err);
	if (result == 0)
		print_report(&report);
	else
		(void)fprintf(stderr, "dump_segments: %s\n", err.message);
	segmentreport_release(&report);
	return result == 0 ? 0 : 1;
}
