#include "common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/env.h"
#include "common/utf8.h"
#include "common/xalloc.h"

/* How much is asked for at once. */
#define CHUNK_SIZE 65536

/* A path in a message. */
#define PATH_TEXT_MAX 512

/* Fail unless the descriptor is a regular file. */
static int
check_regular(int fd, const char *shown, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0) {
		return err_set_errno(err, errno, "%s", shown);
	}
	if (!S_ISREG(status.st_mode)) {
		return err_set(err, ERR_IO, "%s: is not a regular file", shown);
	}
	return 0;
}

/* Append what is in the descriptor, up to its end. */
static int
read_all(int fd, const char *shown, size_t size_limit, struct buf *out,
    struct err *err)
{
	const size_t start = out->size;

	for (;;) {
		char *at = buf_reserve(out, CHUNK_SIZE);
		const ssize_t got = read(fd, at, CHUNK_SIZE);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return err_set_errno(err, errno, "%s", shown);
		}
		if (got == 0) {
			return 0;
		}
		out->size += (size_t)got;
		if (out->size - start > size_limit) {
			return err_set(err, ERR_CORRUPT,
			    "%s: is larger than %zu bytes", shown, size_limit);
		}
	}
}

int
file_read(const char *path, size_t size_limit, struct buf *out, struct err *err)
{
	char shown[PATH_TEXT_MAX];
	const size_t start = out->size;

	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));

	/* Not to wait for somebody to write into a pipe of that name. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT) {
		return err_set(err, ERR_NOT_FOUND, "%s: no such file", shown);
	}
	if (fd < 0) {
		return err_set_errno(err, errno, "%s", shown);
	}
	int result = check_regular(fd, shown, err);

	if (result == 0) {
		result = read_all(fd, shown, size_limit, out, err);
	}
	/* Nothing was written, so closing cannot lose anything. */
	(void)close(fd);
	if (result != 0) {
		out->size = start;
	}
	(void)buf_text(out);
	return result;
}

/* Everything, and to the disk; errno on failure. */
static int
write_all(int fd, struct bytes content)
{
	while (content.size > 0) {
		const ssize_t written = write(fd, content.data, content.size);

		if (written < 0 && errno != EINTR) {
			return errno;
		}
		if (written > 0) {
			content.data += written;
			content.size -= (size_t)written;
		}
	}
	return fsync(fd) != 0 ? errno : 0;
}

static int
fail_exists(const char *shown, struct err *err)
{
	return err_set(err, ERR_EXISTS, "%s: is there already", shown);
}

int
file_check_new(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const size_t size = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char shown[PATH_TEXT_MAX];
	struct stat status;
	char *folder;
	int failure;

	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	if (lstat(path, &status) == 0) {
		return fail_exists(shown, err);
	}
	if (errno != ENOENT) {
		return err_set_errno(err, errno, "%s", shown);
	}
	folder = size == 0 ? xmemdup0(".", 1) : xmemdup0(path, size);
	failure = access(folder, W_OK | X_OK) != 0 ? errno : 0;
	free(folder);
	return failure == 0 ? 0 : err_set_errno(err, failure, "%s", shown);
}

int
file_create(const char *path, struct bytes content, struct err *err)
{
	char shown[PATH_TEXT_MAX];
	const int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int failure;

	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	if (fd < 0 && errno == EEXIST) {
		return fail_exists(shown, err);
	}
	if (fd < 0) {
		return err_set_errno(err, errno, "%s", shown);
	}
	failure = write_all(fd, content);
	if (close(fd) != 0 && failure == 0) {
		failure = errno;
	}
	if (failure == 0) {
		return 0;
	}
	(void)unlink(path);
	return err_set_errno(err, failure, "%s", shown);
}

void
file_drop_empty(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == 0) {
		(void)unlink(path);
	}
}

/* For those who gather such files, whoever they are. */
#define REPLACED_MODE 0644

int
file_replace(const char *path, struct bytes content, struct err *err)
{
	static const char ending[] = ".XXXXXX";
	const size_t size = strlen(path);
	char shown[PATH_TEXT_MAX];
	char *temporary = xcalloc(size + sizeof(ending), 1);
	int failure = 0;
	int fd;

	memcpy(temporary, path, size);
	memcpy(temporary + size, ending, sizeof(ending));
	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	fd = mkstemp(temporary);
	if (fd < 0) {
		failure = errno;
		free(temporary);
		return err_set_errno(err, failure, "%s", shown);
	}
	if (fchmod(fd, REPLACED_MODE) != 0) {
		failure = errno;
	}
	if (failure == 0) {
		failure = write_all(fd, content);
	}
	if (close(fd) != 0 && failure == 0) {
		failure = errno;
	}
	if (failure == 0 && rename(temporary, path) != 0) {
		failure = errno;
	}
	if (failure != 0) {
		(void)unlink(temporary);
		(void)err_set_errno(err, failure, "%s", shown);
	}
	free(temporary);
	return failure == 0 ? 0 : -1;
}

/* Between two tries. */
#define LOCK_PAUSE_MS 20

static int
open_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	const size_t size = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *folder = xcalloc(size + 2, 1);
	int fd;

	memcpy(folder, size > 0 ? path : ".", size > 0 ? size : 1);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	return fd;
}

int
folder_lock(const char *path, const struct env *env, int64_t wait_ms, int *lock,
    struct err *err)
{
	const int64_t until_ms = env_monotonic_ms(env) + wait_ms;
	const int fd = open_folder(path);
	char shown[PATH_TEXT_MAX];
	int failure;

	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	if (fd < 0) {
		return err_set_errno(err, errno, "%s", shown);
	}
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		failure = errno;
		if (failure == EWOULDBLOCK &&
		    env_monotonic_ms(env) < until_ms) {
			/* Also after an interruption: it is not for long. */
			env->sleep_ms(env->context, LOCK_PAUSE_MS);
			continue;
		}
		if (failure == EINTR) {
			continue;
		}
		(void)close(fd);
		if (failure != EWOULDBLOCK) {
			return err_set_errno(err, failure, "%s", shown);
		}
		return err_set(err, ERR_UNAVAILABLE,
		    "%s: somebody else holds its folder", shown);
	}
	*lock = fd;
	return 0;
}

void
folder_unlock(int lock)
{
	(void)close(lock);
}
