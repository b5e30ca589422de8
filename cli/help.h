/*
 * help.h - texts that come from the tables of options and commands.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/err.h"

struct command;
struct command_family;
struct output;

void help_overview(struct output *out);
void help_command(const struct command *command, struct output *out);
/* What the commands of a family are. */
void help_family(const struct command_family *family, struct output *out);
void help_versions(struct output *out, bool json);

/* ERR_USAGE, with the nearest right command as hint; returns -1. */
int help_unknown_command(const char *name, struct err *err);

/* ERR_USAGE that tells the commands of a family, of which none was given;
 * returns -1. */
int help_bare_family(const struct command_family *family, struct err *err);

#endif /* CLI_HELP_H */
