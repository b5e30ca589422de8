/*
 * Tests of restore/freezer.h and freezelog.h on the fake cluster and a
 * repository in memory: in which order things happen, and what a stop in
 * between leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "restore/freezer.h"
#include "storage/freezes.h"
#include "storage/repo.h"
#include "tests/unit/restore/fakecluster.h"
#include "tests/unit/storage/memory_store.h"
#include "tests/unit/storage/tempdir.h"

#define TIMEOUT_MS 10000

struct rig {
	struct fake fake;
	struct env env; /* the fake's, with ids that differ */
	uint8_t turn;
	struct freezelog log;
	struct freezer freezer;
	struct freeze_result result;
	struct err err;
	char folder[TEMPDIR_MAX];
};

static void
counted(void *context, void *out, size_t size)
{
	struct rig *rig = context;

	memset(out, ++rig->turn, size);
}

static int64_t
rig_now(void *context)
{
	return ((struct rig *)context)->fake.now_ms;
}

static void
rig_sleep(void *context, int64_t duration_ms)
{
	struct fake *fake = &((struct rig *)context)->fake;

	fake->env.sleep_ms(fake, duration_ms);
}

static bool
rig_interrupted(void *context)
{
	return ((struct rig *)context)->fake.interrupted;
}

static int
setup(void **state)
{
	static struct rig rig;
	struct store *store = memory_store_new();
	struct err err = { 0 };

	memset(&rig, 0, sizeof(rig));
	fake_init(&rig.fake);
	rig.env = (struct env){ rig_now, rig_now, rig_sleep, counted,
		rig_interrupted, &rig };
	assert_int_equal(repo_init(store, &rig.env, &err), 0);
	rig.log.env = &rig.env;
	rig.log.cluster_id = rig.fake.view.cluster_id;
	assert_int_equal(repo_open(store, &rig.env, &rig.log.repo, &err), 0);
	rig.freezer = (struct freezer){ .cluster = &rig.fake.base,
		.view = &rig.fake.view,
		.env = &rig.env,
		.log = &rig.log,
		.timeout_ms = TIMEOUT_MS,
		.execute = true };
	tempdir_make(rig.folder);
	*state = &rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	repo_free(rig->log.repo);
	fake_release(&rig->fake);
	tempdir_remove(rig->folder);
	return 0;
}

static int
freeze(struct rig *rig)
{
	rig->err = (struct err){ 0 };
	rig->fake.now_ms++;
	return freezer_freeze(&rig->freezer, &rig->result, &rig->err);
}

static int
thaw(struct rig *rig)
{
	rig->err = (struct err){ 0 };
	rig->fake.now_ms++;
	return freezer_thaw(&rig->freezer, &rig->result, &rig->err);
}

/* Objects in the repository: freezes, and ends of them. */
static size_t
count_records(struct rig *rig, bool thawed)
{
	struct freeze_keys keys = { 0 };
	char cluster[REPO_CLUSTER_MAX];
	size_t count = 0;

	repo_cluster(rig->log.cluster_id, cluster);
	assert_int_equal(
	    freezes_list(rig->log.repo, cluster, &keys, &rig->err), 0);
	for (size_t i = 0; i < keys.count; i++)
		count += keys.keys[i].thawed == thawed;
	freeze_keys_release(&keys);
	return count;
}

static void
frozen_and_thawed_to_unset(void **state)
{
	struct rig *rig = *state;
	struct fakesetting *setting = &rig->fake.setting;

	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_BEGIN);
	assert_true(rig->result.changed && rig->result.recorded);
	assert_int_equal(rig->result.sight.shown, 2);
	assert_string_equal(setting->value, FREEZE_VALUE);
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_PUT_BACK);
	assert_string_equal(setting->value, "");
	assert_int_equal(count_records(rig, false), 1);
	assert_int_equal(count_records(rig, true), 1);
	assert_int_equal(thaw(rig), -1);
	assert_int_equal(rig->err.kind, ERR_NOT_FOUND);
}

static void
a_value_that_was_set_comes_back(void **state)
{
	struct rig *rig = *state;

	fakesetting_set(&rig->fake.setting, "3600000");
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "3600000");
}

static void
without_execute_nothing_is_changed(void **state)
{
	struct rig *rig = *state;

	rig->freezer.execute = false;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_BEGIN);
	assert_false(rig->result.changed || rig->result.recorded);
	assert_int_equal(rig->fake.setting.checks, 1);
	assert_int_equal(rig->fake.setting.changes, 0);
	assert_int_equal(count_records(rig, false), 0);
}

