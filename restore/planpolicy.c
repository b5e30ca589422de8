#include "restore/planpolicy.h"

#include <stdio.h>

#include "restore/policyrules.h"

static bool
has_rules(const struct plan_options *options)
{
	return options->rules != NULL && options->rules->count > 0;
}

const struct policy *
planpolicy_for(
    struct building *building, struct bytes group, struct bytes topic)
{
	const struct plan_options *options = building->options;

	if (!has_rules(options))
		return options->policy;
	/* Rows come in the order of groups and topics. */
	if (building->policy_topic.data == NULL ||
	    !bytes_equal(building->policy_group, group) ||
	    !bytes_equal(building->policy_topic, topic)) {
		policyrules_for(options->rules, options->policy, group, topic,
		    &building->policy);
		building->policy_group = group;
		building->policy_topic = topic;
	}
	return &building->policy;
}

bool
planpolicy_skips_share(
    const struct building *building, struct bytes group, const char **by)
{
	const struct plan_options *options = building->options;
	struct policy policy = *options->policy;

	if (has_rules(options))
		policyrules_for_group(
		    options->rules, options->policy, group, &policy);
	*by = policy.by[GAP_SHARE_GROUP];
	return policy.on[GAP_SHARE_GROUP] == CHOICE_SKIP;
}

void
planpolicy_refuse_share(const struct building *building, struct plan_group *out)
{
	const char *by;
	const bool skips = planpolicy_skips_share(building, out->name, &by);

	planbuild_refuse(out, skips ? RULE_SHARE_SKIPPED : RULE_SHARE_GROUP,
	    arena_format(&building->plan->arena,
		"a share group keeps its positions elsewhere%s%s",
		by != NULL ? "; by " : "", by != NULL ? by : ""));
}

void
planpolicy_name(const struct plan_options *options, struct plan *plan)
{
	(void)snprintf(
	    plan->policy, sizeof(plan->policy), "%s", options->policy->text);
	if (has_rules(options))
		(void)snprintf(plan->policy, sizeof(plan->policy),
		    "%.200s, rules=%zu", options->policy->text,
		    options->rules->count);
	plan->skip_share_groups =
	    options->policy->on[GAP_SHARE_GROUP] == CHOICE_SKIP;
}
