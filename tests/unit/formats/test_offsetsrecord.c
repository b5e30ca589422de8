/*
 * test_offsetsrecord.c - keys, commits, and what holds for every record: what
 * is cut short or goes on is refused, and nothing outside of it is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/formats/offsetssample.h"

/* Group g1, topic t1, partition 3. */
#define COMMIT_KEY "0001 0002 6731 0002 7431 00000003"
#define COMMIT_V4 "0004 00000000000004d2 00000007 02 6d 0000018bcfe56800"
#define COMMIT_MS INT64_C(1700000000000)
#define LAST_TYPE 24

static void
assert_no_commit_value(const struct offsets_record *record)
{
	const struct offsets_commit *commit = &record->commit;

	assert_int_equal(commit->offset, 0);
	assert_int_equal(commit->epoch, 0);
	assert_null(commit->metadata.data);
	assert_int_equal(commit->commit_ms, 0);
	assert_int_equal(commit->expire_ms, 0);
	assert_false(commit->has_topic_id);
}

static void
a_commit_is_read_in_every_version(void **state)
{
	static const char *const names[] = { "commit v0", "commit v1",
		"commit v2", "commit v3", "commit v4" };
	struct offsets_sample sample;

	(void)state;
	for (int16_t version = 0; version <= 4; version++) {
		const struct offsets_commit *commit = &sample.record.commit;

		offsets_sample_vector(&sample, names[version]);
		assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
		assert_int_equal(sample.record.type, 1);
		assert_int_equal(sample.record.kind, OFFSETS_RECORD_COMMIT);
		assert_int_equal(sample.record.group_type, GROUP_UNKNOWN);
		assert_int_equal(sample.record.version, version);
		assert_false(sample.record.is_tombstone);
		assert_bytes(sample.record.group, "g1");
		assert_bytes(commit->topic, "t1");
		assert_int_equal(commit->partition, 3);
		assert_int_equal(commit->offset, 1234);
		assert_int_equal(commit->epoch, version >= 3 ? 7 : -1);
		assert_bytes(commit->metadata, "m");
		assert_int_equal(commit->commit_ms, COMMIT_MS);
		assert_int_equal(commit->expire_ms,
		    version == 1 ? COMMIT_MS + 86400000 : -1);
		assert_false(commit->has_topic_id);
		assert_null(sample.arena.blocks);
		offsets_sample_release(&sample);
	}
}

static void
a_topic_id_is_read_among_unknown_tags(void **state)
{
	static const uint8_t id[UUID_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		11, 12, 13, 14, 15 };
	struct offsets_sample sample;

	(void)state;
	offsets_sample_vector(&sample, "commit v4 id");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_true(sample.record.commit.has_topic_id);
	assert_memory_equal(sample.record.commit.topic_id, id, UUID_SIZE);
	offsets_sample_release(&sample);

	/* No tag, in as many bytes as Kafka reads. */
	offsets_sample_hex(&sample, COMMIT_KEY, COMMIT_V4 "8080808000");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_false(sample.record.commit.has_topic_id);
	offsets_sample_release(&sample);

	/* Tag 300 of 2 bytes, tag 0, tag 7 of none. */
	offsets_sample_hex(&sample, COMMIT_KEY,
	    COMMIT_V4
	    "03 ac02 02 ffff 00 10 000102030405060708090a0b0c0d0e0f 07 00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_true(sample.record.commit.has_topic_id);
	assert_memory_equal(sample.record.commit.topic_id, id, UUID_SIZE);
	assert_null(sample.arena.blocks);
	offsets_sample_release(&sample);
}

static void
the_numbers_of_a_commit_are_what_was_stored(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_hex(&sample, "0000 0002 6731 0002 7431 7fffffff",
	    "0003 8000000000000000 ffffffff 0000 ffffffffffffffff");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.type, 0);
	assert_int_equal(sample.record.commit.partition, INT32_MAX);
	assert_true(sample.record.commit.offset == INT64_MIN);
	assert_int_equal(sample.record.commit.epoch, -1);
	assert_non_null(sample.record.commit.metadata.data);
	assert_int_equal(sample.record.commit.metadata.size, 0);
	assert_int_equal(sample.record.commit.commit_ms, -1);
	offsets_sample_release(&sample);
}

