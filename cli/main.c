/*
 * main.c - from argv to an exit status.  Parses, builds the context, runs one
 * command, and prints the one error that may come back.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/configure.h"
#include "cli/context.h"
#include "cli/help.h"
#include "cli/signals.h"

/* The sink of the log: stderr, a line at a time, the progress line wiped. */
static void
log_to_stderr(void *context, enum log_level level, const char *line)
{
	static const char *const prefixes[] = { "error: ", "warning: ", "",
		"" };
	struct context *all = context;

	progress_clear(&all->progress);
	(void)fprintf(stderr, "tidemark: %s%s\n", prefixes[level], line);
}

static void
set_log_level(struct context *context)
{
	if (options_flag(&context->options, OPT_VERBOSE))
		context->log.level = LOG_DEBUG;
	else if (options_flag(&context->options, OPT_QUIET))
		context->log.level = LOG_ERROR;
	progress_init(&context->progress, &context->env,
	    options_flag(&context->options, OPT_QUIET));
}

/* What needs no command: --version, --help. */
static bool
run_plain(struct context *context)
{
	const struct options *options = &context->options;

	if (options_flag(options, OPT_VERSION)) {
		help_versions(&context->out, options_flag(options, OPT_JSON));
		return true;
	}
	if (options_flag(options, OPT_HELP) && options->command == NULL) {
		help_overview(&context->out);
		return true;
	}
	return false;
}

/* The first word of two, alone. */
static int
run_family(struct context *context, struct err *err)
{
	const struct command_family *family =
	    command_family_find(context->options.command);

	if (!options_flag(&context->options, OPT_HELP))
		return help_bare_family(family, err);
	help_family(family, &context->out);
	return EXIT_ALL;
}

static int
run_command(struct context *context, struct err *err)
{
	const struct command *command;

	if (run_plain(context))
		return EXIT_ALL;
	if (context->options.command == NULL) {
		err_set(err, ERR_USAGE, "no command is given");
		err_hint(err, "tidemark --help lists the commands");
		return -1;
	}
	if (command_family_find(context->options.command) != NULL)
		return run_family(context, err);
	command = command_find(context->options.command);
	if (command == NULL)
		return help_unknown_command(context->options.command, err);
	if (options_flag(&context->options, OPT_HELP)) {
		help_command(command, &context->out);
		return EXIT_ALL;
	}
	if (options_check(&context->options, command->bit, err) != 0)
		return -1;
	if (configure(context, command->bit, err) != 0)
		return -1;
	return command->run(context, err);
}

static void
print_error(const struct err *err)
{
	(void)fprintf(stderr, "tidemark: %s\n", err->message);
	if (err->hint[0] != '\0')
		(void)fprintf(stderr, "  %s\n", err->hint);
}

static int
run(struct context *context, int argc, char **argv)
{
	struct err err = { 0 };
	struct err output_err = { 0 };
	int status = -1;

	if (options_parse(argc, argv, &context->options, &err) == 0) {
		set_log_level(context);
		if (context->options.secret_seen)
			log_warn(&context->log,
			    "a secret was given as an argument: other users "
			    "may have seen it; put it into --config, "
			    "--command-config or a variable");
		status = run_command(context, &err);
	}
	progress_clear(&context->progress);
	if (status < 0) {
		print_error(&err);
		status = err_exit_status(&err);
	}
	if (output_close(&context->out, &output_err) != 0) {
		print_error(&output_err);
		status = exit_status_worse(status, EXIT_FAILED);
	}
	return status;
}

int
main(int argc, char **argv)
{
	struct context context;
	int status;

	memset(&context, 0, sizeof(context));
	signals_install();
	env_init_system(&context.env, signals_interrupted);
	context.log.level = LOG_INFO;
	context.log.sink = log_to_stderr;
	context.log.context = &context;
	output_init(&context.out, STDOUT_FILENO);
	progress_init(&context.progress, &context.env, true);
	status = run(&context, argc, argv);
	inifile_release(&context.file);
	options_release(&context.options);
	return status;
}
