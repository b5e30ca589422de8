/* Tests of snapshot/metrics.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "snapshot/metrics.h"

#define NOW_MS INT64_C(1764079500250)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct bytes
name_of(const char *text)
{
	return bytes_of(text);
}

/* Two groups: one whose lag is known, one with a log end that is not. */
struct world {
	struct position positions[3];
	struct group_topic group_topics[3];
	struct group groups[2];
	struct log_range ranges[2];
	struct topic topics[1];
	struct hole holes[3];
	struct snapshot snapshot;
};

static void
make_world(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->positions[0] = (struct position){ .offset = 40, .partition = 0 };
	world->positions[1] = (struct position){ .offset = 95, .partition = 0 };
	world->positions[2] = (struct position){ .offset = 5, .partition = 1 };
	world->group_topics[0] =
	    (struct group_topic){ name_of("orders"), world->positions, 1 };
	world->group_topics[1] =
	    (struct group_topic){ name_of("orders"), world->positions + 1, 2 };
	world->groups[0] = (struct group){ .name = name_of("billing\n"),
		.topics = world->group_topics,
		.topic_count = 1 };
	world->groups[1] = (struct group){ .name = name_of("mail"),
		.topics = world->group_topics + 1,
		.topic_count = 1 };
	world->ranges[0] = (struct log_range){ 0, -1, 0, 100 };
	world->ranges[1] = (struct log_range){ 1, -1, -1, -1 };
	world->topics[0] = (struct topic){ .name = name_of("orders"),
		.partitions = world->ranges,
		.count = 2 };
	world->holes[0].kind = HOLE_TOPIC;
	world->holes[1].kind = HOLE_GROUP;
	world->holes[2].kind = HOLE_GROUP;
	world->snapshot = (struct snapshot){ .groups = world->groups,
		.group_count = 2,
		.topics = world->topics,
		.topic_count = 1,
		.holes = world->holes,
		.hole_count = 3 };
	world->snapshot.info.to_ms = NOW_MS - 60000;
	world->snapshot.info.group_count = 2;
	world->snapshot.info.position_count = 3;
}

static void
render(const struct metrics *metrics, struct buf *out)
{
	buf_clear(out);
	metrics_render(metrics, NULL, 0, NOW_MS, out);
}

static void
assert_has(const struct buf *text, const char *line)
{
	struct buf wanted = { 0 };

	buf_add_format(&wanted, "\n%s\n", line);
	if (strstr(buf_text(text), buf_text(&wanted)) == NULL)
		fail_msg("no '%s' in\n%s", line, buf_text(text));
	buf_release(&wanted);
}

static void
assert_lacks(const struct buf *text, const char *word)
{
	if (strstr(buf_text(text), word) != NULL)
		fail_msg("there is '%s' in\n%s", word, buf_text(text));
}

/* These names are what people alert on. */
static void
the_names_are_as_promised(void **state)
{
	static const char *const lines[] = {
		"# TYPE tidemark_last_run_timestamp_seconds gauge",
		"tidemark_last_run_timestamp_seconds 1764079500.250",
		"tidemark_last_run_success 0",
		"tidemark_last_run_exit_status 3",
		"tidemark_capture_duration_seconds 1.500",
		"tidemark_snapshot_timestamp_seconds 1764079440.250",
		"tidemark_snapshot_age_seconds 60.000",
		"tidemark_snapshot_complete 0",
		"tidemark_groups 2",
		"tidemark_positions 3",
		"# TYPE tidemark_holes gauge",
		"tidemark_holes{reason=\"group\"} 2",
		"tidemark_holes{reason=\"topic\"} 1",
		"tidemark_holes{reason=\"leaderless\"} 0",
		"# TYPE tidemark_late_captures_total counter",
		"tidemark_late_captures_total 0",
		"tidemark_written_bytes_total 4096",
		"tidemark_repository_errors_total 1",
		"tidemark_restores_total{result=\"done\"} 1",
		"tidemark_restores_total{result=\"partial\"} 0",
		"tidemark_restores_total{result=\"refused\"} 2",
		"tidemark_restores_total{result=\"failed\"} 2",
		"tidemark_group_lag{group=\"billing\\\\n\"} 60",
	};
	struct metrics metrics;
	struct world world;
	struct buf text = { 0 };
	(void)state;

	metrics_init(&metrics);
	make_world(&world);
	metrics_take_snapshot(&metrics, &world.snapshot);
	metrics_take_groups(&metrics, &world.snapshot);
	metrics_set(&metrics, METRICS_CAPTURE_DURATION, 1500);
	metrics_add(&metrics, METRICS_WRITTEN_BYTES, 4096);
	metrics_add(&metrics, METRICS_REPOSITORY_ERRORS, 1);
	metrics_run_ended(&metrics, NOW_MS, 3);
	metrics_restore_ended(&metrics, 0);
	metrics_restore_ended(&metrics, 4);
	metrics_restore_ended(&metrics, 5);
	metrics_restore_ended(&metrics, 1);
	metrics_restore_ended(&metrics, 130);
	render(&metrics, &text);
	for (size_t at = 0; at < COUNT_OF(lines); at++)
		assert_has(&text, lines[at]);
	/* There was no success, and one lag is not known. */
	assert_lacks(&text, "last_success");
	assert_lacks(&text, "mail");
	buf_release(&text);
	metrics_release(&metrics);
}

