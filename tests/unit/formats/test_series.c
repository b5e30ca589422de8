/*
 * Elements of "series": what is written is read back, and what no writer makes
 * is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/seriesread.h"

#define COUNT 12

static struct series_item
item_of(const char *text)
{
	struct series_list list = series_begin(bytes_of(text), COUNT);
	struct series_item item;
	struct err err = { 0 };

	if (series_next(&list, &item, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	assert_int_equal(series_end(&list, &err), 0);
	return item;
}

static int64_t
value_of(const char *text, int64_t first, size_t capture)
{
	const struct series_item item = item_of(text);
	int64_t value = 0;
	bool constant = false;
	struct err err = { 0 };

	if (series_value(&item, first, capture, &value, &constant, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	return value;
}

static void
every_predictor_gives_the_numbers_back(void **state)
{
	/* Any number of 64 bits, also beyond the log end. */
	static const int64_t values[COUNT] = { 5, 5, 9, INT64_MAX, INT64_MIN,
		-1, 0, 0, 0, 0, 0, 7 };
	static const int64_t ends[3][COUNT] = {
		{ 5, 5, 9, INT64_MAX, INT64_MIN, -1, 0, 0, 0, 0, 0, 7 },
		{ 9, 17, 30, 4, -9, 88, 12, 12, 13, 14, 15, 1000 },
		{ 105, 105, 109, INT64_MIN + 99, INT64_MIN + 100, 99, 100, 100,
		    100, 100, 100, 107 },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct series_room room = { 0 };
		struct buf text = { 0 };
		struct buf item = { 0 };
		const int64_t *logs = i < 3 ? ends[i] : NULL;
		const enum series_kind kind =
		    series_write(values, logs, COUNT, SIZE_MAX, &room, &text);

		buf_add_format(&item, "[{\"k\":%d,\"d\":\"%s\"}]", (int)kind,
		    buf_text(&text));
		for (size_t at = 1; at < COUNT; at++) {
			uint64_t value =
			    (uint64_t)value_of(buf_text(&item), values[0], at);

			if (kind != SERIES_DELTA)
				value += (uint64_t)logs[at];
			if (kind == SERIES_LAG_CHANGE)
				value -= (uint64_t)logs[0];
			assert_true((int64_t)value == values[at]);
		}
		if (i == 0) /* never behind: one number says it */
			assert_string_equal(buf_text(&text), "0*11");
		series_room_release(&room);
		buf_release(&text);
		buf_release(&item);
	}
}

static bool
has(const struct series_item *item, size_t capture)
{
	struct err err = { 0 };
	bool found = false;

	if (series_has(item, capture, &found, &err) != 0)
		fail_msg("%s", err.message);
	return found;
}

static void
an_element_says_what_became_of_it(void **state)
{
	const struct series_item item = item_of(
	    "[{\"new\":[{\"a\":\"]\\\"}\"}],\"f\":2,\"x\":9,\"a\":\"4-6\",\"d\":\"5*3 0 1 "
	    "-2\",\"e\":\"4 15 6 -1\",\"m\":[3,\"AQ==\",6,\"\"],\"u\":\"3 "
	    "5-6\"}]");
	struct err err = { 0 };
	struct bytes text = { 0 };
	int64_t epoch = 3;
	bool held = false;

	(void)state;
	assert_false(has(&item, 1));
	assert_true(has(&item, 2) && has(&item, 3) && has(&item, 8));
	assert_false(has(&item, 4) || has(&item, 6) || has(&item, 9));
	assert_int_equal(series_pair(item.epochs, 3, -1, 99, &epoch, &err), 0);
	assert_int_equal(epoch, 3);
	assert_int_equal(series_pair(item.epochs, 5, -1, 99, &epoch, &err), 0);
	assert_int_equal(epoch, 15);
	assert_int_equal(series_text(item.texts, 2, &text, &err), 0);
	assert_null(text.data);
	assert_int_equal(series_text(item.texts, 5, &text, &err), 0);
	assert_true(bytes_equal_text(text, "AQ=="));
	assert_int_equal(series_text(item.texts, 6, &text, &err), 0);
	assert_int_equal(text.size, 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(
		    captures_have(item.unstable, i, COUNT, &held, &err), 0);
		assert_int_equal(held, i == 3 || i == 5 || i == 6);
	}
}

static void
what_no_writer_makes_is_refused(void **state)
{
	static const char *const items[] = { "[", "[{", "[{\"k\":}]",
		"[{\"f\":13}]", "[{\"f\":5,\"x\":5}]", "[{\"x\":-1}]",
		"[{\"d\":\"1\\u0020\"}]", "[{\"k\":01}]", "[1]",
		"[{\"q\":[}]" };
	static const char *const runs[] = { "1 2", "1 2 3 4", "1  2 3", "1*4",
		"1*1 2 3", "1*2", "+1 2 3", "01 2 3", "-0 1 2", "1 2 3 ",
		"9223372036854775808 1 2", "1*-2 1 1" };
	static const char *const ranges[] = { "3 3", "5-4", "4-4", "12", "-1",
		"1 ", " 1", "1,2", "0-12" };

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		struct series_list list =
		    series_begin(bytes_of(items[i]), COUNT);
		struct series_item item;
		struct err err = { 0 };

		assert_int_equal(series_next(&list, &item, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		const struct series_item item = { .absent = 4,
			.kind = SERIES_DELTA,
			.numbers = bytes_of(runs[i]) };
		struct err err = { 0 };
		int64_t value;
		bool constant;

		assert_int_equal(
		    series_value(&item, 0, 2, &value, &constant, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		struct err err = { 0 };
		bool held;

		assert_int_equal(
		    captures_have(bytes_of(ranges[i]), 1, COUNT, &held, &err),
		    -1);
	}
}

static void
an_unknown_predictor_is_not_guessed(void **state)
{
	const struct series_item item = item_of("[{\"k\":4,\"d\":\"1*11\"}]");
	struct err err = { 0 };
	int64_t value;
	bool constant;

	(void)state;
	assert_int_equal(
	    series_value(&item, 0, 2, &value, &constant, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_predictor_gives_the_numbers_back),
		cmocka_unit_test(an_element_says_what_became_of_it),
		cmocka_unit_test(what_no_writer_makes_is_refused),
		cmocka_unit_test(an_unknown_predictor_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
