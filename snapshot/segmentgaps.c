/*
 * segmentgaps.c - see segmentgaps.h.
 */
#include "snapshot/segmentgaps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"

#define SHOWN_MAX 256

static void
add(struct segmentgaps *gaps, enum hole_kind kind, int32_t partition,
    const char *text)
{
	gaps->list = xgrow(
	    gaps->list, gaps->count, &gaps->capacity, sizeof(*gaps->list));
	gaps->list[gaps->count++] = (struct rescue_gap){
		.kind = kind,
		.partition = partition,
		.text = text,
	};
}

static int64_t
max_of(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

/* --- what was passed over ----------------------------------------------- */

static void
add_place(struct segmentgaps *gaps, const struct segment_place *place)
{
	const char *slash = strrchr(place->path, '/');
	char shown[SHOWN_MAX];

	(void)utf8_escape_to(bytes_of(slash == NULL ? place->path : slash + 1),
	    shown, sizeof(shown));
	add(gaps, HOLE_UNREADABLE, place->partition,
	    arena_format(&gaps->arena, "%s, byte %llu: %s%s", shown,
		(unsigned long long)place->position, place->reason,
		place->size == 0 ? "; the rest was passed over" : ""));
}

static void
add_places(struct segmentgaps *gaps, const struct segment_report *report)
{
	for (size_t at = 0;
	     at < report->place_count && at < SEGMENTREPORT_PLACE_MAX; at++)
		add_place(gaps, &report->places[at]);
	if (report->place_count > SEGMENTREPORT_PLACE_MAX)
		add(gaps, HOLE_UNREADABLE, -1, "and more places like these");
	if (report->open_count > 0)
		add(gaps, HOLE_HELD, -1,
		    arena_format(&gaps->arena,
			"%zu records of transactions that have no end in "
			"these files",
			report->open_count));
}

/* Behind what was compacted every offset has to be there. */
static void
add_losses(struct segmentgaps *gaps, const struct ledger *ledger)
{
	for (size_t at = 0; at < ledger->partition_count; at++) {
		const struct ledger_partition *partition =
		    &ledger->partitions[at];

		if (partition->lost_count > 0)
			add(gaps, HOLE_UNREADABLE, (int32_t)at,
			    arena_format(&gaps->arena,
				"%" PRId64 " offsets of partition %zu, from "
				"%" PRId64 " on, are in none of the files, and "
				"were not compacted away",
				partition->lost_count, at,
				partition->lost_offset));
	}
}

/* --- which partitions there are ----------------------------------------- */

static int
check_count(const struct segmentgaps_job *job, struct err *err)
{
	const struct segment_report *report = job->report;
	int32_t last;

	if (job->partition_count == 0 || report->partition_count == 0)
		return 0;
	last = report->partitions[report->partition_count - 1].partition;
	if (last < job->partition_count)
		return 0;
	(void)err_set(err, ERR_USAGE,
	    "--partitions is %" PRId32
	    ", and there is a directory " OFFSETS_TOPIC "-%" PRId32,
	    job->partition_count, last);
	err_hint(err,
	    "kafka-topics.sh --describe has the number, and so has "
	    "offsets.topic.num.partitions (50) of when it was made");
	return -1;
}

static void
add_strays(struct segmentgaps *gaps, const struct segmentgaps_job *job)
{
	const size_t count = job->ledger->counts.stray_count;

	if (count > 0)
		add(gaps, HOLE_LISTING, -1,
		    arena_format(&gaps->arena,
			"%zu records are not where a topic of %" PRId32
			" partitions has them: that number is wrong, or it was "
			"less before",
			count, job->partition_count));
}

static void
add_missing(struct segmentgaps *gaps, const struct segmentgaps_job *job)
{
	const struct segment_report *report = job->report;
	size_t at = 0;

	if (job->partition_count == 0) {
		add(gaps, HOLE_LISTING, -1,
		    arena_format(&gaps->arena,
			"whether there are more partitions than the %zu "
			"among the files is not told: --partitions N says how "
			"many the topic has",
			report->partition_count));
		return;
	}
	add_strays(gaps, job);
	for (int32_t number = 0; number < job->partition_count; number++) {
		if (at < report->partition_count &&
		    report->partitions[at].partition == number)
			at++;
		else
			add(gaps, HOLE_LISTING, number,
			    arena_format(&gaps->arena,
				"partition %" PRId32 " is not among the files",
				number));
	}
}

/* --- of when they are --------------------------------------------------- */

static int64_t
last_record_ms(const struct segmentgaps_job *job, int32_t partition)
{
	const struct ledger_partition *found;

	if ((size_t)partition >= job->ledger->partition_count)
		return -1;
	found = &job->ledger->partitions[partition];
	return found->first_offset < 0 ? -1 : found->last_ms;
}

static void
find_ends(const struct segmentgaps_job *job, struct segmentgaps *out)
{
	const struct segment_report *report = job->report;

	out->last_record_ms = -1;
	out->modified_ms = -1;
	for (size_t at = 0; at < report->partition_count; at++) {
		const struct segment_partition *partition =
		    &report->partitions[at];

		out->last_record_ms = max_of(out->last_record_ms,
		    last_record_ms(job, partition->partition));
		out->modified_ms =
		    max_of(out->modified_ms, partition->modified_ms);
	}
}

static int
check_time(const struct segmentgaps_job *job, const struct segmentgaps *gaps,
    struct err *err)
{
	const int64_t newest_ms =
	    max_of(gaps->last_record_ms, gaps->modified_ms);
	char at[TIME_RFC3339_MAX], newest[TIME_RFC3339_MAX];

	if (job->at_ms == RESCUE_LAST_KNOWN || job->at_ms <= newest_ms)
		return 0;
	(void)err_set(err, ERR_REFUSED,
	    "%s is after the last that the files tell, of %s",
	    time_format(job->at_ms, at), time_format(newest_ms, newest));
	err_hint(err, "--at %s or earlier, or a newer copy", newest);
	return -1;
}

static void
add_ends(struct segmentgaps *gaps, const struct segmentgaps_job *job)
{
	const struct segment_report *report = job->report;

	if (job->at_ms == RESCUE_LAST_KNOWN)
		return;
	for (size_t at = 0; at < report->partition_count; at++) {
		const struct segment_partition *partition =
		    &report->partitions[at];
		char time[TIME_RFC3339_MAX];

		if (job->at_ms <= last_record_ms(job, partition->partition))
			continue;
		if (job->at_ms <= partition->modified_ms)
			gaps->by_time_count++;
		else
			add(gaps, HOLE_HISTORY, partition->partition,
			    arena_format(&gaps->arena,
				"the files of partition %" PRId32 " are of %s "
				"or later: what came before the time asked for "
				"may be missing",
				partition->partition,
				time_format(partition->modified_ms, time)));
	}
}

int
segmentgaps_find(
    const struct segmentgaps_job *job, struct segmentgaps *out, struct err *err)
{
	find_ends(job, out);
	if (check_count(job, err) != 0 || check_time(job, out, err) != 0)
		return -1;
	add_places(out, job->report);
	add_losses(out, job->ledger);
	add_missing(out, job);
	add_ends(out, job);
	return 0;
}

void
segmentgaps_release(struct segmentgaps *gaps)
{
	free(gaps->list);
	arena_release(&gaps->arena);
	*gaps = (struct segmentgaps){ 0 };
}
