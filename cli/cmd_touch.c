/* tidemark touch: commit the same values again, so that they are kept. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/plan_apply.h"
#include "cli/plan_make.h"
#include "cli/version.h"
#include "restore/nameset.h"
#include "restore/retention.h"
#include "restore/target.h"
#include "restore/touch.h"
#include "snapshot/offsetsscan.h"
#include "snapshot/selector.h"

static int
check(struct context *context, struct err *err)
{
	const struct options *options = &context->options;
	const bool all = options_flag(options, OPT_ALL_GROUPS);

	if (context_need_arguments(context, 0, 0, "no arguments", err) != 0)
		return -1;
	if (options_is_set(options, OPT_GROUP) == all) {
		err_set(err, ERR_USAGE,
		    all ? "--group and --all-groups exclude each other"
			: "no group is given");
		err_hint(err, "add --group PATTERN, or --all-groups");
		return -1;
	}
	if (options_flag(options, OPT_EXECUTE) &&
	    options_flag(options, OPT_DRY_RUN))
		return err_set(err, ERR_USAGE,
		    "--execute and --dry-run exclude each other");
	if (options_flag(options, OPT_EXECUTE) &&
	    plan_apply_check(context, err) != 0)
		return -1;
	return plan_apply_check_files(context, err);
}

static int
find_groups(const struct plan_make *make, const struct selector *selector,
    struct nameset *out, struct err *err)
{
	for (size_t i = 0; i < selector_named_count(selector); i++)
		nameset_add(out, selector_named_at(selector, i));
	for (size_t i = 0; i < make->census.count; i++)
		if (selector_takes_group(selector, make->census.groups[i].name))
			nameset_add(out, make->census.groups[i].name);
	nameset_settle(out);
	return out->count > 0 ? 0
			      : err_set(err, ERR_NOT_FOUND, "no group matches");
}

/* Log ranges do not matter: they are not waited for. */
static bool
is_nothing(const void *context, struct bytes topic, int32_t partition)
{
	(void)context;
	(void)topic;
	(void)partition;
	return false;
}

/* Without what the records tell it goes on, and says so: trouble is why. */
static int
scan_topic(struct plan_make *make, struct offsets_scan *out,
    struct err *trouble, struct err *err)
{
	struct context *context = make->context;
	const struct offsets_scan_job job = {
		.cluster = make->cluster,
		.view = &make->view,
		.env = &context->env,
		.log = &context->log,
		.timeout_ms = options_number(&context->options, OPT_TIMEOUT),
		.until_ms = INT64_MAX,
		.progress = progress_show,
		.progress_context = &context->progress,
	};

	if (offsetsscan_run(&job, out, trouble) == 0)
		return 0;
	if (trouble->kind == ERR_INTERRUPTED) {
		*err = *trouble;
		return -1;
	}
	log_warn(&context->log,
	    "%s: until when positions live, and whether an old client pinned "
	    "them to be kept for longer, is not known",
	    trouble->message);
	return 0;
}

static int
build(struct plan_make *make, const struct touch *touch, struct err *err)
{
	const struct target_request request = {
		.groups = touch->groups,
		.group_count = touch->group_count,
		.interest = { .wants = is_nothing },
		.census = &make->census,
		.census_is_fresh = true,
	};
	struct target target = { 0 };

	if (policy_init(&make->choice.policy, "at-least-once", err) != 0 ||
	    retention_read(&make->reach, &make->retention, err) != 0)
		return -1;
	if (target_read(&make->reach, &request, &target, err) == 0) {
		const struct plan_options options = {
			.cluster_id = make->view.cluster_id,
			.writer = version_writer,
			.env = &make->context->env,
			.policy = &make->choice.policy,
			.topics = &make->choice.topics,
			.retention = make->retention,
		};

		plan_build_touch(touch, &target, &options, &make->plan);
		target_release(&target);
		return 0;
	}
	target_release(&target);
	return -1;
}

static int
make_plan(struct plan_make *make, struct err *err)
{
	struct selection selection;
	struct selector *selector = NULL;
	struct nameset groups = { 0 };
	struct offsets_scan scan = { 0 };
	struct err trouble = { 0 };
	int result = -1;

	context_selection(make->context, &selection);
	if (selector_new(&selection, &selector, err) != 0)
		return -1;
	if (plan_make_connect(make, err) == 0 &&
	    census_read(&make->reach, &make->census, err) == 0 &&
	    find_groups(make, selector, &groups, err) == 0 &&
	    scan_topic(make, &scan, &trouble, err) == 0) {
		const struct touch touch = {
			.groups = groups.names,
			.group_count = groups.count,
			.selector = selector,
			.scan = trouble.kind == ERR_NONE ? &scan : NULL,
			.unread = trouble.kind == ERR_DENIED
			    ? "READ on " OFFSETS_TOPIC " is needed"
			    : trouble.message,
		};

		result = build(make, &touch, err);
		/* A broker that did not list may have more that match. */
		make->plan.names_open =
		    make->census.incomplete && !selector_is_named(selector);
	}
	offsetsscan_release(&scan);
	free(groups.names);
	selector_free(selector);
	progress_clear(&make->context->progress);
	return result;
}

int
cmd_touch(struct context *context, struct err *err)
{
	struct plan_make make = { .context = context };
	int result = -1;

	if (check(context, err) != 0)
		return -1;
	if (options_is_set(&context->options, OPT_REPO) &&
	    context_open_repo(context, &make.repo, err) != 0)
		goto out;
	if (make_plan(&make, err) == 0)
		result = plan_apply_as_asked(&make, plan_apply_outlook, err);
out:
	plan_make_release(&make);
	return result;
}
