#include "cli/config_show.h"

#include <stdio.h>
#include <string.h>

#include "cli/config_keys.h"
#include "cli/config_policy.h"
#include "cli/context.h"
#include "cli/table.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "kafka/settings.h"

#define MASK "***"

/* One line of what is shown. */
struct setting {
	const char *section;
	const char *argument; /* of [policy], else NULL */
	const char *key;
	const char *value;
	const char *from;
	bool secret;
};

/* Where they go: one of the two. */
struct show {
	struct context *context;
	struct table *table;
	json_t *list;
};

static void
show_json(const struct show *show, const struct setting *setting)
{
	json_t *object = json_pack("{s:o, s:o, s:o, s:b}", "section",
	    json_text(setting->section), "key", json_text(setting->key), "from",
	    json_text(setting->from), "secret", (int)setting->secret);

	if (setting->argument != NULL)
		json_set_name(object, "of", bytes_of(setting->argument));
	if (!setting->secret)
		json_set_name(object, "value", bytes_of(setting->value));
	(void)json_array_append_new(show->list, object);
}

static void
show_setting(const struct show *show, const struct setting *setting)
{
	struct buf section = { 0 };

	if (show->list != NULL) {
		show_json(show, setting);
		return;
	}
	buf_add_text(&section, setting->section);
	if (setting->argument != NULL)
		buf_add_format(&section, " \"%s\"", setting->argument);
	table_name(show->table, buf_bytes(&section));
	table_name(show->table, bytes_of(setting->key));
	table_name(
	    show->table, bytes_of(setting->secret ? MASK : setting->value));
	table_name(show->table, bytes_of(setting->from));
	buf_release(&section);
}

/* "tidemark.conf:12" */
static const char *
line_of(struct context *context, const struct inifile_entry *entry)
{
	return arena_format(
	    &context->options.arena, "%s:%d", context->file_name, entry->line);
}

/* --- options ----------------------------------------------------------- */

static void
show_value(const struct show *show, const struct option *option,
    const char *value, const char *from)
{
	const struct setting setting = {
		.section = option->section,
		.key = option->name,
		.value = value,
		.from = from,
		.secret = option->id == OPT_PING_URL,
	};

	show_setting(show, &setting);
}

/* As the file has it: each line of a list. */
static void
show_from_file(const struct show *show, const struct option *option)
{
	const struct inifile *file = &show->context->file;

	for (size_t at = 0; at < file->count; at++)
		if (config_option(&file->entries[at]) == option)
			show_value(show, option, file->entries[at].value,
			    line_of(show->context, &file->entries[at]));
}

static void
show_option(const struct show *show, const struct option *option)
{
	const struct option_value *value =
	    &show->context->options.values[option->id];
	const char *from = value->origin == ORIGIN_DEFAULT ? "default"
	    : value->origin == ORIGIN_ENVIRONMENT
	    ? option->variable
	    : arena_format(&show->context->options.arena, "--%s", option->name);

	if (option->section == NULL || value->origin == ORIGIN_NONE)
		return;
	if (value->origin == ORIGIN_FILE) {
		show_from_file(show, option);
		return;
	}
	if (option->kind != OPTION_LIST)
		show_value(show, option,
		    option->kind == OPTION_FLAG ? "yes" : value->text, from);
	for (size_t at = 0; at < value->list_count; at++)
		show_value(show, option, value->list[at], from);
}

/* --- the rest ---------------------------------------------------------- */

static int
show_property(void *context, const char *name, const char *value,
    const char *origin, struct err *err)
{
	const struct setting setting = {
		.section = "kafka",
		.key = name,
		.value = value,
		.from = origin,
		.secret = kafka_settings_is_secret(name),
	};

	(void)err;
	show_setting(context, &setting);
	return 0;
}

static void
show_policies(const struct show *show)
{
	const struct inifile *file = &show->context->file;

	for (size_t at = 0; at < file->count; at++) {
		const struct inifile_entry *entry = &file->entries[at];
		struct setting setting = {
			.section = entry->section,
			.argument = entry->argument,
			.key = entry->name,
			.value = entry->value,
		};

		if (strcmp(entry->section, CONFIG_POLICY_SECTION) != 0)
			continue;
		setting.from = line_of(show->context, entry);
		show_setting(show, &setting);
	}
}

static bool
is_earlier(const char *section, size_t id)
{
	for (size_t at = 0; at < id; at++)
		if (option_table[at].section != NULL &&
		    strcmp(option_table[at].section, section) == 0)
			return true;
	return false;
}

/* Section by section, in the order of the table. */
static void
show_options(const struct show *show)
{
	for (size_t first = 0; first < OPTION_ID_COUNT; first++) {
		const char *section = option_table[first].section;

		if (section == NULL || is_earlier(section, first))
			continue;
		for (size_t id = first; id < OPTION_ID_COUNT; id++)
			if (option_table[id].section != NULL &&
			    strcmp(option_table[id].section, section) == 0)
				show_option(show, &option_table[id]);
	}
}

int
config_show(struct context *context, const struct kafka_settings *settings,
    struct err *err)
{
	static const char *const titles[] = { "SECTION", "KEY", "VALUE", "FROM",
		NULL };
	const bool json = options_flag(&context->options, OPT_JSON);
	struct table table;
	struct show show = { context, &table, json ? json_array() : NULL };
	int result;

	table_init(&table, titles);
	result = kafka_settings_each(settings, show_property, &show, err);
	show_options(&show);
	show_policies(&show);
	if (json)
		output_json(&context->out,
		    json_pack("{s:o*, s:o}", "file",
			context->file_name != NULL
			    ? json_text(context->file_name)
			    : NULL,
			"settings", show.list));
	table_finish(&table, &context->out);
	return result;
}

void
config_show_checked(struct context *context, size_t policies)
{
	const size_t keys = context->file.count;
	struct buf name = { 0 };

	if (options_flag(&context->options, OPT_JSON)) {
		output_json(&context->out,
		    json_pack("{s:o, s:I, s:I}", "file",
			json_text(context->file_name), "keys", (json_int_t)keys,
			"policies", (json_int_t)policies));
		return;
	}
	utf8_escape(&name, bytes_of(context->file_name));
	output_text(&context->out,
	    "%s: %zu key%s, %zu [policy]: nothing wrong\n", buf_text(&name),
	    keys, output_plural(keys), policies);
	buf_release(&name);
}
