/*
 * What records add up to.  Two partitions of the offsets topic; offsets and
 * times go on by one with each record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "snapshot/ledger.h"
#include "tests/unit/snapshot/recordgen.h"

#define START_MS INT64_C(1700000000000)
#define PARTITIONS 8

struct book {
	struct ledger ledger;
	struct arena arena; /* of the records */
	int32_t partition;
	int64_t next;
	int64_t now_ms; /* of the next record */
};

static int
setup(void **state)
{
	struct book *book = xcalloc(1, sizeof(*book));

	ledger_init(&book->ledger, 7, INT64_MAX);
	book->now_ms = START_MS;
	*state = book;
	return 0;
}

static int
teardown(void **state)
{
	struct book *book = *state;

	ledger_release(&book->ledger);
	arena_release(&book->arena);
	free(book);
	return 0;
}

/* Begin anew, as of a time. */
static void
begin_until(struct book *book, int64_t until_ms)
{
	ledger_release(&book->ledger);
	ledger_init(&book->ledger, 7, until_ms);
}

static void
take(struct book *book, struct bytes key, struct bytes value)
{
	const struct log_record record = {
		.partition = book->partition,
		.offset = book->next++,
		.timestamp_ms = book->now_ms++,
		.key = key,
		.value = value,
	};

	ledger_take(&book->ledger, &record);
}

static const struct bytes tombstone = { NULL, 0 };

static struct bytes
key_of(struct book *book, const char *group, int32_t partition)
{
	return recordgen_commit_key(&book->arena, RECORDGEN_COMMIT,
	    bytes_of(group), "orders", partition);
}

/* The group's position on "orders" 0. */
static void
commit(struct book *book, const char *group, int64_t offset)
{
	const struct recordgen_commit what = { offset, 4, bytes_of("meta"),
		book->now_ms };

	take(book, key_of(book, group, 0),
	    recordgen_commit_value(&book->arena, &what));
}

static void
bury(struct book *book, const char *group)
{
	take(book, key_of(book, group, 0), tombstone);
}

static void
classic(struct book *book, const char *group, size_t member_count)
{
	static const char *const members[] = { "m-1", "m-2" };

	take(book,
	    recordgen_group_key(
		&book->arena, RECORDGEN_CLASSIC, bytes_of(group)),
	    recordgen_classic_value(
		&book->arena, "consumer", members, member_count));
}

static void
modern(struct book *book, int16_t type, const char *group)
{
	take(book, recordgen_group_key(&book->arena, type, bytes_of(group)),
	    recordgen_modern_value(&book->arena, type, 12));
}

static void
bury_group(struct book *book, int16_t type, const char *group)
{
	take(book, recordgen_group_key(&book->arena, type, bytes_of(group)),
	    tombstone);
}

static void
join(struct book *book, const char *group, const char *member)
{
	take(book,
	    recordgen_member_key(&book->arena, RECORDGEN_CONSUMER_MEMBER,
		bytes_of(group), member),
	    recordgen_member_value(&book->arena, RECORDGEN_CONSUMER_MEMBER));
}

static void
leave(struct book *book, const char *group, const char *member)
{
	take(book,
	    recordgen_member_key(&book->arena, RECORDGEN_CONSUMER_MEMBER,
		bytes_of(group), member),
	    tombstone);
}

static struct ledger_group *
group_of(const struct book *book, const char *name)
{
	struct ledger_group *group = ledger_find(&book->ledger, bytes_of(name));

	if (group == NULL)
		fail_msg("%s is not there", name);
	return group;
}

static const struct ledger_spot *
spot_of(const struct book *book, const char *group)
{
	const struct ledger_spot *spot = ledger_find_spot(
	    &book->ledger, group_of(book, group), bytes_of("orders"), 0);

	if (spot == NULL)
		fail_msg("%s has no position", group);
	return spot;
}

/* --- positions --------------------------------------------------------- */

