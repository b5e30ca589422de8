/*
 * test_archive_damage.c - contract 9: every changed byte is seen, and the
 * member that it is in is named.  Only a damaged seek table keeps nobody from
 * reading the rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/encoding.h"
#include "common/hash.h"
#include "formats/archive.h"
#include "formats/archive_parts.h"
#include "formats/membername.h"
#include "formats/seal.h"
#include "formats/seekable.h"
#include "tests/unit/formats/modeldump.h"
#include "tests/unit/formats/modelgen.h"

#define TAR_BLOCK 512
#define PART_MAX 64

static const int flipped_bits[] = { 0, 3, 4, 7 };

struct fixture {
	struct buf archive;
	struct buf changed;
	struct seekable frames;
};

static int
set_up(void **state)
{
	static struct fixture fixture;
	struct snapshot snapshot;
	struct err err = { 0 };

	modelgen_rescue(&snapshot, true);
	fixture = (struct fixture){ 0 };
	assert_int_equal(archive_encode(&snapshot, &fixture.archive, &err), 0);
	assert_int_equal(archive_parts_frames(buf_bytes(&fixture.archive),
			     &fixture.frames, &err),
	    0);
	snapshot_release(&snapshot);
	*state = &fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	buf_release(&fixture->archive);
	buf_release(&fixture->changed);
	seekable_release(&fixture->frames);
	return 0;
}

/* What a finding about the byte at offset should name. */
static void
part_at(const struct fixture *fixture, size_t offset, char out[PART_MAX])
{
	const struct seekable *frames = &fixture->frames;
	const struct seekable_frame *last = &frames->frames[frames->count - 1];
	struct archive_member member;
	struct err err = { 0 };

	if (offset >= last->offset + last->size) {
		(void)snprintf(out, PART_MAX, "%s",
		    offset < last->offset + last->size + SEAL_SIZE
			? "seal"
			: "seek table");
		return;
	}
	assert_int_equal(archive_member_init(&member, &err), 0);
	for (size_t i = 0; i < frames->count; i++) {
		if (offset < frames->frames[i].offset ||
		    offset >= frames->frames[i].offset + frames->frames[i].size)
			continue;
		assert_int_equal(
		    archive_member_open(&member,
			archive_parts_frame(
			    buf_bytes(&fixture->archive), frames, i),
			i == frames->count - 1, &err),
		    0);
		(void)snprintf(
		    out, PART_MAX, "%.*s", PART_MAX - 1, member.name);
	}
	archive_member_release(&member);
}

static void
expect_refused(struct bytes archive, const char *what)
{
	struct snapshot decoded = { 0 };
	struct archive_report report;
	struct err err = { 0 };

	archive_verify(archive, &report);
	if (report.count == 0)
		fail_msg("%s: verify found nothing", what);
	archive_report_release(&report);
	if (archive_decode(archive, &decoded, &err) == 0)
		fail_msg("%s: decode took it", what);
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_null(decoded.groups);
}

/* Only the seek table is not as it must be: that is found, and all the rest is
 * read, as the seal vouches for it. */
static void
expect_table_damaged(
    const struct fixture *fixture, struct bytes archive, const char *what)
{
	struct snapshot whole = { 0 };
	struct snapshot decoded = { 0 };
	struct archive_report report;
	struct err err = { 0 };

	archive_verify(archive, &report);
	if (report.count == 0)
		fail_msg("%s: verify found nothing", what);
	archive_report_release(&report);
	if (archive_decode(archive, &decoded, &err) != 0)
		fail_msg("%s: %s", what, err.message);
	assert_true(decoded.table_is_damaged);
	assert_int_equal(
	    archive_decode(buf_bytes(&fixture->archive), &whole, &err), 0);
	assert_false(whole.table_is_damaged);
	assert_true(modeldump_equal(&whole, &decoded));
	snapshot_release(&whole);
	snapshot_release(&decoded);
}

static void
every_changed_byte_is_refused_and_its_member_named(void **state)
{
	struct fixture *fixture = *state;
	const struct bytes whole = buf_bytes(&fixture->archive);
	struct buf *changed = &fixture->changed;

	for (size_t i = 0; i < whole.size; i++) {
		char part[PART_MAX];

		part_at(fixture, i, part);
		for (size_t bit = 0; bit < 4; bit++) {
			struct archive_report report;
			struct snapshot decoded = { 0 };
			struct err err = { 0 };

			buf_clear(changed);
			buf_add_bytes(changed, whole);
			changed->data[i] = (char)((unsigned char)whole.data[i] ^
			    (1U << flipped_bits[bit]));
			archive_verify(buf_bytes(changed), &report);
			if (report.count == 0)
				fail_msg("byte %zu: nothing found", i);
			if (strcmp(report.findings[0].member, part) != 0 ||
			    report.count != 1)
				fail_msg("byte %zu in %s: %zu, %s: %s", i, part,
				    report.count, report.findings[0].member,
				    report.findings[0].text);
			archive_report_release(&report);
			if (strcmp(part, "seek table") == 0) {
				expect_table_damaged(
				    fixture, buf_bytes(changed), part);
				continue;
			}
			assert_int_equal(
			    archive_decode(buf_bytes(changed), &decoded, &err),
			    -1);
			assert_int_equal(err.kind, ERR_CORRUPT);
			if (strncmp(err.message, part, strlen(part)) != 0)
				fail_msg(
				    "byte %zu in %s: %s", i, part, err.message);
		}
	}
}

