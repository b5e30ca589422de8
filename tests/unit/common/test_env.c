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

/* A sleeper that passes over at most slice_ms of its own clock a time. */
struct sleeper {
	int64_t now_ms;
	int64_t slice_ms;
	int64_t stop_at_ms;
	int calls;
	int64_t first_ms;
};

static int64_t
sleeper_now(void *context)
{
	return ((struct sleeper *)context)->now_ms;
}

static void
sleeper_sleep(void *context, int64_t duration_ms)
{
	struct sleeper *sleeper = context;

	if (sleeper->calls++ == 0)
		sleeper->first_ms = duration_ms;
	sleeper->now_ms +=
	    duration_ms < sleeper->slice_ms ? duration_ms : sleeper->slice_ms;
}

static bool
sleeper_stopped(void *context)
{
	const struct sleeper *sleeper = context;

	return sleeper->now_ms >= sleeper->stop_at_ms;
}

/* Sleep so long with the sleeper. */
static void
sleep_with(struct sleeper *sleeper, int64_t duration_ms)
{
	const struct env env = {
		.monotonic_ms = sleeper_now,
		.sleep_ms = sleeper_sleep,
		.interrupted = sleeper_stopped,
		.context = sleeper,
	};

	env_sleep_ms(&env, duration_ms);
}

static void
a_sleeper_that_returns_early_is_called_again(void **state)
{
	(void)state;
	struct sleeper sleeper = { .slice_ms = 100, .stop_at_ms = INT64_MAX };

	sleep_with(&sleeper, 250);
	assert_int_equal(sleeper.now_ms, 250);
	assert_int_equal(sleeper.calls, 3);
}

static void
a_sleeper_that_takes_it_all_is_called_once(void **state)
{
	(void)state;
	struct sleeper sleeper = { .slice_ms = 100000,
		.stop_at_ms = INT64_MAX };

	sleep_with(&sleeper, 30000);
	assert_int_equal(sleeper.calls, 1);
	assert_int_equal(sleeper.first_ms, 30000);
}

static void
a_clock_that_stands_still_does_not_sleep_for_ever(void **state)
{
	(void)state;
	struct sleeper sleeper = { .slice_ms = 0, .stop_at_ms = INT64_MAX };

	sleep_with(&sleeper, 30000);
	assert_int_equal(sleeper.calls, 1);
}

static void
an_interruption_ends_the_sleep_between_two_slices(void **state)
{
	(void)state;
	struct sleeper sleeper = { .slice_ms = 100, .stop_at_ms = 150 };

	sleep_with(&sleeper, 3600000);
	assert_int_equal(sleeper.now_ms, 200);
}

static void
no_time_is_not_slept(void **state)
{
	(void)state;
	struct sleeper sleeper = { .slice_ms = 100, .stop_at_ms = INT64_MAX };

	sleep_with(&sleeper, 0);
	sleep_with(&sleeper, -5);
	assert_int_equal(sleeper.calls, 0);
}

static void
the_system_sleeps_longer_than_a_slice(void **state)
{
	(void)state;
	struct env env;

	env_init_system(&env, NULL);
	const int64_t begin_ms = env_monotonic_ms(&env);

	env_sleep_ms(&env, 150);
	assert_true(env_monotonic_ms(&env) - begin_ms >= 150);
}

static void
backoff_without_base_or_cap_does_not_wait(void **state)
{
	(void)state;
	struct fake fake = { .byte = 0xff };
	struct env env = { .random = fake_random, .context = &fake };

	assert_int_equal(env_backoff_ms(&env, 3, 0, 1000), 0);
	assert_int_equal(env_backoff_ms(&env, 3, 100, 0), 0);
	assert_true(env_backoff_ms(&env, UINT32_MAX, 1, INT64_MAX) > 0);
	assert_int_equal(env_backoff_ms(&env, 0, 1, 1000) <= 1, 1);
}

static void
random_bytes_fill_any_size(void **state)
{
	(void)state;
	static uint8_t bytes[10000];
	struct env env;
	size_t zeroes = 0;

	env_init_system(&env, NULL);
	env.random(env.context, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		zeroes += bytes[i] == 0 ? 1 : 0;
	/* 39 are to be expected; a part left out would be thousands. */
	assert_true(zeroes < 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_sixteen_hex_digits),
		cmocka_unit_test(backoff_grows_to_its_cap_and_never_below_half),
		cmocka_unit_test(the_system_env_sleeps_and_stops),
		cmocka_unit_test(a_sleeper_that_returns_early_is_called_again),
		cmocka_unit_test(a_sleeper_that_takes_it_all_is_called_once),
		cmocka_unit_test(
		    a_clock_that_stands_still_does_not_sleep_for_ever),
		cmocka_unit_test(
		    an_interruption_ends_the_sleep_between_two_slices),
		cmocka_unit_test(no_time_is_not_slept),
		cmocka_unit_test(the_system_sleeps_longer_than_a_slice),
		cmocka_unit_test(backoff_without_base_or_cap_does_not_wait),
		cmocka_unit_test(random_bytes_fill_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
