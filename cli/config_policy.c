#include "cli/config_policy.h"

#include <stdbool.h>
#include <string.h>

#include "cli/suggest.h"
#include "common/inifile.h"
#include "restore/policyrules.h"

static bool
is_policy(const char *section)
{
	return strcmp(section, CONFIG_POLICY_SECTION) == 0;
}

/* Two sections of one name would hide from each other what they set. */
static int
check_new(
    const struct inifile *file, size_t index, const char *what, struct err *err)
{
	const struct inifile_section *section = &file->sections[index];

	for (size_t at = 0; section->argument != NULL && at < index; at++) {
		const struct inifile_section *earlier = &file->sections[at];

		if (is_policy(earlier->name) && earlier->argument != NULL &&
		    strcmp(earlier->argument, section->argument) == 0)
			return err_set(err, ERR_USAGE,
			    "%s:%d: this [policy] is there already, in line %d",
			    what, section->line, earlier->line);
	}
	return 0;
}

static int
fail_key(const struct inifile_entry *entry, const char *what, struct err *err)
{
	size_t count = 0;
	const char *near;

	err_wrap(err, "%s:%d", what, entry->line);
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	err->kind = ERR_USAGE;
	while (policyrules_keys[count] != NULL)
		count++;
	near = suggest_nearest(entry->name, policyrules_keys, count);
	if (strcmp(entry->name, "policy") == 0)
		near = policyrules_keys[0];
	if (near != NULL)
		err_hint(err, "did you mean %s?", near);
	return -1;
}

/* The line of the key in this section before the entry; 0: there is none. */
static int
find_earlier(const struct inifile *file, const struct inifile_entry *entry)
{
	for (const struct inifile_entry *at = file->entries; at < entry; at++)
		if (at->argument == entry->argument &&
		    strcmp(at->name, entry->name) == 0)
			return at->line;
	return 0;
}

/* The keys of one section. */
static int
read_keys(const struct inifile *file, const struct inifile_section *section,
    const char *what, struct policyrules *out, struct err *err)
{
	for (size_t at = 0; at < file->count; at++) {
		const struct inifile_entry *entry = &file->entries[at];
		int earlier;

		/* Each section has a text of its own. */
		if (!is_policy(entry->section) ||
		    entry->argument != section->argument)
			continue;
		earlier = find_earlier(file, entry);
		if (earlier != 0)
			return err_set(err, ERR_USAGE,
			    "%s:%d: '%s' is set twice, first in line %d", what,
			    entry->line, entry->name, earlier);
		if (policyrules_set(out, entry->name, entry->value, err) != 0)
			return fail_key(entry, what, err);
	}
	return 0;
}

int
config_policy_read(const struct inifile *file, const char *what,
    struct policyrules *out, struct err *err)
{
	for (size_t at = 0; at < file->section_count; at++) {
		const struct inifile_section *section = &file->sections[at];
		const char *whom =
		    section->argument != NULL ? section->argument : "";

		if (!is_policy(section->name))
			continue;
		if (policyrules_add(out, whom, err) != 0)
			return err_wrap(err, "%s:%d", what, section->line);
		if (check_new(file, at, what, err) != 0 ||
		    read_keys(file, section, what, out, err) != 0)
			return -1;
	}
	return 0;
}
