/*
 * commands.h - every command of the program, in one table.  A command lives in
 * a file of its own, cmd_NAME.c.
 *
 * A name has one word or two with a space between.  Those of two whose first
 * word is the same are a family, which has a row in a table of its own.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stdbool.h>
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

struct command_family {
	const char *name;    /* the first word */
	const char *summary; /* one line, no full stop */
	const char *details;
};

extern const struct command_family family_table[];
extern const size_t family_count;

/* NULL when it is no first word of two. */
const struct command_family *command_family_find(const char *word);

/* The second word of a command of this family, NULL: it is none of it. */
const char *command_second_word(
    const struct command *command, const char *family);

/* Whether a command is of any family. */
bool command_is_in_family(const struct command *command);

/* The command, or the family, whose name is nearest to a wrong one; NULL when
 * none is near. */
const char *command_nearest(const char *name);

command_fn cmd_init, cmd_snapshot, cmd_list, cmd_show, cmd_diff, cmd_lookup,
    cmd_verify, cmd_plan, cmd_apply, cmd_restore, cmd_undo, cmd_help,
    cmd_completion, cmd_rescue_list, cmd_rescue_snapshot, cmd_rescue_freeze,
    cmd_rescue_thaw, cmd_expiring, cmd_touch, cmd_config, cmd_agent;

#endif /* CLI_COMMANDS_H */
