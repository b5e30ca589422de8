#include "cli/expiring_text.h"

#include <string.h>

#include "cli/output.h"
#include "cli/table.h"
#include "common/timetext.h"
#include "common/utf8.h"

#define NAME_SHOWN_MAX 128

/* --- for people ---------------------------------------------------------- */

static void
add_moment(struct table *table, const struct lifetime_moment *moment)
{
	char from[TIME_RFC3339_MAX] = "?";
	char to[TIME_RFC3339_MAX] = "?";

	if (moment->from_ms >= 0)
		(void)time_format(moment->from_ms, from);
	if (moment->to_ms != LIFETIME_NEVER)
		(void)time_format(moment->to_ms, to);
	if (strcmp(from, to) == 0)
		table_text(table, "%s", from);
	else
		table_text(table, "%s .. %s", from, to);
}

static void
add_row(struct table *table, const struct expiring_report *report,
    const struct expiring_position *position)
{
	const int64_t left_ms =
	    position->lifetime.lost.from_ms - report->now_ms;
	char left[DURATION_TEXT_MAX];

	add_moment(table, &position->lifetime.lost);
	table_text(table, "%s",
	    left_ms > 0 ? duration_format(left_ms, left) : "next check");
	table_name(table, position->group);
	table_name(table, position->topic);
	table_number(table, position->partition);
	table_number(table, position->offset);
	add_moment(table, &position->commit);
	table_text(table, "%s", lifetime_rule_text(position->lifetime.rule));
}

static void
print_rows(const struct expiring_report *report, struct output *out)
{
	static const char *const titles[] = { "LOST", "IN", "GROUP", "TOPIC",
		">PARTITION", ">OFFSET", "COMMITTED", "RULE", NULL };
	const struct expiring *expiring = &report->expiring;
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < expiring->count; at++)
		if (expiring->positions[at].is_within)
			add_row(&table, report, &expiring->positions[at]);
	table_finish(&table, out);
}

/* The positions at risk stand together by group, behind those with a moment. */
static void
print_risks(const struct expiring_report *report, struct output *out)
{
	static const char *const titles[] = { "GROUP", ">POSITIONS",
		"AT ONCE FROM", NULL };
	const struct expiring *expiring = &report->expiring;
	struct table table;
	size_t at = 0;

	if (expiring->risk_count == 0)
		return;
	output_text(out,
	    "\nheld by members; when the last one leaves, these go within a "
	    "second%s:\n",
	    report->is_bound ? " (unless it begins to count then)" : "");
	table_init(&table, titles);
	while (at < expiring->count) {
		const struct expiring_position *first =
		    &expiring->positions[at];
		struct lifetime_moment soonest = { INT64_MAX, INT64_MAX };
		size_t count = 0;

		for (; at < expiring->count &&
		     bytes_equal(expiring->positions[at].group, first->group);
		     at++) {
			const struct lifetime_moment *lost =
			    &expiring->positions[at].lifetime.lost;

			if (!expiring->positions[at].is_at_risk)
				continue;
			count++;
			if (lost->from_ms < soonest.from_ms)
				soonest = *lost;
		}
		if (count == 0)
			continue;
		table_name(&table, first->group);
		table_number(&table, (int64_t)count);
		add_moment(&table, &soonest);
	}
	table_finish(&table, out);
}

static void
print_head(const struct expiring_report *report, struct output *out)
{
	const bool assumed = strcmp(report->retention_source, "default") == 0;
	char cluster[NAME_SHOWN_MAX];
	char retention[DURATION_TEXT_MAX];

	output_text(out, "cluster %s, by %s; positions are kept for %s (%s)\n",
	    utf8_escape_to(
		bytes_of(report->cluster_id), cluster, sizeof(cluster)),
	    report->is_bound ? "snapshots: bounds, not moments"
			     : "the offsets topic",
	    duration_format(report->retention_ms, retention),
	    assumed ? "ASSUMED: Kafka's default, for no broker tells it"
		: strcmp(report->retention_source, "broker") == 0
		? "offsets.retention.minutes of a broker"
		: "as --retention says");
	if (report->is_bound)
		output_text(out,
		    "%zu snapshot%s opened; the later end holds unless the "
		    "same number was committed again, or a member came and "
		    "went, between two of them\n",
		    report->capture_count,
		    output_plural(report->capture_count));
	output_text(out, "\n");
}

