/*
 * signals.h - what the operator asks for by signals; the mutable globals of
 * the program.  SIGINT and SIGTERM ask it to stop.  SIGPIPE is ignored: a
 * closed pipe is seen where it is written to.
 *
 * The agent also takes SIGHUP (read the configuration again) and SIGUSR1 (store
 * what there is).
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

/* A second signal ends the program at once, with status 130. */
void signals_install(void);
void signals_install_agent(void);

/* Matches struct env's interrupted. */
bool signals_interrupted(void *context);

/* The same, but only when it was asked to stop so long ago: for what is to be
 * finished before.  For all of it SIGNALS_GRACE_MS are left. */
#define SIGNALS_GRACE_MS 8000
bool signals_overdue(int64_t grace_ms);

/* True once for each time that this was asked for. */
bool signals_take_reload(void);
bool signals_take_flush(void);

#endif /* CLI_SIGNALS_H */
