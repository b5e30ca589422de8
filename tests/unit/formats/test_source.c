/*
 * test_source.c - where a snapshot's positions are from: what of it a manifest
 * says, what a model may say, and that a mixture of times is taken for nothing
 * else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/timetext.h"
#include "formats/manifest.h"
#include "tests/unit/formats/modelgen.h"

/* The manifest of a rescue, changed: from replaced by to. */
static int
decode_changed(const char *from, const char *to, struct snapshot_info *info,
    struct err *err)
{
	struct manifest_links links = { 0 };
	struct snapshot snapshot;
	struct buf text = { 0 };
	struct buf changed = { 0 };
	const char *at;
	int result;

	modelgen_rescue(&snapshot, true);
	assert_int_equal(
	    manifest_encode(&snapshot.info, &links, &text, err), 0);
	at = strstr(buf_text(&text), from);
	assert_non_null(at);
	buf_add(&changed, text.data, (size_t)(at - text.data));
	buf_add_text(&changed, to);
	buf_add_text(&changed, at + strlen(from));
	*info = (struct snapshot_info){ 0 };
	result = manifest_decode(
	    buf_bytes(&changed), &snapshot.arena, info, &links, err);
	info->reason = NULL;
	info->selection = (struct selection){ 0 };
	buf_release(&text);
	buf_release(&changed);
	snapshot_release(&snapshot);
	return result;
}

static void
words_are_read_back(void **state)
{
	enum snapshot_source source = SOURCE_API;

	(void)state;
	for (int i = SOURCE_API; i <= SOURCE_RESCUE; i++) {
		assert_true(snapshot_source_parse(
		    snapshot_source_text((enum snapshot_source)i), &source));
		assert_int_equal(source, i);
	}
	assert_false(snapshot_source_parse("", &source));
	assert_false(snapshot_source_parse("API", &source));
}

static void
a_manifest_without_a_source_is_of_the_api(void **state)
{
	struct snapshot_info info;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    decode_changed("\"source\"", "\"other\"", &info, &err), 0);
	assert_int_equal(info.source, SOURCE_API);
	assert_int_equal(info.as_of_ms, -1);
	assert_false(info.last_known);
	assert_int_equal(info.scan.record_count, 0);
}

static void
a_manifest_of_the_api_says_nothing_of_it(void **state)
{
	struct manifest_links links = { 0 };
	struct snapshot snapshot;
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_small(&snapshot);
	assert_int_equal(
	    manifest_encode(&snapshot.info, &links, &text, &err), 0);
	assert_null(strstr(buf_text(&text), "source"));
	assert_null(strstr(buf_text(&text), "scan"));
	assert_null(strstr(buf_text(&text), "as_of"));
	assert_null(strstr(buf_text(&text), "last"));
	assert_non_null(strstr(buf_text(&text), "\"requires\":[]"));
	buf_release(&text);
	snapshot_release(&snapshot);
}

/* A reader that does not know what a mixture is must not take it for what
 * stood there at a time. */
