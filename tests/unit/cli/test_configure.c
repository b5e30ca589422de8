/*
 * Options from a file that is read again while the program runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/configure.h"
#include "cli/context.h"
#include "common/xalloc.h"

struct rig {
	struct context context;
	char path[64];
	struct err err;
};

static void
write_file(const struct rig *rig, const char *text)
{
	FILE *file = fopen(rig->path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* An agent that was started with --config and --flush 7s. */
static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));
	char program[] = "tidemark", command[] = "agent";
	char config[] = "--config", flush[] = "--flush", seconds[] = "7s";
	char *argv[] = { program, command, config, rig->path, flush, seconds,
		NULL };
	int handle;

	(void)snprintf(rig->path, sizeof(rig->path), "/tmp/configure-XXXXXX");
	handle = mkstemp(rig->path);
	if (handle < 0 || close(handle) != 0 ||
	    options_parse(6, argv, &rig->context.options, &rig->err) != 0)
		return -1;
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	inifile_release(&rig->context.file);
	options_release(&rig->context.options);
	(void)unlink(rig->path);
	free(rig);
	return 0;
}

static void
begin(struct rig *rig)
{
	write_file(rig,
	    "[agent]\ninterval = 5s\nflush = 9s\n"
	    "[snapshot]\ngroup = a*\ngroup = b*\n");
	if (configure(&rig->context, CMD_AGENT, &rig->err) != 0)
		fail_msg("%s", rig->err.message);
}

static int64_t
number(const struct context *context, enum option_id id)
{
	return options_number(&context->options, id);
}

static size_t
group_count(const struct context *context)
{
	size_t count;

	(void)options_list(&context->options, OPT_GROUP, &count);
	return count;
}

static void
a_file_that_changed_is_taken_and_the_command_line_stays(void **state)
{
	struct rig *rig = *state;
	size_t count;

	begin(rig);
	assert_int_equal(number(&rig->context, OPT_INTERVAL), 5000);
	assert_int_equal(number(&rig->context, OPT_FLUSH), 7000);
	assert_int_equal(group_count(&rig->context), 2);
	write_file(rig, "[agent]\nwindow = 2h\n[snapshot]\ngroup = c\n");
	assert_int_equal(
	    configure_again(&rig->context, CMD_AGENT, &rig->err), 0);
	assert_false(options_is_set(&rig->context.options, OPT_INTERVAL));
	assert_int_equal(number(&rig->context, OPT_WINDOW_LENGTH), 7200000);
	assert_int_equal(number(&rig->context, OPT_FLUSH), 7000);
	assert_string_equal(
	    options_list(&rig->context.options, OPT_GROUP, &count)[0], "c");
	assert_int_equal(count, 1);
}

static void
a_file_that_is_wrong_changes_nothing(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	write_file(rig, "[snapshot]\ngroup = c\n[agent]\nno-such-key = 2s\n");
	assert_int_equal(
	    configure_again(&rig->context, CMD_AGENT, &rig->err), -1);
	assert_non_null(strstr(rig->err.message, "no-such-key"));
	assert_int_equal(number(&rig->context, OPT_INTERVAL), 5000);
	assert_int_equal(group_count(&rig->context), 2);
	assert_int_equal(rig->context.file.count, 4);
}

static void
a_trial_leaves_the_context_alone(void **state)
{
	struct rig *rig = *state;
	struct context trial;

	begin(rig);
	write_file(rig, "[agent]\ninterval = 3s\n[snapshot]\ngroup = c\n");
	assert_int_equal(
	    configure_try(&rig->context, CMD_AGENT, &trial, &rig->err), 0);
	assert_int_equal(number(&trial, OPT_INTERVAL), 3000);
	assert_int_equal(number(&trial, OPT_FLUSH), 7000);
	assert_int_equal(group_count(&trial), 1);
	configure_drop_trial(&trial);
	assert_int_equal(number(&rig->context, OPT_INTERVAL), 5000);
	assert_int_equal(group_count(&rig->context), 2);

	assert_int_equal(unlink(rig->path), 0);
	assert_int_equal(
	    configure_try(&rig->context, CMD_AGENT, &trial, &rig->err), -1);
	assert_int_equal(rig->err.kind, ERR_USAGE);
	configure_drop_trial(&trial);
	assert_int_equal(group_count(&rig->context), 2);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_changed_is_taken_and_the_command_line_stays),
		TEST(a_file_that_is_wrong_changes_nothing),
		TEST(a_trial_leaves_the_context_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
