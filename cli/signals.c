/* Signal handling: see signals.h. */
#include "cli/signals.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_count;
static volatile sig_atomic_t reload_count;
static volatile sig_atomic_t flush_count;

/* Written once, before stop_count is, by which it is known to be there. */
static struct timespec stopped_at;

static void
on_stop(int signal_number)
{
	(void)signal_number;
	if (stop_count > 0)
		_exit(130);
	(void)clock_gettime(CLOCK_MONOTONIC, &stopped_at);
	stop_count = 1;
}

static void
on_reload(int signal_number)
{
	(void)signal_number;
	reload_count = 1;
}

static void
on_flush(int signal_number)
{
	(void)signal_number;
	flush_count = 1;
}

static void
install(int signal_number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = handler;
	(void)sigaction(signal_number, &action, NULL);
}

void
signals_install(void)
{
	install(SIGINT, on_stop);
	install(SIGTERM, on_stop);
	install(SIGPIPE, SIG_IGN);
}

void
signals_install_agent(void)
{
	install(SIGHUP, on_reload);
	install(SIGUSR1, on_flush);
}

bool
signals_interrupted(void *context)
{
	(void)context;
	return stop_count > 0;
}

bool
signals_overdue(int64_t grace_ms)
{
	struct timespec now;
	int64_t waited_ms;

	if (stop_count == 0 || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return false;
	waited_ms = ((int64_t)now.tv_sec - stopped_at.tv_sec) * 1000 +
	    (now.tv_nsec - stopped_at.tv_nsec) / 1000000;
	return waited_ms >= grace_ms;
}

static bool
take(volatile sig_atomic_t *count)
{
	const bool was_asked = *count > 0;

	*count = 0;
	return was_asked;
}

bool
signals_take_reload(void)
{
	return take(&reload_count);
}

bool
signals_take_flush(void)
{
	return take(&flush_count);
}
