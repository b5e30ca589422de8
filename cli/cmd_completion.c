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

/* Bash; zsh takes the same through bashcompinit. */
static void
print_bash(struct output *out)
{
	output_text(out,
	    "_tidemark() {\n\tlocal word words=\n"
	    "\tfor word in \"${COMP_WORDS[@]:1}\"; do\n"
	    "\t\tcase $word in\n");
	for (size_t index = 0; index < command_count; index++) {
		output_text(out, "\t\t%s) words=\"", command_table[index].name);
		print_words(command_table[index].bit, out);
		output_text(out, "\"; break ;;\n");
	}
	output_text(out, "\t\tesac\n\tdone\n\t[ -n \"$words\" ] || words=\"");
	for (size_t index = 0; index < command_count; index++)
		output_text(out, " %s", command_table[index].name);
	output_text(out,
	    " --help --version\"\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- "
	    "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
	    "}\ncomplete -o default -F _tidemark tidemark\n");
}

static void
print_fish(struct output *out)
{
	for (size_t index = 0; index < command_count; index++) {
		const struct command *command = &command_table[index];

		output_text(out,
		    "complete -c tidemark -n __fish_use_subcommand -a %s "
		    "-d '%s'\n",
		    command->name, command->summary);
		for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
			const struct option *option = &option_table[id];

			if ((option->commands & command->bit) == 0)
				continue;
			output_text(out,
			    "complete -c tidemark -n "
			    "'__fish_seen_subcommand_from %s' -l %s%s\n",
			    command->name, option->name,
			    option->kind == OPTION_FLAG ? "" : " -r");
		}
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
