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

/* Looks at the words before the one that is being written. */
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

/* A text within single quotes of a shell. */
static void
print_quoted(const char *text, struct output *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			output_text(out, "'\\''");
		else
			output_text(out, "%c", *text);
	}
}

/* 'word:what it is' */
static void
print_described(const char *word, const char *summary, struct output *out)
{
	output_text(out, "\n\t\t\t'%s:", word);
	print_quoted(summary, out);
	output_text(out, "'");
}

static void
print_zsh_options(const struct command *command, struct output *out)
{
	output_text(out, "\t'%s')\n\t\tfound=(", command->name);
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];
		struct buf word = { 0 };

		if ((option->commands & command->bit) == 0)
			continue;
		buf_add_format(&word, "--%s", option->name);
		print_described(buf_text(&word), option->help, out);
		buf_release(&word);
	}
	output_text(out, ") ;;\n");
}

/* What stands where no command has been written yet. */
static void
print_zsh_words(struct output *out)
{
	for (size_t family = 0; family < family_count; family++) {
		const char *name = family_table[family].name;

		output_text(out, "\t'%s ')\n\t\tfound=(", name);
		for (size_t index = 0; index < command_count; index++) {
			const struct command *command = &command_table[index];
			const char *second = command_second_word(command, name);

			if (second != NULL)
				print_described(second, command->summary, out);
		}
		output_text(out, ") ;;\n");
	}
	output_text(out, "\t*)\n\t\tfound=(");
	for (size_t index = 0; index < command_count; index++)
		if (!command_is_in_family(&command_table[index]))
			print_described(command_table[index].name,
			    command_table[index].summary, out);
	for (size_t index = 0; index < family_count; index++)
		print_described(
		    family_table[index].name, family_table[index].summary, out);
	output_text(out, ") ;;\n");
}

/* To be sourced, or to be found in fpath as _tidemark. */
static void
print_zsh(struct output *out)
{
	output_text(out,
	    "#compdef tidemark\n_tidemark() {\n\tlocal seen= at\n"
	    "\tlocal -a found\n"
	    "\tfor ((at = 2; at < CURRENT; at++)); do\n"
	    "\t\tcase $seen${words[at]} in\n");
	for (size_t index = 0; index < family_count; index++)
		output_text(out, "\t\t%s) seen='%s ' ;;\n",
		    family_table[index].name, family_table[index].name);
	for (size_t index = 0; index < command_count; index++)
		output_text(out, "\t\t'%s') seen+=${words[at]}; break ;;\n",
		    command_table[index].name);
	output_text(out, "\t\tesac\n\tdone\n\tcase $seen in\n");
	for (size_t index = 0; index < command_count; index++)
		print_zsh_options(&command_table[index], out);
	print_zsh_words(out);
	output_text(out,
	    "\tesac\n\tif [[ $seen == (|* ) ]]; then\n"
	    "\t\t_describe command found\n"
	    "\telif [[ ${words[CURRENT]} == -* ]]; then\n"
	    "\t\t_describe -o option found\n"
	    "\telse\n\t\t_files\n\tfi\n"
	    "}\nif [[ ${funcstack[1]} == _tidemark ]]; then\n"
	    "\t_tidemark \"$@\"\nelse\n\tcompdef _tidemark tidemark\nfi\n");
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

/* " -d 'text'" */
static void
print_fish_text(const char *text, struct output *out)
{
	output_text(out, " -d '");
	print_quoted(text, out);
	output_text(out, "'\n");
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
		output_text(out, "' -l %s%s", option->name,
		    option->kind == OPTION_FLAG ? "" : " -r");
		if (option->letter != 0)
			output_text(out, " -s %c", option->letter);
		print_fish_text(option->help, out);
	}
}

static void
print_fish_word(const char *word, const char *summary, struct output *out)
{
	output_text(
	    out, "complete -c tidemark -n __fish_use_subcommand -a %s", word);
	print_fish_text(summary, out);
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
		output_text(out, "' -a %s", second);
		print_fish_text(command->summary, out);
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
	if (strcmp(shell, "fish") == 0)
		print_fish(&context->out);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(&context->out);
	else if (strcmp(shell, "bash") == 0)
		print_bash(&context->out);
	else
		return err_set(err, ERR_USAGE,
		    "no completion for the shell '%s': bash, zsh or fish",
		    utf8_escape_to(bytes_of(shell), shown, sizeof(shown)));
	return EXIT_ALL;
}
