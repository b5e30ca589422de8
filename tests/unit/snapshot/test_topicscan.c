/*
 * Captures by the offsets topic.  What the brokers answer (200) differs from
 * what the records say (100), so that each number tells where it is from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/ledger.h"
#include "snapshot/source.h"
#include "tests/unit/snapshot/liarlog.h"
#include "tests/unit/snapshot/recordgen.h"
#include "tests/unit/snapshot/trial.h"

/* Groups enough that every offsets partition has one. */
static const char *const names[] = { "alpha", "beta", "gamma", "delta",
	"epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
	"nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi",
	"chi", "psi", "omega" };
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

#define RECORDS 100
#define BROKERS 200

static int
setup(void **state)
{
	struct trial *trial;
	struct liar *liar;
	size_t i;

	if (trial_setup(state) != 0)
		return -1;
	trial = *state;
	liar = &trial->liar;
	for (i = 0; i < NAME_COUNT; i++)
		liar_add_group(liar, names[i], RECORDS);
	liar_write_all(liar);
	for (i = 0; i < NAME_COUNT; i++)
		liar->groups[i].positions[0].offset = BROKERS;
	trial->options.source = SOURCE_TOPIC;
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;

	assert_int_equal(trial->liar.open_readers, 0);
	return trial_teardown(state);
}

static bool
is_in(const char *name, int32_t partition)
{
	return liar_partition(name) == partition;
}

/* Groups of the partition have one offset, those of others another; -1: they
 * are not there. */
static void
has_all(const struct trial *trial, int32_t partition, int64_t there,
    int64_t elsewhere)
{
	size_t i;

	for (i = 0; i < NAME_COUNT; i++) {
		const int64_t offset =
		    is_in(names[i], partition) ? there : elsewhere;

		if (offset < 0)
			assert_null(trial_group(trial, names[i]));
		else
			assert_int_equal(trial_offset(trial, names[i]), offset);
	}
}

static const struct hole *
only_hole(const struct trial *trial, enum hole_kind kind)
{
	const struct hole *hole = &trial->snapshot.holes[0];

	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_string_equal(hole_kind_text(hole->kind), hole_kind_text(kind));
	return hole;
}

/* --- alone ------------------------------------------------------------- */

static void
contract_1_the_records_alone_make_a_complete_snapshot(void **state)
{
	struct trial *trial = *state;
	const struct group *group;

	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, RECORDS, RECORDS);
	assert_int_equal(trial->snapshot.group_count, NAME_COUNT);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_CLUSTER);
	assert_int_equal(trial->snapshot.info.source, SOURCE_TOPIC);
	assert_int_equal(
	    trial->snapshot.info.scan.record_count, 2 * NAME_COUNT);
	assert_int_equal(trial->liar.calls[LIAR_FETCH], 0);
	assert_int_equal(trial->liar.calls[LIAR_LIST_GROUPS], 0);
	assert_int_equal(trial->liar.calls[LIAR_LIST_ALL], 0);
	assert_int_equal(trial->liar.calls[LIAR_MEMBERS], 0);
	assert_int_equal(trial->report.retry_count, 0);
	group = trial_group(trial, "alpha");
	assert_int_equal(group->type, GROUP_CLASSIC);
	assert_string_equal(group->state, "Empty");
	assert_string_equal(group->protocol_type, "consumer");
	assert_int_equal(group->topics[0].positions[0].epoch, 7);
	assert_int_equal(group->topics[0].positions[0].commit_ms,
	    INT64_C(1700000000000) + 1000);
}

static void
contract_1_no_right_on_groups_or_the_cluster_is_needed(void **state)
{
	struct trial *trial = *state;

	trial->liar.may_describe = false;
	trial->liar.may_fetch = false;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, RECORDS, RECORDS);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_CLUSTER);
}

static void
contract_1_records_are_read_in_as_many_slices_as_it_takes(void **state)
{
	struct trial *trial = *state;

	trial->liar.read_batch = 1;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, RECORDS, RECORDS);
}

static void
move_during_the_scan(struct liar *liar, enum liar_call call)
{
	const int32_t partition = liar_partition("alpha");

	if (call != LIAR_READ || liar->step++ > 0)
		return;
	liar_move(liar, partition, 1 + liar->leaders[partition] % LIAR_BROKERS);
}

static void
commit_after_the_first_scan(struct liar *liar, enum liar_call call)
{
	move_during_the_scan(liar, call);
	/* The view after it: the new leader has taken a commit. */
	if (call == LIAR_OFFSETS_TOPIC && liar->calls[LIAR_OFFSETS_TOPIC] == 3)
		liar_write_commit(liar, "alpha", 101);
}

static void
contract_1_a_leader_that_moves_during_the_scan_is_read_again(void **state)
{
	struct trial *trial = *state;

	trial->liar.before = commit_after_the_first_scan;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 101);
	assert_int_equal(trial_offset(trial, "beta"), RECORDS);
	assert_int_equal(trial_group(trial, "alpha")->coordinator,
	    trial->liar.leaders[liar_partition("alpha")]);
}

