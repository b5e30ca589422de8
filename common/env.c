#include "common/env.h"

#include <openssl/rand.h>
#include <time.h>

#include "common/encoding.h"
#include "common/xalloc.h"

/*
 * How long an interruption can go unseen: a signal that arrives just before
 * the process sleeps, or on another thread, does not end its sleep.
 */
#define SLEEP_SLICE_MS 100

int64_t
env_now_ms(const struct env *env)
{
	return env->now_ms(env->context);
}

int64_t
env_monotonic_ms(const struct env *env)
{
	return env->monotonic_ms(env->context);
}

bool
env_interrupted(const struct env *env)
{
	return env->interrupted(env->context);
}

void
env_sleep_ms(const struct env *env, int64_t duration_ms)
{
	int64_t before = env_monotonic_ms(env);
	int64_t left = duration_ms;

	while (left > 0 && !env_interrupted(env)) {
		env->sleep_ms(env->context, left);

		const int64_t after = env_monotonic_ms(env);

		/* A clock that stands still is a test's. */
		if (after <= before) {
			return;
		}
		left -= after - before;
		before = after;
	}
}

void
env_id(const struct env *env, char out[ENV_ID_MAX])
{
	uint8_t id[(ENV_ID_MAX - 1) / 2];

	env->random(env->context, id, sizeof(id));
	hex_encode(id, sizeof(id), out);
}

int64_t
env_backoff_ms(const struct env *env, unsigned int attempt, int64_t base_ms,
    int64_t cap_ms)
{
	int64_t longest = base_ms < cap_ms ? base_ms : cap_ms;

	for (unsigned int i = 0; i < attempt && longest < cap_ms; i++) {
		longest = longest > cap_ms / 2 ? cap_ms : longest * 2;
	}
	if (longest <= 0) {
		return 0;
	}
	const int64_t half = longest / 2;
	uint64_t random;

	env->random(env->context, &random, sizeof(random));
	return half + (int64_t)(random % (uint64_t)(longest - half + 1));
}

/* ------------------------------------------------------- the real world */

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) != 0) {
		xdie("the system has no clock");
	}
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t
system_now_ms(void *context)
{
	(void)context;
	return clock_ms(CLOCK_REALTIME);
}

static int64_t
system_monotonic_ms(void *context)
{
	(void)context;
	return clock_ms(CLOCK_MONOTONIC);
}

/* One slice; env_sleep_ms comes back for the rest. */
static void
system_sleep_ms(void *context, int64_t duration_ms)
{
	const int64_t slice =
	    duration_ms < SLEEP_SLICE_MS ? duration_ms : SLEEP_SLICE_MS;
	const struct timespec time = { 0, (long)(slice * 1000000) };

	(void)context;
	/* An early end is as good: the caller looks at the clock. */
	(void)nanosleep(&time, NULL);
}

static void
system_random(void *context, void *out, size_t size)
{
	unsigned char *at = out;

	(void)context;
	while (size > 0) {
		const size_t part = size < 4096 ? size : 4096;

		if (RAND_bytes(at, (int)part) != 1) {
			xdie("libcrypto has no random bytes");
		}
		at += part;
		size -= part;
	}
}

static bool
never_interrupted(void *context)
{
	(void)context;
	return false;
}

void
env_init_system(struct env *env, bool (*interrupted)(void *context))
{
	env->now_ms = system_now_ms;
	env->monotonic_ms = system_monotonic_ms;
	env->sleep_ms = system_sleep_ms;
	env->random = system_random;
	env->interrupted =
	    interrupted != NULL ? interrupted : never_interrupted;
	env->context = NULL;
}
