/*
 * test_groupline.c - a line of groups/ there and back: what stands in it, how
 * long it gets, and that the short way to read it finds what jansson finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/timetext.h"
#include "formats/groupbuild.h"
#include "formats/groupline.h"
#include "formats/groupscan.h"
#include "formats/limits.h"
#include "tests/unit/formats/modelgen.h"

#define RANDOM_MODELS 100
#define MANY 40000

static void
expect_equal_bytes(struct bytes left, struct bytes right)
{
	assert_int_equal(left.data == NULL, right.data == NULL);
	assert_true(bytes_equal(left, right));
}

static void
expect_equal(const struct groupline *left, const struct groupline *right)
{
	assert_true(bytes_equal(left->group, right->group));
	assert_int_equal(left->part, right->part);
	assert_int_equal(left->coordinator, right->coordinator);
	assert_int_equal(left->since, right->since);
	assert_int_equal(left->has_read, right->has_read);
	assert_int_equal(left->read_start, right->read_start);
	assert_int_equal(left->read_end, right->read_end);
	assert_int_equal(left->count, right->count);
	for (size_t i = 0; i < left->count; i++) {
		const struct groupline_topic *a = &left->topics[i];
		const struct groupline_topic *b = &right->topics[i];

		assert_true(bytes_equal(a->topic, b->topic));
		expect_equal_bytes(a->partitions, b->partitions);
		expect_equal_bytes(a->offsets, b->offsets);
		expect_equal_bytes(a->epochs, b->epochs);
		expect_equal_bytes(a->commits, b->commits);
		expect_equal_bytes(a->expires, b->expires);
		expect_equal_bytes(a->metadata, b->metadata);
		expect_equal_bytes(a->unstable, b->unstable);
	}
}

/* True if the short way took the line; then jansson has the same. */
static bool
compare_readings(struct bytes text)
{
	struct groupline scanned = { 0 };
	struct groupline loaded = { 0 };
	struct err err = { 0 };
	bool taken;

	groupline_clear(&scanned);
	taken = groupscan_line(text, &scanned);
	if (groupline_load(text, &loaded, &err) != 0)
		fail_msg("%s", err.message);
	if (taken)
		expect_equal(&scanned, &loaded);
	groupline_release(&scanned);
	groupline_release(&loaded);
	return taken;
}

/* Every line that the model's groups make; returns how many there were. */
static size_t
compare_model(const struct snapshot *snapshot, size_t *taken)
{
	struct buf text = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		struct groupline_place place = { 0 };
		bool more = true;

		while (more) {
			buf_clear(&text);
			more = groupline_add(&snapshot->groups[i], NULL,
			    &snapshot->info, &place, &text);
			assert_true(text.size <= LIMIT_LINE);
			/* Without its newline, as a reader has it. */
			*taken += compare_readings(
			    (struct bytes){ text.data, text.size - 1 });
			count++;
		}
	}
	buf_release(&text);
	return count;
}

static void
both_ways_to_read_a_line_find_the_same(void **state)
{
	size_t count = 0;
	size_t taken = 0;

	(void)state;
	for (uint64_t seed = 0; seed < RANDOM_MODELS; seed++) {
		struct snapshot snapshot;

		modelgen_random(&snapshot, seed);
		count += compare_model(&snapshot, &taken);
		snapshot_release(&snapshot);
	}
	/* Awkward names are left to jansson; the others are not. */
	assert_true(taken > count / 2);
	assert_true(taken < count);
}

static void
times_of_commits_stand_in_the_short_form(void **state)
{
	struct snapshot snapshot;
	size_t taken = 0;

	(void)state;
	modelgen_rescue(&snapshot, true);
	assert_int_equal(compare_model(&snapshot, &taken), 2);
	assert_int_equal(taken, 2);
	snapshot_release(&snapshot);
}

