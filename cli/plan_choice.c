#include "cli/plan_choice.h"

#include "cli/config_policy.h"
#include "cli/context.h"
#include "common/files.h"
#include "common/log.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/remap.h"
#include "restore/resolve.h"

#define SHOWN_MAX 300

static const struct {
	enum option_id option;
	enum strategy strategy;
} strategies[] = {
	{ OPT_AT, STRATEGY_COMMITTED },
	{ OPT_TO_DATETIME, STRATEGY_LOG_TIME },
	{ OPT_BY_DURATION, STRATEGY_LOG_TIME },
	{ OPT_TO_EARLIEST, STRATEGY_EARLIEST },
	{ OPT_TO_LATEST, STRATEGY_LATEST },
	{ OPT_TO_OFFSET, STRATEGY_OFFSET },
	{ OPT_SHIFT_BY, STRATEGY_SHIFT },
	{ OPT_TO_CURRENT, STRATEGY_CURRENT },
	{ OPT_FROM_FILE, STRATEGY_FILE },
};
#define STRATEGY_COUNT (sizeof(strategies) / sizeof(*strategies))

static int
choose_strategy(
    const struct options *options, struct plan_choice *out, struct err *err)
{
	const char *chosen = NULL;

	for (size_t i = 0; i < STRATEGY_COUNT; i++) {
		const char *name = option_table[strategies[i].option].name;

		if (!options_is_set(options, strategies[i].option))
			continue;
		if (chosen != NULL)
			return err_set(err, ERR_USAGE,
			    "--%s and --%s exclude each other", chosen, name);
		chosen = name;
		out->strategy = strategies[i].strategy;
	}
	if (chosen != NULL)
		return 0;
	err_set(err, ERR_USAGE, "--at is missing: restore to when?");
	err_hint(err,
	    "--at 2026-11-25T14:05:00Z, --at now-2h, --at latest, or --at "
	    "and a snapshot's id; or --to-datetime, --to-earliest and the like");
	return -1;
}

int
plan_choice_moment(struct context *context, int64_t *out, struct err *err)
{
	const char *text = options_text(&context->options, OPT_AT);
	const int64_t now_ms = env_now_ms(&context->env);
	char shown[TIME_RFC3339_MAX];

	if (time_parse(text, now_ms, out, err) != 0)
		return err_wrap(err, "--at");
	if (*out <= now_ms)
		return 0;
	err_set(err, ERR_USAGE, "--at: %s is in the future",
	    time_format(*out, shown));
	err_hint(err, "it is %s now", time_format(now_ms, shown));
	return -1;
}

/* A time to come is taken: records may have one. */
static int
read_time(struct context *context, struct plan_choice *out, struct err *err)
{
	const struct options *options = &context->options;
	const int64_t now_ms = env_now_ms(&context->env);
	char shown[TIME_RFC3339_MAX];

	if (options_is_set(options, OPT_BY_DURATION)) {
		const int64_t back_ms =
		    options_number(options, OPT_BY_DURATION);

		out->time_ms = back_ms < now_ms ? now_ms - back_ms : 0;
		return 0;
	}
	if (time_parse(options_text(options, OPT_TO_DATETIME), now_ms,
		&out->time_ms, err) != 0)
		return err_wrap(err, "--to-datetime");
	if (out->time_ms < 0)
		return err_set(err, ERR_USAGE,
		    "--to-datetime: before 1970 Kafka knows no times");
	if (out->time_ms > now_ms)
		log_warn(&context->log,
		    "--to-datetime: %s is in the future; only records with "
		    "such a timestamp are found",
		    time_format(out->time_ms, shown));
	return 0;
}

static int
read_file(struct context *context, struct plan_choice *out, struct err *err)
{
	const char *path = options_text(&context->options, OPT_FROM_FILE);
	struct buf text = { 0 };
	char shown[SHOWN_MAX];
	int result = -1;

	if (file_read(path, CSVREAD_SIZE_MAX, &text, err) != 0)
		return -1;
	if (csvread_parse(buf_bytes(&text), &out->csv, err) == 0)
		result =
		    out->csv.count > 0 ? 0 : err_set(err, ERR_USAGE, "no rows");
	if (result != 0)
		err_wrap(err, "%s",
		    utf8_escape_to(bytes_of(path), shown, sizeof(shown)));
	buf_release(&text);
	return result;
}

static int
read_argument(struct context *context, struct plan_choice *out, struct err *err)
{
	const struct options *options = &context->options;
	int64_t at_ms;

	switch (out->strategy) {
	case STRATEGY_COMMITTED:
		if (resolve_meaning_of(options_text(options, OPT_AT)) ==
		    RESOLVE_IS_TIME)
			return plan_choice_moment(context, &at_ms, err);
		if (options_is_set(options, OPT_MOVED_BACK))
			return err_set(err, ERR_USAGE,
			    "--moved-back is about a time, and --at names a "
			    "snapshot");
		return 0;
	case STRATEGY_LOG_TIME:
		return read_time(context, out, err);
	case STRATEGY_OFFSET:
		out->number = options_number(options, OPT_TO_OFFSET);
		return 0;
	case STRATEGY_SHIFT:
		out->number = options_number(options, OPT_SHIFT_BY);
		return 0;
	case STRATEGY_FILE:
		return read_file(context, out, err);
	case STRATEGY_EARLIEST:
	case STRATEGY_LATEST:
	case STRATEGY_CURRENT:
	default:
		return 0;
	}
}

/* --- policy ------------------------------------------------------------ */

/* Not by the file or a default. */
static bool
is_for_this_run(const struct options *options, enum option_id id)
{
	return options->values[id].origin >= ORIGIN_ENVIRONMENT;
}