static void
old_end_once(struct liar *liar, enum liar_call call)
{
	struct liar_log *log = &liar->logs[liar_partition("alpha")];

	if (call != LIAR_LOG || liar->calls[LIAR_LOG] != 2)
		return;
	log->old_answers = 1;
	log->old_epoch = 3;
	log->old_end = 0;
}

static void
contract_1_an_old_leader_s_high_watermark_is_not_believed(void **state)
{
	struct trial *trial = *state;

	trial->liar.before = old_end_once;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, RECORDS, RECORDS);
	assert_true(trial->liar.now_ms < 5000);
}

static void
contract_1_a_partition_without_a_leader_is_a_hole(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	trial->liar.leaders[partition] = -1;
	trial_capture(trial);
	assert_int_equal(
	    only_hole(trial, HOLE_LEADERLESS)->partition, partition);
	has_all(trial, partition, -1, RECORDS);
}

static void
contract_1_a_broker_that_hangs_is_a_hole_for_its_partitions(void **state)
{
	struct trial *trial = *state;
	size_t i;

	trial->liar.brokers[2].hung = true;
	trial_capture(trial);
	assert_int_equal(
	    trial->snapshot.hole_count, trial_holes(trial, HOLE_MOVED));
	assert_true(trial->snapshot.hole_count > 0);
	for (i = 0; i < trial->snapshot.hole_count; i++)
		assert_int_equal(
		    trial->liar.leaders[trial->snapshot.holes[i].partition], 2);
	assert_true(trial->liar.now_ms < 70000);
}

static void
hang_after_the_first_view(struct liar *liar, enum liar_call call)
{
	if (call == LIAR_READ)
		liar->may_read = false;
}

static void
contract_1_a_partition_that_may_not_be_read_is_a_hole(void **state)
{
	struct trial *trial = *state;
	const struct hole *hole;

	trial->liar.before = hang_after_the_first_view;
	trial_capture(trial);
	assert_int_equal(trial->snapshot.hole_count, LIAR_PARTITIONS);
	assert_int_equal(trial_holes(trial, HOLE_LISTING), LIAR_PARTITIONS);
	hole = &trial->snapshot.holes[0];
	assert_int_equal(hole->error, KAFKA_TOPIC_AUTHORIZATION_FAILED);
	assert_int_equal(trial->snapshot.group_count, 0);
}

static void
contract_1_what_is_gone_since_the_previous_one_is_named(void **state)
{
	struct trial *trial = *state;
	const struct bytes none = { NULL, 0 };

	trial_capture(trial);
	liar_write_removal(&trial->liar, "alpha");
	liar_append(&trial->liar, liar_partition("alpha"),
	    recordgen_group_key(
		&trial->liar.arena, RECORDGEN_CLASSIC, bytes_of("alpha")),
	    none);
	liar_write_removal(&trial->liar, "beta");
	liar_remove_group(&trial->liar, "alpha");
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(trial_has_gone(trial, "alpha", NULL, -1));
	assert_true(trial_has_gone(trial, "beta", "orders", 0));
	assert_null(trial_group(trial, "alpha"));
	assert_non_null(trial_group(trial, "beta"));
	assert_int_equal(trial->snapshot.gone_count, 2);
}

/* The topic was given more partitions: a commit where the group was at home by
 * the old number. */
static void
write_elsewhere(struct liar *liar, const char *group, int64_t offset)
{
	const struct recordgen_commit commit = { offset, 1, { "", 0 }, 5 };

	liar_append(liar, (liar_partition(group) + 1) % LIAR_PARTITIONS,
	    recordgen_commit_key(
		&liar->arena, RECORDGEN_COMMIT, bytes_of(group), "orders", 0),
	    recordgen_commit_value(&liar->arena, &commit));
}

/* Brokers that have restarted since go by the new number. */
static void
contract_1_records_of_a_smaller_topic_are_not_taken(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	size_t i;

	liar->now_ms -= 500;
	for (i = 0; i < NAME_COUNT; i++)
		write_elsewhere(liar, names[i], 3);
	liar->now_ms += 500;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, RECORDS, RECORDS);
	assert_int_equal(trial->report.scan.asked_count, 0);
}

/* Brokers that have not go by the old one. */
static void
contract_1_a_topic_that_was_made_larger_has_groups_asked(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar->now_ms += 500;
	write_elsewhere(liar, "alpha", BROKERS);
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, partition, BROKERS, RECORDS);
	assert_int_equal(trial->report.scan.asked_count, 1);
}

static void
contract_1_a_group_in_another_partition_is_a_hole_without_rights(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;

	liar->may_describe = false;
	liar->may_fetch = false;
	write_elsewhere(liar, "newcomer", 5);
	trial_capture(trial);
	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial_holes(trial, HOLE_UNREADABLE), 1);
	assert_true(trial_has_hole(trial, HOLE_GROUP, "newcomer"));
}

