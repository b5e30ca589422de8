/*
 * What restarts clocks: which positions are committed again, and that nothing
 * else becomes of them (contracts 2, 3, 4, 6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "restore/plancodec.h"
#include "restore/target.h"
#include "restore/touch.h"
#include "snapshot/offsetsscan.h"
#include "snapshot/selector.h"
#include "tests/unit/restore/planrig.h"

#define KEPT 60000 /* of the plan's options */

struct touchrig {
	struct planrig rig; /* of which the snapshot is not used */
	struct offsets_scan scan;
	struct offsets_reading reading;
	struct offsets_end end;
	bool leaderless;
	bool moved;
	bool knows; /* the scan */
	int64_t next;
};

static int
setup(void **state)
{
	struct touchrig *touch = test_calloc(1, sizeof(*touch));
	struct err err;

	planrig_init(&touch->rig);
	assert_int_equal(
	    policy_init(&touch->rig.policy, "at-least-once", &err), 0);
	ledger_init(&touch->scan.ledger, 1, INT64_MAX);
	touch->scan.readings = &touch->reading;
	touch->scan.ends = &touch->end;
	touch->scan.leaderless = &touch->leaderless;
	touch->scan.moved = &touch->moved;
	touch->scan.count = 1;
	touch->rig.group->protocol_type = "";
	fake_commit(touch->rig.group, "orders", 0, 10, "note");
	touch->rig.group->positions[0].epoch = 3;
	*state = touch;
	return 0;
}

static int
teardown(void **state)
{
	struct touchrig *touch = *state;

	ledger_release(&touch->scan.ledger);
	planrig_release(&touch->rig);
	test_free(touch);
	return 0;
}

/* --- records ---------------------------------------------------------------
 */

static void
put(struct buf *out, unsigned int size, int64_t value)
{
	while (size-- > 0)
		buf_add_char(out, (char)((uint64_t)value >> (size * 8)));
}

static void
put_text(struct buf *out, const char *text)
{
	put(out, 2, (int64_t)strlen(text));
	buf_add_text(out, text);
}

static void
take(struct touchrig *touch, struct buf *key, struct buf *value)
{
	const struct log_record record = { .offset = touch->next++,
		.timestamp_ms = 1,
		.key = buf_bytes(key),
		.value = buf_bytes(value) };

	ledger_take(&touch->scan.ledger, &record);
	ledger_finish(&touch->scan.ledger);
	touch->knows = true;
	buf_release(key);
	buf_release(value);
}

/* A commit to orders-0; expire_ms -1: none of its own. */
static void
record_commit(struct touchrig *touch, int64_t commit_ms, int64_t expire_ms)
{
	struct buf key = { 0 }, value = { 0 };

	put(&key, 2, 1);
	put_text(&key, "g");
	put_text(&key, "orders");
	put(&key, 4, 0);
	put(&value, 2, expire_ms < 0 ? 2 : 1);
	put(&value, 8, 10);
	put_text(&value, "note");
	put(&value, 8, commit_ms);
	if (expire_ms >= 0)
		put(&value, 8, expire_ms);
	take(touch, &key, &value);
}

/* A commit to orders-0 of a version that is not known yet. */
static void
record_nonsense(struct touchrig *touch)
{
	struct buf key = { 0 }, value = { 0 };

	put(&key, 2, 1);
	put_text(&key, "g");
	put_text(&key, "orders");
	put(&key, 4, 0);
	put(&value, 2, 99);
	take(touch, &key, &value);
}

/* A classic group that became empty then. */
static void
record_empty(struct touchrig *touch, int64_t state_ms)
{
	struct buf key = { 0 }, value = { 0 };

	put(&key, 2, 2);
	put_text(&key, "g");
	put(&value, 2, 2);
	put_text(&value, "consumer");
	put(&value, 4, 5);
	put(&value, 2, -1);
	put(&value, 2, -1);
	put(&value, 8, state_ms);
	put(&value, 4, 0);
	take(touch, &key, &value);
}

/* --- plans -----------------------------------------------------------------
 */

