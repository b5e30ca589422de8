/*
 * test_timelookup.c - few snapshots are opened, and they are enough: the answer
 * is the one that all snapshots together give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "formats/archive.h"
#include "restore/timelookup.h"
#include "storage/repo.h"
#include "tests/unit/restore/logworld.h"
#include "tests/unit/restore/snapgen.h"
#include "tests/unit/storage/memory_store.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define BEGIN LOGWORLD_BEGIN

/* Around a time, the newest included: no more than that, where the log grows.
 */
#define OPENED_FEW 6
/* By bisection of 34, with the newest, the oldest and one for the bound. */
#define BISECTED 12

struct rig {
	struct env env;
	struct log log;
	char said[4096];
	struct store *store;
	struct repo *repo;
	struct logworld world;
	struct timeindex all; /* of every snapshot */
	size_t number;
	int64_t since_ms;
	char last_key[STORE_KEY_MAX + 1];
};

static void
hear(void *context, enum log_level level, const char *line)
{
	struct rig *rig = context;

	if (level <= LOG_WARN)
		(void)snprintf(rig->said, sizeof(rig->said), "%s", line);
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));
	struct err err = { 0 };

	env_init_system(&rig->env, NULL);
	rig->log =
	    (struct log){ .level = LOG_WARN, .sink = hear, .context = rig };
	rig->store = memory_store_new();
	if (repo_init(rig->store, &rig->env, &err) != 0 ||
	    repo_open(rig->store, &rig->env, &rig->repo, &err) != 0)
		return -1;
	rig->world.topic_id = 1;
	timeindex_init(&rig->all, bytes_of(LOGWORLD_TOPIC), 0);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	timeindex_release(&rig->all);
	repo_free(rig->repo);
	free(rig);
	return 0;
}

static void
save(struct rig *rig, const struct snapshot *snapshot)
{
	struct buf archive = { 0 };
	struct err err = { 0 };
	struct snapshot_key key;

	if (archive_encode(snapshot, &archive, &err) != 0 ||
	    repo_save(rig->repo, &snapshot->info, buf_bytes(&archive), &key,
		&err) != 0)
		fail_msg("%s", err.message);
	memcpy(rig->last_key, key.key, sizeof(rig->last_key));
	buf_release(&archive);
}

static void
capture(struct rig *rig, int64_t at_ms)
{
	struct snapshot snapshot;

	logworld_snapshot(
	    &rig->world, rig->number++, at_ms, rig->since_ms, &snapshot);
	save(rig, &snapshot);
	assert_non_null(timeindex_add(&rig->all, &snapshot));
	snapshot_release(&snapshot);
	rig->since_ms = at_ms;
}

/* One of other groups, that does not hold the topic. */
static void
capture_other(struct rig *rig, int64_t at_ms)
{
	struct snapshot snapshot;
	char id[ENV_ID_MAX];

	(void)snprintf(
	    id, sizeof(id), "%016zx", (size_t)0xf000 + rig->number++);
	snapgen_begin(&snapshot, id, at_ms, at_ms + 1);
	(void)snapgen_topic(&snapshot, "other", 1, 9);
	snapgen_end(&snapshot);
	save(rig, &snapshot);
	snapshot_release(&snapshot);
}

static struct timelookup_request
request_of(const struct rig *rig)
{
	return (struct timelookup_request){ .repo = rig->repo,
		.cluster = "here",
		.topic = bytes_of(LOGWORLD_TOPIC),
		.env = &rig->env,
		.log = &rig->log };
}

static void
expect_same(
    const struct timeindex_answer *all, const struct timeindex_answer *few)
{
	assert_int_equal(all->sure, few->sure);
	assert_true(all->low == few->low);
	assert_true(all->high == few->high);
	assert_int_equal(all->none, few->none);
	assert_true(all->found_ms == few->found_ms);
}

static struct timelookup_report
look_up_time(const struct rig *rig, int64_t at_ms)
{
	const struct timelookup_request request = request_of(rig);
	struct timelookup_report report;
	struct timeindex_life whole;
	struct timeindex_life life;
	struct timeindex_answer all;
	struct timeindex_answer few;
	struct timeindex index;
	struct err err = { 0 };

	timeindex_init(&index, request.topic, 0);
	if (timelookup_time(&request, at_ms, &index, &report, &err) != 0)
		fail_msg("%s", err.message);
	assert_true(timeindex_life_at(&index, at_ms, &life));
	assert_true(timeindex_life_at(&rig->all, at_ms, &whole));
	all = timeindex_end_at(&whole, at_ms);
	few = timeindex_end_at(&life, at_ms);
	expect_same(&all, &few);
	all = timeindex_first_from(&whole, at_ms);
	few = timeindex_first_from(&life, at_ms);
	expect_same(&all, &few);
	assert_true((whole.next == NULL) == (life.next == NULL));
	timeindex_release(&index);
	return report;
}

static struct timelookup_report
look_up_offset(const struct rig *rig, int64_t offset)
{
	const struct timelookup_request request = request_of(rig);
	struct timelookup_report report;
	struct timeindex_life whole;
	struct timeindex_life life;
	struct timeindex_answer all;
	struct timeindex_answer few;
	struct timeindex index;
	struct err err = { 0 };

	timeindex_init(&index, request.topic, 0);
	if (timelookup_offset(&request, offset, &index, &report, &err) != 0)
		fail_msg("%s", err.message);
	assert_true(timeindex_life_at(&index, INT64_MAX, &life));
	assert_true(timeindex_life_at(&rig->all, INT64_MAX, &whole));
	all = timeindex_written(&whole, offset);
	few = timeindex_written(&life, offset);
	expect_same(&all, &few);
	all = timeindex_stamped(&whole, offset);
	few = timeindex_stamped(&life, offset);
	assert_int_equal(all.sure, few.sure);
	assert_true(all.high == few.high);
	timeindex_release(&index);
	return report;
}

