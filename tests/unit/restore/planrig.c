#include "tests/unit/restore/planrig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "restore/brackets.h"
#include "restore/lookups.h"
#include "restore/resolve.h"
#include "restore/target.h"
#include "restore/topicspec.h"

#define TOPIC_ID 7

void
planrig_init(struct planrig *rig)
{
	struct err err = { 0 };

	memset(rig, 0, sizeof(*rig));
	assert_int_equal(policy_init(&rig->policy, "strict", &err), 0);
	fake_init(&rig->fake);
	fake_add_topic(&rig->fake, "orders", 2, TOPIC_ID);
	rig->group = fake_add_group(&rig->fake, "g");
	snapgen_begin(&rig->snapshot, "00000000000000aa", 1000, 2000);
	(void)snprintf(rig->snapshot.info.cluster_id,
	    sizeof(rig->snapshot.info.cluster_id), "here");
	(void)snapgen_topic(&rig->snapshot, "orders", 2, TOPIC_ID);
	rig->captured = snapgen_group(&rig->snapshot, "g", 1900);
	(void)snapgen_position(&rig->snapshot, rig->captured, "orders", 0, 10);
	(void)snapgen_position(&rig->snapshot, rig->captured, "orders", 1, 20);
}

void
planrig_release(struct planrig *rig)
{
	plan_release(&rig->plan);
	census_release(&rig->census);
	snapshot_release(&rig->snapshot);
	policyrules_release(&rig->rules);
	fake_release(&rig->fake);
}

void
planrig_plan(struct planrig *rig)
{
	static const char *pattern = "g";
	const struct selection wanted = { .groups = &pattern,
		.group_count = 1 };
	const struct resolve_request request = {
		.cluster_id = "here",
		.wanted = &wanted,
		.env = &rig->fake.env,
	};
	const struct bytes name = bytes_of("g");
	struct lookups lookups = { 0 };
	const struct topicspecs everything = { 0 };
	const struct plan_options options = {
		.cluster_id = "here",
		.writer = "tidemark test",
		.env = &rig->fake.env,
		.policy = &rig->policy,
		.rules = &rig->rules,
		.lookups = &lookups,
		.topics = &everything,
		.retention = { 60000, true },
	};
	struct target_request ask = { .groups = &name, .group_count = 1 };
	struct brackets brackets;
	struct target target;
	struct bytes *topics;
	struct err err = { 0 };

	snapgen_end(&rig->snapshot);
	assert_int_equal(census_read(&rig->fake.reach, &rig->census, &err), 0);
	ask.census = &rig->census;
	assert_int_equal(
	    resolve_snapshot(&request, &rig->snapshot, &brackets, &err), 0);
	topics = plan_topics(&brackets, &ask.topic_count);
	ask.topics = topics;
	assert_int_equal(target_read(&rig->fake.reach, &ask, &target, &err), 0);
	plan_build(&brackets, &target, &options, &rig->plan);
	if (lookups.count > 0) {
		plan_release(&rig->plan);
		assert_int_equal(
		    lookups_read(&rig->fake.reach, &lookups, &err), 0);
		plan_build(&brackets, &target, &options, &rig->plan);
	}
	lookups_release(&lookups);
	free(topics);
	target_release(&target);
	brackets_release(&brackets);
}

const struct plan_row *
planrig_row(const struct planrig *rig, int32_t partition)
{
	for (size_t i = 0; i < rig->plan.groups[0].row_count; i++)
		if (rig->plan.groups[0].rows[i].partition == partition)
			return &rig->plan.groups[0].rows[i];
	fail_msg("the plan has no row for partition %d", (int)partition);
	return NULL;
}

int
planrig_apply(struct planrig *rig, struct apply_result *result)
{
	const struct apply_options options = { .settle_ms = 3000,
		.census = &rig->census };
	struct err err = { 0 };

	if (apply_run(&rig->fake.reach, &rig->plan, &options, result, &err) !=
	    0)
		fail_msg("apply: %s", err.message);
	return apply_exit_status(result);
}

int64_t
planrig_found(const struct planrig *rig, int32_t partition)
{
	const struct fake_position *position =
	    fake_find(rig->group, "orders", partition);

	return position == NULL ? -1 : position->offset;
}
