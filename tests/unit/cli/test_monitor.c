/*
 * Tests of cli/monitor.h: nobody is told of a success that the exit status will
 * deny.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/context.h"
#include "cli/monitor.h"
#include "common/files.h"
#include "tests/unit/storage/tempdir.h"

#define WORD_MAX 160

struct rig {
	struct context context;
	char words[4][WORD_MAX];
	char *argv[5];
	char folder[TEMPDIR_MAX];
	char path[TEMPDIR_MAX + 16];
};

static int
setup(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	env_init_system(&rig.context.env, NULL);
	tempdir_make(rig.folder);
	(void)snprintf(rig.path, sizeof(rig.path), "%s/x.prom", rig.folder);
	*state = &rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	options_release(&rig->context.options);
	assert_int_equal(close(rig->context.out.fd), 0);
	tempdir_remove(rig->folder);
	return 0;
}

/* The command with --metrics-file; stdout is what stands under that path. */
static void
begin(struct rig *rig, const char *command, const char *out)
{
	const int fd = open(out, O_WRONLY | O_CLOEXEC);
	struct err err = { 0 };

	assert_true(fd >= 0);
	output_init(&rig->context.out, fd);
	(void)snprintf(rig->words[0], WORD_MAX, "tidemark");
	(void)snprintf(rig->words[1], WORD_MAX, "%s", command);
	(void)snprintf(rig->words[2], WORD_MAX, "--metrics-file");
	(void)snprintf(rig->words[3], WORD_MAX, "%s", rig->path);
	for (int at = 0; at < 4; at++)
		rig->argv[at] = rig->words[at];
	assert_int_equal(
	    options_parse(4, rig->argv, &rig->context.options, &err), 0);
}

static bool
has(const struct rig *rig, const char *line)
{
	struct buf text = { 0 };
	struct err err = { 0 };
	bool found;

	assert_int_equal(file_read(rig->path, 65536, &text, &err), 0);
	found = strstr(buf_text(&text), line) != NULL;
	buf_release(&text);
	return found;
}

static int
say_something(struct context *context, struct err *err)
{
	(void)err;
	output_text(&context->out, "done\n");
	return EXIT_ALL;
}

static void
end_snapshot(struct rig *rig)
{
	struct monitor monitor;
	struct err err = { 0 };

	assert_int_equal(
	    monitor_snapshot_begin(&rig->context, &monitor, &err), 0);
	monitor_snapshot_end(
	    &monitor, say_something(&rig->context, &err), &err);
}

static void
a_snapshot_that_could_say_so_is_a_success(void **state)
{
	struct rig *rig = *state;
	struct err err = { 0 };

	begin(rig, "snapshot", "/dev/null");
	end_snapshot(rig);
	assert_true(has(rig, "\ntidemark_last_run_success 1\n"));
	assert_true(has(rig, "\ntidemark_last_success_timestamp_seconds "));
	assert_int_equal(output_close(&rig->context.out, &err), 0);
}

static void
a_snapshot_that_stdout_did_not_take_is_none(void **state)
{
	struct rig *rig = *state;
	struct err err = { 0 };

	begin(rig, "snapshot", "/dev/full");
	end_snapshot(rig);
	assert_true(has(rig, "\ntidemark_last_run_success 0\n"));
	assert_true(has(rig, "\ntidemark_last_run_exit_status 1\n"));
	assert_false(has(rig, "\ntidemark_last_success_timestamp_seconds "));
	/* It is told once more, by main. */
	assert_int_equal(output_close(&rig->context.out, &err), -1);
}

static void
so_is_a_restore(void **state)
{
	struct rig *rig = *state;
	struct err err = { 0 };

	begin(rig, "restore", "/dev/full");
	assert_int_equal(
	    monitor_restore(&rig->context, true, say_something, &err),
	    EXIT_ALL);
	assert_true(
	    has(rig, "\ntidemark_restores_total{result=\"failed\"} 1\n"));
	assert_false(
	    has(rig, "\ntidemark_restores_total{result=\"done\"} 1\n"));
	assert_int_equal(output_close(&rig->context.out, &err), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_that_could_say_so_is_a_success),
		TEST(a_snapshot_that_stdout_did_not_take_is_none),
		TEST(so_is_a_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
