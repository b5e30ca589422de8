/*
 * test_resolve.c - which snapshots of a repository are opened for a time, and
 * when the walk stops.  The repository is a list in memory that counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "restore/resolve.h"
#include "storage/repo.h"
#include "tests/unit/restore/fakecluster.h"
#include "tests/unit/restore/snapgen.h"

#define STORED_MAX 200

/* What a snapshot of the test repository holds: group "g" (or another) at one
 * offset of t-0, or nothing. */
struct stored {
	struct snapshot_key key;
	const char *group; /* NULL: it lacks every group */
	int64_t offset;
	const char *selected; /* a pattern, NULL: everything */
	enum hole_kind hole;
	const char *hole_group; /* NULL with has_hole: nameless */
	bool has_hole;
	bool last_known; /* of no one time */
};

struct repo {
	struct stored stored[STORED_MAX];
	size_t count;
	size_t opened;
};

/* --- the repository ---------------------------------------------------- */

void
repo_cluster(const char *cluster_id, char out[REPO_CLUSTER_MAX])
{
	(void)snprintf(out, REPO_CLUSTER_MAX, "%s", cluster_id);
}

const char *
repo_name(const struct repo *repo)
{
	(void)repo;
	return "memory";
}

int
repo_list(struct repo *repo, const struct repo_query *query,
    struct snapshot_keys *out, struct err *err)
{
	(void)query;
	(void)err;
	out->keys = xcalloc(repo->count, sizeof(*out->keys));
	out->count = repo->count;
	for (size_t i = 0; i < repo->count; i++)
		out->keys[i] = repo->stored[i].key;
	return 0;
}

void
snapshot_keys_release(struct snapshot_keys *keys)
{
	free(keys->keys);
}

