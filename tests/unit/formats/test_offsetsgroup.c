/*
 * test_offsetsgroup.c - records of the offsets topic that tell of groups, of
 * their members, and of what these read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/formats/offsetssample.h"

#define CLASSIC_KEY "0002 0002 6731"
#define MEMBER_KEY(type) type " 0002 6731 0003 6d2d31"
#define TOPOLOGY_KEY "0017 0002 6731"
#define STATE_MS INT64_C(1700000000000)

/* A classic group, version 0, up to the count of its members; and a member up
 * to its subscription. */
#define CONSUMERS "0000 0008 636f6e73756d6572 00000005 ffff ffff "
#define CONNECT "0000 0007 636f6e6e656374 00000005 ffff ffff "
#define CLASSIC_MEMBER "0001 6d 0001 63 0001 68 0000afc8 "

static void
expect_broken(const char *key, const char *value)
{
	struct offsets_sample sample;

	offsets_sample_hex(&sample, key, value);
	if (sample.verdict != OFFSETS_RECORD_BROKEN_VALUE)
		fail_msg("%s is taken", value);
	assert_bytes(sample.record.group, "g1");
	assert_int_equal(sample.record.topic_count, 0);
	assert_null(sample.record.protocol_type.data);
	assert_int_equal(sample.record.epoch, 0);
	if (sample.record.kind == OFFSETS_RECORD_MEMBER) {
		assert_int_equal(sample.record.member_count, 1);
		assert_bytes(sample.record.members[0].id, "m-1");
		assert_null(sample.record.members[0].host.data);
		assert_true(sample.record.members[0].may_have_more);
	} else {
		assert_int_equal(sample.record.member_count, 0);
	}
	offsets_sample_release(&sample);
}

static void
a_classic_group_is_read_in_every_version(void **state)
{
	static const char *const names[] = { "classic v0", "classic v1",
		"classic v2", "classic v3", "classic v4" };
	struct offsets_sample sample;

	(void)state;
	for (int16_t version = 0; version <= 4; version++) {
		const struct offsets_record *record = &sample.record;

		offsets_sample_vector(&sample, names[version]);
		assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
		assert_int_equal(record->kind, OFFSETS_RECORD_GROUP);
		assert_int_equal(record->group_type, GROUP_CLASSIC);
		assert_int_equal(record->version, version);
		assert_bytes(record->group, "g1");
		assert_bytes(record->protocol_type, "consumer");
		assert_int_equal(record->state_ms, version < 2 ? -1 : STATE_MS);
		assert_int_equal(record->member_count, 2);
		assert_bytes(record->members[0].id, "m-1");
		assert_bytes(record->members[0].client_id, "c1");
		assert_bytes(record->members[0].host, "/10.0.0.1");
		assert_list(record->members[0].topics,
		    record->members[0].topic_count, "t1,t2");
		assert_false(record->members[0].may_have_more);
		assert_bytes(record->members[1].id, "m-2");
		assert_bytes(record->members[1].client_id, "c2");
		assert_bytes(record->members[1].host, "/10.0.0.2");
		assert_int_equal(record->members[1].topic_count, 0);
		assert_false(record->members[1].may_have_more);
		offsets_sample_release(&sample);
	}
}

static void
an_empty_classic_group_has_no_members(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_hex(&sample, CLASSIC_KEY,
	    "0003 0008 636f6e73756d6572 00000005 ffff ffff"
	    "0000018bcfe56800 00000000");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_bytes(sample.record.protocol_type, "consumer");
	assert_int_equal(sample.record.state_ms, STATE_MS);
	assert_int_equal(sample.record.member_count, 0);
	offsets_sample_release(&sample);

	/* The empty id, no protocol type, tags of this and of its member. */
	offsets_sample_hex(&sample, "0002 0000",
	    "0004 01 00000000 00 00 ffffffffffffffff"
	    "02 02 6d 00 02 63 02 68 00000001 00000002 01 01 01 05 01 aa"
	    "01 09 02 bbbb");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.group.size, 0);
	assert_non_null(sample.record.protocol_type.data);
	assert_int_equal(sample.record.protocol_type.size, 0);
	assert_int_equal(sample.record.state_ms, -1);
	assert_int_equal(sample.record.member_count, 1);
	assert_bytes(sample.record.members[0].id, "m");
	assert_bytes(sample.record.members[0].host, "h");
	assert_true(sample.record.members[0].may_have_more);
	offsets_sample_release(&sample);
}

