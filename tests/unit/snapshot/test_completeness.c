/*
 * Contract 1, no silent shrinking: each way in which a cluster answers with
 * less, or with something older, and error 0 (verified.md 1), and what the
 * capture makes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/snapshot/trial.h"

/* Groups enough that every offsets partition has one. */
static const char *const names[] = { "alpha", "beta", "gamma", "delta",
	"epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
	"nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi",
	"chi", "psi", "omega" };
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static void
add_groups(struct liar *liar)
{
	size_t i;

	for (i = 0; i < NAME_COUNT; i++)
		liar_add_group(liar, names[i], 100);
}

/* Every group is there with that offset. */
static void
has_all(const struct trial *trial, int64_t offset)
{
	size_t i;

	for (i = 0; i < NAME_COUNT; i++)
		assert_int_equal(trial_offset(trial, names[i]), offset);
}

static void
commit_all(struct liar *liar, int64_t offset)
{
	size_t i;

	for (i = 0; i < liar->group_count; i++)
		liar->groups[i].positions[0].offset = offset;
}

/* All partitions of one broker go to another. */
static void
move_all(struct liar *liar, int32_t from, int32_t to)
{
	int32_t i;

	for (i = 0; i < LIAR_PARTITIONS; i++) {
		if (liar->leaders[i] == from)
			liar_move(liar, i, to);
	}
}

static void
a_healthy_cluster_is_captured_completely(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_CLUSTER);
	assert_int_equal(trial->snapshot.group_count, NAME_COUNT);
	assert_int_equal(trial->report.retry_count, 0);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_PLAIN], 0);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_UNKNOWN], 0);
	/* Before and after, as two of the brokers tell. */
	assert_int_equal(trial->liar.calls[LIAR_OFFSETS_TOPIC], 4);
	assert_int_equal(trial->liar.calls[LIAR_LIST_GROUPS], 6);
}

/* Way 1: a new coordinator answers with less until it has loaded. */
static void
way_1_a_new_coordinator_is_read_only_when_it_has_loaded(void **state)
{
	struct trial *trial = *state;
	int32_t i;

	add_groups(&trial->liar);
	for (i = 0; i < LIAR_PARTITIONS; i++)
		trial->liar.unloaded_until_ms[i] = 4000;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_PLAIN], 0);
}

/* It leaves its groups out of the listing, and says nothing. */
static void
way_1_a_partition_that_is_not_loaded_hides_no_group(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	add_groups(&trial->liar);
	/* Past both first listings, were the second not to wait for proof. */
	trial->liar.unloaded_until_ms[partition] = trial->liar.now_ms + 40;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
}

static void
move_when_frozen_long_enough(struct liar *liar, enum liar_call call)
{
	(void)call;
	if (liar->step == 0 && liar->now_ms > 10000) {
		liar->step = 1;
		move_all(liar, 2, 3);
	}
}

/* Way 2: the living brokers omit the groups of the one that is lost. */
static void
way_2_the_groups_of_a_lost_broker_are_waited_for(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	liar_freeze(&trial->liar, 2);
	trial->liar.before = move_when_frozen_long_enough;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
	assert_true(trial->liar.now_ms < 40000);
}

static void
way_2_a_broker_lost_for_good_is_a_hole(void **state)
{
	struct trial *trial = *state;
	size_t i;

	add_groups(&trial->liar);
	liar_freeze(&trial->liar, 2);
	trial_capture(trial);
	assert_false(trial->snapshot.info.complete);
	assert_true(trial_holes(trial, HOLE_LISTING) > 0);
	assert_true(trial_holes(trial, HOLE_MOVED) > 0);
	for (i = 0; i < NAME_COUNT; i++) {
		const int32_t partition = liar_partition(names[i]);

		if (trial->liar.leaders[partition] != 2)
			assert_int_equal(trial_offset(trial, names[i]), 100);
		else
			assert_null(trial_group(trial, names[i]));
	}
	assert_true(trial->report.duration_ms <= 62000);
}

/* Way 3: partitions of the offsets topic without a leader. */
static void
way_3_leaderless_partitions_are_holes(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial_capture(trial);
	trial_is_complete(trial);
	trial->liar.brokers[2].absent = true;
	move_all(&trial->liar, 2, -1);
	trial_capture(trial);
	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial_holes(trial, HOLE_LEADERLESS), 3);
	assert_int_equal(trial_holes(trial, HOLE_LISTING), 0);
	assert_true(trial->snapshot.group_count < NAME_COUNT);
	/* What the previous snapshot had is named, not gone. */
	assert_int_equal(trial->snapshot.gone_count, 0);
	assert_int_equal(
	    trial->snapshot.group_count + trial_holes(trial, HOLE_GROUP),
	    NAME_COUNT);
}

