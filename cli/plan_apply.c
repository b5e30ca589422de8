/* Carrying a plan out. */
#include "cli/plan_apply.h"

#include "cli/context.h"
#include "cli/plan_make.h"
#include "cli/plan_text.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/apply.h"
#include "restore/target.h"

#define SHOWN_MAX 120

/* Who keeps us waiting: matches guard_wait.waiting. */
static void
report_waiting(void *context, const struct target_group *groups, size_t count,
    int64_t left_ms)
{
	struct context *all = context;
	char left[TIME_RFC3339_MAX];

	for (size_t at = 0; at < count; at++) {
		const struct target_group *group = &groups[at];
		char name[SHOWN_MAX];
		char client[SHOWN_MAX];
		char host[SHOWN_MAX];

		if (group->member_count == 0)
			continue;
		log_info(&all->log,
		    "waiting for %zu members of group %s to leave (%s left): "
		    "%s on %s",
		    group->member_count,
		    utf8_escape_to(group->name, name, sizeof(name)),
		    duration_format(left_ms, left),
		    utf8_escape_to(bytes_of(group->members[0].client_id),
			client, sizeof(client)),
		    utf8_escape_to(
			bytes_of(group->members[0].host), host, sizeof(host)));
	}
}

struct guard_wait
plan_apply_wait(struct context *context)
{
	return (struct guard_wait){
		.wait_ms = options_number(&context->options, OPT_WAIT),
		.waiting = report_waiting,
		.context = context,
	};
}

int
plan_apply(struct plan_make *make, bool dry_run, struct err *err)
{
	struct context *context = make->context;
	const struct apply_options options = {
		.wait = plan_apply_wait(context),
		.settle_ms = options_number(&context->options, OPT_SETTLE),
		.dry_run = dry_run,
		.census = &make->census,
	};
	struct apply_result result = { 0 };
	int status;

	if (apply_run(&make->reach, &make->plan, &options, &result, err) != 0)
		return -1;
	progress_clear(&context->progress);
	if (options_flag(&context->options, OPT_JSON))
		plan_text_json_result(&make->plan, &result, &context->out);
	else
		plan_text_print_result(&make->plan, &result, &context->out);
	status = apply_exit_status(&result);
	apply_release(&result);
	return status;
}
