/*
 * The file for Prometheus.  Two series for each group whose clock runs, none
 * for a position: there may be a million of them.  Moments are times, not the
 * seconds that are left, so that a file which nobody writes any more does not
 * lie.
 */
#include <stdlib.h>

#include "cli/expiring_text.h"
#include "cli/metrics_file.h"
#include "common/buf.h"
#include "common/promtext.h"
#include "common/xalloc.h"

#define PREFIX METRICS_EXPIRING

static void
add_head(struct buf *out, const char *name, const char *help)
{
	promtext_add_family(out, name, PROMTEXT_GAUGE, help);
}

/* Of the cluster, and of a group of it. */
struct labels {
	struct promtext_label labels[2];
	struct promtext_series series;
};

static const struct promtext_series *
name_total(struct labels *labels, const char *name,
    const struct expiring_report *report)
{
	labels->labels[0] = (struct promtext_label){ "cluster",
		bytes_of(report->cluster_id), false };
	labels->series = (struct promtext_series){ name, labels->labels, 1 };
	return &labels->series;
}

static const struct promtext_series *
name_group(struct labels *labels, const char *name,
    const struct expiring_report *report, struct bytes group)
{
	(void)name_total(labels, name, report);
	labels->labels[1] = (struct promtext_label){ "group", group, false };
	labels->series.label_count = 2;
	return &labels->series;
}

static void
add_count(struct buf *out, const struct expiring_report *report,
    const char *name, const char *help, size_t value)
{
	struct labels labels;

	add_head(out, name, help);
	promtext_add_count(
	    out, name_total(&labels, name, report), (int64_t)value);
}

static void
add_seconds(struct buf *out, const struct expiring_report *report,
    const char *name, const char *help, int64_t value_ms)
{
	struct labels labels;

	add_head(out, name, help);
	promtext_add_seconds(out, name_total(&labels, name, report), value_ms);
}

/* --- groups ----------------------------------------------------------------
 */

struct tally {
	struct bytes group;
	int64_t first_ms;
	size_t within;
};

static int
compare_tallies(const void *left, const void *right)
{
	const struct tally *a = left, *b = right;

	return bytes_compare(a->group, b->group);
}

/* Of each group whose clock runs; *count of them, in the order of names. */
static struct tally *
count_groups(const struct expiring *expiring, size_t *count)
{
	struct tally *tallies = xcalloc(expiring->count, sizeof(*tallies));
	size_t rows = 0;
	size_t kept = 0;

	for (size_t at = 0; at < expiring->count; at++) {
		const struct expiring_position *position =
		    &expiring->positions[at];

		if (!lifetime_runs(&position->lifetime) ||
		    position->lifetime.lost.from_ms < 0)
			continue;
		tallies[rows++] = (struct tally){ position->group,
			position->lifetime.lost.from_ms, position->is_within };
	}
	if (rows > 1)
		qsort(tallies, rows, sizeof(*tallies), compare_tallies);
	for (size_t at = 0; at < rows; at++) {
		struct tally *last = kept == 0 ? NULL : &tallies[kept - 1];

		if (last == NULL ||
		    !bytes_equal(last->group, tallies[at].group)) {
			tallies[kept++] = tallies[at];
			continue;
		}
		last->within += tallies[at].within;
		if (tallies[at].first_ms < last->first_ms)
			last->first_ms = tallies[at].first_ms;
	}
	*count = kept;
	return tallies;
}

static void
add_groups(struct buf *out, const struct expiring_report *report)
{
	static const char first[] = PREFIX "first_loss_timestamp_seconds";
	static const char within[] = PREFIX "positions";
	struct labels labels;
	size_t count;
	struct tally *tallies = count_groups(&report->expiring, &count);

	add_head(out, first,
	    report->is_bound ? "When a position of the group may be lost first."
			     : "When a position of the group is lost first.");
	for (size_t at = 0; at < count; at++)
		promtext_add_seconds(out,
		    name_group(&labels, first, report, tallies[at].group),
		    tallies[at].first_ms);
	add_head(out, within,
	    "Positions of the group that are lost within the time asked for.");
	for (size_t at = 0; at < count; at++)
		promtext_add_count(out,
		    name_group(&labels, within, report, tallies[at].group),
		    (int64_t)tallies[at].within);
	free(tallies);
}

void
expiring_metrics(const struct expiring_report *report, struct buf *out)
{
	add_groups(out, report);
	add_count(out, report, PREFIX "groups",
	    "Groups with a position that is lost within the time asked for.",
	    report->expiring.within_group_count);
	add_count(out, report, PREFIX "at_risk_positions",
	    "Positions that would go when the last member leaves.",
	    report->expiring.risk_count);
	add_seconds(out, report, PREFIX "within_seconds", "The time asked for.",
	    report->within_ms);
	add_seconds(out, report, PREFIX "retention_seconds",
	    "How long the cluster keeps positions.", report->retention_ms);
	add_count(out, report, PREFIX "bound",
	    "1: moments are bounds, out of snapshots.", report->is_bound);
	add_count(out, report, PREFIX "complete",
	    "1: everything that was asked for could be read.",
	    report->trouble_count == 0);
	add_seconds(out, report, PREFIX "last_run_timestamp_seconds",
	    "When this was found out.", report->now_ms);
}