static void
the_highest_offset_of_a_key_wins(void **state)
{
	struct book *book = *state;
	const struct ledger_spot *spot;

	commit(book, "g", 100);
	commit(book, "h", 7);
	commit(book, "g", 90); /* set back: the number does not matter */
	spot = spot_of(book, "g");
	assert_int_equal(spot->state, LEDGER_LIVE);
	assert_int_equal(spot->value.offset, 90);
	assert_int_equal(spot->value.record_offset, 2);
	assert_int_equal(spot->value.commit_ms, START_MS + 2);
	assert_int_equal(spot->value.epoch, 4);
	assert_int_equal(spot->value.expire_ms, -1);
	assert_int_equal(spot->value.metadata_size, 4);
	assert_memory_equal(spot->value.metadata, "meta", 4);
	assert_null(spot->value.topic_id);
	assert_int_equal(spot_of(book, "h")->value.offset, 7);
	assert_int_equal(group_of(book, "g")->live_count, 1);
	assert_int_equal(group_of(book, "g")->spot_count, 1);
	assert_int_equal(book->ledger.counts.record_count, 3);
	assert_int_equal(book->ledger.counts.commit_count, 3);
}

static void
a_tombstone_takes_away_and_what_held_last_is_remembered(void **state)
{
	struct book *book = *state;
	const struct ledger_spot *spot;

	commit(book, "g", 100);
	bury(book, "g");
	bury(book, "g"); /* expiry may write it again */
	spot = spot_of(book, "g");
	assert_int_equal(spot->state, LEDGER_GONE);
	assert_int_equal(spot->value.offset, 100);
	assert_int_equal(spot->gone_ms, START_MS + 1);
	assert_int_equal(spot->gone_offset, 2);
	assert_int_equal(group_of(book, "g")->live_count, 0);
	assert_int_equal(book->ledger.counts.tombstone_count, 2);

	commit(book, "g", 5);
	assert_int_equal(spot->state, LEDGER_LIVE);
	assert_int_equal(spot->value.offset, 5);
	assert_int_equal(group_of(book, "g")->live_count, 1);
	bury(book, "g");
	assert_int_equal(spot->gone_ms, START_MS + 4);
	assert_int_equal(group_of(book, "g")->live_count, 0);
}

static void
a_tombstone_of_an_unknown_key_leaves_no_number(void **state)
{
	struct book *book = *state;
	const struct ledger_spot *spot;

	bury(book, "g");
	spot = spot_of(book, "g");
	assert_int_equal(spot->state, LEDGER_GONE);
	assert_int_equal(spot->value.record_offset, -1);
	assert_int_equal(group_of(book, "g")->live_count, 0);
	bury_group(book, RECORDGEN_CLASSIC, "never");
	assert_int_equal(group_of(book, "never")->state, LEDGER_GONE);
	leave(book, "nobody", "m");
	assert_int_equal(group_of(book, "nobody")->member_count, 0);
}

static void
key_types_0_and_1_are_the_same_position(void **state)
{
	struct book *book = *state;
	const struct recordgen_commit what = { 55, -1, { "", 0 }, START_MS };

	commit(book, "g", 100);
	take(book,
	    recordgen_commit_key(
		&book->arena, RECORDGEN_COMMIT_OLD, bytes_of("g"), "orders", 0),
	    recordgen_commit_value(&book->arena, &what));
	assert_int_equal(spot_of(book, "g")->value.offset, 55);
	assert_int_equal(group_of(book, "g")->spot_count, 1);
	/* The cleaner takes them for two keys, so nothing is shown by it. */
	assert_false(book->ledger.partitions[0].repeated);
	commit(book, "g", 101);
	assert_int_equal(spot_of(book, "g")->value.offset, 101);
	assert_true(book->ledger.partitions[0].repeated);
}

