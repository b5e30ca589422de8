/*
 * One capture after the other: from which source, and how far apart.  What the
 * brokers answer (200) differs from what the records say (100) where a test
 * says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "snapshot/sampler.h"
#include "tests/unit/snapshot/liarlog.h"

static const char *const names[] = { "alpha", "beta", "gamma", "delta",
	"epsilon", "zeta", "eta", "theta" };
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

struct rig {
	struct liar *liar;
	struct sampler_options options;
	struct sampler *sampler;
	struct sampler_report report;
	struct snapshot *snapshot; /* the sampler's */
	struct err err;
	bool is_away;
	bool is_open; /* the sampler has the cluster */
};

static int
open_cluster(void *context, struct cluster **out, struct cluster_view *view,
    struct err *err)
{
	struct rig *rig = context;

	if (rig->is_away)
		return err_set(err, ERR_UNAVAILABLE, "nobody answers");
	if (cluster_describe(&rig->liar->base, 1000, view, err) != 0)
		return -1;
	*out = &rig->liar->base;
	rig->is_open = true;
	return 0;
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));
	struct liar *liar = xcalloc(1, sizeof(*liar));
	size_t i;

	rig->liar = liar;
	liar_init(liar);
	for (i = 0; i < NAME_COUNT; i++)
		liar_add_group(liar, names[i], 100);
	liar_write_all(liar);
	rig->options = (struct sampler_options){
		.capture = { .timeout_ms = CAPTURE_TIMEOUT_MS,
		    .window = CAPTURE_WINDOW,
		    .writer = "tidemark test",
		    .reason = "" },
		.group_rate = 200,
		.env = &liar->env,
		.log = &liar->log,
		.open_cluster = open_cluster,
		.context = rig,
	};
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	sampler_report_release(&rig->report);
	sampler_free(rig->sampler);
	if (!rig->is_open)
		cluster_free(&rig->liar->base);
	assert_int_equal(rig->liar->open_readers, 0);
	free(rig->liar);
	free(rig);
	return 0;
}

static void
begin(struct rig *rig, enum sampler_wish wish)
{
	struct sampler_identity identity;

	rig->options.wish = wish;
	rig->sampler = sampler_new(&rig->options);
	if (sampler_prepare(rig->sampler, &identity, &rig->err) != 0)
		fail_msg("%s", rig->err.message);
	assert_string_equal(identity.cluster_id, "liars");
}

static int
run(struct rig *rig, bool chooses)
{
	sampler_report_release(&rig->report);
	memset(&rig->err, 0, sizeof(rig->err));
	return sampler_run(
	    rig->sampler, chooses, &rig->snapshot, &rig->report, &rig->err);
}

static void
capture(struct rig *rig, bool chooses)
{
	if (run(rig, chooses) != 0)
		fail_msg("%s", rig->err.message);
}

static int64_t
offset(const struct rig *rig, const char *name)
{
	const struct group *group =
	    model_find_group(rig->snapshot, bytes_of(name));
	const struct position *position = group == NULL
	    ? NULL
	    : group_find_position(group, bytes_of("orders"), 0);

	return position == NULL ? -1 : position->offset;
}

static size_t
group_requests(const struct rig *rig)
{
	return rig->liar->calls[LIAR_FETCH_STABLE] +
	    rig->liar->calls[LIAR_LIST_GROUPS] +
	    rig->liar->calls[LIAR_LIST_ALL] + rig->liar->calls[LIAR_MEMBERS];
}

/* --- following ---------------------------------------------------------- */

static void
a_follower_asks_the_coordinators_nothing(void **state)
{
	struct rig *rig = *state;

	begin(rig, SAMPLER_FOLLOW);
	capture(rig, true);
	liar_write_commit(rig->liar, "alpha", 101);
	capture(rig, false);
	capture(rig, true);
	assert_true(rig->snapshot->info.complete);
	assert_int_equal(rig->snapshot->info.source, SOURCE_TOPIC);
	assert_int_equal(offset(rig, "alpha"), 101);
	assert_int_equal(group_requests(rig), 0);
	assert_false(rig->report.check.was_made);
	assert_string_equal(sampler_source(rig->sampler), "follow");
	assert_int_equal(sampler_interval_ms(rig->sampler), 10000);
}

