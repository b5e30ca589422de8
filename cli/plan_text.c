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

const char *
plan_text_value(const struct plan_value *value, char out[PLAN_TEXT_NUMBER_MAX])
{
	if (!value->present)
		return "none";
	(void)snprintf(out, PLAN_TEXT_NUMBER_MAX, "%" PRId64, value->offset);
	return out;
}

/* By how many records the group would move. */
static const char *
change_text(const struct plan_row *row, char out[PLAN_TEXT_NUMBER_MAX])
{
	if (!row->planned.present || !row->now.present)
		return "-";
	(void)snprintf(out, PLAN_TEXT_NUMBER_MAX, "%+" PRId64,
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
	char number[PLAN_TEXT_NUMBER_MAX];
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
	    plan_text_value(&upper, number));
}

static void
add_row(struct table *table, const struct plan_group *group,
    const struct plan_row *row)
{
	char number[PLAN_TEXT_NUMBER_MAX];

	table_name(table, group->name);
	table_name(table, row->topic);
	table_number(table, row->partition);
	table_text(table, "%s", plan_text_value(&row->now, number));
	table_text(table, "%s", plan_text_value(&row->planned, number));
	table_text(table, "%s", change_text(row, number));
	table_text(table, "%s", plan_action_text(plan_row_action(group, row)));
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
		output_text(out, "%" PRId64 " records will be passed over\n",
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

void
plan_text_outlook(const struct plan *plan, struct output *out)
{
	struct plan_totals totals;

	plan_count(plan, &totals);
	if (totals.commits == 0)
		output_text(out,
		    "nothing was changed, and there is nothing to write\n");
	else if (totals.refused + totals.skipped > 0)
		output_text(out,
		    "nothing was changed: with --execute %zu position%s would "
		    "be written, and what is refused or skipped left alone\n",
		    totals.commits, output_plural(totals.commits));
	else
		output_text(out,
		    "nothing was changed: add --execute to carry it out\n");
}