static void
metadata_and_names_are_bytes(void **state)
{
	struct book *book = *state;
	const struct bytes name = { "g\0x", 3 };
	const struct recordgen_commit what = { 9, -1, { "a\0b", 3 }, START_MS };
	const struct recordgen_commit none = { 10, -1, { "", 0 }, START_MS };
	const struct ledger_group *group;
	const struct ledger_spot *spot;

	commit(book, "g", 1);
	take(book,
	    recordgen_commit_key(
		&book->arena, RECORDGEN_COMMIT, name, "orders", 0),
	    recordgen_commit_value(&book->arena, &what));
	take(book,
	    recordgen_commit_key(
		&book->arena, RECORDGEN_COMMIT, bytes_of(""), "orders", 0),
	    recordgen_commit_value(&book->arena, &what));
	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.group_count, 3);
	assert_int_equal(book->ledger.list[0]->name.size, 0);
	assert_int_equal(book->ledger.list[1]->name.size, 1);
	group = book->ledger.list[2];
	assert_int_equal(group->name.size, 3);
	spot = ledger_find_spot(&book->ledger, group, bytes_of("orders"), 0);
	assert_int_equal(spot->value.metadata_size, 3);
	assert_memory_equal(spot->value.metadata, "a\0b", 4);
	take(book,
	    recordgen_commit_key(
		&book->arena, RECORDGEN_COMMIT, name, "orders", 0),
	    recordgen_commit_value(&book->arena, &none));
	assert_int_equal(spot->value.metadata_size, 0);
	assert_null(spot->value.metadata);
	assert_null(
	    ledger_find_spot(&book->ledger, group, bytes_of("orders"), 1));
	assert_null(
	    ledger_find_spot(&book->ledger, group, bytes_of("payments"), 0));
}

static void
values_that_cannot_be_read_are_healed_by_later_ones(void **state)
{
	struct book *book = *state;
	const struct ledger_spot *spot;

	commit(book, "g", 100);
	take(book, key_of(book, "g", 0), recordgen_later_value(&book->arena));
	spot = spot_of(book, "g");
	assert_int_equal(spot->state, LEDGER_UNREADABLE);
	assert_int_equal(spot->value.offset, 100);
	assert_int_equal(spot->gone_offset, 1);
	assert_int_equal(group_of(book, "g")->live_count, 0);
	assert_int_equal(book->ledger.partitions[0].hidden_count, 1);
	commit(book, "g", 120);
	assert_int_equal(book->ledger.partitions[0].hidden_count, 0);
	assert_int_equal(spot->state, LEDGER_LIVE);
	assert_int_equal(spot->value.offset, 120);
	take(book, key_of(book, "g", 0), recordgen_broken_value(&book->arena));
	assert_int_equal(spot->state, LEDGER_UNREADABLE);
	bury(book, "g");
	assert_int_equal(spot->state, LEDGER_GONE);
	assert_int_equal(book->ledger.partitions[0].hidden_count, 0);

	assert_int_equal(book->ledger.counts.unknown_version_count, 1);
	assert_int_equal(book->ledger.counts.broken_count, 1);
	assert_int_equal(book->ledger.oddity_count, 2);
	assert_int_equal(book->ledger.oddities[0].offset, 1);
	assert_int_equal(book->ledger.oddities[0].version, 0x7fff);
	assert_int_equal(
	    book->ledger.oddities[0].verdict, OFFSETS_RECORD_UNKNOWN_VERSION);
	assert_int_equal(
	    book->ledger.oddities[1].verdict, OFFSETS_RECORD_BROKEN_VALUE);
}

/* What was removed after a record that nobody can read held something else
 * than the last record that could be read. */
static void
what_held_last_is_unknown_behind_an_unreadable_record(void **state)
{
	struct book *book = *state;

	commit(book, "g", 100);
	take(book, key_of(book, "g", 0), recordgen_later_value(&book->arena));
	bury(book, "g");
	assert_int_equal(spot_of(book, "g")->state, LEDGER_GONE);
	assert_int_equal(spot_of(book, "g")->value.record_offset, -1);
}

static void
oddities_are_counted_on_and_kept_up_to_a_limit(void **state)
{
	struct book *book = *state;
	const struct bytes no_key = { NULL, 0 };
	const struct bytes later_type = { "\x00\x63zz", 4 };
	const size_t count = LEDGER_ODDITY_MAX + 50;
	size_t i;

	for (i = 0; i < count; i++)
		take(book, key_of(book, "g", (int32_t)i),
		    recordgen_broken_value(&book->arena));
	assert_int_equal(book->ledger.oddity_count, LEDGER_ODDITY_MAX);
	assert_int_equal(book->ledger.counts.broken_count, count);
	take(book, no_key, recordgen_broken_value(&book->arena));
	take(book, (struct bytes){ "\x00\x01\x00", 3 }, tombstone);
	assert_int_equal(book->ledger.counts.broken_count, count + 2);
	assert_int_equal(book->ledger.partitions[0].hidden_count, count + 2);
	/* Types of later versions are no trouble. */
	take(book, later_type, recordgen_broken_value(&book->arena));
	assert_int_equal(book->ledger.counts.unknown_type_count, 1);
	assert_int_equal(book->ledger.counts.record_count, count + 3);
	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.group_count, 1);
}