static void
contract_1_only_the_partitions_of_groups_given_by_name_are_read(void **state)
{
	struct trial *trial = *state;
	static const char *wanted[] = { "alpha", "nobody" };
	const int32_t partition = liar_partition("alpha");
	int32_t i;

	trial->options.selection.groups = wanted;
	trial->options.selection.group_count = 2;
	for (i = 0; i < LIAR_PARTITIONS; i++) {
		if (i != partition && i != liar_partition("nobody"))
			trial->liar.leaders[i] = -1;
	}
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_NAMED);
	assert_int_equal(trial->snapshot.group_count, 2);
	assert_int_equal(trial_offset(trial, "alpha"), RECORDS);
	assert_int_equal(trial_group(trial, "nobody")->topic_count, 0);
	assert_int_equal(trial->report.absent_count, 1);
}

static void
interrupt_the_scan(struct liar *liar, enum liar_call call)
{
	liar->interrupted |= call == LIAR_READ;
}

static void
a_capture_that_is_interrupted_leaves_nothing(void **state)
{
	struct trial *trial = *state;

	trial->liar.before = interrupt_the_scan;
	assert_int_equal(trial_run(trial), -1);
	assert_int_equal(trial->err.kind, ERR_INTERRUPTED);
	assert_int_equal(trial->snapshot.group_count, 0);
}

static void
share_groups_are_left_out_as_by_the_coordinators(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;

	liar_append(liar, liar_partition("shared"),
	    recordgen_group_key(
		&liar->arena, RECORDGEN_SHARE, bytes_of("shared")),
	    recordgen_modern_value(&liar->arena, RECORDGEN_SHARE, 1));
	trial_capture(trial);
	trial_is_complete(trial);
	assert_null(trial_group(trial, "shared"));
	assert_int_equal(trial->report.untyped_empty_count, 1);
}

/* --- transactions, and records that cannot be decoded ------------------ */

static void
contract_1_a_transaction_that_ends_soon_is_waited_for(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar_hold(liar, partition, liar->now_ms + 3000);
	liar_write_commit(liar, "alpha", 150);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 150);
	assert_int_equal(liar->calls[LIAR_FETCH], 0);
	assert_int_equal(trial->report.scan.asked_count, 0);
}

static void
contract_1_groups_of_a_held_partition_are_asked_of_their_coordinator(
    void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar_hold(liar, partition, LIAR_EVER);
	liar_write_commit(liar, "alpha", 150);
	liar_write_commit(liar, "beta", 120);
	assert_false(is_in("beta", partition));
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), BROKERS);
	assert_int_equal(trial_offset(trial, "beta"), 120);
	assert_int_equal(trial_offset(trial, "gamma"),
	    is_in("gamma", partition) ? BROKERS : RECORDS);
	assert_int_equal(trial->report.scan.asked_count, 1);
	assert_true(liar->now_ms < 10000);
}

/* It was made after the transaction began: no record of it can be seen. */
static void
contract_1_a_group_that_only_the_coordinator_knows_is_found(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("hidden");

	liar_add_group(liar, "hidden", BROKERS);
	liar_hold(liar, partition, LIAR_EVER);
	liar_write_commit(liar, "hidden", RECORDS);
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "hidden"), BROKERS);
	has_all(trial, partition, BROKERS, RECORDS);
}

static void
contract_1_a_held_partition_without_rights_is_a_hole(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");
	size_t i;

	liar->may_describe = false;
	liar->may_fetch = false;
	liar_hold(liar, partition, LIAR_EVER);
	liar_write_commit(liar, "alpha", 150);
	trial_capture(trial);
	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial_holes(trial, HOLE_HELD), 1);
	for (i = 0; i < trial->snapshot.hole_count; i++) {
		const struct hole *hole = &trial->snapshot.holes[i];

		if (hole->kind == HOLE_HELD)
			assert_int_equal(hole->partition, partition);
		else
			assert_int_equal(hole->kind, HOLE_GROUP);
	}
	for (i = 0; i < NAME_COUNT; i++)
		assert_int_equal(trial_has_hole(trial, HOLE_GROUP, names[i]),
		    is_in(names[i], partition));
	has_all(trial, partition, -1, RECORDS);
}

static void
contract_1_a_record_that_cannot_be_decoded_has_its_groups_asked(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar_append(liar, partition,
	    recordgen_commit_key(
		&liar->arena, RECORDGEN_COMMIT, bytes_of("alpha"), "orders", 0),
	    recordgen_later_value(&liar->arena));
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, partition, BROKERS, RECORDS);
	assert_int_equal(trial->report.scan.oddity_count, 1);
	assert_int_equal(trial->report.scan.oddities[0].partition, partition);
	assert_int_equal(trial->snapshot.info.scan.unknown_version_count, 1);
}

static void
contract_1_a_record_that_cannot_be_decoded_is_a_hole_without_rights(
    void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar->may_describe = false;
	liar->may_fetch = false;
	liar_append(liar, partition, (struct bytes){ "\x00\x01\x00", 3 },
	    recordgen_broken_value(&liar->arena));
	trial_capture(trial);
	assert_int_equal(trial_holes(trial, HOLE_UNREADABLE), 1);
	assert_int_equal(trial_holes(trial, HOLE_HELD), 0);
	has_all(trial, partition, -1, RECORDS);
}

/* What a later record has replaced, and what is no position and no group,
 * hides nothing. */
