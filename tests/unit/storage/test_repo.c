/*
 * test_repo.c - making, opening, saving and loading, in a directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/err.h"
#include "formats/archive.h"
#include "storage/repo.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/storage/memory_store.h"
#include "tests/unit/storage/tempdir.h"

#define IDENTITY "tidemark.json"

struct place {
	struct env env;
	char path[TEMPDIR_MAX];
};

static int
setup(void **state)
{
	static struct place place;

	env_init_system(&place.env, NULL);
	tempdir_make(place.path);
	*state = &place;
	return 0;
}

static int
teardown(void **state)
{
	const struct place *place = *state;

	tempdir_remove(place->path);
	return 0;
}

static int
try_init(const struct place *place, const char *path, struct err *err)
{
	struct store *store = NULL;
	int result;

	*err = (struct err){ 0 };
	if (store_open(path, NULL, &place->env, &store, err) != 0)
		return -1;
	result = repo_init(store, &place->env, err);
	store_free(store);
	return result;
}

static struct repo *
try_open(const struct place *place, const char *path, struct err *err)
{
	struct store *store = NULL;
	struct repo *repo = NULL;

	*err = (struct err){ 0 };
	if (store_open(path, NULL, &place->env, &store, err) != 0 ||
	    repo_open(store, &place->env, &repo, err) != 0)
		return NULL;
	return repo;
}

static struct repo *
make_repo(const struct place *place)
{
	struct err err;
	struct repo *repo = NULL;

	if (try_init(place, place->path, &err) == 0)
		repo = try_open(place, place->path, &err);
	if (repo == NULL)
		fail_msg("%s", err.message);
	return repo;
}

static void
a_repository_is_made_once_and_opened(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	struct err err;

	assert_string_equal(repo_name(repo), place->path);
	assert_true(store_has(repo_store(repo), STORE_CAN_EXCLUDE));
	assert_int_equal(tempdir_count(place->path, ""), 1);
	assert_int_equal(try_init(place, place->path, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	assert_non_null(strstr(err.message, place->path));
	repo_free(repo);
}

static void
init_takes_its_own_folders_and_nothing_foreign(void **state)
{
	const struct place *place = *state;
	struct err err;

	tempdir_folder(tempdir_at(place->path, "snapshots"));
	tempdir_folder(tempdir_at(place->path, "selections"));
	tempdir_folder(tempdir_at(place->path, "lost+found"));
	tempdir_folder(tempdir_at(place->path, "photos"));
	assert_int_equal(try_init(place, place->path, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	assert_non_null(strstr(err.message, "photos"));
	assert_int_equal(tempdir_count(place->path, ""), 0);
	assert_int_equal(rmdir(tempdir_at(place->path, "photos")), 0);
	tempdir_file(tempdir_at(place->path, "snapshots.txt"), "x");
	assert_int_equal(try_init(place, place->path, &err), -1);
	assert_int_equal(unlink(tempdir_at(place->path, "snapshots.txt")), 0);
	if (try_init(place, place->path, &err) != 0)
		fail_msg("%s", err.message);
}

static void
expect_no_repo(const struct place *place, const char *path, const char *line)
{
	struct err err;

	assert_null(try_open(place, path, &err));
	assert_int_equal(err.kind, ERR_NO_REPO);
	assert_int_equal(err_exit_status(&err), 10);
	assert_non_null(strstr(err.message, path));
	assert_string_equal(err.hint, line);
}

static void
no_repository_gives_the_line_to_type(void **state)
{
	const struct place *place = *state;
	char line[TEMPDIR_MAX + 128];
	char path[TEMPDIR_MAX + 64];

	(void)snprintf(line, sizeof(line), "tidemark init -r %s", place->path);
	expect_no_repo(place, place->path, line);
	(void)snprintf(path, sizeof(path), "%s/gone", place->path);
	(void)snprintf(line, sizeof(line), "tidemark init -r %s", path);
	expect_no_repo(place, path, line);
	(void)snprintf(path, sizeof(path), "%s/it's gone", place->path);
	(void)snprintf(line, sizeof(line),
	    "tidemark init -r '%s/it'\\''s gone'", place->path);
	expect_no_repo(place, path, line);
	expect_no_repo(place, "~gone", "tidemark init -r '~gone'");
}

/* A hint that was cut would be another command. */
static void
a_line_that_does_not_fit_is_not_shown(void **state)
{
	const struct place *place = *state;
	char path[ERR_HINT_MAX + 100];
	struct err err;

	memset(path, 'a', sizeof(path));
	for (size_t i = 100; i < sizeof(path); i += 100)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_null(try_open(place, path, &err));
	assert_int_equal(err.kind, ERR_NO_REPO);
	assert_string_equal(err.hint, "");
}

