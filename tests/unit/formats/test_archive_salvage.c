/*
 * test_archive_salvage.c - what is read of a damaged archive was there, and
 * what is lost is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "formats/archive_parts.h"
#include "formats/archive_salvage.h"
#include "formats/csvrest.h"
#include "formats/membername.h"
#include "formats/windowbuild.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/formats/windowgen.h"

struct fixture {
	struct snapshot whole;
	struct buf archive;
	struct buf changed;
	struct seekable frames;
};

static int
set_up(void **state)
{
	static struct fixture fixture;
	struct err err = { 0 };

	fixture = (struct fixture){ 0 };
	modelgen_wide(&fixture.whole);
	assert_int_equal(
	    archive_encode(&fixture.whole, &fixture.archive, &err), 0);
	assert_int_equal(archive_parts_frames(buf_bytes(&fixture.archive),
			     &fixture.frames, &err),
	    0);
	*state = &fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	snapshot_release(&fixture->whole);
	buf_release(&fixture->archive);
	buf_release(&fixture->changed);
	seekable_release(&fixture->frames);
	return 0;
}

/* Everything in it stands in the whole, too; returns how many positions. */
static size_t
count_right(const struct snapshot *whole, const struct snapshot *part)
{
	size_t count = 0;

	for (size_t i = 0; i < part->group_count; i++) {
		const struct group *group = &part->groups[i];

		for (size_t j = 0; j < group->topic_count; j++) {
			const struct group_topic *topic = &group->topics[j];

			for (size_t k = 0; k < topic->count; k++) {
				const struct position *right =
				    group_find_position(
					model_find_group(whole, group->name),
					topic->topic,
					topic->positions[k].partition);

				assert_non_null(right);
				assert_true(right->offset ==
				    topic->positions[k].offset);
				count++;
			}
		}
	}
	return count;
}

static bool
tells(const struct archive_report *report, const char *member)
{
	for (size_t i = 0; i < report->count; i++) {
		if (strcmp(report->findings[i].member, member) == 0)
			return true;
	}
	return false;
}

static void
name_of(const struct fixture *fixture, size_t number, char *out)
{
	struct archive_member member;
	struct err err = { 0 };

	assert_int_equal(archive_member_init(&member, &err), 0);
	assert_int_equal(archive_member_open(&member,
			     archive_parts_frame(buf_bytes(&fixture->archive),
				 &fixture->frames, number),
			     number == fixture->frames.count - 1, &err),
	    0);
	memcpy(out, member.name, TARMEMBER_NAME_MAX);
	archive_member_release(&member);
}

static void
a_whole_archive_loses_nothing(void **state)
{
	const struct fixture *fixture = *state;
	struct salvage salvage;

	archive_salvage(buf_bytes(&fixture->archive), &salvage);
	assert_true(salvage.has_info);
	assert_int_equal(salvage.report.count, 0);
	assert_int_equal(salvage.row_count, 0);
	assert_int_equal(count_right(&fixture->whole, &salvage.snapshot),
	    fixture->whole.info.position_count);
	salvage_release(&salvage);
}

static void
check_rows(const struct snapshot *whole, const struct salvage *salvage)
{
	struct csvrest strange = { .snapshot = whole };

	csvrest_member(&strange, buf_bytes(&salvage->rows));
	assert_int_equal(strange.row_count, 0);
	csvrest_release(&strange);
}

static void
flip(struct buf *archive, size_t at)
{
	archive->data[at] = (char)((unsigned char)archive->data[at] ^ 4U);
}

/* Each member in turn is damaged, with the table and without. */
static void
one_damaged_member_loses_only_what_hangs_on_it(void **state)
{
	struct fixture *fixture = *state;
	const size_t all = fixture->whole.info.position_count;

	for (size_t i = 0; i < 2 * fixture->frames.count; i++) {
		const size_t number = i / 2;
		const struct seekable_frame *frame =
		    &fixture->frames.frames[number];
		char name[TARMEMBER_NAME_MAX];
		struct salvage salvage;
		size_t count;

		name_of(fixture, number, name);
		buf_clear(&fixture->changed);
		buf_add_bytes(&fixture->changed, buf_bytes(&fixture->archive));
		flip(&fixture->changed, frame->offset + frame->size / 2);
		if (i % 2 == 1)
			fixture->changed.size -= 30; /* of the table */
		archive_salvage(buf_bytes(&fixture->changed), &salvage);
		count = count_right(&fixture->whole, &salvage.snapshot);
		if (!tells(&salvage.report, name) &&
		    !tells(&salvage.report, "file"))
			fail_msg("%s is not named", name);
		/* The numbers stand in offsets/ once more. */
		assert_int_equal(salvage.row_count, all - count);
		check_rows(&fixture->whole, &salvage);
		if (membername_parse(name).kind != MEMBER_GROUPS)
			assert_int_equal(count, all);
		else
			assert_true(count < all);
		/* The groups before and behind the wide ones. */
		if (membername_parse(name).kind != MEMBER_GROUPS ||
		    membername_parse(name).number > 0)
			assert_non_null(
			    model_find_group(&salvage.snapshot, bytes_of("a")));
		salvage_release(&salvage);
	}
}

