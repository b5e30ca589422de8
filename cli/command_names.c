/* Commands by their names: see commands.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/suggest.h"
#include "common/xalloc.h"

const struct command *
command_find(const char *name)
{
	for (size_t index = 0; index < command_count; index++) {
		if (strcmp(command_table[index].name, name) == 0)
			return &command_table[index];
	}
	return NULL;
}

const struct command_family *
command_family_find(const char *word)
{
	for (size_t index = 0; index < family_count; index++) {
		if (strcmp(family_table[index].name, word) == 0)
			return &family_table[index];
	}
	return NULL;
}

/* What stands behind "family " in a name, or NULL. */
static const char *
behind(const char *name, const char *family)
{
	const size_t size = strlen(family);

	if (strncmp(name, family, size) != 0 || name[size] != ' ')
		return NULL;
	return name + size + 1;
}

const char *
command_second_word(const struct command *command, const char *family)
{
	return behind(command->name, family);
}

bool
command_is_in_family(const struct command *command)
{
	return strchr(command->name, ' ') != NULL;
}

/* The command of the family whose second word is nearest. */
static const char *
nearest_second(const char *word, const char *family)
{
	const char **words = xcalloc(command_count, sizeof(*words));
	const char *found = NULL;
	const char *near;
	size_t count = 0;

	for (size_t index = 0; index < command_count; index++) {
		const char *second =
		    command_second_word(&command_table[index], family);

		if (second != NULL)
			words[count++] = second;
	}
	near = suggest_nearest(word, words, count);
	for (size_t index = 0; index < command_count && near != NULL; index++) {
		if (command_second_word(&command_table[index], family) == near)
			found = command_table[index].name;
	}
	free(words);
	return found;
}

/* The command of one word, or the family, whose name is nearest. */
static const char *
nearest_first(const char *word)
{
	const char **words =
	    xcalloc(command_count + family_count, sizeof(*words));
	const char *near;
	size_t count = 0;

	for (size_t index = 0; index < command_count; index++) {
		if (!command_is_in_family(&command_table[index]))
			words[count++] = command_table[index].name;
	}
	for (size_t index = 0; index < family_count; index++)
		words[count++] = family_table[index].name;
	near = suggest_nearest(word, words, count);
	free(words);
	return near;
}

const char *
command_nearest(const char *name)
{
	const char *found;

	for (size_t index = 0; index < family_count; index++) {
		const char *family = family_table[index].name;
		const char *second = behind(name, family);

		if (second != NULL)
			return nearest_second(second, family);
	}
	found = nearest_first(name);
	for (size_t index = 0; index < family_count && found == NULL; index++)
		found = nearest_second(name, family_table[index].name);
	return found;
}
