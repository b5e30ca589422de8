/*
 * test_windows.c - what is answered from windows of many captures is what the
 * same captures answer as snapshots of their own.
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
#include "formats/windowbuild.h"
#include "restore/resolve.h"
#include "restore/timelookup.h"
#include "storage/repo.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/formats/windowgen.h"
#include "tests/unit/restore/logworld.h"
#include "tests/unit/storage/memory_store.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define BEGIN LOGWORLD_BEGIN

struct place {
	struct store *store;
	struct repo *repo;
};

struct rig {
	struct env env;
	struct place singles; /* a snapshot for each capture */
	struct place windows; /* the same captures, in windows */
	struct windowbuild *open;
	size_t window_count;
	size_t capture_count;
	int64_t first_ms, last_ms;
	char cluster_id[SNAPSHOT_TEXT_MAX];
	/* Of a log that is known. */
	struct logworld world;
	struct timeindex all;
	int64_t since_ms;
};

static int
open_place(struct place *place, const struct env *env)
{
	struct err err = { 0 };

	place->store = memory_store_new();
	return repo_init(place->store, env, &err) != 0 ||
		repo_open(place->store, env, &place->repo, &err) != 0
	    ? -1
	    : 0;
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));

	*state = rig;
	env_init_system(&rig->env, NULL);
	rig->world.topic_id = 1;
	timeindex_init(&rig->all, bytes_of(LOGWORLD_TOPIC), 0);
	return open_place(&rig->singles, &rig->env) == 0 &&
		open_place(&rig->windows, &rig->env) == 0
	    ? 0
	    : -1;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	windowbuild_free(rig->open);
	timeindex_release(&rig->all);
	repo_free(rig->singles.repo);
	repo_free(rig->windows.repo);
	free(rig);
	return 0;
}

static void
put(const struct place *place, const struct snapshot_info *info,
    struct buf *archive)
{
	struct err err = { 0 };

	if (repo_save(place->repo, info, buf_bytes(archive), NULL, &err) != 0)
		fail_msg("%s", err.message);
	buf_release(archive);
}

static void
close_window(struct rig *rig)
{
	struct snapshot_info info;
	struct buf archive = { 0 };
	struct err err = { 0 };

	if (rig->open == NULL)
		return;
	if (windowbuild_encode(rig->open, &archive, &info, &err) != 0)
		fail_msg("%s", err.message);
	put(&rig->windows, &info, &archive);
	windowbuild_free(rig->open);
	rig->open = NULL;
	rig->window_count++;
}

static void
put_single(const struct place *place, const struct snapshot *capture)
{
	struct buf archive = { 0 };
	struct err err = { 0 };

	if (archive_encode(capture, &archive, &err) != 0)
		fail_msg("%s", err.message);
	put(place, &capture->info, &archive);
}

/* Store it alone, and as the next of the open window, which holds at most so
 * many; with none it is alone there, too, and the open window goes on. */
static void
add(struct rig *rig, struct snapshot *capture, size_t limit)
{
	put_single(&rig->singles, capture);
	if (rig->capture_count++ == 0)
		rig->first_ms = capture->info.to_ms;
	rig->last_ms = capture->info.to_ms;
	memcpy(
	    rig->cluster_id, capture->info.cluster_id, sizeof(rig->cluster_id));
	if (limit == 0) {
		put_single(&rig->windows, capture);
		return;
	}
	if (rig->open != NULL && windowbuild_count(rig->open) < limit &&
	    windowbuild_add(rig->open, capture) == WINDOW_TAKEN)
		return;
	close_window(rig);
	rig->open = windowbuild_new(capture);
}

/* --- brackets ----------------------------------------------------------- */

static void
expect_sample(const struct sample *single, const struct sample *window)
{
	assert_int_equal(single->state, window->state);
	if (single->state == SAMPLE_UNKNOWN)
		return;
	assert_true(single->time_ms == window->time_ms);
	assert_true(single->seen->from_ms == window->seen->from_ms);
	assert_int_equal(single->seen->complete, window->seen->complete);
	assert_true(single->offset == window->offset);
	assert_int_equal(single->epoch, window->epoch);
	assert_int_equal(single->unstable, window->unstable);
	assert_true(bytes_equal(single->metadata, window->metadata));
}