/* A topic that was given more partitions keeps what groups committed where
 * they belonged before; their coordinators never read that again. */
static void
records_in_a_partition_that_is_not_the_group_s_say_nothing(void **state)
{
	struct book *book = *state;
	const int32_t home = coordinator_partition(bytes_of("g"), PARTITIONS);

	book->ledger.topic_partitions = PARTITIONS;
	book->partition = home;
	commit(book, "g", 500);
	book->partition = (home + 1) % PARTITIONS;
	commit(book, "g", 3);
	bury_group(book, RECORDGEN_CLASSIC, "g");
	assert_int_equal(spot_of(book, "g")->value.offset, 500);
	assert_int_equal(group_of(book, "g")->state, LEDGER_UNSEEN);
	assert_int_equal(book->ledger.counts.stray_count, 2);
	/* It is younger than what is at home. */
	assert_true(ledger_group_is_doubtful(group_of(book, "g")));
	book->partition = home;
	commit(book, "g", 501);
	assert_false(ledger_group_is_doubtful(group_of(book, "g")));

	/* ... also where the home has no record at all. */
	begin_until(book, INT64_MAX);
	book->ledger.topic_partitions = PARTITIONS;
	book->partition = home == 0 ? 1 : 0;
	commit(book, "g", 3);
	ledger_finish(&book->ledger);
	assert_int_equal(group_of(book, "g")->spot_count, 0);
	assert_int_equal(group_of(book, "g")->partition, home);
	assert_true(ledger_group_is_doubtful(group_of(book, "g")));
}

/* --- groups ------------------------------------------------------------ */

static void
a_group_of_commits_only_is_simple(void **state)
{
	struct book *book = *state;

	commit(book, "g", 1);
	assert_true(ledger_group_is_simple(group_of(book, "g")));
	assert_true(ledger_group_is_empty(group_of(book, "g")));
	assert_int_equal(group_of(book, "g")->type, GROUP_UNKNOWN);
	classic(book, "g", 0);
	assert_false(ledger_group_is_simple(group_of(book, "g")));
	assert_true(ledger_group_is_empty(group_of(book, "g")));
	bury_group(book, RECORDGEN_CLASSIC, "g");
	assert_true(ledger_group_is_simple(group_of(book, "g")));
	take(book,
	    recordgen_group_key(&book->arena, RECORDGEN_CLASSIC, bytes_of("g")),
	    recordgen_later_value(&book->arena));
	assert_false(ledger_group_is_simple(group_of(book, "g")));
	assert_int_equal(book->ledger.partitions[0].hidden_count, 1);
	take(book,
	    recordgen_group_key(&book->arena, RECORDGEN_CLASSIC, bytes_of("g")),
	    recordgen_classic_value(&book->arena, "", NULL, 0));
	assert_true(ledger_group_is_simple(group_of(book, "g")));
	assert_int_equal(book->ledger.partitions[0].hidden_count, 0);
}

static void
a_classic_group_s_record_names_all_its_members(void **state)
{
	struct book *book = *state;
	const struct ledger_group *group;
	const struct ledger_member *member;

	classic(book, "g", 2);
	group = group_of(book, "g");
	assert_int_equal(group->classic_count, 2);
	assert_false(ledger_group_is_empty(group));
	assert_true(bytes_equal_text(group->protocol_type, "consumer"));
	assert_int_equal(group->state_ms, START_MS);
	classic(book, "g", 1);
	member = ledger_group_members(group);
	assert_true(bytes_equal_text(member->id, "m-1"));
	assert_true(bytes_equal_text(member->client_id, "m-1"));
	assert_true(bytes_equal_text(member->host, "/10.0.0.1"));
	assert_true(member->live);
	assert_true(member->may_have_more);
	assert_null(member->next);
	classic(book, "g", 0);
	assert_true(ledger_group_is_empty(group));
	assert_null(ledger_group_members(group));
	classic(book, "g", 2);
	bury_group(book, RECORDGEN_CLASSIC, "g");
	assert_true(ledger_group_is_empty(group));
	assert_null(ledger_group_members(group));
	assert_int_equal(group->gone_ms, START_MS + 4);
}

