#include "cli/expiring_next.h"

#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/restore_line.h"
#include "restore/nameset.h"
#include "snapshot/expiring.h"

/* So many groups in one line; more are easier by a pattern. */
#define GROUPS_MAX 20

/* Counted from its commit, and nobody is there to commit anything else. */
static bool
is_kept_by_touch(const struct expiring_position *position)
{
	return position->lifetime.rule == LIFETIME_COMMIT &&
	    strcmp(position->state, "Empty") == 0;
}

static void
print_touch(struct context *context, const struct nameset *groups)
{
	const struct options *options = &context->options;
	const struct buf nothing = { 0 };
	struct buf line = { 0 };
	size_t added = 0;

	buf_add_text(&line, "tidemark touch");
	restore_line_options(options, CMD_EXPIRING | CMD_TOUCH, &line);
	if (!options_is_set(options, OPT_REPO))
		buf_add_text(&line, " --record NEW-FILE");
	for (size_t at = 0; at < groups->count && at < GROUPS_MAX; at++)
		added += restore_line_add(&line, &nothing, groups->names[at]);
	if (added > 0)
		output_text(&context->out,
		    "\nto keep what a commit can keep (nothing is changed "
		    "without --execute):\n  %s\n",
		    buf_text(&line));
	if (groups->count > GROUPS_MAX)
		output_text(&context->out,
		    "  ... and %zu groups more (--group takes patterns)\n",
		    groups->count - GROUPS_MAX);
	buf_release(&line);
}

static void
print_rest(const size_t *by_rule, struct output *out)
{
	if (by_rule[LIFETIME_EMPTY] > 0)
		output_text(out,
		    "touch cannot keep %zu position%s of classic groups that "
		    "are empty: only a consumer that joins stops that clock\n",
		    by_rule[LIFETIME_EMPTY],
		    output_plural(by_rule[LIFETIME_EMPTY]));
	if (by_rule[LIFETIME_COMMIT] > 0)
		output_text(out,
		    "touch leaves %zu position%s of groups with members "
		    "alone: no member subscribes those topics\n",
		    by_rule[LIFETIME_COMMIT],
		    output_plural(by_rule[LIFETIME_COMMIT]));
	if (by_rule[LIFETIME_EXPLICIT] > 0)
		output_text(out,
		    "%zu position%s end%s when an old client said: touch tells "
		    "of each whether a commit would keep it longer\n",
		    by_rule[LIFETIME_EXPLICIT],
		    output_plural(by_rule[LIFETIME_EXPLICIT]),
		    by_rule[LIFETIME_EXPLICIT] == 1 ? "s" : "");
}

void
expiring_next_print(struct context *context, const struct expiring *expiring)
{
	struct nameset groups = { 0 };
	size_t by_rule[LIFETIME_RULE_COUNT] = { 0 };

	for (size_t at = 0; at < expiring->count; at++) {
		const struct expiring_position *position =
		    &expiring->positions[at];

		if (!position->is_within)
			continue;
		if (is_kept_by_touch(position))
			nameset_add(&groups, position->group);
		else
			by_rule[position->lifetime.rule]++;
	}
	nameset_settle(&groups);
	if (groups.count > 0)
		print_touch(context, &groups);
	print_rest(by_rule, &context->out);
	free(groups.names);
}
