/*
 * tidemark help, and --version: everything from the two tables, so that no
 * option can be forgotten here.
 */
#include <archive.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>
#include <zstd.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/help.h"
#include "cli/version.h"
#include "common/utf8.h"
#include "kafka/settings.h"
#include "storage/http.h"
#include "storage/xmlwalk.h"

/* Where an option's help begins. */
#define HELP_COLUMN 34
#define HELP_WIDTH 79

static const char statuses[] =
    "  0    all of it\n"
    "  1    failed\n"
    "  2    usage or configuration\n"
    "  3    partial: holes in a snapshot, positions skipped or not comparable\n"
    "  4    refused by a safety rule\n"
    "  5    the cluster changed since the plan was made\n"
    "  10   no repository there\n"
    "  20   integrity: an archive or a plan is damaged\n"
    "  130  interrupted\n";

/* "-r, --repo DIR" */
static void
option_head(const struct option *option, struct buf *out)
{
	if (option->letter != 0)
		buf_add_format(out, "-%c, ", option->letter);
	else
		buf_add_text(out, "    ");
	buf_add_format(out, "--%s", option->name);
	if (option->argument != NULL)
		buf_add_format(out, " %s", option->argument);
}

/* Pad with spaces up to where help texts begin. */
static void
pad_line(struct buf *line)
{
	while (line->size < HELP_COLUMN)
		buf_add_char(line, ' ');
}

/* " [60s] (TIDEMARK_TIMEOUT)" */
static void
option_tail(const struct option *option, struct buf *out)
{
	if (option->fallback != NULL)
		buf_add_format(out, " [%s]", option->fallback);
	if (option->variable != NULL)
		buf_add_format(out, " (%s)", option->variable);
}

static void
print_option(const struct option *option, struct output *out)
{
	struct buf line = { 0 };
	struct buf tail = { 0 };

	buf_add_text(&line, "  ");
	option_head(option, &line);
	if (line.size >= HELP_COLUMN) {
		output_text(out, "%s\n", buf_text(&line));
		buf_clear(&line);
	}
	pad_line(&line);
	buf_add_text(&line, option->help);
	option_tail(option, &tail);
	if (tail.size > 0 && line.size + tail.size > HELP_WIDTH) {
		output_text(out, "%s\n", buf_text(&line));
		buf_clear(&line);
		pad_line(&line);
		buf_add_text(&line, buf_text(&tail) + 1);
	} else {
		buf_add_bytes(&line, buf_bytes(&tail));
	}
	output_text(out, "%s\n", buf_text(&line));
	buf_release(&tail);
	buf_release(&line);
}

/* The parts that the options of a command are shown in. */
enum option_part {
	PART_OWN,
	PART_S3, /* of repositories in S3, the same for all commands */
	PART_COMMON,
};

static enum option_part
part_of(const struct option *option)
{
	if (option->commands == CMD_ALL)
		return PART_COMMON;
	if (option->id >= OPT_S3_ENDPOINT && option->id <= OPT_S3_STALL)
		return PART_S3;
	return PART_OWN;
}

static void
print_options(unsigned int command, enum option_part part, struct output *out)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];

		if ((option->commands & command) != 0 &&
		    part_of(option) == part)
			print_option(option, out);
	}
}

static void
print_command(const struct command *command, struct output *out)
{
	output_text(out, "  %-17s%s\n", command->name, command->summary);
}

void
help_overview(struct output *out)
{
	output_text(out,
	    "tidemark backs up and restores how far each Kafka consumer group "
	    "has read.\n\n"
	    "usage: tidemark COMMAND [OPTION...]\n\ncommands:\n");
	for (size_t index = 0; index < command_count; index++)
		print_command(&command_table[index], out);
	output_text(out, "\noptions of every command:\n");
	print_options(CMD_ALL, PART_COMMON, out);
	output_text(out,
	    "\nexit statuses:\n%s\n"
	    "tidemark help COMMAND tells the rest.\n",
	    statuses);
}

void
help_family(const struct command_family *family, struct output *out)
{
	output_text(out,
	    "usage: tidemark %s COMMAND [OPTION...]\n\n%s.\n\n%s\ncommands:\n",
	    family->name, family->summary, family->details);
	for (size_t index = 0; index < command_count; index++) {
		if (command_second_word(&command_table[index], family->name) !=
		    NULL)
			print_command(&command_table[index], out);
	}
	output_text(
	    out, "\ntidemark help %s COMMAND tells the rest.\n", family->name);
}

int
help_bare_family(const struct command_family *family, struct err *err)
{
	struct buf words = { 0 };

	for (size_t index = 0; index < command_count; index++) {
		const char *second =
		    command_second_word(&command_table[index], family->name);

		if (second != NULL)
			buf_add_format(
			    &words, "%s%s", words.size > 0 ? ", " : "", second);
	}
	err_set(err, ERR_USAGE, "%s needs one of its commands behind it: %s",
	    family->name, buf_text(&words));
	err_hint(err, "tidemark help %s tells what they do", family->name);
	buf_release(&words);
	return -1;
}