static void
contract_1_an_undecodable_record_that_hides_nothing_costs_nothing(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar->may_describe = false;
	liar->may_fetch = false;
	liar_append(liar, partition,
	    recordgen_commit_key(
		&liar->arena, RECORDGEN_COMMIT, bytes_of("alpha"), "orders", 0),
	    recordgen_later_value(&liar->arena));
	liar_append(liar, partition,
	    recordgen_group_key(
		&liar->arena, RECORDGEN_CLASSIC, bytes_of("alpha")),
	    recordgen_later_value(&liar->arena));
	liar_append(liar, partition,
	    recordgen_member_key(&liar->arena, RECORDGEN_CONSUMER_MEMBER,
		bytes_of("alpha"), "m-1"),
	    recordgen_later_value(&liar->arena));
	liar_write_commit(liar, "alpha", 130);
	liar_write_group(liar, "alpha");
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 130);
	assert_int_equal(trial->report.scan.asked_count, 0);
	assert_int_equal(trial->report.scan.oddity_count, 3);
}

/* Removed long ago: to ask for it would make a hole where rights are lacking.
 */
static void
contract_1_groups_that_are_gone_are_not_asked_of_a_held_partition(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	const int32_t partition = liar_partition("alpha");

	liar->may_describe = false;
	liar->may_fetch = false;
	liar_write_removal(liar, "alpha");
	liar_append(liar, partition,
	    recordgen_group_key(
		&liar->arena, RECORDGEN_CLASSIC, bytes_of("alpha")),
	    (struct bytes){ NULL, 0 });
	liar_hold(liar, partition, LIAR_EVER);
	liar_write_commit(liar, "alpha", 150);
	trial_capture(trial);
	assert_int_equal(trial_holes(trial, HOLE_HELD), 1);
	assert_false(trial_has_hole(trial, HOLE_GROUP, "alpha"));
}

static void
a_group_whose_topics_are_not_selected_is_kept_as_by_the_coordinators(
    void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	static const char *wanted[] = { "payments" };

	liar_append(liar, liar_partition("alpha"),
	    recordgen_group_key(
		&liar->arena, RECORDGEN_STREAMS, bytes_of("alpha")),
	    recordgen_modern_value(&liar->arena, RECORDGEN_STREAMS, 1));
	trial->options.selection.topics = wanted;
	trial->options.selection.topic_count = 1;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_group(trial, "alpha")->type, GROUP_STREAMS);
	assert_int_equal(trial->snapshot.group_count, NAME_COUNT);
	assert_int_equal(trial->snapshot.info.position_count, 0);
}

/* --- the topic is made again ------------------------------------------- */

static void
remake_it(struct liar *liar)
{
	size_t i;

	liar->step = 1;
	liar_remake(liar, 4);
	for (i = 0; i < NAME_COUNT; i++)
		liar_write_commit(liar, names[i], 300);
}

static void
remake_during_the_scan(struct liar *liar, enum liar_call call)
{
	if (call == LIAR_READ && liar->step == 0)
		remake_it(liar);
}

/* The scan is over; the view that would have confirmed it. */
static void
remake_after_the_scan(struct liar *liar, enum liar_call call)
{
	if (call == LIAR_OFFSETS_TOPIC && liar->step == 0 &&
	    liar->calls[LIAR_READ] > 0)
		remake_it(liar);
}

/* ... and never answers again, so that there is no other round. */
static void
remake_and_end(struct liar *liar, enum liar_call call)
{
	remake_after_the_scan(liar, call);
	if (liar->step == 1 && call == LIAR_LOG)
		liar->now_ms += 120000;
}

static void
contract_1_a_topic_made_again_during_the_scan_is_read_anew(void **state)
{
	struct trial *trial = *state;

	trial->liar.before = remake_during_the_scan;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, 300, 300);
}

static void
contract_1_a_topic_made_again_after_the_scan_is_read_anew(void **state)
{
	struct trial *trial = *state;

	trial->liar.before = remake_after_the_scan;
	trial_capture(trial);
	trial_is_complete(trial);
	has_all(trial, 0, 300, 300);
}

static void
contract_1_what_was_read_of_a_topic_that_is_no_more_is_not_taken(void **state)
{
	struct trial *trial = *state;

	trial->liar.before = remake_and_end;
	trial_capture(trial);
	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial->snapshot.group_count, 0);
	assert_true(trial->snapshot.hole_count > 0);
}

static void
cut_before_the_second_scan(struct liar *liar, enum liar_call call)
{
	const int32_t partition = liar_partition("alpha");
	struct liar_log *log = &liar->logs[partition];

	if (call != LIAR_OFFSETS_TOPIC || liar->calls[LIAR_READ] == 0 ||
	    liar->step++ > 0)
		return;
	log->count = 0;
	log->held_until_ms = 0;
	liar_write_commit(liar, "alpha", 77);
}

/* An election that was not clean, by the same leader and epoch as it is told
 * here; a topic made again with as many partitions looks alike. */
static void
contract_1_a_log_that_was_cut_is_read_anew(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	liar_hold(&trial->liar, partition, LIAR_EVER);
	liar_write_commit(&trial->liar, "alpha", 150);
	trial->liar.before = cut_before_the_second_scan;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 77);
	assert_int_equal(trial->snapshot.info.scan.unknown_type_count, 0);
	assert_non_null(strstr(trial->liar.said, "shorter than"));
}