static const struct bracket *
find_row(const struct bracket_group *group, const struct bracket *wanted)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (group->rows[i].partition == wanted->partition &&
		    bytes_equal(group->rows[i].topic, wanted->topic))
			return &group->rows[i];
	return NULL;
}

static void
expect_group(
    const struct bracket_group *single, const struct bracket_group *window)
{
	const struct cover *newest = brackets_newest(single);

	assert_int_equal(newest == NULL, brackets_newest(window) == NULL);
	if (newest != NULL)
		assert_true(
		    newest->time_ms == brackets_newest(window)->time_ms);
	for (size_t i = 0; i < single->row_count; i++) {
		const struct bracket *row = &single->rows[i];
		const struct bracket *found = find_row(window, row);

		if (found != NULL) {
			expect_sample(&row->low, &found->low);
			expect_sample(&row->high, &found->high);
		} else {
			/* It was there before, in a capture that had no need
			 * to be opened. */
			assert_int_equal(row->low.state, SAMPLE_ABSENT);
		}
	}
	for (size_t i = 0; i < window->row_count; i++)
		if (find_row(single, &window->rows[i]) == NULL)
			assert_int_equal(
			    window->rows[i].low.state, SAMPLE_ABSENT);
}

static void
expect_brackets(const struct brackets *singles, const struct brackets *windows)
{
	/* The walk over single ones gives up earlier. */
	assert_true(windows->names_settled || !singles->names_settled);
	for (size_t i = 0; i < singles->group_count; i++) {
		const struct bracket_group *group = singles->groups[i];
		const struct bracket_group *found =
		    brackets_find(windows, group->name);

		if (found != NULL) {
			expect_group(group, found);
			continue;
		}
		/* It was gone before the time, or only holes named it. */
		for (size_t j = 0; j < group->row_count; j++)
			assert_int_not_equal(
			    group->rows[j].low.state, SAMPLE_PRESENT);
		assert_true(brackets_newest(group) == NULL ||
		    !brackets_newest(group)->present);
	}
	for (size_t i = 0; i < windows->group_count; i++) {
		const struct cover *newest =
		    brackets_newest(windows->groups[i]);

		/* More may be opened of windows: names of what was gone. */
		assert_true(
		    brackets_find(singles, windows->groups[i]->name) != NULL ||
		    newest == NULL || !newest->present ||
		    !singles->names_settled);
	}
}

static void
compare_at(struct rig *rig, const char *pattern, int64_t at_ms)
{
	const struct selection wanted = { .groups = &pattern,
		.group_count = 1 };
	struct resolve_request request = { .cluster_id = rig->cluster_id,
		.wanted = &wanted,
		.env = &rig->env };
	struct brackets singles = { 0 };
	struct brackets windows = { 0 };
	struct err why = { 0 };
	struct err err = { 0 };
	int result;

	request.repo = rig->singles.repo;
	result = resolve_time(&request, at_ms, &singles, &why);
	request.repo = rig->windows.repo;
	assert_int_equal(resolve_time(&request, at_ms, &windows, &err), result);
	if (result != 0) {
		assert_int_equal(why.kind, err.kind);
		return;
	}
	expect_brackets(&singles, &windows);
	brackets_release(&singles);
	brackets_release(&windows);
}

static int64_t
pick(uint64_t *random, int64_t below)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (int64_t)(*random >> 33) % below;
}

/* It could not be read, or not its first position. */
static void
hide(struct snapshot *capture, size_t number, bool whole)
{
	struct group *group = &capture->groups[number];
	struct group_topic *topic = group->topics;
	struct hole *holes = arena_alloc(
	    &capture->arena, capture->hole_count + 1, sizeof(*holes));
	struct hole *added = &holes[capture->hole_count];

	if (!whole && (group->topic_count == 0 || topic->count < 2))
		return;
	memcpy(holes, capture->holes, capture->hole_count * sizeof(*holes));
	*added = (struct hole){ .kind = whole ? HOLE_GROUP : HOLE_POSITION,
		.has_group = true,
		.group = group->name,
		.partition = -1,
		.broker = -1,
		.text = "no answer" };
	if (whole) {
		capture->group_count--;
		memmove(group, group + 1,
		    (capture->group_count - number) * sizeof(*group));
	} else {
		added->has_topic = true;
		added->topic = topic->topic;
		added->partition = topic->positions[0].partition;
		topic->positions++;
		topic->count--;
	}
	capture->holes = holes;
	capture->hole_count++;
	capture->info.window = (struct snapshot_window){ 0 };
	model_sort(capture);
	model_count(capture);
}