static const struct plan_row *
plan_for(struct touchrig *touch, const char *name)
{
	struct planrig *rig = &touch->rig;
	const struct selection all = { 0 };
	const struct bytes group = bytes_of(name);
	struct target_request ask = {
		.groups = &group, .group_count = 1, .census = &rig->census
	};
	const struct plan_options options = {
		.cluster_id = "here",
		.writer = "tidemark test",
		.env = &rig->fake.env,
		.policy = &rig->policy,
		.retention = { KEPT, true },
	};
	struct touch what = { .groups = &group,
		.group_count = 1,
		.scan = touch->knows ? &touch->scan : NULL,
		.unread = "READ is needed" };
	struct selector *selector;
	struct target target;
	struct err err = { 0 };

	assert_int_equal(selector_new(&all, &selector, &err), 0);
	what.selector = selector;
	assert_int_equal(census_read(&rig->fake.reach, &rig->census, &err), 0);
	assert_int_equal(target_read(&rig->fake.reach, &ask, &target, &err), 0);
	plan_build_touch(&what, &target, &options, &rig->plan);
	selector_free(selector);
	target_release(&target);
	return rig->plan.groups[0].row_count > 0 ? rig->plan.groups[0].rows
						 : NULL;
}

static const struct plan_row *
plan(struct touchrig *touch)
{
	const struct plan_row *row = plan_for(touch, "g");

	assert_non_null(row);
	return row;
}

static void
assert_row(
    const struct plan_row *row, enum plan_action action, enum plan_rule rule)
{
	assert_string_equal(
	    plan_action_text(row->action), plan_action_text(action));
	assert_string_equal(plan_rule_text(row->rule), plan_rule_text(rule));
}

static void
the_same_values_are_committed_again(void **state)
{
	struct touchrig *touch = *state;
	struct apply_result result;
	const struct plan_row *row = plan(touch);
	const struct fake_position *found;

	assert_row(row, PLAN_COMMIT, RULE_TOUCH);
	assert_int_equal(plan_exit_status(&touch->rig.plan), 0);
	assert_int_equal(planrig_apply(&touch->rig, &result), 0);
	assert_int_equal(touch->rig.fake.commit_count, 1);
	assert_int_equal(result.outcomes[APPLY_DONE], 1);
	found = fake_find(touch->rig.group, "orders", 0);
	assert_int_equal(found->offset, 10);
	assert_int_equal(found->epoch, 3);
	assert_memory_equal(found->metadata, "note", 4);
	apply_release(&result);
}

static void
outside_of_the_log_is_kept_as_it_is(void **state)
{
	struct touchrig *touch = *state;
	struct apply_result result;

	touch->rig.fake.topics[0].start = 500;
	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
	assert_int_equal(planrig_apply(&touch->rig, &result), 0);
	assert_int_equal(planrig_found(&touch->rig, 0), 10);
	apply_release(&result);
}

static void
each_type_of_group_by_its_clock(void **state)
{
	static const struct {
		const char *protocol_type;
		enum group_type type;
		enum plan_action action;
		enum plan_rule rule;
		int status;
	} rows[] = {
		{ "consumer", GROUP_CONSUMER, PLAN_COMMIT, RULE_TOUCH, 0 },
		{ "streams", GROUP_STREAMS, PLAN_COMMIT, RULE_TOUCH, 0 },
		{ "consumer", GROUP_CLASSIC, PLAN_SKIP, RULE_FUTILE, 3 },
		{ "connect", GROUP_CLASSIC, PLAN_SKIP, RULE_FUTILE, 3 },
		{ "unknown", GROUP_UNKNOWN, PLAN_SKIP, RULE_CLOCK_UNKNOWN, 3 },
	};
	struct touchrig *touch = *state;

	for (size_t at = 0; at < sizeof(rows) / sizeof(rows[0]); at++) {
		touch->rig.group->type = rows[at].type;
		touch->rig.group->protocol_type = rows[at].protocol_type;
		assert_row(plan(touch), rows[at].action, rows[at].rule);
		assert_int_equal(
		    plan_exit_status(&touch->rig.plan), rows[at].status);
		plan_release(&touch->rig.plan);
		census_release(&touch->rig.census);
	}
	touch->rig.group->type = GROUP_SHARE;
	touch->rig.group->protocol_type = "share";
	(void)plan(touch);
	assert_int_equal(touch->rig.plan.groups[0].refused, RULE_SHARE_SKIPPED);
	assert_int_equal(plan_exit_status(&touch->rig.plan), 3);
}

static void
records_tell_until_when_an_empty_classic_group_lives(void **state)
{
	struct touchrig *touch = *state;

	touch->rig.group->protocol_type = "consumer";
	assert_non_null(strstr(plan(touch)->text, "at the latest"));
	plan_release(&touch->rig.plan);
	census_release(&touch->rig.census);
	record_commit(touch, 1000, -1);
	record_empty(touch, 5000);
	assert_non_null(strstr(
	    plan(touch)->text, "it lives until 1970-01-01T00:01:05.000Z"));
}