static void
cut_during_the_second_scan(struct liar *liar, enum liar_call call)
{
	struct liar_log *log = &liar->logs[liar_partition("alpha")];
	int64_t offset;

	if (call != LIAR_READ || ++liar->step != 2)
		return;
	log->count = 0;
	log->held_until_ms = 0;
	for (offset = 50; offset <= 77; offset++)
		liar_write_commit(liar, "alpha", offset);
	log->read_error = KAFKA_OFFSET_OUT_OF_RANGE;
}

/* The reader cannot go on where it was, though the log is longer now. */
static void
contract_1_a_log_that_is_cut_while_it_is_read_is_read_anew(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	liar_hold(&trial->liar, partition, trial->liar.now_ms + 40);
	liar_write_commit(&trial->liar, "alpha", 150);
	trial->liar.before = cut_during_the_second_scan;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 77);
	assert_true(trial->liar.now_ms < 20000);
}

/* --- both -------------------------------------------------------------- */

static void
setup_both(struct trial *trial)
{
	size_t i;

	trial->options.source = SOURCE_BOTH;
	for (i = 0; i < NAME_COUNT; i++)
		trial->liar.groups[i].positions[0].offset = RECORDS;
}

static void
compared(const struct trial *trial, size_t agreed, size_t moving)
{
	const struct snapshot_compare *compare = &trial->snapshot.info.compare;

	if (compare->agreed_count != agreed || compare->moving_count != moving)
		fail_msg("%zu agreed, %zu moving, %zu + %zu, %zu differ",
		    compare->agreed_count, compare->moving_count,
		    compare->only_api_count, compare->only_topic_count,
		    compare->differing_count);
	assert_int_equal(trial->report.scan.difference_count,
	    compare->only_api_count + compare->only_topic_count +
		compare->differing_count);
}

static void
both_agree_where_nothing_moves(void **state)
{
	struct trial *trial = *state;

	setup_both(trial);
	trial_capture(trial);
	trial_is_complete(trial);
	compared(trial, NAME_COUNT, 0);
	assert_int_equal(trial->report.scan.difference_count, 0);
	assert_int_equal(trial->snapshot.info.source, SOURCE_BOTH);
	assert_int_equal(trial->liar.calls[LIAR_FETCH_UNKNOWN], 0);
	assert_true(
	    trial_group(trial, "alpha")->topics[0].positions[0].commit_ms > 0);
}

static void
commit_before_asking(struct liar *liar, const struct offsets_request *request)
{
	if (!bytes_equal_text(request->group, "alpha") || liar->step++ > 0)
		return;
	liar_group(liar, "alpha")->positions[0].offset = 170;
	liar_write_commit(liar, "alpha", 170);
}

static void
both_let_a_position_move_while_they_read(void **state)
{
	struct trial *trial = *state;

	setup_both(trial);
	trial->liar.before_group = commit_before_asking;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 170);
	compared(trial, NAME_COUNT, 0);
}

static void
commit_after_asking(struct liar *liar, enum liar_call call)
{
	/* The ends for the last reading. */
	if (call != LIAR_LOG || liar->calls[LIAR_FETCH] == 0 ||
	    liar->step++ > 0)
		return;
	liar_group(liar, "alpha")->positions[0].offset = 170;
	liar_write_commit(liar, "alpha", 170);
	liar_remove_group(liar, "beta");
	liar_write_removal(liar, "beta");
}

static void
both_take_the_newer_of_a_position_that_moves(void **state)
{
	struct trial *trial = *state;
	const struct group *beta;

	setup_both(trial);
	trial->liar.before = commit_after_asking;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 170);
	beta = trial_group(trial, "beta");
	assert_true(beta == NULL || beta->topic_count == 0);
	compared(trial, NAME_COUNT - 2, 2);
}

static void
both_name_what_they_have_otherwise(void **state)
{
	struct trial *trial = *state;
	struct liar *liar = &trial->liar;
	size_t i;
	size_t seen = 0;

	setup_both(trial);
	liar_group(liar, "alpha")->positions[0].offset = 99;
	liar_remove_group(liar, "beta");
	liar_add_group(liar, "ghost", 5);
	liar_add_position(liar_group(liar, "gamma"), "orders", 1, 8);
	trial_capture(trial);
	trial_is_complete(trial);
	compared(trial, NAME_COUNT - 2, 0);
	assert_int_equal(trial->snapshot.info.compare.only_api_count, 2);
	assert_int_equal(trial->snapshot.info.compare.only_topic_count, 1);
	assert_int_equal(trial->snapshot.info.compare.differing_count, 1);
	for (i = 0; i < trial->report.scan.difference_count; i++) {
		const struct source_difference *one =
		    &trial->report.scan.differences[i];

		assert_true(bytes_equal_text(one->topic, "orders"));
		if (bytes_equal_text(one->group, "alpha")) {
			assert_int_equal(one->kind, DIFFERENCE_OFFSET);
			assert_int_equal(one->api_offset, 99);
			assert_int_equal(one->topic_offset, RECORDS);
		} else if (bytes_equal_text(one->group, "beta")) {
			assert_int_equal(one->kind, DIFFERENCE_ONLY_TOPIC);
			assert_int_equal(one->api_offset, -1);
			assert_int_equal(one->topic_offset, RECORDS);
		} else {
			assert_int_equal(one->kind, DIFFERENCE_ONLY_API);
			assert_int_equal(one->topic_offset, -1);
		}
		seen++;
	}
	assert_int_equal(seen, 4);
	/* All of them are in the snapshot. */
	assert_int_equal(trial_offset(trial, "alpha"), RECORDS);
	assert_int_equal(trial_offset(trial, "beta"), RECORDS);
	assert_int_equal(trial_offset(trial, "ghost"), 5);
	assert_int_equal(trial_group(trial, "gamma")->topics[0].count, 2);
}

