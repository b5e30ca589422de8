/* The CSV of Kafka's own tool: what is taken, and what is refused where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/csvread.h"

static void
refused(const char *text, const char *words)
{
	struct csvread csv = { 0 };
	struct err err = { 0 };

	assert_int_equal(csvread_parse(bytes_of(text), &csv, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.message, words) == NULL)
		fail_msg("'%s' has no '%s'", err.message, words);
	csvread_release(&csv);
}

static void
three_columns_have_no_group(void **state)
{
	struct csvread csv = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    csvread_parse(bytes_of("t,1,5\nt,0,7\n\n\n"), &csv, &err), 0);
	assert_false(csv.has_groups);
	assert_int_equal(csv.count, 2);
	assert_int_equal(csv.rows[0].partition, 0);
	assert_int_equal(csv.rows[0].offset, 7);
	assert_int_equal(csv.rows[0].line, 2);
	csvread_release(&csv);
}

static void
quotes_and_windows_lines_are_taken(void **state)
{
	struct csvread csv = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(csvread_parse(bytes_of("\"a \"\"b\"\", c\",t,0,1\r\n"
						"\"\",t,0,2\r\n"),
			     &csv, &err),
	    0);
	assert_true(csv.has_groups);
	assert_int_equal(csv.count, 2);
	assert_int_equal(csv.rows[0].group.size, 0);
	assert_true(bytes_equal_text(csv.rows[1].group, "a \"b\", c"));
	csvread_release(&csv);
}

static void
the_same_row_twice_counts_once(void **state)
{
	struct csvread csv = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    csvread_parse(bytes_of("t,0,1\nt,0,1\n"), &csv, &err), 0);
	assert_int_equal(csv.count, 1);
	csvread_release(&csv);
}

static void
nothing_is_no_rows(void **state)
{
	struct csvread csv = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(csvread_parse(bytes_of("\n\r\n"), &csv, &err), 0);
	assert_int_equal(csv.count, 0);
	csvread_release(&csv);
}

static void
what_is_wrong_is_refused_with_its_line(void **state)
{
	(void)state;
	refused("topic,partition,offset\nt,0,1\n", "line 1");
	refused("t,0,1\n\nt,1,1\n", "line 2 is empty");
	refused("t,0,1\ng,t,0,1\n", "line 2 has 4 columns");
	refused("t,0,1\nt,0,2\n", "lines 1 and 2");
	refused("t,0,-1\n", "line 1");
	refused("t,-1,0\n", "line 1");
	refused("t,2147483648,0\n", "line 1");
	refused("t,0,9223372036854775808\n", "line 1");
	refused("t,0, 1\n", "line 1");
	refused("t,0,1,2,3\n", "line 1");
	refused("\"t,0,1\n", "line 1");
	refused("\"t\"x,0,1\n", "line 1");
	refused(",0,1\n", "the topic is empty");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_columns_have_no_group),
		cmocka_unit_test(quotes_and_windows_lines_are_taken),
		cmocka_unit_test(the_same_row_twice_counts_once),
		cmocka_unit_test(nothing_is_no_rows),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
