/*
 * test_dir.c - what the directory driver promises beyond the contract: modes,
 * links that lead out of it, folders that cannot be read or that vanish, and
 * writers in different processes.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "storage/store.h"
#include "tests/unit/storage/tempdir.h"

#define WRITERS 16
#define NOBODY 65534
#define KEY "snapshots/c/2026/11/25/object"

struct place {
	struct env env;
	struct store *store;
	char path[TEMPDIR_MAX];
	char outside[TEMPDIR_MAX];
};

static int
setup(void **state)
{
	static struct place place;
	struct err err = { 0 };

	env_init_system(&place.env, NULL);
	tempdir_make(place.path);
	tempdir_make(place.outside);
	*state = &place;
	return store_open(place.path, NULL, &place.env, &place.store, &err) ==
		    0 &&
		store_probe(place.store, true, &err) == 0
	    ? 0
	    : -1;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	store_free(place->store);
	tempdir_remove(place->path);
	tempdir_remove(place->outside);
	return 0;
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
expect_put(struct store *store, const char *key)
{
	struct err err = { 0 };

	if (store_put(store, key, "text", 4, &err) != 0)
		fail_msg("%s", err.message);
}

static mode_t
mode_of(const char *path)
{
	struct stat info;

	assert_int_equal(lstat(path, &info), 0);
	return info.st_mode & 07777;
}

static void
modes_do_not_depend_on_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 0022, 0077, 0177 };
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		const mode_t old = umask(masks[i]);
		char key[64];
		char folder[32];

		(void)snprintf(folder, sizeof(folder), "f%zu", i);
		(void)snprintf(key, sizeof(key), "%s/inner/object", folder);
		expect_put(place->store, key);
		(void)umask(old);
		assert_int_equal(mode_of(tempdir_at(place->path, key)), 0600);
		assert_int_equal(
		    mode_of(tempdir_at(place->path, folder)), 0700);
		*strrchr(key, '/') = '\0';
		assert_int_equal(mode_of(tempdir_at(place->path, key)), 0700);
	}
}

static void
init_makes_the_folder_and_those_above_it(void **state)
{
	const struct place *place = *state;
	const char *path = tempdir_at(place->outside, "new//deep/er/");
	struct store *store = NULL;
	struct err err = { 0 };
	const mode_t old = umask(0);

	assert_int_equal(store_open(path, NULL, &place->env, &store, &err), 0);
	assert_int_equal(store_probe(store, false, &err), -1);
	assert_int_equal(err.kind, ERR_NO_REPO);
	assert_non_null(strstr(err.message, path));
	err = (struct err){ 0 };
	assert_int_equal(store_probe(store, true, &err), 0);
	(void)umask(old);
	expect_put(store, "a/b");
	assert_int_equal(mode_of(path), 0700);
	assert_int_equal(mode_of(tempdir_at(place->outside, "new")), 0700);
	assert_int_equal(tempdir_count(place->outside, ""), 1);
	store_free(store);
}

static void
a_file_as_repository_is_refused(void **state)
{
	const struct place *place = *state;
	const char *path = tempdir_at(place->outside, "file");
	struct store *store = NULL;
	struct err err = { 0 };

	tempdir_file(path, "mine");
	assert_int_equal(store_open(path, NULL, &place->env, &store, &err), 0);
	assert_int_equal(store_probe(store, false, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_non_null(strstr(err.hint, "directory"));
	err = (struct err){ 0 };
	assert_int_equal(store_probe(store, true, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	store_free(store);
}

static void
left_over_temporaries_are_not_listed(void **state)
{
	const struct place *place = *state;

	expect_put(place->store, "a/object");
	tempdir_file(tempdir_at(place->path, ".tmp~0123456789abcdef"), "half");
	tempdir_file(tempdir_at(place->path, "a/.tmp~0123456789abcdef"), "ha");
	tempdir_file(tempdir_at(place->path, "a/with space"), "x");
	tempdir_folder(tempdir_at(place->path, "lost+found"));
	tempdir_file(tempdir_at(place->path, "lost+found/x"), "x");
	assert_int_equal(mkfifo(tempdir_at(place->path, "a/fifo"), 0600), 0);
	assert_int_equal(count_keys(place->store), 1);
}

static void
expect_link_error(int result, const struct err *err)
{
	assert_int_equal(result, -1);
	assert_int_equal(err->kind, ERR_IO);
	assert_non_null(strstr(err->hint, "symbolic link"));
}

static void
a_planted_folder_link_is_not_followed(void **state)
{
	const struct place *place = *state;
	const struct store_listing all = { "", NULL, false };
	const struct store_listing days = { "snapshots/c/2026/11/", NULL,
		true };
	const struct store_listing day = { "snapshots/c/2026/11/25/", NULL,
		false };
	struct buf found = { 0 };
	struct err err = { 0 };
	uint64_t size;
	size_t count = 0;

	expect_put(place->store, "snapshots/c/2026/11/24/object");
	tempdir_file(tempdir_at(place->outside, "object"), "not yours");
	tempdir_link(
	    place->outside, tempdir_at(place->path, "snapshots/c/2026/11/25"));
	expect_link_error(
	    store_put(place->store, "snapshots/c/2026/11/25/new", "x", 1, &err),
	    &err);
	assert_non_null(strstr(err.message, "snapshots/c/2026/11/25"));
	err = (struct err){ 0 };
	expect_link_error(
	    store_get(place->store, KEY, 100, &found, &err), &err);
	err = (struct err){ 0 };
	expect_link_error(store_stat(place->store, KEY, &size, &err), &err);
	err = (struct err){ 0 };
	expect_link_error(store_remove(place->store, KEY, &err), &err);
	/* Leaving it out would be a listing with less in it. */
	err = (struct err){ 0 };
	expect_link_error(
	    store_list(place->store, &all, count_line, &count, &err), &err);
	err = (struct err){ 0 };
	expect_link_error(
	    store_list(place->store, &days, count_line, &count, &err), &err);
	err = (struct err){ 0 };
	expect_link_error(
	    store_list(place->store, &day, count_line, &count, &err), &err);
	assert_int_equal(tempdir_count(place->outside, ""), 1);
	assert_int_equal(tempdir_count(place->path, ""), 2);
}

