/*
 * test_times.c - the lines of times/: there and back, over as many lines as a
 * topic needs, and nothing malformed is taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "formats/limits.h"
#include "formats/textlines.h"
#include "formats/timesbuild.h"
#include "formats/timesline.h"
#include "tests/unit/formats/modeldump.h"
#include "tests/unit/formats/modelgen.h"

#define TOPICS_MAX 4

/* Build what has nothing but these lines. */
static int
build_lines(struct bytes text, struct snapshot *out, struct err *err)
{
	struct timesbuild build = { .snapshot = out, .limit = TOPICS_MAX };
	struct textlines lines = { text, 0 };
	struct bytes line = { 0 };
	bool more = true;
	int result = 0;

	*out = (struct snapshot){ 0 };
	out->times = arena_alloc(&out->arena, TOPICS_MAX, sizeof(*out->times));
	while (result == 0 && more) {
		result = textlines_next(&lines, &line, &more, err);
		if (result == 0 && more)
			result = timesbuild_line(&build, line, err);
	}
	timesbuild_finish(&build);
	timesbuild_release(&build);
	return result == 0 ? model_check_content(out, err) : result;
}

static void
expect_refused(const char *text, const char *why)
{
	struct snapshot snapshot;
	struct err err = { 0 };

	assert_int_equal(build_lines(bytes_of(text), &snapshot, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	if (strstr(err.message, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.message, why);
	snapshot_release(&snapshot);
}

static void
a_line_says_what_was_asked_and_answered(void **state)
{
	static const char text[] =
	    "{\"topic\":\"orders\",\"partitions\":\"0 0 1\","
	    "\"times\":\"0 1764079500123 0\",\"offsets\":\"120 188 -1\","
	    "\"found\":\"1764000000000 1764079500200 -1\","
	    "\"open\":\"2\",\"since\":\"0\"}\n";
	const struct partition_times *partition;
	struct timesline_place place = { 0 };
	struct snapshot snapshot;
	struct buf written = { 0 };
	struct err err = { 0 };
	int64_t since = -1;

	(void)state;
	assert_int_equal(build_lines(bytes_of(text), &snapshot, &err), 0);
	assert_int_equal(snapshot.times_count, 1);
	assert_int_equal(snapshot.times[0].count, 2);
	partition = times_find_partition(&snapshot.times[0], 0);
	assert_non_null(partition);
	assert_int_equal(partition->count, 2);
	assert_true(partition->points[1].asked_ms == INT64_C(1764079500123));
	assert_true(partition->points[1].offset == 188);
	assert_true(partition->points[1].found_ms == INT64_C(1764079500200));
	partition = times_find_partition(&snapshot.times[0], 1);
	assert_true(partition->points[0].offset == -1);
	assert_null(times_find_partition(&snapshot.times[0], 2));
	assert_true(times_find_gap(&snapshot.times[0], 2, &since));
	assert_true(since == 0);
	assert_false(times_find_gap(&snapshot.times[0], 1, &since));
	assert_false(timesline_add(&snapshot.times[0], &place, &written));
	assert_string_equal(buf_text(&written), text);
	buf_release(&written);
	snapshot_release(&snapshot);
}

static void
unknown_keys_are_ignored_and_found_may_be_left_out(void **state)
{
	struct snapshot snapshot;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    build_lines(bytes_of("{\"topic_b64\":\"/w==\",\"partitions\":\"7\","
				 "\"times\":\"5\",\"offsets\":\"6\","
				 "\"later\":{\"x\":[1]}}\n"),
		&snapshot, &err),
	    0);
	assert_true(snapshot.times[0].topic.size == 1);
	assert_true(snapshot.times[0].partitions[0].points[0].found_ms == -1);
	snapshot_release(&snapshot);
}

/* Thousands of partitions with a point, and as many with a gap. */
static void
a_topic_goes_on_over_lines_within_the_limit(void **state)
{
	const size_t count = 20000;
	struct topic_times times = { .topic = bytes_of("wide") };
	struct timesline_place place = { 0 };
	struct snapshot expected = { 0 };
	struct snapshot snapshot;
	struct buf text = { 0 };
	struct err err = { 0 };
	size_t lines = 0;
	bool more = true;

	(void)state;
	times.partitions =
	    arena_alloc(&expected.arena, count, sizeof(*times.partitions));
	times.gaps = arena_alloc(&expected.arena, count, sizeof(*times.gaps));
	for (size_t i = 0; i < count; i++) {
		struct time_point *point =
		    arena_alloc(&expected.arena, 1, sizeof(*point));

		*point = (struct time_point){ INT64_MAX, INT64_MAX, INT64_MAX };
		times.partitions[times.count++] =
		    (struct partition_times){ INT32_MAX - (int32_t)(count - i),
			    point, 1 };
		times.gaps[times.gap_count++] =
		    (struct time_gap){ INT32_MAX - (int32_t)(count - i),
			    INT64_MAX };
	}
	for (; more; lines++) {
		const size_t before = text.size;

		more = timesline_add(&times, &place, &text);
		assert_true(text.size - before <= LIMIT_LINE);
	}
	assert_true(lines > 4);
	assert_int_equal(build_lines(buf_bytes(&text), &snapshot, &err), 0);
	expected.times = &times;
	expected.times_count = 1;
	assert_int_equal(snapshot.times[0].gap_count, count);
	assert_int_equal(snapshot.times[0].count, count);
	assert_true(modeldump_equal(&expected, &snapshot));
	snapshot_release(&snapshot);
	snapshot_release(&expected);
	buf_release(&text);
}

static void
what_is_malformed_is_refused(void **state)
{
	(void)state;
	expect_refused("{\"partitions\":\"0\",\"times\":\"0\","
		       "\"offsets\":\"0\"}\n",
	    "\"topic\" is missing");
	expect_refused("{\"topic\":\"t\",\"partitions\":\"0 1\","
		       "\"times\":\"0\",\"offsets\":\"0 0\"}\n",
	    "not equally long");
	expect_refused("{\"topic\":\"t\",\"partitions\":\"0\",\"times\":\"0\","
		       "\"offsets\":\"0\",\"found\":\"\"}\n",
	    "not equally long");
	expect_refused("{\"topic\":\"t\",\"open\":\"1\"}\n", "equally long");
	expect_refused("{\"topic\":\"t\",\"partitions\":\"0\",\"times\":\"-1\","
		       "\"offsets\":\"0\"}\n",
	    "malformed");
	expect_refused(
	    "{\"topic\":\"t\",\"open\":\"1\",\"since\":\"x\"}\n", "malformed");
	expect_refused("{\"topic\":\"t\",\"part\":1}\n", "does not go on here");
	expect_refused("{\"topic\":\"t\"}\n{\"topic\":\"t\",\"part\":2}\n",
	    "does not go on here");
	expect_refused("{\"topic\":\"t\"}\n{\"topic\":\"u\",\"part\":1}\n",
	    "does not go on here");
	expect_refused("{\"topic\":\"t\"}\n{\"topic\":\"t\"}\n", "twice");
	expect_refused("{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n"
		       "{\"topic\":\"c\"}\n{\"topic\":\"d\"}\n"
		       "{\"topic\":\"e\"}\n",
	    "more topics");
}

static void
what_breaks_the_rules_is_refused(void **state)
{
	(void)state;
	expect_refused("{\"topic\":\"t\",\"partitions\":\"0 0\","
		       "\"times\":\"5 5\",\"offsets\":\"0 0\"}\n",
	    "a time twice");
	expect_refused("{\"topic\":\"t\",\"partitions\":\"1 0\","
		       "\"times\":\"5 5\",\"offsets\":\"0 0\"}\n",
	    "a partition twice or out of order");
	expect_refused("{\"topic\":\"t\",\"partitions\":\"0\",\"times\":\"5\","
		       "\"offsets\":\"0\",\"found\":\"4\"}\n",
	    "out of range");
	expect_refused("{\"topic\":\"t\",\"partitions\":\"0\",\"times\":\"5\","
		       "\"offsets\":\"-1\",\"found\":\"6\"}\n",
	    "out of range");
	expect_refused("{\"topic\":\"t\",\"open\":\"1 1\",\"since\":\"0 0\"}\n",
	    "a gap twice");
}

/* Neither a topic that is not there, nor more or fewer points than counted. */
static void
the_index_must_fit_the_snapshot(void **state)
{
	struct snapshot snapshot;
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_small(&snapshot);
	modelgen_times(&snapshot, 3);
	assert_int_equal(archive_encode(&snapshot, &archive, &err), -1);
	assert_non_null(strstr(err.message, "\"point\" is 0 but there are 6"));
	model_count(&snapshot);
	snapshot.times[0].topic = bytes_of("other");
	err = (struct err){ 0 };
	assert_int_equal(archive_encode(&snapshot, &archive, &err), -1);
	assert_non_null(strstr(err.message, "is not in topics/"));
	snapshot_release(&snapshot);
	buf_release(&archive);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_what_was_asked_and_answered),
		cmocka_unit_test(
		    unknown_keys_are_ignored_and_found_may_be_left_out),
		cmocka_unit_test(a_topic_goes_on_over_lines_within_the_limit),
		cmocka_unit_test(what_is_malformed_is_refused),
		cmocka_unit_test(what_breaks_the_rules_is_refused),
		cmocka_unit_test(the_index_must_fit_the_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
