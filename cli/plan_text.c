/* Plans and results, printed. */
#include "cli/plan_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/plan_notes.h"
#include "cli/proof_text.h"
#include "cli/table.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "restore/plancodec.h"

#define NUMBER_MAX 32

static const char *
value_text(const struct plan_value *value, char out[NUMBER_MAX])
{
	if (!value->present)
		return "none";
	(void)snprintf(out, NUMBER_MAX, "%" PRId64, value->offset);
	return out;
}

/* By how many records the group would move. */
static const char *
change_text(const struct plan_row *row, char out[NUMBER_MAX])
{
	if (!row->planned.present || !row->now.present)
		return "-";
	(void)snprintf(out, NUMBER_MAX, "%+" PRId64,
	    (int64_t)((uint64_t)row->planned.offset -
		(uint64_t)row->now.offset));
	return out;
}

/* "14:00 of snapshot 12ab, then 80 at ... or now" in a few words. */
static void
add_bracket(struct table *table, const struct plan_row *row)
{
	char low[TIME_RFC3339_MAX];
	char high[TIME_RFC3339_MAX];
	char number[NUMBER_MAX];
	const struct plan_value upper = { row->high.present, row->high.offset,
		-1, { NULL, 0 } };

	if (!row->low.known) {
		table_text(table, "-");
		return;
	}
	(void)time_format(row->low.time_ms, low);
	if (!row->high.known) {
		table_text(table, "%s", low);
		return;
	}
	table_text(table, "%s .. %s (%s)", low,
	    row->high.is_now ? "now" : time_format(row->high.time_ms, high),
	    value_text(&upper, number));
}

static void
add_row(struct table *table, const struct plan_group *group,
    const struct plan_row *row)
{
	char number[NUMBER_MAX];

	table_name(table, group->name);
	table_name(table, row->topic);
	table_number(table, row->partition);
	table_text(table, "%s", value_text(&row->now, number));
	table_text(table, "%s", value_text(&row->planned, number));
	table_text(table, "%s", change_text(row, number));
	table_text(table, "%s", plan_action_text(row->action));
	add_bracket(table, row);
	table_text(table, "%s%s%s%s%s", plan_rule_text(row->rule),
	    row->moved_back ? ", estimate: moved back" : "",
	    row->renamed ? ", estimate: another topic" : "",
	    row->text[0] != '\0' ? ": " : "", row->text);
}

/* --- worst first ------------------------------------------------------- */

struct ranked {
	const struct plan_group *group;
	struct plan_totals totals;
};

static int
compare_sizes(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* What goes least well comes first; else as in the plan. */
static int
compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	int order =
	    compare_sizes(a->totals.refused_groups, b->totals.refused_groups);

	if (order == 0)
		order = compare_sizes(a->totals.refused, b->totals.refused);
	if (order == 0)
		order = compare_sizes(a->totals.skipped, b->totals.skipped);
	if (order == 0)
		order = compare_sizes(
		    (uint64_t)a->totals.skip, (uint64_t)b->totals.skip);
	if (order == 0)
		order = compare_sizes(
		    (uint64_t)a->totals.reread, (uint64_t)b->totals.reread);
	if (order == 0)
		order = (a->group > b->group) - (a->group < b->group);
	return order;
}

static struct ranked *
rank_groups(const struct plan *plan)
{
	struct ranked *ranked = xcalloc(plan->group_count, sizeof(*ranked));

	for (size_t at = 0; at < plan->group_count; at++) {
		ranked[at].group = &plan->groups[at];
		plan_count_group(ranked[at].group, &ranked[at].totals);
	}
	if (plan->group_count > 1)
		qsort(
		    ranked, plan->group_count, sizeof(*ranked), compare_ranked);
	return ranked;
}

