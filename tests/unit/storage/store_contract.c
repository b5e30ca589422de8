/*
 * store_contract.c - see store_contract.h.
 */
#include "tests/unit/storage/store_contract.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/err.h"
#include "common/xalloc.h"

#define NO_LIMIT ((size_t)1 << 30)
#define WRITERS 16
#define TEXT_MAX 16
#define RANDOM_KEYS 2500
#define LARGE ((size_t)100 << 20)

struct fixture {
	struct store_contract *contract;
	struct store *store;
};

static int
setup(void **state)
{
	struct fixture *fixture = *state;

	fixture->store =
	    fixture->contract->open_empty(fixture->contract->context);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	store_free(fixture->store);
	fixture->contract->clean(fixture->contract->context);
	return 0;
}

static struct store *
store_of(void **state)
{
	const struct fixture *fixture = *state;

	return fixture->store;
}

static void
put(struct store *store, const char *key, const char *text)
{
	struct err err = { 0 };

	if (store_put(store, key, text, strlen(text), &err) != 0)
		fail_msg("put %s: %s", key, err.message);
}

static void
expect_content(struct store *store, const char *key, const char *text)
{
	struct buf found = { 0 };
	struct err err = { 0 };

	if (store_get(store, key, NO_LIMIT, &found, &err) != 0)
		fail_msg("get %s: %s", key, err.message);
	assert_string_equal(buf_text(&found), text);
	buf_release(&found);
}

static void
what_was_put_comes_back(void **state)
{
	struct store *store = store_of(state);
	struct err err = { 0 };
	struct buf found = { 0 };
	uint64_t size = 1;

	put(store, "a", "at the root");
	put(store, "one/two/three/four.json", "deep down");
	assert_int_equal(store_put(store, "empty", NULL, 0, &err), 0);
	expect_content(store, "a", "at the root");
	expect_content(store, "one/two/three/four.json", "deep down");
	expect_content(store, "empty", "");
	assert_int_equal(store_stat(store, "empty", &size, &err), 0);
	assert_int_equal(size, 0);
	assert_int_equal(store_stat(store, "a", &size, &err), 0);
	assert_int_equal(size, 11);

	buf_add_text(&found, "before ");
	assert_int_equal(store_get(store, "a", 11, &found, &err), 0);
	assert_string_equal(buf_text(&found), "before at the root");
	buf_release(&found);
}

static void
every_byte_and_a_large_object_survive(void **state)
{
	struct store *store = store_of(state);
	char *data = xreallocarray(NULL, LARGE, 1);
	struct buf found = { 0 };
	struct err err = { 0 };
	uint64_t number = 1;

	for (size_t i = 0; i < LARGE; i++) {
		number = number * UINT64_C(6364136223846793005) + 1;
		data[i] = (char)(uint8_t)(number >> 56);
	}
	assert_int_equal(store_put(store, "large", data, LARGE, &err), 0);
	assert_int_equal(store_get(store, "large", LARGE, &found, &err), 0);
	assert_true(found.size == LARGE);
	assert_memory_equal(found.data, data, LARGE);
	buf_release(&found);
	free(data);
}

static void
nothing_is_overwritten(void **state)
{
	struct store *store = store_of(state);
	struct err err = { 0 };

	put(store, "folder/object", "first");
	assert_int_equal(
	    store_put(store, "folder/object", "second", 6, &err), -1);
	assert_int_equal(err.kind, ERR_EXISTS);
	assert_non_null(strstr(err.message, "folder/object"));
	assert_non_null(strstr(err.message, store->name));
	expect_content(store, "folder/object", "first");
}

struct writer {
	pthread_t thread;
	pthread_barrier_t *start;
	struct store *store;
	const char *key;
	char text[TEXT_MAX];
	int result;
	struct err err;
};

static void *
write_once(void *argument)
{
	struct writer *writer = argument;

	(void)pthread_barrier_wait(writer->start);
	writer->result = store_put(writer->store, writer->key, writer->text,
	    strlen(writer->text), &writer->err);
	return NULL;
}

/* Sixteen at once on one key.  How many were told that they won, and the text
 * of the last of them; all others must have been told that it is taken. */
