/*
 * What a capture puts into a snapshot, and how it deals with time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/snapshot/trial.h"

static bool
has_position(const struct trial *trial, const char *group, const char *topic)
{
	const struct group *found = trial_group(trial, group);

	return found != NULL &&
	    group_find_position(found, bytes_of(topic), 0) != NULL;
}

/* The position on partition 0; fails when it is not there. */
static struct position
position_of(const struct trial *trial, const char *group, const char *topic)
{
	const struct position none = { 0 };
	const struct position *position = NULL;
	const struct group *found = trial_group(trial, group);

	if (found != NULL)
		position = group_find_position(found, bytes_of(topic), 0);
	if (position != NULL)
		return *position;
	fail_msg("%s has no position on %s", group, topic);
	return none;
}

static void
kinds_of_groups_are_told_apart(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	struct liar_group *group;

	liar_add_group(liar, "classic", 1);
	liar_add_group(liar, "simple", 2)->protocol_type = "";
	liar_add_group(liar, "new", 3)->type = GROUP_CONSUMER;
	group = liar_add_group(liar, "connect", 4);
	group->legacy_only = true;
	group->protocol_type = "connect";
	group = liar_add_group(liar, "streams", 5);
	group->legacy_only = true;
	group->untyped = true;
	liar_add_group(liar, "", 6);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.group_count, 6);
	assert_int_equal(trial_group(trial, "new")->type, GROUP_CONSUMER);
	assert_string_equal(trial_group(trial, "new")->state, "Empty");
	assert_string_equal(trial_group(trial, "simple")->protocol_type, "");
	assert_string_equal(
	    trial_group(trial, "connect")->protocol_type, "connect");
	assert_int_equal(trial_group(trial, "connect")->type, GROUP_CLASSIC);
	assert_int_equal(trial_group(trial, "streams")->type, GROUP_UNKNOWN);
	assert_string_equal(trial_group(trial, "streams")->state, "unknown");
	assert_string_equal(
	    trial_group(trial, "streams")->protocol_type, "unknown");
	assert_int_equal(trial_offset(trial, "streams"), 5);
	assert_int_equal(trial_offset(trial, ""), 6);
}

static void
empty_groups_are_kept_and_what_may_be_a_share_group_is_counted(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group;

	liar_add_group(&trial->liar, "empty", 1)->count = 0;
	group = liar_add_group(&trial->liar, "share", 1);
	group->count = 0;
	group->legacy_only = true;
	group->untyped = true;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_non_null(trial_group(trial, "empty"));
	assert_null(trial_group(trial, "share"));
	assert_int_equal(trial->report.empty_group_count, 1);
	assert_int_equal(trial->report.untyped_empty_count, 1);
}

static void
a_position_keeps_epoch_and_metadata_byte_for_byte(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group = liar_add_group(&trial->liar, "g", 1);
	struct position position;

	group->positions[0].metadata = "a\0b";
	group->positions[0].metadata_size = 3;
	trial_capture(trial);
	position = position_of(trial, "g", "orders");
	assert_int_equal(position.epoch, 7);
	assert_int_equal(position.metadata_size, 3);
	assert_memory_equal(position.metadata, "a\0b", 3);
}

static void
negative_offsets_are_kept_and_counted(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", -2);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "g"), -2);
	assert_int_equal(trial->snapshot.info.negative_count, 1);
}

static void
topics_have_all_their_partitions(void **state)
{
	struct trial *trial = *state;
	const struct topic *topic;

	liar_add_group(&trial->liar, "g", 5);
	liar_add_topic(&trial->liar, "unused", 3);
	trial_capture(trial);
	assert_int_equal(trial->snapshot.topic_count, 1);
	topic = &trial->snapshot.topics[0];
	assert_true(topic->has_id);
	assert_int_equal(topic->id[0], 42);
	assert_int_equal(topic->count, 2);
	assert_int_equal(topic->partitions[1].start, 10);
	assert_int_equal(topic->partitions[1].end, 1000);
	assert_int_equal(topic->partitions[1].epoch, 5);
}

static void
a_log_range_is_asked_for_until_it_answers(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5);
	trial->liar.topics[0].error = KAFKA_LEADER_NOT_AVAILABLE;
	trial->liar.topics[0].error_until_ms = 26000;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.topics[0].partitions[1].end, 1000);
}