/* Why the worst of its rows is not written. */
static const char *
worst_reason(const struct plan_group *group)
{
	const struct plan_row *skipped = NULL;

	if (group->refused != RULE_NONE)
		return plan_rule_text(group->refused);
	for (size_t row = 0; row < group->row_count; row++) {
		if (group->rows[row].action == PLAN_REFUSE)
			return plan_rule_text(group->rows[row].rule);
		if (group->rows[row].action == PLAN_SKIP && skipped == NULL)
			skipped = &group->rows[row];
	}
	return skipped == NULL ? "" : plan_rule_text(skipped->rule);
}

static void
print_summary(
    const struct plan *plan, const struct ranked *ranked, struct output *out)
{
	static const char *const titles[] = { "GROUP", ">POSITIONS", ">WRITE",
		">AS THEY ARE", ">LEFT", ">SKIPPED", ">REFUSED", ">READ AGAIN",
		">PASSED OVER", "WHY NOT", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_totals *totals = &ranked[at].totals;

		table_name(&table, ranked[at].group->name);
		table_number(&table, (int64_t)totals->rows);
		table_number(&table, (int64_t)totals->commits);
		table_number(&table, (int64_t)totals->same);
		table_number(&table, (int64_t)totals->left);
		table_number(&table, (int64_t)totals->skipped);
		table_number(&table, (int64_t)totals->refused);
		table_number(&table, totals->reread);
		table_number(&table, totals->skip);
		table_text(&table, "%s", worst_reason(ranked[at].group));
	}
	table_finish(&table, out);
}

static void
print_rows(
    const struct plan *plan, const struct ranked *ranked, struct output *out)
{
	static const char *const titles[] = { "GROUP", "TOPIC", ">PARTITION",
		">NOW", ">PLANNED", ">CHANGE", "ACTION", "TAKEN .. THEN",
		"RULE", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = ranked[at].group;

		for (size_t row = 0; row < group->row_count; row++)
			add_row(&table, group, &group->rows[row]);
	}
	table_finish(&table, out);
}

static void
print_members(const struct plan_group *group, struct output *out)
{
	for (size_t at = 0; at < group->shown_count; at++) {
		struct buf line = { 0 };

		buf_add_text(&line, "    ");
		utf8_escape(&line, group->members[at].client_id);
		buf_add_text(&line, " on ");
		utf8_escape(&line, group->members[at].host);
		output_text(out, "%s\n", buf_text(&line));
		buf_release(&line);
	}
	if (group->member_count > group->shown_count)
		output_text(out, "    and %zu more\n",
		    group->member_count - group->shown_count);
}

/* What concerns a group as a whole. */
static void
print_notes(const struct plan *plan, struct output *out)
{
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];
		struct buf name = { 0 };

		if (group->refused == RULE_NONE && group->text[0] == '\0')
			continue;
		utf8_escape(&name, group->name);
		output_text(out, "group %s: %s%s%s\n",
		    name.size > 0 ? buf_text(&name) : "\"\"",
		    group->refused != RULE_NONE ? plan_rule_text(group->refused)
						: "",
		    group->refused != RULE_NONE && group->text[0] != '\0' ? ": "
									  : "",
		    group->text);
		buf_release(&name);
		print_members(group, out);
	}
	if (plan->names_open)
		output_text(out,
		    "no snapshot settles whether the patterns mean further "
		    "groups\n");
}

/* Which of the two questions of design section 2 is answered, if one is. */
static void
print_question(const struct plan *plan, struct output *out)
{
	char when[TIME_RFC3339_MAX];

	(void)time_format(plan->at_ms, when);
	if (strcmp(plan->question, "committed") == 0)
		output_text(out,
		    "answers: committed: where had each group got to at "
		    "%s%s%s?\n\n",
		    when, plan->has_at ? "" : ", in snapshot ",
		    plan->has_at ? "" : plan->snapshot_id);
	else if (strcmp(plan->question, "log-time") == 0)
		output_text(out,
		    "answers: log-time: which records were written from %s "
		    "on?\n\n",
		    when);
	else
		output_text(out, "does: %s, as the logs were at %s\n\n",
		    plan->question, when);
}