static void
members_of_a_modern_group_come_and_go_by_records_of_their_own(void **state)
{
	struct book *book = *state;
	const struct ledger_group *group;
	const struct ledger_member *member;

	join(book, "g", "m-1"); /* before the group's own record */
	modern(book, RECORDGEN_CONSUMER, "g");
	join(book, "g", "m-2");
	join(book, "other", "m-1");
	group = group_of(book, "g");
	assert_int_equal(group->type, GROUP_CONSUMER);
	assert_int_equal(group->epoch, 12);
	assert_int_equal(group->member_count, 2);
	leave(book, "g", "m-1");
	leave(book, "g", "m-1");
	assert_int_equal(group->member_count, 1);
	assert_int_equal(group_of(book, "other")->member_count, 1);
	for (member = ledger_group_members(group); member != NULL;
	     member = member->next) {
		if (!member->live)
			continue;
		assert_true(bytes_equal_text(member->id, "m-2"));
		assert_int_equal(member->topic_count, 2);
		assert_true(bytes_equal_text(member->topics[1], "t2"));
	}
	join(book, "g", "m-1");
	assert_int_equal(group->member_count, 2);
	leave(book, "g", "m-1");
	leave(book, "g", "m-2");
	assert_true(ledger_group_is_empty(group));
}

static void
a_member_whose_value_cannot_be_read_is_a_member(void **state)
{
	struct book *book = *state;

	modern(book, RECORDGEN_CONSUMER, "g");
	take(book,
	    recordgen_member_key(
		&book->arena, RECORDGEN_CONSUMER_MEMBER, bytes_of("g"), "m-1"),
	    recordgen_later_value(&book->arena));
	assert_int_equal(group_of(book, "g")->member_count, 1);
	assert_true(ledger_group_members(group_of(book, "g"))->may_have_more);
	join(book, "g", "m-1");
	assert_int_equal(group_of(book, "g")->member_count, 1);
	assert_false(ledger_group_members(group_of(book, "g"))->may_have_more);
}

/* As the coordinator converts one: the old type's tombstones first. */
static void
a_group_that_changes_its_type_lives_on(void **state)
{
	struct book *book = *state;
	const struct ledger_group *group;

	classic(book, "g", 2);
	commit(book, "g", 10);
	bury_group(book, RECORDGEN_CLASSIC, "g");
	join(book, "g", "m-1");
	modern(book, RECORDGEN_CONSUMER, "g");
	group = group_of(book, "g");
	assert_int_equal(group->type, GROUP_CONSUMER);
	assert_int_equal(group->state, LEDGER_LIVE);
	assert_int_equal(group->member_count, 1);
	assert_int_equal(group->live_count, 1);
	/* A late tombstone of the type it had says nothing. */
	bury_group(book, RECORDGEN_CLASSIC, "g");
	assert_int_equal(group->state, LEDGER_LIVE);
	assert_int_equal(group->type, GROUP_CONSUMER);

	/* And back. */
	leave(book, "g", "m-1");
	bury_group(book, RECORDGEN_CONSUMER, "g");
	assert_int_equal(group->state, LEDGER_GONE);
	assert_int_equal(group->gone_ms, START_MS + 7);
	classic(book, "g", 1);
	assert_int_equal(group->type, GROUP_CLASSIC);
	assert_int_equal(group->state, LEDGER_LIVE);
	assert_int_equal(group->gone_ms, -1);
	assert_false(ledger_group_is_empty(group));
}

static void
a_deleted_group_may_come_again_as_another_type(void **state)
{
	struct book *book = *state;

	modern(book, RECORDGEN_SHARE, "g");
	assert_int_equal(group_of(book, "g")->type, GROUP_SHARE);
	bury_group(book, RECORDGEN_SHARE, "g");
	modern(book, RECORDGEN_STREAMS, "g");
	assert_int_equal(group_of(book, "g")->type, GROUP_STREAMS);
	assert_int_equal(group_of(book, "g")->state, LEDGER_LIVE);
	bury_group(book, RECORDGEN_STREAMS, "g");
	assert_int_equal(group_of(book, "g")->state, LEDGER_GONE);
	assert_true(ledger_group_is_simple(group_of(book, "g")));
}

