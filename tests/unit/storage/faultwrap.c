/*
 * faultwrap.c - see faultwrap.h.  In a test that is not linked with --wrap
 * nothing here is called, and nothing of it is linked.
 */
#include "tests/unit/storage/faultwrap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

struct faultwrap faultwrap;

ssize_t __real_write(int fd, const void *data, size_t size);
int __real_fsync(int fd);
int __real_linkat(int from_folder, const char *from, int to_folder,
    const char *to, int flags);
int __real_mkdir(const char *path, mode_t mode);
int __real_mkdirat(int folder, const char *name, mode_t mode);
int __real_openat(int folder, const char *name, int flags, ...);
int __real_close(int fd);
int __real_renameat2(int from_folder, const char *from, int to_folder,
    const char *to, unsigned int flags);
int __real_fchmod(int fd, mode_t mode);

ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);
int __wrap_linkat(int from_folder, const char *from, int to_folder,
    const char *to, int flags);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdirat(int folder, const char *name, mode_t mode);
int __wrap_openat(int folder, const char *name, int flags, ...);
int __wrap_close(int fd);
int __wrap_renameat2(int from_folder, const char *from, int to_folder,
    const char *to, unsigned int flags);
int __wrap_fchmod(int fd, mode_t mode);

/* Does this call fail?  errno is set then. */
static bool
fails(enum fault_call call)
{
	if (faultwrap.mode == FAULT_NONE ||
	    (faultwrap.call >= 0 && faultwrap.call != (int)call))
		return false;
	faultwrap.seen++;
	if (faultwrap.at != 0 && faultwrap.seen != faultwrap.at)
		return false;
	if (faultwrap.mode == FAULT_KILL)
		(void)raise(SIGKILL);
	errno = faultwrap.errnum;
	return true;
}

/* Every second time. */
static bool
is_interrupted(void)
{
	static bool odd;

	if (!faultwrap.stutters)
		return false;
	odd = !odd;
	errno = EINTR;
	return odd;
}

ssize_t
__wrap_write(int fd, const void *data, size_t size)
{
	if (is_interrupted())
		return -1;
	if (fails(FAULT_WRITE)) {
		if (faultwrap.mode == FAULT_BROKEN && size > 1)
			(void)!__real_write(fd, data, size / 2);
		errno = faultwrap.errnum;
		return -1;
	}
	if (faultwrap.stutters && size > 1)
		size = (size + 2) / 3;
	return __real_write(fd, data, size);
}

int
__wrap_fsync(int fd)
{
	if (is_interrupted())
		return -1;
	return fails(FAULT_FSYNC) ? -1 : __real_fsync(fd);
}

int
__wrap_linkat(
    int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	if (fails(FAULT_LINK))
		return -1;
	if (faultwrap.link_twice)
		(void)__real_linkat(from_folder, from, to_folder, to, flags);
	return __real_linkat(from_folder, from, to_folder, to, flags);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
	return fails(FAULT_MKDIR) ? -1 : __real_mkdir(path, mode);
}

int
__wrap_mkdirat(int folder, const char *name, mode_t mode)
{
	return fails(FAULT_MKDIR) ? -1 : __real_mkdirat(folder, name, mode);
}

int
__wrap_openat(int folder, const char *name, int flags, ...)
{
	unsigned int mode = 0;

	if ((flags & O_CREAT) != 0) {
		va_list rest;

		va_start(rest, flags);
		mode = va_arg(rest, unsigned int);
		va_end(rest);
	}
	if (is_interrupted() || fails(FAULT_OPEN))
		return -1;
	return __real_openat(folder, name, flags, mode);
}

/* The descriptor is gone also when close fails. */
int
__wrap_close(int fd)
{
	const bool failed = fails(FAULT_CLOSE);
	const int result = __real_close(fd);

	if (failed)
		errno = faultwrap.errnum;
	return failed ? -1 : result;
}

int
__wrap_renameat2(int from_folder, const char *from, int to_folder,
    const char *to, unsigned int flags)
{
	if (faultwrap.no_rename) {
		errno = EINVAL;
		return -1;
	}
	if (fails(FAULT_RENAME))
		return -1;
	return __real_renameat2(from_folder, from, to_folder, to, flags);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	return fails(FAULT_CHMOD) ? -1 : __real_fchmod(fd, mode);
}
