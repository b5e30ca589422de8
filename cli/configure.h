/*
 * configure.h - the options of a context, from everywhere but the command line:
 * the environment, the configuration file, defaults.
 */
#ifndef CLI_CONFIGURE_H
#define CLI_CONFIGURE_H

#include "common/compiler.h"
#include "common/err.h"

struct context;

/* A variable of the environment, NULL: not set.  Matches inifile_lookup_fn. */
const char *configure_lookup(void *context, const char *name);

/* Read the file of --config or TIDEMARK_CONFIG, if any, and fill in what the
 * command line left open, for the command by its bit. */
int configure(
    struct context *context, unsigned int command, struct err *err) MUST_CHECK;

/* The same anew, with what the command line gave; on failure all is as before.
 * What was borrowed from the options before is void. */
int configure_again(
    struct context *context, unsigned int command, struct err *err) MUST_CHECK;

/*
 * Begin a scratch context with what configure_again would give, leaving this
 * one alone: to see whether it would be right.  Follow it with
 * configure_drop_trial, whatever the result.
 */
int configure_try(const struct context *context, unsigned int command,
    struct context *trial, struct err *err) MUST_CHECK;
void configure_drop_trial(struct context *trial);

#endif /* CLI_CONFIGURE_H */