static void
a_damaged_or_newer_identity_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err_kind kind;
	} cases[] = {
		{ "", ERR_CORRUPT },
		{ "{", ERR_CORRUPT },
		{ "[]", ERR_CORRUPT },
		{ "{\"format\":\"other\",\"min_reader\":1}", ERR_CORRUPT },
		{ "{\"format\":\"tidemark repository\"}", ERR_CORRUPT },
		{ "{\"format\":\"tidemark repository\",\"min_reader\":\"1\"}",
		    ERR_CORRUPT },
		{ "{\"format\":\"tidemark repository\",\"min_reader\":1}x",
		    ERR_CORRUPT },
		{ "{\"format\":\"tidemark repository\",\"min_reader\":2}",
		    ERR_UNSUPPORTED },
		{ "{\"format\":\"tidemark repository\",\"min_reader\":1,"
		  "\"version\":7,\"new\":true}",
		    ERR_NONE },
	};
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct repo *repo;
		struct err err;

		tempdir_file(tempdir_at(place->path, IDENTITY), cases[i].text);
		repo = try_open(place, place->path, &err);
		assert_true((repo != NULL) == (cases[i].kind == ERR_NONE));
		assert_int_equal(err.kind, cases[i].kind);
		repo_free(repo);
	}
}

static void
a_place_that_is_no_store_is_refused(void **state)
{
	static const struct {
		const char *where;
		enum err_kind kind;
	} cases[] = { { "", ERR_USAGE }, { "s3://bucket/x", ERR_USAGE },
		{ "gs://bucket", ERR_USAGE }, { "://x", ERR_USAGE } };
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct store *store = NULL;
		struct err err = { 0 };

		assert_int_equal(
		    store_open(cases[i].where, NULL, &place->env, &store, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_null(store);
	}
}

/* What init found out about the store is known when it is opened again. */
static void
what_a_store_can_is_remembered(void **state)
{
	const struct place *place = *state;

	for (int weak = 0; weak < 2; weak++) {
		struct store *store = memory_store_new();
		struct buf text = { 0 };
		struct err err = { 0 };

		if (weak != 0)
			memory_store_weaken(store);
		memory_store_hide(store);
		assert_int_equal(repo_init(store, &place->env, &err), 0);
		assert_int_equal(
		    store_get(store, "tidemark.json", 1000, &text, &err), 0);
		assert_non_null(strstr(buf_text(&text),
		    weak != 0 ? "\"exclusive_create\":false"
			      : "\"exclusive_create\":true"));
		buf_release(&text);
		store_free(store);
	}
}

/* ------------------------------------------------------- save and load */

struct archived {
	struct snapshot snapshot;
	struct buf bytes;
};

static void
archived_make(struct archived *archived)
{
	struct err err = { 0 };

	*archived = (struct archived){ 0 };
	modelgen_small(&archived->snapshot);
	if (archive_encode(&archived->snapshot, &archived->bytes, &err) != 0)
		fail_msg("%s", err.message);
}

static void
archived_release(struct archived *archived)
{
	snapshot_release(&archived->snapshot);
	buf_release(&archived->bytes);
}

static void
what_was_saved_is_loaded(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	struct snapshot loaded = { 0 };
	struct archived archived;
	struct snapshot_key key;
	struct snapshot_key found;
	struct buf raw = { 0 };
	struct err err = { 0 };

	archived_make(&archived);
	if (repo_save(repo, &archived.snapshot.info, buf_bytes(&archived.bytes),
		&key, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(key.size, archived.bytes.size);
	assert_int_equal(repo_find(repo, key.id, &found, &err), 0);
	assert_string_equal(found.key, key.key);
	assert_int_equal(found.size, key.size);
	if (repo_load(repo, &found, &loaded, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(loaded.group_count, archived.snapshot.group_count);
	assert_int_equal(repo_get(repo, &found, &raw, &err), 0);
	assert_true(bytes_equal(buf_bytes(&raw), buf_bytes(&archived.bytes)));
	/* The identity, the selection and the archive. */
	assert_int_equal(tempdir_count(place->path, ""), 3);
	buf_release(&raw);
	snapshot_release(&loaded);
	archived_release(&archived);
	repo_free(repo);
}

static void
nothing_saved_is_overwritten(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	struct archived archived;
	struct err err = { 0 };

	archived_make(&archived);
	assert_int_equal(repo_save(repo, &archived.snapshot.info,
			     buf_bytes(&archived.bytes), NULL, &err),
	    0);
	assert_int_equal(repo_save(repo, &archived.snapshot.info,
			     buf_bytes(&archived.bytes), NULL, &err),
	    -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	archived_release(&archived);
	repo_free(repo);
}

static void
the_selection_behind_a_hash_is_stored_and_held(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	const char *groups[] = { "b", "a*" };
	struct archived archived;
	struct snapshot_info info;
	char key[STORE_KEY_MAX + 1];
	char cluster[REPO_CLUSTER_MAX];
	struct buf text = { 0 };
	struct buf found = { 0 };
	struct err err = { 0 };

	archived_make(&archived);
	info = archived.snapshot.info;
	info.selection =
	    (struct selection){ .groups = groups, .group_count = 2 };
	selection_canonical(
	    info.scope, &info.selection, false, info.selection_hash);
	selection_json(info.scope, &info.selection, false, &text);
	assert_int_equal(
	    repo_save(repo, &info, bytes_of("one"), NULL, &err), 0);
	repo_cluster(info.cluster_id, cluster);
	(void)snprintf(key, sizeof(key), "selections/%s/%s.json", cluster,
	    info.selection_hash);
	assert_int_equal(
	    store_get(repo_store(repo), key, 1000, &found, &err), 0);
	assert_string_equal(buf_text(&found), buf_text(&text));

	/* The same again is fine; another text under the name is not. */
	info.id[0] = info.id[0] == '0' ? '1' : '0';
	assert_int_equal(
	    repo_save(repo, &info, bytes_of("two"), NULL, &err), 0);
	assert_int_equal(store_remove(repo_store(repo), key, &err), 0);
	assert_int_equal(store_put(repo_store(repo), key, "x", 1, &err), 0);
	info.id[1] = info.id[1] == '0' ? '1' : '0';
	assert_int_equal(
	    repo_save(repo, &info, bytes_of("three"), NULL, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	buf_release(&text);
	buf_release(&found);
	archived_release(&archived);
	repo_free(repo);
}

static void
what_makes_no_key_is_not_saved(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	struct archived archived;
	struct snapshot_info infos[5];

	archived_make(&archived);
	for (size_t i = 0; i < 5; i++)
		infos[i] = archived.snapshot.info;
	infos[0].id[3] = 'X';
	infos[1].id[3] = '\0';
	infos[2].window.to_ms = infos[2].window.from_ms - 1;
	infos[3].window.from_ms = -1;
	infos[4].selection_hash[0] = '/';
	for (size_t i = 0; i < 5; i++) {
		struct err err = { 0 };

		assert_int_equal(
		    repo_save(repo, &infos[i], bytes_of("x"), NULL, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
	assert_int_equal(tempdir_count(place->path, ""), 1);
	archived_release(&archived);
	repo_free(repo);
}

static void
an_archive_under_another_key_is_corrupt(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	struct snapshot loaded = { 0 };
	struct archived archived;
	struct snapshot_info info;
	struct snapshot_key key;
	struct err err = { 0 };

	archived_make(&archived);
	info = archived.snapshot.info;
	info.window.complete = !info.window.complete;
	assert_int_equal(
	    repo_save(repo, &info, buf_bytes(&archived.bytes), &key, &err), 0);
	assert_int_equal(repo_load(repo, &key, &loaded, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_null(loaded.groups);
	archived_release(&archived);
	repo_free(repo);
}

static void
a_damaged_or_missing_archive_is_named(void **state)
{
	const struct place *place = *state;
	struct repo *repo = make_repo(place);
	struct snapshot loaded = { 0 };
	struct archived archived;
	struct snapshot_key key;
	struct err err = { 0 };

	archived_make(&archived);
	archived.bytes.data[archived.bytes.size / 2] ^= 4;
	assert_int_equal(repo_save(repo, &archived.snapshot.info,
			     buf_bytes(&archived.bytes), &key, &err),
	    0);
	assert_int_equal(repo_load(repo, &key, &loaded, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_non_null(strstr(err.message, key.id));
	assert_int_equal(store_remove(repo_store(repo), key.key, &err), 0);
	err = (struct err){ 0 };
	assert_int_equal(repo_load(repo, &key, &loaded, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, key.id));
	archived_release(&archived);
	repo_free(repo);
}

int
main(void)
{
#define REPO_TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		REPO_TEST(a_repository_is_made_once_and_opened),
		REPO_TEST(init_takes_its_own_folders_and_nothing_foreign),
		REPO_TEST(no_repository_gives_the_line_to_type),
		REPO_TEST(a_line_that_does_not_fit_is_not_shown),
		REPO_TEST(a_damaged_or_newer_identity_is_refused),
		REPO_TEST(a_place_that_is_no_store_is_refused),
		REPO_TEST(what_a_store_can_is_remembered),
		REPO_TEST(what_was_saved_is_loaded),
		REPO_TEST(nothing_saved_is_overwritten),
		REPO_TEST(the_selection_behind_a_hash_is_stored_and_held),
		REPO_TEST(what_makes_no_key_is_not_saved),
		REPO_TEST(an_archive_under_another_key_is_corrupt),
		REPO_TEST(a_damaged_or_missing_archive_is_named),
	};

	return cmocka_run_group_tests_name("repository", tests, NULL, NULL);
}
