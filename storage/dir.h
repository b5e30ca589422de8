/*
 * dir.h - the directory driver: an object is a file, its key the path below
 * the root.  What it promises beyond store.h:
 *
 *   - Files are 0600 and folders 0700, whatever the umask.
 *   - An object gets its name only after its bytes are on the disk, and put
 *     returns only after the name and every folder above it are too.
 *   - Temporary files have a '~' in their name, which no key can have.  One
 *     that a killed writer left is never listed.
 *   - Symbolic links below the root are not followed.  One that stands where
 *     a listing looks is an error: leaving it out could hide snapshots.
 *   - The root is opened once.  When its file system is unmounted under a
 *     running program, nothing is written to the empty mount point.
 *
 * A folder is listed (by_folder) even when nothing is in it.
 */
#ifndef STORAGE_DIR_H
#define STORAGE_DIR_H

#include "common/compiler.h"
#include "storage/store.h"

/* Driver state; private to dir.c and dirlist.c. */
struct dir {
	struct store store; /* its name is the path */
	const struct env *env;
	int root; /* -1 until the first use */
};

/* env must outlive the store.  Touches nothing yet. */
struct store *dir_new(
    const char *path, const struct env *env) MUST_CHECK RETURNS_NONNULL;

/* Open the root on first use; ERR_NO_REPO when it is not there. */
int dir_ready(struct dir *dir, struct err *err) MUST_CHECK;

/* The list function of its store_ops, in dirlist.c. */
int dir_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err) MUST_CHECK;

#endif /* STORAGE_DIR_H */
