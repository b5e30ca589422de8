/*
 * repo.c - making and opening a repository, and saving snapshots.
 *
 * tidemark.json is one JSON document, written once:
 *	{"format":"tidemark repository","version":1,"min_reader":1,
 *	 "id":"<16 hex digits>","created":"<RFC 3339>",
 *	 "store":{"exclusive_create":true}}
 * A reader that is older than min_reader refuses; members that it does not
 * know are ignored.
 */
#include "storage/repo.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/timetext.h"
#include "common/xalloc.h"

#define REPO_KEY "tidemark.json"
#define REPO_FORMAT "tidemark repository"
#define REPO_VERSION 1
#define REPO_JSON_MAX ((size_t)64 << 10)

/* Ten thousand exact names of the longest kind stay well below. */
#define SELECTION_MAX ((size_t)64 << 20)

struct repo {
	struct store *store;
};

/* The folders a repository is made of, and what a probe of S3 may leave. */
static const char *const own_folders[] = { "applies/", "probe/", "selections/",
	"snapshots/", "tags/" };

static bool
is_own_folder(const struct store_object *object)
{
	for (size_t i = 0; i < sizeof(own_folders) / sizeof(*own_folders);
	     i++) {
		if (object->is_prefix &&
		    strcmp(object->key, own_folders[i]) == 0)
			return true;
	}
	return false;
}

/* Matches store_visit_fn: refuses what no repository has. */
static int
refuse_foreign(
    const struct store_object *object, void *context, struct err *err)
{
	(void)context;
	if (is_own_folder(object))
		return 0;
	(void)err_set(err, ERR_EXISTS,
	    "this is no empty place: it has %s, which is not tidemark's",
	    object->key);
	err_hint(err, "name an empty or missing directory, or another prefix");
	return -1;
}

/* Is the place free?  Nothing is written. */
static int
check_free(struct store *store, struct err *err)
{
	const struct store_listing all = { "", NULL, true };
	struct err why = { 0 };
	uint64_t size;

	if (store_stat(store, REPO_KEY, &size, &why) == 0)
		return err_set(err, ERR_EXISTS,
		    "%s is a repository already; it was left as it is",
		    store->name);
	if (why.kind != ERR_NOT_FOUND) {
		*err = why;
		return -1;
	}
	return store_list(store, &all, refuse_foreign, NULL, err);
}

static int
put_identity(struct store *store, const struct env *env, struct err *err)
{
	char id[ENV_ID_MAX];
	char created[TIME_RFC3339_MAX];
	json_t *json;
	char *text;
	int result;

	env_id(env, id);
	(void)time_format(env_now_ms(env), created);
	json = json_pack("{s:s, s:i, s:i, s:s, s:s, s:{s:b}}", "format",
	    REPO_FORMAT, "version", REPO_VERSION, "min_reader", REPO_VERSION,
	    "id", id, "created", created, "store", "exclusive_create",
	    store_has(store, STORE_CAN_EXCLUDE) ? 1 : 0);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	/* Only without memory: all of it is ASCII. */
	if (text == NULL)
		return err_set(err, ERR_IO, "cannot write " REPO_KEY);
	result = store_put(store, REPO_KEY, text, strlen(text), err);
	free(text);
	return result;
}

int
repo_init(struct store *store, const struct env *env, struct err *err)
{
	struct err why = { 0 };

	/* Look before anything is made: the place may be somebody else's. */
	if (store_probe(store, false, &why) == 0) {
		if (check_free(store, err) != 0)
			return -1;
	} else if (why.kind != ERR_NO_REPO) {
		*err = why;
		return -1;
	}
	if (store_probe(store, true, err) != 0)
		return -1;
	return put_identity(store, env, err);
}

/* What a shell takes as one word. */
static void
add_shell_word(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+=,-";

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		buf_add_text(out, text);
		return;
	}
	buf_add_char(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add_char(out, *text);
	}
	buf_add_char(out, '\'');
}

static int
fail_no_repo(const struct store *store, const char *why, struct err *err)
{
	struct buf line = { 0 };

	(void)err_set(err, ERR_NO_REPO, "there is no repository in %s (%s)",
	    store->name, why);
	buf_add_text(&line, "tidemark init -r ");
	add_shell_word(&line, store->name);
	/* A line that was cut short must not be typed. */
	if (line.size < ERR_HINT_MAX)
		err_hint(err, "%s", buf_text(&line));
	buf_release(&line);
	return -1;
}

/* What the store could do when the repository was made. */
static void
assume_features(struct store *store, json_t *json)
{
	int exclusive = 0;

	if (json_unpack(json, "{s:{s:b}}", "store", "exclusive_create",
		&exclusive) == 0 &&
	    exclusive != 0)
		store_assume(store, STORE_CAN_EXCLUDE);
}

