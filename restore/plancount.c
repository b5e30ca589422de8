/* What a plan comes to: see plan.h. */
#include "restore/plan.h"

#include <string.h>

#include "restore/touch.h"

enum plan_action
plan_row_action(const struct plan_group *group, const struct plan_row *row)
{
	if (group->refused == RULE_NONE || !plan_row_is_work(row))
		return row->action;
	return group->refused == RULE_SHARE_SKIPPED ? PLAN_SKIP : PLAN_REFUSE;
}

/* Brokers store any number. */
static void
add_capped(int64_t *sum, int64_t count)
{
	*sum = count > INT64_MAX - *sum ? INT64_MAX : *sum + count;
}

void
plan_count_group(const struct plan_group *group, struct plan_totals *out)
{
	out->groups++;
	out->rows += group->row_count;
	if (group->refused == RULE_SHARE_SKIPPED)
		out->skipped_groups++;
	else if (group->refused != RULE_NONE)
		out->refused_groups++;
	for (size_t i = 0; i < group->row_count; i++) {
		const struct plan_row *row = &group->rows[i];
		const enum plan_action action = plan_row_action(group, row);

		out->moved_back += row->moved_back;
		out->commits += action == PLAN_COMMIT || action == PLAN_REMOVE;
		out->same += action == PLAN_SAME;
		out->left += action == PLAN_LEAVE;
		out->skipped += action == PLAN_SKIP;
		out->refused += action == PLAN_REFUSE;
		if (action == PLAN_COMMIT) {
			add_capped(&out->reread, row->reread);
			add_capped(&out->skip, row->skip);
		}
	}
}

void
plan_count(const struct plan *plan, struct plan_totals *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < plan->group_count; i++)
		plan_count_group(&plan->groups[i], out);
}

int
plan_exit_status(const struct plan *plan)
{
	struct plan_totals totals;

	for (size_t i = 0; i < plan->group_count; i++)
		if (plan->groups[i].refused == RULE_STALE)
			return 5;
	plan_count(plan, &totals);
	if (totals.refused_groups > 0 || totals.refused > 0)
		return 4;
	return totals.skipped > 0 || totals.skipped_groups > 0 ||
		plan->names_open
	    ? 3
	    : 0;
}

bool
plan_group_has_work(const struct plan_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (plan_row_is_work(&group->rows[i]))
			return true;
	return false;
}

bool
plan_row_changes(const struct plan_row *row)
{
	return row->action == PLAN_COMMIT || row->action == PLAN_REMOVE;
}

bool
plan_row_is_work(const struct plan_row *row)
{
	return plan_row_changes(row) || row->action == PLAN_SAME;
}

bool
plan_row_is_touch(const struct plan_row *row)
{
	return row->rule == RULE_TOUCH;
}

bool
plan_is_touch(const struct plan *plan)
{
	return strcmp(plan->question, TOUCH_QUESTION) == 0;
}

bool
plan_works_on(const struct plan *plan, struct bytes topic, int32_t partition)
{
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct plan_group *group = &plan->groups[i];

		for (size_t j = 0; j < group->row_count; j++)
			if (group->rows[j].partition == partition &&
			    plan_row_is_work(&group->rows[j]) &&
			    bytes_equal(group->rows[j].topic, topic))
				return true;
	}
	return false;
}
