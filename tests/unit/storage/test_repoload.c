/*
 * test_repoload.c - reading one object several times, and one that is replaced
 * meanwhile, as the agent does with its open window.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/err.h"
#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "storage/repo.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/storage/memory_store.h"

/* Of one archive: its end is not all of it. */
#define POSITIONS 100000
#define FLUSH_MS INT64_C(300000)

struct rig {
	struct env env;
	struct snapshot snapshot;
	struct store *store;
	struct repo *repo;
	struct snapshot_key key; /* as it was listed */
};

static void
save(struct rig *rig, struct snapshot_key *key)
{
	struct buf archive = { 0 };
	struct err err = { 0 };

	if (archive_encode(&rig->snapshot, &archive, &err) != 0 ||
	    repo_save(rig->repo, &rig->snapshot.info, buf_bytes(&archive), key,
		&err) != 0)
		fail_msg("%s", err.message);
	buf_release(&archive);
}

static int
setup(void **state)
{
	static struct rig rig;
	struct err err = { 0 };

	rig = (struct rig){ 0 };
	env_init_system(&rig.env, NULL);
	modelgen_large(&rig.snapshot, POSITIONS);
	rig.snapshot.info.complete = true;
	window_of_one(&rig.snapshot);
	rig.store = memory_store_new();
	if (repo_init(rig.store, &rig.env, &err) != 0 ||
	    repo_open(rig.store, &rig.env, &rig.repo, &err) != 0)
		return -1;
	save(&rig, &rig.key);
	*state = &rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	repo_free(rig->repo);
	snapshot_release(&rig->snapshot);
	return 0;
}

/* What the agent does at a flush: a longer version, and the shorter goes. */
static void
flush(struct rig *rig)
{
	struct snapshot_key key;
	struct err err = { 0 };

	rig->snapshot.info.to_ms += FLUSH_MS;
	window_of_one(&rig->snapshot);
	save(rig, &key);
	if (store_remove(rig->store, rig->key.key, &err) != 0)
		fail_msg("%s", err.message);
}

static size_t
take_reads(struct rig *rig)
{
	struct memory_counts *counts = memory_store_counts(rig->store);
	const size_t reads = counts->reads;

	*counts = (struct memory_counts){ 0 };
	return reads;
}

static void
load_group(struct repo_object *object, struct bytes name, struct snapshot *out)
{
	const struct archive_wanted wanted = { .groups = &name,
		.group_count = 1 };
	struct err err = { 0 };

	if (repo_object_load_groups(object, &wanted, out, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(out->group_count, 1);
}

static void
what_was_read_once_is_not_read_again(void **state)
{
	struct rig *rig = *state;
	struct repo_object *object = repo_object_new(rig->repo, &rig->key);

	(void)take_reads(rig);
	for (int i = 0; i < 2; i++) {
		struct snapshot snapshot = { 0 };

		load_group(object, bytes_of(MODELGEN_LARGE_SINGLE), &snapshot);
		snapshot_release(&snapshot);
		assert_in_range(
		    take_reads(rig), i == 0 ? 2 : 0, i == 0 ? 4 : 0);
	}
	repo_object_free(object);
}

/* A whole one answers for its parts, too. */
static void
a_whole_object_is_read_once(void **state)
{
	struct rig *rig = *state;
	struct repo_object *object = repo_object_new(rig->repo, &rig->key);
	const struct capture_choice last = { .how = CAPTURE_LAST };
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };

	(void)take_reads(rig);
	assert_int_equal(repo_object_load(object, &last, &snapshot, &err), 0);
	snapshot_release(&snapshot);
	load_group(object, bytes_of(MODELGEN_LARGE_SINGLE), &snapshot);
	snapshot_release(&snapshot);
	assert_int_equal(take_reads(rig), 1);
	repo_object_free(object);
}

/* Listed, and replaced before it was opened. */
static void
a_window_that_was_replaced_is_read_as_it_is_now(void **state)
{
	struct rig *rig = *state;
	struct snapshot snapshot = { 0 };
	struct buf bytes = { 0 };
	struct err err = { 0 };

	flush(rig);
	assert_int_equal(repo_load(rig->repo, &rig->key, &snapshot, &err), 0);
	assert_int_equal(snapshot.info.to_ms, rig->key.to_ms + FLUSH_MS);
	snapshot_release(&snapshot);
	assert_int_equal(repo_get(rig->repo, &rig->key, &bytes, &err), 0);
	buf_release(&bytes);
}

/* Half read, and replaced before the rest: no bytes of two versions are taken
 * for one. */
static void
one_that_is_replaced_while_it_is_read_is_begun_again(void **state)
{
	struct rig *rig = *state;
	struct repo_object *object = repo_object_new(rig->repo, &rig->key);
	struct snapshot snapshot = { 0 };

	load_group(object, rig->snapshot.groups[0].name, &snapshot);
	snapshot_release(&snapshot);
	flush(rig);
	load_group(object,
	    rig->snapshot.groups[rig->snapshot.group_count - 1].name,
	    &snapshot);
	assert_int_equal(snapshot.info.to_ms, rig->key.to_ms + FLUSH_MS);
	assert_int_equal(
	    repo_object_key(object)->to_ms, rig->key.to_ms + FLUSH_MS);
	snapshot_release(&snapshot);
	repo_object_free(object);
}

static void
one_that_was_removed_for_good_is_named(void **state)
{
	struct rig *rig = *state;
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };

	assert_int_equal(store_remove(rig->store, rig->key.key, &err), 0);
	assert_int_equal(repo_load(rig->repo, &rig->key, &snapshot, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, rig->key.id));
}

/* That there is no such capture is not taken for a missing object. */
static void
a_capture_that_is_not_there_costs_no_listing(void **state)
{
	struct rig *rig = *state;
	const struct bytes name = bytes_of(MODELGEN_LARGE_SINGLE);
	const struct archive_wanted wanted = { .groups = &name,
		.group_count = 1,
		.capture = { .how = CAPTURE_NUMBER, .number = 1 } };
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };

	(void)take_reads(rig);
	assert_int_equal(
	    repo_load_groups(rig->repo, &rig->key, &wanted, &snapshot, &err),
	    -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(memory_store_counts(rig->store)->lists, 0);
}

int
main(void)
{
#define LOAD_TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		LOAD_TEST(what_was_read_once_is_not_read_again),
		LOAD_TEST(a_whole_object_is_read_once),
		LOAD_TEST(a_window_that_was_replaced_is_read_as_it_is_now),
		LOAD_TEST(one_that_is_replaced_while_it_is_read_is_begun_again),
		LOAD_TEST(one_that_was_removed_for_good_is_named),
		LOAD_TEST(a_capture_that_is_not_there_costs_no_listing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