static void
what_is_no_subscription_may_be_to_anything(void **state)
{
	static const struct {
		const char *group;
		const char *subscription;
		const char *topics;
		bool may_have_more;
	} cases[] = {
		{ CONSUMERS, "0000000d 0000 00000001 0001 74 ffffffff", "t",
		    false },
		/* Nothing behind the topics, and anything. */
		{ CONSUMERS, "00000009 0000 00000001 0001 74", "t", false },
		{ CONSUMERS, "0000000c 0003 00000001 0001 74 ffffff", "t",
		    false },
		{ CONSUMERS, "00000009 7fff 00000001 0001 74", "t", false },
		{ CONSUMERS, "00000006 0000 00000000", "", false },
		{ CONSUMERS, "00000009 ffff 00000001 0001 74", "", true },
		{ CONSUMERS, "00000000", "", true },
		{ CONSUMERS, "00000001 00", "", true },
		{ CONSUMERS, "00000006 0000 ffffffff", "", true },
		{ CONSUMERS, "00000006 0000 7fffffff", "", true },
		{ CONSUMERS, "00000009 0000 00000001 0002 74", "", true },
		{ CONSUMERS, "00000009 0000 00000002 0001 74", "", true },
		{ CONSUMERS, "0000000b 0000 00000002 0001 74 ffff", "", true },
		{ CONNECT, "00000009 0000 00000001 0001 74", "", true },
	};
	struct offsets_sample sample;
	char value[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct offsets_member *member;

		(void)snprintf(value, sizeof(value),
		    "%s 00000001 " CLASSIC_MEMBER "%s 00000000", cases[i].group,
		    cases[i].subscription);
		offsets_sample_hex(&sample, CLASSIC_KEY, value);
		assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
		assert_int_equal(sample.record.member_count, 1);
		member = &sample.record.members[0];
		assert_bytes(member->id, "m");
		assert_bytes(member->client_id, "c");
		assert_bytes(member->host, "h");
		assert_list(
		    member->topics, member->topic_count, cases[i].topics);
		assert_int_equal(member->may_have_more, cases[i].may_have_more);
		offsets_sample_release(&sample);
	}
}

