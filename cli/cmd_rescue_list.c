/* tidemark rescue list: offsets topic, or segment files -> findings. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/output.h"
#include "cli/rescue_list.h"
#include "cli/rescue_read.h"
#include "cli/rescue_text.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "snapshot/selector.h"

#define SHOWN_MAX 256

static int
parse_since(struct context *context, int64_t *out, struct err *err)
{
	const char *text = options_text(&context->options, OPT_SINCE);

	*out = INT64_MIN;
	if (text != NULL &&
	    time_parse(text, env_now_ms(&context->env), out, err) != 0)
		return err_wrap(err, "--since");
	return 0;
}

static int
check(struct context *context, struct err *err)
{
	const struct options *options = &context->options;

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0)
		return -1;
	if (!options_flag(options, OPT_HISTORY) ||
	    options_is_set(options, OPT_GROUP))
		return 0;
	(void)err_set(err, ERR_USAGE, "--history needs --group");
	err_hint(err, "of all groups it would be every record there is");
	return -1;
}

/* Those that were asked for; their order stays. */
static void
select_findings(const struct rescue_findings *all,
    const struct selector *selector, struct rescue_list *out)
{
	out->findings = xcalloc(all->count, sizeof(struct rescue_finding *));
	for (size_t at = 0; at < all->count; at++) {
		const struct rescue_finding *finding = &all->list[at];

		if (finding->at_ms < out->since_ms ||
		    !selector_takes_group(
			selector, finding->spot->group->name) ||
		    !selector_takes_topic(selector, finding->spot->topic))
			continue;
		out->findings[out->count++] = finding;
	}
}

/* What was read and tells nothing, or not all: it is no better known. */
static void
note_doubts(struct rescue_reading *reading, const struct selector *selector)
{
	const struct ledger *ledger = reading->records;

	for (size_t at = 0; at < ledger->partition_count; at++) {
		const size_t count = ledger->partitions[at].broken_key_count;

		if (count > 0)
			rescue_reading_gap(reading, HOLE_UNREADABLE,
			    (int32_t)at,
			    arena_format(&reading->arena,
				"%zu record%s of partition %zu: %s", count,
				output_plural(count), at,
				offsetsrecord_verdict_text(
				    OFFSETS_RECORD_BROKEN_KEY)));
	}
	for (size_t at = 0; at < ledger->group_count; at++) {
		const struct ledger_group *group = ledger->list[at];
		char shown[SHOWN_MAX];

		if (ledger_group_is_doubtful(group) &&
		    selector_takes_group(selector, group->name))
			rescue_reading_gap(reading, HOLE_GROUP,
			    group->partition,
			    arena_format(&reading->arena,
				"what other partitions have of group %s, from "
				"before there were more of them",
				utf8_escape_to(
				    group->name, shown, sizeof(shown))));
	}
}

static void
print(struct rescue_list *list)
{
	const struct options *options = &list->context->options;
	const bool is_history = options_flag(options, OPT_HISTORY);

	if (is_history)
		rescuewatch_sort(&list->reading->watch);
	if (options_flag(options, OPT_JSON) && is_history)
		rescue_list_json_history(list);
	else if (options_flag(options, OPT_JSON))
		rescue_list_json(list);
	else if (is_history)
		rescue_list_print_history(list);
	else
		rescue_list_print(list);
}

int
cmd_rescue_list(struct context *context, struct err *err)
{
	const struct options *options = &context->options;
	struct rescue_request request = { .at_ms = RESCUE_LAST_KNOWN };
	struct rescue_reading reading = { 0 };
	struct rescue_list list = {
		.context = context,
		.reading = &reading,
		.by_position = options_is_set(options, OPT_GROUP),
	};
	struct selection selection = { 0 };
	struct selector *selector = NULL;
	int status = -1;

	if (check(context, err) != 0 ||
	    parse_since(context, &list.since_ms, err) != 0)
		return -1;
	context_selection(context, &selection);
	if (selector_new(&selection, &selector, err) != 0)
		return -1;
	if (options_flag(options, OPT_HISTORY))
		request.history = selector;
	if (rescue_read(context, &request, &reading, err) == 0) {
		note_doubts(&reading, selector);
		select_findings(&reading.findings, selector, &list);
		list.selector = selector;
		list.missing_count =
		    rescue_text_missing(context, &reading, selector);
		print(&list);
		status = reading.gap_count + list.missing_count == 0
		    ? EXIT_ALL
		    : EXIT_PARTIAL;
	}
	free(list.findings);
	rescue_reading_release(&reading);
	selector_free(selector);
	return status;
}
