/*
 * test_resolve_requests.c - what a restore to a moment asks of a store with
 * 10,000 snapshots in it: twelve requests at most, wherever the moment is
 * (issue 4).  The archives are so large that none is read in one go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "formats/archive.h"
#include "restore/resolve.h"
#include "storage/repo.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/storage/memory_store.h"

#define MINUTE_MS INT64_C(60000)
#define STEP_MS (10 * MINUTE_MS)
#define DAY_MS (144 * STEP_MS)
#define TOOK_MS INT64_C(1000)

/* 2026-09-17T00:00:00.123Z, and two gaps behind it. */
#define START_MS INT64_C(1789603200123)
#define COUNT ((size_t)10000)
#define FIRST_OF_MONTH ((size_t)144 * 14)
#define FIRST_GAP ((size_t)4000)  /* so many before it */
#define SECOND_GAP ((size_t)6016) /* the first of a day comes before it */
#define FIRST_GAP_MS (100 * DAY_MS)
#define SECOND_GAP_MS (65 * DAY_MS)

/* Of one archive: its end, the index and two ranges would be too much. */
#define POSITIONS 100000

struct rig {
	struct env env;
	struct snapshot snapshot; /* whose times and id are changed */
	struct store *store;
	struct repo *repo;
	size_t opening; /* requests that opening it took */
};

static size_t
take_requests(struct rig *rig)
{
	struct memory_counts *counts = memory_store_counts(rig->store);
	const size_t sum =
	    counts->writes + counts->reads + counts->lists + counts->stats;

	*counts = (struct memory_counts){ 0 };
	return sum;
}

static int64_t
begin_of(size_t number)
{
	int64_t at_ms = START_MS + (int64_t)number * STEP_MS;

	if (number >= FIRST_GAP)
		at_ms += FIRST_GAP_MS;
	if (number >= SECOND_GAP)
		at_ms += SECOND_GAP_MS;
	return at_ms;
}

static void
key_of(const struct rig *rig, size_t number, char out[STORE_KEY_MAX + 1])
{
	struct snapshot_info info = rig->snapshot.info;

	(void)snprintf(info.id, sizeof(info.id), "%016zx", number);
	info.window.from_ms = begin_of(number);
	info.window.to_ms = info.window.from_ms + TOOK_MS;
	repo_key_format(&info, out);
}

