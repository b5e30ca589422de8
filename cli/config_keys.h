/*
 * config_keys.h - what may stand in the configuration file: its sections, and
 * the option that each key stands for.
 *
 * A key has the name of its option.  [kafka] holds librdkafka's properties
 * (kafka/settings.h) and command-config; [policy "..."] is config_policy.h.
 */
#ifndef CLI_CONFIG_KEYS_H
#define CLI_CONFIG_KEYS_H

#include <stdbool.h>

#include "cli/options.h"
#include "common/compiler.h"
#include "common/err.h"

struct inifile;
struct inifile_entry;

/* The option that an entry stands for, or NULL. */
const struct option *config_option(const struct inifile_entry *entry);

/* Whether its key counts for the command (by its bit): what [snapshot] selects
 * is not what a restore is to move. */
bool config_counts(const struct option *option, unsigned int command);

/* Whether a file can hold it, or what it stands for: -b and -X are
 * properties. */
bool config_keeps(const struct option *option);

/* Refuse sections and keys that there are not, keys that stand twice, and
 * policies that are none: ERR_USAGE with the line, what naming the file, and
 * the nearest right name as a hint. */
int config_check(
    const struct inifile *file, const char *what, struct err *err) MUST_CHECK;

#endif /* CLI_CONFIG_KEYS_H */