static void
a_log_range_that_never_answers_is_a_hole(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5);
	trial->liar.topics[0].error = KAFKA_LEADER_NOT_AVAILABLE;
	trial->liar.topics[0].error_until_ms = LIAR_EVER;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_int_equal(trial->snapshot.holes[0].kind, HOLE_TOPIC);
	assert_int_equal(trial->snapshot.holes[0].partition, 1);
	assert_int_equal(trial->snapshot.holes[0].error, 5);
	assert_int_equal(trial->snapshot.topics[0].partitions[0].end, 1000);
	assert_int_equal(trial->snapshot.topics[0].partitions[1].start, -1);
	assert_int_equal(trial->snapshot.topics[0].partitions[1].end, -1);
	assert_int_equal(trial_offset(trial, "g"), 5);
	assert_true(trial->report.duration_ms <= 61000);
}

/* Offsets may outlive their topic where nobody saw it deleted. */
static void
a_topic_that_exists_no_more_is_no_hole(void **state)
{
	struct trial *trial = *state;

	liar_add_position(
	    liar_add_group(&trial->liar, "g", 5), "deleted", 0, 8);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->report.missing_topic_count, 1);
	assert_int_equal(trial->snapshot.topic_count, 2);
	assert_false(trial->snapshot.topics[0].has_id);
	assert_int_equal(trial->snapshot.topics[0].count, 0);
	assert_int_equal(position_of(trial, "g", "deleted").offset, 8);
	/* It is given time to show up, not the whole deadline. */
	assert_true(trial->report.duration_ms >= 5000);
	assert_true(trial->report.duration_ms < 8000);
}

static void
show_up(struct liar *liar, enum liar_call call)
{
	(void)call;
	if (liar->now_ms > 3000)
		liar->topics[1].absent = false;
}

static void
a_new_topic_is_waited_for(void **state)
{
	struct trial *trial = *state;

	liar_add_topic(&trial->liar, "fresh", 1)->absent = true;
	liar_add_position(liar_add_group(&trial->liar, "g", 5), "fresh", 0, 8);
	trial->liar.before = show_up;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->report.missing_topic_count, 0);
	assert_int_equal(trial->snapshot.topics[0].count, 1);
}

static void
patterns_choose_groups_and_topics(void **state)
{
	static const char *groups[] = { "a*", "b" };
	static const char *excluded[] = { "re:.*x" };
	static const char *topics[] = { "orders" };
	struct trial *trial = *state;

	liar_add_topic(&trial->liar, "other", 1);
	liar_add_position(liar_add_group(&trial->liar, "a1", 1), "other", 0, 9);
	liar_add_group(&trial->liar, "ax", 1);
	liar_add_group(&trial->liar, "b", 1);
	liar_add_group(&trial->liar, "c", 1);
	liar_add_group(&trial->liar, "a-other", 1)->positions[0].topic =
	    "other";
	trial->options.selection.groups = groups;
	trial->options.selection.group_count = 2;
	trial->options.selection.exclude_groups = excluded;
	trial->options.selection.exclude_group_count = 1;
	trial->options.selection.topics = topics;
	trial->options.selection.topic_count = 1;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_CLUSTER);
	assert_string_not_equal(
	    trial->snapshot.info.selection_hash, "00000000");
	assert_int_equal(trial->snapshot.group_count, 3);
	assert_non_null(trial_group(trial, "a1"));
	assert_non_null(trial_group(trial, "b"));
	assert_false(has_position(trial, "a1", "other"));
	/* It is there, with nothing on the topics asked for. */
	assert_int_equal(trial_group(trial, "a-other")->topic_count, 0);
	assert_int_equal(trial->snapshot.topic_count, 1);
}

static void
a_transaction_that_ends_is_waited_for(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group = liar_add_group(&trial->liar, "g", 5);

	group->held_topic = "orders";
	group->held_until_ms = 3000;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "g"), 5);
	assert_int_equal(trial->snapshot.info.unstable_count, 0);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_PLAIN], 0);
}

static void
a_transaction_that_hangs_makes_its_position_unstable(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group = liar_add_group(&trial->liar, "g", 5);

	liar_add_topic(&trial->liar, "other", 1);
	liar_add_position(group, "other", 0, 9);
	liar_add_group(&trial->liar, "h", 6);
	group->held_topic = "orders";
	group->held_until_ms = LIAR_EVER;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "g"), 5);
	assert_true(position_of(trial, "g", "orders").unstable);
	assert_false(position_of(trial, "g", "other").unstable);
	assert_int_equal(trial->snapshot.info.unstable_count, 1);
	/* One plain read, of this position, after a tenth of the time. */
	assert_int_equal(trial->liar.calls[LIAR_FETCH_PLAIN], 1);
	assert_true(trial->report.duration_ms >= 5000);
	assert_true(trial->report.duration_ms < 8000);
}

