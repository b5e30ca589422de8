/*
 * What an agent holds in memory, and what it stores next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "snapshot/windowshelf.h"
#include "tests/unit/formats/modelgen.h"

/* A full hour of Unix time, and not midnight. */
#define HOUR INT64_C(3600000)
#define START (INT64_C(1764079200000) / HOUR * HOUR)
#define SECOND INT64_C(1000)

struct rig {
	struct windowshelf *shelf;
	struct windowshelf_version version;
	struct err err;
	int taken;
};

static struct rig
begin(size_t size_limit)
{
	const struct windowshelf_options options = {
		.window_ms = HOUR,
		.flush_ms = 300 * SECOND,
		.size_limit = size_limit,
	};

	return (struct rig){ .shelf = windowshelf_new(&options) };
}

static void
end(struct rig *rig)
{
	buf_release(&rig->version.archive);
	windowshelf_free(rig->shelf);
}

/* A capture of half a second, with something that changes; the id of its
 * window. */
static void
capture(struct rig *rig, int64_t at_ms, char id[ENV_ID_MAX])
{
	struct snapshot snapshot = { 0 };
	const char *reason;

	modelgen_small(&snapshot);
	(void)snprintf(snapshot.info.id, sizeof(snapshot.info.id), "%016x",
	    (unsigned int)++rig->taken);
	snapshot.info.from_ms = at_ms;
	snapshot.info.to_ms = at_ms + 500;
	snapshot.groups[0].topics[0].positions[0].offset += rig->taken;
	model_count(&snapshot);
	windowshelf_add(rig->shelf, &snapshot, &reason);
	assert_null(reason);
	if (id != NULL)
		memcpy(id, snapshot.info.id, ENV_ID_MAX);
	snapshot_release(&snapshot);
}

static bool
next(struct rig *rig, int64_t now_ms, bool all)
{
	bool is_due;

	buf_release(&rig->version.archive);
	assert_int_equal(windowshelf_next(rig->shelf, now_ms, all, &is_due,
			     &rig->version, &rig->err),
	    0);
	return is_due;
}

static void
stored(struct rig *rig, const char *key, int64_t now_ms)
{
	windowshelf_stored(rig->shelf, &rig->version, key, now_ms);
}

/* How many captures its archive has, by decoding it. */
static size_t
count_captures(const struct rig *rig)
{
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };
	size_t count;

	if (archive_decode(buf_bytes(&rig->version.archive), &snapshot, &err) !=
	    0)
		fail_msg("%s", err.message);
	count = snapshot.info.window.count;
	assert_int_equal(count, rig->version.info.window.count);
	snapshot_release(&snapshot);
	return count;
}

static void
the_open_window_is_stored_at_each_flush(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	capture(&rig, START, NULL);
	assert_false(next(&rig, START + 299 * SECOND, false));
	capture(&rig, START + 10 * SECOND, NULL);
	assert_true(next(&rig, START + 300 * SECOND, false));
	assert_int_equal(count_captures(&rig), 2);
	assert_string_equal(rig.version.smaller, "");
	assert_false(rig.version.is_last);
	stored(&rig, "a/first", START + 300 * SECOND);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 0);

	/* Nothing new, nothing to store; then only after a flush interval. */
	assert_false(next(&rig, START + 700 * SECOND, false));
	capture(&rig, START + 310 * SECOND, NULL);
	assert_false(next(&rig, START + 320 * SECOND, false));
	assert_true(next(&rig, START + 600 * SECOND, false));
	assert_int_equal(count_captures(&rig), 3);
	assert_string_equal(rig.version.smaller, "a/first");
	stored(&rig, "a/second", START + 600 * SECOND);
	capture(&rig, START + 601 * SECOND, NULL);
	assert_true(next(&rig, START + 900 * SECOND, false));
	assert_string_equal(rig.version.smaller, "a/second");
	end(&rig);
}

static void
all_is_stored_when_that_is_wished_for(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	capture(&rig, START, NULL);
	assert_true(next(&rig, START + SECOND, true));
	end(&rig);
}

static void
a_clock_that_was_set_back_does_not_stop_the_flushes(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	capture(&rig, START, NULL);
	assert_true(next(&rig, START - 10 * HOUR, false));
	end(&rig);
}

