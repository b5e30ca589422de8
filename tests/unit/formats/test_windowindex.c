/*
 * The time index of a window: one grid for all captures, and which of them
 * asked last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "formats/archive.h"
#include "formats/windowbuild.h"
#include "formats/windowindex.h"
#include "tests/unit/formats/modelgen.h"

#define STEP_MS INT64_C(10000)

/* A capture, and what it asked of partition 0 of the first topic: answers for
 * times, the last of them that there is no such record. */
static void
add_capture(
    struct windowbuild **window, size_t number, int64_t asked_ms, int64_t end)
{
	struct topic_times times = { 0 };
	struct partition_times partition = { 0 };
	struct time_point points[2] = {
		{ asked_ms, end - 1, asked_ms + 5 },
		{ asked_ms + 6, -1, -1 },
	};
	struct snapshot capture;

	modelgen_small(&capture);
	capture.info.from_ms += (int64_t)number * STEP_MS;
	capture.info.to_ms = capture.info.from_ms + 100;
	for (size_t i = 0; i < capture.group_count; i++) {
		capture.groups[i].read_start_ms = capture.info.from_ms;
		capture.groups[i].read_end_ms = capture.info.to_ms;
	}
	capture.times = NULL;
	capture.times_count = 0;
	capture.info.index_points = 0;
	if (asked_ms >= 0) {
		partition =
		    (struct partition_times){ .points = points, .count = 2 };
		times = (struct topic_times){ .topic = capture.topics[0].name,
			.partitions = &partition,
			.count = 1 };
		capture.times = &times;
		capture.times_count = 1;
		capture.info.index_points = 64;
		capture.info.index_step_ms = 900000;
	}
	model_count(&capture);
	if (*window == NULL)
		*window = windowbuild_new(&capture);
	else
		assert_int_equal(
		    windowbuild_add(*window, &capture), WINDOW_TAKEN);
	snapshot_release(&capture);
}

static void
decode(const struct windowbuild *window, const struct capture_choice *choice,
    struct snapshot *out)
{
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };

	if (windowbuild_encode(window, &archive, &info, &err) != 0 ||
	    archive_decode_at(buf_bytes(&archive), choice, out, &err) != 0)
		fail_msg("%s", err.message);
	buf_release(&archive);
}

static void
a_window_knows_which_capture_asked_last(void **state)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };
	struct capture_choice choice;
	struct windowbuild *window = NULL;
	struct snapshot snapshot = { 0 };
	size_t number = 99;

	(void)state;
	add_capture(&window, 0, 100, 50);
	add_capture(&window, 1, -1, 0);
	add_capture(&window, 2, 200, 60);
	add_capture(&window, 3, -1, 0);
	decode(window, &last, &snapshot);
	assert_true(snapshot.info.index_ms ==
	    snapshot.info.window.from_ms + 2 * STEP_MS);
	assert_true(windowindex_number(&snapshot.info, &number));
	assert_int_equal(number, 2);
	assert_true(windowindex_choice(&snapshot.info, &choice));
	snapshot_release(&snapshot);
	decode(window, &choice, &snapshot);
	assert_int_equal(snapshot.info.window.number, 2);
	assert_false(windowindex_choice(&snapshot.info, &choice));
	snapshot_release(&snapshot);
	windowbuild_free(window);
}

static void
one_without_an_index_says_so(void **state)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };
	struct capture_choice choice;
	struct windowbuild *window = NULL;
	struct snapshot snapshot = { 0 };

	(void)state;
	add_capture(&window, 0, -1, 0);
	add_capture(&window, 1, -1, 0);
	decode(window, &last, &snapshot);
	assert_true(snapshot.info.index_ms == -1);
	assert_false(windowindex_choice(&snapshot.info, &choice));
	snapshot_release(&snapshot);
	windowbuild_free(window);
}

static void
that_there_is_no_record_holds_only_until_it_is_asked_again(void **state)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };
	static const int64_t offsets[] = { 49, 59, -1 };
	const struct partition_times *partition;
	struct windowbuild *window = NULL;
	struct snapshot snapshot = { 0 };

	(void)state;
	add_capture(&window, 0, 100, 50);
	add_capture(&window, 1, 200, 60);
	add_capture(&window, 2, -1, 0);
	decode(window, &last, &snapshot);
	assert_int_equal(snapshot.times_count, 1);
	partition = times_find_partition(&snapshot.times[0], 0);
	assert_non_null(partition);
	assert_int_equal(partition->count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(partition->points[i].offset == offsets[i]);
	snapshot_release(&snapshot);
	windowbuild_free(window);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_knows_which_capture_asked_last),
		cmocka_unit_test(one_without_an_index_says_so),
		cmocka_unit_test(
		    that_there_is_no_record_holds_only_until_it_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