void
help_command(const struct command *command, struct output *out)
{
	output_text(out, "usage: tidemark %s%s%s [OPTION...]\n\n%s.\n\n%s\n",
	    command->name, command->arguments[0] != '\0' ? " " : "",
	    command->arguments, command->summary, command->details);
	output_text(out, "options:\n");
	print_options(command->bit, PART_OWN, out);
	print_options(command->bit, PART_COMMON, out);
	if ((command->bit & CMD_USES_REPO) == 0)
		return;
	output_text(out, "\noptions of repositories in S3:\n");
	print_options(command->bit, PART_S3, out);
}

void
help_versions(struct output *out, bool json)
{
	if (json) {
		output_json(out,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
			"tidemark", version_text, "librdkafka",
			kafka_library_version(), "zstd", ZSTD_versionString(),
			"libarchive", archive_version_string(), "jansson",
			jansson_version_str(), "curl", http_library_version(),
			"expat", xmlwalk_library_version(), "openssl",
			OpenSSL_version(OPENSSL_VERSION_STRING)));
		return;
	}
	output_text(out,
	    "tidemark %s\nlibrdkafka %s\nzstd %s\n%s\njansson %s\ncurl %s\n"
	    "%s\nOpenSSL %s\n",
	    version_text, kafka_library_version(), ZSTD_versionString(),
	    archive_version_string(), jansson_version_str(),
	    http_library_version(), xmlwalk_library_version(),
	    OpenSSL_version(OPENSSL_VERSION_STRING));
}

/* A text with roff's own characters made harmless: a line must not begin with
 * one that makes it a request. */
static void
print_roff(const char *text, struct output *out)
{
	struct buf escaped = { 0 };
	bool at_start = true;

	for (; *text != '\0'; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			buf_add_text(&escaped, "\\&");
		if (*text == '-')
			buf_add_text(&escaped, "\\-");
		else if (*text == '\\')
			buf_add_text(&escaped, "\\e");
		else
			buf_add_char(&escaped, *text);
		at_start = *text == '\n';
	}
	output_bytes(out, buf_bytes(&escaped));
	buf_release(&escaped);
}

static void
print_roff_options(
    unsigned int command, enum option_part part, struct output *out)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];
		struct buf head = { 0 };

		if ((option->commands & command) == 0 ||
		    part_of(option) != part)
			continue;
		option_head(option, &head);
		output_text(out, ".TP\n.B ");
		print_roff(buf_text(&head) + strspn(buf_text(&head), " "), out);
		output_text(out, "\n");
		print_roff(option->help, out);
		if (option->fallback != NULL)
			output_text(out, " (default %s)", option->fallback);
		if (option->variable != NULL)
			output_text(out, "; variable %s", option->variable);
		output_text(out, ".\n");
		buf_release(&head);
	}
}

static void
print_man_page(struct output *out)
{
	output_text(out,
	    ".TH TIDEMARK 1 \"\" \"tidemark %s\"\n.SH NAME\n"
	    "tidemark \\- back up and restore Kafka consumer group offsets\n"
	    ".SH SYNOPSIS\n.B tidemark\nCOMMAND [OPTION...]\n"
	    ".SH COMMANDS\n",
	    version_text);
	for (size_t index = 0; index < command_count; index++) {
		const struct command *command = &command_table[index];

		output_text(
		    out, ".SS %s %s\n", command->name, command->arguments);
		print_roff(command->summary, out);
		output_text(out, ".\n.PP\n");
		print_roff(command->details, out);
		print_roff_options(command->bit, PART_OWN, out);
	}
	output_text(out, ".SH OPTIONS OF EVERY COMMAND\n");
	print_roff_options(CMD_ALL, PART_COMMON, out);
	output_text(out, ".SH OPTIONS OF REPOSITORIES IN S3\n");
	print_roff_options(CMD_USES_REPO, PART_S3, out);
	output_text(out, ".SH EXIT STATUS\n.nf\n%s.fi\n", statuses);
}

int
help_unknown_command(const char *name, struct err *err)
{
	const char *near = command_nearest(name);
	char shown[80];

	err_set(err, ERR_USAGE, "unknown command '%s'",
	    utf8_escape_to(bytes_of(name), shown, sizeof(shown)));
	if (near != NULL)
		err_hint(err, "did you mean 'tidemark %s'?", near);
	else
		err_hint(err, "tidemark --help lists the commands");
	return -1;
}

int
cmd_help(struct context *context, struct err *err)
{
	const struct command *command;
	const char **words = context->options.arguments;
	const char *name = words != NULL ? words[0] : NULL;
	const struct command_family *family =
	    name != NULL ? command_family_find(name) : NULL;

	if (context_need_arguments(context, 0, family != NULL ? 2 : 1,
		"at most one command", err) != 0)
		return -1;
	if (name == NULL) {
		help_overview(&context->out);
		return EXIT_ALL;
	}
	if (family != NULL && context->options.argument_count == 1) {
		help_family(family, &context->out);
		return EXIT_ALL;
	}
	if (family != NULL)
		name = arena_format(
		    &context->options.arena, "%s %s", words[0], words[1]);
	if (strcmp(name, "man") == 0) {
		print_man_page(&context->out);
		return EXIT_ALL;
	}
	command = command_find(name);
	if (command == NULL)
		return help_unknown_command(name, err);
	help_command(command, &context->out);
	return EXIT_ALL;
}
