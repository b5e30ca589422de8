/*
 * dirlist.c - the listing of the directory driver.
 *
 * Keys come in the byte order of whole keys.  Walking the folders depth first
 * gives that order when a folder is sorted among its neighbours by its name
 * with the '/' behind it: "a-b" stands before "a/", and "a/" before "ab".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/xalloc.h"
#include "storage/dir.h"
#include "storage/dirpath.h"

struct entry {
	const char *name; /* of a folder: with '/' */
	size_t name_size;
	uint64_t size;
	bool is_folder;
};

/* One folder being walked, read whole and sorted. */
struct level {
	struct arena arena;
	struct entry *entries;
	size_t count;
	size_t capacity;
	size_t next;
	size_t path_size; /* how much of the walk's path is this folder */
};

struct walk {
	struct dir *dir;
	const struct store_listing *listing;
	struct level *levels;
	size_t depth;
	size_t capacity;
	struct buf path; /* from the root, with '/' behind a folder */
};

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	return strcmp(a->name, b->name);
}

/* Does the listing want this key, or anything in this folder? */
static bool
is_wanted(const struct store_listing *listing, const char *path, bool is_folder)
{
	const struct bytes text = bytes_of(path);

	if (!bytes_start_with(text, bytes_of(listing->prefix)))
		return false;
	if (listing->after == NULL || strcmp(path, listing->after) > 0)
		return true;
	return is_folder && !listing->by_folder &&
	    bytes_start_with(bytes_of(listing->after), text);
}

static int
fail_link(struct err *err, const char *path)
{
	return dirpath_fail(err, ELOOP, "look behind", path);
}

/* Take one name of a folder into its level, if it is a key or may hold some.
 * The path of the walk is that of the folder, before and after. */
static int
add_entry(struct walk *walk, struct level *level, int folder, const char *name,
    struct err *err)
{
	const size_t path_size = walk->path.size;
	struct entry entry = { 0 };
	struct stat info;
	int result = 0;

	buf_add_text(&walk->path, name);
	if (!store_key_valid(buf_text(&walk->path)))
		goto out;
	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
		/* It may have been removed a moment ago. */
		if (errno != ENOENT)
			result = dirpath_fail(
			    err, errno, "look at", buf_text(&walk->path));
		goto out;
	}
	entry.is_folder = S_ISDIR(info.st_mode);
	if (entry.is_folder)
		buf_add_char(&walk->path, '/');
	if (!is_wanted(walk->listing, buf_text(&walk->path), entry.is_folder))
		goto out;
	if (S_ISLNK(info.st_mode)) {
		result = fail_link(err, buf_text(&walk->path));
		goto out;
	}
	if (!entry.is_folder && !S_ISREG(info.st_mode))
		goto out;
	entry.size = entry.is_folder ? 0 : (uint64_t)info.st_size;
	entry.name =
	    arena_text(&level->arena, buf_text(&walk->path) + path_size);
	entry.name_size = strlen(entry.name);
	level->entries = xgrow(level->entries, level->count, &level->capacity,
	    sizeof(*level->entries));
	level->entries[level->count++] = entry;
out:
	walk->path.size = path_size;
	if (walk->path.data != NULL)
		walk->path.data[path_size] = '\0';
	return result;
}

static int
read_entries(
    struct walk *walk, struct level *level, DIR *folder, struct err *err)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
		if (entry == NULL && errno != 0)
			return dirpath_fail(err, errno, "read the folder",
			    buf_text(&walk->path));
		if (entry == NULL)
			return 0;
		if (add_entry(walk, level, dirfd(folder), entry->d_name, err) !=
		    0)
			return -1;
	}
}

static void
level_release(struct level *level)
{
	free(level->entries);
	arena_release(&level->arena);
}

/* Read the folder that the path names and put it on the stack.  One that is
 * not there (any more) has no entries. */
static int
push_level(struct walk *walk, struct err *err)
{
	struct level level = { 0 };
	struct err why = { 0 };
	DIR *folder = NULL;
	int result = -1;
	const int fd =
	    dirpath_open(walk->dir->root, buf_bytes(&walk->path), &why);

	if (fd < 0) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	folder = fdopendir(fd);
	if (folder == NULL) {
		(void)dirpath_fail(
		    err, errno, "read the folder", buf_text(&walk->path));
		(void)close(fd);
		return -1;
	}
	level.path_size = walk->path.size;
	result = read_entries(walk, &level, folder, err);
	(void)closedir(folder);
	if (result != 0) {
		level_release(&level);
		return -1;
	}
	if (level.count > 1)
		qsort(level.entries, level.count, sizeof(*level.entries),
		    compare_entries);
	walk->levels = xgrow(
	    walk->levels, walk->depth, &walk->capacity, sizeof(*walk->levels));
	walk->levels[walk->depth++] = level;
	return 0;
}

/* Go one entry on: into a folder, out of one, or to a line of the listing. */
static int
step(struct walk *walk, store_visit_fn *visit, void *context, struct err *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	struct store_object object = { 0 };
	const struct entry *entry;

	if (level->next == level->count) {
		level_release(level);
		walk->depth--;
		return 0;
	}
	entry = &level->entries[level->next++];
	walk->path.size = level->path_size;
	buf_add(&walk->path, entry->name, entry->name_size);
	if (entry->is_folder && !walk->listing->by_folder)
		return push_level(walk, err);
	object.key = buf_text(&walk->path);
	object.size = entry->size;
	object.is_prefix = entry->is_folder;
	return visit(&object, context, err);
}

int
dir_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err)
{
	struct walk walk = { 0 };
	int result;

	walk.dir = (struct dir *)(void *)store;
	walk.listing = listing;
	if (dir_ready(walk.dir, err) != 0)
		return -1;
	/* Begin in the folder that the prefix names, not at the root. */
	buf_add_bytes(&walk.path, dirpath_folder(listing->prefix));
	result = push_level(&walk, err);
	while (result == 0 && walk.depth > 0)
		result = step(&walk, visit, context, err);
	while (walk.depth > 0)
		level_release(&walk.levels[--walk.depth]);
	free(walk.levels);
	buf_release(&walk.path);
	return result;
}
