/*
 * Fuzzes the configuration syntax.  What is accepted has a section and a name
 * for every entry, line numbers that grow, and nothing that controls a
 * terminal; then what its keys mean to the program.
 */
#include <stdint.h>
#include <stdlib.h>

#include "cli/options.h"
#include "common/inifile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static const char *
lookup(void *context, const char *name)
{
	(void)context;
	return name[0] == 'A' ? "value" : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	struct inifile file = { 0 };
	struct options options = { 0 };
	struct err err = { 0 };
	int line = 0;

	if (inifile_parse(text, "fuzz.conf", lookup, NULL, &file, &err) != 0) {
		require(err.kind == ERR_USAGE);
		require(file.count == 0);
		return 0;
	}
	for (size_t at = 0; at < file.count; at++) {
		const struct inifile_entry *entry = &file.entries[at];

		require(entry->section[0] != '\0');
		require(entry->name[0] != '\0');
		require(entry->line > line);
		line = entry->line;
	}
	/* What it means: refused with a line, or taken. */
	if (options_complete(&options, CMD_RESTORE,
		&(const struct option_sources){
		    lookup, NULL, &file, "fuzz.conf" },
		&err) != 0)
		require(err.kind == ERR_USAGE && err.message[0] != '\0');
	options_release(&options);
	inifile_release(&file);
	return 0;
}
