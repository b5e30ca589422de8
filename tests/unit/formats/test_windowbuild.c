/*
 * An open window: every capture that went in comes out as it was, after every
 * flush, whatever happens to the cluster; and what has to begin another one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "formats/limits.h"
#include "formats/windowbuild.h"
#include "tests/unit/formats/modeldump.h"
#include "tests/unit/formats/modelgen.h"
#include "tests/unit/formats/windowgen.h"

#define SEEDS 60
#define STEPS 24

static struct bytes
metadata_of(const struct position *position)
{
	return (struct bytes){ position->metadata, position->metadata_size };
}

static void
expect_position(const struct position *a, const struct position *b, bool last)
{
	assert_int_equal(a->partition, b->partition);
	assert_true(a->offset == b->offset);
	assert_int_equal(a->epoch, b->epoch);
	assert_true(bytes_equal(metadata_of(a), metadata_of(b)));
	assert_int_equal(a->unstable, b->unstable);
	/* Those of earlier captures may be forgotten, but are never wrong. */
	if (last || b->commit_ms != -1) {
		assert_true(a->commit_ms == b->commit_ms);
		assert_true(a->expire_ms == b->expire_ms);
	}
}

static void
expect_group(const struct group *a, const struct group *b, bool last)
{
	assert_true(bytes_equal(a->name, b->name));
	assert_int_equal(a->type, b->type);
	assert_string_equal(a->state, b->state);
	assert_string_equal(a->protocol_type, b->protocol_type);
	assert_true(a->state_ms == b->state_ms);
	assert_int_equal(a->coordinator, b->coordinator);
	assert_true(a->read_start_ms == b->read_start_ms);
	assert_true(a->read_end_ms == b->read_end_ms);
	assert_int_equal(a->topic_count, b->topic_count);
	for (size_t i = 0; i < a->topic_count; i++) {
		assert_true(
		    bytes_equal(a->topics[i].topic, b->topics[i].topic));
		assert_int_equal(a->topics[i].count, b->topics[i].count);
		for (size_t j = 0; j < a->topics[i].count; j++)
			expect_position(&a->topics[i].positions[j],
			    &b->topics[i].positions[j], last);
	}
}

static void
expect_topic(const struct topic *a, const struct topic *b)
{
	assert_true(bytes_equal(a->name, b->name));
	assert_int_equal(a->has_id, b->has_id);
	assert_memory_equal(a->id, b->id, sizeof(a->id));
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_int_equal(
		    a->partitions[i].partition, b->partitions[i].partition);
		assert_int_equal(
		    a->partitions[i].epoch, b->partitions[i].epoch);
		assert_true(a->partitions[i].start == b->partitions[i].start);
		assert_true(a->partitions[i].end == b->partitions[i].end);
	}
}

/* b was read of the window that a went into. */
static void
expect_found(const struct partition_times *a, const struct topic_times *times)
{
	const struct partition_times *b =
	    times_find_partition(times, a->partition);
	size_t at = 0;

	for (size_t i = 0; i < a->count; i++) {
		if (a->points[i].offset == -1)
			continue;
		assert_non_null(b);
		while (at < b->count &&
		    b->points[at].asked_ms < a->points[i].asked_ms)
			at++;
		assert_true(at < b->count);
		assert_true(b->points[at].asked_ms == a->points[i].asked_ms);
		assert_true(b->points[at].offset != -1);
	}
}

