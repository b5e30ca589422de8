/*
 * test_resolve.c - which snapshots of a repository are opened for a time, and
 * when the walk stops.  The repository is a list in memory that counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "formats/archive_piece.h"
#include "restore/captures.h"
#include "restore/resolve.h"
#include "storage/repo.h"
#include "tests/unit/restore/fakecluster.h"
#include "tests/unit/restore/snapgen.h"

#define STORED_MAX 200
#define CAPTURES_MAX 400

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
	/* Of a window: all its captures; then what is above is not used. */
	struct held {
		struct capture_time time;
		const char *group;
		int64_t offset;
		const char *hidden; /* "" nameless, NULL: no hole */
	} * captures;
	size_t count;
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

struct repo_object {
	struct repo *repo;
	const struct stored *stored;
};

struct repo_object *
repo_object_new(struct repo *repo, const struct snapshot_key *key)
{
	struct repo_object *object = xcalloc(1, sizeof(*object));

	object->repo = repo;
	object->stored = repo->stored;
	while (strcmp(object->stored->key.id, key->id) != 0)
		object->stored++;
	return object;
}

void
repo_object_free(struct repo_object *object)
{
	free(object);
}

const struct snapshot_key *
repo_object_key(const struct repo_object *object)
{
	return &object->stored->key;
}

static void
load_single(const struct stored *stored, struct snapshot *out)
{
	const struct snapshot_key *key = &stored->key;

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
}

static void
load_held(const struct stored *stored, size_t number, struct snapshot *out)
{
	const struct held *held = &stored->captures[number];
	const int64_t end_ms = held->time.end_ms;
	struct snapshot_window *window = &out->info.window;

	snapgen_begin(out, stored->key.id, held->time.start_ms, end_ms);
	if (held->group != NULL)
		(void)snapgen_position(out,
		    snapgen_group(out, held->group, end_ms), "t", 0,
		    held->offset);
	if (held->hidden != NULL && held->hidden[0] == '\0')
		snapgen_hole(out, HOLE_LEADERLESS, NULL, NULL, -1);
	else if (held->hidden != NULL)
		snapgen_hole(out, HOLE_GROUP, held->hidden, NULL, -1);
	snapgen_end(out);
	*window = (struct snapshot_window){ .count = stored->count,
		.from_ms = stored->key.from_ms,
		.to_ms = stored->key.to_ms,
		.complete = stored->key.complete };
	window->captures =
	    arena_alloc(&out->arena, stored->count, sizeof(*window->captures));
	for (size_t i = 0; i < stored->count; i++)
		window->captures[i] = stored->captures[i].time;
	window_select(&out->info, number);
}

static void
list_captures(const struct stored *stored, struct capture_time *out)
{
	for (size_t i = 0; i < stored->count; i++)
		out[i] = stored->captures[i].time;
}

int
repo_object_load(struct repo_object *object,
    const struct capture_choice *choice, struct snapshot *out, struct err *err)
{
	const struct stored *stored = object->stored;
	struct capture_time captures[CAPTURES_MAX];
	struct snapshot_window window = { .captures = captures };
	size_t number;

	captures[0] =
	    (struct capture_time){ stored->key.from_ms, stored->key.to_ms, 0 };
	window.count = stored->count == 0 ? 1 : stored->count;
	list_captures(stored, captures);
	if (window_choose(&window, choice, &number, err) != 0)
		return -1;
	object->repo->opened++;
	if (stored->count == 0)
		load_single(stored, out);
	else
		load_held(stored, number, out);
	return 0;
}