static void
what_goes_on_over_a_gap_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct seekable_frame frame = { 0 };
	struct salvage salvage;
	char name[TARMEMBER_NAME_MAX];

	for (size_t i = 0; i < fixture->frames.count; i++) {
		name_of(fixture, i, name);
		if (strcmp(name, "groups/00001.jsonl") == 0)
			frame = fixture->frames.frames[i];
	}
	assert_true(frame.size > 0);
	buf_clear(&fixture->changed);
	buf_add_bytes(&fixture->changed, buf_bytes(&fixture->archive));
	memset(fixture->changed.data + frame.offset, 0, frame.size);
	archive_salvage(buf_bytes(&fixture->changed), &salvage);
	assert_true(tells(&salvage.report, "groups/00001.jsonl"));
	assert_true(tells(&salvage.report, "groups/"));
	assert_true(count_right(&fixture->whole, &salvage.snapshot) > 0);
	salvage_release(&salvage);
}

static void
nothing_is_found_in_nothing(void **state)
{
	static const char *const texts[] = { "", "x", "\x28\xb5\x2f\xfd",
		"\x28\xb5\x2f\xfd\x28\xb5\x2f\xfd" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct salvage salvage;

		archive_salvage(bytes_of(texts[i]), &salvage);
		assert_false(salvage.has_info);
		assert_int_equal(salvage.snapshot.group_count, 0);
		assert_true(salvage.report.count > 0);
		salvage_release(&salvage);
	}
}

/* A window of some captures; last is the last of them. */
static void
make_window(struct buf *archive, struct snapshot *last)
{
	struct windowgen *gen = windowgen_new(3);
	struct windowbuild *window;
	struct snapshot_info info;
	struct err err = { 0 };

	windowgen_step(gen, last);
	window = windowbuild_new(last);
	for (size_t i = 1; i < 9; i++) {
		snapshot_release(last);
		windowgen_step(gen, last);
		assert_int_equal(windowbuild_add(window, last), WINDOW_TAKEN);
	}
	assert_int_equal(windowbuild_encode(window, archive, &info, &err), 0);
	windowbuild_free(window);
	windowgen_free(gen);
}

/* Flip a bit in the frame of that member. */
static void
damage_member(struct buf *archive, const char *name)
{
	struct archive_member member;
	struct seekable frames = { 0 };
	struct err err = { 0 };
	size_t at = 0;

	assert_int_equal(archive_member_init(&member, &err), 0);
	assert_int_equal(
	    archive_parts_frames(buf_bytes(archive), &frames, &err), 0);
	for (size_t i = 0; i < frames.count; i++) {
		assert_int_equal(
		    archive_member_open(&member,
			archive_parts_frame(buf_bytes(archive), &frames, i),
			i == frames.count - 1, &err),
		    0);
		if (strcmp(member.name, name) == 0)
			at =
			    frames.frames[i].offset + frames.frames[i].size / 2;
	}
	assert_true(at > 0);
	flip(archive, at);
	archive_member_release(&member);
	seekable_release(&frames);
}

/* Offsets that are told by log ends need those; the rows have them still. */
static void
of_a_window_without_its_logs_the_last_capture_is_saved(void **state)
{
	struct snapshot last;
	struct salvage salvage;
	struct buf archive = { 0 };
	size_t count;

	(void)state;
	make_window(&archive, &last);
	damage_member(&archive, "topics/00000.jsonl");
	archive_salvage(buf_bytes(&archive), &salvage);
	assert_true(tells(&salvage.report, "topics/00000.jsonl"));
	assert_true(tells(&salvage.report, "groups/"));
	count = count_right(&last, &salvage.snapshot);
	assert_true(count > 0 && count < last.info.position_count);
	assert_true(salvage.row_count > 0);
	check_rows(&last, &salvage);
	salvage_release(&salvage);
	buf_release(&archive);
	snapshot_release(&last);
}

static void
of_a_window_without_its_manifest_it_is_told_what_is_shown(void **state)
{
	struct snapshot last, whole;
	struct salvage salvage;
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	make_window(&archive, &last);
	assert_int_equal(archive_decode(buf_bytes(&archive), &whole, &err), 0);
	assert_true(whole.info.window.hole_count > whole.hole_count);
	damage_member(&archive, "MANIFEST.json");
	archive_salvage(buf_bytes(&archive), &salvage);
	assert_false(salvage.has_info);
	/* A hole of any of its captures may be one of what is shown. */
	assert_int_equal(
	    salvage.snapshot.hole_count, whole.info.window.hole_count);
	assert_true(tells(&salvage.report, "groups/"));
	assert_true(salvage.snapshot.group_count >= last.group_count);
	salvage_release(&salvage);
	snapshot_release(&whole);
	buf_release(&archive);
	snapshot_release(&last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_archive_loses_nothing),
		cmocka_unit_test(
		    one_damaged_member_loses_only_what_hangs_on_it),
		cmocka_unit_test(what_goes_on_over_a_gap_is_told),
		cmocka_unit_test(nothing_is_found_in_nothing),
		cmocka_unit_test(
		    of_a_window_without_its_logs_the_last_capture_is_saved),
		cmocka_unit_test(
		    of_a_window_without_its_manifest_it_is_told_what_is_shown),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
