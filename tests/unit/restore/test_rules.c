/*
 * Each row of design section 5 in its strict column, and contract lines 4 to
 * 7: what a plan decides, and with which epoch and metadata.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/restore/planrig.h"

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
expect(const struct planrig *rig, int32_t partition, enum plan_action action,
    enum plan_rule rule)
{
	const struct plan_row *row = planrig_row(rig, partition);

	if (row->action != action || row->rule != rule)
		fail_msg("%s, %s: %s", plan_action_text(row->action),
		    plan_rule_text(row->rule), row->text);
}

static void
no_position_now_is_written(void **state)
{
	struct planrig *rig = *state;

	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW);
	assert_int_equal(planrig_row(rig, 0)->planned.offset, 10);
	assert_int_equal(plan_exit_status(&rig->plan), 0);
}

static void
backward_is_written_and_its_records_are_counted(void **state)
{
	struct planrig *rig = *state;

	fake_commit(rig->group, "orders", 0, 60, "");
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_BACKWARD);
	assert_int_equal(planrig_row(rig, 0)->reread, 50);
}

static void
where_it_stands_already_nothing_is_written(void **state)
{
	struct planrig *rig = *state;

	fake_commit(rig->group, "orders", 0, 10, "");
	planrig_plan(rig);
	expect(rig, 0, PLAN_SAME, RULE_SAME);
}

static void
forward_past_records_is_refused(void **state)
{
	struct planrig *rig = *state;

	fake_commit(rig->group, "orders", 0, 5, "");
	planrig_plan(rig);
	expect(rig, 0, PLAN_REFUSE, RULE_FORWARD);
	assert_int_equal(planrig_row(rig, 0)->skip, 5);
	assert_int_equal(plan_exit_status(&rig->plan), 4);
}

static void
a_topic_that_is_missing_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topic_count = 0;
	planrig_plan(rig);
	expect(rig, 0, PLAN_REFUSE, RULE_TOPIC_MISSING);
}

static void
contract_5_a_topic_with_another_id_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topics[0].id = 9;
	planrig_plan(rig);
	expect(rig, 0, PLAN_REFUSE, RULE_TOPIC_RECREATED);
}

static void
contract_4_below_the_log_start_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topics[0].start = 15;
	planrig_plan(rig);
	expect(rig, 0, PLAN_REFUSE, RULE_BELOW_LOG_START);
	expect(rig, 1, PLAN_COMMIT, RULE_NO_POSITION_NOW);
}

static void
contract_4_at_the_log_start_and_end_is_not(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topics[0].start = 10;
	rig->fake.topics[0].end = 20;
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW);
	expect(rig, 1, PLAN_COMMIT, RULE_NO_POSITION_NOW);
}

static void
contract_4_above_the_log_end_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topics[0].end = 19;
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW);
	expect(rig, 1, PLAN_REFUSE, RULE_ABOVE_LOG_END);
}

static void
contract_4_a_negative_offset_is_never_written(void **state)
{
	struct planrig *rig = *state;

	rig->captured->topics[0].positions[0].offset = -2;
	planrig_plan(rig);
	expect(rig, 0, PLAN_REFUSE, RULE_NEGATIVE);
}

static void
a_partition_created_after_the_capture_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topics[0].count = 3;
	fake_commit(rig->group, "orders", 2, 5, "");
	planrig_plan(rig);
	expect(rig, 2, PLAN_REFUSE, RULE_PARTITION_CREATED);
}

static void
a_partition_that_the_target_lacks_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->fake.topics[0].count = 1;
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW);
	expect(rig, 1, PLAN_REFUSE, RULE_PARTITION_MISSING);
}

static void
a_partition_without_a_position_then_is_left(void **state)
{
	struct planrig *rig = *state;

	rig->captured->topics[0].count = 1; /* none in orders-1 */
	fake_commit(rig->group, "orders", 1, 33, "");
	planrig_plan(rig);
	expect(rig, 1, PLAN_LEAVE, RULE_NO_POSITION_THEN);
	assert_false(planrig_row(rig, 1)->planned.present);
}

static void
a_hole_in_the_named_snapshot_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->captured->topics[0].count = 1;
	snapgen_hole(&rig->snapshot, HOLE_POSITION, "g", "orders", 1);
	fake_commit(rig->group, "orders", 1, 33, "");
	planrig_plan(rig);
	expect(rig, 1, PLAN_REFUSE, RULE_NOT_CAPTURED);
}

static void
contract_3_a_group_with_members_is_refused_by_name(void **state)
{
	struct planrig *rig = *state;

	fake_add_member(rig->group, "billing-1", "/10.0.0.7");
	planrig_plan(rig);
	assert_int_equal(rig->plan.groups[0].refused, RULE_MEMBERS);
	assert_true(bytes_equal_text(
	    rig->plan.groups[0].members[0].client_id, "billing-1"));
	assert_true(
	    bytes_equal_text(rig->plan.groups[0].members[0].host, "/10.0.0.7"));
	assert_int_equal(plan_exit_status(&rig->plan), 4);
}

static void
a_share_group_is_refused(void **state)
{
	struct planrig *rig = *state;

	rig->group->type = GROUP_SHARE;
	rig->captured->type = GROUP_SHARE;
	planrig_plan(rig);
	assert_true(plan_exit_status(&rig->plan) == 4 ||
	    rig->plan.groups[0].refused != RULE_SHARE_GROUP);
}

