/*
 * test_kind.c - which groups are recognised, and which are not taken for what
 * they are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "restore/kind.h"
#include "restore/plan.h"

/* An empty classic group of consumers with one position. */
struct scene {
	struct plan_row row;
	struct plan_group group;
};

static struct scene
scene_of(const char *name)
{
	struct scene scene = { 0 };

	scene.row.topic = bytes_of("orders");
	scene.group.name = bytes_of(name);
	scene.group.exists = true;
	scene.group.type = GROUP_CLASSIC;
	scene.group.state = "Empty";
	scene.group.protocol_type = "consumer";
	return scene;
}

static void
expect(struct scene *scene, enum group_kind kind)
{
	scene->group.rows = &scene->row;
	scene->group.row_count = 1;
	assert_string_equal(kind_text(kind_of(&scene->group)), kind_text(kind));
}

static void
consumer_needs_no_words(void **state)
{
	struct scene scene = scene_of("billing");

	(void)state;
	expect(&scene, KIND_PLAIN);
	assert_string_equal(kind_hint(KIND_PLAIN), "");
}

static void
every_other_kind_has_a_word_and_a_line(void **state)
{
	(void)state;
	for (int i = 0; i < KIND_COUNT; i++) {
		const enum group_kind kind = (enum group_kind)i;
		enum group_kind found;

		assert_true(kind == KIND_PLAIN || kind_hint(kind)[0] != '\0');
		assert_null(strchr(kind_hint(kind), '\n'));
		assert_true(kind_parse(bytes_of(kind_text(kind)), &found));
		assert_int_equal(found, kind);
	}
}

static void
connect_sink_is_known_by_its_name(void **state)
{
	struct scene sink = scene_of("connect-jdbc"),
		     other = scene_of("connect");

	(void)state;
	expect(&sink, KIND_CONNECT_SINK);
	expect(&other, KIND_PLAIN);
}

static void
connect_workers_are_known_by_their_protocol(void **state)
{
	struct scene scene = scene_of("connect-cluster");

	(void)state;
	scene.group.protocol_type = "connect";
	expect(&scene, KIND_CONNECT_WORKERS);
}

static void
streams_is_known_by_its_type(void **state)
{
	struct scene scene = scene_of("app");

	(void)state;
	scene.group.type = GROUP_STREAMS;
	scene.group.protocol_type = "unknown";
	expect(&scene, KIND_STREAMS);
}

static void
streams_is_known_by_its_internal_topics(void **state)
{
	struct scene scene = scene_of("app");

	(void)state;
	scene.row.topic = bytes_of("app-by-user-repartition");
	expect(&scene, KIND_STREAMS);
	scene.row.topic = bytes_of("app-totals-changelog");
	expect(&scene, KIND_STREAMS);
	/* Of another application, or of none. */
	scene.row.topic = bytes_of("apple-by-user-repartition");
	expect(&scene, KIND_PLAIN);
	scene.row.topic = bytes_of("app-changelog-archive");
	expect(&scene, KIND_PLAIN);
	scene.group.name = bytes_of("");
	scene.row.topic = bytes_of("-repartition");
	expect(&scene, KIND_PLAIN);
}

static void
streams_is_known_by_its_metadata(void **state)
{
	struct scene scene = scene_of("app");

	(void)state;
	scene.row.now.metadata = bytes_of("AQAAAZq7zN0A");
	expect(&scene, KIND_STREAMS);
	scene.row.now.metadata = bytes_of("");
	/* No time yet, and the processors' own. */
	scene.row.planned.metadata = bytes_of("Av//////////AAAAAA==");
	expect(&scene, KIND_STREAMS);
}

static void
other_metadata_is_nobodys(void **state)
{
	static const char *const others[] = { "AQAAAZq7",
		"AQAAAZq7zN0A=", "AQ{\"a\": 12345}", "BQAAAZq7zN0A",
		"AZAAAZq7zN0A", "AQ==AZq7zN0A" };
	struct scene scene = scene_of("app");

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		scene.row.now.metadata = bytes_of(others[i]);
		expect(&scene, KIND_PLAIN);
	}
	scene.row.now.metadata = (struct bytes){ "A\0AAAZq7zN0A", 12 };
	expect(&scene, KIND_PLAIN);
}

static void
spark_is_known_by_its_name(void **state)
{
	struct scene scene =
	    scene_of("spark-kafka-source-6ab1f4f0-b1c3--1234-driver-0");
	struct scene other = scene_of("spark");

	(void)state;
	expect(&scene, KIND_SPARK);
	expect(&other, KIND_PLAIN);
}

static void
group_that_nobody_joined_is_simple(void **state)
{
	struct scene scene = scene_of("tool");

	(void)state;
	scene.group.protocol_type = "";
	expect(&scene, KIND_SIMPLE);
	/* What it will be does not matter: nobody can hide in it. */
	scene.group.exists = false;
	expect(&scene, KIND_PLAIN);
	/* Hidden from the listing that tells. */
	scene.group.exists = true;
	scene.group.type = GROUP_UNKNOWN;
	expect(&scene, KIND_PLAIN);
}

static void
what_matters_more_is_said_of_a_simple_group(void **state)
{
	struct scene scene = scene_of("connect-jdbc");

	(void)state;
	scene.group.protocol_type = "";
	expect(&scene, KIND_CONNECT_SINK);
}

static void
share_group_is_one_whatever_its_name(void **state)
{
	struct scene scene = scene_of("connect-share");

	(void)state;
	scene.group.type = GROUP_SHARE;
	expect(&scene, KIND_SHARE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(consumer_needs_no_words),
		cmocka_unit_test(every_other_kind_has_a_word_and_a_line),
		cmocka_unit_test(connect_sink_is_known_by_its_name),
		cmocka_unit_test(connect_workers_are_known_by_their_protocol),
		cmocka_unit_test(streams_is_known_by_its_type),
		cmocka_unit_test(streams_is_known_by_its_internal_topics),
		cmocka_unit_test(streams_is_known_by_its_metadata),
		cmocka_unit_test(other_metadata_is_nobodys),
		cmocka_unit_test(spark_is_known_by_its_name),
		cmocka_unit_test(group_that_nobody_joined_is_simple),
		cmocka_unit_test(what_matters_more_is_said_of_a_simple_group),
		cmocka_unit_test(share_group_is_one_whatever_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