static void
a_broken_classic_group_is_refused(void **state)
{
	static const char *const values[] = {
		"0000 ffff 00000005 ffff ffff 00000000",
		CONSUMERS "ffffffff",
		CONSUMERS "7fffffff",
		CONSUMERS "80000000",
		/* The count is right but for its bytes. */
		CONSUMERS "00000002 " CLASSIC_MEMBER "00000000 00000000",
		CONSUMERS "00000001 " CLASSIC_MEMBER "ffffffff 00000000",
		CONSUMERS "00000001 " CLASSIC_MEMBER "00000000 fffffffe",
		CONSUMERS "00000001 " CLASSIC_MEMBER "00000000 7fffffff",
		CONSUMERS "00000001 ffff 0001 63 0001 68 0000afc8"
			  "00000000 00000000",
		"0004 01 00000005 00 00 0000000000000000 00 00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		expect_broken(CLASSIC_KEY, values[i]);
}

static void
expect_group(struct offsets_sample *sample, enum group_type type, int32_t epoch)
{
	assert_int_equal(sample->verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample->record.kind, OFFSETS_RECORD_GROUP);
	assert_int_equal(sample->record.group_type, type);
	assert_bytes(sample->record.group, "g1");
	assert_int_equal(sample->record.epoch, epoch);
	assert_null(sample->record.protocol_type.data);
	assert_int_equal(sample->record.member_count, 0);
	assert_null(sample->arena.blocks);
	offsets_sample_release(sample);
}

static void
a_modern_group_has_an_epoch(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_vector(&sample, "consumer group");
	expect_group(&sample, GROUP_CONSUMER, 12);
	offsets_sample_vector(&sample, "consumer group hash");
	expect_group(&sample, GROUP_CONSUMER, 12);
	offsets_sample_vector(&sample, "share group");
	expect_group(&sample, GROUP_SHARE, 12);
	offsets_sample_vector(&sample, "streams group");
	expect_group(&sample, GROUP_STREAMS, 12);
	/* As 3.9 and 4.0 wrote it. */
	offsets_sample_hex(&sample, "000b 0002 6731", "0000 0000000d 00");
	expect_group(&sample, GROUP_SHARE, 13);
	/* A hash of 0; unknown tags. */
	offsets_sample_hex(&sample, "000b 0002 6731",
	    "0000 0000000e 0000000000000000 02 07 01 aa 08 00");
	expect_group(&sample, GROUP_SHARE, 14);
}

static void
a_broken_modern_group_is_refused(void **state)
{
	(void)state;
	expect_broken("0003 0002 6731", "0000 0000000c");
	expect_broken("0003 0002 6731", "0000 0000000c 01");
	expect_broken("0003 0002 6731", "0000 0000000c 01 00 02 00");
	expect_broken("0003 0002 6731", "0000 0000000c 00 00");
	expect_broken("000b 0002 6731", "0000 0000000c 01");
	expect_broken("0011 0002 6731", "0000 0000000c 00");
}

static const struct offsets_member *
expect_member(struct offsets_sample *sample, enum group_type type)
{
	const struct offsets_member *member = sample->record.members;

	assert_int_equal(sample->verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample->record.kind, OFFSETS_RECORD_MEMBER);
	assert_int_equal(sample->record.group_type, type);
	assert_bytes(sample->record.group, "g1");
	assert_int_equal(sample->record.member_count, 1);
	assert_bytes(member->id, "m-1");
	if (!sample->record.is_tombstone) {
		assert_bytes(member->client_id, "c1");
		assert_bytes(member->host, "/10.0.0.1");
	}
	return member;
}

static void
a_member_says_what_it_subscribes_to(void **state)
{
	struct offsets_sample sample;
	const struct offsets_member *member;

	(void)state;
	offsets_sample_vector(&sample, "consumer member");
	member = expect_member(&sample, GROUP_CONSUMER);
	assert_list(member->topics, member->topic_count, "t1,t2");
	assert_false(member->may_have_more);
	offsets_sample_release(&sample);

	offsets_sample_vector(&sample, "consumer member regex");
	member = expect_member(&sample, GROUP_CONSUMER);
	assert_int_equal(member->topic_count, 0);
	assert_true(member->may_have_more);
	offsets_sample_release(&sample);

	offsets_sample_vector(&sample, "share member");
	member = expect_member(&sample, GROUP_SHARE);
	assert_list(member->topics, member->topic_count, "t1,t2");
	assert_false(member->may_have_more);
	offsets_sample_release(&sample);

	/* No regular expression at all, an unknown tag. */
	offsets_sample_hex(&sample, MEMBER_KEY("0005"),
	    "0000 00 00 03 6331 0a 2f31302e302e302e31 02 03 00ff 00 00000000"
	    "00 01 07 02 aaaa");
	member = expect_member(&sample, GROUP_CONSUMER);
	assert_int_equal(member->topic_count, 1);
	assert_int_equal(member->topics[0].size, 2);
	assert_memory_equal(member->topics[0].data, "\0\xff", 2);
	assert_false(member->may_have_more);
	offsets_sample_release(&sample);
}

static void
a_streams_member_leaves_what_it_reads_to_its_group(void **state)
{
	static const char *const names[] = { "streams member",
		"streams member full" };
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct offsets_member *member;

		offsets_sample_vector(&sample, names[i]);
		member = expect_member(&sample, GROUP_STREAMS);
		assert_int_equal(member->topic_count, 0);
		assert_false(member->may_have_more);
		offsets_sample_release(&sample);
	}
}

static void
a_member_that_left_has_its_id(void **state)
{
	static const char *const keys[] = { MEMBER_KEY("0005"),
		MEMBER_KEY("000a"), MEMBER_KEY("0013") };
	static const enum group_type types[] = { GROUP_CONSUMER, GROUP_SHARE,
		GROUP_STREAMS };
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct offsets_member *member;

		offsets_sample_hex(&sample, keys[i], NULL);
		member = expect_member(&sample, types[i]);
		assert_true(sample.record.is_tombstone);
		assert_null(member->client_id.data);
		assert_null(member->host.data);
		assert_false(member->may_have_more);
		offsets_sample_release(&sample);
	}
	/* Of one that stayed, but says it in a way that is not known. */
	offsets_sample_hex(&sample, keys[0], "0001 00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_UNKNOWN_VERSION);
	assert_bytes(sample.record.members[0].id, "m-1");
	assert_true(sample.record.members[0].may_have_more);
	offsets_sample_release(&sample);
}

