/*
 * Every archive in tests/golden is read as it was when it was written, and is
 * whole.  Files there are only added, never changed: README.md beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>

#include "common/files.h"
#include "formats/archive.h"
#include "tests/unit/formats/modeldump.h"

#define GOLDEN "tests/golden/"
#define SUFFIX ".tar.zst"
#define PATH_SIZE 512

static json_t *
expected_reading(const char *stem, size_t size)
{
	char path[PATH_SIZE];
	json_error_t problem;
	json_t *expected;

	(void)snprintf(path, sizeof(path), GOLDEN "%.*s.json", (int)size, stem);
	expected = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
	if (expected == NULL)
		fail_msg("%s: %s", path, problem.text);
	return expected;
}

static json_t *
read_capture(struct bytes archive, const struct capture_choice *choice)
{
	struct snapshot snapshot = { 0 };
	struct err err = { 0 };
	json_t *found;

	if (archive_decode_at(archive, choice, &snapshot, &err) != 0)
		fail_msg("%s", err.message);
	found = modeldump_json(&snapshot);
	snapshot_release(&snapshot);
	return found;
}

/* Of a window all captures. */
static json_t *
read_all(struct bytes archive, const json_t *expected)
{
	const json_t *captures = json_object_get(expected, "captures");
	json_t *list = json_array();
	json_t *found = json_object();

	if (captures == NULL) {
		json_decref(list);
		json_decref(found);
		return read_capture(archive, &(struct capture_choice){ 0 });
	}
	for (size_t i = 0; i < json_array_size(captures); i++) {
		const struct capture_choice choice = { .how = CAPTURE_NUMBER,
			.number = i };

		json_array_append_new(list, read_capture(archive, &choice));
	}
	json_object_set_new(found, "captures", list);
	return found;
}

static void
check_archive(const char *name, size_t stem_size)
{
	char path[PATH_SIZE];
	struct buf bytes = { 0 };
	struct archive_report report;
	struct err err = { 0 };
	json_t *expected = expected_reading(name, stem_size);
	json_t *found;

	(void)snprintf(path, sizeof(path), GOLDEN "%s", name);
	assert_int_equal(file_read(path, ARCHIVE_SIZE_MAX, &bytes, &err), 0);
	archive_verify(buf_bytes(&bytes), &report);
	assert_int_equal(report.count, 0);
	archive_report_release(&report);
	found = read_all(buf_bytes(&bytes), expected);
	if (!json_equal(found, expected))
		fail_msg("%s is read otherwise than it was written", path);
	json_decref(found);
	json_decref(expected);
	buf_release(&bytes);
}

static void
every_golden_archive_is_read_as_it_was_written(void **state)
{
	DIR *folder = opendir(GOLDEN);
	const struct dirent *entry;
	size_t count = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		const char *suffix = strstr(entry->d_name, SUFFIX);

		if (suffix == NULL)
			continue;
		check_archive(entry->d_name, (size_t)(suffix - entry->d_name));
		count++;
	}
	(void)closedir(folder);
	assert_true(count >= 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_golden_archive_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
