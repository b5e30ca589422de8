/* Carrying a plan out. */
#include "cli/plan_apply.h"

#include "cli/context.h"
#include "cli/plan_make.h"
#include "cli/plan_text.h"
#include "cli/proof_text.h"
#include "cli/restore_line.h"
#include "cli/result_text.h"
#include "common/files.h"
#include "common/shellword.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/apply.h"
#include "restore/record.h"
#include "restore/seekproof.h"
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

/* For people the proof comes after the result, which has been printed: it can
 * take its time, and nothing of what was done is in doubt. */
static void
report(struct plan_make *make, const struct apply_result *result)
{
	struct context *context = make->context;
	const bool json = options_flag(&context->options, OPT_JSON);
	const bool proves = !result->dry_run && !result->interrupted &&
	    !plan_is_touch(&make->plan) &&
	    !options_flag(&context->options, OPT_NO_PROOF);
	struct seekproof proof = { 0 };

	progress_clear(&context->progress);
	if (!json) {
		result_text_print(&make->plan, result, &context->out);
		output_flush(&context->out);
	}
	if (proves)
		seekproof_run(&make->reach, &make->plan, result, &proof);
	progress_clear(&context->progress);
	if (json)
		result_text_json(
		    &make->plan, result, proves ? &proof : NULL, &context->out);
	else if (proves)
		proof_text_print(&make->plan, &proof, &context->out);
	seekproof_release(&proof);
}

int
plan_apply_check(struct context *context, struct err *err)
{
	const struct options *options = &context->options;

	if (options_flag(options, OPT_DRY_RUN) ||
	    options_is_set(options, OPT_REPO) ||
	    options_is_set(options, OPT_RECORD))
		return 0;
	err_set(err, ERR_USAGE,
	    "there is no place for the record of what was there before");
	err_hint(err, "give a repository with -r, or --record FILE");
	return -1;
}

int
plan_apply_check_files(struct context *context, struct err *err)
{
	static const enum option_id files[] = { OPT_RECORD, OPT_OUTPUT };

	for (size_t at = 0; at < sizeof(files) / sizeof(files[0]); at++) {
		const char *path = options_text(&context->options, files[at]);

		if (path == NULL || file_check_new(path, err) == 0)
			continue;
		/* As apply takes it that has another plan's record. */
		if (files[at] == OPT_RECORD && err->kind == ERR_EXISTS)
			err->kind = ERR_USAGE;
		err_hint(err,
		    "--%s takes a new file, in a folder that can be written to",
		    option_table[files[at]].name);
		return -1;
	}
	return 0;
}

struct recorder
plan_apply_recorder(struct plan_make *make)
{
	return (struct recorder){
		.repo = make->repo,
		.file = options_text(&make->context->options, OPT_RECORD),
		.cluster_id = make->view.cluster_id,
		.env = &make->context->env,
	};
}

/* "tidemark undo -r DIR -b HOST:PORT" and what else it takes to get there. */
static void
add_line(const struct context *context, const char *command, unsigned int bit,
    const char *what, struct buf *out)
{
	buf_add_format(out, "tidemark %s", command);
	restore_line_options(&context->options, CMD_APPLY | bit, out);
	buf_add_char(out, ' ');
	shellword_add(out, bytes_of(what));
}

void
plan_apply_say_line(struct plan_make *make, const char *path)
{
	struct buf line = { 0 };

	add_line(make->context, "apply", CMD_APPLY | CMD_PLAN, path, &line);
	if (make->repo == NULL)
		buf_add_text(&line, " --record NEW-FILE");
	output_flush(&make->context->out);
	log_info(&make->context->log, "to carry it out: %s", buf_text(&line));
	buf_release(&line);
}

/* An unfinished apply of these groups comes first. */
static int
check_blocker(struct context *context, const struct recorder *recorder,
    const struct plan *plan, struct err *err)
{
	char other[ENV_ID_MAX];
	struct buf apply = { 0 }, undo = { 0 };

	if (record_blocker(recorder, plan, other, err) != 0)
		return -1;
	if (other[0] == '\0')
		return 0;
	if (options_flag(&context->options, OPT_FORCE_STALE)) {
		log_warn(&context->log,
		    "plan %s was begun on some of these groups and did not "
		    "end; it is passed over",
		    other);
		return 0;
	}
	add_line(context, "apply", CMD_APPLY, other, &apply);
	add_line(context, "undo", CMD_UNDO, other, &undo);
	err_set(err, ERR_REFUSED,
	    "plan %s was begun on some of these groups and did not end", other);
	err_hint(err,
	    "it goes on with: %s; or is put back with: %s --execute%s",
	    buf_text(&apply), buf_text(&undo),
	    plan_is_touch(plan) ? "" : "; --force-stale passes it over");
	buf_release(&apply);
	buf_release(&undo);
	return -1;
}