static void
expect_capture(const struct snapshot *a, const struct snapshot *b, bool last)
{
	assert_true(a->info.from_ms == b->info.from_ms);
	assert_true(a->info.to_ms == b->info.to_ms);
	assert_int_equal(a->info.complete, b->info.complete);
	assert_int_equal(a->info.position_count, b->info.position_count);
	assert_int_equal(a->info.unstable_count, b->info.unstable_count);
	assert_int_equal(a->group_count, b->group_count);
	for (size_t i = 0; i < a->group_count; i++)
		expect_group(&a->groups[i], &b->groups[i], last);
	assert_int_equal(a->topic_count, b->topic_count);
	for (size_t i = 0; i < a->topic_count; i++)
		expect_topic(&a->topics[i], &b->topics[i]);
	assert_int_equal(a->hole_count, b->hole_count);
	for (size_t i = 0; i < a->hole_count; i++) {
		assert_true(bytes_equal(a->holes[i].group, b->holes[i].group));
		assert_int_equal(a->holes[i].broker, b->holes[i].broker);
		assert_string_equal(a->holes[i].text, b->holes[i].text);
	}
	/* The index is one for all; no record that was found is lost. */
	for (size_t i = 0; i < a->times_count; i++) {
		const struct topic_times *times = &a->times[i];
		const struct topic_times *found =
		    model_find_times(b, times->topic);

		assert_non_null(found);
		for (size_t j = 0; j < times->count; j++)
			expect_found(&times->partitions[j], found);
	}
}

struct reads {
	struct bytes archive;
	size_t count;
};

static int
read_range(
    void *context, uint64_t from, size_t size, struct buf *out, struct err *err)
{
	struct reads *reads = context;

	(void)err;
	reads->count++;
	buf_add(out, reads->archive.data + from, size);
	return 0;
}

static struct archive_source
source_of(struct reads *reads, size_t end)
{
	const struct bytes archive = reads->archive;

	if (end > archive.size)
		end = archive.size;
	return (struct archive_source){ archive.size,
		{ archive.data + (archive.size - end), end }, read_range,
		reads };
}

