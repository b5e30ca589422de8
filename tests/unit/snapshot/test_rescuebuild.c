/*
 * Snapshots out of records: as of a time, and what is last known.  "Then" is
 * an hour after the first record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "kafka/cluster.h"
#include "tests/unit/snapshot/rescuegen.h"

#define THEN (RESCUEGEN_START + RESCUEGEN_HOUR)

struct trial {
	struct rescuegen book;
	struct snapshot snapshot;
};

static int
setup(void **state)
{
	struct trial *trial = xcalloc(1, sizeof(*trial));

	rescuegen_init(&trial->book, THEN);
	*state = trial;
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;

	snapshot_release(&trial->snapshot);
	rescuegen_release(&trial->book);
	free(trial);
	return 0;
}

/* A snapshot that cannot be stored, and read again the same, is none. */
static void
check_archive(const struct snapshot *snapshot)
{
	struct buf archive = { 0 };
	struct snapshot again = { 0 };
	struct err err = { 0 };

	if (model_check(snapshot, &err) != 0 ||
	    archive_encode(snapshot, &archive, &err) != 0 ||
	    archive_decode(buf_bytes(&archive), &again, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(
	    again.info.position_count, snapshot->info.position_count);
	assert_int_equal(again.hole_count, snapshot->hole_count);
	snapshot_release(&again);
	buf_release(&archive);
}

static void
build_job(struct trial *trial, const struct rescue_job *job)
{
	struct err err = { 0 };

	snapshot_release(&trial->snapshot);
	if (rescuebuild_run(job, &trial->snapshot, &err) != 0)
		fail_msg("%s", err.message);
	check_archive(&trial->snapshot);
}

static void
build(struct trial *trial)
{
	const struct rescue_job job = rescuegen_job(&trial->book, THEN);

	build_job(trial, &job);
}

static void
build_last(struct trial *trial)
{
	const struct rescue_job job =
	    rescuegen_job(&trial->book, RESCUE_LAST_KNOWN);

	build_job(trial, &job);
}

/* What the snapshot has there; -1: nothing. */
static int64_t
found(const struct trial *trial, const char *group, int32_t partition)
{
	const struct group *at =
	    model_find_group(&trial->snapshot, bytes_of(group));
	const struct position *position = at == NULL
	    ? NULL
	    : group_find_position(at, bytes_of("orders"), partition);

	return position == NULL ? -1 : position->offset;
}

static const struct hole *
only_hole(const struct trial *trial, enum hole_kind kind)
{
	assert_int_equal(trial->snapshot.hole_count, 1);
	assert_int_equal(trial->snapshot.holes[0].kind, kind);
	return &trial->snapshot.holes[0];
}

static size_t
count_holes(const struct trial *trial, enum hole_kind kind)
{
	size_t count = 0;

	for (size_t at = 0; at < trial->snapshot.hole_count; at++)
		count += trial->snapshot.holes[at].kind == kind;
	return count;
}

static const struct topic *
orders(const struct trial *trial)
{
	const struct topic *topic =
	    model_find_topic(&trial->snapshot, bytes_of("orders"));

	assert_non_null(topic);
	return topic;
}

/* The cleaner leaves no key twice in what it cleaned; a repetition shows where
 * it has not been. */
static void
show_uncleaned(struct rescuegen *book, const char *group)
{
	rescuegen_commit(book, group, "77", 1, 3);
	rescuegen_commit(book, group, "77", 1, 3);
}

/* --- as of a time ------------------------------------------------------- */

static void
every_group_as_it_was_then(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;
	const struct snapshot_info *info = &trial->snapshot.info;
	const struct position *position;

	rescuegen_classic(book, "deleted", 0);
	rescuegen_commit(book, "deleted", "0", 5, 3);
	rescuegen_commit(book, "jumped", "1", 6, 3);
	rescuegen_commit(book, "before", "0", 7, 3);
	rescuegen_bury(book, "before", "0");
	book->now_ms = THEN + 1;
	rescuegen_bury(book, "deleted", "0");
	rescuegen_bury_group(book, "deleted");
	rescuegen_commit(book, "jumped", "1", 900, -1);
	rescuegen_commit(book, "later", "0", 8, 3);
	build(trial);
	assert_int_equal(found(trial, "deleted", 0), 5);
	assert_int_equal(found(trial, "jumped", 1), 6);
	assert_int_equal(found(trial, "before", 0), -1);
	assert_null(model_find_group(&trial->snapshot, bytes_of("later")));
	assert_true(info->complete);
	assert_int_equal(info->source, SOURCE_RESCUE);
	assert_int_equal(info->scope, SCOPE_CLUSTER);
	assert_int_equal(info->as_of_ms, THEN);
	assert_int_equal(info->to_ms, THEN);
	assert_false(info->last_known);
	assert_string_equal(info->selection_hash, "00000000");
	position = group_find_position(
	    model_find_group(&trial->snapshot, bytes_of("deleted")),
	    bytes_of("orders"), 0);
	assert_int_equal(position->commit_ms, RESCUEGEN_START);
	assert_int_equal(position->epoch, 3);
	assert_int_equal(position->metadata_size, 4);
}

static void
types_and_states_are_those_of_then(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;
	const struct group *group;

	rescuegen_classic(book, "g", 0);
	rescuegen_commit(book, "g", "0", 5, 3);
	rescuegen_commit(book, "simple", "0", 5, 3);
	book->now_ms = THEN + 1;
	rescuegen_bury_group(book, "g");
	rescuegen_classic(book, "simple", 1);
	build(trial);
	group = model_find_group(&trial->snapshot, bytes_of("g"));
	assert_int_equal(group->type, GROUP_CLASSIC);
	assert_string_equal(group->state, "Empty");
	assert_string_equal(group->protocol_type, "consumer");
	assert_int_equal(group->state_ms, RESCUEGEN_START);
	assert_int_equal(group->read_end_ms, THEN);
	group = model_find_group(&trial->snapshot, bytes_of("simple"));
	assert_string_equal(group->protocol_type, "");
}

static void
of_a_topic_only_what_commits_tell(void **state)
{
	struct trial *trial = *state;
	const struct topic *topic;

	rescuegen_commit_id(&trial->book, "g", "3", 5, 7);
	rescuegen_commit_id(&trial->book, "h", "1", 5, 7);
	rescuegen_commit_id(&trial->book, "h", "3", 5, 0);
	build(trial);
	topic = orders(trial);
	assert_true(topic->has_id);
	assert_int_equal(topic->id[15], 7);
	assert_int_equal(topic->count, 2);
	assert_int_equal(topic->partitions[0].partition, 1);
	assert_int_equal(topic->partitions[1].partition, 3);
	assert_int_equal(topic->partitions[1].start, -1);
	assert_int_equal(topic->partitions[1].end, -1);
	assert_true(trial->snapshot.info.complete);
}

static void
a_position_of_which_only_a_bound_is_known_is_a_hole(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;

	book->partition = 2;
	rescuegen_gap(book, "g");
	book->now_ms = THEN + 1;
	rescuegen_commit(book, "g", "0", 40, 3);
	rescuegen_gap(book, "g");
	book->now_ms = THEN + RESCUEGEN_HOUR;
	show_uncleaned(book, "h");
	/* Refused otherwise: nothing would be known of then. */
	book->now_ms = RESCUEGEN_START;
	book->partition = 3;
	rescuegen_commit(book, "other", "0", 1, 3);
	build(trial);
	assert_int_equal(found(trial, "g", 0), -1);
	assert_int_equal(trial->snapshot.hole_count, 3);
	assert_int_equal(count_holes(trial, HOLE_BOUND), 2); /* and of "h" */
	assert_true(bytes_equal_text(trial->snapshot.holes[0].group, "g"));
	assert_non_null(
	    strstr(trial->snapshot.holes[0].text, "at or before 40"));
	assert_non_null(strstr(trial->snapshot.holes[0].text, "exact from"));
	assert_int_equal(trial->snapshot.holes[2].kind, HOLE_HISTORY);
	assert_int_equal(trial->snapshot.holes[2].partition, 2);
	assert_false(trial->snapshot.info.complete);
	/* The group is there, and so it is no absence. */
	assert_non_null(model_find_group(&trial->snapshot, bytes_of("g")));
}

/* What the record says of then is true however much is compacted away. */
static void
a_value_from_before_exact_history_is_right(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;

	book->partition = 2;
	rescuegen_commit(book, "g", "0", 40, 3);
	rescuegen_gap(book, "g");
	book->now_ms = THEN + RESCUEGEN_HOUR;
	show_uncleaned(book, "h");
	build(trial);
	assert_int_equal(found(trial, "g", 0), 40);
	assert_int_equal(count_holes(trial, HOLE_HISTORY), 1);
}

static void
a_type_that_may_be_compacted_away_is_not_known(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;

	book->partition = 2;
	rescuegen_commit(book, "g", "0", 40, 3);
	rescuegen_gap(book, "g");
	book->now_ms = THEN + RESCUEGEN_HOUR;
	show_uncleaned(book, "h");
	rescuegen_classic(book, "g", 0);
	build(trial);
	assert_string_equal(
	    model_find_group(&trial->snapshot, bytes_of("g"))->protocol_type,
	    "unknown");
}

static void
a_record_that_cannot_be_decoded_is_a_hole(void **state)
{
	struct trial *trial = *state;
	const struct hole *hole;

	rescuegen_commit(&trial->book, "g", "0", 40, 3);
	rescuegen_break(&trial->book, "g", "0");
	build(trial);
	hole = only_hole(trial, HOLE_UNREADABLE);
	assert_non_null(strstr(hole->text, "it held 40"));
	assert_int_equal(found(trial, "g", 0), -1);
}

static void
what_was_not_read_is_a_hole(void **state)
{
	struct trial *trial = *state;
	const struct rescue_gap gap = { HOLE_LEADERLESS, 4, 5, "no leader" };
	struct rescue_job job;

	rescuegen_commit(&trial->book, "g", "0", 40, 3);
	job = rescuegen_job(&trial->book, THEN);
	job.gaps = &gap;
	job.gap_count = 1;
	build_job(trial, &job);
	assert_int_equal(only_hole(trial, HOLE_LEADERLESS)->partition, 4);
	assert_int_equal(trial->snapshot.holes[0].error, 5);
}

/* Only the first hundred records that cannot be decoded are kept. */
static void
many_broken_keys_are_holes_of_every_partition(void **state)
{
	struct trial *trial = *state;
	struct log_record record = { .key = { "\0\1\0", 3 },
		.value = { "v", 1 },
		.timestamp_ms = RESCUEGEN_START };

	for (int at = 0; at <= LEDGER_ODDITY_MAX + 1; at++) {
		record.partition = at < LEDGER_ODDITY_MAX ? 2 : 5;
		record.offset = at;
		ledger_take(&trial->book.then, &record);
	}
	rescuegen_commit(&trial->book, "g", "0", 40, 3);
	build(trial);
	assert_int_equal(trial->snapshot.hole_count, LEDGER_ODDITY_MAX + 1);
	assert_int_equal(trial->snapshot.holes[LEDGER_ODDITY_MAX].partition, 5);
	assert_int_equal(
	    count_holes(trial, HOLE_UNREADABLE), LEDGER_ODDITY_MAX + 1);
	assert_non_null(strstr(
	    trial->snapshot.holes[LEDGER_ODDITY_MAX].text, "2 more records"));
}

/* The offsets topic was given more partitions than these groups knew. */
static void
records_that_are_not_at_home_are_a_hole(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;
	const struct hole *hole;

	book->then.topic_partitions = RESCUEGEN_PARTITIONS;
	book->all.topic_partitions = RESCUEGEN_PARTITIONS;
	book->partition =
	    (coordinator_partition(bytes_of("g"), RESCUEGEN_PARTITIONS) + 1) %
	    RESCUEGEN_PARTITIONS;
	rescuegen_commit(book, "g", "0", 40, 3);
	book->partition = -1;
	book->now_ms = THEN + 1;
	rescuegen_commit(book, "g", "0", 50, 3);
	build(trial);
	hole = only_hole(trial, HOLE_GROUP);
	assert_true(bytes_equal_text(hole->group, "g"));
	assert_non_null(strstr(hole->text, "more partitions"));
	assert_false(trial->snapshot.info.complete);
	/* What is last known stands at home. */
	build_last(trial);
	assert_int_equal(found(trial, "g", 0), 50);
	assert_int_equal(trial->snapshot.hole_count, 0);
	/* Unless an old coordinator went on. */
	book->partition =
	    (coordinator_partition(bytes_of("g"), RESCUEGEN_PARTITIONS) + 1) %
	    RESCUEGEN_PARTITIONS;
	rescuegen_commit(book, "g", "0", 60, 3);
	build_last(trial);
	assert_int_equal(count_holes(trial, HOLE_GROUP), 1);
}

static void
a_time_before_the_first_record_is_refused(void **state)
{
	struct trial *trial = *state;
	struct rescue_job job;
	struct err err = { 0 };

	trial->book.now_ms = THEN + 1;
	rescuegen_commit(&trial->book, "g", "0", 40, 3);
	job = rescuegen_job(&trial->book, THEN);
	assert_int_equal(rescuebuild_run(&job, &trial->snapshot, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.message, "of 2023-11-14T23:13:20.001Z"));
}

static void
a_topic_deleted_since_without_an_id_has_that_of_none(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;
	static const uint8_t nobody[UUID_SIZE];

	rescuefacts_tell(&book->facts, bytes_of("orders"), false, NULL);
	rescuegen_commit(book, "g", "0", 5, 3);
	rescuegen_commit(book, "g", "bills/0", 5, 3);
	book->now_ms = THEN + 1;
	rescuegen_bury(book, "g", "0");
	build(trial);
	assert_int_equal(found(trial, "g", 0), 5);
	assert_true(orders(trial)->has_id);
	assert_memory_equal(orders(trial)->id, nobody, UUID_SIZE);
	assert_false(
	    model_find_topic(&trial->snapshot, bytes_of("bills"))->has_id);
}

/* --- a selection -------------------------------------------------------- */

static void
groups_given_by_name_need_only_their_partitions(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;
	static const char *names[] = { "g", "nobody" };
	struct rescue_job job;

	rescuegen_commit(book, "g", "0", 5, 3);
	/* Another partition is compacted. */
	book->partition =
	    (coordinator_partition(bytes_of("g"), RESCUEGEN_PARTITIONS) + 1) %
	    RESCUEGEN_PARTITIONS;
	if (book->partition ==
	    coordinator_partition(bytes_of("nobody"), RESCUEGEN_PARTITIONS))
		book->partition = (book->partition + 1) % RESCUEGEN_PARTITIONS;
	rescuegen_gap(book, "x");
	book->now_ms = THEN + 1;
	show_uncleaned(book, "x");
	job = rescuegen_job(book, THEN);
	job.selection.groups = names;
	job.selection.group_count = 2;
	build_job(trial, &job);
	assert_int_equal(trial->snapshot.info.scope, SCOPE_NAMED);
	assert_true(trial->snapshot.info.complete);
	assert_int_equal(trial->snapshot.group_count, 2);
	assert_int_equal(
	    model_find_group(&trial->snapshot, bytes_of("nobody"))->topic_count,
	    0);
}

static void
a_name_is_absent_only_where_its_partition_was_read(void **state)
{
	struct trial *trial = *state;
	static const char *names[] = { "g", "nobody" };
	const int32_t home =
	    coordinator_partition(bytes_of("nobody"), RESCUEGEN_PARTITIONS);
	struct rescue_gap gap = { HOLE_LISTING, home, 0, "not there" };
	struct rescue_job job;

	rescuegen_commit(&trial->book, "g", "0", 5, 3);
	job = rescuegen_job(&trial->book, THEN);
	job.selection.groups = names;
	job.selection.group_count = 2;
	job.gaps = &gap;
	job.gap_count = 1;
	build_job(trial, &job);
	assert_null(model_find_group(&trial->snapshot, bytes_of("nobody")));
	assert_false(trial->snapshot.info.complete);
	gap.partition = -1;
	build_job(trial, &job);
	assert_null(model_find_group(&trial->snapshot, bytes_of("nobody")));
	/* What else is missing is of no matter to it. */
	gap.partition = (home + 1) % RESCUEGEN_PARTITIONS;
	build_job(trial, &job);
	assert_non_null(model_find_group(&trial->snapshot, bytes_of("nobody")));
}

static void
topics_that_were_not_asked_for_are_left_out(void **state)
{
	struct trial *trial = *state;
	static const char *topic = "bills";
	struct rescue_job job;

	rescuegen_commit(&trial->book, "g", "0", 5, 3);
	rescuegen_commit(&trial->book, "g", "bills/0", 6, 3);
	rescuegen_break(&trial->book, "h", "0");
	job = rescuegen_job(&trial->book, THEN);
	job.selection.topics = &topic;
	job.selection.topic_count = 1;
	build_job(trial, &job);
	assert_int_equal(trial->snapshot.info.position_count, 1);
	assert_int_equal(trial->snapshot.topic_count, 1);
	assert_int_equal(trial->snapshot.hole_count, 0);
}

/* --- last known --------------------------------------------------------- */

static void
what_is_gone_stands_beside_what_is_there(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;

	rescuegen_classic(book, "gone", 0);
	rescuegen_commit(book, "gone", "0", 5, 3);
	rescuegen_bury(book, "gone", "0");
	rescuegen_bury_group(book, "gone");
	rescuegen_commit(book, "there", "0", 6, 3);
	build_last(trial);
	assert_int_equal(found(trial, "gone", 0), 5);
	assert_int_equal(found(trial, "there", 0), 6);
	assert_true(trial->snapshot.info.last_known);
	assert_int_equal(trial->snapshot.info.as_of_ms, -1);
	assert_false(trial->snapshot.info.complete);
	assert_int_equal(trial->snapshot.hole_count, 0);
	assert_string_equal(
	    model_find_group(&trial->snapshot, bytes_of("gone"))->state,
	    "Dead");
}

static void
what_it_held_is_compacted_away(void **state)
{
	struct trial *trial = *state;

	rescuegen_gap(&trial->book, "g");
	rescuegen_bury(&trial->book, "g", "0");
	build_last(trial);
	assert_non_null(
	    strstr(only_hole(trial, HOLE_BOUND)->text, "compacted away"));
}

/* No number of an old topic goes out under the id of the new one. */
static void
contract_5_two_topics_of_one_name_are_not_mixed(void **state)
{
	struct trial *trial = *state;
	struct rescuegen *book = &trial->book;

	rescuegen_commit_id(book, "old", "0", 500, 7);
	rescuegen_bury(book, "old", "0");
	book->now_ms++;
	rescuegen_commit_id(book, "new", "0", 3, 9);
	build_last(trial);
	assert_int_equal(found(trial, "new", 0), 3);
	assert_int_equal(found(trial, "old", 0), -1);
	assert_int_equal(orders(trial)->id[0], 9);
	assert_non_null(
	    strstr(only_hole(trial, HOLE_POSITION)->text, "it stood at 500"));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_group_as_it_was_then),
		TEST(types_and_states_are_those_of_then),
		TEST(of_a_topic_only_what_commits_tell),
		TEST(a_position_of_which_only_a_bound_is_known_is_a_hole),
		TEST(a_value_from_before_exact_history_is_right),
		TEST(a_type_that_may_be_compacted_away_is_not_known),
		TEST(a_record_that_cannot_be_decoded_is_a_hole),
		TEST(what_was_not_read_is_a_hole),
		TEST(many_broken_keys_are_holes_of_every_partition),
		TEST(records_that_are_not_at_home_are_a_hole),
		TEST(a_time_before_the_first_record_is_refused),
		TEST(a_topic_deleted_since_without_an_id_has_that_of_none),
		TEST(groups_given_by_name_need_only_their_partitions),
		TEST(a_name_is_absent_only_where_its_partition_was_read),
		TEST(topics_that_were_not_asked_for_are_left_out),
		TEST(what_is_gone_stands_beside_what_is_there),
		TEST(what_it_held_is_compacted_away),
		TEST(contract_5_two_topics_of_one_name_are_not_mixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