/* --- as of a time ------------------------------------------------------ */

static void
later_records_do_not_count(void **state)
{
	struct book *book = *state;
	const struct ledger_spot *spot;

	begin_until(book, START_MS + 2);
	commit(book, "g", 1);
	classic(book, "g", 1);
	commit(book, "g", 2); /* at the time itself: it counts */
	commit(book, "g", 3);
	bury(book, "g");
	classic(book, "g", 0);
	bury_group(book, RECORDGEN_CLASSIC, "g");
	commit(book, "h", 9);
	join(book, "h", "m");
	modern(book, RECORDGEN_CONSUMER, "h");
	spot = spot_of(book, "g");
	assert_int_equal(spot->state, LEDGER_LIVE);
	assert_int_equal(spot->value.offset, 2);
	assert_int_equal(group_of(book, "g")->classic_count, 1);
	assert_int_equal(group_of(book, "g")->state, LEDGER_LIVE);
	assert_int_equal(group_of(book, "h")->state, LEDGER_UNSEEN);
	assert_int_equal(group_of(book, "h")->member_count, 0);
	assert_int_equal(group_of(book, "h")->live_count, 0);
	/* The first record after it is kept, for a bound. */
	spot = spot_of(book, "h");
	assert_int_equal(spot->state, LEDGER_UNSEEN);
	assert_int_equal(spot->value.offset, 9);
	assert_int_equal(spot->value.commit_ms, START_MS + 7);
	commit(book, "h", 10);
	assert_int_equal(spot->value.offset, 9);
	assert_int_equal(book->ledger.counts.late_count, 8);
}

/* Timestamps are brokers' clocks: those of two leaders may differ. */
static void
a_note_of_a_later_record_is_not_what_held_before(void **state)
{
	struct book *book = *state;

	begin_until(book, START_MS);
	book->now_ms = START_MS + 5;
	commit(book, "g", 9);
	book->now_ms = START_MS;
	bury(book, "g");
	assert_int_equal(spot_of(book, "g")->state, LEDGER_GONE);
	assert_int_equal(spot_of(book, "g")->value.record_offset, -1);
}

static void
without_a_gap_history_is_exact_from_the_start(void **state)
{
	struct book *book = *state;

	begin_until(book, START_MS);
	commit(book, "g", 1);
	commit(book, "h", 1);
	commit(book, "g", 2);
	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.partitions[0].exact_offset, 0);
	assert_int_equal(book->ledger.partitions[0].exact_ms, 0);
	assert_false(spot_of(book, "h")->is_bound);
}

static void
a_gap_before_the_first_repeated_key_bounds_what_is_known(void **state)
{
	struct book *book = *state;
	const struct ledger_partition *partition;

	begin_until(book, START_MS - 1);
	book->next = 10; /* the log begins later: a gap like another */
	commit(book, "a", 1);
	book->next = 20;
	commit(book, "b", 1);
	book->next = 30;
	commit(book, "c", 1);
	commit(book, "a", 2); /* a second time: from here on, not cleaned */
	book->next = 40;
	commit(book, "d", 1);
	ledger_finish(&book->ledger);
	partition = &book->ledger.partitions[0];
	assert_true(partition->repeated);
	assert_int_equal(partition->first_offset, 10);
	assert_int_equal(partition->exact_offset, 31);
	assert_int_equal(partition->exact_ms, START_MS + 3);
	assert_int_equal(partition->record_count, 5);
	assert_int_equal(partition->next_offset, 41);
	assert_true(spot_of(book, "a")->is_bound);
	assert_true(spot_of(book, "b")->is_bound);
	assert_true(spot_of(book, "c")->is_bound);
	assert_false(spot_of(book, "d")->is_bound);
}

/* "g" was 1 at the start, and the cleaner has been up to its second commit: it
 * took away the first one, behind which no offset is missing. */
static void
behind_the_last_gap_a_record_may_have_replaced_another(void **state)
{
	struct book *book = *state;

	begin_until(book, START_MS + 1);
	book->next = 1;
	commit(book, "h", 1);
	commit(book, "i", 1);
	commit(book, "g", 2);
	commit(book, "h", 2);
	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.partitions[0].exact_offset, 4);
	assert_true(spot_of(book, "g")->is_bound);
}

