#include "cli/config_keys.h"

#include <string.h>

#include "cli/config_policy.h"
#include "cli/suggest.h"
#include "common/buf.h"
#include "common/inifile.h"
#include "common/utf8.h"
#include "restore/policyrules.h"

#define SHOWN_MAX 120

#define KAFKA_SECTION "kafka"

/* For which commands the keys of a section count. */
static const struct {
	const char *name;
	unsigned int commands;
} sections[] = {
	{ KAFKA_SECTION, CMD_ALL },
	{ "repository", CMD_ALL },
	{ "s3", CMD_ALL },
	{ "snapshot", CMD_SNAPSHOT | CMD_AGENT | CMD_CONFIG },
	{ "agent", CMD_ALL },
	{ "restore", CMD_ALL },
	{ "expiring", CMD_ALL },
	{ "metrics", CMD_ALL },
	{ "ping", CMD_ALL },
	{ "limits", CMD_ALL },
	{ CONFIG_POLICY_SECTION, CMD_ALL },
};
#define SECTION_COUNT (sizeof(sections) / sizeof(*sections))

static const struct option *
find_option(const char *name)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++)
		if (strcmp(option_table[id].name, name) == 0)
			return &option_table[id];
	return NULL;
}

const struct option *
config_option(const struct inifile_entry *entry)
{
	const struct option *option = find_option(entry->name);

	if (option == NULL || option->section == NULL ||
	    strcmp(option->section, entry->section) != 0 ||
	    entry->argument != NULL)
		return NULL;
	return option;
}

bool
config_counts(const struct option *option, unsigned int command)
{
	for (size_t at = 0; at < SECTION_COUNT; at++)
		if (option->section != NULL &&
		    strcmp(sections[at].name, option->section) == 0)
			return (sections[at].commands & command) != 0;
	return false;
}

bool
config_keeps(const struct option *option)
{
	return option->section != NULL || option->id == OPT_BOOTSTRAP ||
	    option->id == OPT_PROPERTY;
}

static void
hint_sections(struct err *err)
{
	struct buf list = { 0 };

	for (size_t at = 0; at < SECTION_COUNT; at++)
		buf_add_format(
		    &list, "%s%s", at > 0 ? ", " : "", sections[at].name);
	err_hint(err, "there are %s", buf_text(&list));
	buf_release(&list);
}

static int
unknown_section(
    const struct inifile_section *section, const char *what, struct err *err)
{
	const char *names[SECTION_COUNT];
	char shown[SHOWN_MAX];
	const char *near;

	for (size_t at = 0; at < SECTION_COUNT; at++)
		names[at] = sections[at].name;
	near = suggest_nearest(section->name, names, SECTION_COUNT);
	err_set(err, ERR_USAGE, "%s:%d: unknown section [%s]", what,
	    section->line,
	    utf8_escape_to(bytes_of(section->name), shown, sizeof(shown)));
	if (near != NULL)
		err_hint(err, "did you mean [%s]?", near);
	else
		hint_sections(err);
	return -1;
}

static int
check_section(
    const struct inifile_section *section, const char *what, struct err *err)
{
	size_t at = 0;

	while (
	    at < SECTION_COUNT && strcmp(section->name, sections[at].name) != 0)
		at++;
	if (at == SECTION_COUNT)
		return unknown_section(section, what, err);
	if (section->argument != NULL &&
	    strcmp(section->name, CONFIG_POLICY_SECTION) != 0)
		return err_set(err, ERR_USAGE,
		    "%s:%d: the section is [%s], without a name", what,
		    section->line, section->name);
	return 0;
}

/* Where the key belongs, or which one it might be. */
static void
hint_key(const struct inifile_entry *entry, struct err *err)
{
	const struct option *option = find_option(entry->name);
	const char *names[OPTION_ID_COUNT];
	size_t count = 0;
	const char *near;

	if (option != NULL && option->section != NULL) {
		err_hint(
		    err, "%s belongs into [%s]", option->name, option->section);
		return;
	}
	if (option != NULL) {
		err_hint(err, "--%s is said anew for each run, and has no key",
		    option->name);
		return;
	}
	for (size_t id = 0; id < OPTION_ID_COUNT; id++)
		if (option_table[id].section != NULL &&
		    strcmp(option_table[id].section, entry->section) == 0)
			names[count++] = option_table[id].name;
	near = suggest_nearest(entry->name, names, count);
	if (near != NULL)
		err_hint(err, "did you mean %s?", near);
}

static int
check_key(const struct inifile_entry *entry, const char *what, struct err *err)
{
	if (config_option(entry) != NULL ||
	    strcmp(entry->section, KAFKA_SECTION) == 0 ||
	    strcmp(entry->section, CONFIG_POLICY_SECTION) == 0)
		return 0;
	err_set(err, ERR_USAGE, "%s:%d: unknown key '%s' in [%s]", what,
	    entry->line, entry->name, entry->section);
	hint_key(entry, err);
	return -1;
}

/* Lists may: each time it is one value more. */
static int
check_once(const struct inifile *file, const char *what, struct err *err)
{
	int first[OPTION_ID_COUNT] = { 0 };

	for (size_t at = 0; at < file->count; at++) {
		const struct inifile_entry *entry = &file->entries[at];
		const struct option *option = config_option(entry);

		if (option == NULL || option->kind == OPTION_LIST)
			continue;
		if (first[option->id] != 0)
			return err_set(err, ERR_USAGE,
			    "%s:%d: '%s' is set twice, first in line %d", what,
			    entry->line, entry->name, first[option->id]);
		first[option->id] = entry->line;
	}
	return 0;
}

int
config_check(const struct inifile *file, const char *what, struct err *err)
{
	struct policyrules rules = { 0 };
	int result = 0;

	for (size_t at = 0; at < file->section_count && result == 0; at++)
		result = check_section(&file->sections[at], what, err);
	for (size_t at = 0; at < file->count && result == 0; at++)
		result = check_key(&file->entries[at], what, err);
	if (result == 0)
		result = check_once(file, what, err);
	if (result == 0)
		result = config_policy_read(file, what, &rules, err);
	policyrules_release(&rules);
	return result;
}
