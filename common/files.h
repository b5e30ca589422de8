/*
 * files.h - reading whole small files, with a limit, and creating them.
 */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include <stddef.h>

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

/*
 * Put a file in the place of the one that is there, if any, whole or not at
 * all, and readable by everybody.  ERR_IO otherwise; nothing else is left
 * behind.
 */
int file_replace(
    const char *path, struct bytes content, struct err *err) MUST_CHECK;

#endif /* COMMON_FILES_H */