static void
the_second_freeze_keeps_the_first_before(void **state)
{
	struct rig *rig = *state;

	fakesetting_set(&rig->fake.setting, "3600000");
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_IS_FROZEN);
	assert_string_equal(rig->result.record.before.text, "3600000");
	assert_int_equal(rig->fake.setting.changes, 1);
	assert_int_equal(count_records(rig, false), 1);
}

/* The request never came to the broker: record, and nothing changed. */
static void
stopped_before_the_change_a_freeze_goes_on(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.loses_request = true;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(count_records(rig, false), 1);
	rig->fake.setting.loses_request = false;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_GO_ON);
	assert_string_equal(rig->fake.setting.value, FREEZE_VALUE);
	assert_int_equal(count_records(rig, false), 1);
}

static void
stopped_before_the_change_a_thaw_has_nothing_to_do(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.loses_request = true;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_WAS_SO);
	assert_int_equal(rig->fake.setting.changes, 1);
	assert_int_equal(count_records(rig, true), 1);
}

/* The answer was lost: it is frozen, and the record is there. */
static void
stopped_after_the_change_it_is_frozen(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.loses_answer = true;
	assert_int_equal(freeze(rig), -1);
	rig->fake.setting.loses_answer = false;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_IS_FROZEN);
	assert_false(rig->result.record.before.own);
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "");
}

static void
a_thaw_that_was_stopped_is_marked_by_the_next(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(freeze(rig), 0);
	rig->fake.setting.loses_answer = true;
	assert_int_equal(thaw(rig), -1);
	assert_int_equal(count_records(rig, true), 0);
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_WAS_SO);
	assert_int_equal(count_records(rig, true), 1);
}

static void
what_others_changed_is_left_alone(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(freeze(rig), 0);
	fakesetting_set(&rig->fake.setting, "7200000");
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_CHANGED);
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_CHANGED);
	assert_string_equal(rig->fake.setting.value, "7200000");
	assert_int_equal(count_records(rig, true), 0);
	rig->freezer.force_stale = true;
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "");
}

/* The old record ends, so that the thaw puts back what the new one found. */
static void
a_freeze_by_force_supersedes_the_stale_one(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(freeze(rig), 0);
	fakesetting_set(&rig->fake.setting, "7200000");
	rig->freezer.force_stale = true;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_ANEW);
	assert_int_equal(count_records(rig, false), 2);
	assert_int_equal(count_records(rig, true), 1);
	rig->freezer.force_stale = false;
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "7200000");
	assert_int_equal(thaw(rig), -1);
}

/* Killed after the new record: the old one has no end. */
static void
only_the_newest_of_two_open_freezes_counts(void **state)
{
	struct rig *rig = *state;
	struct freeze_value theirs;
	struct freeze_record second;

	fakesetting_set(&rig->fake.setting, "3600000");
	assert_int_equal(freeze(rig), 0);
	fakesetting_set(&rig->fake.setting, "7200000");
	assert_int_equal(
	    freeze_value_set(&theirs, true, bytes_of("7200000"), &rig->err), 0);
	rig->fake.now_ms++;
	assert_int_equal(freeze_record_make(rig->log.cluster_id, &theirs,
			     &rig->env, &second, &rig->err),
	    0);
	assert_int_equal(freezelog_add(&rig->log, &second, &rig->err), 0);
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_GO_ON);
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "7200000");
	assert_int_equal(count_records(rig, false), 2);
	assert_int_equal(count_records(rig, true), 1);
	/* The older one is over, too. */
	assert_int_equal(thaw(rig), -1);
	assert_int_equal(rig->err.kind, ERR_NOT_FOUND);
	rig->freezer.force_stale = true;
	assert_int_equal(thaw(rig), -1);
	assert_string_equal(rig->fake.setting.value, "7200000");
	rig->freezer.force_stale = false;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_BEGIN);
}

static void
a_clock_that_is_behind_makes_the_newest_all_the_same(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(freeze(rig), 0);
	assert_int_equal(thaw(rig), 0);
	rig->fake.now_ms -= 1000;
	fakesetting_set(&rig->fake.setting, "7200000");
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_BEGIN);
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_PUT_BACK);
	assert_string_equal(rig->fake.setting.value, "7200000");
}