static void
a_name_is_any_bytes_and_may_be_empty(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_hex(
	    &sample, "0001 0000 0003 61 00 ff 00000000", COMMIT_V4 "00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.group.size, 0);
	assert_int_equal(sample.record.commit.topic.size, 3);
	assert_memory_equal(sample.record.commit.topic.data, "a\0\xff", 3);
	offsets_sample_release(&sample);

	offsets_sample_hex(&sample, "0002 0003 00 c3 28", NULL);
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.group.size, 3);
	assert_memory_equal(sample.record.group.data, "\0\xc3(", 3);
	offsets_sample_release(&sample);
}

static void
a_tombstone_has_what_its_key_says(void **state)
{
	struct offsets_sample sample;

	(void)state;
	offsets_sample_hex(&sample, COMMIT_KEY, NULL);
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_true(sample.record.is_tombstone);
	assert_int_equal(sample.record.version, -1);
	assert_bytes(sample.record.group, "g1");
	assert_bytes(sample.record.commit.topic, "t1");
	assert_int_equal(sample.record.commit.partition, 3);
	assert_no_commit_value(&sample.record);
	assert_null(sample.arena.blocks);
	offsets_sample_release(&sample);
}

/* The numbers of org.apache.kafka.coordinator.group.generated, 3.9.2 to 4.4.0,
 * and of Kafka's trunk for the last one. */
static void
every_type_has_its_kind(void **state)
{
	/* A letter of each type: its kind, its group's type, and whether its
	 * key has a second name. */
	static const char kinds[] = "CCGGOMOOOOMGOOOOOGOMOOOSO";
	static const char groups[] = "--kccccccsssssssctttttttt";
	static const char names[] = "1111121221211221211212211";
	static const char kind_letters[] = "CGMSO";
	static const char group_letters[] = "-kcts";
	static const char digits[] = "0123456789abcdef";
	struct offsets_sample sample;

	(void)state;
	for (int16_t type = 0; type <= LAST_TYPE; type++) {
		char key[] = "00.. 0002 6731 0001 6d 00000000";

		key[2] = digits[type / 16];
		key[3] = digits[type % 16];
		if (type > 1)
			key[names[type] == '2' ? 22 : 14] = '\0';
		offsets_sample_hex(&sample, key, NULL);
		assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
		assert_int_equal(sample.record.type, type);
		assert_int_equal(kind_letters[sample.record.kind], kinds[type]);
		assert_int_equal(
		    group_letters[sample.record.group_type], groups[type]);
		assert_bytes(sample.record.group, "g1");
		offsets_sample_release(&sample);
	}
}

static void
an_unknown_type_is_said(void **state)
{
	static const char *const keys[] = { "0019 0002 6731", "ffff 0002 6731",
		"7fff", "8000 00" };
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		offsets_sample_hex(&sample, keys[i], "0000");
		assert_int_equal(sample.verdict, OFFSETS_RECORD_UNKNOWN_TYPE);
		assert_int_equal(sample.record.kind, OFFSETS_RECORD_UNKNOWN);
		assert_int_equal(sample.record.group_type, GROUP_UNKNOWN);
		assert_null(sample.record.group.data);
		offsets_sample_release(&sample);
	}
	offsets_sample_hex(&sample, keys[0], NULL);
	assert_int_equal(sample.record.type, LAST_TYPE + 1);
	offsets_sample_release(&sample);
}

static void
an_unknown_version_leaves_what_the_key_says(void **state)
{
	static const char *const versions[] = { "0005", "ffff", "7fff" };
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		offsets_sample_hex(&sample, COMMIT_KEY, versions[i]);
		assert_int_equal(
		    sample.verdict, OFFSETS_RECORD_UNKNOWN_VERSION);
		assert_false(sample.record.is_tombstone);
		assert_bytes(sample.record.group, "g1");
		assert_bytes(sample.record.commit.topic, "t1");
		assert_int_equal(sample.record.commit.partition, 3);
		assert_no_commit_value(&sample.record);
		offsets_sample_release(&sample);
	}
	offsets_sample_hex(&sample, "0002 0002 6731", "0005 00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_UNKNOWN_VERSION);
	assert_int_equal(sample.record.version, 5);
	offsets_sample_release(&sample);
	offsets_sample_hex(&sample, "0003 0002 6731", "0001 00000001 00");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_UNKNOWN_VERSION);
	assert_int_equal(sample.record.epoch, 0);
	offsets_sample_release(&sample);
	/* Nothing of these values is needed. */
	offsets_sample_hex(&sample, "0006 0002 6731", "0009 ff");
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	offsets_sample_release(&sample);
}

