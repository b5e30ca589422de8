/* Tests of common/files.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "common/env.h"
#include "common/files.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
a_file_is_read_whole_up_to_the_limit(void **state)
{
	char path[] = "/tmp/tidemark-test-files-XXXXXX";
	const int fd = mkstemp(path);
	struct buf out = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "hello", 5), 5);
	assert_int_equal(close(fd), 0);
	assert_int_equal(file_read(path, 5, &out, &err), 0);
	assert_string_equal(buf_text(&out), "hello");
	assert_int_equal(file_read(path, 4, &out, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_non_null(strstr(err.message, path));
	buf_release(&out);
	(void)unlink(path);
}

static void
what_is_no_readable_file_is_told_apart(void **state)
{
	struct buf out = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(file_read("/nonexistent/x", 5, &out, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err = (struct err){ 0 };
	assert_int_equal(file_read("/tmp", 5, &out, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	err = (struct err){ 0 };
	assert_int_equal(file_read("/dev/zero", 5, &out, &err), -1);
	assert_int_equal(out.size, 0);
	buf_release(&out);
}

static void
what_was_there_stays_before_the_file_and_after_a_failure(void **state)
{
	(void)state;
	char path[] = "/tmp/tidemark-test-files-XXXXXX";
	const int fd = mkstemp(path);
	struct buf out = { 0 };
	struct err err = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "world", 5), 5);
	assert_int_equal(close(fd), 0);
	buf_add_text(&out, "hello ");
	assert_int_equal(file_read(path, 5, &out, &err), 0);
	assert_string_equal(buf_text(&out), "hello world");
	assert_int_equal(file_read(path, 4, &out, &err), -1);
	assert_int_equal(out.size, 11);
	assert_string_equal(out.data, "hello world");
	buf_release(&out);
	(void)unlink(path);
}

static void
what_stands_in_the_way_of_a_new_file_is_seen_before(void **state)
{
	(void)state;
	char folder[] = "/tmp/tidemark-test-files-XXXXXX";
	char path[64];
	struct err err = { 0 };

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/new", folder);
	assert_int_equal(file_check_new(path, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(file_create(path, bytes_of("x"), &err), 0);
	assert_int_equal(file_check_new(path, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	assert_non_null(strstr(err.message, "is there already"));
	assert_int_equal(unlink(path), 0);
	/* A name that leads nowhere is not overwritten either. */
	assert_int_equal(symlink("/nonexistent/x", path), 0);
	assert_int_equal(file_check_new(path, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(file_check_new(path, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_non_null(strstr(err.message, path));
	/* /proc takes no files, not even of root. */
	assert_int_equal(file_check_new("/proc/self/fd/x/y", &err), -1);
	assert_int_equal(file_check_new("no-such-file-here", &err), 0);
}

static void
a_file_larger_than_one_read_is_complete(void **state)
{
	(void)state;
	char path[] = "/tmp/tidemark-test-files-XXXXXX";
	const int fd = mkstemp(path);
	struct buf content = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	assert_true(fd >= 0);
	for (int i = 0; i < 50000; i++)
		buf_add_format(&content, "%d,", i);
	assert_true(
	    write(fd, content.data, content.size) == (ssize_t)content.size);
	assert_int_equal(close(fd), 0);
	assert_int_equal(file_read(path, content.size, &out, &err), 0);
	assert_true(bytes_equal(buf_bytes(&content), buf_bytes(&out)));
	assert_int_equal(file_read(path, content.size - 1, &out, &err), -1);
	buf_release(&content);
	buf_release(&out);
	(void)unlink(path);
}

static void
a_pipe_of_that_name_is_refused_without_waiting(void **state)
{
	(void)state;
	char directory[] = "/tmp/tidemark-test-files-XXXXXX";
	char path[80];
	struct buf out = { 0 };
	struct err err = { 0 };

	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/pipe", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(path, 5, &out, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_non_null(strstr(err.message, "not a regular file"));
	buf_release(&out);
	(void)unlink(path);
	(void)rmdir(directory);
}

static void
a_path_through_a_file_is_an_io_error(void **state)
{
	(void)state;
	struct buf out = { 0 };
	struct err err = { 0 };

	assert_int_equal(file_read("/dev/null/x", 5, &out, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_non_null(strstr(err.message, "Not a directory"));
	buf_release(&out);
}

static void
a_path_in_a_message_cannot_control_the_terminal(void **state)
{
	(void)state;
	struct buf out = { 0 };
	struct err err = { 0 };

	assert_int_equal(file_read("/nonexistent/\033[2J", 5, &out, &err), -1);
	assert_string_equal(
	    err.message, "/nonexistent/\\u{1b}[2J: no such file");
	buf_release(&out);
}

static void
a_replaced_file_is_whole_and_readable_by_everybody(void **state)
{
	char folder[] = "/tmp/tidemark-test-files-XXXXXX";
	char path[64];
	struct buf out = { 0 };
	struct err err = { 0 };
	struct stat status;
	(void)state;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/metrics.prom", folder);
	assert_int_equal(file_replace(path, bytes_of("first"), &err), 0);
	assert_int_equal(file_replace(path, bytes_of("2nd"), &err), 0);
	assert_int_equal(file_read(path, 99, &out, &err), 0);
	assert_string_equal(buf_text(&out), "2nd");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	buf_release(&out);
	(void)unlink(path);
	/* Nothing else was left. */
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(file_replace(path, bytes_of("x"), &err), -1);
	assert_int_equal(err.kind, ERR_IO);
}

static void
a_folder_is_not_replaced_and_nothing_is_left(void **state)
{
	char folder[] = "/tmp/tidemark-test-files-XXXXXX";
	char path[64];
	struct err err = { 0 };
	(void)state;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/there", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_replace(path, bytes_of("x"), &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
a_folder_is_locked_by_one_at_a_time(void **state)
{
	char folder[] = "/tmp/tidemark-test-files-XXXXXX";
	char path[64];
	struct env env;
	struct err err = { 0 };
	int first = -1, second = -1;
	(void)state;

	env_init_system(&env, NULL);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/not-there", folder);
	assert_int_equal(folder_lock(path, &env, 0, &first, &err), 0);
	assert_int_equal(folder_lock(path, &env, 30, &second, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	folder_unlock(first);
	assert_int_equal(folder_lock(path, &env, 0, &second, &err), 0);
	folder_unlock(second);
	/* Nothing was left. */
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(folder_lock(path, &env, 0, &first, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	/* A name alone is in the folder that one is in. */
	assert_int_equal(folder_lock("name", &env, 0, &first, &err), 0);
	assert_int_equal(folder_lock("./other", &env, 0, &second, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	folder_unlock(first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_up_to_the_limit),
		cmocka_unit_test(what_is_no_readable_file_is_told_apart),
		cmocka_unit_test(
		    what_was_there_stays_before_the_file_and_after_a_failure),
		cmocka_unit_test(
		    what_stands_in_the_way_of_a_new_file_is_seen_before),
		cmocka_unit_test(a_file_larger_than_one_read_is_complete),
		cmocka_unit_test(
		    a_pipe_of_that_name_is_refused_without_waiting),
		cmocka_unit_test(a_path_through_a_file_is_an_io_error),
		cmocka_unit_test(
		    a_replaced_file_is_whole_and_readable_by_everybody),
		cmocka_unit_test(a_folder_is_locked_by_one_at_a_time),
		cmocka_unit_test(a_folder_is_not_replaced_and_nothing_is_left),
		cmocka_unit_test(
		    a_path_in_a_message_cannot_control_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
