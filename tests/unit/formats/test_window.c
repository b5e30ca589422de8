/*
 * The captures of a window: which of them is asked for, and what is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "tests/unit/formats/modelgen.h"

/* Three captures of 5 ms, with breaks. */
static struct capture_time three[] = { { 100, 105, 0 }, { 110, 115, 2 },
	{ 120, 125, 0 } };
static const struct snapshot_window window = { .captures = three,
	.count = 3,
	.number = 2,
	.from_ms = 100,
	.to_ms = 125,
	.complete = true };

static size_t
chosen(struct capture_choice choice)
{
	struct err err = { 0 };
	size_t number = SIZE_MAX;

	if (window_choose(&window, &choice, &number, &err) != 0) {
		assert_int_equal(err.kind, ERR_NOT_FOUND);
		return SIZE_MAX;
	}
	return number;
}

static void
a_capture_is_chosen_by_number_or_by_its_end(void **state)
{
	(void)state;
	assert_int_equal(chosen((struct capture_choice){ 0 }), 2);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(chosen((struct capture_choice){
				     .how = CAPTURE_NUMBER, .number = i }),
		    i);
	assert_true(chosen((struct capture_choice){
			.how = CAPTURE_NUMBER, .number = 3 }) == SIZE_MAX);
	for (int64_t at = 99; at < 130; at++) {
		const size_t before = chosen((struct capture_choice){
		    .how = CAPTURE_BEFORE, .at_ms = at });
		const size_t after = chosen((struct capture_choice){
		    .how = CAPTURE_AFTER, .at_ms = at });

		for (size_t i = 0; i < 3; i++) {
			if (three[i].end_ms <= at)
				assert_true(before != SIZE_MAX && before >= i);
			else
				assert_true(after <= i);
		}
		assert_true(at < 105 ? before == SIZE_MAX : before < 3);
		assert_true(at >= 125 ? after == SIZE_MAX : after < 3);
	}
}

static void
a_snapshot_alone_is_a_window_of_its_own(void **state)
{
	const struct capture_choice second = { .how = CAPTURE_NUMBER,
		.number = 1 };
	struct snapshot made = { 0 };
	struct snapshot found = { 0 };
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_everything(&made);
	assert_int_equal(archive_encode(&made, &archive, &err), 0);
	assert_int_equal(archive_decode(buf_bytes(&archive), &found, &err), 0);
	assert_int_equal(found.info.window.count, 1);
	assert_int_equal(found.info.window.number, 0);
	assert_true(found.info.window.from_ms == made.info.from_ms);
	assert_true(found.info.window.to_ms == made.info.to_ms);
	assert_true(found.info.window.complete == made.info.complete);
	assert_int_equal(
	    found.info.window.captures[0].hole_count, made.hole_count);
	snapshot_release(&found);
	assert_int_equal(
	    archive_decode_at(buf_bytes(&archive), &second, &found, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	buf_release(&archive);
	snapshot_release(&made);
}

static void
a_window_that_contradicts_itself_is_refused(void **state)
{
	(void)state;
	for (int fault = 0; fault < 7; fault++) {
		struct capture_time captures[3];
		struct snapshot_info info = { .from_ms = 120,
			.to_ms = 125,
			.complete = true,
			.window = window };
		struct err err = { 0 };

		for (size_t i = 0; i < 3; i++)
			captures[i] = three[i];
		info.window.captures = captures;
		assert_int_equal(window_check(&info, &err), 0);
		captures[1].start_ms -= fault == 0 ? 6 : 0;
		captures[0].start_ms -= fault == 1 ? 101 : 0;
		info.to_ms += fault == 2;
		info.window.to_ms += fault == 3;
		info.window.from_ms += fault == 4;
		info.window.complete = fault != 5;
		info.window.number = fault == 6 ? 3 : 2;
		assert_int_equal(window_check(&info, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
}

static int
read_nothing(
    void *context, uint64_t from, size_t size, struct buf *out, struct err *err)
{
	(void)context;
	(void)from;
	(void)size;
	(void)out;
	return err_set(err, ERR_IO, "all of it is there already");
}

static void
the_logs_of_one_capture_are_series_of_one_number(void **state)
{
	struct snapshot made = { 0 };
	struct archive_source source = { .read = read_nothing };
	struct window_series series;
	struct buf archive = { 0 };
	struct bytes names[2];
	struct err err = { 0 };

	(void)state;
	modelgen_small(&made);
	assert_int_equal(archive_encode(&made, &archive, &err), 0);
	source.size = archive.size;
	source.end = buf_bytes(&archive);
	names[0] = bytes_of("no such topic");
	names[1] = made.topics[0].name;
	assert_int_equal(
	    archive_decode_series(&source, names, 2, &series, &err), 0);
	assert_int_equal(series.topic_count, 1);
	assert_null(series_find_topic(&series, names[0]));
	for (size_t i = 0; i < made.topics[0].count; i++) {
		const struct log_range *range = &made.topics[0].partitions[i];
		const struct partition_series *found = series_find_partition(
		    series_find_topic(&series, names[1]), range->partition);

		assert_non_null(found);
		assert_int_equal(found->first, 0);
		assert_int_equal(found->absent, 1);
		assert_true(found->starts[0] == range->start);
		assert_true(found->ends[0] == range->end);
	}
	window_series_release(&series);
	buf_release(&archive);
	snapshot_release(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_is_chosen_by_number_or_by_its_end),
		cmocka_unit_test(a_snapshot_alone_is_a_window_of_its_own),
		cmocka_unit_test(a_window_that_contradicts_itself_is_refused),
		cmocka_unit_test(
		    the_logs_of_one_capture_are_series_of_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
