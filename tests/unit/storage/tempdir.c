/*
 * tempdir.c - see tempdir.h.
 */
#include "tests/unit/storage/tempdir.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/xalloc.h"

#define PATH_SIZE 1024
#define PATHS 4

void
tempdir_make(char out[TEMPDIR_MAX])
{
	const char *base = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */

	(void)snprintf(out, TEMPDIR_MAX, "%s/tidemark-test-XXXXXX",
	    base == NULL || strlen(base) > TEMPDIR_MAX / 2 ? "/tmp" : base);
	if (mkdtemp(out) == NULL) {
		perror(out);
		abort();
	}
}

void
tempdir_remove(const char *path)
{
	const pid_t child = fork();
	int status = 0;

	if (child == 0) {
		(void)execl("/bin/rm", "rm", "-rf", "--", path, (char *)NULL);
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		abort();
}

const char *
tempdir_at(const char *folder, const char *name)
{
	static char paths[PATHS][PATH_SIZE];
	static size_t next;
	char *path = paths[next++ % PATHS];
	const int size = snprintf(path, PATH_SIZE, "%s/%s", folder, name);

	assert(size > 0 && size < PATH_SIZE);
	(void)size;
	return path;
}

void
tempdir_folder(const char *path)
{
	if (mkdir(path, 0700) != 0)
		abort();
}

void
tempdir_file(const char *path, const char *text)
{
	const int fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    close(fd) != 0)
		abort();
}

void
tempdir_link(const char *target, const char *path)
{
	if (symlink(target, path) != 0)
		abort();
}

/* Folders that are still to be looked at. */
struct pending {
	char **paths;
	size_t count;
	size_t capacity;
};

static void
push(struct pending *pending, const char *path)
{
	pending->paths = xgrow(pending->paths, pending->count,
	    &pending->capacity, sizeof(*pending->paths));
	pending->paths[pending->count++] = xstrdup(path);
}

static size_t
count_in(struct pending *pending, const char *path, const char *text)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	if (folder == NULL)
		abort();
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while ((entry = readdir(folder)) != NULL) {
		struct buf inner = { 0 };
		struct stat info;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		buf_add_format(&inner, "%s/%s", path, entry->d_name);
		if (lstat(buf_text(&inner), &info) != 0)
			abort();
		if (S_ISDIR(info.st_mode))
			push(pending, buf_text(&inner));
		else if (strstr(entry->d_name, text) != NULL)
			count++;
		buf_release(&inner);
	}
	(void)closedir(folder);
	return count;
}

size_t
tempdir_count(const char *path, const char *text)
{
	struct pending pending = { 0 };
	size_t count = 0;

	push(&pending, path);
	while (pending.count > 0) {
		char *next = pending.paths[--pending.count];

		count += count_in(&pending, next, text);
		free(next);
	}
	free(pending.paths);
	return count;
}