static void
contract_1_what_is_gone_since_the_last_capture_is_named(void **state)
{
	struct rig *rig = *state;
	char id[ENV_ID_MAX] = "0123456789abcdef";

	begin(rig, SAMPLER_FOLLOW);
	capture(rig, true);
	memcpy(rig->snapshot->info.id, id, sizeof(id));
	liar_write_removal(rig->liar, "alpha");
	capture(rig, false);
	assert_int_equal(rig->snapshot->gone_count, 1);
	assert_string_equal(rig->snapshot->info.previous, id);
}

static void
auto_follows_and_asks_the_coordinators_when_it_chooses(void **state)
{
	struct rig *rig = *state;
	size_t requests;

	begin(rig, SAMPLER_AUTO);
	capture(rig, true);
	assert_true(rig->report.check.was_made);
	assert_int_equal(rig->report.check.agreed_count, NAME_COUNT);
	assert_int_equal(rig->report.check.differing_count, 0);
	assert_true(rig->snapshot->info.complete);
	assert_int_equal(rig->snapshot->info.source, SOURCE_TOPIC);
	assert_int_equal(rig->snapshot->info.compare.agreed_count, 0);
	requests = group_requests(rig);
	assert_true(requests >= NAME_COUNT);
	capture(rig, false);
	assert_int_equal(group_requests(rig), requests);
	assert_false(rig->report.check.was_made);
	capture(rig, true);
	assert_true(group_requests(rig) > requests);
}

/* As if a record had been lost on its way. */
static void
contract_1_what_differs_from_the_coordinators_is_scanned_anew(void **state)
{
	struct rig *rig = *state;
	size_t records;

	begin(rig, SAMPLER_AUTO);
	capture(rig, true);
	records = rig->snapshot->info.scan.record_count;
	capture(rig, false);
	assert_int_equal(rig->snapshot->info.scan.record_count, records);
	liar_write_commit(rig->liar, "alpha", 101);
	liar_group(rig->liar, "alpha")->positions[0].offset = 200;
	capture(rig, true);
	assert_true(rig->report.check.was_made);
	assert_int_equal(rig->report.check.differing_count, 1);
	assert_non_null(strstr(rig->liar->said, "group 'alpha'"));
	assert_int_equal(offset(rig, "alpha"), 101);
	assert_int_equal(rig->snapshot->info.source, SOURCE_TOPIC);
	assert_true(rig->snapshot->info.complete);
}

static void
a_check_that_cannot_be_made_costs_no_capture(void **state)
{
	struct rig *rig = *state;

	begin(rig, SAMPLER_AUTO);
	liar_group(rig->liar, "alpha")->error =
	    KAFKA_GROUP_AUTHORIZATION_FAILED;
	capture(rig, true);
	assert_true(rig->snapshot->info.complete);
	assert_int_equal(rig->snapshot->info.source, SOURCE_TOPIC);
	assert_int_equal(offset(rig, "alpha"), 100);
}

static void
without_describe_on_the_cluster_nothing_is_checked(void **state)
{
	struct rig *rig = *state;

	rig->liar->may_describe = false;
	begin(rig, SAMPLER_AUTO);
	capture(rig, true);
	assert_false(rig->report.check.was_made);
	assert_string_equal(sampler_source(rig->sampler), "follow");
}

/* --- polling ------------------------------------------------------------ */

static void
auto_polls_where_the_topic_may_not_be_read(void **state)
{
	struct rig *rig = *state;

	rig->liar->may_read = false;
	begin(rig, SAMPLER_AUTO);
	capture(rig, true);
	assert_string_equal(sampler_source(rig->sampler), "poll");
	assert_non_null(strstr(sampler_reason(rig->sampler), "READ"));
	assert_int_equal(rig->snapshot->info.source, SOURCE_API);
	assert_int_equal(sampler_interval_ms(rig->sampler), 60000);

	/* The right is given. */
	rig->liar->may_read = true;
	capture(rig, false);
	assert_string_equal(sampler_source(rig->sampler), "poll");
	capture(rig, true);
	assert_string_equal(sampler_source(rig->sampler), "follow");
}