/* A piece says what the whole says. */
static void
expect_piece(struct bytes archive, const struct capture_choice *choice,
    const struct snapshot *whole, bool last)
{
	struct reads reads = { archive, 0 };
	const struct archive_source source = source_of(&reads, 300);
	struct bytes names[20];
	const struct archive_wanted wanted = { .groups = names,
		.group_count = whole->group_count,
		.with_gone = true,
		.capture = *choice };
	struct snapshot piece;
	struct err err = { 0 };

	for (size_t i = 0; i < whole->group_count; i++)
		names[i] = whole->groups[i].name;
	if (archive_decode_groups(&source, &wanted, &piece, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(piece.group_count, whole->group_count);
	for (size_t i = 0; i < piece.group_count; i++)
		expect_group(&whole->groups[i], &piece.groups[i], last);
	for (size_t i = 0; i < piece.topic_count; i++)
		expect_topic(model_find_topic(whole, piece.topics[i].name),
		    &piece.topics[i]);
	assert_int_equal(piece.hole_count, whole->hole_count);
	snapshot_release(&piece);
}

/* The logs are those of all captures. */
static void
expect_series(struct bytes archive, const struct snapshot *captures,
    size_t count, struct bytes name)
{
	struct reads reads = { archive, 0 };
	const struct archive_source source = source_of(&reads, 300);
	struct window_series series;
	const struct topic_series *topic;
	struct err err = { 0 };

	if (archive_decode_series(&source, &name, 1, &series, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(series.info.window.count, count);
	topic = series_find_topic(&series, name);
	assert_non_null(topic);
	for (size_t i = 0; i < count; i++) {
		const struct topic *there =
		    model_find_topic(&captures[i], name);

		for (size_t j = 0; j < topic->count; j++) {
			const struct partition_series *found =
			    &topic->partitions[j];
			const struct log_range *range = there == NULL
			    ? NULL
			    : topic_find_partition(there, found->partition);

			assert_int_equal(range != NULL,
			    i >= found->first && i < found->absent &&
				found->ends[i - found->first] != SERIES_AWAY);
			if (range == NULL)
				continue;
			assert_true(
			    found->starts[i - found->first] == range->start);
			assert_true(
			    found->ends[i - found->first] == range->end);
		}
	}
	window_series_release(&series);
}

static void
expect_all(const struct windowbuild *window, const struct snapshot *captures,
    size_t count)
{
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct archive_report report;
	struct err err = { 0 };

	if (windowbuild_encode(window, &archive, &info, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(info.window.count, count);
	archive_verify(buf_bytes(&archive), &report);
	if (report.count > 0)
		fail_msg("%s: %s", report.findings[0].member,
		    report.findings[0].text);
	archive_report_release(&report);
	for (size_t i = 0; i < count; i++) {
		const struct capture_choice choice = { .how = CAPTURE_NUMBER,
			.number = i };
		struct snapshot found;

		if (archive_decode_at(
			buf_bytes(&archive), &choice, &found, &err) != 0)
			fail_msg("capture %zu: %s", i, err.message);
		assert_string_equal(found.info.id, captures[0].info.id);
		assert_int_equal(found.info.window.number, i);
		expect_capture(&captures[i], &found, i == count - 1);
		expect_piece(
		    buf_bytes(&archive), &choice, &found, i == count - 1);
		snapshot_release(&found);
	}
	for (size_t i = 0; i < captures[0].topic_count; i++)
		expect_series(buf_bytes(&archive), captures, count,
		    captures[0].topics[i].name);
	buf_release(&archive);
}

/* As many steps as one window takes. */
static size_t
run(uint64_t seed, size_t steps)
{
	struct windowgen *gen = windowgen_new(seed);
	struct snapshot *captures = xcalloc(steps, sizeof(*captures));
	struct windowbuild *window;
	size_t count = 1;

	windowgen_step(gen, &captures[0]);
	window = windowbuild_new(&captures[0]);
	expect_all(window, captures, 1);
	for (; count < steps; count++) {
		const size_t before = windowbuild_count(window);

		windowgen_step(gen, &captures[count]);
		if (windowbuild_add(window, &captures[count]) != WINDOW_TAKEN) {
			assert_int_equal(windowbuild_count(window), before);
			snapshot_release(&captures[count]);
			break;
		}
		if (count % 5 == 1)
			expect_all(window, captures, count + 1);
	}
	expect_all(window, captures, count);
	windowbuild_free(window);
	for (size_t i = 0; i < count; i++)
		snapshot_release(&captures[i]);
	free(captures);
	windowgen_free(gen);
	return count;
}

static void
every_capture_comes_out_as_it_went_in(void **state)
{
	size_t count = 0;

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		count += run(seed, STEPS);
	/* Few of them end early. */
	assert_true(count > (size_t)SEEDS * STEPS / 2);
}

static void
a_window_of_one_capture_is_the_archive_of_a_snapshot(void **state)
{
	struct snapshot made[3];

	(void)state;
	modelgen_small(&made[0]);
	modelgen_everything(&made[1]);
	modelgen_wide(&made[2]);
	for (size_t i = 0; i < 3; i++) {
		struct windowbuild *window = windowbuild_new(&made[i]);
		struct buf expected = { 0 };
		struct buf found = { 0 };
		struct snapshot_info info;
		struct err err = { 0 };

		assert_int_equal(archive_encode(&made[i], &expected, &err), 0);
		if (windowbuild_encode(window, &found, &info, &err) != 0)
			fail_msg("%s", err.message);
		assert_true(
		    bytes_equal(buf_bytes(&expected), buf_bytes(&found)));
		buf_release(&expected);
		buf_release(&found);
		windowbuild_free(window);
		snapshot_release(&made[i]);
	}
}

/* The numbers of the captures that thinning leaves. */
static size_t
every_second(size_t *numbers, size_t count, size_t from)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || i < from || (count - 1 - i) % 2 == 0)
			numbers[left++] = numbers[i];
	}
	return left;
}

/* What is left after captures were dropped is as it was. */
static void
thinned(uint64_t seed)
{
	struct windowgen *gen = windowgen_new(seed);
	struct snapshot *captures = xcalloc(STEPS, sizeof(*captures));
	struct snapshot *kept = xcalloc(STEPS, sizeof(*kept));
	size_t numbers[STEPS] = { 0 };
	struct windowbuild *window;
	size_t count = 1;
	size_t left = 1;

	windowgen_step(gen, &captures[0]);
	window = windowbuild_new(&captures[0]);
	for (; count < STEPS; count++) {
		windowgen_step(gen, &captures[count]);
		if (windowbuild_add(window, &captures[count]) != WINDOW_TAKEN) {
			snapshot_release(&captures[count]);
			break;
		}
		numbers[left++] = count;
		/* Twice, and captures go on behind. */
		if (count == 9 || count == 17) {
			(void)windowbuild_thin(window, count % 5, 0);
			left = every_second(numbers, left, count % 5);
		}
	}
	for (size_t i = 0; i < left; i++)
		kept[i] = captures[numbers[i]];
	expect_all(window, kept, left);
	windowbuild_free(window);
	for (size_t i = 0; i < count; i++)
		snapshot_release(&captures[i]);
	free(captures);
	free(kept);
	windowgen_free(gen);
}

static void
a_thinned_window_has_every_second_capture(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		thinned(seed);
}

static struct position *
position_of(struct snapshot *snapshot)
{
	return &snapshot->groups[0].topics[0].positions[0];
}

static struct group_topic *
topic_of(struct snapshot *snapshot)
{
	return &snapshot->groups[0].topics[0];
}

/* The next capture of the small model, so many milliseconds later. */
static void
next_capture(struct snapshot *snapshot, int64_t later_ms)
{
	modelgen_small(snapshot);
	snapshot->info.from_ms += later_ms;
	snapshot->info.to_ms += later_ms;
	window_of_one(snapshot);
}

typedef void change_fn(struct snapshot *snapshot);

/* What the third capture gets when the first two were changed so. */
static enum window_verdict
verdict_of(change_fn *second, change_fn *third)
{
	static struct snapshot captures[3];
	struct windowbuild *window;
	struct buf before = { 0 };
	struct buf after = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };
	enum window_verdict verdict;

	for (size_t i = 0; i < 3; i++)
		next_capture(&captures[i], (int64_t)i * 10000);
	window = windowbuild_new(&captures[0]);
	if (second != NULL)
		second(&captures[1]);
	assert_int_equal(windowbuild_add(window, &captures[1]), WINDOW_TAKEN);
	if (third != NULL)
		third(&captures[2]);
	assert_int_equal(windowbuild_encode(window, &before, &info, &err), 0);
	verdict = windowbuild_add(window, &captures[2]);
	if (verdict != WINDOW_TAKEN) {
		assert_int_equal(
		    windowbuild_encode(window, &after, &info, &err), 0);
		assert_true(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
	}
	assert_true(strlen(window_verdict_text(verdict)) > 0);
	buf_release(&before);
	buf_release(&after);
	windowbuild_free(window);
	for (size_t i = 0; i < 3; i++)
		snapshot_release(&captures[i]);
	return verdict;
}

static void
other_cluster(struct snapshot *snapshot)
{
	snapshot->info.cluster_id[0] = 'z';
}

static void
other_scope(struct snapshot *snapshot)
{
	snapshot->info.scope = SCOPE_VISIBLE;
}

static void
other_source(struct snapshot *snapshot)
{
	snapshot->info.source = SOURCE_TOPIC;
}

static void
other_selection(struct snapshot *snapshot)
{
	snapshot->info.selection_hash[0] = '7';
}

static void
earlier(struct snapshot *snapshot)
{
	snapshot->info.from_ms -= 10000;
	snapshot->info.to_ms -= 10000;
}

static void
next_day(struct snapshot *snapshot)
{
	snapshot->info.from_ms += INT64_C(86400000);
	snapshot->info.to_ms += INT64_C(86400000);
}

static void
another_id(struct snapshot *snapshot)
{
	snapshot->topics[0].has_id = true;
	memset(snapshot->topics[0].id, 0x77, sizeof(snapshot->topics[0].id));
}

static void
no_id(struct snapshot *snapshot)
{
	snapshot->topics[0].has_id = false;
}

static void
no_group(struct snapshot *snapshot)
{
	snapshot->groups++;
	snapshot->group_count--;
}

static void
no_topic(struct snapshot *snapshot)
{
	snapshot->topics++;
	snapshot->topic_count--;
}

static void
no_partition(struct snapshot *snapshot)
{
	snapshot->topics[0].count--;
}

static void
no_position(struct snapshot *snapshot)
{
	topic_of(snapshot)->count--;
}

/* Not hidden by a hole: it is told that it is gone. */
static struct gone *
add_gone(struct snapshot *snapshot, struct bytes group)
{
	struct gone *gone = arena_alloc(&snapshot->arena, 1, sizeof(*gone));

	*gone = (struct gone){ .group = group, .partition = -1, .offset = -1 };
	snapshot->gone = gone;
	snapshot->gone_count = 1;
	return gone;
}

static void
gone_group(struct snapshot *snapshot)
{
	(void)add_gone(snapshot, snapshot->groups[0].name);
	no_group(snapshot);
}

static void
gone_position(struct snapshot *snapshot)
{
	const struct group_topic *topic = topic_of(snapshot);
	const struct position *last = &topic->positions[topic->count - 1];
	struct gone *gone = add_gone(snapshot, snapshot->groups[0].name);

	gone->has_topic = true;
	gone->topic = topic->topic;
	gone->partition = last->partition;
	gone->offset = last->offset;
	no_position(snapshot);
}

static void
long_metadata(struct snapshot *snapshot)
{
	struct position *position = position_of(snapshot);

	position->metadata = arena_alloc(&snapshot->arena, LIMIT_METADATA, 1);
	position->metadata_size = LIMIT_METADATA;
}

static void
what_has_to_begin_another_window_is_told(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(NULL, NULL), WINDOW_TAKEN);
	assert_int_equal(verdict_of(NULL, other_cluster), WINDOW_OTHER);
	assert_int_equal(verdict_of(NULL, other_scope), WINDOW_OTHER);
	assert_int_equal(verdict_of(NULL, other_source), WINDOW_OTHER);
	assert_int_equal(verdict_of(NULL, other_selection), WINDOW_OTHER);
	assert_int_equal(verdict_of(NULL, earlier), WINDOW_CLOCK);
	assert_int_equal(verdict_of(NULL, next_day), WINDOW_DAY);
	assert_int_equal(verdict_of(NULL, another_id), WINDOW_RECREATED);
	assert_int_equal(verdict_of(no_id, another_id), WINDOW_RECREATED);
	assert_int_equal(verdict_of(no_id, NULL), WINDOW_TAKEN);
	assert_int_equal(verdict_of(no_group, no_group), WINDOW_TAKEN);
	assert_int_equal(verdict_of(no_group, NULL), WINDOW_TAKEN);
	assert_int_equal(verdict_of(no_topic, NULL), WINDOW_TAKEN);
	assert_int_equal(verdict_of(no_partition, NULL), WINDOW_TAKEN);
	assert_int_equal(verdict_of(no_position, NULL), WINDOW_TAKEN);
	assert_int_equal(verdict_of(gone_group, gone_group), WINDOW_TAKEN);
	assert_int_equal(verdict_of(gone_group, NULL), WINDOW_RETURNED);
	assert_int_equal(
	    verdict_of(gone_position, gone_position), WINDOW_TAKEN);
	assert_int_equal(verdict_of(gone_position, NULL), WINDOW_RETURNED);
	assert_int_equal(verdict_of(NULL, long_metadata), WINDOW_TAKEN);
}

/* Until a line is full, and not one byte further. */
static void
a_line_never_gets_too_long(void **state)
{
	struct windowbuild *window = NULL;
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };
	enum window_verdict verdict = WINDOW_TAKEN;
	int64_t count = 0;

	(void)state;
	while (verdict == WINDOW_TAKEN) {
		struct snapshot snapshot;

		next_capture(&snapshot, count * 1000);
		long_metadata(&snapshot);
		position_of(&snapshot)->metadata_size -= (uint32_t)count;
		if (window == NULL)
			window = windowbuild_new(&snapshot);
		else
			verdict = windowbuild_add(window, &snapshot);
		snapshot_release(&snapshot);
		count++;
	}
	assert_int_equal(verdict, WINDOW_LINE);
	assert_in_range(count, 5, 7);
	assert_int_equal(windowbuild_encode(window, &archive, &info, &err), 0);
	windowbuild_free(window);
	buf_release(&archive);
}

static void
no_window_has_more_captures_than_the_limit(void **state)
{
	struct snapshot snapshot;
	struct snapshot found;
	struct windowbuild *window;
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };

	(void)state;
	modelgen_small(&snapshot);
	snapshot.info.from_ms -= snapshot.info.from_ms % 86400000;
	snapshot.info.to_ms = snapshot.info.from_ms;
	window_of_one(&snapshot);
	window = windowbuild_new(&snapshot);
	for (size_t i = 1; i < LIMIT_CAPTURES; i++) {
		snapshot.info.from_ms += 10000;
		snapshot.info.to_ms = snapshot.info.from_ms;
		position_of(&snapshot)->offset++;
		assert_int_equal(
		    windowbuild_add(window, &snapshot), WINDOW_TAKEN);
	}
	assert_int_equal(windowbuild_add(window, &snapshot), WINDOW_FULL);
	assert_int_equal(windowbuild_encode(window, &archive, &info, &err), 0);
	assert_int_equal(archive_decode(buf_bytes(&archive), &found, &err), 0);
	assert_true(
	    position_of(&found)->offset == position_of(&snapshot)->offset);
	snapshot_release(&found);
	buf_release(&archive);
	windowbuild_free(window);
	snapshot_release(&snapshot);
}

