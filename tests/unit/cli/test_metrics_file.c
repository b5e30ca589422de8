/*
 * Tests of cli/metrics_file.h: who writes into the file at the same moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/metrics_file.h"
#include "common/env.h"
#include "common/files.h"
#include "snapshot/metrics.h"
#include "tests/unit/storage/tempdir.h"

#define PROCESSES 6
#define TURNS 5

struct rig {
	struct env env;
	int64_t now_ms;
	char folder[TEMPDIR_MAX];
	const char *path;
};

static int64_t
rig_now(void *context)
{
	return ((struct rig *)context)->now_ms;
}

static void
rig_sleep(void *context, int64_t duration_ms)
{
	((struct rig *)context)->now_ms += duration_ms;
}

static int
setup(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	env_init_system(&rig.env, NULL);
	tempdir_make(rig.folder);
	rig.path = tempdir_at(rig.folder, "tidemark.prom");
	*state = &rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	tempdir_remove(rig->folder);
	return 0;
}

static int
count_one(struct rig *rig, struct err *err)
{
	const struct metrics_labels labels = { 0 };
	struct metrics found;
	int result;

	metrics_init(&found);
	metrics_add(&found, METRICS_REPOSITORY_ERRORS, 1);
	result =
	    metrics_file_update(rig->path, &found, &labels, &rig->env, err);
	metrics_release(&found);
	return result;
}

static int
work_as(struct rig *rig, bool expires)
{
	static const char told[] = "# HELP tidemark_expiring_groups x\n"
				   "# TYPE tidemark_expiring_groups gauge\n"
				   "tidemark_expiring_groups 1\n";
	struct err err = { 0 };

	for (int turn = 0; turn < TURNS; turn++)
		if ((expires ? metrics_file_put_expiring(
				   rig->path, bytes_of(told), &rig->env, &err)
			     : count_one(rig, &err)) != 0)
			return 1;
	return 0;
}

static bool
has(struct rig *rig, const char *line)
{
	struct buf text = { 0 };
	struct err err = { 0 };
	bool found;

	assert_int_equal(file_read(rig->path, 65536, &text, &err), 0);
	found = strstr(buf_text(&text), line) != NULL;
	buf_release(&text);
	return found;
}

static void
those_who_write_at_the_same_moment_lose_nothing(void **state)
{
	struct rig *rig = *state;
	pid_t children[PROCESSES + 1];
	char line[128];
	int status;

	for (int at = 0; at <= PROCESSES; at++) {
		children[at] = fork();
		if (children[at] == 0)
			_exit(work_as(rig, at == PROCESSES));
		assert_true(children[at] > 0);
	}
	for (int at = 0; at <= PROCESSES; at++) {
		assert_int_equal(
		    waitpid(children[at], &status, 0), children[at]);
		assert_int_equal(status, 0);
	}
	(void)snprintf(line, sizeof(line),
	    "\ntidemark_repository_errors_total %d\n", PROCESSES * TURNS);
	assert_true(has(rig, line));
	assert_true(has(rig, "\ntidemark_expiring_groups 1\n"));
	assert_int_equal(tempdir_count(rig->folder, "tidemark.prom"), 1);
}

static void
who_holds_it_for_long_is_not_waited_for(void **state)
{
	struct rig *rig = *state;
	struct err err = { 0 };
	int lock = -1;

	rig->env.monotonic_ms = rig_now;
	rig->env.sleep_ms = rig_sleep;
	rig->env.context = rig;
	assert_int_equal(count_one(rig, &err), 0);
	assert_int_equal(folder_lock(rig->path, &rig->env, 0, &lock, &err), 0);
	assert_int_equal(count_one(rig, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_true(rig->now_ms >= 1000 && rig->now_ms <= 10000);
	assert_int_equal(
	    metrics_file_put_expiring(rig->path, bytes_of(""), &rig->env, &err),
	    -1);
	folder_unlock(lock);
	assert_true(has(rig, "\ntidemark_repository_errors_total 1\n"));
	assert_int_equal(count_one(rig, &err), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_who_write_at_the_same_moment_lose_nothing),
		TEST(who_holds_it_for_long_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
