/* Signal handling: see signals.h. */
#include "cli/signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop_count;

static void
on_stop(int signal_number)
{
	(void)signal_number;
	stop_count = stop_count + 1;
	if (stop_count > 1)
		_exit(130);
}

void
signals_install(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = on_stop;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, NULL);
}

bool
signals_interrupted(void *context)
{
	(void)context;
	return stop_count > 0;
}
