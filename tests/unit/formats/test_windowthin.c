/*
 * A window that is thinned at any time, of a cluster in which everything comes,
 * goes and comes again: what is left is as it was when it was taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/modelorder.h"
#include "formats/windowbuild.h"
#include "tests/unit/formats/windowgen.h"

#define SEEDS 20
#define STEPS 40

/* The window, and what the captures in it were. */
struct story {
	struct windowgen *gen;
	struct windowbuild *window;
	struct snapshot *captures[STEPS];
	size_t count;
	uint64_t state;
};

static size_t
below(struct story *story, size_t limit)
{
	story->state =
	    story->state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (size_t)(story->state >> 33) % limit;
}

static void
drop(struct snapshot *snapshot)
{
	snapshot_release(snapshot);
	free(snapshot);
}

/* ----------------------------------------------------------------- expected */

static void
expect_position(const struct position *a, const struct position *b, bool last)
{
	assert_int_equal(a->partition, b->partition);
	assert_true(a->offset == b->offset);
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->metadata_size, b->metadata_size);
	assert_memory_equal(a->metadata, b->metadata, a->metadata_size);
	assert_int_equal(a->unstable, b->unstable);
	/* Those of earlier captures may be forgotten, but are never wrong. */
	if (last || b->commit_ms != -1)
		assert_true(a->commit_ms == b->commit_ms);
	if (last || b->expire_ms != -1)
		assert_true(a->expire_ms == b->expire_ms);
}

static void
expect_groups(const struct snapshot *a, const struct snapshot *b, bool last)
{
	assert_int_equal(a->group_count, b->group_count);
	for (size_t i = 0; i < a->group_count; i++) {
		const struct group *x = &a->groups[i];
		const struct group *y = &b->groups[i];

		assert_true(bytes_equal(x->name, y->name));
		assert_int_equal(x->type, y->type);
		assert_string_equal(x->state, y->state);
		assert_string_equal(x->protocol_type, y->protocol_type);
		assert_true(x->state_ms == y->state_ms);
		assert_int_equal(x->coordinator, y->coordinator);
		assert_int_equal(x->topic_count, y->topic_count);
		for (size_t j = 0; j < x->topic_count; j++) {
			const struct group_topic *to = &x->topics[j];

			assert_true(bytes_equal(to->topic, y->topics[j].topic));
			assert_int_equal(to->count, y->topics[j].count);
			for (size_t k = 0; k < to->count; k++)
				expect_position(&to->positions[k],
				    &y->topics[j].positions[k], last);
		}
	}
}

static void
expect_topics(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->topic_count, b->topic_count);
	for (size_t i = 0; i < a->topic_count; i++) {
		const struct topic *x = &a->topics[i];
		const struct topic *y = &b->topics[i];

		assert_true(bytes_equal(x->name, y->name));
		assert_int_equal(x->has_id, y->has_id);
		assert_memory_equal(x->id, y->id, sizeof(x->id));
		assert_int_equal(x->count, y->count);
		for (size_t j = 0; j < x->count; j++)
			assert_memory_equal(&x->partitions[j],
			    &y->partitions[j], sizeof(struct log_range));
	}
}

static void
expect_holes(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->info.complete, b->info.complete);
	assert_int_equal(a->hole_count, b->hole_count);
	for (size_t i = 0; i < a->hole_count; i++)
		assert_int_equal(
		    modelorder_hole(&a->holes[i], &b->holes[i]), 0);
}

static bool
has(const struct snapshot *snapshot, const struct gone *gone)
{
	const struct group *group = model_find_group(snapshot, gone->group);

	if (group == NULL || !gone->has_topic)
		return group != NULL;
	return group_find_position(group, gone->topic, gone->partition) != NULL;
}

static bool
names(const struct snapshot *snapshot, const struct gone *gone)
{
	for (size_t i = 0; i < snapshot->gone_count; i++) {
		const struct gone *one = &snapshot->gone[i];

		if (bytes_equal(one->group, gone->group) &&
		    one->has_topic == gone->has_topic &&
		    one->partition == gone->partition &&
		    bytes_equal(one->topic, gone->topic))
			return true;
	}
	return false;
}

/* What went from one capture to the next is named as gone until it is there
 * again, which ends the window. */
static void
expect_gone(struct snapshot *const *captures, size_t number,
    const struct snapshot *found)
{
	for (size_t i = 0; i < found->gone_count; i++)
		assert_false(has(found, &found->gone[i]));
	for (size_t i = 0; i <= number; i++)
		for (size_t j = 0; j < captures[i]->gone_count; j++)
			if (!has(found, &captures[i]->gone[j]))
				assert_true(
				    names(found, &captures[i]->gone[j]));
}