int
repo_walk_before(struct repo *repo, const char *cluster, int64_t at_ms,
    const struct repo_walker *walker, struct err *err)
{
	(void)cluster;
	for (size_t i = repo->count; i > 0; i--) {
		const struct snapshot_key *key = &repo->stored[i - 1].key;
		int result;

		if (key->from_ms > at_ms)
			continue;
		result = walker->visit(key, walker->context, err);
		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	return 0;
}

int
repo_walk_after(struct repo *repo, const char *cluster, int64_t at_ms,
    const struct repo_walker *walker, struct err *err)
{
	(void)cluster;
	for (size_t i = 0; i < repo->count; i++) {
		const struct snapshot_key *key = &repo->stored[i].key;
		int result;

		if (key->from_ms <= at_ms)
			continue;
		result = walker->visit(key, walker->context, err);
		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	return 0;
}

int
repo_load(struct repo *repo, const struct snapshot_key *key,
    struct snapshot *out, struct err *err)
{
	const struct stored *stored = repo->stored;

	(void)err;
	while (strcmp(stored->key.id, key->id) != 0)
		stored++;
	repo->opened++;
	snapgen_begin(out, key->id, key->from_ms, key->to_ms);
	if (stored->group != NULL)
		(void)snapgen_position(out,
		    snapgen_group(out, stored->group, key->to_ms - 10), "t", 0,
		    stored->offset);
	out->info.last_known = stored->last_known;
	if (stored->selected != NULL)
		snapgen_select(out, stored->selected, NULL);
	if (stored->has_hole)
		snapgen_hole(out, stored->hole, stored->hole_group, NULL, -1);
	snapgen_end(out);
	return 0;
}

int
repo_load_groups(struct repo *repo, const struct snapshot_key *key,
    const struct archive_wanted *wanted, struct snapshot *out, struct err *err)
{
	(void)wanted;
	return repo_load(repo, key, out, err);
}

/* --- a test's own ------------------------------------------------------ */

struct rig {
	struct repo repo;
	struct fake fake;
	struct selection wanted;
	const char *pattern[1];
	struct brackets brackets;
};

/* From from_ms on, for 100 ms; the group's read ends 10 ms before the end. */
static struct stored *
add(struct rig *rig, int64_t from_ms, const char *group, int64_t offset)
{
	struct stored *stored = &rig->repo.stored[rig->repo.count++];

	(void)snprintf(
	    stored->key.id, sizeof(stored->key.id), "%016zx", rig->repo.count);
	(void)snprintf(stored->key.selection_hash,
	    sizeof(stored->key.selection_hash), "00000000");
	stored->key.from_ms = from_ms;
	stored->key.to_ms = from_ms + 100;
	stored->key.complete = true;
	stored->group = group;
	stored->offset = offset;
	return stored;
}

static void
add_selected(struct rig *rig, int64_t from_ms, const char *pattern)
{
	struct stored *stored = add(rig, from_ms, NULL, 0);

	(void)snprintf(stored->key.selection_hash,
	    sizeof(stored->key.selection_hash), "%08x",
	    (unsigned int)pattern[0]);
	stored->selected = pattern;
}

static void
add_partial(struct rig *rig, int64_t from_ms, const char *hidden)
{
	struct stored *stored = add(rig, from_ms, NULL, 0);

	stored->key.complete = false;
	stored->has_hole = true;
	stored->hole = hidden == NULL ? HOLE_LEADERLESS : HOLE_GROUP;
	stored->hole_group = hidden;
}

/* What was rescued of each position last: of two selections. */
static void
add_mixture(struct rig *rig, int64_t from_ms, int64_t offset, bool of_all)
{
	struct stored *stored = add(rig, from_ms, "g", offset);

	stored->key.complete = false;
	(void)snprintf(stored->key.selection_hash,
	    sizeof(stored->key.selection_hash), "%s",
	    of_all ? "feedface" : "cafebabe");
	stored->last_known = true;
}

static int
setup(void **state)
{
	struct rig *rig = test_calloc(1, sizeof(*rig));

	fake_init(&rig->fake);
	rig->pattern[0] = "g";
	rig->wanted.groups = rig->pattern;
	rig->wanted.group_count = 1;
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	brackets_release(&rig->brackets);
	fake_release(&rig->fake);
	test_free(rig);
	return 0;
}

static struct resolve_request
request_of(struct rig *rig)
{
	const struct resolve_request request = {
		.repo = &rig->repo,
		.cluster_id = "here",
		.wanted = &rig->wanted,
		.env = &rig->fake.env,
	};

	return request;
}

static void
resolve(struct rig *rig, int64_t at_ms)
{
	const struct resolve_request request = request_of(rig);
	struct err err = { 0 };

	if (resolve_time(&request, at_ms, &rig->brackets, &err) != 0)
		fail_msg("resolve: %s", err.message);
}

static const struct bracket *
row_of(const struct rig *rig)
{
	const struct bracket_group *group =
	    brackets_find(&rig->brackets, bytes_of("g"));

	assert_non_null(group);
	assert_int_equal(group->row_count, 1);
	return &group->rows[0];
}

static void
one_snapshot_on_each_side_is_opened(void **state)
{
	struct rig *rig = *state;

	for (int64_t i = 0; i < 100; i++)
		(void)add(rig, 1000 * i, "g", i);
	resolve(rig, 50500);
	assert_int_equal(row_of(rig)->low.offset, 50);
	assert_int_equal(row_of(rig)->high.offset, 51);
	/* And the next one back, which may have read the group later. */
	assert_true(rig->repo.opened <= 3);
}

static void
time_inside_a_capture_is_after_its_read_only(void **state)
{
	struct rig *rig = *state;

	(void)add(rig, 1000, "g", 1);
	(void)add(rig, 2000, "g", 2);
	resolve(rig, 2089);
	assert_int_equal(row_of(rig)->low.offset, 1);
	assert_int_equal(row_of(rig)->high.offset, 2);
	brackets_release(&rig->brackets);
	resolve(rig, 2090);
	assert_int_equal(row_of(rig)->low.offset, 2);
	assert_int_equal(row_of(rig)->high.state, SAMPLE_UNKNOWN);
}

static void
before_the_first_snapshot_is_refused_with_the_range(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct err err = { 0 };

	(void)add(rig, 1000, "g", 1);
	(void)add(rig, 2000, "g", 2);
	assert_int_equal(resolve_time(&request, 500, &rig->brackets, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.message, "1970-01-01T00:00:01.100Z"));
	assert_non_null(strstr(err.message, "1970-01-01T00:00:02.100Z"));
}

static void
no_snapshot_at_all_is_refused(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct err err = { 0 };

	assert_int_equal(resolve_time(&request, 500, &rig->brackets, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.message, "no snapshot of cluster here"));
}

static void
group_absent_from_a_covering_snapshot_is_settled_there(void **state)
{
	struct rig *rig = *state;

	for (int64_t i = 0; i < 100; i++)
		(void)add(rig, 1000 * i, i < 50 ? "g" : "other", i);
	resolve(rig, 80000);
	assert_true(rig->repo.opened <= 3);
	assert_false(brackets_newest(rig->brackets.groups[0])->present);
}

static void
what_was_known_last_answers_for_no_time(void **state)
{
	struct rig *rig = *state;

	(void)add(rig, 1000, "g", 1);
	for (int64_t i = 0; i < 20; i++)
		add_mixture(rig, 1200 + i, 70, i % 2 == 0);
	/* It was running at the time. */
	add_mixture(rig, 1450, 71, true);
	for (int64_t i = 0; i < 20; i++)
		add_mixture(rig, 1600 + i, 72, i % 2 == 0);
	(void)add(rig, 2000, "g", 2);
	resolve(rig, 1500);
	assert_int_equal(row_of(rig)->low.offset, 1);
	assert_int_equal(row_of(rig)->high.offset, 2);
	/* Once of each selection it is found out. */
	assert_true(rig->repo.opened <= 4);
}

static void
what_was_known_last_alone_is_before_the_first_snapshot(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct err err = { 0 };

	add_mixture(rig, 1000, 70, true);
	assert_int_equal(
	    resolve_time(&request, 1500, &rig->brackets, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.message, "no snapshot"));
}

static void
what_was_known_last_is_not_the_newest(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct snapshot newest = { 0 };
	struct err err = { 0 };

	(void)add(rig, 1000, "g", 1);
	add_mixture(rig, 2000, 70, true);
	assert_int_equal(resolve_newest(&request, 5000, &newest, &err), 0);
	assert_int_equal(newest.info.from_ms, 1000);
	snapshot_release(&newest);
}

static void
selections_known_to_lack_the_group_are_not_opened_again(void **state)
{
	struct rig *rig = *state;

	(void)add(rig, 0, "g", 7);
	for (int64_t i = 1; i < 100; i++)
		add_selected(rig, 1000 * i, i % 2 == 0 ? "a*" : "b*");
	resolve(rig, 99500);
	assert_int_equal(row_of(rig)->low.offset, 7);
	assert_true(rig->repo.opened <= 4);
}

static void
snapshots_that_cannot_tell_end_the_walk_after_a_while(void **state)
{
	struct rig *rig = *state;

	(void)add(rig, 0, "g", 7);
	for (int64_t i = 1; i < STORED_MAX; i++)
		add_partial(rig, 1000 * i, "g");
	resolve(rig, INT64_C(1000) * STORED_MAX);
	assert_int_equal(rig->repo.opened, RESOLVE_BARREN_MAX);
	assert_null(brackets_newest(rig->brackets.groups[0]));
}

static void
open_question_of_names_alone_ends_the_walk_sooner(void **state)
{
	struct rig *rig = *state;
	static const char *any[] = { "*" };

	rig->wanted.groups = any;
	for (int64_t i = 0; i < 100; i++)
		add_partial(rig, 1000 * i, NULL);
	rig->repo.stored[99].group = "g";
	resolve(rig, 100000);
	assert_false(rig->brackets.names_settled);
	assert_true(rig->repo.opened <= RESOLVE_NAMES_MAX + 2);
}

static void
latest_is_the_newest_complete_one_that_covers_the_groups(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };

	(void)add(rig, 1000, "g", 1);
	(void)add(rig, 2000, "g", 2);
	add_selected(rig, 3000, "a*");
	add_partial(rig, 4000, "other");
	assert_int_equal(resolve_latest(&request, &snapshot, &err), 0);
	assert_int_equal(snapshot.info.from_ms, 2000);
	snapshot_release(&snapshot);
}

static void
latest_of_none_that_covers_the_groups_is_refused(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };

	add_selected(rig, 3000, "a*");
	add_partial(rig, 4000, "g");
	assert_int_equal(resolve_latest(&request, &snapshot, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
}

static void
text_after_at_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(resolve_meaning_of("latest"), RESOLVE_IS_LATEST);
	assert_int_equal(resolve_meaning_of("./latest"), RESOLVE_IS_PATH);
	assert_int_equal(resolve_meaning_of("a.tar.zst"), RESOLVE_IS_PATH);
	assert_int_equal(resolve_meaning_of("1764079500123"), RESOLVE_IS_TIME);
	assert_int_equal(resolve_meaning_of("1764079500"), RESOLVE_IS_TIME);
	assert_int_equal(resolve_meaning_of("12345678"), RESOLVE_IS_ID);
	assert_int_equal(resolve_meaning_of("0123456789012345"), RESOLVE_IS_ID);
	assert_int_equal(resolve_meaning_of("BEEF"), RESOLVE_IS_ID);
	assert_int_equal(resolve_meaning_of("bee"), RESOLVE_IS_TIME);
	assert_int_equal(resolve_meaning_of("now-2h"), RESOLVE_IS_TIME);
	assert_int_equal(
	    resolve_meaning_of("2026-11-25T14:05:00Z"), RESOLVE_IS_TIME);
}

#define RESOLVE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RESOLVE_TEST(one_snapshot_on_each_side_is_opened),
		RESOLVE_TEST(time_inside_a_capture_is_after_its_read_only),
		RESOLVE_TEST(
		    before_the_first_snapshot_is_refused_with_the_range),
		RESOLVE_TEST(no_snapshot_at_all_is_refused),
		RESOLVE_TEST(
		    group_absent_from_a_covering_snapshot_is_settled_there),
		RESOLVE_TEST(
		    selections_known_to_lack_the_group_are_not_opened_again),
		RESOLVE_TEST(what_was_known_last_answers_for_no_time),
		RESOLVE_TEST(
		    what_was_known_last_alone_is_before_the_first_snapshot),
		RESOLVE_TEST(what_was_known_last_is_not_the_newest),
		RESOLVE_TEST(
		    snapshots_that_cannot_tell_end_the_walk_after_a_while),
		RESOLVE_TEST(open_question_of_names_alone_ends_the_walk_sooner),
		RESOLVE_TEST(
		    latest_is_the_newest_complete_one_that_covers_the_groups),
		RESOLVE_TEST(latest_of_none_that_covers_the_groups_is_refused),
		cmocka_unit_test(text_after_at_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
