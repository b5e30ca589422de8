/*
 * test_limits.c - contract 10: what an archive's parts may be.  Each is refused
 * where it is one beyond, and taken where it just fits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/frame.h"
#include "formats/frameindex.h"
#include "formats/groupline.h"
#include "formats/jsonline.h"
#include "formats/limits.h"
#include "formats/memberwrite.h"
#include "formats/seekable.h"
#include "formats/tarmember.h"
#include "formats/textlines.h"
#include "tests/unit/formats/modelgen.h"

#define BLOCK 512
#define TYPE_AT 156
#define LINK_AT 157
#define SIZE_AT 124
#define CHECKSUM_AT 148
#define CHECKSUM_SIZE 8

/* -------------------------------------------------------------------- tar */

static void
make_member(struct buf *out)
{
	struct tarmember_writer *writer = NULL;
	struct err err = { 0 };

	assert_int_equal(tarmember_writer_new(0, out, &writer, &err), 0);
	assert_int_equal(tarmember_add(writer, "topics/00000.jsonl",
			     bytes_of("text\n"), &err),
	    0);
	tarmember_writer_free(writer);
}

/* Make the header's checksum right again. */
static void
sum_up(struct buf *raw)
{
	unsigned int sum = ' ' * CHECKSUM_SIZE;
	char text[CHECKSUM_SIZE];

	for (size_t i = 0; i < BLOCK; i++) {
		if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_SIZE)
			sum += (unsigned char)raw->data[i];
	}
	(void)snprintf(text, sizeof(text), "%06o", sum);
	memcpy(raw->data + CHECKSUM_AT, text, CHECKSUM_SIZE - 1);
}

static int
parse_member(const struct buf *raw)
{
	char name[TARMEMBER_NAME_MAX];
	struct bytes content;
	struct err err = { 0 };
	const int result =
	    tarmember_parse(buf_bytes(raw), false, name, &content, &err);

	if (result != 0)
		assert_int_equal(err.kind, ERR_CORRUPT);
	return result;
}

static void
only_plain_files_are_members(void **state)
{
	/* Links, devices, folders, FIFOs, sparse files, extensions of GNU and
	 * of pax, and what no standard knows. */
	static const char types[] = "1234567DKLMNSVXgxAI";

	(void)state;
	for (size_t i = 0; i < sizeof(types) - 1; i++) {
		struct buf raw = { 0 };

		make_member(&raw);
		assert_int_equal(parse_member(&raw), 0);
		raw.data[TYPE_AT] = types[i];
		sum_up(&raw);
		if (parse_member(&raw) == 0)
			fail_msg("type %c was taken", types[i]);
		buf_release(&raw);
	}
}

static void
a_members_name_leads_nowhere_else(void **state)
{
	static const char *const bad[] = { "", "/", "/etc/passwd", "../x",
		"a/../b", "a/..", "./a", "a/.", "a//b", "a/", "a b", "a\nb",
		"a\\b", "\xc3\xa4", "c:x", "~" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct buf raw = { 0 };

		make_member(&raw);
		memset(raw.data, 0, TARMEMBER_NAME_MAX);
		memcpy(raw.data, bad[i], strlen(bad[i]));
		sum_up(&raw);
		if (parse_member(&raw) == 0)
			fail_msg("%s was taken", bad[i]);
		buf_release(&raw);
	}
	for (int i = 0; i < 2; i++) {
		struct buf raw = { 0 };

		make_member(&raw);
		/* A link's target, and a prefix to the name. */
		raw.data[i == 0 ? LINK_AT : 345] = 'x';
		sum_up(&raw);
		assert_int_equal(parse_member(&raw), -1);
		memset(raw.data, 'x', TARMEMBER_NAME_MAX);
		assert_int_equal(parse_member(&raw), -1);
		buf_release(&raw);
	}
}

static void
a_members_size_fits_its_frame(void **state)
{
	static const char *const sizes[] = { "00000000004", "00000001006",
		"77777777777", "-0000000001", "0x000000005", "           5" };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct buf raw = { 0 };

		make_member(&raw);
		memcpy(raw.data + SIZE_AT, sizes[i], 11);
		sum_up(&raw);
		if (parse_member(&raw) == 0)
			fail_msg("size %s was taken", sizes[i]);
		buf_release(&raw);
	}
}

