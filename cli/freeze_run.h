/*
 * freeze_run.h - what rescue freeze and rescue thaw have in common.
 */
#ifndef CLI_FREEZE_RUN_H
#define CLI_FREEZE_RUN_H

#include <stdbool.h>

#include "common/compiler.h"

struct context;
struct err;

/* Connect, do it, and print what became of it; as a command_fn returns.  Where
 * the broker denies it, the request for those who may is the result. */
int freeze_run(struct context *context, bool thaw, struct err *err) MUST_CHECK;

#endif /* CLI_FREEZE_RUN_H */