static void
both_name_what_only_the_topic_shows_without_rights(void **state)
{
	struct trial *trial = *state;

	setup_both(trial);
	trial->liar.may_describe = false;
	trial->liar.may_fetch = false;
	trial_capture(trial);
	trial_is_complete(trial);
	compared(trial, 0, 0);
	assert_int_equal(
	    trial->snapshot.info.compare.only_topic_count, NAME_COUNT);
	assert_true(trial->liar.now_ms < 5000);
}

static void
end_the_transaction_later(struct liar *liar, enum liar_call call)
{
	if (call != LIAR_OFFSETS_TOPIC || liar->calls[LIAR_FETCH] == 0 ||
	    liar->step++ > 0)
		return;
	liar_group(liar, "alpha")->positions[0].offset = 170;
	liar_write_commit(liar, "alpha", 170);
	liar_add_group(liar, "newcomer", 5);
	liar_write_commit(liar, "newcomer", 5);
}

/* The partition is read to its end only in the second round, the coordinator
 * was asked in the first: what was committed between them is no difference. */
static void
both_do_not_blame_a_transaction_s_end(void **state)
{
	struct trial *trial = *state;
	const int32_t partition = liar_partition("alpha");

	setup_both(trial);
	liar_hold(&trial->liar, partition, trial->liar.now_ms + 100);
	liar_write_commit(&trial->liar, names[0], RECORDS);
	trial->liar.before = end_the_transaction_later;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), 170);
	assert_int_equal(trial->report.scan.difference_count, 0);
}

/* ... and the last reading behind it fails. */
static void
end_it_and_fail_the_last_reading(struct liar *liar, enum liar_call call)
{
	struct liar_log *log = &liar->logs[liar_partition("alpha")];

	if (liar->step == 0)
		end_the_transaction_later(liar, call);
	/* The first time is the scan's own. */
	if (call != LIAR_LOG || liar->step == 0 || ++liar->step != 3)
		return;
	log->old_answers = 1;
	log->old_epoch = 3;
	log->old_end = 0;
}

/* What the coordinator told before is older than the records. */
static void
both_never_prefer_an_answer_from_before_the_scan(void **state)
{
	struct trial *trial = *state;

	setup_both(trial);
	liar_hold(
	    &trial->liar, liar_partition("alpha"), trial->liar.now_ms + 100);
	liar_write_commit(&trial->liar, "alpha", RECORDS);
	trial->liar.before = end_it_and_fail_the_last_reading;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_true(trial->liar.step >= 3);
	assert_int_equal(trial_offset(trial, "alpha"), 170);
	assert_int_equal(trial->report.scan.difference_count, 0);
}

static void
old_end_of_the_last_reading(struct liar *liar, enum liar_call call)
{
	struct liar_log *log = &liar->logs[liar_partition("alpha")];

	if (call != LIAR_LOG || liar->calls[LIAR_FETCH] == 0 ||
	    liar->step++ > 0)
		return;
	log->old_answers = 1;
	log->old_epoch = 3;
	log->old_end = 0;
}

static void
move_the_coordinator_s(struct liar *liar, const struct offsets_request *request)
{
	/* Committed, but this reader will not see it. */
	if (bytes_equal_text(request->group, "alpha") &&
	    liar->calls[LIAR_READ] > 0) {
		liar_group(liar, "alpha")->positions[0].offset = 170;
		liar->before_group = NULL;
	}
}

static void
both_do_not_compare_where_the_last_reading_failed(void **state)
{
	struct trial *trial = *state;

	setup_both(trial);
	trial->liar.before = old_end_of_the_last_reading;
	trial->liar.before_group = move_the_coordinator_s;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->report.scan.difference_count, 0);
	assert_true(trial->snapshot.info.compare.moving_count >= 1);
	assert_int_equal(trial_offset(trial, "alpha"), 170);
}

static void
write_nonsense_later(struct liar *liar, enum liar_call call)
{
	if (call != LIAR_LOG || liar->calls[LIAR_FETCH] == 0 ||
	    liar->step++ > 0)
		return;
	liar_append(liar, liar_partition("alpha"),
	    recordgen_commit_key(
		&liar->arena, RECORDGEN_COMMIT, bytes_of("alpha"), "orders", 0),
	    recordgen_later_value(&liar->arena));
}

