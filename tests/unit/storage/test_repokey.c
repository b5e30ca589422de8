/*
 * test_repokey.c - the keys of snapshots, there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/err.h"
#include "common/timetext.h"
#include "storage/repo.h"
#include "storage/repokey.h"

#define FROM_MS INT64_C(1795615500123) /* 2026-11-25T14:05:00.123Z */
#define GOOD                                                           \
	"snapshots/c/2026/11/25/20261125T140500123Z-0123456789abcdef-" \
	"20261125T140502000Z-c-00000000.tar.zst"

static struct snapshot_info
make_info(void)
{
	struct snapshot_info info = { 0 };

	(void)snprintf(info.id, sizeof(info.id), "0123456789abcdef");
	(void)snprintf(info.cluster_id, sizeof(info.cluster_id), "c");
	(void)snprintf(
	    info.selection_hash, sizeof(info.selection_hash), "00000000");
	info.as_of_ms = -1;
	info.window = (struct snapshot_window){
		.from_ms = FROM_MS, .to_ms = FROM_MS + 1877, .complete = true
	};
	return info;
}

static void
a_key_says_what_the_design_says(void **state)
{
	const struct snapshot_info info = make_info();
	char key[STORE_KEY_MAX + 1];

	(void)state;
	repo_key_format(&info, key);
	assert_string_equal(key, GOOD);
}

static void
expect_there_and_back(const struct snapshot_info *info)
{
	struct snapshot_key parsed;
	char key[STORE_KEY_MAX + 1];
	struct err err = { 0 };

	repo_key_format(info, key);
	assert_true(store_key_valid(key));
	assert_true(repo_key_parse(key, &parsed));
	assert_string_equal(parsed.key, key);
	assert_true(parsed.from_ms == info->window.from_ms);
	assert_int_equal(repo_key_check(&parsed, info, &err), 0);
}

static void
a_key_goes_there_and_back(void **state)
{
	static const char *const clusters[] = { "c", "MkU3OEVBNTcwNTJENDM2Qg",
		"-", "_", "x-y", "", "a b", "../..", "a/b", "\xc3\xa4" };
	static const int64_t times[] = { 0, 1, INT64_C(951782400000),
		INT64_C(951868799999), FROM_MS, TIME_LAST_MS };
	struct snapshot_info info = make_info();

	(void)state;
	for (size_t i = 0; i < sizeof(clusters) / sizeof(*clusters); i++) {
		(void)snprintf(info.cluster_id, sizeof(info.cluster_id), "%s",
		    clusters[i]);
		for (size_t j = 0; j < sizeof(times) / sizeof(*times); j++) {
			info.window.from_ms = times[j];
			info.window.to_ms = times[j];
			info.window.complete = j % 2 != 0;
			expect_there_and_back(&info);
		}
	}
	/* Up to the longest that stands for itself, and beyond. */
	for (size_t size = 60; size < 70; size++) {
		memset(info.cluster_id, 'c', size);
		info.cluster_id[size] = '\0';
		expect_there_and_back(&info);
	}
}

static void
a_cluster_is_its_id_or_a_hash(void **state)
{
	char folder[REPO_CLUSTER_MAX];
	char other[REPO_CLUSTER_MAX];

	(void)state;
	repo_cluster("MkU3OEVBNTcwNTJENDM2Qg", folder);
	assert_string_equal(folder, "MkU3OEVBNTcwNTJENDM2Qg");
	repo_cluster("", folder);
	assert_string_equal(folder,
	    "x-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"
	    "5");
	/* An id that looks like a hash is hashed itself. */
	repo_cluster(folder, other);
	assert_string_not_equal(folder, other);
	assert_true(repo_cluster_valid(folder));
	assert_false(repo_cluster_valid(""));
	assert_false(repo_cluster_valid("a.b"));
	folder[10] = 'Z';
	assert_false(repo_cluster_valid(folder));
}

/* Each change of one byte is another key or none, never the same parts. */
static void
any_other_text_is_refused(void **state)
{
	static const char *const bad[] = { "", "snapshots", "snapshots/",
		"snapshots/c/", "snapshots/c/2026/11/25/", GOOD "x", GOOD "/",
		"x" GOOD, "tidemark.json",
		"snapshots/c/2026/11/24/20261125T140500123Z-0123456789abcdef-"
		"20261125T140502000Z-c-00000000.tar.zst",
		"snapshots/c/2026/11/25/20261125T140500123Z-0123456789abcdeF-"
		"20261125T140502000Z-c-00000000.tar.zst",
		"snapshots/c/2026/11/25/20261125T140500123Z-0123456789abcdef-"
		"20261125T140502000Z-x-00000000.tar.zst",
		"snapshots/c/2026/11/25/20261125T140500123Z-0123456789abcdef-"
		"20261125T140500122Z-c-00000000.tar.zst",
		"snapshots/c/2026/13/25/20261325T140500123Z-0123456789abcdef-"
		"20261325T140500124Z-c-00000000.tar.zst",
		"snapshots/c.d/2026/11/25/20261125T140500123Z-"
		"0123456789abcdef-20261125T140502000Z-c-00000000.tar.zst" };
	struct snapshot_key parsed;

	(void)state;
	assert_true(repo_key_parse(GOOD, &parsed));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(repo_key_parse(bad[i], &parsed));
	for (size_t i = 0; i < strlen(GOOD); i++) {
		char key[] = GOOD;

		key[i] = '\0';
		assert_false(repo_key_parse(key, &parsed));
		for (char c = 1; c < 127; c++) {
			key[i] = c;
			if (repo_key_parse(key, &parsed))
				assert_string_equal(parsed.key, key);
		}
	}
}

static void
a_manifest_that_disagrees_with_its_key_is_corrupt(void **state)
{
	struct snapshot_info infos[6];
	struct snapshot_key key;

	(void)state;
	assert_true(repo_key_parse(GOOD, &key));
	for (size_t i = 0; i < 6; i++)
		infos[i] = make_info();
	infos[0].cluster_id[0] = 'd';
	infos[1].id[0] = '1';
	infos[2].window.from_ms++;
	infos[3].window.to_ms++;
	infos[4].window.complete = false;
	infos[5].selection_hash[7] = '1';
	for (size_t i = 0; i < 6; i++) {
		struct err err = { 0 };

		assert_int_equal(repo_key_check(&key, &infos[i], &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_non_null(strstr(err.message, "MANIFEST.json"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_says_what_the_design_says),
		cmocka_unit_test(a_key_goes_there_and_back),
		cmocka_unit_test(a_cluster_is_its_id_or_a_hash),
		cmocka_unit_test(any_other_text_is_refused),
		cmocka_unit_test(
		    a_manifest_that_disagrees_with_its_key_is_corrupt),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