void
expiring_text_print(const struct expiring_report *report, struct output *out)
{
	const struct expiring *expiring = &report->expiring;
	char within[DURATION_TEXT_MAX];

	print_head(report, out);
	print_rows(report, out);
	print_risks(report, out);
	if (expiring->within_count + expiring->risk_count > 0)
		output_text(out, "\n");
	output_text(out,
	    "%zu position%s of %zu group%s %s lost within %s, of %zu\n",
	    expiring->within_count, output_plural(expiring->within_count),
	    expiring->within_group_count,
	    output_plural(expiring->within_group_count),
	    report->is_bound ? "may be" : "will be",
	    duration_format(report->within_ms, within), expiring->count);
	if (expiring->unknown_count > 0)
		output_text(out,
		    "of %zu position%s it cannot be told which rule counts\n",
		    expiring->unknown_count,
		    output_plural(expiring->unknown_count));
	for (size_t at = 0; at < report->trouble_count; at++)
		output_text(out, "PARTIAL: %s\n", report->troubles[at]);
}

/* --- JSON ------------------------------------------------------------------
 */

static void
set_moment(json_t *object, const char *at, const char *from, const char *to,
    const struct lifetime_moment *moment)
{
	if (moment->from_ms >= 0 && moment->from_ms == moment->to_ms) {
		json_set_time(object, at, moment->from_ms);
		return;
	}
	if (moment->from_ms >= 0)
		json_set_time(object, from, moment->from_ms);
	if (moment->to_ms != LIFETIME_NEVER)
		json_set_time(object, to, moment->to_ms);
}

static json_t *
json_position(const struct expiring_report *report,
    const struct expiring_position *position)
{
	const struct lifetime *lifetime = &position->lifetime;
	json_t *object = json_object();

	json_set_name(object, "group", position->group);
	json_set_name(object, "topic", position->topic);
	json_object_set_new(
	    object, "partition", json_integer(position->partition));
	json_object_set_new(object, "offset", json_integer(position->offset));
	json_object_set_new(
	    object, "type", json_string(group_type_text(position->type)));
	json_object_set_new(object, "state", json_text(position->state));
	json_object_set_new(
	    object, "rule", json_string(lifetime_rule_text(lifetime->rule)));
	json_object_set_new(object, "bound", json_boolean(report->is_bound));
	json_object_set_new(
	    object, "within", json_boolean(position->is_within));
	set_moment(object, "committed", "committed_from", "committed_to",
	    &position->commit);
	if (lifetime_runs(lifetime))
		set_moment(
		    object, "lost", "lost_from", "lost_to", &lifetime->lost);
	if (lifetime->rule != LIFETIME_HELD)
		return object;
	set_moment(
	    object, "at_risk", "at_risk_from", "at_risk_to", &lifetime->lost);
	json_object_set_new(object, "subscription",
	    json_string(lifetime->unsure ? "unknown" : "subscribed"));
	return object;
}

void
expiring_text_json(const struct expiring_report *report, struct output *out)
{
	const struct expiring *expiring = &report->expiring;
	json_t *troubles = json_array();
	json_t *total;

	for (size_t at = 0; at < expiring->count; at++)
		output_json(
		    out, json_position(report, &expiring->positions[at]));
	for (size_t at = 0; at < report->trouble_count; at++)
		json_array_append_new(
		    troubles, json_text(report->troubles[at]));
	total = json_pack(
	    "{s:b, s:I, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
	    "summary", 1, "retention_ms", (json_int_t)report->retention_ms,
	    "retention_source", report->retention_source, "source",
	    report->is_bound ? "snapshots" : "offsets-topic", "complete",
	    report->trouble_count == 0, "within_ms",
	    (json_int_t)report->within_ms, "positions",
	    (json_int_t)expiring->count, "within",
	    (json_int_t)expiring->within_count, "groups_within",
	    (json_int_t)expiring->within_group_count, "at_risk",
	    (json_int_t)expiring->risk_count, "unknown",
	    (json_int_t)expiring->unknown_count, "troubles", troubles);
	json_object_set_new(total, "cluster", json_text(report->cluster_id));
	json_set_time(total, "now", report->now_ms);
	if (report->is_bound)
		json_object_set_new(total, "snapshots",
		    json_integer((json_int_t)report->capture_count));
	output_json(out, total);
}
