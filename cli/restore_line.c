/* The line to paste. */
#include "cli/restore_line.h"

#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "common/shellword.h"
#include "common/xalloc.h"
#include "kafka/settings.h"

/* What stands for the value of a secret. */
#define LEFT_OUT "..."

static void
add_name(const struct option *option, struct buf *out)
{
	if (option->letter != 0)
		buf_add_format(out, " -%c", option->letter);
	else
		buf_add_format(out, " --%s", option->name);
}

static void
add_value(const struct option *option, const char *text, struct buf *out)
{
	add_name(option, out);
	buf_add_char(out, ' ');
	shellword_add(out, bytes_of(text));
}

static void
add_property(const struct option *option, const char *pair, struct buf *out)
{
	const char *equals = strchr(pair, '=');
	struct buf shown = { 0 };
	char *name;

	if (equals == NULL) {
		add_value(option, pair, out);
		return;
	}
	name = xmemdup0(pair, (size_t)(equals - pair));
	if (kafka_settings_is_secret(name))
		buf_add_format(&shown, "%s=" LEFT_OUT, name);
	else
		buf_add_text(&shown, pair);
	add_value(option, buf_text(&shown), out);
	buf_release(&shown);
	free(name);
}

/* Groups are the line's own; of what every command takes only the
 * configuration file matters to the next one. */
static bool
is_repeated(const struct options *options, const struct option *option,
    unsigned int commands)
{
	if (option->id == OPT_REPO || option->id == OPT_BOOTSTRAP)
		return (option->commands & commands) == commands &&
		    options_is_set(options, option->id);
	if (options->values[option->id].origin != ORIGIN_COMMAND_LINE)
		return false;
	if (option->commands == CMD_ALL)
		return option->id == OPT_CONFIG;
	return (option->commands & commands) == commands &&
	    option->id != OPT_GROUP && option->id != OPT_EXCLUDE_GROUP;
}

static void
add_option(
    const struct options *options, const struct option *option, struct buf *out)
{
	const char **list;
	size_t count;

	switch (option->kind) {
	case OPTION_FLAG:
		add_name(option, out);
		break;
	case OPTION_TEXT:
		add_value(option, options_text(options, option->id), out);
		break;
	case OPTION_LIST:
		list = options_list(options, option->id, &count);
		for (size_t i = 0; i < count; i++) {
			if (option->id == OPT_PROPERTY)
				add_property(option, list[i], out);
			else
				add_value(option, list[i], out);
		}
		break;
	case OPTION_DURATION: /* deadlines of this run */
	case OPTION_COUNT:
	default:
		break;
	}
}

static void
add_options(const struct options *options, unsigned int commands, size_t end,
    struct buf *out)
{
	for (size_t id = 0; id < end; id++)
		if (is_repeated(options, &option_table[id], commands))
			add_option(options, &option_table[id], out);
}

/* The table begins with them. */
void
restore_line_options(
    const struct options *options, unsigned int commands, struct buf *out)
{
	add_options(options, commands, OPT_S3_STALL, out);
}

void
restore_line_begin(
    const struct options *options, const char *at, struct buf *out)
{
	buf_add_text(out, "tidemark restore");
	add_options(options, CMD_DIFF | CMD_RESTORE, OPTION_ID_COUNT, out);
	buf_add_text(out, " --at ");
	shellword_add(out, bytes_of(at));
}

void
restore_line_pattern(struct buf *out, struct bytes name)
{
	static const char regex[] = "re:";

	if (bytes_start_with(name, bytes_of(regex)))
		buf_add_char(out, '\\');
	for (size_t i = 0; i < name.size; i++) {
		if (strchr("*?[\\", name.data[i]) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, name.data[i]);
	}
}

bool
restore_line_add(struct buf *out, const struct buf *begin, struct bytes group)
{
	struct buf pattern = { 0 };

	if (group.size > 0 && memchr(group.data, '\0', group.size) != NULL)
		return false;
	restore_line_pattern(&pattern, group);
	buf_add_bytes(out, buf_bytes(begin));
	buf_add_text(out, " --group ");
	shellword_add(out, buf_bytes(&pattern));
	buf_release(&pattern);
	return true;
}
