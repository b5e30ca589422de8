/*
 * planpolicy.h - the policy for a group or a row of a plan that is being built:
 * what was asked for, and the rules that match (policyrules.h).  Pure.
 */
#ifndef RESTORE_PLANPOLICY_H
#define RESTORE_PLANPOLICY_H

#include "restore/planbuild.h"

/* For a group's positions in a topic.  It holds until the next call. */
const struct policy *planpolicy_for(
    struct building *building, struct bytes group, struct bytes topic);

/* Whether a share group of that name is to be passed over, and in *by the rule
 * that says so, or NULL. */
bool planpolicy_skips_share(
    const struct building *building, struct bytes group, const char **by);

/* Pass over or refuse a group that is a share group, and name that rule. */
void planpolicy_refuse_share(
    const struct building *building, struct plan_group *out);

/* The plan's words for it. */
void planpolicy_name(const struct plan_options *options, struct plan *plan);

#endif /* RESTORE_PLANPOLICY_H */
