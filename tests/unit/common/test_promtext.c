/* Tests of common/promtext.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/promtext.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Keeps the sample of its last visit, as text. */
struct seen {
	struct buf text;
	size_t count;
};

static int
see(const struct promtext_sample *sample, void *context, struct err *err)
{
	struct seen *seen = context;

	(void)err;
	seen->count++;
	buf_clear(&seen->text);
	buf_add_bytes(&seen->text, sample->name);
	for (size_t at = 0; at < sample->label_count; at++) {
		buf_add_char(&seen->text, '|');
		buf_add_bytes(&seen->text, sample->labels[at].name);
		buf_add_char(&seen->text, '|');
		buf_add_bytes(&seen->text, sample->labels[at].value);
	}
	buf_add_char(&seen->text, ' ');
	buf_add_bytes(&seen->text, sample->value);
	return 0;
}

static void
a_family_and_its_samples_look_as_prometheus_wants(void **state)
{
	const struct promtext_label labels[] = { { "a", { "x", 1 }, false },
		{ "b", { "y z", 3 }, false } };
	const struct promtext_series plain = { "up", NULL, 0 };
	const struct promtext_series labelled = { "up", labels, 2 };
	struct buf out = { 0 };
	(void)state;

	promtext_add_family(&out, "up", PROMTEXT_GAUGE, "Help.");
	promtext_add_count(&out, &plain, -3);
	promtext_add_seconds(&out, &labelled, 1234005);
	promtext_add_family(&out, "ups_total", PROMTEXT_COUNTER, "More.");
	promtext_add_seconds(&out, &plain, -1500);
	promtext_add_seconds(&out, &plain, -500);
	assert_string_equal(buf_text(&out),
	    "# HELP up Help.\n# TYPE up gauge\nup -3\n"
	    "up{a=\"x\",b=\"y z\"} 1234.005\n"
	    "# HELP ups_total More.\n# TYPE ups_total counter\n"
	    "up -1.500\nup -0.500\n");
	buf_release(&out);
}

/* Whatever a group is called, the line stays one line, its quotes are closed,
 * and what is read and written again is the same. */
static void
the_value_of_a_label_may_be_any_bytes(void **state)
{
	static const struct {
		struct bytes raw;
		const char *line;
	} cases[] = {
		{ { "a\"b", 3 }, "g{n=\"a\\\"b\"} 1\n" },
		{ { "a\nb", 3 }, "g{n=\"a\\\\nb\"} 1\n" },
		{ { "a\\b", 3 }, "g{n=\"a\\\\\\\\b\"} 1\n" },
		{ { "a\0b", 3 }, "g{n=\"a\\\\u{0}b\"} 1\n" },
		{ { "\xff", 1 }, "g{n=\"\\\\xff\"} 1\n" },
		{ { "\xc3\xa9}", 3 }, "g{n=\"\xc3\xa9}\"} 1\n" },
		{ { "", 0 }, "g{n=\"\"} 1\n" },
	};
	(void)state;

	for (size_t at = 0; at < COUNT_OF(cases); at++) {
		struct promtext_label label = { "n", cases[at].raw, false };
		const struct promtext_series series = { "g", &label, 1 };
		struct seen seen = { 0 };
		struct buf out = { 0 }, again = { 0 };
		struct err err = { 0 };

		promtext_add_count(&out, &series, 1);
		assert_string_equal(buf_text(&out), cases[at].line);
		assert_int_equal(
		    promtext_read(buf_bytes(&out), see, &seen, &err), 0);
		assert_int_equal(seen.count, 1);
		/* "g|n|VALUE 1" */
		label.value = buf_bytes(&seen.text);
		label.value.data += 4;
		label.value.size -= 6;
		label.is_escaped = true;
		promtext_add_count(&again, &series, 1);
		assert_string_equal(buf_text(&again), cases[at].line);
		buf_release(&out);
		buf_release(&again);
		buf_release(&seen.text);
	}
}

static void
what_is_written_is_read(void **state)
{
	static const char text[] =
	    "# HELP x y\n\nx 5\nx{a=\"1\\\\n\",b=\"\"} -7\n"
	    "y 1764079500.250\n";
	struct seen seen = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(promtext_read(bytes_of(text), see, &seen, &err), 0);
	assert_int_equal(seen.count, 3);
	assert_string_equal(buf_text(&seen.text), "y 1764079500.250");
	buf_release(&seen.text);
}

