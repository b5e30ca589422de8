/* Tests of cli/help.h, on a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"

/* Every help fits into what a pipe holds unread. */
static char *
printed(const struct command *command)
{
	static char text[65536];
	struct output out;
	struct err err = { 0 };
	size_t size = 0;
	ssize_t got;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	output_init(&out, ends[1]);
	help_command(command, &out);
	assert_int_equal(output_close(&out, &err), 0);
	close(ends[1]);
	while ((got = read(ends[0], text + size, sizeof(text) - 1 - size)) > 0)
		size += (size_t)got;
	close(ends[0]);
	text[size] = '\0';
	return text;
}

static bool
is_an_options_text(const char *line)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++)
		if (strncmp(line, option_table[id].help,
			strlen(option_table[id].help)) == 0)
			return true;
	return false;
}

/* A line that is indented as help texts are begins with one, or with what
 * stands behind it. */
static void
no_help_has_anything_beside_the_tables(void **state)
{
	(void)state;
	for (size_t at = 0; at < command_count; at++) {
		char *text =
		    strstr(printed(&command_table[at]), "\noptions:\n");
		char *rest = NULL;

		assert_non_null(text);
		for (char *line = strtok_r(text, "\n", &rest); line != NULL;
		     line = strtok_r(NULL, "\n", &rest)) {
			const size_t column = strspn(line, " ");

			assert_true(strlen(line) == 0 || column < strlen(line));
			if (column < 30)
				continue;
			if (!is_an_options_text(line + column) &&
			    strchr("[(", line[column]) == NULL)
				fail_msg("help %s: stray line: %s",
				    command_table[at].name, line);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_help_has_anything_beside_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