static void
a_member_that_stands_twice_is_refused(void **state)
{
	struct memberwrite *writer = NULL;
	struct snapshot snapshot = { 0 };
	struct snapshot decoded;
	struct archive_report report;
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_info(&snapshot);
	model_count(&snapshot);
	assert_int_equal(
	    memberwrite_new(&snapshot.info, &archive, &writer, &err), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(memberwrite_add(writer, "topics/00000.jsonl",
				     bytes_of(""), NULL, &err),
		    0);
	assert_int_equal(
	    memberwrite_finish(writer, &snapshot.info, 0, &err), 0);
	memberwrite_free(writer);
	assert_int_equal(
	    archive_decode(buf_bytes(&archive), &decoded, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	archive_verify(buf_bytes(&archive), &report);
	assert_true(report.count > 0);
	archive_report_release(&report);
	buf_release(&archive);
	snapshot_release(&snapshot);
}

/* ------------------------------------------------------------------- frames */

static size_t
compress(size_t content_size, int window_log, bool checksum, bool tell_size,
    struct buf *out)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char *content = xcalloc(1, content_size);
	ZSTD_inBuffer in = { content, content_size, 0 };
	const size_t room = ZSTD_compressBound(content_size) + 64;
	ZSTD_outBuffer target = { buf_reserve(out, room), room, 0 };

	(void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log);
	(void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, checksum);
	(void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, tell_size);
	assert_int_equal(
	    ZSTD_compressStream2(zstd, &target, &in, ZSTD_e_end), 0);
	(void)ZSTD_freeCCtx(zstd);
	free(content);
	out->size += target.pos;
	return out->size;
}

static void
frames_have_a_size_a_window_and_a_checksum(void **state)
{
	static const struct {
		size_t size;
		int window_log;
		bool checksum, tell_size, taken;
	} cases[] = { { 1000, 20, true, true, true },
		{ LIMIT_FRAME_CONTENT, 20, true, true, true },
		{ LIMIT_FRAME_CONTENT + 1, 20, true, true, false },
		{ LIMIT_FRAME_CONTENT, 21, true, true, false },
		{ 1000, 20, false, true, false },
		{ 1000, 20, true, false, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct frame_decoder *decoder = NULL;
		struct buf frame = { 0 };
		struct buf content = { 0 };
		struct err err = { 0 };

		(void)compress(cases[i].size, cases[i].window_log,
		    cases[i].checksum, cases[i].tell_size, &frame);
		assert_int_equal(frame_decoder_new(&decoder, &err), 0);
		if ((frame_decode(decoder, buf_bytes(&frame), &content, &err) ==
			0) != cases[i].taken)
			fail_msg("case %zu: %s", i, err.message);
		frame_decoder_free(decoder);
		buf_release(&frame);
		buf_release(&content);
	}
}

static void
there_are_not_more_frames_than_an_archive_has(void **state)
{
	static const size_t counts[] = { LIMIT_FRAMES, LIMIT_FRAMES + 1 };
	struct frameindex_entry entry = { .member = "x", .length = 1 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct seekable table = { 0 };
		struct seekable decoded;
		struct frameindex index = { 0 };
		struct frameindex again;
		struct buf file = { 0 };
		struct buf text = { 0 };
		struct err err = { 0 };
		int result;

		/* The seal has an entry of the table, too. */
		for (size_t j = 0; j < counts[i] + 1; j++)
			seekable_add(&table, 0, 0);
		seekable_encode(&table, &file);
		result = seekable_decode(
		    buf_bytes(&file), file.size, &decoded, &err);
		assert_int_equal(result, i == 0 ? 0 : -1);
		if (result == 0)
			seekable_release(&decoded);
		for (size_t j = 0; j < counts[i]; j++)
			frameindex_add(&index, &entry);
		frameindex_encode(&index, &text);
		err = (struct err){ 0 };
		result = frameindex_decode(buf_bytes(&text), &again, &err);
		assert_int_equal(result, i == 0 ? 0 : -1);
		if (result == 0)
			frameindex_release(&again);
		frameindex_release(&index);
		seekable_release(&table);
		buf_release(&file);
		buf_release(&text);
	}
}

/* --------------------------------------------------------------------- text */

static void
add_many(struct buf *out, char c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_char(out, c);
}

static void
json_is_not_deep(void **state)
{
	(void)state;
	for (int depth = LIMIT_DEPTH; depth <= LIMIT_DEPTH + 1; depth++) {
		struct buf text = { 0 };
		struct err err = { 0 };
		json_t *root = NULL;
		int result;

		buf_add_text(&text, "{\"a\":");
		add_many(&text, '[', (size_t)depth - 1);
		buf_add_text(&text, "\"[[[[[[[[[[[\"");
		add_many(&text, ']', (size_t)depth - 1);
		buf_add_char(&text, '}');
		result =
		    jsonline_parse(buf_bytes(&text), LIMIT_LINE, &root, &err);
		assert_int_equal(result, depth == LIMIT_DEPTH ? 0 : -1);
		if (result == 0)
			json_decref(root);
		buf_release(&text);
	}
}

static void
json_has_no_key_twice_and_is_utf8(void **state)
{
	static const char *const bad[] = { "{\"a\":1,\"a\":2}",
		"{\"a\":\"\xff\"}", "[]", "1", "", "{", "{}x", "{\"a\":1e999}",
		"{\"a\":9223372036854775808}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err err = { 0 };
		json_t *root = NULL;

		if (jsonline_parse(bytes_of(bad[i]), LIMIT_LINE, &root, &err) ==
		    0)
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
}

static void
lines_are_not_long_and_end(void **state)
{
	(void)state;
	for (size_t size = LIMIT_LINE - 1; size <= LIMIT_LINE; size++) {
		struct buf text = { 0 };
		struct textlines lines = { 0 };
		struct bytes line;
		struct err err = { 0 };
		bool more;

		add_many(&text, 'x', size);
		lines.rest = buf_bytes(&text);
		assert_int_equal(
		    textlines_next(&lines, &line, &more, &err), -1);
		buf_add_char(&text, '\n');
		lines.rest = buf_bytes(&text);
		err = (struct err){ 0 };
		assert_int_equal(textlines_next(&lines, &line, &more, &err),
		    size < LIMIT_LINE ? 0 : -1);
		buf_release(&text);
	}
}

/* The names that Kafka's own strings can have, and one byte more. */
static void
names_are_not_longer_than_kafkas(void **state)
{
	(void)state;
	for (size_t size = LIMIT_NAME; size <= LIMIT_NAME + 1; size++) {
		struct snapshot snapshot = { 0 };
		struct buf name = { 0 };
		struct err err = { 0 };

		modelgen_info(&snapshot);
		add_many(&name, 'x', size);
		snapshot.groups =
		    arena_alloc(&snapshot.arena, 1, sizeof(struct group));
		snapshot.group_count = 1;
		snapshot.groups[0] = (struct group){
			.name = buf_bytes(&name),
			.state = "Empty",
			.protocol_type = "",
			.state_ms = -1,
			.coordinator = -1,
			.read_start_ms = snapshot.info.from_ms,
			.read_end_ms = snapshot.info.to_ms,
		};
		model_count(&snapshot);
		assert_int_equal(
		    model_check(&snapshot, &err), size == LIMIT_NAME ? 0 : -1);
		buf_release(&name);
		snapshot_release(&snapshot);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_plain_files_are_members),
		cmocka_unit_test(a_members_name_leads_nowhere_else),
		cmocka_unit_test(a_members_size_fits_its_frame),
		cmocka_unit_test(a_member_that_stands_twice_is_refused),
		cmocka_unit_test(frames_have_a_size_a_window_and_a_checksum),
		cmocka_unit_test(there_are_not_more_frames_than_an_archive_has),
		cmocka_unit_test(json_is_not_deep),
		cmocka_unit_test(json_has_no_key_twice_and_is_utf8),
		cmocka_unit_test(lines_are_not_long_and_end),
		cmocka_unit_test(names_are_not_longer_than_kafkas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
