/* What became of a plan, printed. */
#include "cli/result_text.h"

#include <string.h>

#include "cli/output.h"
#include "cli/plan_notes.h"
#include "cli/plan_text.h"
#include "cli/proof_text.h"
#include "cli/table.h"
#include "common/utf8.h"

/* Rows that ended as they should need no line of their own. */
static bool
is_fine(enum apply_outcome outcome)
{
	return outcome == APPLY_DONE || outcome == APPLY_LEFT ||
	    outcome == APPLY_WOULD;
}

/* A group that is refused as a whole takes its rows with it. */
static const char *
reason(const struct plan_row *planned, const struct apply_row *ended,
    const struct apply_group *group)
{
	if (ended->text[0] != '\0')
		return ended->text;
	return plan_rule_text(
	    group->refused != RULE_NONE && plan_row_is_work(planned)
		? group->refused
		: planned->rule);
}

static void
print_exceptions(const struct plan *plan, const struct apply_result *result,
    struct output *out)
{
	static const char *const titles[] = { "GROUP", "TOPIC", ">PARTITION",
		">PLANNED", ">FOUND", "OUTCOME", "WHY", NULL };
	struct table table;
	char number[PLAN_TEXT_NUMBER_MAX];

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
			    plan_text_value(&planned->planned, number));
			table_text(&table, "%s",
			    ended->found_known
				? plan_text_value(&ended->found, number)
				: "?");
			table_text(
			    &table, "%s", apply_outcome_text(ended->outcome));
			table_name(&table,
			    bytes_of(
				reason(planned, ended, &result->groups[at])));
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

/* Whether anything was sent. */
static bool
was_begun(const struct apply_result *result)
{
	for (size_t at = 0; at < result->group_count; at++)
		if (result->groups[at].written_ms != 0)
			return true;
	return false;
}

void
result_text_print(const struct plan *plan, const struct apply_result *result,
    struct output *out)
{
	print_exceptions(plan, result, out);
	print_groups(plan, result, out);
	plan_notes_expiry(plan, result, out);
	if (result->trouble[0] != '\0')
		output_text(out, "%s\n", result->trouble);
	if (result->dry_run)
		output_text(out, "dry run: nothing was written\n");
	if (result->interrupted)
		output_text(out, "interrupted: %s\n",
		    was_begun(result)
			? "what is not listed above was done and read back"
			: "nothing was changed");
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
result_text_json(const struct plan *plan, const struct apply_result *result,
    const struct seekproof *proof, struct output *out)
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
