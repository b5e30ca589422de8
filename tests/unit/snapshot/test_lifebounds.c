/*
 * When a position is lost, by captures that do not know when it was committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/expiring.h"
#include "snapshot/lifebounds.h"
#include "snapshot/selector.h"

#define KEPT 1000
#define NOW 2000

/* A capture of group "g" with one position, read from AT to AT + 5. */
struct capture {
	struct snapshot snapshot;
	struct group group;
	struct group_topic topic;
	struct position position;
	struct hole hole;
};

static void
capture_at(struct capture *capture, int64_t at_ms, int64_t offset)
{
	memset(capture, 0, sizeof(*capture));
	capture->position = (struct position){ .offset = offset,
		.epoch = -1,
		.metadata = "",
		.commit_ms = -1,
		.expire_ms = -1 };
	capture->topic =
	    (struct group_topic){ bytes_of("t"), &capture->position, 1 };
	capture->group = (struct group){ .name = bytes_of("g"),
		.type = GROUP_CLASSIC,
		.state = "Empty",
		.protocol_type = "",
		.state_ms = -1,
		.read_start_ms = at_ms,
		.read_end_ms = at_ms + 5,
		.topics = &capture->topic,
		.topic_count = 1 };
	capture->snapshot.groups = &capture->group;
	capture->snapshot.group_count = 1;
	capture->snapshot.info.scope = SCOPE_CLUSTER;
	capture->snapshot.info.from_ms = at_ms - 1;
	capture->snapshot.info.to_ms = at_ms + 6;
	capture->snapshot.info.complete = true;
}

struct rig {
	struct capture newest;
	struct capture earlier;
	struct lifebounds bounds;
	struct selector *selector;
};

static void
begin(struct rig *rig)
{
	lifebounds_init(&rig->bounds, &rig->newest.snapshot);
}

static void
take(struct rig *rig)
{
	lifebounds_take(&rig->bounds, &rig->earlier.snapshot, rig->selector);
}

static void
assert_lost(const struct rig *rig, enum lifetime_rule rule, int64_t from_ms,
    int64_t to_ms)
{
	const struct group_bounds *group = &rig->bounds.groups[0];
	const struct lifetime found =
	    lifebounds_of(group, &group->positions[0], KEPT, NOW);

	assert_int_equal(found.rule, rule);
	assert_int_equal(found.lost.from_ms, from_ms);
	assert_int_equal(found.lost.to_ms, to_ms);
}

static int
setup(void **state)
{
	static struct rig rig;
	const struct selection all = { 0 };
	struct err err;

	memset(&rig, 0, sizeof(rig));
	capture_at(&rig.newest, NOW - 10, 7);
	*state = &rig;
	return selector_new(&all, &rig.selector, &err);
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	lifebounds_release(&rig->bounds);
	selector_free(rig->selector);
	return 0;
}

static void
between_the_last_other_number_and_the_first_of_these(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	assert_lost(rig, LIFETIME_COMMIT, NOW, NOW - 5 + KEPT);
	capture_at(&rig->earlier, 1800, 7);
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, NOW, 1805 + KEPT);
	assert_int_equal(rig->bounds.open_count, 1);
	capture_at(&rig->earlier, 1500, 6);
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, 1500 + KEPT, 1805 + KEPT);
	assert_int_equal(rig->bounds.open_count, 0);
	/* What was before that is another commit. */
	capture_at(&rig->earlier, 1200, 7);
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, 1500 + KEPT, 1805 + KEPT);
}

static void
the_same_number_with_other_metadata_is_another_commit(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	capture_at(&rig->earlier, 1500, 7);
	rig->earlier.position.metadata = "x";
	rig->earlier.position.metadata_size = 1;
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, 1500 + KEPT, NOW - 5 + KEPT);
}