/* Groups come and go, are hidden by holes, positions are held and move. */
static void
brackets_of_windows_are_those_of_their_captures(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct windowgen *gen = windowgen_new(seed);
		uint64_t random = seed;
		struct rig *rig;
		char name[64] = "";

		assert_int_equal(setup((void **)&rig), 0);
		for (int i = 0; i < 40; i++) {
			struct snapshot capture;

			windowgen_step(gen, &capture);
			if (capture.group_count > 0)
				(void)snprintf(name, sizeof(name), "%.*s",
				    (int)capture.groups[0].name.size,
				    capture.groups[0].name.data);
			/* By odd seeds holes are long. */
			if (capture.group_count > 0 &&
			    (seed % 2 == 0 ? pick(&random, 4) == 0
					   : i / 6 % 2 == 1))
				hide(&capture,
				    seed % 2 == 0
					? (size_t)pick(&random,
					      (int64_t)capture.group_count)
					: 0,
				    pick(&random, 2) == 0);
			/* By some a job takes moments beside the agent. */
			add(rig, &capture,
			    seed % 3 == 0 && pick(&random, 3) == 0 ? 0 : 16);
			snapshot_release(&capture);
		}
		close_window(rig);
		assert_in_range(rig->window_count, 1, 39);
		for (int i = 0; i < 40; i++) {
			const int64_t at_ms = rig->first_ms - 1000 +
			    pick(&random, rig->last_ms - rig->first_ms + 2000);

			compare_at(rig, "*", at_ms);
			compare_at(rig, name, at_ms);
		}
		windowgen_free(gen);
		(void)teardown((void **)&rig);
	}
}

/* --- requests ------------------------------------------------------------ */

/* So many that groups, topics and the end are apart. */
#define POSITIONS 100000
#define LARGE_CAPTURES 8

