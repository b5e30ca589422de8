/*
 * planbuild.h - what every way of building a plan has in common: plan_build,
 * plan_build_direct (planbuild.c) and plan_build_undo (undo.c).  Pure.
 */
#ifndef RESTORE_PLANBUILD_H
#define RESTORE_PLANBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "restore/placing.h"
#include "restore/plan.h"
#include "restore/policy.h"

struct target_group;

/* What a plan is made of. */
struct building {
	struct plan *plan;
	const struct brackets *brackets; /* NULL: made without captures */
	const struct target *target;
	const struct plan_options *options;
	/* What planpolicy_for worked out last, and for whom. */
	struct policy policy;
	struct bytes policy_group, policy_topic;
};

/* The header, and room for that many groups. */
void planbuild_begin(struct building *building, size_t group_count);

/* The head of a group as the target has it, which is returned: never NULL. */
const struct target_group *planbuild_group(
    struct building *building, struct bytes name, struct plan_group *out);

/* What the target has of the topic: never NULL.  One that was not asked about
 * is one that could not be. */
const struct target_topic *planbuild_topic(
    const struct building *building, struct bytes name);

struct placing planbuild_placing(
    struct building *building, const struct target_group *group);

/* What to know about a group that has its rows. */
void planbuild_notes(struct plan_group *out);

/* Take copies of what a row borrows. */
void planbuild_row(struct plan *plan, struct plan_row *row);

void planbuild_refuse(
    struct plan_group *group, enum plan_rule rule, const char *text);

/* What forbids a group, whatever its rows say; false where nothing does. */
bool planbuild_judge(struct building *building, const struct target_group *now,
    struct plan_group *out);

#endif /* RESTORE_PLANBUILD_H */
