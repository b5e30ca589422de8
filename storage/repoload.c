/*
 * repoload.c - reading snapshots of a repository: whole, or the parts of them
 * that are asked for, one capture or several.
 */
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "formats/windowindex.h"
#include "storage/repo.h"
#include "storage/repokey.h"
#include "storage/repolist.h"

/* An open window is written again every few minutes: nobody meets that more
 * often while one object is read. */
#define TRIES_MAX 3

struct kept_range {
	uint64_t from;
	struct buf bytes;
};

struct repo_object {
	struct repo *repo;
	struct snapshot_key key; /* of the version that is read */
	bool missing;            /* it was not there any more */
	bool has_whole;
	struct buf whole;
	bool has_end;
	struct buf end;
	uint64_t size;
	struct kept_range *ranges;
	size_t range_count;
	size_t range_capacity;
};

struct repo_object *
repo_object_new(struct repo *repo, const struct snapshot_key *key)
{
	struct repo_object *object = xcalloc(1, sizeof(*object));

	object->repo = repo;
	object->key = *key;
	return object;
}

/* What was read is of a version that is gone. */
static void
forget(struct repo_object *object)
{
	for (size_t i = 0; i < object->range_count; i++)
		buf_release(&object->ranges[i].bytes);
	object->range_count = 0;
	buf_release(&object->whole);
	buf_release(&object->end);
	object->has_whole = false;
	object->has_end = false;
}

void
repo_object_free(struct repo_object *object)
{
	if (object == NULL)
		return;
	forget(object);
	free(object->ranges);
	free(object);
}

const struct snapshot_key *
repo_object_key(const struct repo_object *object)
{
	return &object->key;
}

/* ---------------------------------------------------- the version that is */

/* The version of a window that is there now, for one that was listed before
 * and has been replaced by a larger one since. */
static int
find_current(struct repo_object *object, struct err *err)
{
	struct snapshot_key *key = &object->key;
	struct snapshot_keys keys = { 0 };
	char prefix[STORE_KEY_MAX + 1];
	const struct repolist_query query = { prefix, NULL, INT64_MAX,
		key->id };
	int result;

	repo_key_moment(key->cluster, key->from_ms, prefix);
	result = repolist_collect(object->repo, &query, &keys, err);
	if (result == 0 && keys.count == 0)
		result = err_set(err, ERR_NOT_FOUND,
		    "repository %s no longer has snapshot %s",
		    repo_name(object->repo), key->id);
	else if (result == 0)
		*key = keys.keys[keys.count - 1];
	snapshot_keys_release(&keys);
	return result;
}

/* Reads something of the object, and keeps it. */
typedef int read_fn(struct repo_object *object, void *context, struct err *err);

/* Read from the version that is there: the one listed, or the one that has
 * taken its place since. */
static int
read_current(
    struct repo_object *object, read_fn *read, void *context, struct err *err)
{
	for (unsigned int try = 1;; try++) {
		struct err why = { 0 };

		object->missing = false;
		if (read(object, context, &why) == 0)
			return 0;
		if (!object->missing || try == TRIES_MAX) {
			*err = why;
			return -1;
		}
		forget(object);
		if (find_current(object, err) != 0)
			return -1;
	}
}

/* What the store said, and whether it was that there is no such object. */
static int
note_missing(struct repo_object *object, int result, const struct err *err)
{
	object->missing = result != 0 && err->kind == ERR_NOT_FOUND;
	return result;
}

/* --------------------------------------------------------------- the bytes */

/* Matches read_fn. */
static int
read_whole(struct repo_object *object, void *context, struct err *err)
{
	(void)context;
	if (object->has_whole)
		return 0;
	buf_clear(&object->whole);
	if (note_missing(object,
		store_get(repo_store(object->repo), object->key.key,
		    ARCHIVE_SIZE_MAX, &object->whole, err),
		err) != 0)
		return -1;
	object->has_whole = true;
	object->size = object->whole.size;
	return 0;
}

static int
read_end(struct repo_object *object, struct err *err)
{
	if (object->has_end || object->has_whole)
		return 0;
	buf_clear(&object->end);
	if (note_missing(object,
		store_get_end(repo_store(object->repo), object->key.key,
		    ARCHIVE_PIECE_END, &object->end, &object->size, err),
		err) != 0)
		return -1;
	object->has_end = true;
	return 0;
}

static const struct kept_range *
find_range(const struct repo_object *object, uint64_t from, size_t size)
{
	for (size_t i = 0; i < object->range_count; i++) {
		const struct kept_range *range = &object->ranges[i];

		if (from >= range->from && size <= range->bytes.size &&
		    from - range->from <= range->bytes.size - size)
			return range;
	}
	return NULL;
}

static int
fetch_range(struct repo_object *object, uint64_t from, size_t size,
    const struct kept_range **out, struct err *err)
{
	struct kept_range *added;
	struct buf bytes = { 0 };

	if (note_missing(object,
		store_get_range(repo_store(object->repo), object->key.key, from,
		    size, &bytes, err),
		err) != 0) {
		buf_release(&bytes);
		return -1;
	}
	object->ranges = xgrow(object->ranges, object->range_count,
	    &object->range_capacity, sizeof(*object->ranges));
	added = &object->ranges[object->range_count++];
	*added = (struct kept_range){ from, bytes };
	*out = added;
	return 0;
}