static void
truncation_at_every_length_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct seekable *frames = &fixture->frames;
	const struct seekable_frame *last = &frames->frames[frames->count - 1];
	struct bytes cut = buf_bytes(&fixture->archive);
	char what[PART_MAX];

	while (cut.size > 0) {
		cut.size--;
		(void)snprintf(what, sizeof(what), "cut to %zu", cut.size);
		if (cut.size < last->offset + last->size + SEAL_SIZE)
			expect_refused(cut, what);
		else
			expect_table_damaged(fixture, cut, what);
	}
}

static void
bytes_behind_the_end_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct buf *changed = &fixture->changed;

	buf_clear(changed);
	buf_add_bytes(changed, buf_bytes(&fixture->archive));
	buf_add_char(changed, '\0');
	expect_refused(buf_bytes(changed), "one more byte");
}

static void
two_archives_in_one_file_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct buf *changed = &fixture->changed;
	struct archive_report report;

	buf_clear(changed);
	buf_add_bytes(changed, buf_bytes(&fixture->archive));
	buf_add_bytes(changed, buf_bytes(&fixture->archive));
	expect_refused(buf_bytes(changed), "glued");
	archive_verify(buf_bytes(changed), &report);
	assert_string_equal(report.findings[0].member, "file");
	archive_report_release(&report);
}

static void
bytes_before_the_beginning_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct buf *changed = &fixture->changed;

	buf_clear(changed);
	buf_add_char(changed, 'x');
	buf_add_bytes(changed, buf_bytes(&fixture->archive));
	expect_refused(buf_bytes(changed), "one byte before");
}

static void
an_edited_manifest_under_the_old_seal_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct buf *changed = &fixture->changed;
	const struct bytes whole = buf_bytes(&fixture->archive);
	const struct seekable *frames = &fixture->frames;
	const struct seekable_frame *last = &frames->frames[frames->count - 1];
	struct archive_member member;
	struct frame_encoder *encoder = NULL;
	struct archive_report report;
	struct seekable table = { 0 };
	struct err err = { 0 };
	size_t size;
	char *found;

	assert_int_equal(archive_member_init(&member, &err), 0);
	assert_int_equal(frame_encoder_new(&encoder, &err), 0);
	assert_int_equal(
	    archive_member_open_named(&member,
		archive_parts_frame(whole, frames, frames->count - 1),
		MEMBER_MANIFEST, &err),
	    0);
	/* The tar header before the text is full of NUL bytes. */
	found = strstr(member.raw.data + TAR_BLOCK, "\"positions\":");
	assert_non_null(found);
	found += strlen("\"positions\":");
	*found = *found == '7' ? '8' : '7';

	/* All of it as a program would write it, but the seal. */
	buf_clear(changed);
	buf_add(changed, whole.data, last->offset);
	assert_int_equal(
	    frame_encode(encoder, buf_bytes(&member.raw), changed, &err), 0);
	size = changed->size - last->offset;
	buf_add(changed, whole.data + last->offset + last->size, SEAL_SIZE);
	for (size_t i = 0; i + 1 < frames->count; i++)
		seekable_add(&table, frames->frames[i].size,
		    frames->frames[i].content_size);
	seekable_add(&table, size, last->content_size);
	seekable_add(&table, SEAL_SIZE, 0);
	seekable_encode(&table, changed);

	expect_refused(buf_bytes(changed), "edited manifest");
	archive_verify(buf_bytes(changed), &report);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.findings[0].member, MEMBER_MANIFEST);
	archive_report_release(&report);
	seekable_release(&table);
	frame_encoder_free(encoder);
	archive_member_release(&member);
}

static void
foreign_files_are_refused(void **state)
{
	(void)state;
	expect_refused(bytes_of(""), "nothing");
	expect_refused(bytes_of("not an archive at all"), "text");
}

static void
a_whole_archive_has_no_finding(void **state)
{
	const struct fixture *fixture = *state;
	struct archive_report report;

	archive_verify(buf_bytes(&fixture->archive), &report);
	assert_int_equal(report.count, 0);
	assert_int_equal(report.frame_count, fixture->frames.count);
	assert_int_equal(report.info.position_count, 6);
	archive_report_release(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_archive_has_no_finding),
		cmocka_unit_test(
		    every_changed_byte_is_refused_and_its_member_named),
		cmocka_unit_test(truncation_at_every_length_is_refused),
		cmocka_unit_test(bytes_behind_the_end_are_refused),
		cmocka_unit_test(two_archives_in_one_file_are_refused),
		cmocka_unit_test(bytes_before_the_beginning_are_refused),
		cmocka_unit_test(
		    an_edited_manifest_under_the_old_seal_is_refused),
		cmocka_unit_test(foreign_files_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