static void
frozen_by_others_is_not_recorded(void **state)
{
	struct rig *rig = *state;

	fakesetting_set(&rig->fake.setting, FREEZE_VALUE);
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_BY_OTHERS);
	assert_int_equal(count_records(rig, false), 0);
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_BY_OTHERS);
	assert_string_equal(rig->fake.setting.value, FREEZE_VALUE);
}

/* An older freeze of ours that is thawed does not speak for it. */
static void
frozen_by_others_after_our_thaw_is_not_called_thawed(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(freeze(rig), 0);
	assert_int_equal(thaw(rig), 0);
	fakesetting_set(&rig->fake.setting, FREEZE_VALUE);
	assert_int_equal(thaw(rig), 0);
	assert_int_equal(rig->result.thaw, THAW_BY_OTHERS);
	assert_false(rig->result.changed);
	assert_string_equal(rig->fake.setting.value, FREEZE_VALUE);
	assert_int_equal(count_records(rig, true), 1);
}

static void
it_waits_until_every_broker_shows_it(void **state)
{
	struct rig *rig = *state;
	const int64_t before = rig->fake.now_ms;

	rig->fake.setting.sleeps_to_learn = 5;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.sight.shown, 2);
	assert_true(rig->fake.now_ms >= before + 500);
}

static void
a_broker_that_shows_the_old_value_is_no_success(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.second_never_learns = true;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(rig->err.message,
	    "it was changed, but not seen: broker 2 still tells"));
	assert_true(rig->result.changed);
}

static void
a_silent_broker_is_named(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.second_is_silent = true;
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.sight.shown, 1);
	assert_int_equal(rig->result.sight.silent, 1);
	assert_int_equal(rig->result.sight.silent_ids[0], 2);
}

static void
brokers_that_disagree_about_now_are_not_believed(void **state)
{
	struct rig *rig = *state;

	fakesetting_set(&rig->fake.setting, "3600000");
	rig->fake.setting.told[1][0] = '\0';
	rig->fake.setting.second_never_learns = true;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(count_records(rig, false), 0);
	rig->fake.setting.second_never_learns = false;
	assert_int_equal(freeze(rig), 0);
	assert_string_equal(rig->result.record.before.text, "3600000");
}

static void
denied_before_anything_is_recorded(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.check_error = ERR_DENIED;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_DENIED);
	assert_true(rig->result.is_read);
	rig->fake.setting.read_error = ERR_DENIED;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_DENIED);
	assert_false(rig->result.is_read);
	assert_int_equal(count_records(rig, false), 0);
}

static void
a_smaller_limit_is_told_with_the_way_out(void **state)
{
	struct rig *rig = *state;

	rig->fake.setting.limit = "86400000";
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_REFUSED);
	assert_non_null(strstr(rig->err.message, "86400000 on the brokers"));
	assert_non_null(strstr(
	    rig->err.hint, "--add-config max.compaction.lag.ms=" FREEZE_VALUE));
	rig->fake.setting.limit_is_own = true;
	assert_int_equal(freeze(rig), -1);
	assert_non_null(
	    strstr(rig->err.message, "86400000 on __consumer_offsets"));
	assert_non_null(
	    strstr(rig->err.hint, "--delete-config max.compaction.lag.ms"));
	assert_non_null(strstr(rig->err.hint, "--bootstrap-server "));
	assert_non_null(strstr(
	    rig->err.hint, "--add-config max.compaction.lag.ms=86400000"));
	assert_int_equal(count_records(rig, false), 0);
}

static void
an_interruption_stops_it_before_the_record(void **state)
{
	struct rig *rig = *state;

	rig->fake.interrupted = true;
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_INTERRUPTED);
	assert_int_equal(count_records(rig, false), 0);
}

static void
a_file_takes_the_place_of_the_repository(void **state)
{
	struct rig *rig = *state;

	rig->log.file = tempdir_at(rig->folder, "freeze.json");
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(count_records(rig, false), 0);
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_IS_FROZEN);
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "");
	assert_int_equal(tempdir_count(rig->folder, "freeze.json"), 2);
	assert_int_equal(thaw(rig), -1);
	assert_int_equal(rig->err.kind, ERR_NOT_FOUND);
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_EXISTS);
	assert_string_equal(rig->fake.setting.value, "");
}