static void
a_broken_member_keeps_its_id(void **state)
{
	(void)state;
	/* No client id; topics null, too many, null among them. */
	expect_broken(MEMBER_KEY("000a"), "0000 00 00 02 68 01 00");
	expect_broken(MEMBER_KEY("000a"), "0000 00 02 63 02 68 00 00");
	expect_broken(MEMBER_KEY("000a"), "0000 00 02 63 02 68 03 00");
	expect_broken(MEMBER_KEY("000a"), "0000 00 02 63 02 68 ffffffff0f 00");
	expect_broken(MEMBER_KEY("000a"), "0000 00 02 63 02 68 02 00 00");
	expect_broken(MEMBER_KEY("0005"),
	    "0000 00 00 02 63 02 68 01 03 61 00000000 00 00");
}

static void
a_topology_says_what_a_streams_group_reads(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_vector(&sample, "topology");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.kind, OFFSETS_RECORD_SOURCES);
	assert_int_equal(sample.record.group_type, GROUP_STREAMS);
	assert_list(
	    sample.record.topics, sample.record.topic_count, "t1,t2,t3,g1-rep");
	assert_false(sample.record.may_have_more);
	offsets_sample_release(&sample);

	offsets_sample_vector(&sample, "topology regex");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_list(
	    sample.record.topics, sample.record.topic_count, "t1,t2,t3,g1-rep");
	assert_true(sample.record.may_have_more);
	offsets_sample_release(&sample);

	/* Only patterns; unknown tags of the subtopology and of the whole. */
	offsets_sample_hex(&sample, TOPOLOGY_KEY,
	    "0000 00000001 02 02 30 01 02 02 78 01 01 01 01 01 05 00"
	    "01 06 01 aa");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.topic_count, 0);
	assert_true(sample.record.may_have_more);
	assert_null(sample.arena.blocks);
	offsets_sample_release(&sample);

	offsets_sample_hex(&sample, TOPOLOGY_KEY, NULL);
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.topic_count, 0);
	assert_false(sample.record.may_have_more);
	offsets_sample_release(&sample);
}

static void
a_broken_topology_is_refused(void **state)
{
	static const char *const values[] = {
		"0000 00000001 00 00",
		"0000 00000001 03 02 30 01 01 01 01 01 01 00 00",
		"0000 00000001 ffffffff0f 00",
		"0000 00000001 02 00 01 01 01 01 01 01 00 00",
		/* Source topics, a null name; inner topics; pairs of indexes */
		"0000 00000001 02 02 30 ffffffff0f 01 01 01 01 01 00 00",
		"0000 00000001 02 02 30 02 00 01 01 01 01 01 00 00",
		"0000 00000001 02 02 30 01 01 01 01 09 01 00 00",
		"0000 00000001 02 02 30 01 01 01 01 01 02 09 01 01 00 00 00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		expect_broken(TOPOLOGY_KEY, values[i]);
}

/* A count may not make it take memory that its bytes do not stand for. */
static void
a_count_that_cannot_be_takes_no_memory(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_hex(&sample, CLASSIC_KEY, CONSUMERS "7fffffff 00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_BROKEN_VALUE);
	assert_null(sample.arena.blocks);
	offsets_sample_release(&sample);
	offsets_sample_hex(&sample, TOPOLOGY_KEY,
	    "0000 00000001 02 02 30 feffffff07 01 01 01 01 01 00 00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_BROKEN_VALUE);
	assert_null(sample.arena.blocks);
	offsets_sample_release(&sample);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_classic_group_is_read_in_every_version),
		cmocka_unit_test(an_empty_classic_group_has_no_members),
		cmocka_unit_test(what_is_no_subscription_may_be_to_anything),
		cmocka_unit_test(a_broken_classic_group_is_refused),
		cmocka_unit_test(a_modern_group_has_an_epoch),
		cmocka_unit_test(a_broken_modern_group_is_refused),
		cmocka_unit_test(a_member_says_what_it_subscribes_to),
		cmocka_unit_test(
		    a_streams_member_leaves_what_it_reads_to_its_group),
		cmocka_unit_test(a_member_that_left_has_its_id),
		cmocka_unit_test(a_broken_member_keeps_its_id),
		cmocka_unit_test(a_topology_says_what_a_streams_group_reads),
		cmocka_unit_test(a_broken_topology_is_refused),
		cmocka_unit_test(a_count_that_cannot_be_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
