/* Tests of common/files.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_up_to_the_limit),
		cmocka_unit_test(what_is_no_readable_file_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