static void
lead_again(struct liar *liar, enum liar_call call)
{
	(void)call;
	if (liar->step == 0 && liar->now_ms > 30000) {
		liar->step = 1;
		move_all(liar, -1, 1);
	}
}

static void
way_3_a_leader_that_comes_back_is_waited_for(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	move_all(&trial->liar, 2, -1);
	trial->liar.before = lead_again;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
}

/* Way 4: rights. */
static void
way_4_without_describe_on_the_cluster_the_scope_is_visible(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.may_describe = false;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_VISIBLE);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_int_equal(trial_holes(trial, HOLE_VISIBLE_SCOPE), 1);
	has_all(trial, 100);

	trial->options.wish = SCOPE_WISH_VISIBLE;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_VISIBLE);
}

static void
way_4_a_hidden_offsets_topic_is_a_hole(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.state = OFFSETS_TOPIC_HIDDEN;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_CLUSTER);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_int_equal(trial_holes(trial, HOLE_OFFSETS_TOPIC_HIDDEN), 1);
	has_all(trial, 100);
	/* Pinned to who listed them. */
	assert_int_equal(trial->liar.calls[LIAR_FETCH_UNKNOWN], 0);
}

static void
way_4_a_denied_group_is_a_hole_at_once(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	liar_group(&trial->liar, "beta")->error =
	    KAFKA_GROUP_AUTHORIZATION_FAILED;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_true(trial_has_hole(trial, HOLE_GROUP, "beta"));
	assert_int_equal(trial->snapshot.holes[0].error, 30);
	assert_null(trial_group(trial, "beta"));
	assert_true(trial->report.duration_ms < 1000);
}

static void
way_4_positions_that_rights_hide_are_asked_for_by_name(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group;
	int i;

	liar_add_topic(&trial->liar, "secret", 2);
	group = liar_add_group(&trial->liar, "beta", 100);
	liar_add_position(group, "secret", 1, 7);
	trial_capture(trial);
	trial_is_complete(trial);

	/* It stays a hole in each snapshot that follows. */
	group->shut_topic = "secret";
	for (i = 0; i < 3; i++) {
		trial_capture(trial);
		assert_int_equal(trial->snapshot.hole_count, 1);
		assert_true(trial_has_hole(trial, HOLE_POSITION, "beta"));
		assert_true(
		    bytes_equal_text(trial->snapshot.holes[0].topic, "secret"));
		assert_int_equal(trial->snapshot.holes[0].partition, 1);
		assert_int_equal(trial->snapshot.holes[0].error, 29);
		assert_int_equal(trial->snapshot.gone_count, 0);
		assert_int_equal(trial_offset(trial, "beta"), 100);
	}
	group->shut_topic = NULL;
	trial_capture(trial);
	trial_is_complete(trial);
}

/*
 * Way 5: broker 2 is frozen after the first view, another takes over, commits
 * are acknowledged there, and it thaws before the groups are read: it answers
 * all of them, with what was true before.
 */
static void
thaw_a_zombie(struct liar *liar, enum liar_call call)
{
	if (liar->step == 0 && call == LIAR_FETCH) {
		liar->step = 1;
		liar_freeze(liar, 2);
		move_all(liar, 2, 3);
		liar_thaw(liar, 2);
		commit_all(liar, 200);
	}
}

static void
way_5_a_thawed_broker_is_not_believed(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.before = thaw_a_zombie;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 200);
}

/* It believes what it wants for the whole time. */
static void
way_5_nor_is_it_when_it_never_wakes_up(void **state)
{
	struct trial *trial = *state;
	size_t i;

	add_groups(&trial->liar);
	liar_freeze(&trial->liar, 2);
	move_all(&trial->liar, 2, 3);
	liar_thaw(&trial->liar, 2);
	commit_all(&trial->liar, 200);
	trial_capture(trial);
	/* A view that does not ask it settles who leads, another confirms. */
	for (i = 0; i < NAME_COUNT; i++) {
		if (trial_group(trial, names[i]) != NULL &&
		    !trial_has_hole(trial, HOLE_GROUP, names[i]))
			assert_int_equal(trial_offset(trial, names[i]), 200);
	}
}

static void
zombie_with_one_other(struct liar *liar, enum liar_call call)
{
	if (liar->step == 0 && call == LIAR_FETCH) {
		liar->step = 1;
		liar_freeze(liar, 2);
		move_all(liar, 2, 1);
		liar_thaw(liar, 2);
		commit_all(liar, 200);
	} else if (liar->step == 1 && liar->now_ms > 8000) {
		liar->step = 2;
		liar->brokers[2].zombie = false;
	}
}