static void
an_unstable_position_older_than_before_is_a_hole(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group = liar_add_group(&trial->liar, "g", 50);

	trial_capture(trial);
	trial_is_complete(trial);
	group->held_topic = "orders";
	group->held_until_ms = LIAR_EVER;
	group->positions[0].offset = 49;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_true(trial_has_hole(trial, HOLE_UNSTABLE, "g"));
	assert_false(has_position(trial, "g", "orders"));
	assert_int_equal(trial->snapshot.gone_count, 0);

	/* The hole is no answer either: it is asked again next time. */
	group->held_until_ms = 0;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "g"), 49);
}

static void
move_after_the_plain_read(struct liar *liar, enum liar_call call)
{
	if (liar->step == 0 && call == LIAR_FETCH &&
	    liar->calls[LIAR_FETCH_PLAIN] == 1) {
		liar->step = 1;
		liar_move(liar, liar_partition("g"),
		    1 + liar->leaders[liar_partition("g")] % 3);
		liar_group(liar, "g")->positions[0].offset = 70;
	}
}

static void
an_unstable_position_is_read_again_when_its_partition_moved(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group = liar_add_group(&trial->liar, "g", 50);

	group->held_topic = "orders";
	group->held_until_ms = LIAR_EVER;
	trial->liar.before = move_after_the_plain_read;
	liar_add_group(&trial->liar, "h", 6)->error_count = 30;
	liar_group(&trial->liar, "h")->error = KAFKA_REQUEST_TIMED_OUT;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "g"), 70);
	assert_true(position_of(trial, "g", "orders").unstable);
}

static void
what_vanished_is_named(void **state)
{
	struct trial *trial = *state;
	struct liar_group *group = liar_add_group(&trial->liar, "part", 5);

	liar_add_position(group, "orders", 1, 6);
	liar_add_group(&trial->liar, "whole", 7);
	trial_capture(trial);
	assert_int_equal(trial->snapshot.gone_count, 0);
	assert_string_equal(trial->snapshot.info.previous, "");

	group->count = 1;
	liar_remove_group(&trial->liar, "whole");
	trial_capture(trial);
	trial_is_complete(trial);
	assert_string_equal(
	    trial->snapshot.info.previous, trial->previous.info.id);
	assert_int_equal(trial->snapshot.gone_count, 2);
	assert_true(trial_has_gone(trial, "part", "orders", 1));
	assert_true(trial_has_gone(trial, "whole", NULL, -1));
	assert_int_equal(trial->snapshot.gone[0].offset, 6);

	trial_capture(trial);
	assert_int_equal(trial->snapshot.gone_count, 0);
}

/* A group that was a hole is not forgotten when it is away the next time. */
static void
what_was_a_hole_and_vanished_is_named(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5);
	trial_capture(trial);
	liar_group(&trial->liar, "g")->error = KAFKA_GROUP_AUTHORIZATION_FAILED;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	liar_remove_group(&trial->liar, "g");
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(trial_has_gone(trial, "g", NULL, -1));
}

static void
named_groups_need_no_right_on_anything_else(void **state)
{
	static const char *groups[] = { "a", "absent" };
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "a", 5);
	liar_add_group(&trial->liar, "b", 6);
	trial->liar.may_describe = false;
	trial->liar.state = OFFSETS_TOPIC_HIDDEN;
	trial->options.selection.groups = groups;
	trial->options.selection.group_count = 2;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_NAMED);
	assert_int_equal(trial_offset(trial, "a"), 5);
	assert_int_equal(trial->snapshot.group_count, 2);
	/* Known not to be there. */
	assert_int_equal(trial_group(trial, "absent")->topic_count, 0);
	assert_int_equal(trial->report.absent_count, 1);
	assert_int_equal(trial->liar.calls[LIAR_LIST_GROUPS], 0);
	assert_int_equal(trial->liar.calls[LIAR_LIST_ALL], 0);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_UNKNOWN], 2);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_PLAIN], 0);
}