static void
what_is_not_known_leaves_no_trace(void **state)
{
	struct snapshot snapshot;
	struct groupline_place place = { 0 };
	struct buf text = { 0 };

	(void)state;
	modelgen_small(&snapshot);
	assert_false(groupline_add(
	    &snapshot.groups[0], NULL, &snapshot.info, &place, &text));
	assert_null(strstr(buf_text(&text), "commits"));
	assert_null(strstr(buf_text(&text), "expires"));
	assert_null(strstr(buf_text(&text), "since"));
	buf_release(&text);
	snapshot_release(&snapshot);
}

/* --- long groups ------------------------------------------------------- */

enum longest {
	LONGEST_PLAIN,
	LONGEST_COMMITS,
	LONGEST_BOTH
};

/* The widest numbers that there are, so that the limit is just kept. */
static void
make_long(struct snapshot *snapshot, enum longest longest)
{
	struct group_topic *topic;

	modelgen_small(snapshot);
	snapshot->group_count = 1;
	snapshot->groups[0].state_ms = TIME_LAST_MS;
	topic = &snapshot->groups[0].topics[0];
	topic->positions =
	    arena_alloc(&snapshot->arena, MANY, sizeof(*topic->positions));
	topic->count = MANY;
	for (size_t i = 0; i < MANY; i++)
		topic->positions[i] = (struct position){
			.partition = INT32_MAX - MANY + (int32_t)i,
			.offset = INT64_MIN,
			.epoch = INT32_MAX,
			.metadata = "",
			.unstable = true,
			.commit_ms =
			    longest == LONGEST_PLAIN ? -1 : TIME_LAST_MS,
			.expire_ms =
			    longest == LONGEST_BOTH ? TIME_LAST_MS : -1,
		};
	model_count(snapshot);
}

static void
expect_long(enum longest longest, size_t *lines)
{
	struct snapshot snapshot;
	struct snapshot built = { 0 };
	struct groupbuild build = { .snapshot = &built, .limit = 1 };
	struct groupline_place place = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };
	bool more = true;

	make_long(&snapshot, longest);
	built.info = snapshot.info;
	built.groups = arena_alloc(&built.arena, 1, sizeof(*built.groups));
	for (*lines = 0; more; ++*lines) {
		buf_clear(&text);
		more = groupline_add(
		    &snapshot.groups[0], NULL, &snapshot.info, &place, &text);
		assert_true(text.size <= LIMIT_LINE);
		if (more) /* and most of the room is used */
			assert_true(text.size > LIMIT_LINE / 4 * 3);
		if (groupbuild_line(&build,
			(struct bytes){ text.data, text.size - 1 }, &err) != 0)
			fail_msg("%s", err.message);
	}
	groupbuild_finish(&build);
	assert_int_equal(built.groups[0].state_ms, TIME_LAST_MS);
	assert_int_equal(built.groups[0].topics[0].count, MANY);
	for (size_t i = 0; i < MANY; i++) {
		const struct position *a =
		    &snapshot.groups[0].topics[0].positions[i];
		const struct position *b =
		    &built.groups[0].topics[0].positions[i];

		assert_int_equal(a->partition, b->partition);
		assert_int_equal(a->commit_ms, b->commit_ms);
		assert_int_equal(a->expire_ms, b->expire_ms);
	}
	groupbuild_release(&build);
	buf_release(&text);
	snapshot_release(&built);
	snapshot_release(&snapshot);
}

static void
long_groups_go_on_in_lines_that_are_full_and_not_too_long(void **state)
{
	size_t plain, commits, both;

	(void)state;
	expect_long(LONGEST_PLAIN, &plain);
	expect_long(LONGEST_COMMITS, &commits);
	expect_long(LONGEST_BOTH, &both);
	assert_true(plain > 2);
	assert_true(plain < commits);
	assert_true(commits < both);
}

