/* Tests of cli/output.h and cli/table.h, on a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/table.h"

/* What a table prints, in a static buffer. */
static const char *
printed(struct table *table)
{
	static char text[4096];
	struct output out;
	struct err err = { 0 };
	int ends[2];
	ssize_t size;

	assert_int_equal(pipe(ends), 0);
	output_init(&out, ends[1]);
	table_finish(table, &out);
	assert_int_equal(output_close(&out, &err), 0);
	close(ends[1]);
	size = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_true(size >= 0);
	text[size] = '\0';
	return text;
}

static void
a_table_pads_and_puts_numbers_to_the_right(void **state)
{
	static const char *const titles[] = { "GROUP", ">LAG", "END", NULL };
	struct table table;

	(void)state;
	table_init(&table, titles);
	table_name(&table, bytes_of("a-long-name"));
	table_number(&table, 7);
	table_text(&table, "x");
	table_name(&table, bytes_of(""));
	table_number(&table, 12345);
	table_text(&table, "-");
	assert_string_equal(printed(&table),
	    "GROUP          LAG  END\n"
	    "a-long-name      7  x\n"
	    "\"\"           12345  -\n");
}

static void
a_name_cannot_paint_on_the_terminal(void **state)
{
	static const char *const titles[] = { "GROUP", NULL };
	struct table table;

	(void)state;
	table_init(&table, titles);
	table_name(&table,
	    bytes_of("\033[2J\xe2\x80\xae"
		     "evil\n"));
	assert_null(strpbrk(printed(&table), "\033"));
}

static void
an_empty_table_prints_nothing(void **state)
{
	static const char *const titles[] = { "GROUP", NULL };
	struct table table;

	(void)state;
	table_init(&table, titles);
	assert_string_equal(printed(&table), "");
}

static void
a_closed_pipe_ends_output_quietly(void **state)
{
	struct output out;
	struct err err = { 0 };
	int ends[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	output_init(&out, ends[1]);
	output_text(&out, "nobody reads this\n");
	assert_int_equal(output_close(&out, &err), 0);
	assert_true(out.gone);
	close(ends[1]);
}

static void
a_full_disk_is_an_error(void **state)
{
	struct output out;
	struct err err = { 0 };
	const int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	output_init(&out, full);
	output_text(&out, "does not fit\n");
	assert_int_equal(output_close(&out, &err), -1);
	assert_int_equal(err_exit_status(&err), 1);
	close(full);
}

static void
names_that_are_not_text_are_base64_in_json(void **state)
{
	json_t *object = json_object();

	(void)state;
	json_set_name(object, "group", bytes_of("plain"));
	json_set_name(object, "topic", (struct bytes){ "a\0b", 3 });
	assert_string_equal(
	    json_string_value(json_object_get(object, "group")), "plain");
	assert_string_equal(
	    json_string_value(json_object_get(object, "topic_b64")), "YQBi");
	json_decref(object);
}

static void
the_worst_exit_status_is_reported(void **state)
{
	(void)state;
	assert_int_equal(exit_status_worse(3, 4), 4);
	assert_int_equal(exit_status_worse(5, 4), 5);
	assert_int_equal(exit_status_worse(1, 20), 20);
	assert_int_equal(exit_status_worse(130, 20), 130);
	assert_int_equal(exit_status_worse(0, 3), 3);
	assert_int_equal(exit_status_worse(0, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_pads_and_puts_numbers_to_the_right),
		cmocka_unit_test(a_name_cannot_paint_on_the_terminal),
		cmocka_unit_test(an_empty_table_prints_nothing),
		cmocka_unit_test(a_closed_pipe_ends_output_quietly),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(names_that_are_not_text_are_base64_in_json),
		cmocka_unit_test(the_worst_exit_status_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
