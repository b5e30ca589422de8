/* Tests of common/err.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

static void
set_records_kind_and_message_and_returns_failure(void **state)
{
	(void)state;
	struct err err = { 0 };

	assert_int_equal(err_set(&err, ERR_CORRUPT, "%s: bad", "file"), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_string_equal(err.message, "file: bad");
	assert_string_equal(err.hint, "");
}

static void
set_may_use_the_message_there_is(void **state)
{
	(void)state;
	struct err err = { 0 };

	(void)err_set(&err, ERR_IO, "inner");
	(void)err_set(&err, ERR_REFUSED, "outer (%s)", err.message);
	assert_string_equal(err.message, "outer (inner)");
}

static void
set_forgets_the_hint_of_an_earlier_failure(void **state)
{
	(void)state;
	struct err err = { 0 };

	(void)err_set(&err, ERR_IO, "one");
	err_hint(&err, "do this");
	(void)err_set(&err, ERR_IO, "two");
	assert_string_equal(err.hint, "");
}

static void
set_errno_appends_the_reason_and_is_an_io_error(void **state)
{
	(void)state;
	struct err err = { 0 };

	assert_int_equal(err_set_errno(&err, ENOENT, "open %s", "x"), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_string_equal(err.message, "open x: No such file or directory");
}

static void
set_errno_names_a_number_the_system_does_not_know(void **state)
{
	(void)state;
	struct err err = { 0 };

	(void)err_set_errno(&err, 99999, "write");
	assert_non_null(strstr(err.message, "99999"));
}

static void
wrap_puts_context_before_and_keeps_kind_and_hint(void **state)
{
	(void)state;
	struct err err = { 0 };

	(void)err_set(&err, ERR_DENIED, "no right");
	err_hint(&err, "ask for %s", "it");
	assert_int_equal(err_wrap(&err, "group %d", 7), -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_string_equal(err.message, "group 7: no right");
	assert_string_equal(err.hint, "ask for it");
}

static void
a_later_hint_replaces_an_earlier_one(void **state)
{
	(void)state;
	struct err err = { 0 };

	err_hint(&err, "a long first hint");
	err_hint(&err, "second");
	assert_string_equal(err.hint, "second");
}

static void
what_does_not_fit_is_cut_with_dots(void **state)
{
	(void)state;
	struct err err = { 0 };
	char text[ERR_MESSAGE_MAX * 2];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_set(&err, ERR_IO, "%s", text);
	assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
	assert_string_equal(err.message + ERR_MESSAGE_MAX - 5, "x...");

	(void)err_wrap(&err, "context");
	assert_memory_equal(err.message, "context: xxx", 12);
	assert_string_equal(err.message + ERR_MESSAGE_MAX - 5, "x...");

	err_hint(&err, "%s", text);
	assert_string_equal(err.hint + ERR_HINT_MAX - 5, "x...");
}

static void
a_context_that_fills_everything_leaves_a_terminated_message(void **state)
{
	(void)state;
	struct err err = { 0 };
	char text[ERR_MESSAGE_MAX];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_set(&err, ERR_IO, "inner");
	(void)err_wrap(&err, "%s", text);
	assert_string_equal(err.message + ERR_MESSAGE_MAX - 5, "y...");
	(void)err_set_errno(&err, ENOENT, "%s", text);
	assert_string_equal(err.message + ERR_MESSAGE_MAX - 5, "y...");
}

static void
a_cut_leaves_no_half_of_a_character(void **state)
{
	(void)state;
	struct err err = { 0 };
	char text[ERR_MESSAGE_MAX * 2] = "";

	/* Three bytes each: a cut falls within one for two of three starts. */
	for (size_t start = 0; start < 3; start++) {
		memset(text, 'x', start);
		for (size_t i = start; i + 3 < sizeof(text); i += 3) {
			memcpy(text + i, "\xe2\x82\xac", 4);
		}
		(void)err_set(&err, ERR_IO, "%s", text);
		const size_t length = strlen(err.message);

		assert_true(length >= ERR_MESSAGE_MAX - 4);
		assert_string_equal(
		    err.message + length - 6, "\xe2\x82\xac...");
	}
}

static void
only_an_unavailable_remote_is_worth_another_try(void **state)
{
	(void)state;
	for (int kind = ERR_NONE; kind <= ERR_INTERRUPTED; kind++) {
		const struct err err = { .kind = (enum err_kind)kind };

		assert_int_equal(
		    err_is_transient(&err), kind == ERR_UNAVAILABLE);
	}
}

static void
exit_statuses_are_those_of_the_manual(void **state)
{
	(void)state;
	static const struct {
		enum err_kind kind;
		int status;
	} rows[] = {
		{ ERR_NONE, 0 },
		{ ERR_USAGE, 2 },
		{ ERR_NOT_FOUND, 1 },
		{ ERR_EXISTS, 1 },
		{ ERR_CORRUPT, 20 },
		{ ERR_UNSUPPORTED, 1 },
		{ ERR_REFUSED, 4 },
		{ ERR_CHANGED, 5 },
		{ ERR_DENIED, 1 },
		{ ERR_UNAVAILABLE, 1 },
		{ ERR_IO, 1 },
		{ ERR_NO_REPO, 10 },
		{ ERR_INTERRUPTED, 130 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct err err = { .kind = rows[i].kind };

		assert_int_equal(err_exit_status(&err), rows[i].status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    set_records_kind_and_message_and_returns_failure),
		cmocka_unit_test(set_may_use_the_message_there_is),
		cmocka_unit_test(set_forgets_the_hint_of_an_earlier_failure),
		cmocka_unit_test(
		    set_errno_appends_the_reason_and_is_an_io_error),
		cmocka_unit_test(
		    set_errno_names_a_number_the_system_does_not_know),
		cmocka_unit_test(
		    wrap_puts_context_before_and_keeps_kind_and_hint),
		cmocka_unit_test(a_later_hint_replaces_an_earlier_one),
		cmocka_unit_test(what_does_not_fit_is_cut_with_dots),
		cmocka_unit_test(
		    a_context_that_fills_everything_leaves_a_terminated_message),
		cmocka_unit_test(a_cut_leaves_no_half_of_a_character),
		cmocka_unit_test(
		    only_an_unavailable_remote_is_worth_another_try),
		cmocka_unit_test(exit_statuses_are_those_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