/* A time that only a later position has makes a column for all before it. */
static void
times_that_begin_late_keep_the_limit(void **state)
{
	struct snapshot snapshot;
	struct position *positions;
	struct groupline_place place = { 0 };
	struct buf text = { 0 };
	bool more = true;

	(void)state;
	make_long(&snapshot, LONGEST_BOTH);
	positions = snapshot.groups[0].topics[0].positions;
	for (size_t i = 0; i < MANY; i++) {
		if (i % 3500 != 3499) {
			positions[i].commit_ms = -1;
			positions[i].expire_ms = -1;
		}
	}
	while (more) {
		buf_clear(&text);
		more = groupline_add(
		    &snapshot.groups[0], NULL, &snapshot.info, &place, &text);
		assert_true(text.size <= LIMIT_LINE);
	}
	buf_release(&text);
	snapshot_release(&snapshot);
}

/* --- what is refused --------------------------------------------------- */

#define HEAD                                                         \
	"{\"group\":\"g\",\"type\":\"classic\",\"state\":\"Empty\"," \
	"\"protocol_type\":\"consumer\""
#define TOPIC                                                               \
	",\"topics\":[{\"topic\":\"t\",\"partitions\":\"0 1\",\"offsets\":" \
	"\"5 6\""

static int
build_line(const char *text, struct position out[2])
{
	struct snapshot built = { 0 };
	struct groupbuild build = { .snapshot = &built, .limit = 1 };
	struct err err = { 0 };
	int result;

	modelgen_info(&built);
	built.groups = arena_alloc(&built.arena, 1, sizeof(*built.groups));
	result = groupbuild_line(&build, bytes_of(text), &err);
	groupbuild_finish(&build);
	if (result == 0)
		memcpy(
		    out, built.groups[0].topics[0].positions, 2 * sizeof(*out));
	else
		assert_int_equal(err.kind, ERR_CORRUPT);
	groupbuild_release(&build);
	snapshot_release(&built);
	return result;
}

static void
lines_of_older_writers_say_that_times_are_not_known(void **state)
{
	struct position positions[2] = { 0 };

	(void)state;
	assert_int_equal(build_line(HEAD TOPIC "}]}", positions), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(positions[i].commit_ms, -1);
		assert_int_equal(positions[i].expire_ms, -1);
	}
	assert_int_equal(
	    build_line(HEAD TOPIC ",\"commits\":\"-1 9\",\"later\":\"x\"}]}",
		positions),
	    0);
	assert_int_equal(positions[0].commit_ms, -1);
	assert_int_equal(positions[1].commit_ms, 9);
}

static void
damaged_times_are_refused(void **state)
{
	static const char *const lines[] = {
		HEAD TOPIC ",\"commits\":\"1\"}]}",
		HEAD TOPIC ",\"commits\":\"1 2 3\"}]}",
		HEAD TOPIC ",\"commits\":\"\"}]}",
		HEAD TOPIC ",\"commits\":\"1 -2\"}]}",
		HEAD TOPIC ",\"commits\":\"1 253402300800000\"}]}",
		HEAD TOPIC ",\"commits\":\"1 x\"}]}",
		HEAD TOPIC ",\"commits\":[1,2]}]}",
		HEAD TOPIC ",\"expires\":\"1\"}]}",
		HEAD TOPIC ",\"expires\":\"1 -2\"}]}",
		HEAD TOPIC ",\"expires\":7}]}",
		HEAD ",\"since\":-2" TOPIC "}]}",
		HEAD ",\"since\":253402300800000" TOPIC "}]}",
		HEAD ",\"since\":\"5\"" TOPIC "}]}",
	};
	struct position positions[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (build_line(lines[i], positions) == 0)
			fail_msg("taken: %s", lines[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_to_read_a_line_find_the_same),
		cmocka_unit_test(times_of_commits_stand_in_the_short_form),
		cmocka_unit_test(what_is_not_known_leaves_no_trace),
		cmocka_unit_test(
		    long_groups_go_on_in_lines_that_are_full_and_not_too_long),
		cmocka_unit_test(times_that_begin_late_keep_the_limit),
		cmocka_unit_test(
		    lines_of_older_writers_say_that_times_are_not_known),
		cmocka_unit_test(damaged_times_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
