/* The words of actions and rules: see plan.h. */
#include "restore/plan.h"

#include <string.h>

static const char *const actions[] = {
	[PLAN_COMMIT] = "commit",
	[PLAN_SAME] = "same",
	[PLAN_LEAVE] = "leave",
	[PLAN_SKIP] = "skip",
	[PLAN_REFUSE] = "refuse",
	[PLAN_REMOVE] = "remove",
};

static const char *const rules[RULE_COUNT] = {
	[RULE_NONE] = "",
	[RULE_NO_POSITION_NOW] = "no-position-now",
	[RULE_BACKWARD] = "backward",
	[RULE_SAME] = "same",
	[RULE_METADATA] = "metadata",
	[RULE_NO_POSITION_THEN] = "no-position-then",
	[RULE_NOT_CAPTURED] = "not-captured",
	[RULE_PARTITION_CREATED] = "partition-created-later",
	[RULE_TOPIC_MISSING] = "topic-missing",
	[RULE_TOPIC_RECREATED] = "topic-recreated",
	[RULE_PARTITION_MISSING] = "partition-missing",
	[RULE_BELOW_LOG_START] = "below-log-start",
	[RULE_ABOVE_LOG_END] = "above-log-end",
	[RULE_FORWARD] = "forward-past-records",
	[RULE_NEGATIVE] = "negative-offset",
	[RULE_TOPIC_DENIED] = "topic-denied",
	[RULE_LOG_UNKNOWN] = "log-range-unknown",
	[RULE_NOW_UNKNOWN] = "position-now-unknown",
	[RULE_OPEN_TRANSACTION] = "open-transaction",
	[RULE_NAME_UNSUPPORTED] = "name-unsupported",
	[RULE_MEMBERS] = "group-has-members",
	[RULE_MEMBERS_UNKNOWN] = "members-unknown",
	[RULE_SHARE_GROUP] = "share-group",
	[RULE_SIMPLE_MOVED] = "simple-group-moves",
	[RULE_NO_SUCH_GROUP] = "no-such-group",
	[RULE_FORWARD_ALLOWED] = "forward-allowed",
	[RULE_FORWARD_COMMITTED] = "forward-own-commit",
	[RULE_NO_RECORD] = "no-record-from-then-on",
	[RULE_TIME_HOLE] = "time-lookup-has-a-hole",
	[RULE_NO_POSITION_HERE] = "no-position-here",
	[RULE_NOT_A_NUMBER] = "not-an-offset",
	[RULE_LIMIT] = "more-than-the-limit",
	[RULE_SHARE_SKIPPED] = "share-group-skipped",
	[RULE_UNDO] = "undo",
	[RULE_STALE] = "moved-since",
	[RULE_OTHER_COUNT] = "other-partition-count",
	[RULE_TOUCH] = "touch",
	[RULE_FUTILE] = "commit-does-not-help",
	[RULE_CLOCK_UNKNOWN] = "clock-unknown",
	[RULE_PINNED] = "kept-longer",
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

const char *
plan_action_text(enum plan_action action)
{
	return actions[action];
}

bool
plan_action_parse(struct bytes text, enum plan_action *out)
{
	for (size_t i = 0; i < ACTION_COUNT; i++)
		if (bytes_equal_text(text, actions[i])) {
			*out = (enum plan_action)i;
			return true;
		}
	return false;
}

const char *
plan_rule_text(enum plan_rule rule)
{
	return rules[rule];
}

bool
plan_rule_parse(struct bytes text, enum plan_rule *out)
{
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (bytes_equal_text(text, rules[i])) {
			*out = (enum plan_rule)i;
			return true;
		}
	return false;
}