static void
no_group_or_no_position_is_another_number(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	capture_at(&rig->earlier, 1500, 7);
	rig->earlier.group.topic_count = 0;
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, 1500 + KEPT, NOW - 5 + KEPT);
	lifebounds_release(&rig->bounds);
	begin(rig);
	capture_at(&rig->earlier, 1500, 7);
	rig->earlier.snapshot.group_count = 0;
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, 1499 + KEPT, NOW - 5 + KEPT);
}

static void
absence_from_what_was_not_read_proves_nothing(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	capture_at(&rig->earlier, 1500, 7);
	rig->earlier.group.topic_count = 0;
	rig->earlier.hole = (struct hole){ .kind = HOLE_POSITION,
		.has_group = true,
		.has_topic = true,
		.group = bytes_of("g"),
		.topic = bytes_of("t") };
	rig->earlier.snapshot.holes = &rig->earlier.hole;
	rig->earlier.snapshot.hole_count = 1;
	take(rig);
	assert_int_equal(rig->bounds.open_count, 1);
	/* The whole group. */
	rig->earlier.snapshot.group_count = 0;
	rig->earlier.hole.kind = HOLE_GROUP;
	rig->earlier.hole.has_topic = false;
	take(rig);
	assert_int_equal(rig->bounds.open_count, 1);
	/* What a rescue found is of another time. */
	rig->earlier.snapshot.hole_count = 0;
	rig->earlier.snapshot.info.source = SOURCE_RESCUE;
	take(rig);
	assert_int_equal(rig->bounds.open_count, 1);
	rig->earlier.snapshot.info.source = SOURCE_API;
	take(rig);
	assert_int_equal(rig->bounds.open_count, 0);
}

static void
an_empty_classic_group_is_bounded_by_its_states(void **state)
{
	struct rig *rig = *state;

	rig->newest.group.protocol_type = "consumer";
	begin(rig);
	capture_at(&rig->earlier, 1800, 7);
	rig->earlier.group.state = "unknown";
	take(rig);
	assert_lost(rig, LIFETIME_EMPTY, NOW, NOW - 5 + KEPT);
	rig->earlier.group.state = "Empty";
	take(rig);
	assert_lost(rig, LIFETIME_EMPTY, NOW, 1805 + KEPT);
	capture_at(&rig->earlier, 1500, 7);
	rig->earlier.group.state = "Stable";
	take(rig);
	assert_lost(rig, LIFETIME_EMPTY, 1500 + KEPT, 1805 + KEPT);
	/* Its positions are older, which does not matter. */
	capture_at(&rig->earlier, 1100, 6);
	take(rig);
	assert_int_equal(rig->bounds.open_count, 0);
	assert_lost(rig, LIFETIME_EMPTY, 1500 + KEPT, 1805 + KEPT);
}

static void
what_has_outlived_its_bound_was_committed_again(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	capture_at(&rig->earlier, 900, 7);
	take(rig);
	capture_at(&rig->earlier, 800, 6);
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, NOW, NOW + KEPT);
}

static void
a_capture_that_knows_the_time_takes_the_place_of_both_ends(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	capture_at(&rig->earlier, 1800, 7);
	rig->earlier.position.commit_ms = 1700;
	take(rig);
	assert_lost(rig, LIFETIME_COMMIT, 1700 + KEPT, 1700 + KEPT);
	assert_int_equal(rig->bounds.open_count, 0);
	lifebounds_release(&rig->bounds);

	rig->newest.group.protocol_type = "consumer";
	begin(rig);
	rig->earlier.group.state_ms = 1600;
	take(rig);
	assert_lost(rig, LIFETIME_EMPTY, 1600 + KEPT, 1600 + KEPT);
}

/* The pin may have been replaced by the same number without one: it is only
 * what an ordinary commit could not outlive that always holds. */