/* A group that changed its type has two keys, and both may be left by the
 * cleaner: that is no repetition. */
static void
records_of_a_group_of_two_types_are_two_keys(void **state)
{
	struct book *book = *state;

	bury_group(book, RECORDGEN_CLASSIC, "g");
	modern(book, RECORDGEN_CONSUMER, "g");
	assert_false(book->ledger.partitions[0].repeated);
	book->next = 9;
	modern(book, RECORDGEN_CONSUMER, "g");
	assert_true(book->ledger.partitions[0].repeated);
	assert_int_equal(book->ledger.partitions[0].exact_offset, 9);
}

/* Of segment files, which show markers: nothing was compacted there. */
static const struct ledger_partition *
take_with_gaps(struct book *book, bool shows)
{
	begin_until(book, INT64_MAX);
	book->next = 0;
	book->ledger.shows_loss = shows;
	commit(book, "g", 1);
	commit(book, "g", 2);
	ledger_skip(&book->ledger, 0, book->next += 2);
	commit(book, "g", 3);
	book->next += 5;
	commit(book, "g", 4);
	commit(book, "g", 5);
	book->next += 7;
	commit(book, "g", 6);
	return &book->ledger.partitions[0];
}

static void
a_gap_behind_the_first_repeated_key_is_a_loss(void **state)
{
	struct book *book = *state;
	const struct ledger_partition *partition = take_with_gaps(book, false);

	assert_int_equal(partition->lost_count, 0);
	assert_int_equal(partition->exact_ms, 0);
	partition = take_with_gaps(book, true);
	assert_int_equal(partition->lost_count, 12);
	assert_int_equal(partition->lost_offset, 5);
	assert_int_equal(partition->exact_offset, book->next - 1);
	assert_int_equal(partition->exact_ms, partition->last_ms);
}

static void
markers_of_transactions_are_no_gap(void **state)
{
	struct book *book = *state;

	commit(book, "a", 1);
	ledger_skip(&book->ledger, 0, 3);
	book->next = 3;
	commit(book, "b", 1);
	ledger_skip(&book->ledger, 0, 2); /* never back */
	commit(book, "c", 1);
	assert_int_equal(book->ledger.partitions[0].exact_offset, 0);
	assert_int_equal(book->ledger.partitions[0].next_offset, 5);
	/* Of a partition that no record was seen of. */
	ledger_skip(&book->ledger, 5, 7);
	assert_int_equal(book->ledger.partitions[5].first_offset, -1);
	assert_int_equal(book->ledger.partitions[3].record_count, 0);
}

/* --- the result -------------------------------------------------------- */

static void
finish_may_be_called_again_after_more_records(void **state)
{
	struct book *book = *state;

	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.group_count, 0);
	assert_null(ledger_find(&book->ledger, bytes_of("b")));
	commit(book, "b", 1);
	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.group_count, 1);
	book->partition = 1;
	commit(book, "a", 1);
	commit(book, "c", 1);
	ledger_finish(&book->ledger);
	assert_int_equal(book->ledger.group_count, 3);
	assert_true(bytes_equal_text(book->ledger.list[0]->name, "a"));
	assert_true(bytes_equal_text(book->ledger.list[2]->name, "c"));
	assert_int_equal(book->ledger.list[0]->partition, 1);
	assert_int_equal(book->ledger.list[1]->partition, 0);
}

static void
many_groups_and_topics_are_found_again(void **state)
{
	struct book *book = *state;
	char name[32];
	int64_t i;

	for (i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "g-%d", (int)(i % 1000));
		commit(book, name, i);
	}
	for (i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "g-%d", (int)i);
		assert_int_equal(spot_of(book, name)->value.offset, 2000 + i);
	}
	assert_int_equal(book->ledger.spot_count, 1000);
}

static size_t
used_bytes(void)
{
	return mallinfo2().uordblks;
}