static int
setup(void **state)
{
	static struct rig rig;
	struct err err = { 0 };

	env_init_system(&rig.env, NULL);
	modelgen_large(&rig.snapshot, POSITIONS);
	rig.snapshot.info.complete = true;
	window_of_one(&rig.snapshot);
	rig.store = memory_store_new();
	if (repo_init(rig.store, &rig.env, &err) != 0)
		return -1;
	for (size_t i = 0; i < COUNT; i++) {
		char key[STORE_KEY_MAX + 1];

		key_of(&rig, i, key);
		if (store_put(rig.store, key, "never opened", 12, &err) != 0)
			return -1;
	}
	(void)take_requests(&rig);
	if (repo_open(rig.store, &rig.env, &rig.repo, &err) != 0)
		return -1;
	rig.opening = take_requests(&rig);
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

/* Make the snapshot of that number one that can be opened; its groups were
 * read in the second half of the capture. */
static void
fill(struct rig *rig, size_t number)
{
	struct snapshot *snapshot = &rig->snapshot;
	struct buf archive = { 0 };
	char key[STORE_KEY_MAX + 1];
	struct err err = { 0 };

	if (number >= COUNT)
		return;
	snapshot->info.from_ms = begin_of(number);
	snapshot->info.to_ms = snapshot->info.from_ms + TOOK_MS;
	(void)snprintf(
	    snapshot->info.id, sizeof(snapshot->info.id), "%016zx", number);
	for (size_t i = 0; i < snapshot->group_count; i++) {
		snapshot->groups[i].read_start_ms =
		    snapshot->info.from_ms + TOOK_MS / 2;
		snapshot->groups[i].read_end_ms =
		    snapshot->info.to_ms - TOOK_MS / 4;
	}
	window_of_one(snapshot);
	key_of(rig, number, key);
	if (archive_encode(snapshot, &archive, &err) != 0 ||
	    store_remove(rig->store, key, &err) != 0 ||
	    store_put(rig->store, key, archive.data, archive.size, &err) != 0)
		fail_msg("%s", err.message);
	buf_release(&archive);
}

/* The last snapshot that had begun by then; COUNT: none. */
static size_t
last_begun(int64_t at_ms)
{
	size_t number = COUNT;

	for (size_t i = 0; i < COUNT && begin_of(i) <= at_ms; i++)
		number = i;
	return number;
}

static size_t
resolve_at(struct rig *rig, int64_t at_ms)
{
	static const char *names[] = { MODELGEN_LARGE_SINGLE };
	const struct selection wanted = { .groups = names, .group_count = 1 };

	const struct resolve_request request = {
		.repo = rig->repo,
		.cluster_id = rig->snapshot.info.cluster_id,
		.wanted = &wanted,
		.env = &rig->env,
		.log = NULL,
	};
	const size_t begun = last_begun(at_ms);
	struct brackets brackets;
	struct err err = { 0 };

	for (size_t i = begun == 0 ? 0 : begun - 1; i <= begun + 1; i++)
		fill(rig, i);
	(void)take_requests(rig);
	if (resolve_time(&request, at_ms, &brackets, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(brackets.group_count, 1);
	assert_int_equal(brackets.groups[0]->row_count, 20);
	brackets_release(&brackets);
	return rig->opening + take_requests(rig);
}

static void
expect_at_most(struct rig *rig, size_t limit, const char *what, int64_t at_ms)
{
	const size_t count = resolve_at(rig, at_ms);

	if (count > limit)
		fail_msg("%s: %zu requests", what, count);
}

static void
twelve_requests_wherever_snapshots_stand_close(void **state)
{
	static const struct {
		const char *what;
		size_t number;
		int64_t after_ms;
	} moments[] = {
		{ "between two", 777, 5 * MINUTE_MS },
		{ "in one, before the group's read", 777, 100 },
		{ "in one, after the group's read", 777, 900 },
		{ "before the first of a day", 144, -100 },
		{ "in the first of a day, before the read", 144, 100 },
		{ "in the first of a day, after the read", 144, 900 },
		{ "after the first of a day", 144, 2000 },
		{ "before the first of a month", FIRST_OF_MONTH, -100 },
		{ "in the first of a month", FIRST_OF_MONTH, 100 },
		{ "after the first of a month", FIRST_OF_MONTH, 2000 },
		{ "after the first of all", 0, 2000 },
		{ "after the last of all", COUNT - 1, 2000 },
		{ "three weeks after the last", COUNT - 1, 21 * DAY_MS },
		{ "900 days after the last", COUNT - 1, 900 * DAY_MS },
	};

	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++)
		expect_at_most(*state, 12, moments[i].what,
		    begin_of(moments[i].number) + moments[i].after_ms);
}

/* Over a gap the folders of the month, the year and all years are asked. */
static void
sixteen_over_a_gap_of_months(void **state)
{
	static const size_t gaps[] = { FIRST_GAP, SECOND_GAP };
	static const int64_t days[] = { 0, 3, 40, 62, 99 };

	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++) {
		const int64_t last_ms = begin_of(gaps[i] - 1);
		const int64_t next_ms = begin_of(gaps[i]);

		for (size_t j = 0; j < sizeof(days) / sizeof(*days); j++) {
			const int64_t at_ms =
			    last_ms + days[j] * DAY_MS + 2 * TOOK_MS;

			if (at_ms < next_ms)
				expect_at_most(*state, 16, "in it", at_ms);
		}
		expect_at_most(*state, 16, "before its end", next_ms - 100);
		expect_at_most(*state, 16, "in its end", next_ms + 100);
		expect_at_most(*state, 12, "after it", next_ms + 2 * TOOK_MS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    twelve_requests_wherever_snapshots_stand_close),
		cmocka_unit_test(sixteen_over_a_gap_of_months),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