/* Was anything written, or may it have been? */
static bool
is_changed(const struct apply_result *result)
{
	return result->outcomes[APPLY_DONE] + result->outcomes[APPLY_UNREAD] +
	    result->outcomes[APPLY_DOUBT] >
	    0;
}

int
plan_apply_outlook(struct plan_make *make, struct err *err)
{
	const struct recorder recorder = plan_apply_recorder(make);
	const int status = plan_exit_status(&make->plan);
	struct err blocked = { 0 };

	if (check_blocker(make->context, &recorder, &make->plan, &blocked) == 0)
		return status;
	if (blocked.kind != ERR_REFUSED) {
		*err = blocked;
		return -1;
	}
	log_warn(&make->context->log, "%s", blocked.message);
	log_info(&make->context->log, "%s", blocked.hint);
	return exit_status_worse(status, EXIT_REFUSED);
}

static void
print_line(struct plan_make *make, const char *lead, const struct buf *line)
{
	output_text(&make->context->out, "%s: %s\n", lead, buf_text(line));
}

/* How to put it back, and how to go on, for those who read. */
static void
print_next(struct plan_make *make, const struct recorder *recorder,
    const struct apply_result *result)
{
	struct context *context = make->context;
	struct buf undo = { 0 }, apply = { 0 };

	if (!recorder->began || options_flag(&context->options, OPT_JSON))
		return;
	add_line(context, "undo", CMD_UNDO,
	    recorder->file != NULL ? recorder->file : make->plan.id, &undo);
	if (recorder->file != NULL && make->repo == NULL)
		buf_add_text(&undo, " --record NEW-FILE");
	buf_add_text(&undo, " --execute");
	add_line(context, "apply", CMD_APPLY, make->plan.id, &apply);
	if (is_changed(result) && !plan_is_touch(&make->plan))
		print_line(make, "to undo it", &undo);
	else if (is_changed(result))
		output_text(&context->out,
		    "there is nothing to undo: the values are the same\n");
	if (recorder->file == NULL && !record_is_finished(result))
		print_line(make, "to go on", &apply);
	buf_release(&undo);
	buf_release(&apply);
}

/* With what is recorded of the plan already. */
static int
run(struct plan_make *make, struct recorder *recorder, bool dry_run,
    struct err *err)
{
	struct context *context = make->context;
	const struct guard_wait none = { 0 };
	const struct apply_options options = {
		/* What made the plan has waited already. */
		.wait = make->waits ? none : plan_apply_wait(context),
		.settle_ms = options_number(&context->options, OPT_SETTLE),
		.dry_run = dry_run,
		.force_stale = options_flag(&context->options, OPT_FORCE_STALE),
		.census = &make->census,
		.before = recorder->before->merged,
		.record = record_begin,
		.record_context = recorder,
	};
	struct apply_result result = { 0 };
	struct err trouble = { 0 };
	int status;

	if (apply_run(&make->reach, &make->plan, &options, &result, err) != 0)
		return -1;
	status = apply_exit_status(&result);
	if (record_end(recorder, &make->plan, &result, &trouble) != 0) {
		log_error(&context->log,
		    "that it ended could not be recorded, so that it counts "
		    "as begun: %s",
		    trouble.message);
		status = exit_status_worse(status, EXIT_FAILED);
	}
	report(make, &result);
	print_next(make, recorder, &result);
	apply_release(&result);
	return status;
}

int
plan_apply(struct plan_make *make, bool dry_run, struct err *err)
{
	struct recorder recorder = plan_apply_recorder(make);
	struct record before = { 0 };
	int result = -1;

	recorder.before = &before;
	if (check_blocker(make->context, &recorder, &make->plan, err) == 0 &&
	    record_load(&recorder, make->plan.id, RECORD_OPEN, &before, err) ==
		0 &&
	    record_fits(&before, &make->plan, err) == 0)
		result = run(make, &recorder, dry_run, err);
	record_release(&before);
	return result;
}

int
plan_apply_as_asked(
    struct plan_make *make, plan_outlook_fn *outlook, struct err *err)
{
	struct context *context = make->context;
	const struct options *options = &context->options;
	const bool dry_run = options_flag(options, OPT_DRY_RUN);

	if (!options_flag(options, OPT_JSON))
		plan_text_print(&make->plan, options_flag(options, OPT_SUMMARY),
		    &context->out);
	if (options_flag(options, OPT_EXECUTE) || dry_run) {
		output_flush(&context->out);
		return plan_apply(make, dry_run, err);
	}
	if (options_flag(options, OPT_JSON))
		plan_text_json(&make->plan, &context->out);
	else
		plan_text_outlook(&make->plan, &context->out);
	return outlook(make, err);
}