/* As struct archive_source wants it. */
static int
read_range(
    void *context, uint64_t from, size_t size, struct buf *out, struct err *err)
{
	struct repo_object *object = context;
	const struct kept_range *range = find_range(object, from, size);

	if (range == NULL && fetch_range(object, from, size, &range, err) != 0)
		return -1;
	buf_add(out, range->bytes.data + (size_t)(from - range->from), size);
	return 0;
}

static int
open_source(
    struct repo_object *object, struct archive_source *out, struct err *err)
{
	if (read_end(object, err) != 0)
		return -1;
	*out = (struct archive_source){
		.size = object->size,
		.end = buf_bytes(
		    object->has_whole ? &object->whole : &object->end),
		.read = read_range,
		.context = object,
	};
	return 0;
}

/* -------------------------------------------------------------- one capture */

/* What was decoded must be what its key says. */
static int
check_loaded(
    const struct repo_object *object, struct snapshot *out, struct err *err)
{
	if (repo_key_check(&object->key, &out->info, err) == 0)
		return 0;
	snapshot_release(out);
	return -1;
}

int
repo_object_load(struct repo_object *object,
    const struct capture_choice *choice, struct snapshot *out, struct err *err)
{
	if (read_current(object, read_whole, NULL, err) == 0 &&
	    archive_decode_at(buf_bytes(&object->whole), choice, out, err) ==
		0 &&
	    check_loaded(object, out, err) == 0)
		return 0;
	return err_wrap(err, "snapshot %s", object->key.id);
}

struct groups_reading {
	const struct archive_wanted *wanted;
	struct snapshot *out;
};

/* Matches read_fn. */
static int
read_groups(struct repo_object *object, void *context, struct err *err)
{
	const struct groups_reading *reading = context;
	struct archive_source source;

	if (open_source(object, &source, err) != 0)
		return -1;
	return archive_decode_groups(
	    &source, reading->wanted, reading->out, err);
}

int
repo_object_load_groups(struct repo_object *object,
    const struct archive_wanted *wanted, struct snapshot *out, struct err *err)
{
	struct groups_reading reading = { wanted, out };
	struct err why = { 0 };

	if (read_current(object, read_groups, &reading, &why) == 0 &&
	    check_loaded(object, out, &why) == 0)
		return 0;
	if (why.kind == ERR_CORRUPT)
		return repo_object_load(object, &wanted->capture, out, err);
	*err = why;
	return err_wrap(err, "snapshot %s", object->key.id);
}

/* ----------------------------------------------------------- all captures */

struct series_reading {
	const struct bytes *topics;
	size_t topic_count;
	struct window_series *out;
};

/* Matches read_fn. */
static int
read_series(struct repo_object *object, void *context, struct err *err)
{
	const struct series_reading *reading = context;
	struct archive_source source;

	if (open_source(object, &source, err) != 0)
		return -1;
	return archive_decode_series(
	    &source, reading->topics, reading->topic_count, reading->out, err);
}

int
repo_object_load_series(struct repo_object *object, const struct bytes *topics,
    size_t topic_count, struct window_series *out, struct err *err)
{
	struct series_reading reading = { topics, topic_count, out };

	if (read_current(object, read_series, &reading, err) != 0)
		return err_wrap(err, "snapshot %s", object->key.id);
	if (repo_key_check(&object->key, &out->info, err) == 0)
		return 0;
	window_series_release(out);
	return err_wrap(err, "snapshot %s", object->key.id);
}

/* ------------------------------------------------------------ in one go */

int
repo_get(struct repo *repo, const struct snapshot_key *key, struct buf *out,
    struct err *err)
{
	struct repo_object *object = repo_object_new(repo, key);
	const int result = read_current(object, read_whole, NULL, err);

	if (result == 0) {
		buf_release(out);
		*out = object->whole;
		object->whole = (struct buf){ 0 };
	}
	repo_object_free(object);
	return result;
}

int
repo_load_at(struct repo *repo, const struct snapshot_key *key,
    const struct capture_choice *choice, struct snapshot *out, struct err *err)
{
	struct repo_object *object = repo_object_new(repo, key);
	const int result = repo_object_load(object, choice, out, err);

	repo_object_free(object);
	return result;
}

int
repo_load(struct repo *repo, const struct snapshot_key *key,
    struct snapshot *out, struct err *err)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };

	return repo_load_at(repo, key, &last, out, err);
}

int
repo_load_previous(struct repo *repo, const struct snapshot_key *key,
    struct snapshot *out, struct snapshot *indexed, struct err *err)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };
	struct repo_object *object = repo_object_new(repo, key);
	struct capture_choice choice;
	int result = repo_object_load(object, &last, out, err);

	if (result == 0 && windowindex_choice(&out->info, &choice)) {
		result = repo_object_load(object, &choice, indexed, err);
		if (result != 0)
			snapshot_release(out);
	}
	repo_object_free(object);
	return result;
}

int
repo_load_groups(struct repo *repo, const struct snapshot_key *key,
    const struct archive_wanted *wanted, struct snapshot *out, struct err *err)
{
	struct repo_object *object = repo_object_new(repo, key);
	const int result = repo_object_load_groups(object, wanted, out, err);

	repo_object_free(object);
	return result;
}