void
plan_text_print(const struct plan *plan, bool summary, struct output *out)
{
	struct plan_totals totals;
	struct ranked *ranked = rank_groups(plan);
	char cluster[PLAN_TEXT_MAX];

	plan_count(plan, &totals);
	output_text(out, "plan %s for cluster %s (policy %s)\n", plan->id,
	    utf8_escape_to(
		bytes_of(plan->cluster_id), cluster, sizeof(cluster)),
	    plan->policy);
	print_question(plan, out);
	if (!summary)
		print_rows(plan, ranked, out);
	if (!summary && plan->group_count > 1)
		output_text(out, "\n");
	if (summary || plan->group_count > 1)
		print_summary(plan, ranked, out);
	free(ranked);
	output_text(out, "\n");
	print_notes(plan, out);
	plan_notes_renames(plan, out);
	plan_notes_kinds(plan, out);
	plan_notes_expiry(plan, NULL, out);
	output_text(out,
	    "%zu group%s, %zu position%s: %zu to write, %zu as they are, %zu "
	    "left, %zu skipped, %zu refused\n",
	    totals.groups, output_plural(totals.groups), totals.rows,
	    output_plural(totals.rows), totals.commits, totals.same,
	    totals.left, totals.skipped, totals.refused);
	if (totals.reread > 0)
		output_text(out, "%" PRId64 " records will be read again\n",
		    totals.reread);
	if (totals.skip > 0)
		output_text(out,
		    "%" PRId64 " records will be passed over, unread\n",
		    totals.skip);
}

void
plan_text_json(const struct plan *plan, struct output *out)
{
	struct buf text = { 0 };

	plancodec_encode(plan, &text);
	output_bytes(out, buf_bytes(&text));
	buf_release(&text);
}

/* Rows that ended as they should need no line of their own. */
static bool
is_fine(enum apply_outcome outcome)
{
	return outcome == APPLY_DONE || outcome == APPLY_LEFT ||
	    outcome == APPLY_WOULD;
}

static void
print_exceptions(const struct plan *plan, const struct apply_result *result,
    struct output *out)
{
	static const char *const titles[] = { "GROUP", "TOPIC", ">PARTITION",
		">PLANNED", ">FOUND", "OUTCOME", "WHY", NULL };
	struct table table;
	char number[NUMBER_MAX];

	table_init(&table, titles);
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];

		for (size_t row = 0; row < group->row_count; row++) {
			const struct plan_row *planned = &group->rows[row];
			const struct apply_row *ended =
			    &result->groups[at].rows[row];

			if (is_fine(ended->outcome))
				continue;
			table_name(&table, group->name);
			table_name(&table, planned->topic);
			table_number(&table, planned->partition);
			table_text(&table, "%s",
			    value_text(&planned->planned, number));
			table_text(&table, "%s",
			    ended->found_known
				? value_text(&ended->found, number)
				: "?");
			table_text(
			    &table, "%s", apply_outcome_text(ended->outcome));
			table_name(&table,
			    bytes_of(ended->text[0] != '\0'
				    ? ended->text
				    : plan_rule_text(planned->rule)));
		}
	}
	table_finish(&table, out);
}

static void
print_groups(const struct plan *plan, const struct apply_result *result,
    struct output *out)
{
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct apply_group *group = &result->groups[at];
		struct buf name = { 0 };

		if (group->text[0] == '\0' && !group->half_done)
			continue;
		utf8_escape(&name, plan->groups[at].name);
		output_text(out, "group %s: %s%s\n",
		    name.size > 0 ? buf_text(&name) : "\"\"",
		    group->half_done ? "HALF DONE " : "", group->text);
		buf_release(&name);
	}
}

