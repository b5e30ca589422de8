/* Tests of cli/options.h: the command line, the environment and the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/bytes.h"

#define WORDS_MAX 10

/* A writable copy of a command line: options_parse may wipe words of it. */
struct line {
	char words[WORDS_MAX][80];
	char *argv[WORDS_MAX + 1];
	int argc;
};

static void
line_set(struct line *line, const char *const *words)
{
	line->argc = 0;
	for (; *words != NULL; words++) {
		(void)snprintf(line->words[line->argc], sizeof(line->words[0]),
		    "%s", *words);
		line->argv[line->argc] = line->words[line->argc];
		line->argc++;
	}
	line->argv[line->argc] = NULL;
}

#define PARSE(line, options, err, ...)                                      \
	(line_set(                                                          \
	     line, (const char *const[]){ "tidemark", __VA_ARGS__, NULL }), \
	    options_parse((line)->argc, (line)->argv, options, err))

static const char *
no_variable(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static const char *
repo_variable(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "TIDEMARK_REPO") == 0 ? "/from/env" : NULL;
}

static void
options_may_stand_on_both_sides_of_the_command(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };
	size_t count;

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "-r", "/a", "snapshot",
			     "--group=x", "-gy"),
	    0);
	assert_string_equal(options.command, "snapshot");
	assert_string_equal(options_text(&options, OPT_REPO), "/a");
	assert_string_equal(options_list(&options, OPT_GROUP, &count)[1], "y");
	assert_int_equal(count, 2);
	options_release(&options);
}

static void
a_command_of_two_words_may_have_options_between(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "-q", "rescue", "-r",
			     "/a", "freeze", "--execute", "more"),
	    0);
	assert_string_equal(options.command, "rescue freeze");
	assert_ptr_equal(command_find(options.command)->run, cmd_rescue_freeze);
	assert_string_equal(options_text(&options, OPT_REPO), "/a");
	assert_int_equal(options.argument_count, 1);
	assert_string_equal(options.arguments[0], "more");
	assert_int_equal(options_check(&options, CMD_RESCUE_FREEZE, &err), 0);
	assert_int_equal(options_check(&options, CMD_LIST, &err), -1);
	assert_string_equal(err.message, "rescue freeze takes no --execute");
	options_release(&options);
}

static void
the_first_word_of_two_alone_is_a_family(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "rescue", "-q"), 0);
	assert_string_equal(options.command, "rescue");
	assert_non_null(command_family_find(options.command));
	assert_null(command_find(options.command));
	options_release(&options);
	assert_int_equal(PARSE(&line, &options, &err, "show", "rescue"), 0);
	assert_string_equal(options.command, "show");
	assert_string_equal(options.arguments[0], "rescue");
	options_release(&options);
}

static void
a_wrong_command_gets_the_nearest_one(void **state)
{
	(void)state;
	assert_string_equal(command_nearest("snaphsot"), "snapshot");
	assert_string_equal(command_nearest("resuce"), "rescue");
	assert_string_equal(command_nearest("rescue frezee"), "rescue freeze");
	assert_string_equal(command_nearest("rescue thww"), "rescue thaw");
	assert_string_equal(command_nearest("freeze"), "rescue freeze");
	assert_string_equal(command_nearest("thwa"), "rescue thaw");
	assert_null(command_nearest("rescue kubernetes"));
	assert_null(command_nearest("rescue "));
	assert_null(command_nearest("kubernetes"));
}

static void
each_command_of_two_words_has_its_family(void **state)
{
	(void)state;
	for (size_t index = 0; index < command_count; index++) {
		const struct command *command = &command_table[index];
		size_t families = 0;

		for (size_t at = 0; at < family_count; at++)
			families += command_second_word(
					command, family_table[at].name) != NULL;
		assert_int_equal(
		    families, command_is_in_family(command) ? 1 : 0);
	}
}

static void
two_dashes_end_the_options(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    PARSE(&line, &options, &err, "show", "--", "--json"), 0);
	assert_false(options_flag(&options, OPT_JSON));
	assert_string_equal(options.arguments[0], "--json");
	options_release(&options);
}

static void
an_unknown_option_gets_the_nearest_one(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "list", "--jsno"), -1);
	assert_int_equal(err_exit_status(&err), 2);
	assert_string_equal(err.message, "unknown option --jsno");
	assert_string_equal(err.hint, "did you mean --json?");
	options_release(&options);
}

static void
an_abbreviated_option_is_not_taken(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "list", "--js"), -1);
	options_release(&options);
}

static void
an_option_given_twice_is_refused(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    PARSE(&line, &options, &err, "list", "-r", "a", "-r", "b"), -1);
	assert_string_equal(err.message, "--repo is given twice");
	options_release(&options);
}

static void
a_secret_in_the_arguments_is_wiped_and_kept(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };
	size_t count;

	(void)state;
	assert_int_equal(
	    PARSE(&line, &options, &err, "list", "-X", "sasl.password=hunter2"),
	    0);
	assert_true(options.secret_seen);
	assert_string_equal(line.words[3], "sasl.password=*******");
	assert_string_equal(options_list(&options, OPT_PROPERTY, &count)[0],
	    "sasl.password=hunter2");
	options_release(&options);
}

static void
a_url_to_ping_is_a_secret_too(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    PARSE(&line, &options, &err, "snapshot", "--ping-url=https://h/u"),
	    0);
	assert_true(options.secret_seen);
	assert_string_equal(line.words[2], "--ping-url=***********");
	assert_string_equal(
	    options_text(&options, OPT_PING_URL), "https://h/u");
	options_release(&options);
}

