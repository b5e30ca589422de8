/*
 * test_repowalk.c - listing, finding and walking, against the plain answer
 * from all keys, with the requests counted that S3 would get.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/env.h"
#include "common/err.h"
#include "common/xalloc.h"
#include "storage/repo.h"
#include "tests/unit/storage/memory_store.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (INT64_C(1440) * MINUTE_MS)
#define START_MS INT64_C(1795615500123)

struct fixture {
	struct env env;
	struct store *store;
	struct repo *repo;
	uint64_t random;
};

static int
setup(void **state)
{
	static struct fixture fixture;
	struct err err = { 0 };

	fixture.random = 1;
	env_init_system(&fixture.env, NULL);
	fixture.store = memory_store_new();
	*state = &fixture;
	if (repo_init(fixture.store, &fixture.env, &err) != 0 ||
	    repo_open(fixture.store, &fixture.env, &fixture.repo, &err) != 0)
		return -1;
	return 0;
}

static int
teardown(void **state)
{
	const struct fixture *fixture = *state;

	repo_free(fixture->repo);
	return 0;
}

static uint64_t
next_random(struct fixture *fixture)
{
	fixture->random = fixture->random * UINT64_C(6364136223846793005) + 1;
	return fixture->random >> 20;
}

static void
put_key(struct fixture *fixture, const char *cluster, int64_t from_ms,
    int64_t to_ms, uint64_t id)
{
	struct snapshot_info info = { 0 };
	char key[STORE_KEY_MAX + 1];
	struct err err = { 0 };

	(void)snprintf(info.cluster_id, sizeof(info.cluster_id), "%s", cluster);
	(void)snprintf(
	    info.id, sizeof(info.id), "%016llx", (unsigned long long)id);
	(void)snprintf(
	    info.selection_hash, sizeof(info.selection_hash), "00000000");
	info.as_of_ms = -1;
	info.window = (struct snapshot_window){
		.from_ms = from_ms, .to_ms = to_ms, .complete = true
	};
	repo_key_format(&info, key);
	if (store_put(fixture->store, key, "data", 4, &err) != 0)
		fail_msg("%s", err.message);
}

static size_t
take_requests(struct fixture *fixture)
{
	struct memory_counts *counts = memory_store_counts(fixture->store);
	const size_t sum =
	    counts->writes + counts->reads + counts->lists + counts->stats;

	*counts = (struct memory_counts){ 0 };
	return sum;
}

struct seen {
	int64_t *times;
	size_t count;
	size_t capacity;
	size_t stop_at; /* 0: never */
	int64_t last_to_ms;
};

static int
take_key(const struct snapshot_key *key, void *context, struct err *err)
{
	struct seen *seen = context;

	(void)err;
	seen->times = xgrow(
	    seen->times, seen->count, &seen->capacity, sizeof(*seen->times));
	seen->times[seen->count++] = key->from_ms;
	seen->last_to_ms = key->to_ms;
	assert_int_equal(key->size, 4);
	return seen->count == seen->stop_at ? 1 : 0;
}

static void
walk(struct fixture *fixture, bool before, int64_t at_ms, struct seen *seen)
{
	const struct repo_walker walker = { take_key, NULL, seen };
	struct err err = { 0 };
	const int result = before
	    ? repo_walk_before(fixture->repo, "c", at_ms, &walker, &err)
	    : repo_walk_after(fixture->repo, "c", at_ms, &walker, &err);

	if (result != 0)
		fail_msg("%s", err.message);
}

static void
seen_release(struct seen *seen)
{
	free(seen->times);
	*seen = (struct seen){ 0 };
}

/* Issue 4: with one every ten minutes, finding takes two listings or three. */
static void
around_a_moment_of_many_few_requests_are_made(void **state)
{
	struct fixture *fixture = *state;
	const int64_t step_ms = 10 * MINUTE_MS;
	const int64_t count = 10000;

	for (int64_t i = 0; i < count; i++)
		put_key(fixture, "c", START_MS + i * step_ms,
		    START_MS + i * step_ms + 500, (uint64_t)i);
	for (size_t i = 0; i < 300; i++) {
		const int64_t at_ms = START_MS +
		    (int64_t)(next_random(fixture) %
			(uint64_t)(count * step_ms));
		const int64_t index = (at_ms - START_MS) / step_ms;
		struct seen seen = { .stop_at = 1 };

		(void)take_requests(fixture);
		walk(fixture, true, at_ms, &seen);
		assert_true(take_requests(fixture) <= 2);
		assert_true(seen.times[0] == START_MS + index * step_ms);
		seen_release(&seen);
		seen.stop_at = 1;
		walk(fixture, false, at_ms, &seen);
		assert_true(take_requests(fixture) <= 1);
		if (index + 1 < count)
			assert_true(
			    seen.times[0] == START_MS + (index + 1) * step_ms);
		else
			assert_int_equal(seen.count, 0);
		seen_release(&seen);
	}
}

