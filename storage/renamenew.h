/*
 * renamenew.h - rename without replacing, which POSIX lacks.  For file systems
 * that have no hard links.
 */
#ifndef STORAGE_RENAMENEW_H
#define STORAGE_RENAMENEW_H

#include "common/compiler.h"

/*
 * Give the entry from of an open folder the name to, unless that is taken:
 * 0, or -1 with errno; EEXIST when taken, EOPNOTSUPP when this file system
 * cannot decide it.
 */
int renamenew_at(int folder, const char *from, const char *to) MUST_CHECK;

#endif /* STORAGE_RENAMENEW_H */