static void
an_option_of_another_command_is_refused(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "list", "--execute"), 0);
	assert_int_equal(options_check(&options, CMD_LIST, &err), -1);
	assert_string_equal(err.message, "list takes no --execute");
	options_release(&options);
}

static void
the_command_line_wins_over_the_environment_over_the_file(void **state)
{
	struct line line;
	struct options options;
	struct inifile file = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    inifile_parse(bytes_of("[repository]\nrepo = /from/file\n"),
		"t.conf", no_variable, NULL, &file, &err),
	    0);
	assert_int_equal(PARSE(&line, &options, &err, "list"), 0);
	assert_int_equal(options_complete(&options, CMD_LIST,
			     &(const struct option_sources){
				 repo_variable, NULL, &file, "t.conf" },
			     &err),
	    0);
	assert_string_equal(options_text(&options, OPT_REPO), "/from/env");
	options_release(&options);
	assert_int_equal(PARSE(&line, &options, &err, "list"), 0);
	assert_int_equal(options_complete(&options, CMD_LIST,
			     &(const struct option_sources){
				 no_variable, NULL, &file, "t.conf" },
			     &err),
	    0);
	assert_string_equal(options_text(&options, OPT_REPO), "/from/file");
	options_release(&options);
	inifile_release(&file);
}

static void
an_unknown_key_of_the_file_is_refused_with_its_line(void **state)
{
	struct line line;
	struct options options;
	struct inifile file = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(inifile_parse(bytes_of("[repository]\n\nrepoo = x\n"),
			     "t.conf", no_variable, NULL, &file, &err),
	    0);
	assert_int_equal(PARSE(&line, &options, &err, "list"), 0);
	assert_int_equal(options_complete(&options, CMD_LIST,
			     &(const struct option_sources){
				 no_variable, NULL, &file, "t.conf" },
			     &err),
	    -1);
	assert_string_equal(
	    err.message, "t.conf:3: unknown key 'repoo' in [repository]");
	options_release(&options);
	inifile_release(&file);
}

static void
defaults_fill_what_nobody_set(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&line, &options, &err, "snapshot"), 0);
	assert_int_equal(
	    options_complete(&options, CMD_SNAPSHOT,
		&(const struct option_sources){ no_variable, NULL, NULL, NULL },
		&err),
	    0);
	assert_int_equal(options_number(&options, OPT_TIMEOUT), 60000);
	assert_int_equal(options_number(&options, OPT_WINDOW), 500);
	options_release(&options);
}

static void
a_number_out_of_bounds_is_refused(void **state)
{
	struct line line;
	struct options options;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    PARSE(&line, &options, &err, "snapshot", "--in-flight", "0"), -1);
	assert_non_null(strstr(err.message, "from 1 to 5000, not '0'"));
	options_release(&options);
}

static void
the_table_stands_in_the_order_of_the_ids(void **state)
{
	(void)state;
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		assert_int_equal(option_table[id].id, id);
		assert_int_equal(option_table[id].argument == NULL,
		    option_table[id].kind == OPTION_FLAG);
	}
	for (size_t index = 0; index < command_count; index++)
		assert_ptr_equal(command_find(command_table[index].name),
		    &command_table[index]);
}

static void
one_of_several_words_or_the_list_of_them(void **state)
{
	static const char *const words[] = { "auto", "cluster", "named" };
	struct line line;
	struct options options;
	struct err err = { 0 };
	size_t chosen = 9;
	(void)state;

	assert_int_equal(
	    PARSE(&line, &options, &err, "snapshot", "--scope", "named"), 0);
	assert_int_equal(
	    options_choice(&options, OPT_SCOPE, words, 3, &chosen, &err), 0);
	assert_int_equal(chosen, 2);
	assert_int_equal(
	    options_choice(&options, OPT_SCOPE, words, 2, &chosen, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.message, "--scope is auto or cluster");
	options_release(&options);
	assert_int_equal(
	    PARSE(&line, &options, &err, "snapshot", "--scope", "all"), 0);
	assert_int_equal(
	    options_choice(&options, OPT_SCOPE, words, 3, &chosen, &err), -1);
	assert_string_equal(err.message, "--scope is auto, cluster or named");
	options_release(&options);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    options_may_stand_on_both_sides_of_the_command),
		cmocka_unit_test(
		    a_command_of_two_words_may_have_options_between),
		cmocka_unit_test(the_first_word_of_two_alone_is_a_family),
		cmocka_unit_test(a_wrong_command_gets_the_nearest_one),
		cmocka_unit_test(each_command_of_two_words_has_its_family),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(an_unknown_option_gets_the_nearest_one),
		cmocka_unit_test(an_abbreviated_option_is_not_taken),
		cmocka_unit_test(an_option_given_twice_is_refused),
		cmocka_unit_test(a_secret_in_the_arguments_is_wiped_and_kept),
		cmocka_unit_test(a_url_to_ping_is_a_secret_too),
		cmocka_unit_test(an_option_of_another_command_is_refused),
		cmocka_unit_test(
		    the_command_line_wins_over_the_environment_over_the_file),
		cmocka_unit_test(
		    an_unknown_key_of_the_file_is_refused_with_its_line),
		cmocka_unit_test(defaults_fill_what_nobody_set),
		cmocka_unit_test(a_number_out_of_bounds_is_refused),
		cmocka_unit_test(the_table_stands_in_the_order_of_the_ids),
		cmocka_unit_test(one_of_several_words_or_the_list_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