static void
records_tell_the_type_that_the_listing_hides(void **state)
{
	struct touchrig *touch = *state;

	touch->rig.group->type = GROUP_UNKNOWN;
	touch->rig.group->protocol_type = "unknown";
	record_commit(touch, 1000, -1);
	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
	assert_string_equal(touch->rig.plan.groups[0].rows[0].text,
	    "it would be lost at 1970-01-01T00:01:01.000Z");
}

/* The group's own record may be among what was not read. */
static void
half_of_the_records_tell_nothing(void **state)
{
	struct touchrig *touch = *state;

	touch->rig.group->type = GROUP_UNKNOWN;
	touch->rig.group->protocol_type = "unknown";
	record_commit(touch, 1000, -1);
	touch->reading.next = 1;
	touch->end.high = 2;
	assert_row(plan(touch), PLAN_SKIP, RULE_CLOCK_UNKNOWN);
}

static void
an_old_record_that_tells_no_time_is_counted_from_commits(void **state)
{
	struct touchrig *touch = *state;

	touch->rig.group->protocol_type = "consumer";
	record_commit(touch, 1000, -1);
	record_empty(touch, -1);
	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
}

static void
a_later_expiry_of_its_own_is_not_ended(void **state)
{
	struct touchrig *touch = *state;
	const int64_t now_ms = touch->rig.fake.now_ms;

	record_commit(touch, 1000, now_ms + KEPT + 1000);
	assert_row(plan(touch), PLAN_SKIP, RULE_PINNED);
	plan_release(&touch->rig.plan);
	census_release(&touch->rig.census);
	record_commit(touch, 1000, now_ms + KEPT - 1);
	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
}

static void
forget_plan(struct touchrig *touch)
{
	plan_release(&touch->rig.plan);
	census_release(&touch->rig.census);
}

/* A commit ends a pin that nobody could see. */
static void
what_is_not_known_of_pins_is_told(void **state)
{
	struct touchrig *touch = *state;
	const struct plan_group *group;

	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
	group = &touch->rig.plan.groups[0];
	assert_string_equal(group->text,
	    "whether an old client pinned it is not known: READ is needed");
	assert_int_equal(plan_exit_status(&touch->rig.plan), 0);
	forget_plan(touch);

	/* Where nothing would be committed there is nothing to end. */
	touch->rig.group->protocol_type = "consumer";
	assert_row(plan(touch), PLAN_SKIP, RULE_FUTILE);
	assert_string_equal(touch->rig.plan.groups[0].text, "");
	forget_plan(touch);
	touch->rig.group->protocol_type = "";

	/* They were read, and there is none. */
	record_commit(touch, 1000, -1);
	(void)plan(touch);
	assert_string_equal(touch->rig.plan.groups[0].text, "");
	forget_plan(touch);

	touch->reading.next = 1;
	touch->end.high = 2;
	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
	assert_string_equal(touch->rig.plan.groups[0].text,
	    "whether an old client pinned it is not known: not all of its "
	    "records could be read");
}

static void
an_undecodable_record_may_be_a_pin(void **state)
{
	struct touchrig *touch = *state;

	record_nonsense(touch);
	assert_row(plan(touch), PLAN_COMMIT, RULE_TOUCH);
	assert_string_equal(touch->rig.plan.groups[0].rows[0].text,
	    "whether an old client pinned it is not known: its record cannot "
	    "be decoded");
}

static void
contract_3_a_group_with_members_is_left_alone(void **state)
{
	struct touchrig *touch = *state;
	struct apply_result result;

	touch->rig.group->protocol_type = "consumer";
	fake_add_member(touch->rig.group, "busy", "/10.0.0.7");
	assert_row(plan(touch), PLAN_LEAVE, RULE_MEMBERS);
	assert_non_null(strstr(touch->rig.plan.groups[0].text, "busy"));
	assert_int_equal(planrig_apply(&touch->rig, &result), 0);
	assert_int_equal(result.outcomes[APPLY_LEFT], 1);
	assert_int_equal(touch->rig.fake.commit_count, 0);
	apply_release(&result);
}

static void
move(struct fake *fake)
{
	fake_commit(&fake->groups[0], "orders", 0, 11, "note");
}

static void
contract_3_a_simple_group_that_moves_is_left_alone(void **state)
{
	struct touchrig *touch = *state;
	struct apply_result result;

	touch->rig.fake.on_sleep = move;
	(void)plan(touch);
	assert_int_equal(planrig_apply(&touch->rig, &result), 3);
	assert_int_equal(result.outcomes[APPLY_SKIPPED], 1);
	assert_int_equal(touch->rig.fake.commit_count, 0);
	assert_int_equal(planrig_found(&touch->rig, 0), 11);
	apply_release(&result);
}

