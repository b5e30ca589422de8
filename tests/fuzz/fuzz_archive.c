/*
 * Fuzzes the archive reader.  The first byte chooses:
 *
 *	even	the rest is a file: decode and verify it
 *	odd	the rest are members (kind, 16-bit size, bytes), put into an
 *		archive with right frames, hashes and seal, so that the
 *		codecs behind those are reached: of one capture, or of as many
 *		as the byte's half tells
 *
 * Properties: what decodes encodes to bytes that decode to the same; decode
 * and verify agree about what is whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_salvage.h"
#include "formats/membername.h"
#include "formats/memberwrite.h"

/* In the order in which the corpus numbers them. */
static const enum member_kind kinds[] = { MEMBER_TOPICS, MEMBER_GROUPS,
	MEMBER_HOLES, MEMBER_GONE, MEMBER_OFFSETS, MEMBER_TIMES };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Enough for any member, so that no codec is kept from its lines. */
#define COUNT_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

/* What decoded is written, read and written again: the same bytes. */
static void
check_round_trip(struct snapshot *snapshot)
{
	struct snapshot again = { 0 };
	struct buf first = { 0 };
	struct buf second = { 0 };
	struct err err = { 0 };

	model_count(snapshot);
	require(archive_encode(snapshot, &first, &err) == 0);
	require(archive_decode(buf_bytes(&first), &again, &err) == 0);
	require(archive_encode(&again, &second, &err) == 0);
	require(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	snapshot_release(&again);
	buf_release(&first);
	buf_release(&second);
}

/* Whatever a file is: what is salvaged obeys the rules, and of a whole archive
 * it is all. */
static void
check_salvage(struct bytes file, const struct snapshot *whole)
{
	struct salvage salvage;
	struct err err = { 0 };

	archive_salvage(file, &salvage);
	require(salvage.report.count == 0 || whole == NULL ||
	    whole->table_is_damaged);
	if (salvage.has_info)
		require(model_check_content(&salvage.snapshot, &err) == 0);
	if (whole != NULL)
		require(salvage.snapshot.group_count == whole->group_count &&
		    salvage.snapshot.topic_count == whole->topic_count);
	salvage_release(&salvage);
}

/* What a capture decodes to obeys the rules, and is written as any other. */
static void
check_captures(struct bytes file, size_t count)
{
	for (size_t i = 0; i < count; i += 1 + count / 4) {
		const struct capture_choice choice = { .how = CAPTURE_NUMBER,
			.number = i };
		struct snapshot snapshot = { 0 };
		struct err err = { 0 };

		if (archive_decode_at(file, &choice, &snapshot, &err) != 0)
			continue;
		require(snapshot.info.window.number == i);
		check_round_trip(&snapshot);
		snapshot_release(&snapshot);
	}
}

static void
check_file(struct bytes file)
{
	struct archive_report report;
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };
	const int decoded = archive_decode(file, &snapshot, &err);

	if (decoded == 0)
		check_captures(file, snapshot.info.window.count);
	archive_verify(file, &report);
	if (report.count == 0)
		require(decoded == 0 || err.kind == ERR_UNSUPPORTED);
	if (decoded == 0)
		check_round_trip(&snapshot);
	check_salvage(
	    file, report.count == 0 && decoded == 0 ? &snapshot : NULL);
	archive_report_release(&report);
	snapshot_release(&snapshot);
}

/* The counts that the manifest needs to agree with the content are not known
 * here: most of these are refused for them, but only after the codecs ran. */
static void
check_members(size_t count, const uint8_t *data, size_t size)
{
	static struct capture_time captures[64];
	struct snapshot_info info = { 0 };
	struct memberwrite *writer = NULL;
	struct buf file = { 0 };
	struct err err = { 0 };
	size_t numbers[MEMBER_OTHER] = { 0 };

	memcpy(info.id, "0123456789abcdef", ENV_ID_MAX);
	memcpy(info.selection_hash, "00000000", SNAPSHOT_HASH_MAX);
	info.reason = "";
	info.as_of_ms = -1;
	info.complete = true;
	info.window = (struct snapshot_window){ .captures = captures,
		.count = count,
		.complete = true,
		.group_count = COUNT_MAX,
		.topic_count = COUNT_MAX,
		.position_count = COUNT_MAX,
		.hole_count = COUNT_MAX };
	require(memberwrite_new(&info, &file, &writer, &err) == 0);
	while (size > 3) {
		const enum member_kind kind = kinds[data[0] % KINDS];
		size_t length = (size_t)data[1] | (size_t)data[2] << 8;
		char name[MEMBERNAME_MAX];

		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		require(memberwrite_add(writer,
			    membername_format(kind, numbers[kind]++, name),
			    (struct bytes){ (const char *)data, length }, NULL,
			    &err) == 0);
		data += length;
		size -= length;
	}
	require(memberwrite_finish(writer, &info, 0, &err) == 0);
	check_file(buf_bytes(&file));
	memberwrite_free(writer);
	buf_release(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] % 2 == 0)
		check_file((struct bytes){ (const char *)data + 1, size - 1 });
	else
		check_members(data[0] / 2 % 64 + 1, data + 1, size - 1);
	return 0;
}
