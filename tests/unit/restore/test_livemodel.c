/* Tests of restore/livemodel.h: what was read of a fake cluster, as a snapshot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "restore/census.h"
#include "restore/livemodel.h"
#include "restore/target.h"
#include "tests/unit/restore/fakecluster.h"

/* Groups "g" and "h" stand in topic "t" of two partitions. */
struct world {
	struct fake fake;
	struct fake_group *group;
	struct census census;
	struct target target;
	struct livemodel live;
};

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	fake_init(&world->fake);
	fake_add_topic(&world->fake, "t", 2, 7);
	fake_commit(fake_add_group(&world->fake, "h"), "t", 1, 9, "");
	world->group = fake_add_group(&world->fake, "g");
	fake_commit(world->group, "t", 0, 5, "m");
	fake_commit(world->group, "t", 1, 6, "");
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	livemodel_release(&world->live);
	target_release(&world->target);
	census_release(&world->census);
	fake_release(&world->fake);
	free(world);
	return 0;
}

/* Groups g, h and none, and topics t and u. */
static const struct snapshot *
read_fake(struct world *world)
{
	static const struct bytes groups[] = { { "g", 1 }, { "h", 1 },
		{ "none", 4 } };
	static const struct bytes topics[] = { { "t", 1 }, { "u", 1 } };
	const struct target_request request = { .groups = groups,
		.group_count = 3,
		.topics = topics,
		.topic_count = 2,
		.census = &world->census,
		.census_is_fresh = true,
		.skips_members = true };
	struct err err = { 0 };

	assert_int_equal(
	    census_read(&world->fake.reach, &world->census, &err), 0);
	assert_int_equal(
	    target_read(&world->fake.reach, &request, &world->target, &err), 0);
	livemodel_make(&world->target, &world->census, "here", &world->live);
	assert_int_equal(model_check_content(&world->live.snapshot, &err), 0);
	return &world->live.snapshot;
}

static void
what_was_read_is_there(void **state)
{
	struct world *world = *state;
	const struct snapshot *live = read_fake(world);
	const struct group *group = model_find_group(live, bytes_of("g"));

	assert_int_equal(live->group_count, 2);
	assert_int_equal(live->hole_count, 0);
	assert_true(live->info.complete);
	assert_string_equal(live->info.cluster_id, "here");
	assert_int_equal(group->topic_count, 1);
	assert_int_equal(group->topics[0].count, 2);
	assert_int_equal(
	    group_find_position(group, bytes_of("t"), 1)->offset, 6);
	assert_int_equal(
	    group_find_position(group, bytes_of("t"), 0)->metadata_size, 1);
	assert_true(model_find_topic(live, bytes_of("t"))->has_id);
	assert_int_equal(
	    model_find_topic(live, bytes_of("t"))->partitions[1].end, 1000);
	assert_int_equal(world->fake.describe_count, 0);
}

static void
a_topic_that_does_not_exist_is_missing(void **state)
{
	struct world *world = *state;
	const struct snapshot *live = read_fake(world);

	assert_null(model_find_topic(live, bytes_of("u")));
	assert_int_equal(world->live.missing.count, 1);
	assert_true(bytes_equal_text(world->live.missing.names[0], "u"));
}

static int
deny_g(struct fake *fake, const struct offsets_request *request)
{
	(void)fake;
	return bytes_equal_text(request->group, "g")
	    ? KAFKA_GROUP_AUTHORIZATION_FAILED
	    : KAFKA_OK;
}

static void
a_group_that_could_not_be_read_is_a_hole(void **state)
{
	struct world *world = *state;
	const struct snapshot *live;

	world->fake.on_fetch = deny_g;
	live = read_fake(world);
	assert_int_equal(live->hole_count, 1);
	assert_int_equal(live->holes[0].kind, HOLE_GROUP);
	assert_false(model_covers(live, bytes_of("g"), true));
	assert_true(model_covers(live, bytes_of("none"), true));
}

static void
a_position_in_an_open_transaction_is_a_hole(void **state)
{
	struct world *world = *state;
	const struct snapshot *live;

	world->group->positions[1].error = KAFKA_UNSTABLE_OFFSET_COMMIT;
	live = read_fake(world);
	assert_int_equal(live->hole_count, 1);
	assert_int_equal(live->holes[0].kind, HOLE_UNSTABLE);
	assert_int_equal(live->holes[0].partition, 1);
	assert_null(group_find_position(
	    model_find_group(live, bytes_of("g")), bytes_of("t"), 1));
}

static void
a_topic_that_is_hidden_is_a_hole(void **state)
{
	struct world *world = *state;
	const struct snapshot *live;

	world->fake.topics[0].error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
	live = read_fake(world);
	assert_int_equal(live->topic_count, 0);
	assert_int_equal(live->hole_count, 1);
	assert_int_equal(live->holes[0].kind, HOLE_TOPIC);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_read_is_there),
		TEST(a_topic_that_does_not_exist_is_missing),
		TEST(a_group_that_could_not_be_read_is_a_hole),
		TEST(a_position_in_an_open_transaction_is_a_hole),
		TEST(a_topic_that_is_hidden_is_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
