/* Tests of common/env.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/env.h"
#include <string.h>

struct fake {
	int64_t now_ms;
	uint8_t byte;
	bool stop;
};

static int64_t
fake_now(void *context)
{
	return ((struct fake *)context)->now_ms;
}

static void
fake_random(void *context, void *out, size_t size)
{
	memset(out, ((struct fake *)context)->byte, size);
}

static bool
stopped(void *context)
{
	(void)context;
	return true;
}

static void
an_id_is_sixteen_hex_digits(void **state)
{
	struct fake fake = { .byte = 0xa7 };
	struct env env = {
		.now_ms = fake_now, .random = fake_random, .context = &fake
	};
	char id[ENV_ID_MAX];
	(void)state;

	env_id(&env, id);
	assert_string_equal(id, "a7a7a7a7a7a7a7a7");
}

static void
backoff_grows_to_its_cap_and_never_below_half(void **state)
{
	struct fake fake = { 0 };
	struct env env = {
		.now_ms = fake_now, .random = fake_random, .context = &fake
	};
	(void)state;

	for (int byte = 0; byte < 256; byte += 51) {
		fake.byte = (uint8_t)byte;
		for (unsigned int attempt = 0; attempt < 70; attempt++) {
			const int64_t wait =
			    env_backoff_ms(&env, attempt, 100, 2000);
			int64_t full = 2000;

			if (attempt < 5)
				full = INT64_C(100) << attempt;
			if (full > 2000)
				full = 2000;
			assert_true(wait >= full / 2 && wait <= full);
		}
	}
}

static void
the_system_env_sleeps_and_stops(void **state)
{
	struct env env;
	int64_t begin;
	char first[ENV_ID_MAX];
	char second[ENV_ID_MAX];
	(void)state;

	env_init_system(&env, NULL);
	assert_false(env_interrupted(&env));
	assert_true(env_now_ms(&env) > INT64_C(1700000000000));
	begin = env_monotonic_ms(&env);
	env_sleep_ms(&env, 5);
	assert_true(env_monotonic_ms(&env) - begin >= 4);
	env_id(&env, first);
	env_id(&env, second);
	assert_string_not_equal(first, second);
	env_init_system(&env, stopped);
	assert_true(env_interrupted(&env));
	env_sleep_ms(&env, 3600000); /* returns at once, or this never ends */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_sixteen_hex_digits),
		cmocka_unit_test(backoff_grows_to_its_cap_and_never_below_half),
		cmocka_unit_test(the_system_env_sleeps_and_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