static void
what_is_not_written_here_is_refused_with_its_line(void **state)
{
	static const char *const texts[] = { "x\n", "x \n", "x 1.5\n",
		"x 1e3\n", "x NaN\n", "x  1\n", "x 1 2\n", "1x 1\n", "x{ 1\n",
		"x{a} 1\n", "x{a=\"} 1\n", "x{a=\"b\"\n", "x{a=\"\\t\"} 1\n",
		"x{a=\"\\n\"} 1\n", "x{a=\"\x1b\"} 1\n", "x{a=\"\xff\"} 1\n",
		"x{a=\"\xe2\x80\xae\"} 1\n", "x{a=\"b\",} 1\n", "x{=\"b\"} 1\n",
		"x{a=\"b\"}1\n", "x +1\n", "x 1.0000\n", "x .000\n",
		"x -.500\n", "x 1", "root:x:0:0\n", "x 99999999999999999999\n",
		"x 9223372036854775807.000\n", "x{a=\"\\\n" };
	(void)state;

	for (size_t at = 0; at < COUNT_OF(texts); at++) {
		struct seen seen = { 0 };
		struct buf text = { 0 };
		struct err err = { 0 };

		buf_add_format(&text, "ok 1\n%s", texts[at]);
		assert_int_equal(
		    promtext_read(buf_bytes(&text), see, &seen, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_non_null(strstr(err.message, "line 2"));
		assert_int_equal(seen.count, 1);
		buf_release(&text);
		buf_release(&seen.text);
	}
}

static void
more_labels_than_there_can_be_are_refused(void **state)
{
	struct seen seen = { 0 };
	struct err err = { 0 };
	struct buf text = { 0 };
	(void)state;

	buf_add_text(&text, "x{l=\"\"");
	for (int i = 1; i < PROMTEXT_LABELS_MAX; i++)
		buf_add_text(&text, ",l=\"\"");
	buf_add_text(&text, "} 1\n");
	assert_int_equal(promtext_read(buf_bytes(&text), see, &seen, &err), 0);
	text.size -= strlen("} 1\n");
	buf_add_text(&text, ",l=\"\"} 1\n");
	assert_int_equal(promtext_read(buf_bytes(&text), see, &seen, &err), -1);
	buf_release(&text);
	buf_release(&seen.text);
}

static void
seconds_are_read_as_they_were(void **state)
{
	static const int64_t times[] = { 0, 1, 999, 1000, -1, -1500,
		INT64_C(1764079500123), INT64_C(253402300799999) };
	const struct promtext_series series = { "x", NULL, 0 };
	(void)state;

	for (size_t at = 0; at < COUNT_OF(times); at++) {
		struct promtext_sample sample = { .label_count = 0 };
		struct buf out = { 0 };
		int64_t time_ms = 77;

		promtext_add_seconds(&out, &series, times[at]);
		sample.value = (struct bytes){ out.data + 2, out.size - 3 };
		assert_true(promtext_seconds_of(&sample, &time_ms));
		assert_true(time_ms == times[at]);
		assert_false(promtext_count_of(&sample, &time_ms));
		buf_release(&out);
	}
}

static void
families_are_kept_by_their_names(void **state)
{
	static const char text[] = "# HELP a_x Of a_y.\n# TYPE a_x gauge\n"
				   "a_x{n=\"b_x\"} 1\n# b_x\n\n"
				   "# HELP b_x One.\n# TYPE b_x gauge\nb_x 2\n";
	struct buf out = { 0 };
	(void)state;

	promtext_keep(bytes_of(text), "a_", false, &out);
	assert_string_equal(buf_text(&out),
	    "# HELP a_x Of a_y.\n# TYPE a_x gauge\na_x{n=\"b_x\"} 1\n");
	buf_clear(&out);
	promtext_keep(bytes_of(text), "a_", true, &out);
	assert_string_equal(
	    buf_text(&out), "# HELP b_x One.\n# TYPE b_x gauge\nb_x 2\n");
	buf_release(&out);
}

static void
names_of_labels_are_told_from_others(void **state)
{
	static const char *const good[] = { "a", "_a", "A9_b" };
	static const char *const bad[] = { "", "9a", "a-b", "__a", "a b",
		"\xc3\xa9", "a:b" };
	(void)state;

	for (size_t at = 0; at < COUNT_OF(good); at++)
		assert_true(promtext_is_label(bytes_of(good[at])));
	for (size_t at = 0; at < COUNT_OF(bad); at++)
		assert_false(promtext_is_label(bytes_of(bad[at])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_family_and_its_samples_look_as_prometheus_wants),
		cmocka_unit_test(the_value_of_a_label_may_be_any_bytes),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(
		    what_is_not_written_here_is_refused_with_its_line),
		cmocka_unit_test(more_labels_than_there_can_be_are_refused),
		cmocka_unit_test(seconds_are_read_as_they_were),
		cmocka_unit_test(families_are_kept_by_their_names),
		cmocka_unit_test(names_of_labels_are_told_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
