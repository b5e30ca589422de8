/*
 * dirpath.c - see dirpath.h.
 */
#include "storage/dirpath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "storage/store.h"

#define FOLDER_MODE 0700
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static void
hint_for(struct err *err, int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
		err_hint(err,
		    "free some space there and run this again; "
		    "nothing that was stored before is touched");
		break;
	case EROFS:
		err_hint(err,
		    "the file system is mounted read-only; "
		    "remount it for writing, or name another place");
		break;
	case EACCES:
	case EPERM:
		err_hint(err,
		    "run this as the user who owns the repository, "
		    "or give this user the rights");
		break;
	case ENOTDIR:
		err_hint(err,
		    "a part of this path is a file; "
		    "a repository is a directory");
		break;
	case ELOOP:
		err_hint(err,
		    "symbolic links inside a repository are not "
		    "followed; remove it, or mount the other file "
		    "system there");
		break;
	case EIO:
	case ESTALE:
	case ENOTCONN:
	case ENODEV:
		err_hint(err,
		    "look at the disk, and whether the file system "
		    "is still mounted");
		break;
	default:
		break;
	}
}

int
dirpath_fail(struct err *err, int errnum, const char *what, const char *path)
{
	(void)err_set_errno(err, errnum, "cannot %s %s", what, path);
	if (errnum == ENOENT)
		err->kind = ERR_NOT_FOUND;
	hint_for(err, errnum);
	return -1;
}

const char *
dirpath_name(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash == NULL ? key : slash + 1;
}

struct bytes
dirpath_folder(const char *key)
{
	struct bytes folder = { key, 0 };

	folder.size = (size_t)(dirpath_name(key) - key);
	return folder;
}

int
dirpath_openat(int folder, const char *name, int flags)
{
	int fd;

	do
		fd = openat(folder, name, flags);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int
dirpath_sync(int folder)
{
	int result;

	do
		result = fsync(folder);
	while (result != 0 && errno == EINTR);
	/* Some network file systems have no fsync for a folder, and need none:
	 * their server syncs before it answers. */
	if (result != 0 && errno == EINVAL)
		return 0;
	return result;
}

/* Close what was only read or synced; errno stays. */
static void
close_quietly(int fd)
{
	const int saved = errno;

	if (fd >= 0)
		(void)close(fd); /* nothing was written through it */
	errno = saved;
}

/* Open one folder; a symbolic link is told apart from a file by ELOOP. */
static int
open_folder(int at, const char *name)
{
	const int fd = dirpath_openat(at, name, FOLDER_FLAGS);
	struct stat info;

	if (fd >= 0 || errno != ENOTDIR)
		return fd;
	errno = ENOTDIR;
	if (fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
		errno = S_ISLNK(info.st_mode) ? ELOOP : ENOTDIR;
	return -1;
}

static int
make_folder(int at, const char *name)
{
	bool made = false;
	int fd = open_folder(at, name);

	if (fd < 0 && errno == ENOENT) {
		made = mkdirat(at, name, FOLDER_MODE) == 0;
		if (!made && errno != EEXIST)
			return -1;
		fd = open_folder(at, name);
	}
	if (fd < 0)
		return -1;
	if (made && fchmod(fd, FOLDER_MODE) != 0) {
		close_quietly(fd);
		return -1;
	}
	return fd;
}

/* Open a folder below the one that is open, which is synced when it holds the
 * name for good. */
static int
sync_folder(int at, const char *name)
{
	if (dirpath_sync(at) != 0)
		return -1;
	return open_folder(at, name);
}

static const char *
copy_text(char *into, const char *from, size_t size)
{
	memcpy(into, from, size);
	into[size] = '\0';
	return into;
}

typedef int step_fn(int at, const char *name);

/* Go down folder by folder; what is said in errors is "cannot <what> ...". */
static int
walk(int root, struct bytes folder, step_fn *step, const char *what,
    struct err *err)
{
	char text[STORE_KEY_MAX + 1];
	int at = open_folder(root, ".");
	size_t begin = 0;

	if (at < 0)
		return dirpath_fail(err, errno, what, "of the repository");
	if (folder.size > STORE_KEY_MAX) {
		close_quietly(at);
		return dirpath_fail(err, ENAMETOOLONG, what, "of a key");
	}
	for (size_t i = 0; i < folder.size; i++) {
		int next;

		if (folder.data[i] != '/')
			continue;
		next =
		    step(at, copy_text(text, folder.data + begin, i - begin));
		close_quietly(at);
		if (next < 0)
			return dirpath_fail(
			    err, errno, what, copy_text(text, folder.data, i));
		at = next;
		begin = i + 1;
	}
	return at;
}

int
dirpath_open(int root, struct bytes folder, struct err *err)
{
	return walk(root, folder, open_folder, "open the folder", err);
}

int
dirpath_make(int root, struct bytes folder, struct err *err)
{
	return walk(root, folder, make_folder, "make the folder", err);
}

int
dirpath_sync_above(int root, struct bytes folder, struct err *err)
{
	const int fd = walk(root, folder, sync_folder, "sync the folder", err);

	close_quietly(fd);
	return fd < 0 ? -1 : 0;
}

/* Sync a folder that was made, and the one that holds its name. */
static int
sync_made(const char *path, struct bytes parent)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	struct buf above = { 0 };
	int result = -1;
	int fd = -1;
	int parent_fd = -1;

	buf_add_bytes(&above, parent);
	if (above.size == 0)
		buf_add_text(&above, path[0] == '/' ? "/" : ".");
	fd = dirpath_openat(AT_FDCWD, path, flags);
	if (fd < 0 || fchmod(fd, FOLDER_MODE) != 0 || dirpath_sync(fd) != 0)
		goto out;
	parent_fd = dirpath_openat(AT_FDCWD, buf_text(&above), flags);
	if (parent_fd < 0 || dirpath_sync(parent_fd) != 0)
		goto out;
	result = 0;
out:
	close_quietly(parent_fd);
	close_quietly(fd);
	buf_release(&above);
	return result;
}

static int
make_root(const char *path, struct err *err)
{
	struct buf part = { 0 };
	size_t parent = 0;
	size_t end = 0;
	int result = 0;

	while (result == 0 && path[end] != '\0') {
		end += strspn(path + end, "/");
		end += strcspn(path + end, "/");
		buf_clear(&part);
		buf_add(&part, path, end);
		if (mkdir(buf_text(&part), FOLDER_MODE) == 0) {
			const struct bytes above = { path, parent };

			result = sync_made(buf_text(&part), above);
		} else if (errno != EEXIST) {
			result = -1;
		}
		if (result != 0)
			(void)dirpath_fail(
			    err, errno, "make the folder", buf_text(&part));
		parent = end;
	}
	buf_release(&part);
	return result;
}

int
dirpath_open_root(const char *path, bool create, struct err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = dirpath_openat(AT_FDCWD, path, flags);

	if (fd < 0 && errno == ENOENT && create) {
		if (make_root(path, err) != 0)
			return -1;
		fd = dirpath_openat(AT_FDCWD, path, flags);
	}
	if (fd < 0)
		return dirpath_fail(err, errno, "open the folder", path);
	return fd;
}
