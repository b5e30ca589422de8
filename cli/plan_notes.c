#include "cli/plan_notes.h"

#include "cli/output.h"
#include "common/utf8.h"
#include "restore/apply.h"
#include "restore/plan.h"

/* Groups that a note names; of the others it tells the number. */
#define NAMED_MAX 5

/* "group a", "groups a, b and 3 more". */
struct names {
	struct buf text;
	size_t count;
};

static void
add_name(struct names *names, struct bytes name)
{
	if (names->count++ >= NAMED_MAX)
		return;
	if (names->count > 1)
		buf_add_text(&names->text, ", ");
	if (name.size > 0)
		utf8_escape(&names->text, name);
	else
		buf_add_text(&names->text, "\"\"");
}

static void
print_note(struct names *names, const char *text, struct output *out)
{
	if (names->count == 0)
		return;
	output_text(out, "group%s %s", output_plural(names->count),
	    buf_text(&names->text));
	if (names->count > NAMED_MAX)
		output_text(out, " and %zu more", names->count - NAMED_MAX);
	output_text(out, ": %s\n", text);
	buf_release(&names->text);
}

static bool
has_copy(const struct plan *plan)
{
	for (size_t at = 0; at < plan->group_count; at++)
		for (size_t row = 0; row < plan->groups[at].row_count; row++)
			if (plan->groups[at].rows[row].renamed)
				return true;
	return false;
}

void
plan_notes_renames(const struct plan *plan, struct output *out)
{
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];
		struct names to = { 0 }, from = { 0 };
		struct buf line = { 0 };

		if (!group->renamed)
			continue;
		add_name(&to, group->name);
		add_name(&from, group->from);
		buf_add_format(&line, "gets the positions of group %s",
		    buf_text(&from.text));
		print_note(&to, buf_text(&line), out);
		buf_release(&from.text);
		buf_release(&line);
	}
	if (has_copy(plan))
		output_text(out,
		    "\"another topic\": the number is right only if that is a "
		    "copy, byte by byte, of the topic that was read; no more "
		    "than the log range is compared\n");
}

void
plan_notes_kinds(const struct plan *plan, struct output *out)
{
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct names names = { 0 };
		const char *hint = "";

		for (size_t at = 0; at < plan->group_count; at++) {
			const struct plan_group *group = &plan->groups[at];

			if ((int)group->kind != kind || group->hint[0] == '\0')
				continue;
			hint = group->hint;
			add_name(&names, group->name);
		}
		print_note(&names, hint, out);
	}
}

bool
plan_notes_has_end(const struct plan *plan, const struct plan_group *group,
    const struct apply_group *ended)
{
	return plan->retention.ms > 0 && group->expiry != EXPIRY_UNTOLD &&
	    ended->written_ms > 0;
}

static bool
is_to_be_written(const struct plan *plan, const struct plan_group *group)
{
	struct plan_totals totals = { 0 };

	plan_count_group(group, &totals);
	return plan->retention.ms > 0 && totals.commits > 0;
}

/* The groups whose time is counted so; *written_ms: the first was written. */
static struct names
gather(const struct plan *plan, const struct apply_result *result,
    enum expiry_clock clock, int64_t *written_ms)
{
	struct names names = { 0 };

	*written_ms = INT64_MAX;
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];
		const struct apply_group *ended =
		    result == NULL ? NULL : &result->groups[at];

		if (group->expiry != clock ||
		    !(ended == NULL ? is_to_be_written(plan, group)
				    : plan_notes_has_end(plan, group, ended)))
			continue;
		if (ended != NULL && ended->written_ms < *written_ms)
			*written_ms = ended->written_ms;
		add_name(&names, group->name);
	}
	return names;
}

void
plan_notes_expiry(const struct plan *plan, const struct apply_result *result,
    struct output *out)
{
	for (int at = EXPIRY_UNTOLD + 1; at < EXPIRY_COUNT; at++) {
		const enum expiry_clock clock = (enum expiry_clock)at;
		int64_t written_ms;
		struct names names = gather(plan, result, clock, &written_ms);
		struct buf text = { 0 };

		if (result == NULL)
			expiry_add_planned(&text, clock, &plan->retention);
		else if (names.count > 0)
			expiry_add_written(
			    &text, clock, &plan->retention, written_ms);
		print_note(&names, buf_text(&text), out);
		buf_release(&text);
	}
}