static void
what_is_not_known_has_no_series(void **state)
{
	struct metrics metrics;
	struct buf text = { 0 };
	(void)state;

	metrics_init(&metrics);
	render(&metrics, &text);
	assert_has(&text, "tidemark_written_bytes_total 0");
	assert_has(&text, "tidemark_restores_total{result=\"done\"} 0");
	assert_lacks(&text, "tidemark_last_");
	assert_lacks(&text, "tidemark_groups");
	assert_lacks(&text, "tidemark_holes");
	assert_lacks(&text, "age");
	buf_release(&text);
	metrics_release(&metrics);
}

static void
a_failure_keeps_the_last_success_and_the_newest_snapshot(void **state)
{
	struct metrics before, failed;
	struct world world;
	struct buf text = { 0 };
	(void)state;

	metrics_init(&before);
	make_world(&world);
	world.snapshot.hole_count = 0;
	world.snapshot.info.complete = true;
	metrics_take_snapshot(&before, &world.snapshot);
	metrics_take_groups(&before, &world.snapshot);
	metrics_add(&before, METRICS_WRITTEN_BYTES, 4096);
	metrics_run_ended(&before, NOW_MS - 3600000, 0);
	metrics_init(&failed);
	metrics_add(&failed, METRICS_REPOSITORY_ERRORS, 1);
	metrics_run_ended(&failed, NOW_MS, 1);
	metrics_merge(&before, &failed);
	render(&before, &text);
	assert_has(
	    &text, "tidemark_last_success_timestamp_seconds 1764075900.250");
	assert_has(&text, "tidemark_last_run_timestamp_seconds 1764079500.250");
	assert_has(&text, "tidemark_last_run_success 0");
	assert_has(&text, "tidemark_last_run_exit_status 1");
	assert_has(&text, "tidemark_groups 2");
	assert_has(&text, "tidemark_snapshot_complete 1");
	assert_has(&text, "tidemark_holes{reason=\"group\"} 0");
	assert_has(&text, "tidemark_written_bytes_total 4096");
	assert_has(&text, "tidemark_repository_errors_total 1");
	assert_has(&text, "tidemark_group_lag{group=\"billing\\\\n\"} 60");
	buf_release(&text);
	metrics_release(&before);
	metrics_release(&failed);
}

static void
counters_go_on_and_groups_of_a_new_snapshot_replace_the_old(void **state)
{
	struct metrics before, found;
	struct world world;
	struct buf text = { 0 };
	(void)state;

	metrics_init(&before);
	make_world(&world);
	metrics_take_snapshot(&before, &world.snapshot);
	metrics_take_groups(&before, &world.snapshot);
	metrics_add(&before, METRICS_WRITTEN_BYTES, 4096);
	metrics_restore_ended(&before, 0);
	metrics_init(&found);
	world.snapshot.hole_count = 1;
	metrics_take_snapshot(&found, &world.snapshot);
	metrics_add(&found, METRICS_WRITTEN_BYTES, 4);
	metrics_restore_ended(&found, 0);
	metrics_merge(&before, &found);
	render(&before, &text);
	assert_has(&text, "tidemark_written_bytes_total 4100");
	assert_has(&text, "tidemark_restores_total{result=\"done\"} 2");
	assert_has(&text, "tidemark_holes{reason=\"group\"} 0");
	assert_has(&text, "tidemark_holes{reason=\"topic\"} 1");
	assert_lacks(&text, "group_lag");
	buf_release(&text);
	metrics_release(&before);
	metrics_release(&found);
}

static void
a_counter_stays_at_the_largest_number(void **state)
{
	struct metrics metrics, found;
	(void)state;

	metrics_init(&metrics);
	metrics_add(&metrics, METRICS_WRITTEN_BYTES, INT64_MAX - 1);
	metrics_add(&metrics, METRICS_WRITTEN_BYTES, 5);
	assert_true(metrics.values[METRICS_WRITTEN_BYTES] == INT64_MAX);
	metrics.restores[METRICS_RESTORE_DONE] = INT64_MAX;
	metrics_init(&found);
	metrics_restore_ended(&found, 0);
	metrics_merge(&metrics, &found);
	assert_true(metrics.restores[METRICS_RESTORE_DONE] == INT64_MAX);
	metrics_release(&metrics);
	metrics_release(&found);
}