/* A kill can leave files with nothing in them. */
static void
empty_files_are_as_good_as_none(void **state)
{
	struct rig *rig = *state;

	rig->log.file = tempdir_at(rig->folder, "freeze.json");
	tempdir_file(rig->log.file, "");
	assert_int_equal(freeze(rig), 0);
	assert_int_equal(rig->result.freeze, FREEZE_BEGIN);
	tempdir_file(tempdir_at(rig->folder, "freeze.json.thawed"), "");
	assert_int_equal(thaw(rig), 0);
	assert_string_equal(rig->fake.setting.value, "");
	assert_int_equal(tempdir_count(rig->folder, "freeze.json"), 2);
	assert_int_equal(thaw(rig), -1);
	assert_int_equal(rig->err.kind, ERR_NOT_FOUND);
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_EXISTS);
}

static void
a_file_of_another_cluster_or_of_something_else_is_refused(void **state)
{
	struct rig *rig = *state;

	rig->log.file = tempdir_at(rig->folder, "freeze.json");
	assert_int_equal(freeze(rig), 0);
	rig->log.cluster_id = "another";
	assert_int_equal(thaw(rig), -1);
	assert_int_equal(rig->err.kind, ERR_REFUSED);
	rig->log.file = tempdir_at(rig->folder, "notes.txt");
	tempdir_file(rig->log.file, "precious");
	assert_int_equal(freeze(rig), -1);
	assert_int_equal(rig->err.kind, ERR_CORRUPT);
	assert_int_equal(rig->fake.setting.changes, 1);
}

static void
keys_tell_freezes_and_their_ends(void **state)
{
	struct rig *rig = *state;
	struct freeze_key key, parsed;

	freeze_key_make("c1", "0123456789abcdef", 1764079500123, &key);
	assert_string_equal(
	    key.key, "freezes/c1/20251125T140500123Z-0123456789abcdef.json");
	assert_true(freeze_key_parse(key.key, &parsed));
	assert_false(parsed.thawed);
	assert_int_equal(parsed.at_ms, 1764079500123);
	freeze_key_make_thawed(
	    "c1", "0123456789abcdef", 1764079500123, &rig->env, &key);
	assert_true(freeze_key_parse(key.key, &parsed));
	assert_true(parsed.thawed);
	assert_string_equal(parsed.id, "0123456789abcdef");
	assert_false(freeze_key_parse("freezes/c1/notes.json", &parsed));
	assert_false(freeze_key_parse(
	    "freezes/c1/20251125T140500123Z-0123456789abcdeg.json", &parsed));
	assert_false(freeze_key_parse(
	    "freezes/c1/20251125T140500123Z-0123456789abcdef-thawed-.json",
	    &parsed));
	assert_false(freeze_key_parse(
	    "applies/c1/20251125T140500123Z-0123456789abcdef.json", &parsed));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frozen_and_thawed_to_unset),
		TEST(a_value_that_was_set_comes_back),
		TEST(without_execute_nothing_is_changed),
		TEST(the_second_freeze_keeps_the_first_before),
		TEST(stopped_before_the_change_a_freeze_goes_on),
		TEST(stopped_before_the_change_a_thaw_has_nothing_to_do),
		TEST(stopped_after_the_change_it_is_frozen),
		TEST(a_thaw_that_was_stopped_is_marked_by_the_next),
		TEST(what_others_changed_is_left_alone),
		TEST(a_freeze_by_force_supersedes_the_stale_one),
		TEST(only_the_newest_of_two_open_freezes_counts),
		TEST(a_clock_that_is_behind_makes_the_newest_all_the_same),
		TEST(empty_files_are_as_good_as_none),
		TEST(frozen_by_others_is_not_recorded),
		TEST(frozen_by_others_after_our_thaw_is_not_called_thawed),
		TEST(it_waits_until_every_broker_shows_it),
		TEST(a_broker_that_shows_the_old_value_is_no_success),
		TEST(a_silent_broker_is_named),
		TEST(brokers_that_disagree_about_now_are_not_believed),
		TEST(denied_before_anything_is_recorded),
		TEST(a_smaller_limit_is_told_with_the_way_out),
		TEST(an_interruption_stops_it_before_the_record),
		TEST(a_file_takes_the_place_of_the_repository),
		TEST(a_file_of_another_cluster_or_of_something_else_is_refused),
		TEST(keys_tell_freezes_and_their_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