static void
a_planted_file_link_is_not_followed(void **state)
{
	const struct place *place = *state;
	const char *target = tempdir_at(place->outside, "target");
	struct buf found = { 0 };
	struct err err = { 0 };

	tempdir_file(target, "kept");
	tempdir_folder(tempdir_at(place->path, "a"));
	tempdir_link(target, tempdir_at(place->path, "a/object"));
	assert_int_equal(
	    store_put(place->store, "a/object", "new", 3, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	err = (struct err){ 0 };
	assert_int_equal(
	    store_get(place->store, "a/object", 10, &found, &err), -1);
	assert_true(err.kind == ERR_IO || err.kind == ERR_NOT_FOUND);
	assert_null(found.data);
	/* Also one that leads nowhere yet must not be created through. */
	tempdir_link(tempdir_at(place->outside, "fresh"),
	    tempdir_at(place->path, "a/dangling"));
	err = (struct err){ 0 };
	assert_int_equal(
	    store_put(place->store, "a/dangling", "new", 3, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	assert_int_equal(tempdir_count(place->outside, ""), 1);
	assert_int_equal(tempdir_count(place->path, "~"), 0);
}

/* ------------------------------------------------------ other processes */

static void NORETURN
put_in_child(struct place *place, size_t number, int ready)
{
	struct store *store = NULL;
	struct err err = { 0 };
	char text[32];
	char byte;
	int size;

	size = snprintf(text, sizeof(text), "writer %zu", number);
	if (store_open(place->path, NULL, &place->env, &store, &err) != 0 ||
	    store_probe(store, false, &err) != 0)
		_exit(99);
	/* Wait until all are there: the other end closes. */
	if (read(ready, &byte, 1) != 0)
		_exit(98);
	if (store_put(store, KEY, text, (size_t)size, &err) == 0)
		_exit(0);
	_exit(err.kind == ERR_EXISTS ? 1 : 97);
}

static void
of_sixteen_processes_one_wins(void **state)
{
	struct place *place = *state;
	struct buf found = { 0 };
	struct err err = { 0 };
	pid_t children[WRITERS];
	size_t winner = WRITERS;
	char expected[32];
	int ready[2];

	assert_int_equal(pipe(ready), 0);
	for (size_t i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			(void)close(ready[1]);
			put_in_child(place, i, ready[0]);
		}
		assert_true(children[i] > 0);
	}
	(void)close(ready[0]);
	(void)close(ready[1]);
	for (size_t i = 0; i < WRITERS; i++) {
		int status = 0;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 0) {
			assert_int_equal(winner, WRITERS);
			winner = i;
		} else {
			assert_int_equal(WEXITSTATUS(status), 1);
		}
	}
	assert_true(winner < WRITERS);
	(void)snprintf(expected, sizeof(expected), "writer %zu", winner);
	assert_int_equal(store_get(place->store, KEY, 100, &found, &err), 0);
	assert_string_equal(buf_text(&found), expected);
	assert_int_equal(tempdir_count(place->path, ""), 1);
	buf_release(&found);
}

/* As prune does it: empty folders go, from the day up. */
static void NORETURN
remove_folders(const struct place *place)
{
	static const char *const folders[] = { "snapshots/c/2026/11/25",
		"snapshots/c/2026/11", "snapshots/c/2026", "snapshots/c",
		"snapshots" };
	/* Often enough to meet many puts, seldom enough that one of a put's
	 * few attempts has time on a busy machine. */
	const struct timespec pause = { 0, 5000000 };
	const pid_t parent = getppid();

	while (getppid() == parent) {
		for (size_t i = 0; i < 5; i++)
			(void)rmdir(tempdir_at(place->path, folders[i]));
		(void)nanosleep(&pause, NULL);
	}
	_exit(0);
}

static void
a_folder_that_vanishes_is_made_again(void **state)
{
	const struct place *place = *state;
	const pid_t child = fork();
	int status;

	if (child == 0)
		remove_folders(place);
	for (size_t i = 0; i < 300; i++) {
		struct err err = { 0 };

		expect_put(place->store, KEY);
		if (store_remove(place->store, KEY, &err) != 0)
			fail_msg("%s", err.message);
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(tempdir_count(place->path, ""), 0);
}

static void
a_repository_that_vanishes_is_an_error(void **state)
{
	const struct place *place = *state;
	struct err err = { 0 };

	assert_int_equal(rmdir(place->path), 0);
	assert_int_equal(store_put(place->store, KEY, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_non_null(strstr(err.hint, "removed or unmounted"));
	tempdir_folder(place->path);
	/* Not even when a folder of that name is there again. */
	err = (struct err){ 0 };
	assert_int_equal(store_put(place->store, KEY, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(tempdir_count(place->path, ""), 0);
}

/* Run as an ordinary user in a process of its own. */
static int
as_nobody(int (*run)(const struct place *place), const struct place *place)
{
	const pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(99);
		_exit(run(place));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What went wrong is the exit status. */
static int
try_without_rights(const struct place *place)
{
	const struct store_listing all = { "", NULL, false };
	const struct store_listing day = { "snapshots/c/2026/11/25/", NULL,
		false };
	struct buf found = { 0 };
	struct store *store = NULL;
	struct err errs[5] = { { 0 } };
	size_t count = 0;

	if (store_open(place->path, NULL, &place->env, &store, &errs[0]) != 0 ||
	    store_probe(store, false, &errs[0]) != 0)
		return 10;
	if (store_put(store, KEY "2", "x", 1, &errs[0]) == 0 ||
	    store_get(store, KEY, 100, &found, &errs[1]) == 0 ||
	    store_list(store, &all, count_line, &count, &errs[2]) == 0 ||
	    store_list(store, &day, count_line, &count, &errs[3]) == 0 ||
	    store_remove(store, KEY, &errs[4]) == 0)
		return 11;
	for (size_t i = 0; i < 5; i++) {
		if (errs[i].kind != ERR_IO ||
		    strstr(errs[i].message, "ermission denied") == NULL ||
		    strstr(errs[i].message, place->path) == NULL ||
		    strstr(errs[i].message, "snapshots/c/2026/11") == NULL ||
		    strstr(errs[i].hint, "owns the repository") == NULL)
			return 20 + (int)i;
	}
	store_free(store);
	return 0;
}

static int
try_closed_root(const struct place *place)
{
	struct store *store = NULL;
	struct err err = { 0 };

	if (store_open(place->path, NULL, &place->env, &store, &err) != 0)
		return 10;
	if (store_probe(store, false, &err) == 0)
		return 11;
	store_free(store);
	return err.kind == ERR_IO &&
		strstr(err.message, "ermission denied") != NULL
	    ? 0
	    : 12;
}

static void
an_unreadable_folder_is_an_error_not_less(void **state)
{
	const struct place *place = *state;

	if (geteuid() != 0)
		skip();
	expect_put(place->store, KEY);
	expect_put(place->store, "snapshots/c/2026/11/26/object");
	/* nobody may enter all but the day of the object. */
	assert_int_equal(chmod(place->path, 0755), 0);
	assert_int_equal(chmod(tempdir_at(place->path, "snapshots"), 0755), 0);
	assert_int_equal(
	    chmod(tempdir_at(place->path, "snapshots/c"), 0755), 0);
	assert_int_equal(
	    chmod(tempdir_at(place->path, "snapshots/c/2026"), 0755), 0);
	assert_int_equal(
	    chmod(tempdir_at(place->path, "snapshots/c/2026/11"), 0755), 0);
	assert_int_equal(as_nobody(try_without_rights, place), 0);
	assert_int_equal(chmod(place->path, 0700), 0);
	assert_int_equal(as_nobody(try_closed_root, place), 0);
	assert_int_equal(count_keys(place->store), 2);
}

int
main(void)
{
#define DIR_TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		DIR_TEST(modes_do_not_depend_on_the_umask),
		DIR_TEST(init_makes_the_folder_and_those_above_it),
		DIR_TEST(a_file_as_repository_is_refused),
		DIR_TEST(left_over_temporaries_are_not_listed),
		DIR_TEST(a_planted_folder_link_is_not_followed),
		DIR_TEST(a_planted_file_link_is_not_followed),
		DIR_TEST(of_sixteen_processes_one_wins),
		DIR_TEST(a_folder_that_vanishes_is_made_again),
		DIR_TEST(a_repository_that_vanishes_is_an_error),
		DIR_TEST(an_unreadable_folder_is_an_error_not_less),
	};

	return cmocka_run_group_tests_name("directory", tests, NULL, NULL);
}