static void
way_5_two_brokers_that_differ_settle_nothing(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.brokers[3].absent = true;
	move_all(&trial->liar, 3, 1);
	trial->liar.before = zombie_with_one_other;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 200);
	assert_true(trial->liar.now_ms > 8000);
}

/* The same leader at the end as at the beginning, and another in between. */
static void
there_and_back(struct liar *liar, enum liar_call call)
{
	size_t i;

	if (liar->step == 0 && call == LIAR_LIST_ALL) {
		liar->step = 1;
		for (i = 0; i < 2; i++)
			move_all(liar, i == 0 ? 2 : 3, i == 0 ? 3 : 2);
		commit_all(liar, 200);
	}
}

static void
a_leader_that_went_and_came_back_is_seen_by_its_epoch(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.before = there_and_back;
	trial_capture(trial);
	trial_is_complete(trial);
	/* Only what was on the partitions that moved is read again. */
	assert_true(
	    trial->liar.calls[LIAR_FETCH_STABLE] < NAME_COUNT + NAME_COUNT + 9);
	for (size_t i = 0; i < NAME_COUNT; i++) {
		const int32_t partition = liar_partition(names[i]);

		assert_int_equal(trial_offset(trial, names[i]),
		    trial->liar.epochs[partition] > 4 ? 200 : 100);
	}
}

static void
move_in_the_middle(struct liar *liar, const struct offsets_request *request)
{
	if (liar->step == 0 && bytes_equal_text(request->group, "nu")) {
		liar->step = 1;
		liar_move(liar, liar_partition("nu"),
		    1 + liar->leaders[liar_partition("nu")] % 3);
	}
}

static void
a_coordinator_that_moves_while_it_is_read_is_followed(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.before_group = move_in_the_middle;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
	assert_true(trial->report.retry_count > 0);
	assert_int_equal(trial_group(trial, "nu")->coordinator,
	    trial->liar.leaders[liar_partition("nu")]);
}

static void
move_for_ever(struct liar *liar, enum liar_call call)
{
	const int32_t partition = liar_partition("nu");

	if (call == LIAR_FETCH)
		liar_move(liar, partition, 1 + liar->leaders[partition] % 3);
}

static void
a_partition_that_never_holds_still_is_a_hole(void **state)
{
	struct trial *trial = *state;
	size_t i;

	add_groups(&trial->liar);
	trial->liar.before = move_for_ever;
	trial_capture(trial);
	assert_int_equal(
	    trial_holes(trial, HOLE_MOVED) + trial_holes(trial, HOLE_LISTING) >
		0,
	    1);
	for (i = 0; i < NAME_COUNT; i++)
		assert_int_equal(trial_has_hole(trial, HOLE_GROUP, names[i]),
		    liar_partition(names[i]) == liar_partition("nu"));
}

static void
appear_late(struct liar *liar, enum liar_call call)
{
	if (liar->step == 0 && call == LIAR_FETCH) {
		liar->step = 1;
		liar_add_group(liar, "late", 5);
	}
}

static void
a_group_that_only_the_second_listing_shows_is_read(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.before = appear_late;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "late"), 5);
}

static void
a_listing_that_fails_is_made_again(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.brokers[3].loading_until_ms = 9000;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
	assert_true(trial->liar.now_ms > 9000);
}

static void
a_listing_that_always_fails_is_a_hole_with_its_broker(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.brokers[3].loading_until_ms = LIAR_EVER;
	trial_capture(trial);
	assert_int_equal(trial_holes(trial, HOLE_LISTING), 1);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_int_equal(trial->snapshot.holes[0].broker, 3);
	assert_int_equal(trial->snapshot.holes[0].error, 14);
}

/* librdkafka hides the errors of the listing that brings Connect's groups. */
static void
a_broker_left_out_of_the_legacy_listing_is_noticed(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	liar_add_group(&trial->liar, "connect-sink", 9)->legacy_only = true;
	trial->liar.left_out_of_legacy =
	    trial->liar.leaders[liar_partition("connect-sink")];
	trial->liar.legacy_count = 3;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "connect-sink"), 9);
	assert_true(trial->liar.calls[LIAR_LIST_ALL] > 3);
}

static void
a_legacy_listing_that_always_fails_is_a_hole(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.legacy_error = KAFKA_LOCAL_TIMED_OUT;
	trial_capture(trial);
	has_all(trial, 100);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_int_equal(trial_holes(trial, HOLE_LISTING), 1);
}

static void
a_group_that_no_listing_shows_any_more_is_asked_all_the_same(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial_capture(trial);
	liar_group(&trial->liar, "beta")->unlisted = true;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
	assert_int_equal(trial->snapshot.gone_count, 0);
}

