#include "restore/freezelog.h"

#include <stdlib.h>
#include <string.h>

#include "common/files.h"
#include "common/utf8.h"
#include "storage/freezes.h"
#include "storage/repo.h"

#define SHOWN_MAX 80

static int
check_cluster(const struct freezelog *log, const struct freeze_record *record,
    struct err *err)
{
	char theirs[SHOWN_MAX], ours[SHOWN_MAX];

	if (strcmp(record->cluster_id, log->cluster_id) == 0)
		return 0;
	return err_set(err, ERR_REFUSED,
	    "the record is of cluster %s, and this is %s",
	    utf8_escape_to(
		bytes_of(record->cluster_id), theirs, sizeof(theirs)),
	    utf8_escape_to(bytes_of(log->cluster_id), ours, sizeof(ours)));
}

/* --- in a file --------------------------------------------------------- */

static void
thawed_path(const struct freezelog *log, struct buf *out)
{
	buf_add_format(out, "%s.thawed", log->file);
}

/* A file that is not there is no error, and leaves out empty. */
static int
read_if_there(const char *path, struct buf *out, struct err *err)
{
	if (file_read(path, FREEZE_SIZE_MAX, out, err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	*err = (struct err){ 0 };
	return 0;
}

/* An empty one is as good as none. */
static int
create(const char *path, struct bytes content, struct err *err)
{
	file_drop_empty(path);
	return file_create(path, content, err);
}

static int
decode_file(const struct freezelog *log, struct bytes text,
    struct freeze_record *out, struct err *err)
{
	char shown[SHOWN_MAX];

	if (freeze_record_decode(text, out, err) == 0 &&
	    check_cluster(log, out, err) == 0)
		return 0;
	return err_wrap(err, "%s",
	    utf8_escape_to(bytes_of(log->file), shown, sizeof(shown)));
}

static int
find_file(const struct freezelog *log, enum freezelog_state *state,
    struct freeze_record *out, struct err *err)
{
	struct buf text = { 0 }, thawed = { 0 }, path = { 0 };
	int result = -1;

	thawed_path(log, &path);
	if (read_if_there(log->file, &text, err) != 0 ||
	    read_if_there(buf_text(&path), &thawed, err) != 0)
		goto out;
	if (text.size == 0)
		*state = FREEZELOG_NONE;
	else if (decode_file(log, buf_bytes(&text), out, err) != 0)
		goto out;
	else
		*state = thawed.size > 0 ? FREEZELOG_THAWED : FREEZELOG_OPEN;
	result = 0;
out:
	buf_release(&path);
	buf_release(&thawed);
	buf_release(&text);
	return result;
}

/* --- in the repository ------------------------------------------------- */

static bool
is_thawed(const struct freeze_keys *keys, const struct freeze_key *key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->keys[i].thawed && keys->keys[i].at_ms == key->at_ms &&
		    strcmp(keys->keys[i].id, key->id) == 0)
			return true;
	}
	return false;
}

static const struct freeze_key *
find_newest(const struct freeze_keys *keys)
{
	for (size_t i = keys->count; i > 0; i--)
		if (!keys->keys[i - 1].thawed)
			return &keys->keys[i - 1];
	return NULL;
}

static int
load(const struct freezelog *log, const struct freeze_key *key,
    struct freeze_record *out, struct err *err)
{
	struct buf text = { 0 };
	int result;

	result = freezes_get(log->repo, key, FREEZE_SIZE_MAX, &text, err);
	if (result == 0)
		result = freeze_record_decode(buf_bytes(&text), out, err);
	if (result == 0)
		result = check_cluster(log, out, err);
	if (result == 0 &&
	    (strcmp(out->id, key->id) != 0 || out->at_ms != key->at_ms))
		result = err_set(
		    err, ERR_CORRUPT, "the record is not what its name says");
	if (result != 0)
		err_wrap(err, "%s", key->key);
	buf_release(&text);
	return result;
}

static int
find_repo(const struct freezelog *log, enum freezelog_state *state,
    struct freeze_record *out, struct err *err)
{
	struct freeze_keys keys = { 0 };
	char cluster[REPO_CLUSTER_MAX];
	const struct freeze_key *key;
	int result = -1;

	repo_cluster(log->cluster_id, cluster);
	if (freezes_list(log->repo, cluster, &keys, err) != 0)
		goto out;
	key = find_newest(&keys);
	if (key == NULL)
		*state = keys.count > 0 ? FREEZELOG_THAWED : FREEZELOG_NONE;
	else
		*state =
		    is_thawed(&keys, key) ? FREEZELOG_THAWED : FREEZELOG_OPEN;
	result = *state == FREEZELOG_OPEN ? load(log, key, out, err) : 0;
out:
	freeze_keys_release(&keys);
	return result;
}

static int
date_behind(
    const struct freezelog *log, struct freeze_record *record, struct err *err)
{
	struct freeze_keys keys = { 0 };
	char cluster[REPO_CLUSTER_MAX];
	const struct freeze_key *newest;
	int result;

	repo_cluster(log->cluster_id, cluster);
	result = freezes_list(log->repo, cluster, &keys, err);
	newest = find_newest(&keys);
	if (result == 0 && newest != NULL && record->at_ms <= newest->at_ms)
		record->at_ms = newest->at_ms + 1;
	freeze_keys_release(&keys);
	return result;
}

static int
put_in_repo(
    const struct freezelog *log, struct freeze_record *record, struct err *err)
{
	struct freeze_key key;
	struct buf text = { 0 };
	int result;

	if (date_behind(log, record, err) != 0)
		return -1;
	freeze_record_encode(record, &text);
	freeze_key_make(log->cluster_id, record->id, record->at_ms, &key);
	result = freezes_put(log->repo, &key, buf_bytes(&text), err);
	buf_release(&text);
	return result;
}

/* --- both -------------------------------------------------------------- */

int
freezelog_find(const struct freezelog *log, enum freezelog_state *state,
    struct freeze_record *out, struct err *err)
{
	*state = FREEZELOG_NONE;
	*out = (struct freeze_record){ 0 };
	if (log->file != NULL)
		return find_file(log, state, out, err);
	return log->repo != NULL ? find_repo(log, state, out, err) : 0;
}

int
freezelog_add(
    const struct freezelog *log, struct freeze_record *record, struct err *err)
{
	struct buf text = { 0 };
	int result;

	if (log->file == NULL)
		return put_in_repo(log, record, err);
	freeze_record_encode(record, &text);
	result = create(log->file, buf_bytes(&text), err);
	buf_release(&text);
	return result;
}

int
freezelog_end(const struct freezelog *log, const struct freeze_record *record,
    enum freeze_end end, const struct freeze_value *found, struct err *err)
{
	struct freeze_key key;
	struct buf text = { 0 }, path = { 0 };
	int result;

	freeze_end_encode(record, end, found, env_now_ms(log->env), &text);
	if (log->file != NULL) {
		thawed_path(log, &path);
		result = create(buf_text(&path), buf_bytes(&text), err);
	} else {
		freeze_key_make_thawed(
		    log->cluster_id, record->id, record->at_ms, log->env, &key);
		result = freezes_put(log->repo, &key, buf_bytes(&text), err);
	}
	buf_release(&path);
	buf_release(&text);
	return result;
}