/* Nothing of the other captures is in it, not even in its README. */
static void
a_moment_of_a_window_is_written_as_one_of_its_own(void **state)
{
	struct windowbuild *window;
	struct snapshot snapshot, moment = { 0 }, again = { 0 };
	struct buf archive = { 0 }, first = { 0 }, second = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };

	(void)state;
	modelgen_small(&snapshot);
	model_count(&snapshot);
	window = windowbuild_new(&snapshot);
	snapshot_release(&snapshot);
	next_capture(&snapshot, 1000);
	position_of(&snapshot)->offset++;
	assert_int_equal(windowbuild_add(window, &snapshot), WINDOW_TAKEN);
	assert_int_equal(windowbuild_encode(window, &archive, &info, &err), 0);
	assert_int_equal(archive_decode(buf_bytes(&archive), &moment, &err), 0);
	assert_int_equal(moment.info.window.count, 2);
	assert_int_equal(archive_encode(&moment, &first, &err), 0);
	assert_int_equal(archive_decode(buf_bytes(&first), &again, &err), 0);
	assert_int_equal(again.info.window.count, 1);
	assert_int_equal(archive_encode(&again, &second, &err), 0);
	assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	snapshot_release(&snapshot);
	snapshot_release(&moment);
	snapshot_release(&again);
	buf_release(&archive);
	buf_release(&first);
	buf_release(&second);
	windowbuild_free(window);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_capture_comes_out_as_it_went_in),
		cmocka_unit_test(
		    a_window_of_one_capture_is_the_archive_of_a_snapshot),
		cmocka_unit_test(a_thinned_window_has_every_second_capture),
		cmocka_unit_test(what_has_to_begin_another_window_is_told),
		cmocka_unit_test(a_line_never_gets_too_long),
		cmocka_unit_test(no_window_has_more_captures_than_the_limit),
		cmocka_unit_test(
		    a_moment_of_a_window_is_written_as_one_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
