/*
 * Storing windows on a thread, with a repository that is not always there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/env.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "formats/archive.h"
#include "snapshot/windowstore.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/snapshot/awaystore.h"

#define DEADLINE_MS 20000
#define START INT64_C(1764079200000)

struct rig {
	struct env env;
	struct log log;
	struct awaystore *away; /* the thread's repository has it */
	struct windowstore *store;
	struct windowstore_result result;
	struct snapshot snapshot; /* that was given last */
	int added;                /* to an offset of the next one */
	atomic_int begun;
	atomic_int told;
	atomic_bool told_complete;
	atomic_bool telling_hangs;
};

static void
ignore(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

static int
open_repo(void *context, struct repo **out, struct err *err)
{
	struct rig *rig = context;

	if (rig->away->is_away)
		return err_set(err, ERR_UNAVAILABLE, "the store is away");
	return repo_open(&rig->away->base, &rig->env, out, err);
}

static void
told(void *context, const struct windowstore_result *result, bool is_complete)
{
	struct rig *rig = context;

	(void)result;
	rig->told_complete = is_complete;
	rig->told++;
	while (rig->telling_hangs)
		env_sleep_ms(&rig->env, 1);
}

static void
begun(void *context)
{
	struct rig *rig = context;

	rig->begun++;
	while (rig->telling_hangs)
		env_sleep_ms(&rig->env, 1);
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));
	const struct windowstore_options options = {
		.env = &rig->env,
		.log = &rig->log,
		.open = open_repo,
		.begun = begun,
		.told = told,
		.context = rig,
	};
	struct err err = { 0 };

	env_init_system(&rig->env, NULL);
	rig->log.sink = ignore;
	rig->away = awaystore_new();
	if (repo_init(&rig->away->base, &rig->env, &err) != 0 ||
	    windowstore_start(&options, &rig->store, &err) != 0)
		return -1;
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	assert_true(windowstore_stop(rig->store, DEADLINE_MS));
	snapshot_release(&rig->snapshot);
	free(rig);
	return 0;
}

/* A version of the window that ends then. */
static void
give(struct rig *rig, int64_t end_ms, const char *smaller)
{
	struct buf archive = { 0 };
	struct err err = { 0 };

	snapshot_release(&rig->snapshot);
	modelgen_small(&rig->snapshot);
	rig->snapshot.info.from_ms = START;
	rig->snapshot.info.to_ms = end_ms;
	rig->snapshot.groups[0].topics[0].positions[0].offset += rig->added;
	model_count(&rig->snapshot);
	if (archive_encode(&rig->snapshot, &archive, &err) != 0)
		fail_msg("%s", err.message);
	windowstore_put(rig->store, &rig->snapshot.info, &archive, smaller);
}

static void
wait_for_result(struct rig *rig)
{
	const int64_t end_ms = env_monotonic_ms(&rig->env) + DEADLINE_MS;

	while (!windowstore_fetch(rig->store, &rig->result)) {
		assert_true(windowstore_is_busy(rig->store));
		if (env_monotonic_ms(&rig->env) > end_ms)
			fail_msg("no result");
		env_sleep_ms(&rig->env, 1);
	}
	assert_false(windowstore_is_busy(rig->store));
}

static void
wait_told(struct rig *rig, int count)
{
	const int64_t end_ms = env_monotonic_ms(&rig->env) + DEADLINE_MS;

	while (rig->told < count) {
		if (env_monotonic_ms(&rig->env) > end_ms)
			fail_msg("nothing is told");
		env_sleep_ms(&rig->env, 1);
	}
}

static void
contract_8_the_smaller_version_goes_when_the_larger_is_there(void **state)
{
	struct rig *rig = *state;
	char first[STORE_KEY_MAX + 1];

	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	wait_told(rig, 1);
	assert_true(rig->told_complete);
	assert_int_equal(awaystore_count(rig->away), 1);
	(void)snprintf(first, sizeof(first), "%s", rig->result.key.key);
	give(rig, START + 2000, first);
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_false(rig->result.has_leftover);
	assert_string_not_equal(rig->result.key.key, first);
	assert_int_equal(awaystore_count(rig->away), 1);
	wait_told(rig, 2);
	assert_int_equal(rig->begun, 1);
}

static void
contract_8_a_store_that_is_away_keeps_the_smaller_version(void **state)
{
	struct rig *rig = *state;
	char first[STORE_KEY_MAX + 1];

	give(rig, START + 1000, "");
	wait_for_result(rig);
	(void)snprintf(first, sizeof(first), "%s", rig->result.key.key);
	rig->away->is_away = true;
	give(rig, START + 2000, first);
	wait_for_result(rig);
	assert_false(rig->result.is_stored);
	assert_int_equal(rig->result.err.kind, ERR_UNAVAILABLE);
	assert_int_equal(awaystore_count(rig->away), 1);
	rig->away->is_away = false;
	give(rig, START + 3000, first);
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_int_equal(awaystore_count(rig->away), 1);
}