static int
check_identity(struct store *store, struct bytes text, struct err *err)
{
	const char *format = "";
	json_error_t where;
	json_t *json =
	    json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &where);
	json_int_t min_reader = 0;
	int result = -1;

	if (json == NULL ||
	    json_unpack(json, "{s:s, s:I}", "format", &format, "min_reader",
		&min_reader) != 0 ||
	    strcmp(format, REPO_FORMAT) != 0)
		(void)err_set(err, ERR_CORRUPT,
		    "%s of repository %s is damaged, or not tidemark's",
		    REPO_KEY, store->name);
	else if (min_reader > REPO_VERSION)
		(void)err_set(err, ERR_UNSUPPORTED,
		    "repository %s needs a newer tidemark: one that reads "
		    "version %lld, this one reads %d",
		    store->name, (long long)min_reader, REPO_VERSION);
	else
		result = 0;
	if (result == 0)
		assume_features(store, json);
	json_decref(json);
	return result;
}

static int
open_store(struct store *store, struct err *err)
{
	struct buf text = { 0 };
	struct err why = { 0 };
	int result = -1;

	if (store_probe(store, false, &why) != 0) {
		if (why.kind == ERR_NO_REPO)
			return fail_no_repo(
			    store, "there is no such directory", err);
		*err = why;
		return -1;
	}
	if (store_get(store, REPO_KEY, REPO_JSON_MAX, &text, &why) == 0)
		result = check_identity(store, buf_bytes(&text), err);
	else if (why.kind == ERR_NOT_FOUND)
		(void)fail_no_repo(store, "it has no " REPO_KEY, err);
	else
		*err = why;
	buf_release(&text);
	return result;
}

int
repo_open(struct store *store, const struct env *env, struct repo **out,
    struct err *err)
{
	(void)env; /* what writes ids and times later will need it */
	if (open_store(store, err) != 0) {
		store_free(store);
		return -1;
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->store = store;
	return 0;
}

void
repo_free(struct repo *repo)
{
	if (repo == NULL)
		return;
	store_free(repo->store);
	free(repo);
}

const char *
repo_name(const struct repo *repo)
{
	return repo->store->name;
}

struct store *
repo_store(struct repo *repo)
{
	return repo->store;
}

/* The text is there already: it must be the same. */
static int
check_selection(
    struct repo *repo, const char *key, struct bytes wanted, struct err *err)
{
	struct buf found = { 0 };
	int result = store_get(repo->store, key, SELECTION_MAX, &found, err);

	if (result == 0 && !bytes_equal(buf_bytes(&found), wanted))
		result = err_set(err, ERR_CORRUPT,
		    "%s in repository %s is not what its name stands for", key,
		    repo->store->name);
	buf_release(&found);
	return result;
}

/* Look first: in all but the first run it is there. */
static int
save_selection(
    struct repo *repo, const struct snapshot_info *info, struct err *err)
{
	char key[STORE_KEY_MAX + 1];
	char cluster[REPO_CLUSTER_MAX];
	struct buf text = { 0 };
	struct err why = { 0 };
	int result;

	repo_cluster(info->cluster_id, cluster);
	(void)snprintf(key, sizeof(key), "selections/%s/%s.json", cluster,
	    info->selection_hash);
	selection_json(info->scope, &info->selection, info->last_known, &text);
	result = check_selection(repo, key, buf_bytes(&text), &why);
	if (result != 0 && why.kind == ERR_NOT_FOUND) {
		why = (struct err){ 0 };
		result =
		    store_put(repo->store, key, text.data, text.size, &why);
		/* Another writer was faster. */
		if (result != 0 && why.kind == ERR_EXISTS) {
			why = (struct err){ 0 };
			result =
			    check_selection(repo, key, buf_bytes(&text), &why);
		}
	}
	if (result != 0)
		*err = why;
	buf_release(&text);
	return result;
}

int
repo_save(struct repo *repo, const struct snapshot_info *info,
    struct bytes archive, struct snapshot_key *out, struct err *err)
{
	struct snapshot_key key;
	char text[STORE_KEY_MAX + 1];
	uint64_t size = 0;

	repo_key_format(info, text);
	if (!repo_key_parse(text, &key) || repo_key_check(&key, info, err) != 0)
		return err_set(err, ERR_CORRUPT,
		    "the snapshot cannot be stored: its id, its times or its "
		    "selection hash make no key");
	if (save_selection(repo, info, err) != 0 ||
	    store_put(repo->store, key.key, archive.data, archive.size, err) !=
		0 ||
	    store_stat(repo->store, key.key, &size, err) != 0)
		return err_wrap(
		    err, "the snapshot was taken, and storing it failed");
	if (size != archive.size)
		return err_set(err, ERR_CORRUPT,
		    "repository %s: %s has %llu bytes where %zu were written",
		    repo->store->name, key.key, (unsigned long long)size,
		    archive.size);
	key.size = size;
	if (out != NULL)
		*out = key;
	return 0;
}
