/*
 * dirpath.h - folders and errors of the directory driver.
 *
 * Keys are walked folder by folder from an open root, and no symbolic link
 * below the root is followed: one that was planted cannot lead a write out of
 * the repository.
 */
#ifndef STORAGE_DIRPATH_H
#define STORAGE_DIRPATH_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

/*
 * Record "cannot <what> <path>: <why>" with a hint on what to do; returns -1.
 * ENOENT is ERR_NOT_FOUND, everything else ERR_IO.
 */
int dirpath_fail(
    struct err *err, int errnum, const char *what, const char *path);

/* Split a key into its folder, with the last '/', and the name behind it. */
struct bytes dirpath_folder(const char *key);
const char *dirpath_name(const char *key);

/*
 * Open a folder, "" for the root itself; the caller closes it.  -1 with err
 * set.  dirpath_make makes what is missing, with mode 0700 whatever the umask.
 */
int dirpath_open(int root, struct bytes folder, struct err *err) MUST_CHECK;
int dirpath_make(int root, struct bytes folder, struct err *err) MUST_CHECK;

/*
 * Sync the folders above this one, so that its name and theirs survive a
 * crash: all of them, because another process may have made one a moment ago
 * and not have synced it yet.
 */
int dirpath_sync_above(
    int root, struct bytes folder, struct err *err) MUST_CHECK;

/* Open the root; with create, make it and its missing parents first. */
int dirpath_open_root(
    const char *path, bool create, struct err *err) MUST_CHECK;

/* fsync of an open folder; 0, or -1 with errno. */
int dirpath_sync(int folder) MUST_CHECK;

/* openat that starts over when a signal interrupts it. */
int dirpath_openat(int folder, const char *name, int flags) MUST_CHECK;

#endif /* STORAGE_DIRPATH_H */