static void
an_expiry_of_an_earlier_capture_may_be_gone(void **state)
{
	struct rig *rig = *state;

	begin(rig);
	capture_at(&rig->earlier, 1700, 7);
	rig->earlier.position.commit_ms = 1600;
	rig->earlier.position.expire_ms = NOW + 50000;
	take(rig);
	assert_int_equal(rig->bounds.open_count, 0);
	assert_lost(rig, LIFETIME_EXPLICIT, 1600 + KEPT, NOW + 50000);
	lifebounds_release(&rig->bounds);

	/* One that is sooner is the sooner bound. */
	begin(rig);
	rig->earlier.position.expire_ms = 2100;
	take(rig);
	assert_lost(rig, LIFETIME_EXPLICIT, 2100, 2100);
	lifebounds_release(&rig->bounds);

	/* Of the newest itself it is sure. */
	rig->newest.position.commit_ms = 1600;
	rig->newest.position.expire_ms = NOW + 50000;
	begin(rig);
	assert_lost(rig, LIFETIME_EXPLICIT, NOW + 50000, NOW + 50000);
}

static void
what_is_held_by_members_has_the_same_doubt(void **state)
{
	struct rig *rig = *state;

	rig->newest.group.type = GROUP_CONSUMER;
	rig->newest.group.protocol_type = "consumer";
	rig->newest.group.state = "Stable";
	begin(rig);
	capture_at(&rig->earlier, 1700, 7);
	rig->earlier.position.commit_ms = 1600;
	rig->earlier.position.expire_ms = NOW + 50000;
	take(rig);
	assert_lost(rig, LIFETIME_HELD, 1600 + KEPT, NOW + 50000);
}

static void
who_is_in_a_group_decides_and_may_not_be_told(void **state)
{
	struct rig *rig = *state;

	rig->newest.group.type = GROUP_CONSUMER;
	rig->newest.group.protocol_type = "consumer";
	rig->newest.group.state = "Stable";
	begin(rig);
	capture_at(&rig->earlier, 800, 6);
	take(rig);
	assert_lost(rig, LIFETIME_HELD, 800 + KEPT, NOW - 5 + KEPT);
	rig->newest.group.state = "unknown";
	assert_lost(rig, LIFETIME_UNKNOWN, -1, LIFETIME_NEVER);
	rig->newest.group.state = "Stable";
	rig->newest.group.type = GROUP_CLASSIC;
	assert_lost(rig, LIFETIME_MEMBERS, -1, LIFETIME_NEVER);
}

static void
the_earliest_end_decides_what_is_within_the_time(void **state)
{
	struct rig *rig = *state;
	struct expiring_query query = { rig->selector, KEPT, NOW, 499 };
	struct expiring expiring = { 0 };

	begin(rig);
	capture_at(&rig->earlier, 1500, 6);
	take(rig);
	expiring_of_bounds(&rig->bounds, &query, &expiring);
	assert_int_equal(expiring.count, 1);
	assert_int_equal(expiring.within_count, 0);
	expiring_release(&expiring);
	query.within_ms = 500;
	expiring_of_bounds(&rig->bounds, &query, &expiring);
	assert_int_equal(expiring.within_count, 1);
	assert_int_equal(expiring.within_group_count, 1);
	assert_true(expiring.positions[0].is_within);
	expiring_release(&expiring);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(between_the_last_other_number_and_the_first_of_these),
		CASE(the_same_number_with_other_metadata_is_another_commit),
		CASE(no_group_or_no_position_is_another_number),
		CASE(absence_from_what_was_not_read_proves_nothing),
		CASE(an_empty_classic_group_is_bounded_by_its_states),
		CASE(what_has_outlived_its_bound_was_committed_again),
		CASE(
		    a_capture_that_knows_the_time_takes_the_place_of_both_ends),
		CASE(an_expiry_of_an_earlier_capture_may_be_gone),
		CASE(what_is_held_by_members_has_the_same_doubt),
		CASE(who_is_in_a_group_decides_and_may_not_be_told),
		CASE(the_earliest_end_decides_what_is_within_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
