/* Filling in what the command line left open: the environment, the
 * configuration file and the defaults. */
#include "cli/options.h"

#include "cli/config_keys.h"

static int
complete_from_environment(struct options *options,
    const struct option_sources *sources, struct err *err)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];
		const char *text = option->variable == NULL
		    ? NULL
		    : sources->lookup(sources->context, option->variable);

		if (text == NULL || text[0] == '\0' || options->values[id].set)
			continue;
		if (option_check_value(option, text, err) != 0 ||
		    options_set(
			options, option, text, ORIGIN_ENVIRONMENT, err) != 0)
			return err_wrap(err, "%s", option->variable);
	}
	return 0;
}

static int
complete_from_file(struct options *options, unsigned int command,
    const struct inifile *file, const char *what, struct err *err)
{
	if (config_check(file, what, err) != 0)
		return -1;
	for (size_t index = 0; index < file->count; index++) {
		const struct inifile_entry *entry = &file->entries[index];
		const struct option *option = config_option(entry);

		if (option == NULL)
			continue;
		if (option_check_value(option, entry->value, err) != 0)
			return err_wrap(err, "%s:%d", what, entry->line);
		if (!config_counts(option, command) ||
		    options->values[option->id].origin > ORIGIN_FILE)
			continue;
		if (options_set(
			options, option, entry->value, ORIGIN_FILE, err) != 0)
			return err_wrap(err, "%s:%d", what, entry->line);
	}
	return 0;
}

static int
complete_with_defaults(struct options *options, struct err *err)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];

		if (options->values[id].origin == ORIGIN_NONE &&
		    option->fallback != NULL &&
		    options_set(options, option, option->fallback,
			ORIGIN_DEFAULT, err) != 0)
			return -1;
	}
	return 0;
}

int
options_complete(struct options *options, unsigned int command,
    const struct option_sources *sources, struct err *err)
{
	if (complete_from_environment(options, sources, err) != 0)
		return -1;
	if (sources->file != NULL &&
	    complete_from_file(
		options, command, sources->file, sources->what, err) != 0)
		return -1;
	return complete_with_defaults(options, err);
}
