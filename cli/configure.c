#include "cli/configure.h"

#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "common/files.h"

const char *
configure_lookup(void *context, const char *name)
{
	(void)context;
	/* Nobody in this program changes the environment. */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	return getenv(name);
}

static int
load_file(struct context *context, struct err *err)
{
	const char *path = options_text(&context->options, OPT_CONFIG);
	struct buf text = { 0 };
	int result = -1;

	if (path == NULL)
		path = configure_lookup(NULL, "TIDEMARK_CONFIG");
	if (path == NULL || path[0] == '\0')
		return 0;
	if (file_read(path, INIFILE_SIZE_MAX, &text, err) != 0) {
		err->kind = ERR_USAGE;
		goto out;
	}
	if (inifile_parse(buf_bytes(&text), path, configure_lookup, NULL,
		&context->file, err) != 0)
		goto out;
	context->file_name = path;
	result = 0;
out:
	buf_release(&text);
	return result;
}

int
configure(struct context *context, unsigned int command, struct err *err)
{
	struct option_sources sources = { .lookup = configure_lookup };

	if (load_file(context, err) != 0)
		return -1;
	if (context->file_name != NULL)
		sources.file = &context->file;
	sources.what = context->file_name;
	return options_complete(&context->options, command, &sources, err);
}

/* The lists of what did not come from the command line. */
static void
free_lists(struct option_value values[OPTION_ID_COUNT])
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		if (values[id].origin != ORIGIN_COMMAND_LINE)
			free(values[id].list);
	}
}

/* Back to what the command line gave. */
static void
reset(struct context *context)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		struct option_value *value = &context->options.values[id];

		if (value->origin != ORIGIN_COMMAND_LINE)
			*value = (struct option_value){ 0 };
	}
	context->file = (struct inifile){ 0 };
	context->file_name = NULL;
}

int
configure_again(struct context *context, unsigned int command, struct err *err)
{
	struct option_value values[OPTION_ID_COUNT];
	struct inifile file = context->file;
	const char *file_name = context->file_name;

	memcpy(values, context->options.values, sizeof(values));
	reset(context);
	if (configure(context, command, err) == 0) {
		inifile_release(&file);
		free_lists(values);
		return 0;
	}
	inifile_release(&context->file);
	free_lists(context->options.values);
	memcpy(context->options.values, values, sizeof(values));
	context->file = file;
	context->file_name = file_name;
	return -1;
}

int
configure_try(const struct context *context, unsigned int command,
    struct context *trial, struct err *err)
{
	memset(trial, 0, sizeof(*trial));
	trial->env = context->env;
	trial->log = context->log;
	trial->options = context->options;
	trial->options.arena = (struct arena){ 0 };
	reset(trial);
	return configure(trial, command, err);
}

void
configure_drop_trial(struct context *trial)
{
	inifile_release(&trial->file);
	free_lists(trial->options.values);
	arena_release(&trial->options.arena);
}
