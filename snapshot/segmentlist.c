/*
 * segmentlist.c - see segmentlist.h.
 */
#include "snapshot/segmentlist.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/parsenum.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"

#define OFFSET_DIGITS 20

/* A path in a message. */
#define PATH_TEXT_MAX 512

/* The names in a directory, in the list's arena. */
struct names {
	const char **list;
	size_t count;
	size_t capacity;
};

/* What a directory turned out to hold besides partitions of the topic. */
struct survey {
	struct segmentlist *list;
	struct segment_report *report;
	bool has_loose; /* segment files in a directory of another name */
};

static struct bytes
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return bytes_of(slash == NULL ? path : slash + 1);
}

/* "<topic>-<number>", and what Kafka puts behind it with a dot. */
static bool
parse_partition(struct bytes name, struct bytes *topic, int32_t *out)
{
	struct bytes number = { 0 };
	size_t dash = name.size;

	while (dash > 0 && name.data[dash - 1] != '-')
		dash--;
	if (dash == 0)
		return false;
	number = (struct bytes){ name.data + dash, name.size - dash };
	*topic = (struct bytes){ name.data, dash - 1 };
	return number.size > 0 && *number.data != '-' &&
	    parse_i32(number, 0, INT32_MAX, out);
}

/* The partition of a directory of the offsets topic. */
static bool
is_offsets_partition(struct bytes name, int32_t *out)
{
	static const struct bytes prefix = { OFFSETS_TOPIC "-",
		sizeof(OFFSETS_TOPIC) };
	struct bytes topic = { 0 };
	const char *dot =
	    name.size == 0 ? NULL : memchr(name.data, '.', name.size);

	if (!bytes_start_with(name, prefix))
		return false;
	if (dot != NULL)
		name.size = (size_t)(dot - name.data);
	return parse_partition(name, &topic, out) &&
	    bytes_equal_text(topic, OFFSETS_TOPIC);
}

/* "00000000000000000123.log", and what may stand behind it. */
static bool
parse_segment(const char *name, int64_t *out)
{
	static const char *const ends[] = { ".log", ".log.cleaned", ".log.swap",
		".log.deleted" };
	const size_t size = strlen(name);

	if (size <= OFFSET_DIGITS || *name == '-' ||
	    !parse_i64(
		(struct bytes){ name, OFFSET_DIGITS }, 0, INT64_MAX, out))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (strcmp(name + OFFSET_DIGITS, ends[i]) == 0)
			return true;
	return false;
}

static int
fail_path(struct err *err, int errnum, const char *path)
{
	char shown[PATH_TEXT_MAX];

	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	if (errnum == ENOENT)
		return err_set(
		    err, ERR_NOT_FOUND, "%s: no such directory", shown);
	if (errnum == ENOTDIR) {
		(void)err_set(err, ERR_USAGE, "%s: is not a directory", shown);
		err_hint(err, "name the directory that the files are in");
		return -1;
	}
	(void)err_set_errno(err, errnum, "%s", shown);
	if (errnum == EACCES || errnum == EPERM) {
		err->kind = ERR_DENIED;
		err_hint(err,
		    "the files belong to the user that the broker "
		    "runs as: run as that one, or read a copy");
	}
	return -1;
}

/* Everything in a directory but "." and "..". */
static int
read_names(
    struct arena *arena, const char *path, struct names *names, struct err *err)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int failure;

	*names = (struct names){ 0 };
	if (folder == NULL)
		return fail_path(err, errno, path);
	for (;;) {
		errno = 0;
		entry = readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		names->list = xgrow(names->list, names->count, &names->capacity,
		    sizeof(*names->list));
		names->list[names->count++] = arena_text(arena, entry->d_name);
	}
	failure = errno;
	(void)closedir(folder); /* nothing was written */
	if (failure != 0) {
		free(names->list);
		*names = (struct names){ 0 };
		return fail_path(err, failure, path);
	}
	return 0;
}

static void
note(struct survey *survey, const char *path, int32_t partition,
    const char *reason)
{
	const struct segment_place place = {
		.path = path,
		.partition = partition,
		.reason = reason,
	};

	segmentreport_add(survey->report, &place);
}

