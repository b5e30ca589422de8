#include "cli/rescue_segments.h"

#include <stdio.h>
#include <string.h>

#include "cli/context.h"
#include "common/files.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "kafka/javaprops.h"
#include "snapshot/segmentdir.h"
#include "snapshot/segmentgaps.h"
#include "snapshot/segmentlist.h"

#define META_FILE "meta.properties"
#define META_MAX ((size_t)65536)
#define SHOWN_MAX 256

/* --- which cluster ------------------------------------------------------ */

/* What the file in that directory says; nothing where there is none. */
static int
read_meta(const char *directory, char *into, size_t size, struct err *err)
{
	struct javaprops props = { 0 };
	struct err missing = { 0 };
	struct buf path = { 0 };
	struct buf text = { 0 };
	const char *id;
	int rc;

	buf_add_format(&path, "%s/" META_FILE, directory);
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

/* Where files of a cluster are, and which that is. */
struct finding {
	char id[SNAPSHOT_TEXT_MAX]; /* "" as long as nothing told */
	const char *folder;
};

static int
refuse_two(
    const struct finding *one, const struct finding *other, struct err *err)
{
	char shown[2][SHOWN_MAX];

	(void)err_set(err, ERR_USAGE,
	    "files of two clusters: %s, by " META_FILE " in %s, and %s",
	    utf8_escape_to(bytes_of(one->id), shown[0], SHOWN_MAX),
	    utf8_escape_to(bytes_of(one->folder), shown[1], SHOWN_MAX),
	    other->id);
	err_hint(err, "name the directory of one of them");
	return -1;
}

/* What is beside files in one more directory has to agree. */
static int
read_beside(const char *folder, struct finding *found, struct err *err)
{
	struct finding more = { "", folder };

	if (read_meta(folder, more.id, sizeof(more.id), err) != 0)
		return -1;
	if (more.id[0] == '\0' || strcmp(more.id, found->id) == 0)
		return 0;
	if (found->id[0] != '\0')
		return refuse_two(&more, found, err);
	*found = more;
	return 0;
}

int
rescue_segments_cluster(
    struct context *context, char into[SNAPSHOT_TEXT_MAX], struct err *err)
{
	const char *directory = options_text(&context->options, OPT_SEGMENTS);
	const char *given = options_text(&context->options, OPT_CLUSTER);
	struct segment_report report = { 0 };
	struct segmentlist list = { 0 };
	struct finding found = { "", "" };
	char shown[SHOWN_MAX];
	int rc = segmentlist_find(&list, directory, &report, err);

	if (rc == 0) {
		segmentlist_tell(&list, &report);
		rc = read_beside(directory, &found, err);
	}
	for (size_t at = 0; rc == 0 && at < report.folder_count; at++)
		rc = read_beside(report.folders[at].path, &found, err);
	if (rc == 0 && given != NULL && found.id[0] != '\0' &&
	    strcmp(given, found.id) != 0)
		rc = err_set(err, ERR_USAGE,
		    "--cluster is %s, and " META_FILE
		    " beside the files says %s",
		    given,
		    utf8_escape_to(bytes_of(found.id), shown, sizeof(shown)));
	if (rc == 0)
		(void)snprintf(into, SNAPSHOT_TEXT_MAX, "%s",
		    given != NULL ? given : found.id);
	segmentlist_release(&list);
	segmentreport_release(&report);
	return rc;
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

int32_t
rescue_segments_partitions(const struct context *context)
{
	return options_is_set(&context->options, OPT_PARTITIONS)
	    ? (int32_t)options_number(&context->options, OPT_PARTITIONS)
	    : 0;
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
	int rc;

	pair.own->topic_partitions = rescue_segments_partitions(context);
	pair.own->shows_loss = true;
	if (then != NULL) {
		then->topic_partitions = pair.own->topic_partitions;
		then->shows_loss = true;
	}
	rc = segmentdir_read(options_text(&context->options, OPT_SEGMENTS),
	    &sink, &reading->segments, err);

	ledger_finish(&reading->own);
	if (then != NULL)
		ledger_finish(then);
	return rc;
}

/* --- what is missing ---------------------------------------------------- */

static void
take_gaps(struct context *context, const struct segmentgaps_job *job,
    const struct segmentgaps *gaps, struct rescue_reading *reading)
{
	char at[TIME_RFC3339_MAX], written[TIME_RFC3339_MAX];

	for (size_t index = 0; index < gaps->count; index++)
		rescue_reading_gap(reading, gaps->list[index].kind,
		    gaps->list[index].partition, gaps->list[index].text);
	reading->partition_count = job->partition_count;
	reading->last_record_ms = gaps->last_record_ms;
	reading->written_ms = gaps->modified_ms;
	if (gaps->by_time_count == 0)
		return;
	log_warn(&context->log,
	    "%zu partition%s no record as late as %s: that nothing more was "
	    "committed up to then is believed for the files were written as "
	    "late as %s",
	    gaps->by_time_count, gaps->by_time_count == 1 ? " has" : "s have",
	    time_format(job->at_ms, at),
	    time_format(gaps->modified_ms, written));
}

int
rescue_segments_gaps(struct context *context, int64_t at_ms,
    struct rescue_reading *reading, struct err *err)
{
	const struct segmentgaps_job job = {
		.report = &reading->segments,
		.ledger = &reading->own,
		.partition_count = rescue_segments_partitions(context),
		.at_ms = at_ms,
	};
	struct segmentgaps gaps = { 0 };
	const int rc = segmentgaps_find(&job, &gaps, err);

	if (rc == 0)
		take_gaps(context, &job, &gaps, reading);
	segmentgaps_release(&gaps);
	return rc;
}