/* What the last reading brings may hide something too. */
static void
contract_1_both_lose_no_position_to_the_last_reading(void **state)
{
	struct trial *trial = *state;

	setup_both(trial);
	trial->liar.before = write_nonsense_later;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial_offset(trial, "alpha"), RECORDS);
	assert_int_equal(trial->report.scan.asked_count, 1);
}

/* --- which source ------------------------------------------------------ */

static int
choose_source(
    struct trial *trial, enum source_wish wish, struct source_choice *choice)
{
	struct cluster_view view = { 0 };
	int rc;

	memset(&trial->err, 0, sizeof(trial->err));
	assert_int_equal(
	    cluster_describe(&trial->liar.base, 1000, &view, &trial->err), 0);
	rc = source_choose(
	    &(struct capture_job){
		.cluster = &trial->liar.base,
		.view = &view,
		.options = &trial->options,
		.env = &trial->liar.env,
		.log = &trial->liar.log,
	    },
	    wish, choice, &trial->err);
	cluster_view_release(&view);
	return rc;
}

static void
chooses(struct trial *trial, enum snapshot_source source, const char *reason)
{
	struct source_choice choice;

	assert_int_equal(choose_source(trial, SOURCE_WISH_AUTO, &choice), 0);
	assert_int_equal(choice.source, source);
	if (strstr(choice.reason, reason) == NULL)
		fail_msg("'%s' does not say '%s'", choice.reason, reason);
	assert_int_equal(trial->err.kind, ERR_NONE);
}

static void
auto_takes_a_small_topic_that_may_be_read(void **state)
{
	struct trial *trial = *state;

	chooses(trial, SOURCE_TOPIC, "at most 48 records");
	trial->liar.may_describe = false;
	chooses(trial, SOURCE_TOPIC, "records");
	trial->liar.brokers[1].absent = true; /* others answer */
	trial->liar.leaders[0] = trial->liar.leaders[3] = 2;
	trial->liar.leaders[6] = 3;
	chooses(trial, SOURCE_TOPIC, "records");
}

static void
auto_asks_for_groups_given_by_name(void **state)
{
	struct trial *trial = *state;
	static const char *wanted[] = { "alpha" };
	static const char *pattern[] = { "al*" };

	trial->options.selection.groups = wanted;
	trial->options.selection.group_count = 1;
	chooses(trial, SOURCE_API, "by name");
	trial->options.selection.groups = pattern;
	chooses(trial, SOURCE_TOPIC, "records");
	trial->options.wish = SCOPE_WISH_VISIBLE;
	chooses(trial, SOURCE_API, "visible");
}

static void
auto_asks_where_the_topic_cannot_be_read(void **state)
{
	struct trial *trial = *state;

	trial->liar.may_read = false;
	chooses(trial, SOURCE_API, "READ on __consumer_offsets");
	trial->liar.may_read = true;
	trial->liar.leaders[5] = -1;
	chooses(trial, SOURCE_API, "not all partitions");
	trial->liar.leaders[5] = 3;
	trial->liar.brokers[3].hung = true;
	chooses(trial, SOURCE_API, "not all partitions");
	trial->liar.brokers[3].hung = false;
	trial->liar.state = OFFSETS_TOPIC_ABSENT;
	chooses(trial, SOURCE_API, "nobody ever committed");
	trial->liar.state = OFFSETS_TOPIC_HIDDEN;
	chooses(trial, SOURCE_API, "READ on __consumer_offsets");
}

static void
auto_asks_where_the_topic_is_long(void **state)
{
	struct trial *trial = *state;
	struct liar_log *log = &trial->liar.logs[2];

	log->old_answers = 2;
	log->old_end = SOURCE_RECORDS_MAX;
	chooses(trial, SOURCE_API, "up to 10000");
}

static void
what_is_wished_is_taken_or_refused(void **state)
{
	struct trial *trial = *state;
	struct source_choice choice;

	assert_int_equal(choose_source(trial, SOURCE_WISH_API, &choice), 0);
	assert_int_equal(choice.source, SOURCE_API);
	assert_int_equal(trial->liar.calls[LIAR_OFFSETS_TOPIC], 0);
	assert_int_equal(choose_source(trial, SOURCE_WISH_BOTH, &choice), 0);
	assert_int_equal(choice.source, SOURCE_BOTH);
	assert_string_equal(choice.reason, "");
	trial->liar.may_read = false;
	assert_int_equal(choose_source(trial, SOURCE_WISH_TOPIC, &choice), -1);
	assert_int_equal(trial->err.kind, ERR_DENIED);
	assert_non_null(strstr(trial->err.hint, "--source api"));
	assert_int_equal(choose_source(trial, SOURCE_WISH_BOTH, &choice), -1);
	assert_int_equal(trial->err.kind, ERR_DENIED);
	/* There is nothing to read yet: no right can be lacking. */
	trial->liar.state = OFFSETS_TOPIC_ABSENT;
	assert_int_equal(choose_source(trial, SOURCE_WISH_TOPIC, &choice), 0);
}

