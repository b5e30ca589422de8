/*
 * renamenew.c - renameat2(RENAME_NOREPLACE), Linux 3.15.
 *
 * The build includes common/banned.h before this file, and with it the C
 * library's headers: too late to ask them for GNU's declarations, so the one
 * that is needed stands here.
 */
#include "storage/renamenew.h"

#include <errno.h>
#include <linux/fs.h>

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
    unsigned int flags);

int
renamenew_at(int folder, const char *from, const char *to)
{
	if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* EINVAL: a file system that does not know the flag. */
	if (errno == EINVAL || errno == ENOSYS)
		errno = EOPNOTSUPP;
	return -1;
}
