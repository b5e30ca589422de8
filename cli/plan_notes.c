#include "cli/plan_notes.h"

#include "cli/output.h"
#include "common/utf8.h"
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