static void
named_groups_are_read_from_the_leader_where_that_is_seen(void **state)
{
	static const char *groups[] = { "a" };
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "a", 5)->type = GROUP_CONSUMER;
	/* That others have no leader is nothing to them. */
	trial->liar.leaders[(liar_partition("a") + 1) % LIAR_PARTITIONS] = -1;
	trial->options.selection.groups = groups;
	trial->options.selection.group_count = 1;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_UNKNOWN], 0);
	assert_int_equal(trial_group(trial, "a")->type, GROUP_CONSUMER);
	assert_string_equal(trial_group(trial, "a")->state, "Stable");
	assert_int_equal(trial_group(trial, "a")->coordinator,
	    trial->liar.leaders[liar_partition("a")]);

	trial->liar.leaders[liar_partition("a")] = -1;
	trial_capture(trial);
	assert_true(trial_has_hole(trial, HOLE_GROUP, "a"));
	assert_int_equal(trial_holes(trial, HOLE_LEADERLESS), 1);
}

static void
a_denied_named_group_is_a_hole(void **state)
{
	static const char *groups[] = { "a" };
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "a", 5)->error =
	    KAFKA_GROUP_AUTHORIZATION_FAILED;
	trial->options.selection.groups = groups;
	trial->options.selection.group_count = 1;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_true(trial_has_hole(trial, HOLE_GROUP, "a"));
}

static void
scope_named_refuses_patterns(void **state)
{
	static const char *groups[] = { "a*" };
	struct trial *trial = *state;

	trial->options.selection.groups = groups;
	trial->options.selection.group_count = 1;
	trial->options.wish = SCOPE_WISH_NAMED;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_USAGE);
	groups[0] = "re:(";
	trial->options.wish = SCOPE_WISH_AUTO;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_USAGE);
	groups[0] = "a";
	trial->options.selection.exclude_groups = groups;
	trial->options.selection.exclude_group_count = 1;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_USAGE);
}

static void
a_cluster_where_nobody_ever_committed_is_complete_and_empty(void **state)
{
	static const char *groups[] = { "a" };
	struct trial *trial = *state;

	trial->liar.state = OFFSETS_TOPIC_ABSENT;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.group_count, 0);

	/* A look-up of a coordinator would make the topic. */
	trial->options.selection.groups = groups;
	trial->options.selection.group_count = 1;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.group_count, 1);
	assert_int_equal(trial->report.absent_count, 1);
	assert_int_equal(trial->liar.calls[LIAR_FETCH], 0);
}

static void
errors_that_pass_are_tried_again(void **state)
{
	static const int errors[] = { KAFKA_COORDINATOR_LOAD_IN_PROGRESS,
		KAFKA_COORDINATOR_NOT_AVAILABLE, KAFKA_NOT_COORDINATOR,
		KAFKA_REQUEST_TIMED_OUT, KAFKA_NETWORK_EXCEPTION,
		KAFKA_LOCAL_TIMED_OUT, KAFKA_UNKNOWN_SERVER_ERROR };
	struct trial *trial = *state;
	size_t i;

	liar_add_group(&trial->liar, "g", 5);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		trial->liar.groups[0].error = errors[i];
		trial->liar.groups[0].error_count = 2;
		trial_capture(trial);
		trial_is_complete(trial);
		assert_int_equal(trial_offset(trial, "g"), 5);
		assert_true(trial->report.retry_count >= 2);
	}
}

static void
an_error_that_lasts_does_not_cost_the_whole_time(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5)->error =
	    KAFKA_UNKNOWN_SERVER_ERROR;
	liar_add_group(&trial->liar, "h", 6);
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_true(trial_has_hole(trial, HOLE_GROUP, "g"));
	assert_int_equal(trial->snapshot.holes[0].error, -1);
	assert_true(trial->report.duration_ms < 2000);
}

/* One group that cannot be read costs neither the others nor the topics. */
static void
a_group_that_never_answers_is_a_hole_at_the_deadline(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5)->error =
	    KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
	liar_add_group(&trial->liar, "h", 6);
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_true(trial_has_hole(trial, HOLE_GROUP, "g"));
	assert_int_equal(trial->snapshot.holes[0].error, 14);
	assert_int_equal(trial_offset(trial, "h"), 6);
	assert_int_equal(trial->snapshot.topics[0].partitions[0].end, 1000);
	assert_true(trial->report.duration_ms > 45000);
	assert_true(trial->report.duration_ms <= 60000);
}

static void
interrupt_in_reading(struct liar *liar, const struct offsets_request *request)
{
	(void)request;
	liar->interrupted = true;
}