static void
a_single_broker_is_believed(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->liar.brokers[2].absent = true;
	trial->liar.brokers[3].absent = true;
	move_all(&trial->liar, 2, 1);
	move_all(&trial->liar, 3, 1);
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 100);
}

/* Everything but the answers of the hung broker's groups comes in time. */
static void
a_broker_that_hangs_does_not_eat_the_time_of_the_others(void **state)
{
	struct trial *trial = *state;
	size_t i;

	add_groups(&trial->liar);
	trial->options.window = 1;
	trial->options.timeout_ms = 20000;
	liar_freeze(&trial->liar, 1);
	trial_capture(trial);
	for (i = 0; i < NAME_COUNT; i++) {
		if (trial->liar.leaders[liar_partition(names[i])] != 1)
			assert_int_equal(trial_offset(trial, names[i]), 100);
	}
	assert_int_equal(trial->snapshot.topic_count, 1);
	assert_int_equal(trial->snapshot.topics[0].partitions[0].end, 1000);
	assert_true(trial->report.duration_ms <= 21000);
}

/* A broker that loads its groups is asked often at first. */
static void
why_a_group_is_not_read_is_told_once_a_second(void **state)
{
	struct trial *trial = *state;
	const char *at;
	size_t told = 0;

	add_groups(&trial->liar);
	liar_group(&trial->liar, "beta")->error = 14; /* it loads */
	liar_group(&trial->liar, "beta")->error_count = 5;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(trial->report.duration_ms < 2000);
	at = strstr(trial->liar.said, "trying again");
	for (; at != NULL; at = strstr(at + 1, "trying again"))
		told++;
	assert_true(told == 1 || told == 2);
}

static void
groups_are_asked_no_faster_than_allowed(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->options.group_rate = 5;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->report.request_count, NAME_COUNT);
	assert_true(
	    trial->report.duration_ms >= (int64_t)NAME_COUNT * 1000 / 5);
}

/* The time that the rate takes is not the brokers' fault. */
static void
contract_1_a_low_rate_costs_time_and_no_group(void **state)
{
	struct trial *trial = *state;

	add_groups(&trial->liar);
	trial->options.group_rate = 1;
	trial->options.timeout_ms = 10000;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(trial->report.duration_ms > 20000);
}

int
main(void)
{
#define TRIAL(name) \
	cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)
	const struct CMUnitTest tests[] = {
		TRIAL(a_healthy_cluster_is_captured_completely),
		TRIAL(groups_are_asked_no_faster_than_allowed),
		TRIAL(contract_1_a_low_rate_costs_time_and_no_group),
		TRIAL(way_1_a_new_coordinator_is_read_only_when_it_has_loaded),
		TRIAL(way_1_a_partition_that_is_not_loaded_hides_no_group),
		TRIAL(way_2_the_groups_of_a_lost_broker_are_waited_for),
		TRIAL(way_2_a_broker_lost_for_good_is_a_hole),
		TRIAL(way_3_leaderless_partitions_are_holes),
		TRIAL(way_3_a_leader_that_comes_back_is_waited_for),
		TRIAL(
		    way_4_without_describe_on_the_cluster_the_scope_is_visible),
		TRIAL(way_4_a_hidden_offsets_topic_is_a_hole),
		TRIAL(way_4_a_denied_group_is_a_hole_at_once),
		TRIAL(way_4_positions_that_rights_hide_are_asked_for_by_name),
		TRIAL(way_5_a_thawed_broker_is_not_believed),
		TRIAL(way_5_nor_is_it_when_it_never_wakes_up),
		TRIAL(way_5_two_brokers_that_differ_settle_nothing),
		TRIAL(a_leader_that_went_and_came_back_is_seen_by_its_epoch),
		TRIAL(a_coordinator_that_moves_while_it_is_read_is_followed),
		TRIAL(a_partition_that_never_holds_still_is_a_hole),
		TRIAL(a_group_that_only_the_second_listing_shows_is_read),
		TRIAL(a_listing_that_fails_is_made_again),
		TRIAL(a_listing_that_always_fails_is_a_hole_with_its_broker),
		TRIAL(a_broker_left_out_of_the_legacy_listing_is_noticed),
		TRIAL(a_legacy_listing_that_always_fails_is_a_hole),
		TRIAL(
		    a_group_that_no_listing_shows_any_more_is_asked_all_the_same),
		TRIAL(a_single_broker_is_believed),
		TRIAL(why_a_group_is_not_read_is_told_once_a_second),
		TRIAL(a_broker_that_hangs_does_not_eat_the_time_of_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