static int
compare_times(const void *left, const void *right)
{
	const int64_t *a = left;
	const int64_t *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* Snapshots days, months and years apart, some on one day. */
static size_t
put_scattered(struct fixture *fixture, int64_t *times, size_t count)
{
	int64_t at_ms = INT64_C(946684800000); /* 2000-01-01 */

	for (size_t i = 0; i < count; i++) {
		static const int64_t gaps[] = { 1, MINUTE_MS, DAY_MS,
			2 * DAY_MS, 40 * DAY_MS, 800 * DAY_MS };
		const int64_t gap = gaps[next_random(fixture) % 6];

		at_ms += 1 + (int64_t)(next_random(fixture) % (uint64_t)gap);
		times[i] = at_ms;
		put_key(fixture, "c", at_ms, at_ms + 5, i + 1);
	}
	qsort(times, count, sizeof(*times), compare_times);
	return count;
}

static void
walks_find_every_snapshot_over_any_gap(void **state)
{
	struct fixture *fixture = *state;
	int64_t times[200];
	const size_t count = put_scattered(fixture, times, 200);

	put_key(fixture, "other", START_MS, START_MS, 999);
	for (size_t i = 0; i < 3 * count; i++) {
		/* Just before, at and after each. */
		const int64_t at_ms = times[i / 3] + (int64_t)(i % 3) - 1;
		struct seen before = { 0 };
		struct seen after = { 0 };
		size_t below = 0;

		while (below < count && times[below] <= at_ms)
			below++;
		walk(fixture, true, at_ms, &before);
		walk(fixture, false, at_ms, &after);
		assert_int_equal(before.count, below);
		assert_int_equal(after.count, count - below);
		for (size_t j = 0; j < below; j++)
			assert_true(before.times[j] == times[below - 1 - j]);
		for (size_t j = 0; j < after.count; j++)
			assert_true(after.times[j] == times[below + j]);
		seen_release(&before);
		seen_release(&after);
	}
}

static void
the_newest_of_all_takes_few_requests(void **state)
{
	static const int64_t moments[] = { INT64_MAX, INT64_MAX / 2,
		INT64_C(253402300799999), START_MS + 900 * DAY_MS };
	struct fixture *fixture = *state;

	put_key(fixture, "c", START_MS, START_MS + 1, 1);
	put_key(fixture, "c", START_MS - 400 * DAY_MS, START_MS, 2);
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		struct seen seen = { .stop_at = 1 };

		(void)take_requests(fixture);
		walk(fixture, true, moments[i], &seen);
		assert_true(take_requests(fixture) <= 7);
		assert_int_equal(seen.count, 1);
		assert_true(seen.times[0] == START_MS);
		seen_release(&seen);
	}
}

static void
walks_at_the_ends_of_time_find_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = { 0 };

	walk(fixture, true, START_MS, &seen);
	walk(fixture, false, 0, &seen);
	put_key(fixture, "c", START_MS, START_MS + 1, 1);
	walk(fixture, true, -1, &seen);
	walk(fixture, true, INT64_MIN, &seen);
	walk(fixture, true, 0, &seen);
	walk(fixture, false, INT64_MAX, &seen);
	walk(fixture, false, START_MS, &seen);
	assert_int_equal(seen.count, 0);
	walk(fixture, false, INT64_MIN, &seen);
	assert_int_equal(seen.count, 1);
	seen_release(&seen);
}

static void
of_two_versions_of_a_window_the_later_is_shown(void **state)
{
	struct fixture *fixture = *state;
	const struct repo_query all = { 0 };
	struct snapshot_keys keys;
	struct snapshot_key found;
	struct seen seen = { 0 };
	struct err err = { 0 };

	put_key(fixture, "c", START_MS - 5, START_MS, 0x1111000000000001);
	put_key(fixture, "c", START_MS, START_MS + 100, 0x2222000000000002);
	put_key(fixture, "c", START_MS, START_MS + 200, 0x2222000000000002);
	put_key(fixture, "c", START_MS, START_MS + 300, 0x2222000000000002);
	walk(fixture, true, START_MS, &seen);
	assert_int_equal(seen.count, 2);
	walk(fixture, false, START_MS - 1, &seen);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.last_to_ms, START_MS + 300);
	seen_release(&seen);
	assert_int_equal(repo_list(fixture->repo, &all, &keys, &err), 0);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.keys[1].to_ms, START_MS + 300);
	snapshot_keys_release(&keys);
	assert_int_equal(repo_find(fixture->repo, "2222", &found, &err), 0);
	assert_int_equal(found.to_ms, START_MS + 300);
	/* One that was listed and replaced since is read in its new version. */
	found.to_ms = START_MS + 50;
	(void)snprintf(found.key, sizeof(found.key),
	    "snapshots/c/2026/11/25/20261125T140500123Z-2222000000000002-"
	    "20261125T140500173Z-c-00000000.tar.zst");
	{
		struct buf data = { 0 };

		if (repo_get(fixture->repo, &found, &data, &err) != 0)
			fail_msg("%s", err.message);
		assert_int_equal(data.size, 4);
		buf_release(&data);
	}
}