/* The directory that a partition's is in. */
static const char *
folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path
	    ? "/"
	    : arena_bytes(arena, (struct bytes){ path, (size_t)(slash - path) })
		  .data;
}

/* One file of a partition's directory, if it is a segment. */
static void
add_file(struct survey *survey, const char *folder, const char *name,
    const struct segment_file *like)
{
	struct segmentlist *list = survey->list;
	struct segment_file file = *like;
	const int32_t partition = file.partition;
	struct stat status;

	if (!parse_segment(name, &file.base_offset))
		return;
	file.path = arena_format(&list->arena, "%s/%s", folder, name);
	if (lstat(file.path, &status) != 0) {
		note(survey, file.path, partition, "it is no longer there");
		return;
	}
	if (!S_ISREG(status.st_mode)) {
		note(survey, file.path, partition, "it is not a regular file");
		return;
	}
	file.modified_ms = (int64_t)status.st_mtim.tv_sec * 1000 +
	    status.st_mtim.tv_nsec / 1000000;
	file.size = (uint64_t)status.st_size;
	if (file.size > SEGMENTLIST_FILE_SIZE_MAX) {
		note(survey, file.path, partition,
		    "it is too large for a segment file");
		return;
	}
	list->files = xgrow(
	    list->files, list->count, &list->capacity, sizeof(*list->files));
	list->files[list->count++] = file;
}

static int
add_partition(
    struct survey *survey, const char *path, int32_t partition, struct err *err)
{
	struct arena *arena = &survey->list->arena;
	const struct segment_file like = {
		.folder = folder_of(arena, path),
		.partition = partition,
	};
	struct names names;

