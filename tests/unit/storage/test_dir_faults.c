/*
 * test_dir_faults.c - the directory driver when the system fails: each call
 * that matters, one after the other, and kill -9 before each.
 *
 * After a failed put no object and no temporary file is there, what was there
 * before is whole, no descriptor is lost, and the same put then succeeds.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/err.h"
#include "storage/store.h"
#include "tests/unit/storage/faultwrap.h"
#include "tests/unit/storage/tempdir.h"

#define OLD "snapshots/c/2026/11/24/old"
#define NEW "snapshots/c/2026/11/25/new"
#define OLD_TEXT "what was there before"
#define NEW_TEXT "a text that is written in several pieces"

struct place {
	struct env env;
	struct store *store;
	char path[TEMPDIR_MAX];
};

static struct faultwrap
fault_of(enum fault_mode mode, int call, size_t at, int errnum)
{
	struct faultwrap fault = { 0 };

	fault.mode = mode;
	fault.call = call;
	fault.at = at;
	fault.errnum = errnum;
	return fault;
}

static void
open_place(struct place *place)
{
	struct err err = { 0 };

	env_init_system(&place->env, NULL);
	tempdir_make(place->path);
	if (store_open(place->path, NULL, &place->env, &place->store, &err) !=
		0 ||
	    store_probe(place->store, true, &err) != 0 ||
	    store_put(place->store, OLD, OLD_TEXT, strlen(OLD_TEXT), &err) != 0)
		fail_msg("%s", err.message);
}

static void
close_place(struct place *place)
{
	store_free(place->store);
	tempdir_remove(place->path);
}

static size_t
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL) /* NOLINT(concurrency-mt-unsafe) */
		count++;
	(void)closedir(folder);
	return count;
}

static int
count_line(const struct store_object *object, void *context, struct err *err)
{
	size_t *count = context;

	(void)object;
	(void)err;
	(*count)++;
	return 0;
}

static size_t
count_keys(struct store *store)
{
	const struct store_listing all = { "", NULL, false };
	struct err err = { 0 };
	size_t count = 0;

	if (store_list(store, &all, count_line, &count, &err) != 0)
		fail_msg("%s", err.message);
	return count;
}

static void
expect_content(struct store *store, const char *key, const char *text)
{
	struct buf found = { 0 };
	struct err err = { 0 };

	if (store_get(store, key, 1000, &found, &err) != 0)
		fail_msg("%s", err.message);
	assert_string_equal(buf_text(&found), text);
	buf_release(&found);
}

static int
put_new(struct place *place, struct err *err)
{
	return store_put(place->store, NEW, NEW_TEXT, strlen(NEW_TEXT), err);
}

/* One put into a fresh place under a fault; false once the fault no longer
 * came to pass. */
static bool
put_under(const struct faultwrap *fault)
{
	struct place place = { 0 };
	struct err err = { 0 };
	size_t descriptors;
	bool happened;
	int result;

	open_place(&place);
	descriptors = count_descriptors();
	faultwrap = *fault;
	result = put_new(&place, &err);
	happened = faultwrap.seen >= fault->at;
	faultwrap = (struct faultwrap){ 0 };

	assert_int_equal(count_descriptors(), descriptors);
	assert_int_equal(tempdir_count(place.path, "~"), 0);
	expect_content(place.store, OLD, OLD_TEXT);
	if (result != 0) {
		assert_true(happened);
		assert_int_equal(err.kind, ERR_IO);
		assert_non_null(strstr(err.message, place.path));
		assert_int_equal(count_keys(place.store), 1);
		err = (struct err){ 0 };
		if (put_new(&place, &err) != 0)
			fail_msg("again: %s", err.message);
	}
	assert_int_equal(count_keys(place.store), 2);
	expect_content(place.store, NEW, NEW_TEXT);
	close_place(&place);
	return happened;
}

/* The first call of a kind fails, then only the second, and so on; returns how
 * many there were. */
static size_t
fail_each(enum fault_mode mode, int call, int errnum)
{
	struct faultwrap fault = fault_of(mode, call, 1, errnum);

	while (put_under(&fault))
		fault.at++;
	return fault.at - 1;
}

static void
each_call_may_fail_in_a_put(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EROFS, EACCES, EDQUOT,
		EMFILE };
	size_t happened = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		for (int call = -1; call < FAULT_CALL_COUNT; call++)
			happened += fail_each(FAULT_BROKEN, call, errors[i]);
	}
	/* All kinds of calls were there. */
	assert_true(happened > 200);
}

static void
a_folder_that_vanishes_at_each_call_is_made_again(void **state)
{
	(void)state;
	assert_true(fail_each(FAULT_ERROR, FAULT_OPEN, ENOENT) > 0);
	assert_true(fail_each(FAULT_ERROR, FAULT_MKDIR, ENOENT) > 0);
	assert_true(fail_each(FAULT_ERROR, FAULT_LINK, ENOENT) > 0);
}

static void
each_call_may_fail_in_init(void **state)
{
	size_t failures = 0;
	bool happened = true;

	(void)state;
	for (size_t at = 1; happened; at++) {
		struct place place = { 0 };
		struct err err = { 0 };
		const char *path;
		int result;

		env_init_system(&place.env, NULL);
		tempdir_make(place.path);
		path = tempdir_at(place.path, "new/place");
		assert_int_equal(
		    store_open(path, NULL, &place.env, &place.store, &err), 0);
		faultwrap = fault_of(FAULT_BROKEN, -1, at, ENOSPC);
		result = store_probe(place.store, true, &err);
		happened = faultwrap.seen >= at;
		faultwrap = (struct faultwrap){ 0 };
		failures += result != 0;
		assert_int_equal(tempdir_count(place.path, ""), 0);
		err = (struct err){ 0 };
		if (store_probe(place.store, true, &err) != 0)
			fail_msg("again: %s", err.message);
		close_place(&place);
	}
	assert_true(failures > 10);
}

