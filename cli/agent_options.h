/*
 * agent_options.h - the options of the agent, from its context.
 */
#ifndef CLI_AGENT_OPTIONS_H
#define CLI_AGENT_OPTIONS_H

#include "common/compiler.h"
#include "common/err.h"

struct agent_options;
struct context;

/* All but whom the agent calls.  ERR_USAGE: one of them cannot be. */
int agent_options_gather(struct context *context, struct agent_options *options,
    struct err *err) MUST_CHECK;

/*
 * Whether what a configuration file says of captures and the agent can be:
 * durations, patterns, the address to listen at.  Nothing is opened, and what
 * the command line may still add is not missed.
 */
int agent_options_check(struct context *context, struct err *err) MUST_CHECK;

#endif /* CLI_AGENT_OPTIONS_H */