static void
expect_all(const struct story *story)
{
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct archive_report report;
	struct err err = { 0 };

	if (windowbuild_encode(story->window, &archive, &info, &err) != 0)
		fail_msg("%s", err.message);
	archive_verify(buf_bytes(&archive), &report);
	if (report.count > 0)
		fail_msg("%s: %s", report.findings[0].member,
		    report.findings[0].text);
	archive_report_release(&report);
	assert_int_equal(info.window.count, story->count);
	for (size_t i = 0; i < story->count; i++) {
		const struct capture_choice choice = { .how = CAPTURE_NUMBER,
			.number = i };
		const struct snapshot *taken = story->captures[i];
		const bool last = i + 1 == story->count;
		struct snapshot found;

		if (archive_decode_at(
			buf_bytes(&archive), &choice, &found, &err) != 0)
			fail_msg("capture %zu: %s", i, err.message);
		assert_true(taken->info.from_ms == found.info.from_ms);
		assert_true(taken->info.to_ms == found.info.to_ms);
		expect_groups(taken, &found, last);
		expect_topics(taken, &found);
		expect_holes(taken, &found);
		expect_gone(story->captures, i, &found);
		snapshot_release(&found);
	}
	buf_release(&archive);
}

/* -------------------------------------------------------------- the captures
 */

static void
add_gone(struct snapshot *out, const struct gone *gone)
{
	if (!has(out, gone))
		out->gone[out->gone_count++] = *gone;
}

/* As a capture tells what the one before it had: a group, or its positions. */
static void
compare(const struct snapshot *before, struct snapshot *out)
{
	out->gone = arena_alloc(&out->arena,
	    before->info.group_count + before->info.position_count,
	    sizeof(*out->gone));
	for (size_t i = 0; i < before->group_count; i++) {
		const struct group *group = &before->groups[i];
		struct gone gone = { .group =
					 arena_bytes(&out->arena, group->name),
			.partition = -1,
			.offset = -1 };

		add_gone(out, &gone);
		if (model_find_group(out, group->name) == NULL)
			continue;
		gone.has_topic = true;
		for (size_t j = 0; j < group->topic_count; j++) {
			const struct group_topic *topic = &group->topics[j];

			gone.topic = arena_bytes(&out->arena, topic->topic);
			for (size_t k = 0; k < topic->count; k++) {
				gone.partition = topic->positions[k].partition;
				gone.offset = topic->positions[k].offset;
				add_gone(out, &gone);
			}
		}
	}
}

static void
thin(struct story *story)
{
	const size_t from = below(story, story->count + 2);
	const size_t count = story->count;
	size_t left = 0;

	(void)windowbuild_thin(story->window, from, 0);
	for (size_t i = 0; i < count; i++) {
		if (count < 3 || i == 0 || i < from || (count - 1 - i) % 2 == 0)
			story->captures[left++] = story->captures[i];
		else
			drop(story->captures[i]);
	}
	story->count = left;
}

static void
close_window(struct story *story)
{
	expect_all(story);
	windowbuild_free(story->window);
	for (size_t i = 0; i < story->count; i++)
		drop(story->captures[i]);
	story->count = 0;
}

/* A capture that cannot be of the window begins another one. */
static void
step(struct story *story)
{
	struct snapshot *next = xcalloc(1, sizeof(*next));

	windowgen_step(story->gen, next);
	/* Else a hole hid what is not there. */
	if (story->count > 0 && below(story, 2) == 0)
		compare(story->captures[story->count - 1], next);
	if (story->count > 0 &&
	    windowbuild_add(story->window, next) != WINDOW_TAKEN)
		close_window(story);
	if (story->count == 0)
		story->window = windowbuild_new(next);
	story->captures[story->count++] = next;
}

/* How many captures the longest of its windows had in the end. */
static size_t
run(uint64_t seed)
{
	struct story story = { .gen = windowgen_new(seed), .state = seed };
	size_t longest = 0;

	windowgen_go_wild(story.gen);
	for (size_t i = 0; i < STEPS; i++) {
		step(&story);
		if (below(&story, 6) == 0)
			thin(&story);
		if (story.count > longest)
			longest = story.count;
	}
	close_window(&story);
	windowgen_free(story.gen);
	return longest;
}

static void
what_is_left_of_a_window_is_as_it_was(void **state)
{
	size_t count = 0;

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		count += run(seed);
	assert_true(count > (size_t)SEEDS * 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_of_a_window_is_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