static void
what_moved_since_is_never_set_back_by_force(void **state)
{
	struct touchrig *touch = *state;
	const struct apply_options options = { .census = &touch->rig.census,
		.force_stale = true };
	struct apply_result result;
	struct err err = { 0 };

	touch->rig.group->type = GROUP_CONSUMER;
	touch->rig.group->protocol_type = "consumer";
	(void)plan(touch);
	fake_commit(touch->rig.group, "orders", 0, 11, "note");
	assert_int_equal(apply_run(&touch->rig.fake.reach, &touch->rig.plan,
			     &options, &result, &err),
	    0);
	assert_int_equal(apply_exit_status(&result), 5);
	assert_int_equal(planrig_found(&touch->rig, 0), 11);
	apply_release(&result);
}

static void
contract_4_a_negative_offset_is_never_written(void **state)
{
	struct touchrig *touch = *state;

	fake_commit(touch->rig.group, "orders", 0, -1, "");
	assert_row(plan(touch), PLAN_SKIP, RULE_NEGATIVE);
	assert_int_equal(plan_exit_status(&touch->rig.plan), 3);
}

static void
contract_6_another_topic_since_is_refused(void **state)
{
	struct touchrig *touch = *state;
	struct apply_result result;

	(void)plan(touch);
	touch->rig.fake.topics[0].id = 9;
	assert_int_equal(planrig_apply(&touch->rig, &result), 5);
	assert_int_equal(touch->rig.fake.commit_count, 0);
	apply_release(&result);
}

static enum fake_fate
lose_first_request(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	return fake->commit_count == 1 ? FAKE_LOST_REQUEST : FAKE_STORED;
}

static enum fake_fate
refuse(struct fake *fake, const struct commit_request *request)
{
	(void)request;
	fake->fate_error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	return FAKE_REFUSED;
}

/* That the value stands there shows nothing: it stood there before. */
static void
contract_2_only_an_answer_shows_a_commit(void **state)
{
	struct touchrig *touch = *state;
	struct apply_result result;

	touch->rig.fake.on_commit = lose_first_request;
	(void)plan(touch);
	assert_int_equal(planrig_apply(&touch->rig, &result), 0);
	assert_int_equal(touch->rig.fake.commit_count, 2);
	apply_release(&result);
	touch->rig.fake.on_commit = refuse;
	assert_int_equal(planrig_apply(&touch->rig, &result), 1);
	assert_int_equal(result.outcomes[APPLY_FAILED], 1);
	assert_int_equal(result.outcomes[APPLY_DONE], 0);
	apply_release(&result);
}

static void
a_group_that_is_not_there_is_refused(void **state)
{
	struct touchrig *touch = *state;

	assert_null(plan_for(touch, "nobody"));
	assert_int_equal(touch->rig.plan.groups[0].refused, RULE_NO_SUCH_GROUP);
	assert_int_equal(plan_exit_status(&touch->rig.plan), 4);
}

static void
its_plan_survives_its_file_form(void **state)
{
	struct touchrig *touch = *state;
	struct buf text = { 0 };
	struct plan again;
	struct err err = { 0 };

	(void)plan(touch);
	plancodec_encode(&touch->rig.plan, &text);
	assert_int_equal(plancodec_decode(buf_bytes(&text), &again, &err), 0);
	assert_row(&again.groups[0].rows[0], PLAN_COMMIT, RULE_TOUCH);
	assert_string_equal(again.question, "touch");
	plan_release(&again);
	buf_release(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_values_are_committed_again),
		TEST(outside_of_the_log_is_kept_as_it_is),
		TEST(each_type_of_group_by_its_clock),
		TEST(records_tell_until_when_an_empty_classic_group_lives),
		TEST(records_tell_the_type_that_the_listing_hides),
		TEST(half_of_the_records_tell_nothing),
		TEST(an_old_record_that_tells_no_time_is_counted_from_commits),
		TEST(a_later_expiry_of_its_own_is_not_ended),
		TEST(what_is_not_known_of_pins_is_told),
		TEST(an_undecodable_record_may_be_a_pin),
		TEST(contract_3_a_group_with_members_is_left_alone),
		TEST(contract_3_a_simple_group_that_moves_is_left_alone),
		TEST(what_moved_since_is_never_set_back_by_force),
		TEST(contract_4_a_negative_offset_is_never_written),
		TEST(contract_6_another_topic_since_is_refused),
		TEST(contract_2_only_an_answer_shows_a_commit),
		TEST(a_group_that_is_not_there_is_refused),
		TEST(its_plan_survives_its_file_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
