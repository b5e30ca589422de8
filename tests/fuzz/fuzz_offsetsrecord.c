/*
 * Fuzzes a record of the offsets topic: one byte that says how long the key is,
 * the key, the value.  Whatever it is decoded to lies inside of these, is the
 * same each time, and without its last byte it is not good.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/offsetsrecord.h"

/* The shortest share group, as two versions of Kafka write it. */
#define SHARE_GROUP 11
#define PREVIEW_SIZE 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
	struct bytes key;
	struct bytes value;
	char *key_memory;
	char *value_memory;
	struct arena arena;
	enum offsets_record_verdict verdict;
	struct offsets_record decoded;
};

static void
require(int condition)
{
	if (!condition)
		abort();
}

/* Into memory of just this size, so that ASan sees what goes past it. */
static struct bytes
copy_of(struct bytes from, char **memory)
{
	*memory = xcalloc(from.size == 0 ? 1 : from.size, 1);
	if (from.size > 0)
		memcpy(*memory, from.data, from.size);
	return (struct bytes){ *memory, from.size };
}

static void
require_within(struct bytes whole, struct bytes part)
{
	const uintptr_t start = (uintptr_t)whole.data;
	const uintptr_t at = (uintptr_t)part.data;

	if (part.data == NULL) {
		require(part.size == 0);
		return;
	}
	require(at >= start && at - start <= whole.size);
	require(part.size <= whole.size - (at - start));
}

static void
require_all_within(struct bytes whole, const struct bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		require(list[i].data != NULL);
		require_within(whole, list[i]);
	}
}

static void
check_members(const struct record *record)
{
	const struct offsets_record *decoded = &record->decoded;

	for (size_t i = 0; i < decoded->member_count; i++) {
		const struct offsets_member *member = &decoded->members[i];

		require_within(decoded->kind == OFFSETS_RECORD_MEMBER
			? record->key
			: record->value,
		    member->id);
		require_within(record->value, member->client_id);
		require_within(record->value, member->host);
		require_all_within(
		    record->value, member->topics, member->topic_count);
	}
}

static void
check(const struct record *record)
{
	const struct offsets_record *decoded = &record->decoded;

	require_within(record->key, decoded->group);
	require_within(record->key, decoded->commit.topic);
	require_within(record->value, decoded->commit.metadata);
	require_within(record->value, decoded->protocol_type);
	require_all_within(
	    record->value, decoded->topics, decoded->topic_count);
	check_members(record);
	require((decoded->kind == OFFSETS_RECORD_UNKNOWN) ==
	    (decoded->type < 0 ||
		record->verdict == OFFSETS_RECORD_UNKNOWN_TYPE));
	require(decoded->is_tombstone == (record->value.data == NULL));
	if (decoded->kind == OFFSETS_RECORD_COMMIT)
		require(record->arena.blocks == NULL);
}

/* A value of NULL is a tombstone. */
static void
decode(struct record *record, struct bytes key, struct bytes value)
{
	*record = (struct record){ 0 };
	record->key = copy_of(key, &record->key_memory);
	if (value.data != NULL)
		record->value = copy_of(value, &record->value_memory);
	record->verdict = offsetsrecord_decode(
	    record->key, record->value, &record->arena, &record->decoded);
	check(record);
}

static void
release(struct record *record)
{
	free(record->key_memory);
	free(record->value_memory);
	arena_release(&record->arena);
}

/* Cut short by a byte, what was good is not. */
static void
check_cut(struct bytes key, struct bytes value, enum offsets_record_kind kind)
{
	struct record record;

	decode(&record, (struct bytes){ key.data, key.size - 1 }, value);
	require(record.verdict == OFFSETS_RECORD_BROKEN_KEY);
	release(&record);
	if (value.data == NULL || kind == OFFSETS_RECORD_OTHER)
		return;
	decode(&record, key, (struct bytes){ value.data, value.size - 1 });
	require(record.verdict == OFFSETS_RECORD_BROKEN_VALUE ||
	    (record.decoded.type == SHARE_GROUP &&
		value.size - 1 == PREVIEW_SIZE));
	release(&record);
}

static void
check_record(struct bytes key, struct bytes value)
{
	struct record first;
	struct record second;

	decode(&first, key, value);
	decode(&second, key, value);
	require(first.verdict == second.verdict);
	require(first.decoded.kind == second.decoded.kind);
	require(first.decoded.member_count == second.decoded.member_count);
	require(first.decoded.topic_count == second.decoded.topic_count);
	if (first.verdict == OFFSETS_RECORD_GOOD)
		check_cut(key, value, first.decoded.kind);
	release(&first);
	release(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const struct bytes none = { 0 };
	size_t key_size;
	struct bytes key;

	if (size == 0)
		return 0;
	key_size = data[0] < size ? data[0] : size - 1;
	key = (struct bytes){ text + 1, key_size };
	check_record(key, none);
	check_record(
	    key, (struct bytes){ text + 1 + key_size, size - 1 - key_size });
	return 0;
}
