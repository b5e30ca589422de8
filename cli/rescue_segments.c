#include "cli/rescue_segments.h"

#include <stdio.h>
#include <string.h>

#include "cli/context.h"
#include "common/files.h"
#include "common/utf8.h"
#include "kafka/javaprops.h"
#include "snapshot/segmentdir.h"

#define META_FILE "meta.properties"
#define META_MAX ((size_t)65536)
#define SHOWN_MAX 256
#define TEXT_MAX 1024

/* --- which cluster ------------------------------------------------------ */

/* What the file in that directory says; nothing where there is none. */
static int
read_meta(const char *directory, const char *more, char *into, size_t size,
    struct err *err)
{
	struct javaprops props = { 0 };
	struct err missing = { 0 };
	struct buf path = { 0 };
	struct buf text = { 0 };
	const char *id;
	int rc;

	buf_add_format(&path, "%s/%s" META_FILE, directory, more);
	rc = file_read(buf_text(&path), META_MAX, &text, &missing);
	if (rc == 0)
		rc = javaprops_parse(
		    buf_bytes(&text), buf_text(&path), &props, err);
	else if (missing.kind == ERR_NOT_FOUND)
		rc = 0;
	else
		*err = missing;
	id = rc == 0 ? javaprops_find(&props, "cluster.id") : NULL;
	if (id != NULL)
		(void)snprintf(into, size, "%s", id);
	javaprops_release(&props);
	buf_release(&text);
	buf_release(&path);
	return rc;
}

int
rescue_segments_cluster(
    struct context *context, char into[SNAPSHOT_TEXT_MAX], struct err *err)
{
	const char *directory = options_text(&context->options, OPT_SEGMENTS);
	const char *given = options_text(&context->options, OPT_CLUSTER);
	char found[SNAPSHOT_TEXT_MAX] = "";
	char shown[SHOWN_MAX];

	/* Of a log directory, or of one partition in it. */
	if (read_meta(directory, "", found, sizeof(found), err) != 0 ||
	    (found[0] == '\0' &&
		read_meta(directory, "../", found, sizeof(found), err) != 0))
		return -1;
	if (given != NULL && found[0] != '\0' && strcmp(given, found) != 0)
		return err_set(err, ERR_USAGE,
		    "--cluster is %s, and " META_FILE
		    " beside the files says %s",
		    given,
		    utf8_escape_to(bytes_of(found), shown, sizeof(shown)));
	(void)snprintf(
	    into, SNAPSHOT_TEXT_MAX, "%s", given != NULL ? given : found);
	return 0;
}

/* --- reading ------------------------------------------------------------ */

struct pair {
	struct ledger *own, *then;
	struct progress *progress;
};

static void
take(void *context, const struct log_record *record)
{
	const struct pair *pair = context;

	ledger_take(pair->own, record);
	if (pair->then != NULL)
		ledger_take(pair->then, record);
}

static void
skip(void *context, int32_t partition, int64_t next_offset)
{
	const struct pair *pair = context;

	ledger_skip(pair->own, partition, next_offset);
	if (pair->then != NULL)
		ledger_skip(pair->then, partition, next_offset);
}

static void
show_progress(void *context, uint64_t done, uint64_t total)
{
	const struct pair *pair = context;

	progress_show(pair->progress, "bytes", (size_t)done, (size_t)total);
}

int
rescue_segments_read(struct context *context, struct rescue_reading *reading,
    struct ledger *then, struct err *err)
{
	struct pair pair = { &reading->own, then, &context->progress };
	const struct segment_sink sink = {
		.take = take,
		.skip = skip,
		.progress = show_progress,
		.context = &pair,
		.env = &context->env,
	};
	const int rc =
	    segmentdir_read(options_text(&context->options, OPT_SEGMENTS),
		&sink, &reading->segments, err);

	ledger_finish(&reading->own);
	if (then != NULL)
		ledger_finish(then);
	return rc;
}

/* --- what is missing ---------------------------------------------------- */

static void
add_place(struct rescue_reading *reading, const struct segment_place *place)
{
	const char *slash = strrchr(place->path, '/');
	char shown[SHOWN_MAX];
	char text[TEXT_MAX];

	(void)utf8_escape_to(bytes_of(slash == NULL ? place->path : slash + 1),
	    shown, sizeof(shown));
	(void)snprintf(text, sizeof(text), "%s, byte %llu: %s%s", shown,
	    (unsigned long long)place->position, place->reason,
	    place->size == 0 ? "; the rest was passed over" : "");
	rescue_reading_gap(reading, HOLE_UNREADABLE, place->partition, text);
}

/* So many partitions, if every group is where that number puts it. */
static bool
is_count(const struct ledger *ledger, int32_t count)
{
	for (size_t at = 0; at < ledger->group_count; at++)
		if (coordinator_partition(ledger->list[at]->name, count) !=
		    ledger->list[at]->partition)
			return false;
	return ledger->group_count > 0;
}

void
rescue_segments_gaps(struct rescue_reading *reading)
{
	const struct segment_report *report = &reading->segments;
	const int32_t count = (int32_t)report->partition_count;
	char text[TEXT_MAX];

	for (size_t at = 0;
	     at < report->place_count && at < SEGMENTREPORT_PLACE_MAX; at++)
		add_place(reading, &report->places[at]);
	if (report->place_count > SEGMENTREPORT_PLACE_MAX)
		rescue_reading_gap(
		    reading, HOLE_UNREADABLE, -1, "and more places like these");
	if (report->open_count > 0) {
		(void)snprintf(text, sizeof(text),
		    "%zu records of transactions that have no end in these "
		    "files",
		    report->open_count);
		rescue_reading_gap(reading, HOLE_HELD, -1, text);
	}
	if (is_count(&reading->own, count)) {
		reading->partition_count = count;
		return;
	}
	(void)snprintf(text, sizeof(text),
	    "only %d of its partitions are among the files, or it cannot be "
	    "told that these are all",
	    (int)count);
	rescue_reading_gap(reading, HOLE_LISTING, -1, text);
}