void
plan_text_print_result(const struct plan *plan,
    const struct apply_result *result, struct output *out)
{
	print_exceptions(plan, result, out);
	print_groups(plan, result, out);
	plan_notes_expiry(plan, result, out);
	if (result->trouble[0] != '\0')
		output_text(out, "%s\n", result->trouble);
	if (result->dry_run)
		output_text(out, "dry run: nothing was written\n");
	if (result->interrupted)
		output_text(out,
		    "interrupted: what is not listed above was "
		    "done and read back\n");
	for (size_t outcome = 0; outcome < APPLY_OUTCOME_COUNT; outcome++) {
		if (result->outcomes[outcome] > 0)
			output_text(out, "%zu position%s %s%s\n",
			    result->outcomes[outcome],
			    output_plural(result->outcomes[outcome]),
			    apply_outcome_text((enum apply_outcome)outcome),
			    outcome == APPLY_DONE ? ", read back as planned"
						  : "");
	}
}

static json_t *
value_json(const struct plan_value *value)
{
	json_t *object;

	if (!value->present)
		return json_null();
	object = json_pack("{s:I, s:i}", "offset", (json_int_t)value->offset,
	    "epoch", (int)value->epoch);
	json_set_name(object, "metadata", value->metadata);
	return object;
}

static json_t *
row_json(const struct plan_group *group, const struct plan_row *planned,
    const struct apply_row *ended)
{
	json_t *line = json_pack("{s:s}", "kind", "position");

	json_set_name(line, "group", group->name);
	json_set_name(line, "topic", planned->topic);
	json_object_set_new(
	    line, "partition", json_integer(planned->partition));
	json_object_set_new(line, "planned", value_json(&planned->planned));
	if (ended->found_known)
		json_object_set_new(line, "found", value_json(&ended->found));
	json_object_set_new(
	    line, "outcome", json_string(apply_outcome_text(ended->outcome)));
	json_object_set_new(
	    line, "rule", json_string(plan_rule_text(planned->rule)));
	json_object_set_new(line, "text", json_string(ended->text));
	return line;
}

static json_t *
group_json(const struct plan *plan, const struct plan_group *group,
    const struct apply_group *ended)
{
	json_t *line = json_pack("{s:s, s:s, s:b, s:s}", "kind", "group",
	    "refused",
	    ended->refused != RULE_NONE ? plan_rule_text(ended->refused) : "",
	    "half_done", ended->half_done ? 1 : 0, "text", ended->text);

	json_set_name(line, "group", group->name);
	json_object_set_new(
	    line, "expiry", json_string(expiry_text(group->expiry)));
	if (plan_notes_has_end(plan, group, ended))
		json_set_time(line, "expires",
		    expiry_end_ms(&plan->retention, ended->written_ms));
	return line;
}

void
plan_text_json_result(const struct plan *plan,
    const struct apply_result *result, const struct seekproof *proof,
    struct output *out)
{
	json_t *last = json_pack("{s:s, s:s, s:b, s:b, s:s, s:i}", "kind",
	    "result", "plan", plan->id, "dry_run", result->dry_run ? 1 : 0,
	    "interrupted", result->interrupted ? 1 : 0, "trouble",
	    result->trouble, "status", apply_exit_status(result));

	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];

		output_json(out, group_json(plan, group, &result->groups[at]));
		for (size_t row = 0; row < group->row_count; row++) {
			json_t *line = row_json(group, &group->rows[row],
			    &result->groups[at].rows[row]);

			proof_text_json_row(proof, at, row, line);
			output_json(out, line);
		}
	}
	proof_text_json_totals(proof, last);
	for (size_t outcome = 0; outcome < APPLY_OUTCOME_COUNT; outcome++)
		json_object_set_new(last,
		    apply_outcome_text((enum apply_outcome)outcome),
		    json_integer((json_int_t)result->outcomes[outcome]));
	output_json(out, last);
}
