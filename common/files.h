/*
 * files.h - reading whole small files, with a limit, creating them, and
 * changing one that others change, too.
 */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"

/*
 * Append the content of a regular file to out.  One over size_limit is
 * ERR_CORRUPT, a missing one ERR_NOT_FOUND, anything else ERR_IO, each naming
 * the path.
 */
int file_read(const char *path, size_t size_limit, struct buf *out,
    struct err *err) MUST_CHECK;

/*
 * Write a new file, for its owner only, and to the disk.  One that is there
 * already is ERR_EXISTS and is left as it is; on any other failure, ERR_IO,
 * none is left behind.  Errors name the path.
 */
int file_create(
    const char *path, struct bytes content, struct err *err) MUST_CHECK;

/* Remove what a kill in file_create may leave: a regular file with nothing in
 * it.  Anything else stays. */
void file_drop_empty(const char *path);

/*
 * Whether file_create could write it, as far as that shows without: ERR_EXISTS
 * in the same words, and ERR_IO for a folder that is not there or takes no new
 * files.
 */
int file_check_new(const char *path, struct err *err) MUST_CHECK;

/*
 * Put a file in the place of the one that is there, if any, whole or not at
 * all, and readable by everybody.  ERR_IO otherwise; nothing else is left
 * behind.
 */
int file_replace(
    const char *path, struct bytes content, struct err *err) MUST_CHECK;

/*
 * Have the folder that a path is in for oneself, among those who ask for it
 * like this: from reading a file there until it is replaced.  Waits so long;
 * if somebody else has it all the time, ERR_UNAVAILABLE.  ERR_IO where it
 * cannot be had at all.  It ends with the process, too.
 */
struct env;
int folder_lock(const char *path, const struct env *env, int64_t wait_ms,
    int *lock, struct err *err) MUST_CHECK;
void folder_unlock(int lock);

#endif /* COMMON_FILES_H */
