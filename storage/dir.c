/*
 * dir.c - see dir.h.  A put writes a temporary file in the object's own
 * folder, so that giving it its name never crosses a file system.
 */
#include "storage/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/err.h"
#include "common/xalloc.h"
#include "storage/dirpath.h"
#include "storage/renamenew.h"

#define FILE_MODE 0600
#define TEMP_PREFIX ".tmp~"
#define TEMP_NAME_MAX (sizeof(TEMP_PREFIX) + ENV_ID_MAX)

/* Linux writes at most 0x7ffff000 bytes in one call. */
#define WRITE_MAX ((size_t)1 << 30)

/* How often a folder may vanish under a put (prune removes empty ones). */
#define PUT_ATTEMPTS 64
#define TEMP_ATTEMPTS 8

static struct dir *
dir_of(struct store *store)
{
	/* The common struct is the first member. */
	return (struct dir *)(void *)store;
}

int
dir_ready(struct dir *dir, struct err *err)
{
	struct err why = { 0 };

	if (dir->root >= 0)
		return 0;
	dir->root = dirpath_open_root(dir->store.name, false, &why);
	if (dir->root >= 0)
		return 0;
	*err = why;
	if (why.kind == ERR_NOT_FOUND) {
		*err = (struct err){ 0 };
		return err_set(err, ERR_NO_REPO, "there is no such directory");
	}
	return -1;
}

/* A new file under construction. */
struct temp {
	int folder; /* where it is; borrowed */
	int fd;     /* -1 once closed */
	char name[TEMP_NAME_MAX];
	dev_t device;
	ino_t inode;
};

static int
open_new(int folder, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	do
		fd = openat(folder, name, flags, FILE_MODE);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int
temp_create(struct temp *temp, int folder, const struct env *env)
{
	struct stat info;

	temp->folder = folder;
	temp->fd = -1;
	for (int i = 0; temp->fd < 0 && i < TEMP_ATTEMPTS; i++) {
		char id[ENV_ID_MAX];

		env_id(env, id);
		(void)snprintf(
		    temp->name, sizeof(temp->name), "%s%s", TEMP_PREFIX, id);
		temp->fd = open_new(folder, temp->name);
		if (temp->fd < 0 && errno != EEXIST)
			break;
	}
	if (temp->fd < 0) {
		temp->name[0] = '\0'; /* not ours to remove */
		return -1;
	}
	/* The mode that open was given is cut by the umask. */
	if (fchmod(temp->fd, FILE_MODE) != 0 || fstat(temp->fd, &info) != 0)
		return -1;
	temp->device = info.st_dev;
	temp->inode = info.st_ino;
	return 0;
}

static int
temp_write(const struct temp *temp, const char *data, size_t size)
{
	while (size > 0) {
		const size_t part = size < WRITE_MAX ? size : WRITE_MAX;
		const ssize_t done = write(temp->fd, data, part);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done == 0 ? ENOSPC : errno;
			return -1;
		}
		data += done;
		size -= (size_t)done;
	}
	return dirpath_sync(temp->fd);
}

/* A network file system may report a late write only here. */
static int
temp_close(struct temp *temp)
{
	const int fd = temp->fd;

	temp->fd = -1;
	/* Linux has closed it also when a signal interrupts. */
	if (fd >= 0 && close(fd) != 0 && errno != EINTR)
		return -1;
	return 0;
}

/* Is the file under that name the one we wrote?  The answer to a link can be
 * lost on a network file system, and its repetition then says EEXIST. */