static void
a_broken_commit_is_refused(void **state)
{
	static const char *const values[] = {
		"0000 00000000000004d2 ffff 0000018bcfe56800", /* null */
		"0000 00000000000004d2 fffe 0000018bcfe56800",
		"0000 00000000000004d2 8000 0000018bcfe56800",
		"0000 00000000000004d2 0009 0000018bcfe56800", /* too long */
		"0004 00000000000004d2 00000007 00 0000018bcfe56800 00",
		"0004 00000000000004d2 00000007 09 0000018bcfe56800",
		"0004 00000000000004d2 00000007 8080808080 00", /* varint */
		"0004 00000000000004d2 00000007 ffffffff1f 00",
		COMMIT_V4 "ffffffff0f", /* more tags than bytes */
		COMMIT_V4 "8080808010", /* as many as 33 bits say */
		COMMIT_V4 "808080808000",
		COMMIT_V4 "01 07 ffffffff0f",
		COMMIT_V4 "01 00 0f 000102030405060708090a0b0c0d0e",
		COMMIT_V4 "01 00 11 000102030405060708090a0b0c0d0e0f10",
	};
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		offsets_sample_hex(&sample, COMMIT_KEY, values[i]);
		if (sample.verdict != OFFSETS_RECORD_BROKEN_VALUE)
			fail_msg("%s is taken", values[i]);
		assert_bytes(sample.record.commit.topic, "t1");
		assert_no_commit_value(&sample.record);
		offsets_sample_release(&sample);
	}
}

static void
metadata_has_no_more_than_an_int16_of_bytes(void **state)
{
	static char value[2 + 8 + 4 + 3 + 32768 + 8 + 1];
	const struct bytes key = { "\0\1\0\1g\0\1t\0\0\0\0", 12 };
	struct offsets_sample sample;

	(void)state;
	value[1] = 4;
	/* 32767 and the one that stands for null. */
	value[14] = '\x80';
	value[15] = '\x80';
	value[16] = 2;
	offsets_sample_bytes(
	    &sample, key, (struct bytes){ value, sizeof(value) - 1 });
	assert_int_equal(sample.verdict, OFFSETS_RECORD_GOOD);
	assert_int_equal(sample.record.commit.metadata.size, INT16_MAX);
	offsets_sample_release(&sample);
	value[14] = '\x81';
	offsets_sample_bytes(
	    &sample, key, (struct bytes){ value, sizeof(value) });
	assert_int_equal(sample.verdict, OFFSETS_RECORD_BROKEN_VALUE);
	offsets_sample_release(&sample);
}

static void
a_broken_key_is_refused(void **state)
{
	static const char *const keys[] = { "", "00", "0001", "0001 ffff",
		"0001 ffff 0002 7431 00000003", "0001 fffe 0002 7431 00000003",
		"0001 0002 6731 ffff 00000003",
		"0001 0002 6731 0002 7431 00000003 00", "0002 7fff 6731",
		"0002 0002 6731 00", "0005 0002 6731", "0005 0002 6731 ffff" };
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		offsets_sample_hex(&sample, keys[i], COMMIT_V4 "00");
		if (sample.verdict != OFFSETS_RECORD_BROKEN_KEY)
			fail_msg("%s is taken", keys[i]);
		assert_int_equal(sample.record.kind,
		    i < 2        ? OFFSETS_RECORD_UNKNOWN
			: i < 8  ? OFFSETS_RECORD_COMMIT
			: i < 10 ? OFFSETS_RECORD_GROUP
				 : OFFSETS_RECORD_MEMBER);
		assert_null(sample.record.group.data);
		assert_null(sample.record.commit.topic.data);
		assert_int_equal(sample.record.member_count, 0);
		offsets_sample_release(&sample);
	}
	sample = (struct offsets_sample){ 0 };
	sample.verdict = offsetsrecord_decode(
	    sample.key, sample.value, &sample.arena, &sample.record);
	assert_int_equal(sample.verdict, OFFSETS_RECORD_BROKEN_KEY);
	assert_int_equal(sample.record.type, -1);
}