	if (partition >= SEGMENTLIST_PARTITION_MAX) {
		note(survey, path, -1, "no partition has such a number");
		return 0;
	}
	if (read_names(arena, path, &names, err) != 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		add_file(survey, path, names.list[i], &like);
	free(names.list);
	return 0;
}

static bool
is_folder(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* One name in a directory that may hold partitions.  If it is another
 * directory it is added to others, which may be NULL. */
static int
add_entry(struct survey *survey, const char *folder, const char *name,
    struct names *others, struct err *err)
{
	const char *path =
	    arena_format(&survey->list->arena, "%s/%s", folder, name);
	const bool found = is_folder(path);
	int32_t partition = 0;
	int64_t unused = 0;

	if (is_offsets_partition(bytes_of(name), &partition)) {
		if (found)
			return add_partition(survey, path, partition, err);
		note(survey, path, partition, "it is not a directory");
	} else if (others != NULL && found) {
		others->list = xgrow(others->list, others->count,
		    &others->capacity, sizeof(*others->list));
		others->list[others->count++] = path;
	} else if (others != NULL && parse_segment(name, &unused)) {
		survey->has_loose = true;
	}
	return 0;
}

/* A directory that is no partition, and those in it. */
static int
add_log_dirs(struct survey *survey, const char *path, struct err *err)
{
	struct arena *arena = &survey->list->arena;
	struct names others = { 0 };
	struct names names;
	int result = read_names(arena, path, &names, err);

	for (size_t i = 0; i < names.count && result == 0; i++)
		result = add_entry(survey, path, names.list[i], &others, err);
	free(names.list);
	for (size_t i = 0; i < others.count && result == 0; i++) {
		struct err unused = { 0 };

		/* Such as lost+found, which nobody may read. */
		if (read_names(arena, others.list[i], &names, &unused) != 0)
			continue;
		for (size_t j = 0; j < names.count && result == 0; j++)
			result = add_entry(
			    survey, others.list[i], names.list[j], NULL, err);
		free(names.list);
	}
	free(others.list);
	return result;
}

/* Why there is nothing to read. */
static int
refuse(const struct survey *survey, const char *path, struct err *err)
{
	char shown[PATH_TEXT_MAX];
	char topic_text[PATH_TEXT_MAX];
	struct bytes topic = { 0 };
	int32_t partition = 0;

	(void)utf8_escape_to(bytes_of(path), shown, sizeof(shown));
	if (survey->has_loose &&
	    parse_partition(last_name(path), &topic, &partition)) {
		(void)utf8_escape_to(topic, topic_text, sizeof(topic_text));
		return err_set(err, ERR_USAGE,
		    "%s: is a partition of topic %s, not of " OFFSETS_TOPIC,
		    shown, topic_text);
	}
	if (survey->has_loose) {
		(void)err_set(err, ERR_USAGE,
		    "%s: has segment files, but its name does not tell of "
		    "which partition",
		    shown);
		err_hint(
		    err, "name it as the broker does: " OFFSETS_TOPIC "-0");
		return -1;
	}
	(void)err_set(err, ERR_NOT_FOUND,
	    "%s: no segment files of " OFFSETS_TOPIC, shown);
	err_hint(err,
	    "name a directory of the broker's log.dirs, or a copy "
	    "of it, or a directory " OFFSETS_TOPIC "-0 in it");
	return -1;
}

static int
compare_files(const void *left, const void *right)
{
	const struct segment_file *a = left;
	const struct segment_file *b = right;

	if (a->partition != b->partition)
		return a->partition < b->partition ? -1 : 1;
	if (a->base_offset != b->base_offset)
		return a->base_offset < b->base_offset ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* The path without slashes at its end; "." by its name, which tells the
 * partition. */
static const char *
name_path(struct arena *arena, const char *path)
{
	char here[PATH_MAX];
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	path = arena_bytes(arena, (struct bytes){ path, size }).data;
	if (strcmp(path, ".") == 0 && getcwd(here, sizeof(here)) != NULL)
		path = arena_text(arena, here);
	return path;
}

int
segmentlist_find(struct segmentlist *list, const char *path,
    struct segment_report *report, struct err *err)
{
	struct survey survey = { .list = list, .report = report };
	int32_t partition = 0;
	int result;

	path = name_path(&list->arena, path);
	if (is_offsets_partition(last_name(path), &partition))
		result = add_partition(&survey, path, partition, err);
	else
		result = add_log_dirs(&survey, path, err);
	if (result == 0 && list->count == 0)
		result = refuse(&survey, path, err);
	if (list->count > 1)
		qsort(list->files, list->count, sizeof(*list->files),
		    compare_files);
	return result;
}

/* Its place among the folders; behind all of them: it is none. */
static size_t
find_folder(const struct segment_report *report, const char *path)
{
	size_t at = 0;

	while (at < report->folder_count &&
	    strcmp(report->folders[at].path, path) != 0)
		at++;
	return at;
}

static void
tell_folders(const struct segmentlist *list, struct segment_report *report)
{
	report->folders =
	    arena_alloc(&report->arena, list->count, sizeof(*report->folders));
	for (size_t at = 0; at < list->count; at++) {
		const struct segment_file *file = &list->files[at];
		const size_t found = find_folder(report, file->folder);
		struct segment_folder *folder = &report->folders[found];

		if (found == report->folder_count) {
			report->folder_count++;
			folder->path = arena_text(&report->arena, file->folder);
			folder->modified_ms = file->modified_ms;
		} else if (folder->modified_ms < file->modified_ms) {
			folder->modified_ms = file->modified_ms;
		}
	}
}

void
segmentlist_tell(const struct segmentlist *list, struct segment_report *report)
{
	struct segment_partition *last = NULL;

	tell_folders(list, report);
	report->partitions = arena_alloc(
	    &report->arena, list->count, sizeof(*report->partitions));
	for (size_t at = 0; at < list->count; at++) {
		const struct segment_file *file = &list->files[at];
		const int64_t modified_ms =
		    report->folders[find_folder(report, file->folder)]
			.modified_ms;

		if (last == NULL || last->partition != file->partition) {
			last = &report->partitions[report->partition_count++];
			last->partition = file->partition;
			last->modified_ms = modified_ms;
		} else if (last->modified_ms < modified_ms) {
			last->modified_ms = modified_ms;
		}
	}
}

void
segmentlist_release(struct segmentlist *list)
{
	free(list->files);
	arena_release(&list->arena);
	*list = (struct segmentlist){ 0 };
}