static bool
temp_is(const struct temp *temp, const char *name)
{
	struct stat info;

	return fstatat(temp->folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	    info.st_dev == temp->device && info.st_ino == temp->inode;
}

/* Errors of link() that say "not on this file system", or may. */
static bool
is_link_missing(int errnum)
{
	return errnum == EPERM || errnum == EOPNOTSUPP || errnum == ENOSYS ||
	    errnum == EMLINK || errnum == EINVAL;
}

/* Give the finished file its name without overwriting. */
static int
temp_place(const struct temp *temp, const char *name)
{
	if (linkat(temp->folder, temp->name, temp->folder, name, 0) == 0)
		return 0;
	if (is_link_missing(errno) &&
	    renamenew_at(temp->folder, temp->name, name) == 0)
		return 0;
	if (errno == EEXIST && temp_is(temp, name))
		return 0;
	return -1;
}

static int
fail_place(struct err *err, int errnum, const char *key)
{
	if (errnum == EEXIST)
		return err_set(err, ERR_EXISTS,
		    "%s is there already, and nothing is overwritten", key);
	if (errnum != EOPNOTSUPP)
		return dirpath_fail(err, errnum, "name the new file", key);
	(void)err_set(err, ERR_UNSUPPORTED,
	    "the file system can neither link a file nor rename it without "
	    "replacing another, so a snapshot could be overwritten");
	err_hint(err,
	    "put the repository on a local file system such as "
	    "ext4, xfs or btrfs, or on NFS");
	return -1;
}

/* Create one object in an open folder.  key is for errors. */
static int
write_object(struct dir *dir, int folder, const char *key, struct bytes data,
    struct err *err)
{
	const char *name = dirpath_name(key);
	struct temp temp;
	bool placed = false;
	int result = -1;

	if (temp_create(&temp, folder, dir->env) != 0) {
		(void)dirpath_fail(err, errno, "make a file for", key);
		goto out;
	}
	if (temp_write(&temp, data.data, data.size) != 0 ||
	    temp_close(&temp) != 0) {
		(void)dirpath_fail(err, errno, "write", key);
		goto out;
	}
	/* Only now: with a file in it no folder can be removed any more. */
	if (dirpath_sync_above(dir->root, dirpath_folder(key), err) != 0)
		goto out;
	if (temp_place(&temp, name) != 0) {
		(void)fail_place(err, errno, key);
		goto out;
	}
	placed = true;
	/* Should it stay, it is in nobody's way; after a rename it is gone. */
	(void)unlinkat(folder, temp.name, 0);
	if (dirpath_sync(folder) != 0) {
		(void)dirpath_fail(err, errno, "sync the folder of", key);
		goto out;
	}
	result = 0;
out:
	(void)temp_close(&temp); /* a failure is being reported already */
	if (result != 0 && temp.name[0] != '\0')
		(void)unlinkat(folder, temp.name, 0);
	/* Nobody was told that it is there. */
	if (result != 0 && placed && temp_is(&temp, name))
		(void)unlinkat(folder, name, 0);
	return result;
}

static int
put_once(struct dir *dir, const char *key, struct bytes data, struct err *err)
{
	const int folder = dirpath_make(dir->root, dirpath_folder(key), err);
	int result;

	if (folder < 0)
		return -1;
	result = write_object(dir, folder, key, data, err);
	(void)close(folder); /* it was synced */
	return result;
}

static int
dir_put(struct store *store, const char *key, const void *data, size_t size,
    struct err *err)
{
	struct dir *dir = dir_of(store);
	const struct bytes bytes = { data, size };
	struct err why = { 0 };

	if (dir_ready(dir, err) != 0)
		return -1;
	for (int i = 0; i < PUT_ATTEMPTS; i++) {
		why = (struct err){ 0 };
		if (put_once(dir, key, bytes, &why) == 0)
			return 0;
		/* Not found: the folder was removed meanwhile. */
		if (why.kind != ERR_NOT_FOUND)
			break;
	}
	if (why.kind == ERR_NOT_FOUND) {
		why.kind = ERR_IO;
		err_hint(&why, "was the repository removed or unmounted?");
	}
	*err = why;
	return -1;
}

/* Open an object for reading; *size is that of the whole. */
static int
open_object(struct dir *dir, const char *key, uint64_t *size, struct err *err)
{
	/* Not to wait for a writer, should somebody have made a FIFO. */
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	const int folder = dirpath_open(dir->root, dirpath_folder(key), err);
	struct stat info;
	int fd;

	if (folder < 0)
		return -1;
	fd = dirpath_openat(folder, dirpath_name(key), flags);
	if (fd < 0) {
		(void)dirpath_fail(err, errno, "open", key);
		(void)close(folder);
		return -1;
	}
	(void)close(folder);
	if (fstat(fd, &info) != 0) {
		(void)dirpath_fail(err, errno, "look at", key);
		goto fail;
	}
	if (!S_ISREG(info.st_mode)) {
		(void)err_set(err, ERR_NOT_FOUND, "%s is no file", key);
		goto fail;
	}
	*size = (uint64_t)info.st_size;
	return fd;
fail:
	(void)close(fd);
	return -1;
}

/* Read exactly size bytes at from; the buffer keeps its size on failure. */
static int
read_range(int fd, uint64_t from, size_t size, struct buf *out)
{
	char *at = buf_reserve(out, size);
	size_t done = 0;

	while (done < size) {
		const ssize_t got =
		    pread(fd, at + done, size - done, (off_t)(from + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			/* Objects do not change: this one was cut short. */
			errno = got == 0 ? EIO : errno;
			return -1;
		}
		done += (size_t)got;
	}
	out->size += size;
	return 0;
}

/* Where in an object of that size the wanted part is; whole or cut short. */
static int
place_range(const char *key, const struct store_range *range, uint64_t size,
    uint64_t *from, size_t *length, struct err *err)
{
	*from = 0;
	*length = (size_t)size;
	switch (range->part) {
	case STORE_WHOLE:
		if (size > range->size)
			return err_set(err, ERR_CORRUPT,
			    "%s has %llu bytes, more than the %zu it may have",
			    key, (unsigned long long)size, range->size);
		break;
	case STORE_RANGE:
		if (range->from > size || size - range->from < range->size)
			return err_set(err, ERR_CORRUPT,
			    "%s ends before byte %llu", key,
			    (unsigned long long)range->from + range->size);
		*from = range->from;
		*length = range->size;
		break;
	case STORE_END:
		if (size > range->size) {
			*from = size - range->size;
			*length = range->size;
		}
		break;
	}
	return 0;
}

static int
dir_get(struct store *store, const char *key, const struct store_range *range,
    struct buf *out, uint64_t *object_size, struct err *err)
{
	struct dir *dir = dir_of(store);
	uint64_t from = 0;
	size_t length = 0;
	int result = -1;
	int fd = -1;

	if (dir_ready(dir, err) != 0)
		return -1;
	fd = open_object(dir, key, object_size, err);
	if (fd < 0)
		return -1;
	if (place_range(key, range, *object_size, &from, &length, err) != 0)
		goto out;
	if (read_range(fd, from, length, out) != 0)
		(void)dirpath_fail(err, errno, "read", key);
	else
		result = 0;
out:
	(void)close(fd);
	return result;
}

static int
dir_stat(struct store *store, const char *key, uint64_t *size, struct err *err)
{
	struct dir *dir = dir_of(store);
	struct stat info;
	int folder;
	int result = -1;

	if (dir_ready(dir, err) != 0)
		return -1;
	folder = dirpath_open(dir->root, dirpath_folder(key), err);
	if (folder < 0)
		return -1;
	if (fstatat(folder, dirpath_name(key), &info, AT_SYMLINK_NOFOLLOW) !=
	    0) {
		(void)dirpath_fail(err, errno, "look at", key);
	} else if (!S_ISREG(info.st_mode)) {
		(void)err_set(err, ERR_NOT_FOUND, "%s is no file", key);
	} else {
		*size = (uint64_t)info.st_size;
		result = 0;
	}
	(void)close(folder);
	return result;
}

static int
dir_remove(struct store *store, const char *key, struct err *err)
{
	struct dir *dir = dir_of(store);
	struct err why = { 0 };
	int result = -1;
	int folder;

	if (dir_ready(dir, err) != 0)
		return -1;
	folder = dirpath_open(dir->root, dirpath_folder(key), &why);
	if (folder < 0) {
		result = why.kind == ERR_NOT_FOUND ? 0 : -1;
		if (result != 0)
			*err = why;
		return result;
	}
	if (unlinkat(folder, dirpath_name(key), 0) != 0 && errno != ENOENT)
		(void)dirpath_fail(err, errno, "remove", key);
	else if (dirpath_sync(folder) != 0)
		(void)dirpath_fail(err, errno, "sync the folder of", key);
	else
		result = 0;
	(void)close(folder);
	return result;
}

/* Try the real thing in the root: a name is given once, and not twice. */
static int
try_exclusion(struct dir *dir, struct err *err)
{
	const struct bytes nothing = { NULL, 0 };
	char name[TEMP_NAME_MAX];
	char id[ENV_ID_MAX];
	struct err second = { 0 };
	int result = -1;

	env_id(dir->env, id);
	(void)snprintf(name, sizeof(name), "%s%s", TEMP_PREFIX, id);
	if (write_object(dir, dir->root, name, nothing, err) != 0)
		return -1;
	if (write_object(dir, dir->root, name, nothing, &second) == 0)
		(void)fail_place(err, EOPNOTSUPP, name);
	else if (second.kind != ERR_EXISTS)
		*err = second;
	else
		result = 0;
	if (unlinkat(dir->root, name, 0) != 0 && result == 0)
		result = dirpath_fail(err, errno, "remove", name);
	return result;
}

/*
 * A directory decides races by itself or refuses the put, so that the feature
 * is there without trying; trying is for init, which is allowed to write.
 */
static int
dir_probe(struct store *store, bool create, struct err *err)
{
	struct dir *dir = dir_of(store);

	if (create && dir->root < 0) {
		dir->root = dirpath_open_root(store->name, true, err);
		if (dir->root < 0)
			return -1;
	}
	if (dir_ready(dir, err) != 0)
		return -1;
	if (create && try_exclusion(dir, err) != 0)
		return -1;
	store->features |= STORE_CAN_EXCLUDE;
	return 0;
}

static void
dir_free(struct store *store)
{
	struct dir *dir = dir_of(store);

	if (dir->root >= 0)
		(void)close(dir->root);
	free(store->name);
	free(dir);
}

static const struct store_ops dir_ops = {
	.scheme = "file",
	.put = dir_put,
	.get = dir_get,
	.list = dir_list,
	.stat = dir_stat,
	.remove = dir_remove,
	.probe = dir_probe,
	.free = dir_free,
};

struct store *
dir_new(const char *path, const struct env *env)
{
	struct dir *dir = xcalloc(1, sizeof(*dir));

	dir->store.ops = &dir_ops;
	dir->store.name = xstrdup(path);
	dir->env = env;
	dir->root = -1;
	return &dir->store;
}