static void
interrupt_in_topics(struct liar *liar, enum liar_call call)
{
	if (call == LIAR_TOPICS)
		liar->interrupted = true;
}

static void
an_interruption_ends_it_and_leaves_nothing(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5);
	liar_add_group(&trial->liar, "h", 5);
	trial->liar.before_group = interrupt_in_reading;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_INTERRUPTED);
	assert_int_equal(trial->snapshot.group_count, 0);

	trial->liar.interrupted = false;
	trial->liar.before_group = NULL;
	trial->liar.before = interrupt_in_topics;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_INTERRUPTED);
	assert_null(trial->snapshot.arena.blocks);
}

static void
die(struct liar *liar, enum liar_call call)
{
	int32_t id;

	for (id = 1; call != LIAR_DESCRIBE && id <= LIAR_BROKERS; id++)
		liar->brokers[id].hung = true;
}

static void
a_cluster_that_does_not_answer_is_a_failure(void **state)
{
	struct trial *trial = *state;

	liar_add_group(&trial->liar, "g", 5);
	trial->liar.before = die;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_UNAVAILABLE);
	assert_null(trial->snapshot.arena.blocks);
}

static void
read_times_are_those_of_each_group(void **state)
{
	struct trial *trial = *state;
	const struct group *group;

	liar_add_group(&trial->liar, "g", 5);
	trial_capture(trial);
	group = trial_group(trial, "g");
	assert_true(group->read_start_ms >= trial->snapshot.info.from_ms);
	assert_true(group->read_end_ms >= group->read_start_ms);
	assert_true(group->read_end_ms <= trial->snapshot.info.to_ms);
	assert_true(trial->snapshot.info.to_ms > trial->snapshot.info.from_ms);
}

struct progress {
	size_t calls;
	size_t last;
};

static void
note_progress(void *context, const char *phase, size_t done, size_t total)
{
	struct progress *progress = context;

	assert_non_null(phase);
	assert_true(done <= total);
	progress->calls++;
	progress->last = total;
}

static void
progress_is_told(void **state)
{
	struct trial *trial = *state;
	struct progress progress = { 0 };

	liar_add_group(&trial->liar, "g", 5);
	trial->options.progress = note_progress;
	trial->options.progress_context = &progress;
	trial_capture(trial);
	assert_true(progress.calls > 0);
}

int
main(void)
{
#define TRIAL(name) \
	cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)
	const struct CMUnitTest tests[] = {
		TRIAL(kinds_of_groups_are_told_apart),
		TRIAL(
		    empty_groups_are_kept_and_what_may_be_a_share_group_is_counted),
		TRIAL(a_position_keeps_epoch_and_metadata_byte_for_byte),
		TRIAL(negative_offsets_are_kept_and_counted),
		TRIAL(topics_have_all_their_partitions),
		TRIAL(a_log_range_is_asked_for_until_it_answers),
		TRIAL(a_log_range_that_never_answers_is_a_hole),
		TRIAL(a_topic_that_exists_no_more_is_no_hole),
		TRIAL(a_new_topic_is_waited_for),
		TRIAL(patterns_choose_groups_and_topics),
		TRIAL(a_transaction_that_ends_is_waited_for),
		TRIAL(a_transaction_that_hangs_makes_its_position_unstable),
		TRIAL(an_unstable_position_older_than_before_is_a_hole),
		TRIAL(
		    an_unstable_position_is_read_again_when_its_partition_moved),
		TRIAL(what_vanished_is_named),
		TRIAL(what_was_a_hole_and_vanished_is_named),
		TRIAL(named_groups_need_no_right_on_anything_else),
		TRIAL(named_groups_are_read_from_the_leader_where_that_is_seen),
		TRIAL(a_denied_named_group_is_a_hole),
		TRIAL(scope_named_refuses_patterns),
		TRIAL(
		    a_cluster_where_nobody_ever_committed_is_complete_and_empty),
		TRIAL(errors_that_pass_are_tried_again),
		TRIAL(an_error_that_lasts_does_not_cost_the_whole_time),
		TRIAL(a_group_that_never_answers_is_a_hole_at_the_deadline),
		TRIAL(an_interruption_ends_it_and_leaves_nothing),
		TRIAL(a_cluster_that_does_not_answer_is_a_failure),
		TRIAL(read_times_are_those_of_each_group),
		TRIAL(progress_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
