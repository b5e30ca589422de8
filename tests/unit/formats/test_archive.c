/*
 * test_archive.c - whole archives: there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "tests/unit/formats/modeldump.h"
#include "tests/unit/formats/modelgen.h"

#define RANDOM_MODELS 150

/* Encode, decode, and expect the same. */
static void
expect_round_trip(const struct snapshot *snapshot)
{
	struct snapshot decoded = { 0 };
	struct buf archive = { 0 };
	struct buf again = { 0 };
	struct err err = { 0 };

	if (archive_encode(snapshot, &archive, &err) != 0)
		fail_msg("encode: %s", err.message);
	if (archive_decode(buf_bytes(&archive), &decoded, &err) != 0)
		fail_msg("decode: %s", err.message);
	assert_true(modeldump_equal(snapshot, &decoded));
	assert_int_equal(archive_encode(&decoded, &again, &err), 0);
	assert_true(bytes_equal(buf_bytes(&archive), buf_bytes(&again)));
	snapshot_release(&decoded);
	buf_release(&archive);
	buf_release(&again);
}

static void
archive_of_everything_decodes_to_the_same(void **state)
{
	struct snapshot snapshot;

	(void)state;
	modelgen_everything(&snapshot);
	expect_round_trip(&snapshot);
	snapshot_release(&snapshot);
}

static void
archive_of_nothing_decodes_to_the_same(void **state)
{
	struct snapshot snapshot = { 0 };

	(void)state;
	modelgen_info(&snapshot);
	model_count(&snapshot);
	expect_round_trip(&snapshot);
	snapshot_release(&snapshot);
}

static void
archive_of_random_models_decodes_to_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < RANDOM_MODELS; seed++) {
		struct snapshot snapshot;

		modelgen_random(&snapshot, seed);
		expect_round_trip(&snapshot);
		snapshot_release(&snapshot);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_of_everything_decodes_to_the_same),
		cmocka_unit_test(archive_of_nothing_decodes_to_the_same),
		cmocka_unit_test(archive_of_random_models_decodes_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