static size_t
race(struct store_contract *contract, struct store *store, const char *key,
    char won[TEXT_MAX])
{
	struct writer *writers = xcalloc(WRITERS, sizeof(*writers));
	pthread_barrier_t start;
	size_t winners = 0;

	if (pthread_barrier_init(&start, NULL, WRITERS) != 0)
		abort();
	for (size_t i = 0; i < WRITERS; i++) {
		writers[i].start = &start;
		writers[i].key = key;
		writers[i].store = contract->open_again == NULL
		    ? store
		    : contract->open_again(contract->context);
		(void)snprintf(writers[i].text, TEXT_MAX, "writer %zu", i);
		if (pthread_create(
			&writers[i].thread, NULL, write_once, &writers[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < WRITERS; i++) {
		if (pthread_join(writers[i].thread, NULL) != 0 ||
		    (writers[i].result != 0 &&
			writers[i].err.kind != ERR_EXISTS))
			abort();
		if (writers[i].result == 0) {
			winners++;
			memcpy(won, writers[i].text, TEXT_MAX);
		}
		if (contract->open_again != NULL)
			store_free(writers[i].store);
	}
	(void)pthread_barrier_destroy(&start);
	free(writers);
	return winners;
}

static void
of_racing_writers_one_wins(void **state)
{
	const struct fixture *fixture = *state;
	char won[TEXT_MAX];

	assert_int_equal(
	    race(fixture->contract, fixture->store, "new/folder/raced", won),
	    1);
	expect_content(fixture->store, "new/folder/raced", won);
}

size_t
store_contract_race(struct store_contract *contract, size_t rounds)
{
	struct store *store = contract->open_empty(contract->context);
	size_t lost = 0;

	for (size_t i = 0; i < rounds; i++) {
		char won[TEXT_MAX];
		char key[32];

		(void)snprintf(key, sizeof(key), "raced/%zu", i);
		if (race(contract, store, key, won) != 1)
			lost++;
	}
	store_free(store);
	contract->clean(contract->context);
	return lost;
}

static void
a_missing_object_is_not_found(void **state)
{
	struct store *store = store_of(state);
	struct buf found = { 0 };
	struct err err = { 0 };
	uint64_t size;

	put(store, "folder/there", "x");
	assert_int_equal(store_get(store, "gone", 10, &found, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err = (struct err){ 0 };
	assert_int_equal(store_get(store, "folder/gone", 10, &found, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err = (struct err){ 0 };
	assert_int_equal(store_get(store, "no/folder", 10, &found, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err = (struct err){ 0 };
	assert_int_equal(store_stat(store, "no/folder", &size, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	/* A folder is no object. */
	err = (struct err){ 0 };
	assert_int_equal(store_stat(store, "folder", &size, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err = (struct err){ 0 };
	assert_int_equal(store_get(store, "folder", 10, &found, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_null(found.data);
}

static void
get_keeps_to_its_limit(void **state)
{
	struct store *store = store_of(state);
	struct buf found = { 0 };
	struct err err = { 0 };

	put(store, "object", "0123456789");
	buf_add_text(&found, "kept");
	assert_int_equal(store_get(store, "object", 9, &found, &err), -1);
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_string_equal(buf_text(&found), "kept");

	err = (struct err){ 0 };
	assert_int_equal(store_get(store, "object", 10, &found, &err), 0);
	assert_string_equal(buf_text(&found), "kept0123456789");
	buf_release(&found);
}

static void
a_range_comes_back(void **state)
{
	struct store *store = store_of(state);
	struct buf found = { 0 };
	struct err err = { 0 };

	put(store, "object", "0123456789");
	assert_int_equal(
	    store_get_range(store, "object", 0, 1, &found, &err), 0);
	assert_int_equal(
	    store_get_range(store, "object", 3, 4, &found, &err), 0);
	assert_int_equal(
	    store_get_range(store, "object", 9, 1, &found, &err), 0);
	assert_int_equal(
	    store_get_range(store, "object", 0, 10, &found, &err), 0);
	assert_string_equal(buf_text(&found), "0345690123456789");
	buf_release(&found);
}

static void
a_range_behind_the_end_is_corrupt(void **state)
{
	static const struct {
		uint64_t from;
		size_t size;
	} cases[] = { { 0, 11 }, { 9, 2 }, { 10, 1 }, { 11, 1 },
		{ UINT64_C(1) << 40, 5 } };
	struct store *store = store_of(state);
	struct buf found = { 0 };

	put(store, "object", "0123456789");
	put(store, "empty", "");
	buf_add_text(&found, "kept");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { 0 };

		assert_int_equal(store_get_range(store, "object", cases[i].from,
				     cases[i].size, &found, &err),
		    -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_non_null(strstr(err.message, "object"));
		err = (struct err){ 0 };
		assert_int_equal(store_get_range(store, "empty", cases[i].from,
				     cases[i].size, &found, &err),
		    -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		err = (struct err){ 0 };
		assert_int_equal(store_get_range(store, "gone", cases[i].from,
				     cases[i].size, &found, &err),
		    -1);
		assert_int_equal(err.kind, ERR_NOT_FOUND);
	}
	assert_string_equal(buf_text(&found), "kept");
	buf_release(&found);
}

static void
the_end_comes_back_with_the_size(void **state)
{
	struct store *store = store_of(state);
	struct buf found = { 0 };
	struct err err = { 0 };
	uint64_t size = 0;

	put(store, "object", "0123456789");
	put(store, "empty", "");
	assert_int_equal(
	    store_get_end(store, "object", 3, &found, &size, &err), 0);
	assert_string_equal(buf_text(&found), "789");
	assert_int_equal(size, 10);
	assert_int_equal(
	    store_get_end(store, "object", 10, &found, &size, &err), 0);
	assert_int_equal(
	    store_get_end(store, "object", 1000, &found, &size, &err), 0);
	assert_string_equal(buf_text(&found), "78901234567890123456789");
	assert_int_equal(size, 10);
	assert_int_equal(
	    store_get_end(store, "empty", 5, &found, &size, &err), 0);
	assert_int_equal(size, 0);
	assert_int_equal(found.size, 23);
	assert_int_equal(
	    store_get_end(store, "gone", 5, &found, &size, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	buf_release(&found);
}

static void
what_was_removed_is_gone(void **state)
{
	struct store *store = store_of(state);
	struct err err = { 0 };
	uint64_t size;

	put(store, "a/b", "old");
	assert_int_equal(store_remove(store, "a/b", &err), 0);
	assert_int_equal(store_stat(store, "a/b", &size, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err = (struct err){ 0 };
	assert_int_equal(store_remove(store, "a/b", &err), 0);
	assert_int_equal(store_remove(store, "never/was", &err), 0);
	put(store, "a/b", "new");
	expect_content(store, "a/b", "new");
}

/* ------------------------------------------------------------- listing */

struct lines {
	char **texts;
	uint64_t *sizes;
	size_t count;
	size_t capacity;
	size_t size_capacity;
	size_t stop_at; /* 0: never */
	int stop_with;
};

static void
add_line(struct lines *lines, const char *text, uint64_t size)
{
	lines->texts = xgrow(lines->texts, lines->count, &lines->capacity,
	    sizeof(*lines->texts));
	lines->sizes = xgrow(lines->sizes, lines->count, &lines->size_capacity,
	    sizeof(*lines->sizes));
	lines->texts[lines->count] = xstrdup(text);
	lines->sizes[lines->count++] = size;
}

static void
lines_release(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->texts[i]);
	free(lines->texts);
	free(lines->sizes);
	*lines = (struct lines){ 0 };
}

static int
take_line(const struct store_object *object, void *context, struct err *err)
{
	struct lines *lines = context;
	const size_t size = strlen(object->key);

	assert_true(object->is_prefix == (object->key[size - 1] == '/'));
	add_line(lines, object->key, object->size);
	if (lines->count != lines->stop_at)
		return 0;
	if (lines->stop_with < 0)
		(void)err_set(err, ERR_INTERRUPTED, "enough");
	return lines->stop_with;
}

/* The same by the definition, from all keys in order. */
static void
list_by_definition(const struct lines *keys,
    const struct store_listing *listing, struct lines *out)
{
	const size_t prefix = strlen(listing->prefix);

	for (size_t i = 0; i < keys->count; i++) {
		char *line = xstrdup(keys->texts[i]);
		char *slash = NULL;

		if (strncmp(line, listing->prefix, prefix) == 0) {
			if (listing->by_folder)
				slash = strchr(line + prefix, '/');
			if (slash != NULL)
				slash[1] = '\0';
			if ((listing->after == NULL ||
				strcmp(line, listing->after) > 0) &&
			    (out->count == 0 ||
				strcmp(out->texts[out->count - 1], line) != 0))
				add_line(out, line,
				    slash == NULL ? keys->sizes[i] : 0);
		}
		free(line);
	}
}

static void
expect_listing(struct store *store, const struct lines *keys,
    const struct store_listing *listing)
{
	struct lines expected = { 0 };
	struct lines found = { 0 };
	struct err err = { 0 };

	list_by_definition(keys, listing, &expected);
	if (store_list(store, listing, take_line, &found, &err) != 0)
		fail_msg("list \"%s\": %s", listing->prefix, err.message);
	assert_int_equal(found.count, expected.count);
	for (size_t i = 0; i < found.count && i < expected.count; i++) {
		assert_string_equal(found.texts[i], expected.texts[i]);
		assert_true(found.sizes[i] == expected.sizes[i]);
	}
	lines_release(&expected);
	lines_release(&found);
}

static int
compare_texts(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

/* Names around '/' in byte order, on several levels; none is both an object
 * and a folder. */
static void
put_awkward_keys(struct store *store, struct lines *keys)
{
	static const char *const texts[] = { "a-b", "a.b", "a/b", "a/b-c/d",
		"a/b.c/d", "a/bc/d", "a/b0", "a0", "aB", "a_b", "ab/c/d/e/f",
		"ab/c/d.e", "ab/c/d-e", "ab/c-", "ab/c.", "B", "Z/z", "_/_",
		"-", "--/-", "0/1/2", "0/1.2", "0-1", ".hidden", "..a/x",
		"z/...", "z/a", "zz" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		add_line(keys, texts[i], 5);
	qsort(keys->texts, keys->count, sizeof(*keys->texts), compare_texts);
	/* Not in order. */
	for (size_t i = keys->count; i > 0; i--)
		put(store, keys->texts[(i * 5) % keys->count], "12345");
}

static void
listing_is_in_byte_order_of_whole_keys(void **state)
{
	static const char *const prefixes[] = { "", "a", "a/", "a/b", "a/b-",
		"ab", "ab/", "ab/c", "ab/c/", "ab/c/d/", "0", "0/1", "0/1/",
		"z/", "zz", "zz/", "none", "none/", "no/such/folder/", "B", "_",
		"a/b/c" };
	struct store *store = store_of(state);
	struct lines keys = { 0 };

	put_awkward_keys(store, &keys);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		for (size_t j = 0; j <= keys.count; j++) {
			struct store_listing listing = { prefixes[i], NULL,
				false };

			if (j < keys.count)
				listing.after = keys.texts[j];
			/* "zz/" is below an object: nothing, or an error. */
			if (strcmp(prefixes[i], "zz/") == 0 ||
			    strcmp(prefixes[i], "a/b/c") == 0)
				continue;
			expect_listing(store, &keys, &listing);
			listing.by_folder = true;
			expect_listing(store, &keys, &listing);
		}
	}
	lines_release(&keys);
}

static void
listing_begins_behind_any_text(void **state)
{
	static const char *const afters[] = { "", " ", "a", "a/", "a/b-", "a/~",
		"a~", "ab/c/", "ab/c/d", "ab/c/d/", "ab/c/d/e/", "ab/c0", "zzz",
		"A", "0/", "0/1/", "~" };
	struct store *store = store_of(state);
	struct lines keys = { 0 };

	put_awkward_keys(store, &keys);
	for (size_t i = 0; i < sizeof(afters) / sizeof(*afters); i++) {
		struct store_listing listing = { "", afters[i], false };

		expect_listing(store, &keys, &listing);
		listing.by_folder = true;
		expect_listing(store, &keys, &listing);
		listing.prefix = "ab/";
		expect_listing(store, &keys, &listing);
	}
	lines_release(&keys);
}

static void
more_than_a_thousand_keys_are_listed(void **state)
{
	struct store *store = store_of(state);
	struct lines keys = { 0 };
	struct store_listing listing = { "", NULL, false };

	for (size_t i = 0; i < RANDOM_KEYS; i++) {
		char key[64];

		(void)snprintf(key, sizeof(key), "many/%zu/%zu%c%zu", i % 7,
		    i * 7919 % RANDOM_KEYS, "-._"[i % 3], i % 11);
		add_line(&keys, key, 1);
		put(store, key, "x");
	}
	qsort(keys.texts, keys.count, sizeof(*keys.texts), compare_texts);
	expect_listing(store, &keys, &listing);
	listing.after = keys.texts[keys.count / 2];
	expect_listing(store, &keys, &listing);
	listing.prefix = "many/3/1";
	listing.after = NULL;
	expect_listing(store, &keys, &listing);
	lines_release(&keys);
}

static void
a_visitor_stops_the_listing(void **state)
{
	struct store *store = store_of(state);
	const struct store_listing all = { "", NULL, false };
	struct lines found = { .stop_at = 2, .stop_with = 1 };
	struct err err = { 0 };

	put(store, "a", "1");
	put(store, "b/c", "2");
	put(store, "d", "3");
	assert_int_equal(store_list(store, &all, take_line, &found, &err), 1);
	assert_int_equal(found.count, 2);
	assert_int_equal(err.kind, ERR_NONE);
	lines_release(&found);
	found.stop_at = 1;
	found.stop_with = -1;
	assert_int_equal(store_list(store, &all, take_line, &found, &err), -1);
	assert_int_equal(found.count, 1);
	assert_int_equal(err.kind, ERR_INTERRUPTED);
	lines_release(&found);
}

static void
what_is_no_key_is_refused(void **state)
{
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".",
		"..", "a/..", "../a", "a/./b", "a/../b", "a b", "a~", "a\nb",
		"a=b", "\xc3\xa4", "a\\b" };
	struct store *store = store_of(state);
	struct buf found = { 0 };
	uint64_t size;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err err = { 0 };

		assert_int_equal(store_put(store, bad[i], "x", 1, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_int_equal(store_get(store, bad[i], 1, &found, &err), -1);
		assert_int_equal(store_stat(store, bad[i], &size, &err), -1);
		assert_int_equal(store_remove(store, bad[i], &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

int
store_contract_run(struct store_contract *contract)
{
	struct fixture fixture = { contract, NULL };
#define CONTRACT_TEST(function)                                \
	{                                                      \
#function, function, setup, teardown, &fixture \
	}
	const struct CMUnitTest tests[] = {
		CONTRACT_TEST(what_was_put_comes_back),
		CONTRACT_TEST(every_byte_and_a_large_object_survive),
		CONTRACT_TEST(nothing_is_overwritten),
		CONTRACT_TEST(of_racing_writers_one_wins),
		CONTRACT_TEST(a_missing_object_is_not_found),
		CONTRACT_TEST(get_keeps_to_its_limit),
		CONTRACT_TEST(a_range_comes_back),
		CONTRACT_TEST(a_range_behind_the_end_is_corrupt),
		CONTRACT_TEST(the_end_comes_back_with_the_size),
		CONTRACT_TEST(what_was_removed_is_gone),
		CONTRACT_TEST(listing_is_in_byte_order_of_whole_keys),
		CONTRACT_TEST(listing_begins_behind_any_text),
		CONTRACT_TEST(more_than_a_thousand_keys_are_listed),
		CONTRACT_TEST(a_visitor_stops_the_listing),
		CONTRACT_TEST(what_is_no_key_is_refused),
	};

	return cmocka_run_group_tests_name(contract->name, tests, NULL, NULL);
}