static int
set_gaps(const struct options *options, struct policy *policy, struct err *err)
{
	static const struct {
		enum option_id option;
		enum gap gap;
	} gaps[] = {
		{ OPT_ON_MISSING_TOPIC, GAP_TOPIC_MISSING },
		{ OPT_ON_RECREATED, GAP_TOPIC_RECREATED },
		{ OPT_ON_BELOW_LOG_START, GAP_BELOW_LOG_START },
		{ OPT_ON_ABOVE_LOG_END, GAP_ABOVE_LOG_END },
		{ OPT_ON_NEW_PARTITION, GAP_PARTITION_CREATED },
		{ OPT_ON_MISSING_PARTITION, GAP_PARTITION_MISSING },
		{ OPT_ON_SHARE_GROUP, GAP_SHARE_GROUP },
	};

	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++) {
		const struct option_value *value =
		    &options->values[gaps[i].option];

		/* A preset that was said now is more than a gap on file. */
		if (value->text == NULL ||
		    (is_for_this_run(options, OPT_POLICY) &&
			value->origin < ORIGIN_ENVIRONMENT))
			continue;
		if (policy_set(policy, gaps[i].gap, value->text, err) != 0)
			return err_wrap(
			    err, "--%s", option_table[gaps[i].option].name);
		policy->fixed[gaps[i].gap] |=
		    is_for_this_run(options, gaps[i].option);
	}
	if (options_flag(options, OPT_ALLOW_SKIP) &&
	    policy_set(policy, GAP_FORWARD, "allow", err) != 0)
		return -1;
	policy->fixed[GAP_FORWARD] |= options_flag(options, OPT_ALLOW_SKIP);
	if (options_flag(options, OPT_ALLOW_REWIND) &&
	    policy_set(policy, GAP_BACKWARD, "allow", err) != 0)
		return -1;
	policy->fixed[GAP_BACKWARD] |= options_flag(options, OPT_ALLOW_REWIND);
	return 0;
}

static int
read_policy(
    const struct options *options, struct policy *policy, struct err *err)
{
	const char *moved_back = options_text(options, OPT_MOVED_BACK);

	if (policy_init(policy, options_text(options, OPT_POLICY), err) != 0)
		return -1;
	for (size_t gap = 0; gap < GAP_COUNT; gap++)
		policy->fixed[gap] = is_for_this_run(options, OPT_POLICY);
	if (set_gaps(options, policy, err) != 0)
		return -1;
	if (moved_back != NULL &&
	    policy_set_moved_back(policy, moved_back, err) != 0)
		return -1;
	policy->max_bracket_ms = options_number(options, OPT_MAX_BRACKET);
	if (options_is_set(options, OPT_MAX_REREAD))
		policy->max_reread = options_number(options, OPT_MAX_REREAD);
	if (options_is_set(options, OPT_MAX_SKIP))
		policy->max_skip = options_number(options, OPT_MAX_SKIP);
	return 0;
}

int
plan_choice_policy(
    struct context *context, struct plan_choice *out, struct err *err)
{
	if (read_policy(&context->options, &out->policy, err) != 0)
		return -1;
	return config_policy_read(
	    &context->file, context->file_name, &out->rules, err);
}

/* --- groups and topics ------------------------------------------------- */

static int
choose_groups(const struct options *options, struct err *err)
{
	const bool all = options_flag(options, OPT_ALL_GROUPS);

	if (all != options_is_set(options, OPT_GROUP))
		return 0;
	err_set(err, ERR_USAGE,
	    all ? "--all-groups and --group exclude each other"
		: "no groups are named: nothing is moved that was not asked "
		  "for");
	err_hint(err, "give --group PATTERN, again for each, or --all-groups");
	return -1;
}

/* The others move a group where it is: there is nothing to put elsewhere. */
static int
read_mapping(
    const struct options *options, struct plan_choice *out, struct err *err)
{
	size_t group_count, topic_count;
	const char **groups =
	    options_list(options, OPT_MAP_GROUP, &group_count);
	const char **topics =
	    options_list(options, OPT_MAP_TOPIC, &topic_count);

	if (mapping_parse(&out->mapping.groups, "--map-group", groups,
		group_count, err) != 0 ||
	    mapping_parse(&out->mapping.topics, "--map-topic", topics,
		topic_count, err) != 0)
		return -1;
	if (!remap_is_wanted(&out->mapping) ||
	    out->strategy == STRATEGY_COMMITTED ||
	    out->strategy == STRATEGY_FILE)
		return 0;
	return err_set(err, ERR_USAGE,
	    "--map-%s goes with --at and --from-file only",
	    group_count > 0 ? "group" : "topic");
}

int
plan_choice_read(
    struct context *context, struct plan_choice *out, struct err *err)
{
	const struct options *options = &context->options;
	size_t topic_count;
	const char **topics = options_list(options, OPT_TOPIC, &topic_count);

	if (choose_strategy(options, out, err) != 0 ||
	    choose_groups(options, err) != 0 ||
	    plan_choice_policy(context, out, err) != 0 ||
	    topicspecs_parse(topics, topic_count, &out->topics, err) != 0 ||
	    read_mapping(options, out, err) != 0)
		return -1;
	context_selection(context, &out->wanted);
	out->wanted.topics = out->topics.texts;
	return read_argument(context, out, err);
}

void
plan_choice_release(struct plan_choice *choice)
{
	policyrules_release(&choice->rules);
	topicspecs_release(&choice->topics);
	mapping_release(&choice->mapping);
	csvread_release(&choice->csv);
}