static void
a_window_ends_at_the_next_multiple_of_its_length(void **state)
{
	struct rig rig = begin(SIZE_MAX);
	char first[ENV_ID_MAX], second[ENV_ID_MAX], third[ENV_ID_MAX];

	(void)state;
	assert_true(windowshelf_begins_at(rig.shelf, START));
	capture(&rig, START + HOUR / 2, first);
	assert_false(windowshelf_begins_at(rig.shelf, START + HOUR - 1));
	capture(&rig, START + HOUR - 10 * SECOND, second);
	assert_string_equal(first, second);
	assert_true(windowshelf_begins_at(rig.shelf, START + HOUR));
	capture(&rig, START + HOUR, third);
	assert_string_not_equal(first, third);
	assert_int_equal(windowshelf_state(rig.shelf).window_count, 2);

	/* The closed one is stored at once, and then forgotten. */
	assert_true(next(&rig, START + HOUR, false));
	assert_true(rig.version.is_last);
	assert_string_equal(rig.version.info.id, first);
	assert_int_equal(count_captures(&rig), 2);
	stored(&rig, "a/key", START + HOUR);
	assert_int_equal(windowshelf_state(rig.shelf).window_count, 1);
	assert_false(next(&rig, START + HOUR, false));
	end(&rig);
}

static void
a_window_that_is_stored_whole_is_forgotten_when_it_ends(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	capture(&rig, START, NULL);
	assert_true(next(&rig, START + HOUR / 2, false));
	stored(&rig, "a/key", START + HOUR / 2);
	windowshelf_close(rig.shelf);
	assert_int_equal(windowshelf_state(rig.shelf).window_count, 0);
	assert_true(windowshelf_begins_at(rig.shelf, START + HOUR / 2));
	end(&rig);
}

static void
contract_8_what_could_not_be_stored_is_due_again(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	capture(&rig, START, NULL);
	windowshelf_close(rig.shelf);
	assert_true(next(&rig, START + SECOND, false));
	windowshelf_failed(rig.shelf);
	capture(&rig, START + 10 * SECOND, NULL);
	assert_int_equal(windowshelf_state(rig.shelf).window_count, 2);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 2);
	assert_int_equal(
	    windowshelf_state(rig.shelf).oldest_from_ms / 1000, START / 1000);
	assert_true(next(&rig, START + 20 * SECOND, false));
	assert_int_equal(count_captures(&rig), 1);
	end(&rig);
}

/* Captures that came while a version was on its way are in the next. */
static void
contract_8_a_version_says_how_much_of_its_window_is_stored(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	capture(&rig, START, NULL);
	assert_true(next(&rig, START + SECOND, true));
	capture(&rig, START + 10 * SECOND, NULL);
	windowshelf_close(rig.shelf);
	stored(&rig, "a/key", START + 11 * SECOND);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 1);
	assert_true(next(&rig, START + 11 * SECOND, false));
	assert_int_equal(count_captures(&rig), 2);
	assert_string_equal(rig.version.smaller, "a/key");
	end(&rig);
}

static void
without_the_right_to_remove_a_window_is_stored_once(void **state)
{
	struct rig rig = begin(SIZE_MAX);

	(void)state;
	windowshelf_set_removal(rig.shelf, false);
	capture(&rig, START, NULL);
	capture(&rig, START + 10 * SECOND, NULL);
	assert_false(next(&rig, START + 3000 * SECOND, false));
	assert_false(next(&rig, START + 3000 * SECOND, true));
	capture(&rig, START + HOUR, NULL);
	assert_true(next(&rig, START + HOUR, false));
	assert_int_equal(count_captures(&rig), 2);
	end(&rig);
}

static void
a_capture_that_does_not_fit_its_window_begins_another(void **state)
{
	struct rig rig = begin(SIZE_MAX);
	struct snapshot snapshot = { 0 };
	const char *reason;

	(void)state;
	capture(&rig, START, NULL);
	modelgen_small(&snapshot);
	snapshot.info.from_ms = START + 10 * SECOND;
	snapshot.info.to_ms = START + 11 * SECOND;
	snapshot.topics[0].has_id = true;
	snapshot.topics[0].id[0] ^= 0xff;
	model_count(&snapshot);
	windowshelf_add(rig.shelf, &snapshot, &reason);
	assert_non_null(reason);
	assert_int_equal(windowshelf_state(rig.shelf).window_count, 2);
	snapshot_release(&snapshot);
	end(&rig);
}

/* --- memory ------------------------------------------------------------ */

static void
memory_is_brought_below_the_limit_by_thinning(void **state)
{
	struct rig rig = begin(SIZE_MAX);
	size_t size;
	size_t lost;
	int i;

	(void)state;
	for (i = 0; i < 64; i++)
		capture(&rig, START + i * SECOND, NULL);
	size = windowshelf_state(rig.shelf).size;
	assert_int_equal(windowshelf_fit(rig.shelf), 0);
	windowshelf_set_limit(rig.shelf, size - 1);
	lost = windowshelf_fit(rig.shelf);
	assert_true(lost > 0 && lost <= 32);
	assert_true(windowshelf_state(rig.shelf).size < size);
	assert_true(next(&rig, START + 100 * SECOND, true));
	assert_int_equal(count_captures(&rig), 64 - lost);

	/* The last one stays. */
	assert_int_equal(
	    rig.version.info.window.to_ms / 100, (START + 63500) / 100);
	end(&rig);
}

