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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_names_and_values_are_read),
		cmocka_unit_test(variables_are_replaced_and_dollars_kept),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(long_lines_and_files_are_refused_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
