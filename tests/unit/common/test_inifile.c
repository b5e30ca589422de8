/* Tests of common/inifile.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/inifile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
lookup(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "HOME_BROKER") == 0 ? "kafka:9092" : NULL;
}

static void
expect_refused(struct bytes text, const char *word)
{
	struct inifile file = { 0 };
	struct err err = { 0 };

	assert_int_equal(
	    inifile_parse(text, "t.conf", lookup, NULL, &file, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(file.count, 0);
	if (strstr(err.message, word) == NULL)
		fail_msg("%s", err.message);
}

static void
sections_names_and_values_are_read(void **state)
{
	struct inifile file = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(
	    inifile_parse(
		bytes_of("# comment\n\n[kafka]\n"
			 "  a.b =  c;d # e  \n[policy \"x y\"]\nn=\n"),
		"t.conf", lookup, NULL, &file, &err),
	    0);
	assert_int_equal(file.count, 2);
	assert_string_equal(file.entries[0].section, "kafka");
	assert_string_equal(file.entries[0].name, "a.b");
	assert_string_equal(file.entries[0].value, "c;d # e");
	assert_int_equal(file.entries[0].line, 4);
	assert_string_equal(file.entries[1].section, "policy");
	assert_string_equal(file.entries[1].argument, "x y");
	assert_string_equal(file.entries[1].value, "");
	inifile_release(&file);
}

static void
empty_sections_are_told_too(void **state)
{
	struct inifile file = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(inifile_parse(bytes_of("[a]\nb = c\n\n[d \"e\"]\n"),
			     "t.conf", lookup, NULL, &file, &err),
	    0);
	assert_int_equal(file.section_count, 2);
	assert_string_equal(file.sections[0].name, "a");
	assert_null(file.sections[0].argument);
	assert_string_equal(file.sections[1].argument, "e");
	assert_int_equal(file.sections[1].line, 4);
	inifile_release(&file);
}

static void
variables_are_replaced_and_dollars_kept(void **state)
{
	struct inifile file = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(
	    inifile_parse(bytes_of("[k]\na = x${HOME_BROKER}y\nb = 5$$\n"),
		"t.conf", lookup, NULL, &file, &err),
	    0);
	assert_string_equal(file.entries[0].value, "xkafka:9092y");
	assert_string_equal(file.entries[1].value, "5$");
	inifile_release(&file);
}

static void
what_is_wrong_is_told_with_its_line(void **state)
{
	(void)state;
	expect_refused(bytes_of("[k]\na = ${UNSET}\n"), "t.conf:2: ");
	expect_refused(bytes_of("[k]\na = ${HOME_BROKER\n"), "t.conf:2: ");
	expect_refused(bytes_of("[k]\na = $x\n"), "t.conf:2: ");
	expect_refused(bytes_of("a = 1\n"), "t.conf:1: ");
	expect_refused(bytes_of("[k\n"), "t.conf:1: ");
	expect_refused(bytes_of("[k]\nnonsense\n"), "t.conf:2: ");
	expect_refused(bytes_of("[k]\n= 1\n"), "t.conf:2: ");
	expect_refused(bytes_of("[k]\na = \033\n"), "t.conf:2: ");
	expect_refused((struct bytes){ "[k]\na\0 = 1\n", 11 }, "t.conf:2: ");
}

static void
long_lines_and_files_are_refused_not_cut(void **state)
{
	struct buf text = { 0 };

	(void)state;
	buf_add_text(&text, "[k]\na=");
	while (text.size < 6000)
		buf_add_char(&text, 'x');
	expect_refused(buf_bytes(&text), "t.conf:2: ");
	buf_clear(&text);
	while (text.size <= INIFILE_SIZE_MAX)
		buf_add_char(&text, '\n');
	expect_refused(buf_bytes(&text), "t.conf");
	buf_release(&text);
}

static void
expect_entry(const char *text, const char *argument, const char *value)
{
	struct inifile file = { 0 };
	struct err err = { 0 };

	if (inifile_parse(
		bytes_of(text), "t.conf", lookup, NULL, &file, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	assert_int_equal(file.count, 1);
	if (argument == NULL)
		assert_null(file.entries[0].argument);
	else
		assert_string_equal(file.entries[0].argument, argument);
	assert_string_equal(file.entries[0].value, value);
	inifile_release(&file);
}

static void
blanks_around_everything_are_cut(void **state)
{
	(void)state;
	expect_entry("[s]\na=b", NULL, "b");
	expect_entry(" \t[s] \n\t a \t=\t b c \t\n", NULL, "b c");
	expect_entry("[s ]\na = b=c\n", NULL, "b=c");
	expect_entry("[s   \"x\"  ]\na = [b]\n", "x", "[b]");
	expect_entry("[s]\na = \"b\"\n", NULL, "\"b\"");
}

static void
an_argument_is_taken_as_it_stands(void **state)
{
	(void)state;
	expect_entry("[s \" a]b\\*# \"]\na = b\n", " a]b\\*# ", "b");
	expect_entry("[s \"\"]\na = b\n", "", "b");
	expect_entry("[s \"x\"]\n[s]\na = b\n", NULL, "b");
	expect_refused(bytes_of("[s \"a\"b\"]\n"), "[name \"argument\"]");
	expect_refused(bytes_of("[s \"a]\n"), "[name \"argument\"]");
	expect_refused(bytes_of("[s\"a\"]\n"), "[name \"argument\"]");
	expect_refused(bytes_of("[s a]\n"), "[name \"argument\"]");
	expect_refused(bytes_of("[s \"]\n"), "[name \"argument\"]");
	expect_refused(bytes_of("[]\n"), "[name]");
	expect_refused(bytes_of("[\n"), "[name]");
	expect_refused(bytes_of("[s] # no\n"), "[name]");
}

static void
a_variable_is_replaced_once_and_not_looked_into(void **state)
{
	(void)state;
	expect_entry("[s]\na = ${HOME_BROKER},${HOME_BROKER}\n", NULL,
	    "kafka:9092,kafka:9092");
	expect_entry("[s]\na = $${HOME_BROKER}\n", NULL, "${HOME_BROKER}");
	expect_entry("[s]\na = $$$$\n", NULL, "$$");
	expect_refused(bytes_of("[s]\na = 5$\n"), "write $$");
	expect_refused(bytes_of("[s]\na = ${}\n"), "${NAME}");
	expect_refused(bytes_of("[s]\na = ${1A}\n"), "${NAME}");
	expect_refused(bytes_of("[s]\na = ${A-B}\n"), "${NAME}");
	expect_refused(bytes_of("[s]\na = ${\n"), "${NAME}");
}

static void
no_message_shows_a_value(void **state)
{
	(void)state;
	struct inifile file = { 0 };
	struct err err = { 0 };

	assert_int_equal(inifile_parse(bytes_of("[s]\npassword = hunter2$\n"),
			     "t.conf", lookup, NULL, &file, &err),
	    -1);
	assert_null(strstr(err.message, "hunter2"));
}

static void
line_ends_of_another_system_are_named(void **state)
{
	(void)state;
	expect_refused(bytes_of("[s]\r\na = b\r\n"), "carriage return");
	expect_refused(bytes_of("[s]\na = b\rc\n"), "0x0d");
	expect_refused(bytes_of("[s]\na = b\177\n"), "0x7f");
	expect_refused(bytes_of("# \001\n"), "t.conf:1: ");
}

static void
a_line_of_the_longest_size_is_taken(void **state)
{
	(void)state;
	struct buf text = { 0 };
	struct inifile file = { 0 };
	struct err err = { 0 };

	buf_add_text(&text, "[s]\na=");
	while (text.size < 4 + 4096)
		buf_add_char(&text, 'x');
	assert_int_equal(
	    inifile_parse(buf_bytes(&text), "t", lookup, NULL, &file, &err), 0);
	assert_int_equal(strlen(file.entries[0].value), 4094);
	inifile_release(&file);
	buf_add_char(&text, 'x');
	expect_refused(buf_bytes(&text), "longer than 4096 bytes");
	buf_release(&text);
}

static void
an_empty_file_has_no_entries(void **state)
{
	(void)state;
	struct inifile file = { 0 };
	struct err err = { 0 };
	const struct bytes none = { NULL, 0 };

	assert_int_equal(
	    inifile_parse(none, "t", lookup, NULL, &file, &err), 0);
	assert_int_equal(file.count, 0);
	inifile_release(&file);
	assert_int_equal(inifile_parse(bytes_of("\n#\n[s]\n"), "t", lookup,
			     NULL, &file, &err),
	    0);
	assert_int_equal(file.count, 0);
	inifile_release(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_names_and_values_are_read),
		cmocka_unit_test(empty_sections_are_told_too),
		cmocka_unit_test(variables_are_replaced_and_dollars_kept),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(long_lines_and_files_are_refused_not_cut),
		cmocka_unit_test(blanks_around_everything_are_cut),
		cmocka_unit_test(an_argument_is_taken_as_it_stands),
		cmocka_unit_test(
		    a_variable_is_replaced_once_and_not_looked_into),
		cmocka_unit_test(no_message_shows_a_value),
		cmocka_unit_test(line_ends_of_another_system_are_named),
		cmocka_unit_test(a_line_of_the_longest_size_is_taken),
		cmocka_unit_test(an_empty_file_has_no_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
