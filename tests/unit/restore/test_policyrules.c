/* Another policy for some groups or topics: whom it is for, which of several
 * wins, and that the plan names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "restore/plancodec.h"
#include "tests/unit/restore/planrig.h"

static void
add(struct policyrules *rules, const char *whom, const char *key,
    const char *value)
{
	struct err err = { 0 };

	if (policyrules_add(rules, whom, &err) != 0 ||
	    policyrules_set(rules, key, value, &err) != 0)
		fail_msg("%s", err.message);
}

static void
also(struct policyrules *rules, const char *key, const char *value)
{
	struct err err = { 0 };

	assert_int_equal(policyrules_set(rules, key, value, &err), 0);
}

/* What is chosen for a gap of group "pay" in topic "orders", above strict. */
static enum gap_choice
chosen(struct policyrules *rules, enum gap gap, bool fixed)
{
	struct policy base, found;
	struct err err = { 0 };

	assert_int_equal(policy_init(&base, "strict", &err), 0);
	base.fixed[gap] = fixed;
	policyrules_for(
	    rules, &base, bytes_of("pay"), bytes_of("orders"), &found);
	return found.on[gap];
}

static void
a_rule_counts_for_what_its_pattern_means(void **state)
{
	struct policyrules rules = { 0 };

	(void)state;
	add(&rules, "topic:other-*", "preset", "at-least-once");
	add(&rules, "group:orders", "preset", "at-least-once");
	assert_int_equal(
	    chosen(&rules, GAP_TOPIC_RECREATED, false), CHOICE_REFUSE);
	add(&rules, "topic:ord*", "on-recreated", "latest");
	assert_int_equal(
	    chosen(&rules, GAP_TOPIC_RECREATED, false), CHOICE_LATEST);
	assert_int_equal(
	    chosen(&rules, GAP_BELOW_LOG_START, false), CHOICE_REFUSE);
	policyrules_release(&rules);
}

static void
the_last_rule_that_sets_a_gap_wins(void **state)
{
	struct policyrules rules = { 0 };

	(void)state;
	add(&rules, "group:re:p.y", "preset", "at-most-once");
	add(&rules, "topic:*", "on-recreated", "skip");
	assert_int_equal(
	    chosen(&rules, GAP_TOPIC_RECREATED, false), CHOICE_SKIP);
	assert_int_equal(
	    chosen(&rules, GAP_ABOVE_LOG_END, false), CHOICE_LATEST);
	assert_int_equal(chosen(&rules, GAP_FORWARD, false), CHOICE_ALLOW);
	policyrules_release(&rules);
}

static void
a_preset_yields_to_a_gap_of_its_own_section(void **state)
{
	struct policyrules rules = { 0 };

	(void)state;
	add(&rules, "topic:orders", "on-recreated", "skip");
	also(&rules, "preset", "at-most-once");
	also(&rules, "on-new-partition", "latest");
	assert_int_equal(
	    chosen(&rules, GAP_TOPIC_RECREATED, false), CHOICE_SKIP);
	assert_int_equal(
	    chosen(&rules, GAP_PARTITION_CREATED, false), CHOICE_LATEST);
	policyrules_release(&rules);
}

static void
what_was_said_for_this_run_stays(void **state)
{
	struct policyrules rules = { 0 };

	(void)state;
	add(&rules, "topic:orders", "preset", "at-most-once");
	assert_int_equal(
	    chosen(&rules, GAP_TOPIC_RECREATED, true), CHOICE_REFUSE);
	policyrules_release(&rules);
}

static void
expect_wrong(const char *whom, const char *key, const char *value,
    enum err_kind kind, const char *told)
{
	struct policyrules rules = { 0 };
	struct err err = { 0 };
	int result = policyrules_add(&rules, whom, &err);

	if (result == 0)
		result = policyrules_set(&rules, key, value, &err);
	assert_int_equal(result, -1);
	assert_int_equal(err.kind, kind);
	if (strstr(err.message, told) == NULL)
		fail_msg("%s", err.message);
	policyrules_release(&rules);
}

