/*
 * make_window.c - windows out of archives of one capture each: what the agent
 * would have written, had it made these captures.
 *
 *	make_window REPOSITORY ARCHIVE...
 *
 * The archives in the order of their captures.  Where one has to begin another
 * window it does.  Prints a line for each window: its id and how many captures
 * it has.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/err.h"
#include "common/files.h"
#include "formats/archive.h"
#include "formats/windowbuild.h"
#include "storage/repo.h"

static int
fail(const char *what, const struct err *err)
{
	(void)fprintf(stderr, "make_window: %s: %s\n", what, err->message);
	return -1;
}

static int
save(struct repo *repo, const struct windowbuild *window)
{
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };
	int result = 0;

	if (windowbuild_encode(window, &archive, &info, &err) != 0 ||
	    repo_save(repo, &info, buf_bytes(&archive), NULL, &err) != 0)
		result = fail("cannot save a window", &err);
	else
		(void)printf("%s %zu\n", info.id, windowbuild_count(window));
	buf_release(&archive);
	return result;
}

static int
read_capture(const char *path, struct snapshot *out)
{
	struct buf archive = { 0 };
	struct err err = { 0 };
	int result = 0;

	if (file_read(path, ARCHIVE_SIZE_MAX, &archive, &err) != 0 ||
	    archive_decode(buf_bytes(&archive), out, &err) != 0)
		result = fail(path, &err);
	buf_release(&archive);
	return result;
}

/* Add it to the window, or save that and begin another. */
static int
add(struct repo *repo, struct windowbuild **window, const char *path)
{
	struct snapshot capture = { 0 };
	enum window_verdict verdict = WINDOW_TAKEN;
	int result = 0;

	if (read_capture(path, &capture) != 0)
		return -1;
	if (*window != NULL)
		verdict = windowbuild_add(*window, &capture);
	if (*window != NULL && verdict != WINDOW_TAKEN) {
		(void)fprintf(
		    stderr, "%s: %s\n", path, window_verdict_text(verdict));
		result = save(repo, *window);
		windowbuild_free(*window);
		*window = NULL;
	}
	if (*window == NULL)
		*window = windowbuild_new(&capture);
	snapshot_release(&capture);
	return result;
}

int
main(int argc, char **argv)
{
	struct windowbuild *window = NULL;
	struct store *store = NULL;
	struct repo *repo = NULL;
	struct env env;
	struct err err = { 0 };
	int result = 0;

	if (argc < 3) {
		(void)fputs(
		    "usage: make_window REPOSITORY ARCHIVE...\n", stderr);
		return 2;
	}
	env_init_system(&env, NULL);
	if (store_open(argv[1], NULL, &env, &store, &err) != 0 ||
	    repo_open(store, &env, &repo, &err) != 0) {
		(void)fail(argv[1], &err);
		return 1;
	}
	for (int i = 2; result == 0 && i < argc; i++)
		result = add(repo, &window, argv[i]);
	if (result == 0)
		result = save(repo, window);
	windowbuild_free(window);
	repo_free(repo);
	return result == 0 ? 0 : 1;
}