static void
contract_6_and_7_epoch_and_metadata_go_with_their_number(void **state)
{
	struct planrig *rig = *state;
	struct position *position = &rig->captured->topics[0].positions[0];
	const struct plan_row *row;

	position->metadata = "a\0b";
	position->metadata_size = 3;
	planrig_plan(rig);
	row = planrig_row(rig, 0);
	assert_int_equal(row->planned.epoch, 3);
	assert_int_equal(row->planned.metadata.size, 3);
	assert_memory_equal(row->planned.metadata.data, "a\0b", 3);
}

static void
the_same_number_with_other_metadata_is_written(void **state)
{
	struct planrig *rig = *state;

	fake_commit(rig->group, "orders", 0, 10, "other");
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_METADATA);
}

/* --- out of records of then ----------------------------------------------- */

/* Of a topic only those partitions are known that positions stood on. */
static void
make_rescue(struct planrig *rig, int32_t partitions, uint8_t id)
{
	struct topic *topic;

	rig->snapshot.info.source = SOURCE_RESCUE;
	rig->snapshot.info.as_of_ms = rig->snapshot.info.to_ms;
	rig->snapshot.topic_count = 0;
	topic = snapgen_topic(&rig->snapshot, "orders", partitions, id);
	for (size_t at = 0; at < topic->count; at++)
		topic->partitions[at] = (struct log_range){
			.partition = topic->partitions[at].partition,
			.epoch = -1,
			.start = -1,
			.end = -1,
		};
}

static void
a_rescue_knows_of_no_new_partition(void **state)
{
	struct planrig *rig = *state;

	make_rescue(rig, 2, 7);
	rig->fake.topics[0].count = 3;
	fake_commit(rig->group, "orders", 2, 60, "");
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW);
	expect(rig, 2, PLAN_LEAVE, RULE_NO_POSITION_THEN);
	assert_int_equal(plan_exit_status(&rig->plan), 0);
}

static void
contract_5_a_rescue_knows_the_topic_by_its_id(void **state)
{
	struct planrig *rig = *state;

	make_rescue(rig, 2, 9);
	planrig_plan(rig);
	expect(rig, 0, PLAN_REFUSE, RULE_TOPIC_RECREATED);
}

static void
in_a_rescue_a_bound_is_refused(void **state)
{
	struct planrig *rig = *state;

	make_rescue(rig, 1, 7);
	rig->captured->topics[0].count = 1;
	snapgen_hole(&rig->snapshot, HOLE_BOUND, "g", "orders", 1);
	snapgen_hole(&rig->snapshot, HOLE_HISTORY, NULL, NULL, 3);
	planrig_plan(rig);
	expect(rig, 0, PLAN_COMMIT, RULE_NO_POSITION_NOW);
	expect(rig, 1, PLAN_REFUSE, RULE_NOT_CAPTURED);
}

static const struct plan_row *
row_of(const struct planrig *rig, const char *topic)
{
	for (size_t at = 0; at < rig->plan.groups[0].row_count; at++)
		if (bytes_equal_text(rig->plan.groups[0].rows[at].topic, topic))
			return &rig->plan.groups[0].rows[at];
	fail_msg("the plan has no row for topic %s", topic);
	return NULL;
}

static void
where_history_is_not_exact_an_absence_proves_nothing(void **state)
{
	struct planrig *rig = *state;

	make_rescue(rig, 2, 7);
	snapgen_hole(&rig->snapshot, HOLE_HISTORY, NULL, NULL, 3);
	fake_add_topic(&rig->fake, "bills", 1, 8);
	fake_commit(rig->group, "bills", 0, 60, "");
	planrig_plan(rig);
	assert_int_equal(row_of(rig, "bills")->action, PLAN_LEAVE);
}

static void
where_it_is_exact_a_topic_without_positions_is_one_read_since(void **state)
{
	struct planrig *rig = *state;

	make_rescue(rig, 2, 7);
	fake_add_topic(&rig->fake, "bills", 1, 8);
	fake_commit(rig->group, "bills", 0, 60, "");
	planrig_plan(rig);
	assert_int_equal(row_of(rig, "bills")->rule, RULE_PARTITION_CREATED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_position_now_is_written),
		TEST(backward_is_written_and_its_records_are_counted),
		TEST(where_it_stands_already_nothing_is_written),
		TEST(forward_past_records_is_refused),
		TEST(a_topic_that_is_missing_is_refused),
		TEST(contract_5_a_topic_with_another_id_is_refused),
		TEST(contract_4_below_the_log_start_is_refused),
		TEST(contract_4_at_the_log_start_and_end_is_not),
		TEST(contract_4_above_the_log_end_is_refused),
		TEST(contract_4_a_negative_offset_is_never_written),
		TEST(a_partition_created_after_the_capture_is_refused),
		TEST(a_partition_that_the_target_lacks_is_refused),
		TEST(a_partition_without_a_position_then_is_left),
		TEST(a_hole_in_the_named_snapshot_is_refused),
		TEST(contract_3_a_group_with_members_is_refused_by_name),
		TEST(a_share_group_is_refused),
		TEST(contract_6_and_7_epoch_and_metadata_go_with_their_number),
		TEST(the_same_number_with_other_metadata_is_written),
		TEST(a_rescue_knows_of_no_new_partition),
		TEST(contract_5_a_rescue_knows_the_topic_by_its_id),
		TEST(in_a_rescue_a_bound_is_refused),
		TEST(where_history_is_not_exact_an_absence_proves_nothing),
		TEST(
		    where_it_is_exact_a_topic_without_positions_is_one_read_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