/* The next version takes the place of the one that is stored. */
static void
what_is_stored_is_never_thinned_out(void **state)
{
	struct rig rig = begin(SIZE_MAX);
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		capture(&rig, START + i * SECOND, NULL);
	assert_true(next(&rig, START + 10 * SECOND, true));
	stored(&rig, "a/key", START + 10 * SECOND);
	for (i = 10; i < 20; i++)
		capture(&rig, START + i * SECOND, NULL);
	windowshelf_set_limit(rig.shelf, 1);
	(void)windowshelf_fit(rig.shelf);
	assert_true(next(&rig, START + 30 * SECOND, true));
	assert_int_equal(count_captures(&rig), 11);
	end(&rig);
}

/* Of a window that was thinned out before, and while a version was on its way,
 * what came after that version can be thinned out again. */
static void
a_window_is_thinned_again_after_it_was_stored(void **state)
{
	struct rig rig = begin(SIZE_MAX);
	int i;

	(void)state;
	for (i = 0; i < 33; i++)
		capture(&rig, START + i * SECOND, NULL);
	windowshelf_set_limit(rig.shelf, 1);
	(void)windowshelf_fit(rig.shelf);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 2);
	windowshelf_set_limit(rig.shelf, SIZE_MAX);
	for (i = 33; i < 37; i++)
		capture(&rig, START + i * SECOND, NULL);
	assert_true(next(&rig, START + 60 * SECOND, true));
	assert_int_equal(rig.version.capture_count, count_captures(&rig));
	windowshelf_set_limit(rig.shelf, 1);
	(void)windowshelf_fit(rig.shelf);
	stored(&rig, "a/key", START + 60 * SECOND);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 0);
	windowshelf_set_limit(rig.shelf, SIZE_MAX);
	for (i = 0; i < 9; i++)
		capture(&rig, START + (70 + i) * SECOND, NULL);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 9);
	windowshelf_set_limit(rig.shelf, 1);
	assert_int_equal(windowshelf_fit(rig.shelf), 8);
	assert_int_equal(windowshelf_state(rig.shelf).capture_count, 1);
	end(&rig);
}

static void
at_the_end_the_oldest_windows_are_lost_but_not_one_on_its_way(void **state)
{
	struct rig rig = begin(SIZE_MAX);
	char lent[ENV_ID_MAX], last[ENV_ID_MAX];

	(void)state;
	capture(&rig, START, lent);
	capture(&rig, START + HOUR, NULL);
	capture(&rig, START + 2 * HOUR, NULL);
	capture(&rig, START + 3 * HOUR, last);
	assert_true(next(&rig, START + 3 * HOUR, false));
	windowshelf_set_limit(rig.shelf, 1);
	assert_int_equal(windowshelf_fit(rig.shelf), 2);
	assert_int_equal(windowshelf_state(rig.shelf).window_count, 2);
	stored(&rig, "a/key", START + 3 * HOUR);
	assert_true(next(&rig, START + 3 * HOUR, true));
	assert_string_equal(rig.version.info.id, last);
	end(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_open_window_is_stored_at_each_flush),
		cmocka_unit_test(all_is_stored_when_that_is_wished_for),
		cmocka_unit_test(
		    a_clock_that_was_set_back_does_not_stop_the_flushes),
		cmocka_unit_test(
		    a_window_ends_at_the_next_multiple_of_its_length),
		cmocka_unit_test(
		    a_window_that_is_stored_whole_is_forgotten_when_it_ends),
		cmocka_unit_test(
		    contract_8_what_could_not_be_stored_is_due_again),
		cmocka_unit_test(
		    contract_8_a_version_says_how_much_of_its_window_is_stored),
		cmocka_unit_test(
		    without_the_right_to_remove_a_window_is_stored_once),
		cmocka_unit_test(
		    a_capture_that_does_not_fit_its_window_begins_another),
		cmocka_unit_test(memory_is_brought_below_the_limit_by_thinning),
		cmocka_unit_test(what_is_stored_is_never_thinned_out),
		cmocka_unit_test(a_window_is_thinned_again_after_it_was_stored),
		cmocka_unit_test(
		    at_the_end_the_oldest_windows_are_lost_but_not_one_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