static void
one_group_at_a_time_costs_few_reads(void **state)
{
	static const char *name = MODELGEN_LARGE_SINGLE;
	const struct selection wanted = { .groups = &name, .group_count = 1 };
	struct rig *rig = *state;
	struct resolve_request request = { .wanted = &wanted,
		.env = &rig->env };
	struct memory_counts *counts;
	struct brackets brackets;
	struct snapshot capture;
	struct err err = { 0 };

	modelgen_large(&capture, POSITIONS);
	for (int64_t i = 0; i < LARGE_CAPTURES; i++) {
		capture.info.from_ms += 10 * SECOND;
		capture.info.to_ms = capture.info.from_ms + SECOND;
		for (size_t j = 0; j < capture.group_count; j++) {
			struct group *group = &capture.groups[j];

			group->read_start_ms = capture.info.from_ms;
			group->read_end_ms = capture.info.to_ms;
			group->topics[0].positions[0].offset++;
		}
		capture.info.window = (struct snapshot_window){ 0 };
		model_count(&capture);
		add(rig, &capture, LARGE_CAPTURES);
	}
	close_window(rig);
	assert_int_equal(rig->window_count, 1);
	request.repo = rig->windows.repo;
	request.cluster_id = rig->cluster_id;
	counts = memory_store_counts(rig->windows.store);
	*counts = (struct memory_counts){ 0 };
	if (resolve_time(&request, capture.info.from_ms - 35 * SECOND,
		&brackets, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(brackets.groups[0]->row_count, 20);
	assert_int_equal(
	    brackets.groups[0]->rows[0].high.state, SAMPLE_PRESENT);
	assert_true(brackets.groups[0]->rows[0].high.offset ==
	    brackets.groups[0]->rows[0].low.offset + 1);
	/* Both ends of the bracket together: goal 3, at most 4. */
	assert_in_range(counts->reads, 1, 4);
	brackets_release(&brackets);
	snapshot_release(&capture);
}

/* --- the time index ------------------------------------------------------ */

/* A capture every 20 s, an index with every sixth, windows of 30; of all so
 * many captures one is a moment of its own, taken beside the agent. */
static void
fill(struct rig *rig, int64_t skew_ms, int64_t moments)
{
	for (int64_t i = 0; i < 180; i++) {
		const int64_t at_ms = BEGIN + i * 20 * SECOND;
		struct snapshot capture;

		/* It grows in bursts. */
		for (int64_t j = 0; i % 5 < 2 && j < 4; j++)
			logworld_write(&rig->world, at_ms - 5 + j,
			    i > 30 && i % 7 == 0 ? skew_ms : 0);
		logworld_snapshot(
		    &rig->world, (size_t)i, at_ms, rig->since_ms, &capture);
		if (i % 6 == 0) {
			rig->since_ms = at_ms;
		} else {
			capture.times_count = 0;
			capture.info.index_points = 0;
			model_count(&capture);
		}
		assert_non_null(timeindex_add(&rig->all, &capture));
		add(rig, &capture, i % moments == moments - 1 ? 0 : 30);
		snapshot_release(&capture);
	}
	close_window(rig);
	assert_in_range(rig->window_count, 5, 6);
}

static struct timelookup_request
request_of(const struct rig *rig)
{
	return (struct timelookup_request){ .repo = rig->windows.repo,
		.cluster = "here",
		.topic = bytes_of(LOGWORLD_TOPIC),
		.env = &rig->env };
}

static void
expect_same(
    const struct timeindex_answer *all, const struct timeindex_answer *few)
{
	assert_int_equal(all->sure, few->sure);
	assert_true(all->low == few->low);
	assert_true(all->high == few->high);
	assert_int_equal(all->none, few->none);
}

/* The broker would have said so, asked at the last capture. */
static void
expect_true(
    const struct rig *rig, int64_t at_ms, const struct timeindex_answer *answer)
{
	const int64_t end = logworld_end(&rig->world, INT64_MAX);
	int64_t found_ms;
	int64_t truth = logworld_first_from(&rig->world, end, at_ms, &found_ms);

	if (truth < 0)
		truth = end;
	if (answer->low >= 0)
		assert_true(answer->low <= truth);
	if (answer->high >= 0)
		assert_true(truth <= answer->high);
}

static void
look_up_time(const struct rig *rig, int64_t at_ms, size_t limit)
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
	few = timeindex_first_from(&life, at_ms);
	expect_true(rig, at_ms, &few);
	assert_in_range(report.opened, 1, limit);
	timeindex_release(&index);
}

static void
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
	few = timeindex_stamped(&life, offset);
	if (offset < rig->world.count && few.high >= 0)
		assert_true(rig->world.stamped[offset] < few.high ||
		    few.sure == SURE_EXACT);
	timeindex_release(&index);
}

static void
times_are_looked_up_in_every_capture_of_a_window(void **state)
{
	static const int64_t skews[] = { 0, 3 * MINUTE, -3 * MINUTE, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(skews) / sizeof(*skews); i++) {
		struct rig *rig;

		assert_int_equal(setup((void **)&rig), 0);
		fill(rig, skews[i], i == 3 ? 5 : INT64_MAX);
		for (int64_t at = BEGIN - MINUTE; at < BEGIN + 62 * MINUTE;
		     at += 13 * SECOND)
			look_up_time(rig, at, i == 3 ? 16 : 6);
		/* Beside moments its bisection may end at a wider range. */
		for (int64_t offset = 0;
		     i != 3 && offset < rig->world.count + 3; offset += 5)
			look_up_offset(rig, offset);
		(void)teardown((void **)&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    brackets_of_windows_are_those_of_their_captures),
		cmocka_unit_test_setup_teardown(
		    one_group_at_a_time_costs_few_reads, setup, teardown),
		cmocka_unit_test(
		    times_are_looked_up_in_every_capture_of_a_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
