/*
 * commands.h - every command of the program, in one table.  A command lives in
 * a file of its own, cmd_NAME.c.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stddef.h>

#include "common/compiler.h"

struct context;
struct err;

/*
 * Run a command.  Returns its exit status, or -1 with err filled in.  What it
 * found goes to context->out; talk goes to the log.
 */
typedef int command_fn(struct context *context, struct err *err);

struct command {
	const char *name;
	unsigned int bit;      /* of enum command_bit */
	const char *arguments; /* "SNAPSHOT", "[SNAPSHOT...]", "" */
	const char *summary;   /* one line, no full stop */
	const char *details;   /* paragraphs for help, lines up to 76 columns */
	command_fn *run;
};

extern const struct command command_table[];
extern const size_t command_count;

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

command_fn cmd_init, cmd_snapshot, cmd_list, cmd_show, cmd_diff, cmd_lookup,
    cmd_verify, cmd_plan, cmd_apply, cmd_restore, cmd_undo, cmd_help,
    cmd_completion;

#endif /* CLI_COMMANDS_H */
