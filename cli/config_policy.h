/*
 * config_policy.h - the sections [policy "topic:PATTERN"] and
 * [policy "group:PATTERN"] of the configuration file.
 */
#ifndef CLI_CONFIG_POLICY_H
#define CLI_CONFIG_POLICY_H

#include "common/compiler.h"
#include "common/err.h"

#define CONFIG_POLICY_SECTION "policy"

struct inifile;
struct policyrules;

/* A rule for each section, in their order; out is released by the caller,
 * whatever the result.  ERR_USAGE with the line. */
int config_policy_read(const struct inifile *file, const char *what,
    struct policyrules *out, struct err *err) MUST_CHECK;

#endif /* CLI_CONFIG_POLICY_H */