static void
what_is_wrong_is_told(void **state)
{
	(void)state;
	expect_wrong("orders", "preset", "strict", ERR_USAGE, "whose");
	expect_wrong("topic:re:(", "preset", "strict", ERR_USAGE, "re:(");
	expect_wrong("topic:a", "preset", "lax", ERR_USAGE, "'lax'");
	expect_wrong(
	    "topic:a", "on-recreated", "time", ERR_USAGE, "earliest, latest");
	expect_wrong("topic:a", "on-share-group", "skip", ERR_USAGE, "groups");
	expect_wrong("topic:a", "on-skip", "allow", ERR_NOT_FOUND,
	    "unknown key 'on-skip' in [policy \"topic:a\"]");
	expect_wrong("group:a", "allow-skip", "yes", ERR_NOT_FOUND, "unknown");
}

static void
each_key_is_taken_by_groups(void **state)
{
	(void)state;
	for (size_t i = 1; policyrules_keys[i] != NULL; i++) {
		struct policyrules rules = { 0 };

		add(&rules, "group:*", policyrules_keys[i], "refuse");
		policyrules_release(&rules);
	}
}

/* --- in a plan --------------------------------------------------------- */

static int
setup(void **state)
{
	struct planrig *rig = test_calloc(1, sizeof(*rig));

	planrig_init(rig);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct planrig *rig = *state;

	planrig_release(rig);
	test_free(rig);
	return 0;
}

static void
a_row_names_the_rule_that_chose_for_it(void **state)
{
	struct planrig *rig = *state;
	const struct plan_row *row;

	rig->fake.topics[0].start = 15;
	add(&rig->rules, "topic:ord\xe2\x80\xae*", "preset", "at-least-once");
	add(&rig->rules, "topic:ord*", "on-below-log-start", "earliest");
	planrig_plan(rig);
	row = planrig_row(rig, 0);
	assert_int_equal(row->action, PLAN_COMMIT);
	assert_int_equal(row->rule, RULE_BELOW_LOG_START);
	assert_int_equal(row->planned.offset, 15);
	assert_non_null(strstr(row->text, "; by [policy \"topic:ord*\"]"));
	assert_null(strstr(planrig_row(rig, 1)->text, "[policy"));
	assert_string_equal(rig->plan.policy, "strict, rules=2");
}

static void
a_row_that_is_refused_by_a_rule_names_it_too(void **state)
{
	struct planrig *rig = *state;
	const struct plan_row *row;
	struct err err = { 0 };

	assert_int_equal(policy_init(&rig->policy, "at-least-once", &err), 0);
	fake_commit(rig->group, "orders", 0, 500, "");
	add(&rig->rules, "group:g", "preset", "at-most-once");
	planrig_plan(rig);
	row = planrig_row(rig, 0);
	assert_int_equal(row->action, PLAN_REFUSE);
	assert_int_equal(row->rule, RULE_BACKWARD);
	assert_non_null(strstr(row->text, "by [policy \"group:g\"]"));
}

static void
whether_a_share_group_is_passed_over_survives_the_file(void **state)
{
	struct planrig *rig = *state;
	struct plan again;
	struct buf text = { 0 };
	struct err err = { 0 };

	add(&rig->rules, "group:g", "on-share-group", "skip");
	planrig_plan(rig);
	assert_false(rig->plan.skip_share_groups);
	assert_true(rig->plan.groups[0].skip_share);
	plancodec_encode(&rig->plan, &text);
	if (plancodec_decode(buf_bytes(&text), &again, &err) != 0)
		fail_msg("%s", err.message);
	assert_true(again.groups[0].skip_share);
	plan_release(&again);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_counts_for_what_its_pattern_means),
		cmocka_unit_test(the_last_rule_that_sets_a_gap_wins),
		cmocka_unit_test(a_preset_yields_to_a_gap_of_its_own_section),
		cmocka_unit_test(what_was_said_for_this_run_stays),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(each_key_is_taken_by_groups),
		cmocka_unit_test_setup_teardown(
		    a_row_names_the_rule_that_chose_for_it, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_row_that_is_refused_by_a_rule_names_it_too, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    whether_a_share_group_is_passed_over_survives_the_file,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