static void
following_what_may_not_be_read_is_refused(void **state)
{
	struct rig *rig = *state;
	struct sampler_identity identity;

	rig->liar->may_read = false;
	rig->options.wish = SAMPLER_FOLLOW;
	rig->sampler = sampler_new(&rig->options);
	assert_int_equal(
	    sampler_prepare(rig->sampler, &identity, &rig->err), -1);
	assert_int_equal(rig->err.kind, ERR_DENIED);
}

static void
polling_takes_the_interval_that_the_rate_allows(void **state)
{
	struct rig *rig = *state;

	rig->options.group_rate = 2;
	rig->options.interval_ms = 1000;
	begin(rig, SAMPLER_POLL);
	capture(rig, true);
	assert_true(rig->snapshot->info.complete);
	assert_true(sampler_interval_ms(rig->sampler) >=
	    (int64_t)NAME_COUNT * 1000 / 2);
}

/* --- trouble ------------------------------------------------------------ */

static void
a_cluster_that_is_away_is_found_later(void **state)
{
	struct rig *rig = *state;

	rig->is_away = true;
	rig->options.wish = SAMPLER_FOLLOW;
	rig->sampler = sampler_new(&rig->options);
	assert_int_equal(run(rig, true), -1);
	assert_int_equal(rig->err.kind, ERR_UNAVAILABLE);
	rig->is_away = false;
	capture(rig, true);
	assert_true(rig->snapshot->info.complete);
}

static void
another_cluster_at_the_same_address_is_not_taken(void **state)
{
	struct rig *rig = *state;

	begin(rig, SAMPLER_FOLLOW);
	capture(rig, true);
	rig->liar->cluster_id = "others";
	assert_int_equal(run(rig, false), -1);
	assert_int_equal(rig->err.kind, ERR_CHANGED);
}

/* The first capture may have much to read; a later one has its interval, and
 * what a broker needs to be found dead. */
static void
a_broker_that_hangs_holds_up_a_later_capture_no_longer(void **state)
{
	struct rig *rig = *state;
	int64_t begin_ms;

	begin(rig, SAMPLER_FOLLOW);
	rig->options.interval_ms = 1000;
	capture(rig, true);
	rig->liar->brokers[2].hung = true;
	begin_ms = rig->liar->now_ms;
	capture(rig, false);
	assert_false(rig->snapshot->info.complete);
	assert_true(rig->liar->now_ms - begin_ms <= 15000);
}

/* --- the time index ----------------------------------------------------- */

static void
the_index_is_made_once_for_each_step(void **state)
{
	struct rig *rig = *state;

	rig->options.capture.index_points = 8;
	rig->options.capture.index_step_ms = 60000;
	begin(rig, SAMPLER_FOLLOW);
	capture(rig, true);
	assert_int_equal(rig->snapshot->info.index_points, 8);
	rig->liar->now_ms += 30000;
	capture(rig, false);
	assert_int_equal(rig->snapshot->info.index_points, 0);
	rig->liar->now_ms += 30000;
	capture(rig, false);
	assert_int_equal(rig->snapshot->info.index_points, 8);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_follower_asks_the_coordinators_nothing),
		TEST(contract_1_what_is_gone_since_the_last_capture_is_named),
		TEST(auto_follows_and_asks_the_coordinators_when_it_chooses),
		TEST(
		    contract_1_what_differs_from_the_coordinators_is_scanned_anew),
		TEST(a_check_that_cannot_be_made_costs_no_capture),
		TEST(without_describe_on_the_cluster_nothing_is_checked),
		TEST(auto_polls_where_the_topic_may_not_be_read),
		TEST(following_what_may_not_be_read_is_refused),
		TEST(polling_takes_the_interval_that_the_rate_allows),
		TEST(a_cluster_that_is_away_is_found_later),
		TEST(another_cluster_at_the_same_address_is_not_taken),
		TEST(a_broker_that_hangs_holds_up_a_later_capture_no_longer),
		TEST(the_index_is_made_once_for_each_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