static void
a_cluster_where_nobody_committed_is_complete(void **state)
{
	struct trial *trial = *state;

	trial->liar.state = OFFSETS_TOPIC_ABSENT;
	trial->liar.group_count = 0;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.group_count, 0);
}

static void
groups_given_by_name_have_nothing_where_nobody_committed(void **state)
{
	struct trial *trial = *state;
	static const char *wanted[] = { "alpha", "nobody" };
	const int64_t begin_ms = trial->liar.now_ms;

	trial->options.selection.groups = wanted;
	trial->options.selection.group_count = 2;
	trial->liar.state = OFFSETS_TOPIC_ABSENT;
	trial->liar.group_count = 0;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.info.position_count, 0);
	assert_int_equal(trial->report.absent_count, 2);
	assert_int_equal(trial->liar.calls[LIAR_FETCH], 0);
	assert_true(trial->liar.now_ms - begin_ms < 5000);
}

static void
the_groups_of_the_previous_snapshot_are_gone_with_the_topic(void **state)
{
	struct trial *trial = *state;
	int64_t begin_ms;

	trial_capture(trial);
	begin_ms = trial->liar.now_ms;
	trial->liar.state = OFFSETS_TOPIC_ABSENT;
	trial->liar.group_count = 0;
	trial_capture(trial);
	trial_is_complete(trial);
	assert_int_equal(trial->snapshot.group_count, 0);
	assert_int_equal(trial->snapshot.gone_count, NAME_COUNT);
	assert_true(trial->liar.now_ms - begin_ms < 5000);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(contract_1_the_records_alone_make_a_complete_snapshot),
		TEST(contract_1_no_right_on_groups_or_the_cluster_is_needed),
		TEST(contract_1_records_are_read_in_as_many_slices_as_it_takes),
		TEST(
		    contract_1_a_leader_that_moves_during_the_scan_is_read_again),
		TEST(contract_1_an_old_leader_s_high_watermark_is_not_believed),
		TEST(contract_1_a_partition_without_a_leader_is_a_hole),
		TEST(
		    contract_1_a_broker_that_hangs_is_a_hole_for_its_partitions),
		TEST(contract_1_a_partition_that_may_not_be_read_is_a_hole),
		TEST(contract_1_what_is_gone_since_the_previous_one_is_named),
		TEST(contract_1_records_of_a_smaller_topic_are_not_taken),
		TEST(contract_1_a_topic_that_was_made_larger_has_groups_asked),
		TEST(
		    contract_1_a_group_in_another_partition_is_a_hole_without_rights),
		TEST(
		    contract_1_only_the_partitions_of_groups_given_by_name_are_read),
		TEST(a_capture_that_is_interrupted_leaves_nothing),
		TEST(share_groups_are_left_out_as_by_the_coordinators),
		TEST(contract_1_a_transaction_that_ends_soon_is_waited_for),
		TEST(
		    contract_1_groups_of_a_held_partition_are_asked_of_their_coordinator),
		TEST(
		    contract_1_a_group_that_only_the_coordinator_knows_is_found),
		TEST(contract_1_a_held_partition_without_rights_is_a_hole),
		TEST(
		    contract_1_a_record_that_cannot_be_decoded_has_its_groups_asked),
		TEST(
		    contract_1_a_record_that_cannot_be_decoded_is_a_hole_without_rights),
		TEST(
		    contract_1_an_undecodable_record_that_hides_nothing_costs_nothing),
		TEST(
		    contract_1_groups_that_are_gone_are_not_asked_of_a_held_partition),
		TEST(
		    a_group_whose_topics_are_not_selected_is_kept_as_by_the_coordinators),
		TEST(
		    contract_1_a_topic_made_again_during_the_scan_is_read_anew),
		TEST(contract_1_a_topic_made_again_after_the_scan_is_read_anew),
		TEST(
		    contract_1_what_was_read_of_a_topic_that_is_no_more_is_not_taken),
		TEST(contract_1_a_log_that_was_cut_is_read_anew),
		TEST(
		    contract_1_a_log_that_is_cut_while_it_is_read_is_read_anew),
		TEST(both_agree_where_nothing_moves),
		TEST(both_let_a_position_move_while_they_read),
		TEST(both_take_the_newer_of_a_position_that_moves),
		TEST(both_name_what_they_have_otherwise),
		TEST(both_name_what_only_the_topic_shows_without_rights),
		TEST(both_do_not_blame_a_transaction_s_end),
		TEST(both_never_prefer_an_answer_from_before_the_scan),
		TEST(both_do_not_compare_where_the_last_reading_failed),
		TEST(contract_1_both_lose_no_position_to_the_last_reading),
		TEST(auto_takes_a_small_topic_that_may_be_read),
		TEST(auto_asks_for_groups_given_by_name),
		TEST(auto_asks_where_the_topic_cannot_be_read),
		TEST(auto_asks_where_the_topic_is_long),
		TEST(what_is_wished_is_taken_or_refused),
		TEST(a_cluster_where_nobody_committed_is_complete),
		TEST(groups_given_by_name_have_nothing_where_nobody_committed),
		TEST(
		    the_groups_of_the_previous_snapshot_are_gone_with_the_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