/* All there can be, under the operator's labels. */
static void
what_is_written_is_read_back(void **state)
{
	const struct promtext_label labels[] = { { "cluster", { "a\"b", 3 },
						     false },
		{ "env", { "prod", 4 }, false } };
	const struct metrics_group groups[] = { { name_of("a\\\n"), false, 5,
						    NOW_MS },
		{ name_of("b"), false, -1, NOW_MS + 1 },
		{ name_of("c"), false, 0, -1 } };
	struct metrics metrics, back;
	struct world world;
	struct buf text = { 0 }, again = { 0 };
	struct err err = { 0 };
	(void)state;

	metrics_init(&metrics);
	make_world(&world);
	metrics_take_snapshot(&metrics, &world.snapshot);
	metrics_set_groups(&metrics, groups, COUNT_OF(groups));
	for (size_t at = 0; at < METRICS_VALUE_COUNT; at++)
		metrics_set(
		    &metrics, (enum metrics_value)at, (int64_t)at * 1111);
	metrics_restore_ended(&metrics, 1);
	metrics_render(&metrics, labels, 2, NOW_MS, &text);
	assert_has(&text,
	    "tidemark_group_first_loss_timestamp_seconds{cluster=\"a\\\"b\","
	    "env=\"prod\",group=\"b\"} 1764079500.251");
	metrics_init(&back);
	assert_int_equal(metrics_read(buf_bytes(&text), &back, &err), 0);
	metrics_render(&back, labels, 2, NOW_MS, &again);
	assert_string_equal(buf_text(&again), buf_text(&text));
	buf_release(&text);
	buf_release(&again);
	metrics_release(&metrics);
	metrics_release(&back);
}

static void
a_copy_borrows_nothing(void **state)
{
	const struct metrics_group group = { name_of("a"), false, 5, -1 };
	struct metrics metrics, copy = { 0 };
	struct buf text = { 0 };
	(void)state;

	metrics_init(&metrics);
	metrics_set_groups(&metrics, &group, 1);
	metrics_copy(&metrics, &copy);
	metrics_copy(&metrics, &copy);
	metrics_release(&metrics);
	render(&copy, &text);
	assert_has(&text, "tidemark_group_lag{group=\"a\"} 5");
	metrics_release(&copy);
	buf_release(&text);
}

static void
names_of_later_versions_are_passed_over(void **state)
{
	static const char text[] =
	    "tidemark_shares 9\n"
	    "tidemark_holes{reason=\"of-later\"} 2\n"
	    "tidemark_holes{reason=\"moved\"} 3\n"
	    "tidemark_restores_total{result=\"odd\"} 4\n";
	struct metrics metrics;
	struct err err = { 0 };
	(void)state;

	metrics_init(&metrics);
	assert_int_equal(metrics_read(bytes_of(text), &metrics, &err), 0);
	assert_int_equal(metrics.holes[HOLE_MOVED], 3);
	assert_int_equal(metrics.holes[HOLE_GROUP], 0);
	metrics_release(&metrics);
}

static void
what_is_not_of_this_program_is_refused(void **state)
{
	static const char *const texts[] = { "node_load1 5\n", "hello\n",
		"tidemark_groups 1.500\n", "tidemark_groups -1\n",
		"tidemark_last_run_timestamp_seconds 5\n",
		"tidemark_holes{reason=\"moved\"} -1\n",
		"tidemark_restores_total{result=\"done\"} 1.000\n",
		"tidemark_group_lag 5\n",
		"tidemark_group_lag{group=\"a\"} -5\n", "tidemark_groups 1" };
	(void)state;

	for (size_t at = 0; at < COUNT_OF(texts); at++) {
		struct metrics metrics;
		struct err err = { 0 };

		metrics_init(&metrics);
		assert_int_equal(
		    metrics_read(bytes_of(texts[at]), &metrics, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		metrics_release(&metrics);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_are_as_promised),
		cmocka_unit_test(what_is_not_known_has_no_series),
		cmocka_unit_test(
		    a_failure_keeps_the_last_success_and_the_newest_snapshot),
		cmocka_unit_test(
		    counters_go_on_and_groups_of_a_new_snapshot_replace_the_old),
		cmocka_unit_test(a_counter_stays_at_the_largest_number),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_copy_borrows_nothing),
		cmocka_unit_test(names_of_later_versions_are_passed_over),
		cmocka_unit_test(what_is_not_of_this_program_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
