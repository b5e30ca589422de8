/*
 * env.h - what the program takes from the world around it, as one parameter,
 * so that tests can set it: the clock, sleep, randomness, and whether the
 * operator asked us to stop.
 */
#ifndef COMMON_ENV_H
#define COMMON_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct env {
	/* Unix time in milliseconds, and a clock that never goes back. */
	int64_t (*now_ms)(void *context);
	int64_t (*monotonic_ms)(void *context);
	/* Sleep up to so long; returns early when interrupted. */
	void (*sleep_ms)(void *context, int64_t duration_ms);
	void (*random)(void *context, void *out, size_t size);
	/* True once SIGINT or SIGTERM came. */
	bool (*interrupted)(void *context);
	void *context;
};

int64_t env_now_ms(const struct env *env);
int64_t env_monotonic_ms(const struct env *env);
void env_sleep_ms(const struct env *env, int64_t duration_ms);
bool env_interrupted(const struct env *env);

/* Sixteen lower-case hex digits: the id of a snapshot or a plan. */
#define ENV_ID_MAX 17
void env_id(const struct env *env, char out[ENV_ID_MAX]);

/* The real ones; interrupted is the caller's (cli/signals.c), NULL: never. */
void env_init_system(struct env *env, bool (*interrupted)(void *context));

/*
 * How long to wait before try number attempt (0 is the first retry):
 * exponential from base_ms, at most cap_ms, with full jitter in the upper
 * half, so that many clients do not come back together.
 */
int64_t env_backoff_ms(const struct env *env, unsigned int attempt,
    int64_t base_ms, int64_t cap_ms);

#endif /* COMMON_ENV_H */