static void
a_listing_takes_windows_that_touch_the_times(void **state)
{
	struct fixture *fixture = *state;
	const int64_t midnight_ms = START_MS / DAY_MS * DAY_MS;
	struct repo_query query = { .cluster = "c" };
	struct snapshot_keys keys;
	struct err err = { 0 };

	put_key(fixture, "c", midnight_ms - MINUTE_MS, midnight_ms + 10, 1);
	put_key(fixture, "c", midnight_ms + 20, midnight_ms + 30, 2);
	put_key(fixture, "c", midnight_ms + 40, midnight_ms + 50, 3);
	query.from_ms = midnight_ms + 5;
	query.to_ms = midnight_ms + 20;
	assert_int_equal(repo_list(fixture->repo, &query, &keys, &err), 0);
	assert_int_equal(keys.count, 2);
	snapshot_keys_release(&keys);
	query.from_ms = midnight_ms + 11;
	assert_int_equal(repo_list(fixture->repo, &query, &keys, &err), 0);
	assert_int_equal(keys.count, 1);
	snapshot_keys_release(&keys);
	query.to_ms = 0;
	assert_int_equal(repo_list(fixture->repo, &query, &keys, &err), 0);
	assert_int_equal(keys.count, 2);
	snapshot_keys_release(&keys);
	query.cluster = "nothing.here";
	assert_int_equal(repo_list(fixture->repo, &query, &keys, &err), 0);
	assert_int_equal(keys.count, 0);
	snapshot_keys_release(&keys);
}

static void
clusters_are_listed_together_and_by_name(void **state)
{
	struct fixture *fixture = *state;
	const struct repo_query all = { 0 };
	struct repo_clusters clusters;
	struct snapshot_keys keys;
	struct err err = { 0 };

	put_key(fixture, "b", START_MS + 1, START_MS + 1, 1);
	put_key(fixture, "a", START_MS + 2, START_MS + 2, 2);
	put_key(fixture, "a b", START_MS, START_MS, 3);
	assert_int_equal(
	    store_put(fixture->store, "snapshots/stray", "x", 1, &err), 0);
	assert_int_equal(
	    store_put(fixture->store, "snapshots/q/notes.txt", "x", 1, &err),
	    0);
	assert_int_equal(
	    store_put(fixture->store, "snapshots/we.ird/y", "x", 1, &err), 0);
	assert_int_equal(repo_list(fixture->repo, &all, &keys, &err), 0);
	assert_int_equal(keys.count, 3);
	assert_int_equal(keys.foreign_count, 3);
	assert_true(keys.keys[0].from_ms == START_MS);
	assert_string_equal(keys.keys[1].cluster, "b");
	assert_string_equal(keys.keys[2].cluster, "a");
	snapshot_keys_release(&keys);
	assert_int_equal(repo_list_clusters(fixture->repo, &clusters, &err), 0);
	assert_int_equal(clusters.count, 3);
	assert_string_equal(clusters.names[0], "a");
	assert_string_equal(clusters.names[1], "b");
	assert_int_equal(strlen(clusters.names[2]), 66);
	repo_clusters_release(&clusters);
}

static void
expect_find(struct fixture *fixture, const char *prefix, enum err_kind kind)
{
	struct snapshot_key found;
	struct err err = { 0 };
	const int result = repo_find(fixture->repo, prefix, &found, &err);

	assert_int_equal(result, kind == ERR_NONE ? 0 : -1);
	assert_int_equal(err.kind, kind);
}

static void
a_few_digits_find_the_one_snapshot(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot_key found;
	struct err err = { 0 };

	put_key(fixture, "a", START_MS, START_MS, 0xabcd000000000001);
	put_key(fixture, "b", START_MS, START_MS, 0xabcd100000000002);
	put_key(fixture, "b", START_MS, START_MS, 0x1234000000000003);
	expect_find(fixture, "1234", ERR_NONE);
	expect_find(fixture, "ABCD0", ERR_NONE);
	expect_find(fixture, "abCd100000000002", ERR_NONE);
	expect_find(fixture, "abcd2", ERR_NOT_FOUND);
	expect_find(fixture, "123", ERR_USAGE);
	expect_find(fixture, "", ERR_USAGE);
	expect_find(fixture, "12g4", ERR_USAGE);
	expect_find(fixture, "1234 ", ERR_USAGE);
	expect_find(fixture, "12340000000000030", ERR_USAGE);
	assert_int_equal(repo_find(fixture->repo, "abcd", &found, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "abcd000000000001"));
	assert_non_null(strstr(err.message, "abcd100000000002"));
}

int
main(void)
{
#define WALK_TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		WALK_TEST(around_a_moment_of_many_few_requests_are_made),
		WALK_TEST(walks_find_every_snapshot_over_any_gap),
		WALK_TEST(the_newest_of_all_takes_few_requests),
		WALK_TEST(walks_at_the_ends_of_time_find_nothing),
		WALK_TEST(of_two_versions_of_a_window_the_later_is_shown),
		WALK_TEST(a_listing_takes_windows_that_touch_the_times),
		WALK_TEST(clusters_are_listed_together_and_by_name),
		WALK_TEST(a_few_digits_find_the_one_snapshot),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