static void
a_repository_that_is_away_at_the_begin_is_opened_later(void **state)
{
	struct rig *rig = *state;

	rig->away->is_away = true;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_false(rig->result.is_stored);
	rig->away->is_away = false;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
}

/* It was stored after all: the next try finds it. */
static void
a_window_whose_answer_was_lost_is_known_again(void **state)
{
	struct rig *rig = *state;

	rig->away->loses_answers = true;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_false(rig->result.is_stored);
	rig->away->loses_answers = false;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_int_equal(awaystore_count(rig->away), 1);
	assert_int_equal(rig->away->puts, 1);
	assert_true(rig->result.key.size > 0);
}

/* Captures in the middle were given up before the next try: what is stored has
 * them, under the same name. */
static void
a_window_that_was_stored_before_it_was_thinned_holds_up_nothing(void **state)
{
	struct rig *rig = *state;

	rig->away->loses_answers = true;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_false(rig->result.is_stored);
	rig->away->loses_answers = false;
	rig->added = 1;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_int_equal(rig->away->puts, 1);
}

static void
that_nothing_may_be_removed_is_told_with_the_first(void **state)
{
	struct rig *rig = *state;

	rig->away->may_not_remove = true;
	give(rig, START + 1000, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_true(rig->result.may_not_remove);
	assert_int_equal(rig->result.removal_err.kind, ERR_DENIED);
	give(rig, START + 2000, "");
	wait_for_result(rig);
	assert_false(rig->result.may_not_remove);
}

static void
a_right_that_is_taken_away_later_is_told(void **state)
{
	struct rig *rig = *state;
	char first[STORE_KEY_MAX + 1];

	give(rig, START + 1000, "");
	wait_for_result(rig);
	(void)snprintf(first, sizeof(first), "%s", rig->result.key.key);
	rig->away->may_not_remove = true;
	give(rig, START + 2000, first);
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_true(rig->result.has_leftover);
	assert_true(rig->result.may_not_remove);
	assert_int_equal(awaystore_count(rig->away), 2);
}

/* A probe is no removal of what is there. */
static void
the_probe_removes_nothing(void **state)
{
	struct rig *rig = *state;

	give(rig, START + 1000, "");
	wait_for_result(rig);
	give(rig, START, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	assert_int_equal(awaystore_count(rig->away), 2);
	assert_int_equal(rig->away->removals, 0);
}

static void
what_waits_is_done_before_the_end(void **state)
{
	struct rig *rig = *state;

	give(rig, START + 1000, "");
	assert_true(windowstore_stop(rig->store, DEADLINE_MS));
	rig->store = NULL;
	assert_int_equal(rig->told, 1);
}

/* Who is told may be slow: the window is stored, and known to be. */
static void
a_result_does_not_wait_for_who_is_told(void **state)
{
	struct rig *rig = *state;

	give(rig, START + 1000, "");
	wait_for_result(rig);
	wait_told(rig, 1);
	rig->telling_hangs = true;
	give(rig, START + 2000, "");
	wait_for_result(rig);
	assert_true(rig->result.is_stored);
	wait_told(rig, 2);
	assert_false(windowstore_is_idle(rig->store));
	rig->telling_hangs = false;
}

static void
a_thread_that_is_stuck_is_left_behind(void **state)
{
	struct rig *rig = *state;

	rig->telling_hangs = true;
	give(rig, START + 1000, "");
	assert_false(windowstore_stop(rig->store, 20));
	assert_false(windowstore_stop(rig->store, 0));
	rig->telling_hangs = false;
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    contract_8_the_smaller_version_goes_when_the_larger_is_there),
		TEST(contract_8_a_store_that_is_away_keeps_the_smaller_version),
		TEST(a_repository_that_is_away_at_the_begin_is_opened_later),
		TEST(a_window_whose_answer_was_lost_is_known_again),
		TEST(
		    a_window_that_was_stored_before_it_was_thinned_holds_up_nothing),
		TEST(that_nothing_may_be_removed_is_told_with_the_first),
		TEST(a_right_that_is_taken_away_later_is_told),
		TEST(the_probe_removes_nothing),
		TEST(what_waits_is_done_before_the_end),
		TEST(a_result_does_not_wait_for_who_is_told),
		TEST(a_thread_that_is_stuck_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
