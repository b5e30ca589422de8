/* tidemark completion: scripts for three shells, from the two tables. */
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "common/utf8.h"

static void
print_words(unsigned int command, struct output *out)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		if ((option_table[id].commands & command) != 0)
			output_text(out, " --%s", option_table[id].name);
	}
}

/* The words that a command can begin with. */
static void
print_first_words(struct output *out)
{
	for (size_t index = 0; index < command_count; index++) {
		if (!command_is_in_family(&command_table[index]))
			output_text(out, " %s", command_table[index].name);
	}
	for (size_t index = 0; index < family_count; index++)
		output_text(out, " %s", family_table[index].name);
}

/* The words that go on with a family. */
static void
print_second_words(const char *family, struct output *out)
{
	for (size_t index = 0; index < command_count; index++) {
		const char *second =
		    command_second_word(&command_table[index], family);

		if (second != NULL)
			output_text(out, " %s", second);
	}
}

/* Bash; zsh takes the same through bashcompinit.  Looks at the words before
 * the one that is being written. */
static void
print_bash(struct output *out)
{
	output_text(out,
	    "_tidemark() {\n\tlocal word words= first= at\n"
	    "\tfor ((at = 1; at < COMP_CWORD; at++)); do\n"
	    "\t\tword=$first${COMP_WORDS[at]}\n"
	    "\t\tcase $word in\n");
	for (size_t index = 0; index < family_count; index++) {
		const char *name = family_table[index].name;

		output_text(out, "\t\t%s) first=\"%s \"; words=\"", name, name);
		print_second_words(name, out);
		output_text(out, " --help\" ;;\n");
	}
	for (size_t index = 0; index < command_count; index++) {
		output_text(
		    out, "\t\t\"%s\") words=\"", command_table[index].name);
		print_words(command_table[index].bit, out);
		output_text(out, "\"; break ;;\n");
	}
	output_text(out, "\t\tesac\n\tdone\n\t[ -n \"$words\" ] || words=\"");
	print_first_words(out);
	output_text(out,
	    " --help --version\"\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- "
	    "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
	    "}\ncomplete -o default -F _tidemark tidemark\n");
}

/* The condition under which fish has seen this command, and no other: the
 * second word of one may be the name of another. */
static void
print_fish_seen(const struct command *command, struct output *out)
{
	if (!command_is_in_family(command)) {
		output_text(
		    out, "__fish_seen_subcommand_from %s", command->name);
		for (size_t index = 0; index < family_count; index++)
			output_text(out,
			    "; and not __fish_seen_subcommand_from %s",
			    family_table[index].name);
		return;
	}
	for (size_t index = 0; index < family_count; index++) {
		const char *family = family_table[index].name;
		const char *second = command_second_word(command, family);

		if (second != NULL)
			output_text(out,
			    "__fish_seen_subcommand_from %s; and "
			    "__fish_seen_subcommand_from %s",
			    family, second);
	}
}

static void
print_fish_options(const struct command *command, struct output *out)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];

		if ((option->commands & command->bit) == 0)
			continue;
		output_text(out, "complete -c tidemark -n '");
		print_fish_seen(command, out);
		output_text(out, "' -l %s%s\n", option->name,
		    option->kind == OPTION_FLAG ? "" : " -r");
	}
}

static void
print_fish_word(const char *word, const char *summary, struct output *out)
{
	output_text(out,
	    "complete -c tidemark -n __fish_use_subcommand -a %s -d '%s'\n",
	    word, summary);
}

static void
print_fish_family(const struct command_family *family, struct output *out)
{
	print_fish_word(family->name, family->summary, out);
	for (size_t index = 0; index < command_count; index++) {
		const struct command *command = &command_table[index];
		const char *second = command_second_word(command, family->name);

		if (second == NULL)
			continue;
		output_text(out,
		    "complete -c tidemark -n '__fish_seen_subcommand_from %s; "
		    "and not __fish_seen_subcommand_from",
		    family->name);
		print_second_words(family->name, out);
		output_text(out, "' -a %s -d '%s'\n", second, command->summary);
	}
}

static void
print_fish(struct output *out)
{
	for (size_t index = 0; index < family_count; index++)
		print_fish_family(&family_table[index], out);
	for (size_t index = 0; index < command_count; index++) {
		const struct command *command = &command_table[index];

		if (!command_is_in_family(command))
			print_fish_word(command->name, command->summary, out);
		print_fish_options(command, out);
	}
}

int
cmd_completion(struct context *context, struct err *err)
{
	const char *shell;
	char shown[40];

	if (context_need_arguments(
		context, 1, 1, "one shell: bash, zsh or fish", err) != 0)
		return -1;
	shell = context->options.arguments[0];
	if (strcmp(shell, "fish") == 0) {
		print_fish(&context->out);
		return EXIT_ALL;
	}
	if (strcmp(shell, "zsh") == 0)
		output_text(&context->out,
		    "autoload -U +X bashcompinit && "
		    "bashcompinit\n");
	else if (strcmp(shell, "bash") != 0)
		return err_set(err, ERR_USAGE,
		    "no completion for the shell '%s': bash, zsh or fish",
		    utf8_escape_to(bytes_of(shell), shown, sizeof(shown)));
	print_bash(&context->out);
	return EXIT_ALL;
}