static void
a_mixture_is_not_for_readers_that_do_not_know_it(void **state)
{
	struct snapshot_info info;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(decode_changed("\"requires\":[\"last-known\"]",
			     "\"requires\":[\"last-known\"]", &info, &err),
	    0);
	assert_true(info.last_known);
	assert_int_equal(
	    decode_changed("\"requires\":[\"last-known\"]",
		"\"requires\":[\"last-known\",\"x\"]", &info, &err),
	    -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
}

static void
a_source_of_later_versions_is_not_supported(void **state)
{
	struct snapshot_info info;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    decode_changed("\"rescue\"", "\"oracle\"", &info, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
}

static void
damaged_sources_are_refused(void **state)
{
	static const char *const changes[][2] = {
		{ "\"source\":\"rescue\"", "\"source\":7" },
		{ "\"scan\"", "\"span\"" },
		{ "\"records\"", "\"recorded\"" },
		{ "\"broken\":1", "\"broken\":-1" },
		{ "\"broken\":1", "\"broken\":\"1\"" },
		{ "\"last_known\":true", "\"last_known\":1" },
		{ "\"last_known\":true", "\"as_of\":-1" },
		{ "\"last_known\":true", "\"as_of\":253402300800000" },
		{ "\"source\":\"rescue\"", "\"source\":\"both\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct snapshot_info info;
		struct err err = { 0 };

		if (decode_changed(changes[i][0], changes[i][1], &info, &err) ==
		    0)
			fail_msg("taken: %s", changes[i][1]);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
}

/* --- what a model may say ---------------------------------------------- */

typedef void change_fn(struct snapshot *snapshot);

static struct position *
first_position(struct snapshot *snapshot)
{
	return &snapshot->groups[0].topics[0].positions[0];
}

static void
committed_before_all_times(struct snapshot *snapshot)
{
	first_position(snapshot)->commit_ms = -2;
}

static void
committed_behind_all_times(struct snapshot *snapshot)
{
	first_position(snapshot)->commit_ms = TIME_LAST_MS + 1;
}

static void
expires_before_all_times(struct snapshot *snapshot)
{
	first_position(snapshot)->expire_ms = INT64_MIN;
}

static void
expires_behind_all_times(struct snapshot *snapshot)
{
	first_position(snapshot)->expire_ms = INT64_MAX;
}

static void
state_before_all_times(struct snapshot *snapshot)
{
	snapshot->groups[0].state_ms = -2;
}

static void
state_behind_all_times(struct snapshot *snapshot)
{
	snapshot->groups[0].state_ms = TIME_LAST_MS + 1;
}

static void
rescue_of_no_time(struct snapshot *snapshot)
{
	snapshot->info.source = SOURCE_RESCUE;
}

static void
topic_as_of_a_time(struct snapshot *snapshot)
{
	snapshot->info.source = SOURCE_TOPIC;
	snapshot->info.as_of_ms = snapshot->info.to_ms;
}

static void
as_of_another_time_than_the_capture(struct snapshot *snapshot)
{
	snapshot->info.source = SOURCE_RESCUE;
	snapshot->info.as_of_ms = snapshot->info.to_ms - 1;
}

static void
mixture_with_the_hash_of_all(struct snapshot *snapshot)
{
	snapshot->info.source = SOURCE_RESCUE;
	snapshot->info.last_known = true;
	model_count(snapshot);
}

static void
mixture_that_is_complete(struct snapshot *snapshot)
{
	struct snapshot_info *info = &snapshot->info;

	info->source = SOURCE_RESCUE;
	info->last_known = true;
	selection_canonical(
	    info->scope, &info->selection, true, info->selection_hash);
}

static void
models_that_break_the_rules_are_refused(void **state)
{
	static change_fn *const changes[] = { committed_before_all_times,
		committed_behind_all_times, expires_before_all_times,
		expires_behind_all_times, state_before_all_times,
		state_behind_all_times, rescue_of_no_time, topic_as_of_a_time,
		as_of_another_time_than_the_capture,
		mixture_with_the_hash_of_all, mixture_that_is_complete };

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct snapshot snapshot;
		struct err err = { 0 };

		modelgen_small(&snapshot);
		assert_int_equal(model_check(&snapshot, &err), 0);
		changes[i](&snapshot);
		if (model_check(&snapshot, &err) == 0)
			fail_msg("change %zu was taken", i);
		assert_int_equal(err.kind, ERR_CORRUPT);
		snapshot_release(&snapshot);
	}
}

static void
what_is_no_time_is_not_known(void **state)
{
	static const int64_t none[] = { INT64_MIN, -2, -1, TIME_LAST_MS + 1,
		INT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(model_time(none[i]), -1);
	assert_int_equal(model_time(0), 0);
	assert_int_equal(model_time(TIME_LAST_MS), TIME_LAST_MS);
}

static void
rescues_of_a_time_and_of_none_are_right(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct snapshot snapshot;
		struct err err = { 0 };

		modelgen_rescue(&snapshot, i == 1);
		if (model_check(&snapshot, &err) != 0)
			fail_msg("%s", err.message);
		assert_int_equal(snapshot.info.complete, i == 0);
		snapshot_release(&snapshot);
	}
}

static void
a_mixture_has_another_hash_than_anything_else(void **state)
{
	const char *groups[] = { "a*" };
	struct selection selections[] = { { 0 },
		{ .groups = groups, .group_count = 1 } };

	(void)state;
	for (int scope = SCOPE_CLUSTER; scope <= SCOPE_VISIBLE; scope++) {
		for (size_t i = 0; i < 2; i++) {
			char plain[SNAPSHOT_HASH_MAX];
			char mixed[SNAPSHOT_HASH_MAX];

			selection_canonical(
			    (enum scope)scope, &selections[i], false, plain);
			selection_canonical(
			    (enum scope)scope, &selections[i], true, mixed);
			assert_string_not_equal(plain, mixed);
			assert_string_not_equal(mixed, "00000000");
		}
	}
}

/* --- holes ------------------------------------------------------------- */

/* Is the group that is there, and one that is not, covered with this hole? */
static void
expect_covers(const struct hole *hole, bool present, bool absent)
{
	struct snapshot snapshot;
	struct hole holes[1] = { *hole };

	modelgen_small(&snapshot);
	holes[0].text = "";
	holes[0].broker = -1;
	snapshot.holes = holes;
	snapshot.hole_count = 1;
	assert_int_equal(
	    model_covers(&snapshot, bytes_of("billing"), true), present);
	assert_int_equal(
	    model_covers(&snapshot, bytes_of("nowhere"), true), absent);
	snapshot_release(&snapshot);
}

static void
holes_hide_what_they_name(void **state)
{
	static const enum hole_kind of_names[] = { HOLE_BOUND,
		HOLE_UNREADABLE };
	static const enum hole_kind of_partitions[] = { HOLE_HELD, HOLE_HISTORY,
		HOLE_UNREADABLE };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hole hole = { .kind = of_names[i],
			.has_group = true,
			.group = bytes_of("billing"),
			.partition = -1 };

		/* The whole group. */
		expect_covers(&hole, false, true);
		hole.has_topic = true;
		hole.topic = bytes_of("orders");
		hole.partition = 0;
		/* One position of it: what is there is. */
		expect_covers(&hole, true, true);
		hole.group = bytes_of("nowhere");
		expect_covers(&hole, true, false);
	}
	for (size_t i = 0; i < 3; i++) {
		const struct hole hole = { .kind = of_partitions[i],
			.partition = 17 };

		/* It may be in that partition, or not. */
		expect_covers(&hole, true, false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read_back),
		cmocka_unit_test(a_manifest_without_a_source_is_of_the_api),
		cmocka_unit_test(a_manifest_of_the_api_says_nothing_of_it),
		cmocka_unit_test(
		    a_mixture_is_not_for_readers_that_do_not_know_it),
		cmocka_unit_test(a_source_of_later_versions_is_not_supported),
		cmocka_unit_test(damaged_sources_are_refused),
		cmocka_unit_test(models_that_break_the_rules_are_refused),
		cmocka_unit_test(what_is_no_time_is_not_known),
		cmocka_unit_test(rescues_of_a_time_and_of_none_are_right),
		cmocka_unit_test(a_mixture_has_another_hash_than_anything_else),
		cmocka_unit_test(holes_hide_what_they_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
