/*
 * The file for Prometheus.  Two series for each group whose clock runs, none
 * for a position: there may be a million of them.  Moments are times, not the
 * seconds that are left, so that a file which nobody writes any more does not
 * lie.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/expiring_text.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define MS_PER_S 1000

static void
add_head(struct buf *out, const char *name, const char *help)
{
	buf_add_format(
	    out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void
add_label(struct buf *out, const char *name, struct bytes value)
{
	struct buf text = { 0 };

	utf8_escape(&text, value);
	buf_add_format(out, "%s=\"", name);
	for (size_t at = 0; at < text.size; at++) {
		if (text.data[at] == '"' || text.data[at] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, text.data[at]);
	}
	buf_add_char(out, '"');
	buf_release(&text);
}

static void
add_seconds(struct buf *out, int64_t time_ms)
{
	buf_add_format(out, " %" PRId64 ".%03" PRId64 "\n", time_ms / MS_PER_S,
	    time_ms % MS_PER_S);
}

static void
add_group_name(struct buf *out, const char *name,
    const struct expiring_report *report, struct bytes group)
{
	buf_add_format(out, "%s{", name);
	add_label(out, "cluster", bytes_of(report->cluster_id));
	buf_add_char(out, ',');
	add_label(out, "group", group);
	buf_add_char(out, '}');
}

static void
add_total(struct buf *out, const struct expiring_report *report,
    const char *name, const char *help)
{
	add_head(out, name, help);
	buf_add_format(out, "%s{", name);
	add_label(out, "cluster", bytes_of(report->cluster_id));
	buf_add_char(out, '}');
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
	static const char first[] =
	    "tidemark_expiring_first_loss_timestamp_seconds";
	static const char within[] = "tidemark_expiring_positions";
	size_t count;
	struct tally *tallies = count_groups(&report->expiring, &count);

	add_head(out, first,
	    report->is_bound ? "When a position of the group may be lost first."
			     : "When a position of the group is lost first.");
	for (size_t at = 0; at < count; at++) {
		add_group_name(out, first, report, tallies[at].group);
		add_seconds(out, tallies[at].first_ms);
	}
	add_head(out, within,
	    "Positions of the group that are lost within the time asked for.");
	for (size_t at = 0; at < count; at++) {
		add_group_name(out, within, report, tallies[at].group);
		buf_add_format(out, " %zu\n", tallies[at].within);
	}
	free(tallies);
}

void
expiring_metrics(const struct expiring_report *report, struct buf *out)
{
	add_groups(out, report);
	add_total(out, report, "tidemark_expiring_groups",
	    "Groups with a position that is lost within the time asked for.");
	buf_add_format(out, " %zu\n", report->expiring.within_group_count);
	add_total(out, report, "tidemark_expiring_at_risk_positions",
	    "Positions that would go when the last member leaves.");
	buf_add_format(out, " %zu\n", report->expiring.risk_count);
	add_total(out, report, "tidemark_expiring_within_seconds",
	    "The time asked for.");
	add_seconds(out, report->within_ms);
	add_total(out, report, "tidemark_expiring_retention_seconds",
	    "How long the cluster keeps positions.");
	add_seconds(out, report->retention_ms);
	add_total(out, report, "tidemark_expiring_bound",
	    "1: moments are bounds, out of snapshots.");
	buf_add_format(out, " %d\n", report->is_bound);
	add_total(out, report, "tidemark_expiring_complete",
	    "1: everything that was asked for could be read.");
	buf_add_format(out, " %d\n", report->trouble_count == 0);
	add_total(out, report, "tidemark_expiring_last_run_timestamp_seconds",
	    "When this was found out.");
	add_seconds(out, report->now_ms);
}