/* Of the record that the vector says, with key and value of these sizes. */
static enum offsets_record_verdict
decode_cut(struct bytes key, struct bytes value)
{
	struct offsets_sample sample;

	offsets_sample_bytes(&sample, key, value);
	if (sample.verdict != OFFSETS_RECORD_BROKEN_KEY)
		assert_bytes(sample.record.group, "g1");
	offsets_sample_release(&sample);
	return sample.verdict;
}

static void
whatever_is_cut_short_or_goes_on_is_broken(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < offsets_vector_count; i++) {
		/* With one byte more, which is 0. */
		const struct bytes key =
		    offsets_hex(&arena, offsets_vectors[i].key);
		const struct bytes value =
		    offsets_hex(&arena, offsets_vectors[i].value);
		const bool is_read =
		    strcmp(offsets_vectors[i].name, "regular expression") != 0;

		for (size_t size = 0; size <= key.size + 1; size++) {
			const struct bytes cut = { key.data, size };

			assert_int_equal(decode_cut(cut, value),
			    size == key.size ? OFFSETS_RECORD_GOOD
					     : OFFSETS_RECORD_BROKEN_KEY);
		}
		for (size_t size = 0; size <= value.size + 1; size++) {
			const struct bytes cut = { value.data, size };

			assert_int_equal(decode_cut(key, cut),
			    size == value.size || (!is_read && size >= 2)
				? OFFSETS_RECORD_GOOD
				: OFFSETS_RECORD_BROKEN_VALUE);
		}
	}
	arena_release(&arena);
}

/* No byte at any place makes it read what is not there. */
static void
no_damage_reads_outside(void **state)
{
	static const char bytes[] = { 0, 1, 0x7f, '\x80', '\xfe', '\xff' };
	struct arena arena = { 0 };
	struct offsets_sample sample;

	(void)state;
	for (size_t i = 0; i < offsets_vector_count; i++) {
		const struct bytes key =
		    offsets_hex(&arena, offsets_vectors[i].key);
		struct bytes value =
		    offsets_hex(&arena, offsets_vectors[i].value);

		for (size_t at = 0; at < value.size * sizeof(bytes); at++) {
			char *damaged =
			    arena_alloc(&arena, value.size, sizeof(char));
			const struct bytes changed = { damaged, value.size };

			memcpy(damaged, value.data, value.size);
			damaged[at / sizeof(bytes)] = bytes[at % sizeof(bytes)];
			offsets_sample_bytes(&sample, key, changed);
			assert_bytes(sample.record.group, "g1");
			assert_int_not_equal(
			    sample.verdict, OFFSETS_RECORD_BROKEN_KEY);
			offsets_sample_release(&sample);
		}
	}
	arena_release(&arena);
}

static void
every_verdict_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(
	    offsetsrecord_verdict_text(OFFSETS_RECORD_GOOD), "it is good");
	assert_string_equal(
	    offsetsrecord_verdict_text(OFFSETS_RECORD_UNKNOWN_TYPE),
	    "its type is not known");
	assert_string_equal(
	    offsetsrecord_verdict_text(OFFSETS_RECORD_UNKNOWN_VERSION),
	    "the version of its value is not known");
	assert_string_equal(
	    offsetsrecord_verdict_text(OFFSETS_RECORD_BROKEN_VALUE),
	    "its value is damaged");
	assert_string_equal(
	    offsetsrecord_verdict_text(OFFSETS_RECORD_BROKEN_KEY),
	    "its key is damaged");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_is_read_in_every_version),
		cmocka_unit_test(a_topic_id_is_read_among_unknown_tags),
		cmocka_unit_test(the_numbers_of_a_commit_are_what_was_stored),
		cmocka_unit_test(a_name_is_any_bytes_and_may_be_empty),
		cmocka_unit_test(a_tombstone_has_what_its_key_says),
		cmocka_unit_test(every_type_has_its_kind),
		cmocka_unit_test(an_unknown_type_is_said),
		cmocka_unit_test(an_unknown_version_leaves_what_the_key_says),
		cmocka_unit_test(a_broken_commit_is_refused),
		cmocka_unit_test(metadata_has_no_more_than_an_int16_of_bytes),
		cmocka_unit_test(a_broken_key_is_refused),
		cmocka_unit_test(whatever_is_cut_short_or_goes_on_is_broken),
		cmocka_unit_test(no_damage_reads_outside),
		cmocka_unit_test(every_verdict_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