static void
a_full_disk_says_what_to_do(void **state)
{
	struct place place = { 0 };
	struct err err = { 0 };

	(void)state;
	open_place(&place);
	faultwrap = fault_of(FAULT_ERROR, FAULT_WRITE, 1, ENOSPC);
	assert_int_equal(put_new(&place, &err), -1);
	faultwrap = (struct faultwrap){ 0 };
	assert_int_equal(err_exit_status(&err), 1);
	assert_non_null(strstr(err.message, "No space left on device"));
	assert_non_null(strstr(err.message, NEW));
	assert_non_null(strstr(err.hint, "free some space"));
	close_place(&place);
}

static void
without_links_files_are_renamed_without_replacing(void **state)
{
	static const int errors[] = { EPERM, EOPNOTSUPP, ENOSYS, EMLINK };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct place place = { 0 };
		struct err err = { 0 };

		open_place(&place);
		faultwrap = fault_of(FAULT_ERROR, FAULT_LINK, 0, errors[i]);
		assert_int_equal(store_probe(place.store, true, &err), 0);
		assert_int_equal(put_new(&place, &err), 0);
		expect_content(place.store, NEW, NEW_TEXT);
		assert_int_equal(
		    store_put(place.store, NEW, "other", 5, &err), -1);
		assert_int_equal(err.kind, ERR_EXISTS);
		faultwrap = (struct faultwrap){ 0 };
		expect_content(place.store, NEW, NEW_TEXT);
		assert_int_equal(tempdir_count(place.path, "~"), 0);
		close_place(&place);
	}
}

/* Neither links nor renaming: both calls fail, the same way. */
static void
without_either_init_and_put_refuse(void **state)
{
	struct place place = { 0 };
	struct err err = { 0 };

	(void)state;
	open_place(&place);
	faultwrap = fault_of(FAULT_ERROR, FAULT_LINK, 0, EPERM);
	faultwrap.no_rename = true;
	assert_int_equal(store_probe(place.store, true, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	err = (struct err){ 0 };
	assert_int_equal(put_new(&place, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_true(err.hint[0] != '\0');
	faultwrap = (struct faultwrap){ 0 };
	assert_int_equal(tempdir_count(place.path, ""), 1);
	close_place(&place);
}

/* As NFS may answer when the first answer was lost. */
static void
a_link_that_succeeded_and_says_it_exists_is_success(void **state)
{
	struct place place = { 0 };
	struct err err = { 0 };

	(void)state;
	open_place(&place);
	faultwrap.link_twice = true;
	if (put_new(&place, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(store_put(place.store, OLD, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	faultwrap = (struct faultwrap){ 0 };
	expect_content(place.store, OLD, OLD_TEXT);
	expect_content(place.store, NEW, NEW_TEXT);
	assert_int_equal(tempdir_count(place.path, "~"), 0);
	close_place(&place);
}

static void
short_writes_and_signals_are_gone_through(void **state)
{
	struct place place = { 0 };
	struct err err = { 0 };

	(void)state;
	open_place(&place);
	faultwrap.stutters = true;
	if (put_new(&place, &err) != 0)
		fail_msg("%s", err.message);
	expect_content(place.store, NEW, NEW_TEXT);
	faultwrap = (struct faultwrap){ 0 };
	close_place(&place);
}

/* Returns false once the writer came to its end. */
static bool
put_and_die(size_t at)
{
	struct place place = { 0 };
	struct err err = { 0 };
	int status = 0;
	size_t keys;
	pid_t child;

	open_place(&place);
	child = fork();
	if (child == 0) {
		faultwrap = fault_of(FAULT_KILL, -1, at, 0);
		_exit(put_new(&place, &err) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	expect_content(place.store, OLD, OLD_TEXT);
	keys = count_keys(place.store);
	if (keys == 2)
		expect_content(place.store, NEW, NEW_TEXT);
	else
		assert_int_equal(keys, 1);
	/* The next one is not in its way, nor it in the next one's. */
	if (put_new(&place, &err) != 0)
		assert_int_equal(err.kind, ERR_EXISTS);
	assert_int_equal(count_keys(place.store), 2);
	expect_content(place.store, NEW, NEW_TEXT);
	close_place(&place);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(status, 0);
	return false;
}

static void
a_writer_killed_at_any_call_leaves_nothing_torn(void **state)
{
	size_t at = 1;

	(void)state;
	while (put_and_die(at))
		at++;
	assert_true(at > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_may_fail_in_a_put),
		cmocka_unit_test(
		    a_folder_that_vanishes_at_each_call_is_made_again),
		cmocka_unit_test(each_call_may_fail_in_init),
		cmocka_unit_test(a_full_disk_says_what_to_do),
		cmocka_unit_test(
		    without_links_files_are_renamed_without_replacing),
		cmocka_unit_test(without_either_init_and_put_refuse),
		cmocka_unit_test(
		    a_link_that_succeeded_and_says_it_exists_is_success),
		cmocka_unit_test(short_writes_and_signals_are_gone_through),
		cmocka_unit_test(
		    a_writer_killed_at_any_call_leaves_nothing_torn),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