/* A million records of a few keys, members of ever new names among them. */
static void
memory_is_by_keys_not_by_records(void **state)
{
	struct book *book = *state;
	struct arena arena = { 0 };
	char member[32];
	const char *const members[] = { member };
	size_t before = 0;
	size_t i;

	for (i = 0; i < 1000000; i++) {
		const struct recordgen_commit what = { (int64_t)i, 1,
			bytes_of(i % 2 == 0 ? "even" : "odd one"), START_MS };

		(void)snprintf(member, sizeof(member), "m-%zu", i);
		if (i % 10 == 0)
			take(book,
			    recordgen_group_key(
				&arena, RECORDGEN_CLASSIC, bytes_of("g")),
			    recordgen_classic_value(
				&arena, "consumer", members, 1));
		else
			take(book,
			    recordgen_commit_key(&arena, RECORDGEN_COMMIT,
				bytes_of("g"), "orders", (int32_t)(i % 7)),
			    recordgen_commit_value(&arena, &what));
		if (i % 1000 == 0)
			arena_release(&arena);
		if (i == 10000)
			before = used_bytes();
	}
	arena_release(&arena);
	assert_true(used_bytes() < before + 200000);
	assert_int_equal(book->ledger.spot_count, 7);
}

/* --- the hook ---------------------------------------------------------- */

struct witness {
	size_t count;
	enum ledger_state before[8];
	int64_t offsets[8]; /* before, then what the record says */
	int64_t told[8];
};

static void
watch(void *context, const struct ledger_spot *before,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict)
{
	struct witness *witness = context;

	assert_int_equal(verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(record->offset, witness->count);
	witness->before[witness->count] = before->state;
	witness->offsets[witness->count] = before->value.offset;
	witness->told[witness->count++] =
	    decoded->is_tombstone ? -1 : decoded->commit.offset;
}

static void
the_hook_sees_each_change_before_it_is_made(void **state)
{
	struct book *book = *state;
	struct witness witness = { 0 };

	begin_until(book, START_MS + 2);
	book->ledger.changed = watch;
	book->ledger.changed_context = &witness;
	commit(book, "g", 1);
	commit(book, "g", 2);
	bury(book, "g");
	commit(book, "g", 3); /* later: not told */
	assert_int_equal(witness.count, 3);
	assert_int_equal(witness.before[0], LEDGER_UNSEEN);
	assert_int_equal(witness.told[0], 1);
	assert_int_equal(witness.before[1], LEDGER_LIVE);
	assert_int_equal(witness.offsets[1], 1);
	assert_int_equal(witness.told[1], 2);
	assert_int_equal(witness.offsets[2], 2);
	assert_int_equal(witness.told[2], -1);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_highest_offset_of_a_key_wins),
		TEST(a_tombstone_takes_away_and_what_held_last_is_remembered),
		TEST(a_tombstone_of_an_unknown_key_leaves_no_number),
		TEST(key_types_0_and_1_are_the_same_position),
		TEST(metadata_and_names_are_bytes),
		TEST(values_that_cannot_be_read_are_healed_by_later_ones),
		TEST(what_held_last_is_unknown_behind_an_unreadable_record),
		TEST(oddities_are_counted_on_and_kept_up_to_a_limit),
		TEST(
		    records_in_a_partition_that_is_not_the_group_s_say_nothing),
		TEST(a_group_of_commits_only_is_simple),
		TEST(a_classic_group_s_record_names_all_its_members),
		TEST(
		    members_of_a_modern_group_come_and_go_by_records_of_their_own),
		TEST(a_member_whose_value_cannot_be_read_is_a_member),
		TEST(a_group_that_changes_its_type_lives_on),
		TEST(a_deleted_group_may_come_again_as_another_type),
		TEST(later_records_do_not_count),
		TEST(a_note_of_a_later_record_is_not_what_held_before),
		TEST(without_a_gap_history_is_exact_from_the_start),
		TEST(a_gap_before_the_first_repeated_key_bounds_what_is_known),
		TEST(behind_the_last_gap_a_record_may_have_replaced_another),
		TEST(records_of_a_group_of_two_types_are_two_keys),
		TEST(a_gap_behind_the_first_repeated_key_is_a_loss),
		TEST(markers_of_transactions_are_no_gap),
		TEST(finish_may_be_called_again_after_more_records),
		TEST(many_groups_and_topics_are_found_again),
		TEST(memory_is_by_keys_not_by_records),
		TEST(the_hook_sees_each_change_before_it_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