/* Records for a day, captures each hour and, between, of another topic. */
static void
fill(struct rig *rig)
{
	for (int64_t i = 0; i < 1000; i++) {
		logworld_write(&rig->world, BEGIN + i * MINUTE, 0);
		if (i % 60 == 30)
			capture(rig, BEGIN + i * MINUTE + SECOND);
		if (i % 60 == 50)
			capture_other(rig, BEGIN + i * MINUTE + SECOND);
	}
}

static void
a_time_is_found_by_few(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	for (int64_t at = BEGIN - HOUR; at < BEGIN + 18 * HOUR;
	     at += 7 * MINUTE + 3 * SECOND) {
		const struct timelookup_report report = look_up_time(rig, at);

		assert_true(report.opened <= OPENED_FEW);
		assert_false(report.gave_up);
	}
}

static void
an_offset_is_found_by_bisection(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	for (int64_t offset = 0; offset < 1000; offset += 13) {
		const struct timelookup_report report =
		    look_up_offset(rig, offset);

		assert_true(report.opened <= BISECTED);
		assert_false(report.gave_up);
	}
	(void)look_up_offset(rig, 5000);
}

static void
a_log_at_rest_does_not_open_all(void **state)
{
	struct rig *rig = *state;

	for (int64_t i = 0; i < 60; i++)
		logworld_write(&rig->world, BEGIN + i * MINUTE, 0);
	for (int64_t i = 1; i < 40; i++)
		capture(rig, BEGIN + i * HOUR + SECOND);
	/* Both captures around it, the newest, and back to the last that grew.
	 */
	assert_true(look_up_time(rig, BEGIN + 90 * MINUTE).opened <= 4);
	assert_true(look_up_time(rig, BEGIN + 30 * MINUTE).opened <= 4);
	assert_false(look_up_time(rig, BEGIN + 35 * HOUR).gave_up);
}

static void
a_walk_gives_up_and_says_so(void **state)
{
	struct rig *rig = *state;
	const struct timelookup_request request = request_of(rig);
	struct timelookup_report report;
	struct timeindex index;
	struct err err = { 0 };

	logworld_write(&rig->world, BEGIN, 0);
	capture(rig, BEGIN + SECOND);
	for (int64_t i = 1; i < 2 * TIMELOOKUP_OPEN_MAX + 5; i++)
		capture_other(rig, BEGIN + i * HOUR);
	timeindex_init(&index, request.topic, 0);
	assert_int_equal(timelookup_time(&request, BEGIN + 200 * HOUR, &index,
			     &report, &err),
	    0);
	assert_true(report.gave_up);
	assert_int_equal(index.count, 0);
	timeindex_release(&index);
}

static void
a_topic_made_again_ends_the_walk(void **state)
{
	struct rig *rig = *state;
	struct timelookup_report report;

	fill(rig);
	rig->world = (struct logworld){ .topic_id = 2 };
	rig->since_ms = 0;
	logworld_write(&rig->world, BEGIN + 20 * HOUR, 0);
	for (int64_t i = 21; i < 30; i++)
		capture(rig, BEGIN + i * HOUR);
	report = look_up_time(rig, BEGIN + 3 * HOUR);
	assert_true(report.opened <= OPENED_FEW);
	(void)look_up_time(rig, BEGIN + 16 * HOUR + 45 * MINUTE);
	(void)look_up_time(rig, BEGIN + 20 * HOUR + 30 * MINUTE);
	(void)look_up_offset(rig, 0);
	(void)look_up_offset(rig, 500);
}

static void
a_damaged_snapshot_is_told_and_passed_over(void **state)
{
	struct rig *rig = *state;
	const struct timelookup_request request = request_of(rig);
	struct timelookup_report report;
	struct timeindex_life life;
	struct timeindex_answer answer;
	struct timeindex index;
	struct err err = { 0 };

	fill(rig);
	assert_int_equal(store_remove(rig->store, rig->last_key, &err), 0);
	assert_int_equal(
	    store_put(rig->store, rig->last_key, "damaged", 7, &err), 0);
	timeindex_init(&index, request.topic, 0);
	assert_int_equal(
	    timelookup_time(&request, BEGIN + 16 * HOUR, &index, &report, &err),
	    0);
	assert_int_equal(report.damaged, 1);
	assert_non_null(strstr(rig->said, "passed over"));
	assert_true(timeindex_life_at(&index, BEGIN + 16 * HOUR, &life));
	answer = timeindex_end_at(&life, BEGIN + 16 * HOUR);
	assert_true(answer.low == 931 && answer.high == -1);
	timeindex_release(&index);
}

static void
an_empty_repository_tells_nothing(void **state)
{
	struct rig *rig = *state;
	const struct timelookup_request request = request_of(rig);
	struct timelookup_report report;
	struct timeindex index;
	struct err err = { 0 };

	timeindex_init(&index, request.topic, 0);
	assert_int_equal(
	    timelookup_time(&request, BEGIN, &index, &report, &err), 0);
	assert_int_equal(
	    timelookup_offset(&request, 5, &index, &report, &err), 0);
	assert_int_equal(index.count, 0);
	timeindex_release(&index);
}

int
main(void)
{
#define RIG(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		RIG(a_time_is_found_by_few),
		RIG(an_offset_is_found_by_bisection),
		RIG(a_log_at_rest_does_not_open_all),
		RIG(a_walk_gives_up_and_says_so),
		RIG(a_topic_made_again_ends_the_walk),
		RIG(a_damaged_snapshot_is_told_and_passed_over),
		RIG(an_empty_repository_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
