/*
 * tempdir.h - folders of the file system for tests.
 */
#ifndef TESTS_TEMPDIR_H
#define TESTS_TEMPDIR_H

#include <stddef.h>

#define TEMPDIR_MAX 128

/* A new empty folder below $TMPDIR or /tmp. */
void tempdir_make(char out[TEMPDIR_MAX]);

/* Remove a folder and everything in it. */
void tempdir_remove(const char *path);

/* "<folder>/<name>", in memory that lives until the next four calls. */
const char *tempdir_at(const char *folder, const char *name);

/* Make a folder, a file with some text, a symbolic link. */
void tempdir_folder(const char *path);
void tempdir_file(const char *path, const char *text);
void tempdir_link(const char *target, const char *path);

/* How many files below path, folders not counted, have the text in their
 * name ("" for all). */
size_t tempdir_count(const char *path, const char *text);

#endif /* TESTS_TEMPDIR_H */
