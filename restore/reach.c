#include "restore/reach.h"

#include "common/env.h"

#define PAUSE_BASE_MS 100
#define PAUSE_CAP_MS 1000

struct tries
reach_begin(const struct reach *reach)
{
	struct tries tries = { 0 };

	tries.reach = reach;
	tries.deadline_ms = env_monotonic_ms(reach->env) + reach->timeout_ms;
	return tries;
}

bool
reach_again(struct tries *tries)
{
	const struct env *env = tries->reach->env;
	const int64_t pause_ms =
	    env_backoff_ms(env, tries->attempt++, PAUSE_BASE_MS, PAUSE_CAP_MS);

	if (env_interrupted(env) ||
	    env_monotonic_ms(env) + pause_ms >= tries->deadline_ms)
		return false;
	env_sleep_ms(env, pause_ms);
	return !env_interrupted(env);
}

struct call_limits
reach_limits(const struct tries *tries)
{
	struct call_limits limits = { 0 };

	limits.window = tries->reach->window;
	limits.timeout_ms = REACH_REQUEST_MS;
	limits.deadline_ms = tries->deadline_ms;
	return limits;
}

int
reach_check(const struct reach *reach, struct err *err)
{
	if (env_interrupted(reach->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	return 0;
}

void
reach_progress(
    const struct reach *reach, const char *phase, size_t done, size_t total)
{
	if (reach->progress != NULL)
		reach->progress(reach->progress_context, phase, done, total);
}