int
repo_object_load_groups(struct repo_object *object,
    const struct archive_wanted *wanted, struct snapshot *out, struct err *err)
{
	return repo_object_load(object, &wanted->capture, out, err);
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

/* A window of so many captures of 100 ms, one each second; the group is at the
 * number of the capture. */
static struct stored *
add_window(struct rig *rig, int64_t from_ms, size_t count)
{
	struct stored *stored = add(rig, from_ms, NULL, 0);

	assert_in_range(count, 1, CAPTURES_MAX);
	stored->captures = xcalloc(count, sizeof(*stored->captures));
	stored->count = count;
	stored->key.to_ms = from_ms + (int64_t)(count - 1) * 1000 + 100;
	for (size_t i = 0; i < count; i++) {
		const int64_t start_ms = from_ms + (int64_t)i * 1000;

		stored->captures[i] = (struct held){
			.time = { start_ms, start_ms + 100, 0 },
			.group = "g",
			.offset = (int64_t)i,
		};
	}
	return stored;
}

/* Of these captures the group is hidden, by name or ("") without. */
static void
hide(struct stored *window, size_t first, size_t end, const char *hidden)
{
	for (size_t i = first; i < end; i++) {
		window->captures[i].group = NULL;
		window->captures[i].hidden = hidden;
		window->captures[i].time.hole_count = 1;
	}
	window->key.complete =
	    window->captures[window->count - 1].hidden == NULL;
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
	for (size_t i = 0; i < rig->repo.count; i++)
		free(rig->repo.stored[i].captures);
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
	assert_int_equal(resolve_latest(&request, NULL, &snapshot, &err), 0);
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
	assert_int_equal(resolve_latest(&request, NULL, &snapshot, &err), -1);
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
	assert_int_equal(resolve_meaning_of("latest@now"), RESOLVE_IS_LATEST);
	assert_int_equal(resolve_meaning_of("beef@now-2h"), RESOLVE_IS_ID);
	assert_int_equal(
	    resolve_meaning_of("a.tar.zst@1764079500123"), RESOLVE_IS_PATH);
	assert_int_equal(resolve_meaning_of("bee@now"), RESOLVE_IS_TIME);
}

static void
time_behind_a_snapshot_is_no_part_of_a_path(void **state)
{
	(void)state;
	assert_string_equal(resolve_time_of("latest@now"), "@now");
	assert_string_equal(resolve_time_of("/a@b/c.tar.zst@now"), "@now");
	assert_null(resolve_time_of("beef"));
	assert_null(resolve_time_of("./me@home/window"));
	assert_null(resolve_time_of("me@home.tar.zst"));
}

#define RESOLVE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- windows ------------------------------------------------------------ */

static void
expect_row(struct rig *rig, int64_t at_ms, int64_t low, int64_t high)
{
	const struct bracket *row;

	resolve(rig, at_ms);
	row = row_of(rig);
	assert_int_equal(row->low.state, SAMPLE_PRESENT);
	assert_int_equal(row->low.offset, low);
	if (high < 0) {
		assert_int_equal(row->high.state, SAMPLE_UNKNOWN);
	} else {
		assert_int_equal(row->high.state, SAMPLE_PRESENT);
		assert_int_equal(row->high.offset, high);
	}
	brackets_release(&rig->brackets);
}

static void
a_time_in_a_window_is_between_two_of_its_captures(void **state)
{
	struct rig *rig = *state;

	(void)add_window(rig, 100000, 300);
	expect_row(rig, 250500, 150, 151);
	assert_int_equal(rig->repo.opened, 2);
	/* Inside of a capture, and at its end. */
	expect_row(rig, 250050, 149, 150);
	expect_row(rig, 250100, 150, 151);
	expect_row(rig, 100100, 0, 1);
	expect_row(rig, 399100, 299, -1);
	expect_row(rig, 999999, 299, -1);
}

static void
a_time_between_two_windows_is_told_by_the_ends_of_both(void **state)
{
	struct rig *rig = *state;

	(void)add_window(rig, 100000, 300);
	(void)add_window(rig, 500000, 300);
	expect_row(rig, 450000, 299, 0);
	assert_int_equal(rig->repo.opened, 2);
	/* In the first capture of the second. */
	expect_row(rig, 500050, 299, 0);
}

static void
before_the_first_capture_of_all_is_refused(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct err err = { 0 };

	(void)add_window(rig, 100000, 300);
	assert_int_equal(
	    resolve_time(&request, 100050, &rig->brackets, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.message, "before the first"));
	assert_non_null(strstr(err.hint, "--at 1970-01-01T00:01:40.100Z"));
}

static void
a_hole_of_some_captures_widens_the_bracket_to_its_edges(void **state)
{
	static const struct {
		size_t first, end;
	} bouts[] = { { 150, 151 }, { 148, 153 }, { 90, 210 }, { 20, 299 },
		{ 1, 290 } };

	for (size_t i = 0; i < sizeof(bouts) / sizeof(*bouts); i++)
		for (int nameless = 0; nameless < 2; nameless++) {
			struct rig *rig;

			assert_int_equal(setup((void **)&rig), 0);
			hide(add_window(rig, 100000, 300), bouts[i].first,
			    bouts[i].end, nameless ? "" : "g");
			expect_row(rig, 250500, (int64_t)bouts[i].first - 1,
			    (int64_t)bouts[i].end);
			assert_in_range(rig->repo.opened, 3, 50);
			(void)teardown((void **)&rig);
		}
	(void)state;
}

static void
a_hole_to_the_edge_of_a_window_goes_on_in_the_next(void **state)
{
	struct rig *rig = *state;

	hide(add_window(rig, 100000, 300), 280, 300, "g");
	hide(add_window(rig, 500000, 300), 0, 30, "g");
	expect_row(rig, 450000, 279, 30);
	expect_row(rig, 510500, 279, 30);
	expect_row(rig, 395500, 279, 30);
}

/* It was there, and is not in captures that can tell. */
static void
a_group_that_went_away_in_a_window_is_absent(void **state)
{
	struct rig *rig = *state;
	struct stored *window = add_window(rig, 100000, 300);

	for (size_t i = 100; i < 300; i++)
		window->captures[i].group = NULL;
	resolve(rig, 250500);
	assert_false(brackets_newest(rig->brackets.groups[0])->present);
	assert_int_equal(rig->brackets.groups[0]->row_count, 0);
	brackets_release(&rig->brackets);
	expect_row(rig, 150500, 50, 51);
}

static void
a_partial_capture_does_not_leave_names_open_that_another_settles(void **state)
{
	struct rig *rig = *state;
	static const char *any[] = { "*" };

	rig->wanted.groups = any;
	for (int64_t i = 0; i < 3; i++) {
		struct stored *window =
		    add_window(rig, 100000 + i * 400000, 300);

		hide(window, 290, 300, "other");
		for (size_t j = 290; j < 300; j++)
			window->captures[j].group = "g";
	}
	resolve(rig, 1300000);
	assert_true(rig->brackets.names_settled);
	assert_int_equal(
	    brackets_find(&rig->brackets, bytes_of("g"))->rows[0].low.offset,
	    299);
	assert_in_range(rig->repo.opened, 2, 12);
}

/* Two agents: one window lies within the other. */
static void
overlapping_windows_answer_with_the_nearest_captures_of_both(void **state)
{
	struct rig *rig = *state;
	struct stored *second;

	(void)add_window(rig, 100000, 300);
	second = add_window(rig, 200500, 100);
	for (size_t i = 0; i < second->count; i++)
		second->captures[i].offset = 1000 + (int64_t)i;
	expect_row(rig, 250700, 1050, 151);
	expect_row(rig, 250300, 150, 1050);
}

/* A job that takes a moment now and then beside an agent: its snapshots began
 * later than the window, and ended earlier. */
static void
moments_taken_while_a_window_is_open_do_not_hide_it(void **state)
{
	struct rig *rig = *state;

	(void)add_window(rig, 100000, 300);
	(void)add(rig, 150300, "g", 1000);
	(void)add(rig, 200300, "g", 2000);
	(void)add(rig, 249300, "g", 3000);
	expect_row(rig, 250500, 150, 151);
	expect_row(rig, 249500, 3000, 150);
	expect_row(rig, 249350, 149, 3000);
}

static void
the_newest_by_a_time_is_a_complete_capture_in_a_window(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct snapshot newest = { 0 };
	struct err err = { 0 };

	hide(add_window(rig, 100000, 300), 140, 151, "");
	assert_int_equal(resolve_newest(&request, 250500, &newest, &err), 0);
	assert_int_equal(newest.info.from_ms, 239000);
	snapshot_release(&newest);
	assert_int_equal(resolve_newest(&request, 251100, &newest, &err), 0);
	assert_int_equal(newest.info.from_ms, 251000);
	snapshot_release(&newest);
	assert_int_equal(resolve_newest(&request, 999999, &newest, &err), 0);
	assert_int_equal(newest.info.from_ms, 399000);
	snapshot_release(&newest);
	assert_int_equal(resolve_newest(&request, 100050, &newest, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
}

static void
latest_as_of_a_time_is_a_capture_of_that_window(void **state)
{
	struct rig *rig = *state;
	const struct resolve_request request = request_of(rig);
	struct capture_choice choice = { .how = CAPTURE_BEFORE,
		.at_ms = 550050 };
	struct snapshot latest = { 0 };
	struct err err = { 0 };

	(void)add_window(rig, 100000, 300);
	hide(add_window(rig, 500000, 300), 40, 50, "");
	assert_int_equal(resolve_latest(&request, &choice, &latest, &err), 0);
	assert_int_equal(latest.info.from_ms, 549000);
	snapshot_release(&latest);
	assert_int_equal(resolve_latest(&request, NULL, &latest, &err), 0);
	assert_int_equal(latest.info.from_ms, 799000);
	snapshot_release(&latest);
	choice.at_ms = 399100;
	assert_int_equal(resolve_latest(&request, &choice, &latest, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, "from 1970-01-01T00:08:20.100Z"));
	assert_null(latest.groups);
}

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
		cmocka_unit_test(time_behind_a_snapshot_is_no_part_of_a_path),
		RESOLVE_TEST(latest_as_of_a_time_is_a_capture_of_that_window),
		RESOLVE_TEST(a_time_in_a_window_is_between_two_of_its_captures),
		RESOLVE_TEST(
		    a_time_between_two_windows_is_told_by_the_ends_of_both),
		RESOLVE_TEST(before_the_first_capture_of_all_is_refused),
		cmocka_unit_test(
		    a_hole_of_some_captures_widens_the_bracket_to_its_edges),
		RESOLVE_TEST(
		    a_hole_to_the_edge_of_a_window_goes_on_in_the_next),
		RESOLVE_TEST(a_group_that_went_away_in_a_window_is_absent),
		RESOLVE_TEST(
		    a_partial_capture_does_not_leave_names_open_that_another_settles),
		RESOLVE_TEST(
		    overlapping_windows_answer_with_the_nearest_captures_of_both),
		RESOLVE_TEST(
		    moments_taken_while_a_window_is_open_do_not_hide_it),
		RESOLVE_TEST(
		    the_newest_by_a_time_is_a_complete_capture_in_a_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
