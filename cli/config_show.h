/*
 * config_show.h - a configuration, printed: what is in force, and where each
 * value comes from.  Values of secrets are never shown.
 */
#ifndef CLI_CONFIG_SHOW_H
#define CLI_CONFIG_SHOW_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"

struct context;
struct kafka_settings;

/* Every setting that has a value, as a table or with --json as one document. */
int config_show(struct context *context, const struct kafka_settings *settings,
    struct err *err) MUST_CHECK;

/* That nothing is wrong with the file. */
void config_show_checked(struct context *context, size_t policies);

#endif /* CLI_CONFIG_SHOW_H */
