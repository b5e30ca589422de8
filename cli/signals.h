/*
 * signals.h - SIGINT and SIGTERM ask the program to stop; the one mutable
 * global of the program.  SIGPIPE is ignored: a closed pipe is seen where it
 * is written to.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* A second signal ends the program at once, with status 130. */
void signals_install(void);

/* Matches struct env's interrupted. */
bool signals_interrupted(void *context);

#endif /* CLI_SIGNALS_H */
