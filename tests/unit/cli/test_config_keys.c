/* Tests of cli/config_keys.h, config_policy.h and what options take from a
 * file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/config_keys.h"
#include "cli/config_policy.h"
#include "common/inifile.h"
#include "restore/policyrules.h"

static const char *
no_variable(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static void
parse(const char *text, struct inifile *file)
{
	struct err err = { 0 };

	if (inifile_parse(
		bytes_of(text), "t.conf", no_variable, NULL, file, &err) != 0)
		fail_msg("%s", err.message);
}

/* What "command words..." has after this file; words may be NULL. */
static void
complete(const char *text, unsigned int command, const char *word,
    struct options *options)
{
	struct inifile file = { 0 };
	struct err err = { 0 };
	char name[] = "tidemark", last[80];
	char *argv[] = { name, last, NULL };

	parse(text, &file);
	(void)snprintf(last, sizeof(last), "%s", word != NULL ? word : "");
	assert_int_equal(
	    options_parse(word != NULL ? 2 : 1, argv, options, &err), 0);
	if (options_complete(options, command,
		&(const struct option_sources){
		    no_variable, NULL, &file, "t.conf" },
		&err) != 0)
		fail_msg("%s", err.message);
	inifile_release(&file);
}

static void
expect_wrong(const char *text, const char *message, const char *hint)
{
	struct inifile file = { 0 };
	struct options options = { 0 };
	struct err err = { 0 };

	parse(text, &file);
	assert_int_equal(options_complete(&options, CMD_LIST,
			     &(const struct option_sources){
				 no_variable, NULL, &file, "t.conf" },
			     &err),
	    -1);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.message, message) == NULL)
		fail_msg("%s", err.message);
	if (strstr(err.hint, hint) == NULL)
		fail_msg("%s", err.hint);
	options_release(&options);
	inifile_release(&file);
}

static void
what_is_no_section_is_told_with_the_nearest_one(void **state)
{
	(void)state;
	expect_wrong("[repo]\n", "t.conf:1: unknown section [repo]",
	    "did you mean [repository]?");
	expect_wrong("\n[x]\na = b\n", "t.conf:2: unknown section [x]",
	    "there are kafka, repository, s3, snapshot");
	expect_wrong("[s3 \"x\"]\n", "t.conf:1: the section is [s3]", "");
}

static void
what_is_no_key_is_told_with_where_it_belongs(void **state)
{
	(void)state;
	expect_wrong("[restore]\n\nsetle = 1s\n",
	    "t.conf:3: unknown key 'setle' in [restore]",
	    "did you mean settle?");
	expect_wrong("[restore]\nrepo = x\n", "t.conf:2: unknown key 'repo'",
	    "repo belongs into [repository]");
	expect_wrong("[restore]\nexecute = yes\n",
	    "t.conf:2: unknown key 'execute'", "each run");
}

static void
a_key_stands_once_unless_it_is_a_list(void **state)
{
	struct options options;
	size_t count;

	(void)state;
	expect_wrong("[limits]\ntimeout = 1s\n[limits]\ntimeout = 2s\n",
	    "t.conf:4: 'timeout' is set twice, first in line 2", "");
	complete(
	    "[snapshot]\ngroup = a\ngroup = b\n", CMD_SNAPSHOT, NULL, &options);
	assert_string_equal(options_list(&options, OPT_GROUP, &count)[1], "b");
	assert_int_equal(count, 2);
	options_release(&options);
}

static void
a_list_of_the_command_line_replaces_that_of_the_file(void **state)
{
	struct options options;
	size_t count;

	(void)state;
	complete("[snapshot]\ngroup = a\ngroup = b\n", CMD_SNAPSHOT,
	    "--group=c", &options);
	assert_string_equal(options_list(&options, OPT_GROUP, &count)[0], "c");
	assert_int_equal(count, 1);
	options_release(&options);
}

/* A restore moves what was named for it, and nothing else. */
static void
what_a_snapshot_selects_is_not_what_a_restore_moves(void **state)
{
	static const char text[] =
	    "[snapshot]\ngroup = a\ntopic = b\nexclude-group = c\n";
	struct options options;

	(void)state;
	complete(text, CMD_RESTORE, NULL, &options);
	assert_false(options_is_set(&options, OPT_GROUP));
	assert_false(options_is_set(&options, OPT_TOPIC));
	assert_false(options_is_set(&options, OPT_EXCLUDE_GROUP));
	options_release(&options);
	complete(text, CMD_CONFIG, NULL, &options);
	assert_true(options_is_set(&options, OPT_GROUP));
	options_release(&options);
}

static void
flags_are_yes_or_no(void **state)
{
	static const char no[] = "[restore]\nno-proof = no\n";
	struct options options;

	(void)state;
	complete("[restore]\nno-proof = yes\n", CMD_RESTORE, NULL, &options);
	assert_true(options_flag(&options, OPT_NO_PROOF));
	options_release(&options);
	complete(no, CMD_RESTORE, NULL, &options);
	assert_false(options_flag(&options, OPT_NO_PROOF));
	options_release(&options);
	complete(no, CMD_RESTORE, "--no-proof", &options);
	assert_true(options_flag(&options, OPT_NO_PROOF));
	options_release(&options);
	expect_wrong(
	    "[restore]\nno-proof = 1\n", "t.conf:2: no-proof is yes or no", "");
}

static void
a_word_that_an_option_does_not_know_is_told_with_its_line(void **state)
{
	(void)state;
	expect_wrong("[snapshot]\nscope = all\n",
	    "t.conf:2: --scope is auto, cluster, named or visible", "");
	expect_wrong("[restore]\npolicy = lax\n", "t.conf:2: policy 'lax'", "");
	expect_wrong("[restore]\non-missing-topic = earliest\n",
	    "t.conf:2: missing-topic 'earliest'", "");
	expect_wrong("[limits]\nin-flight = 0\n", "t.conf:2: --in-flight", "");
}

static void
policies_are_read_with_their_lines(void **state)
{
	struct policyrules rules = { 0 };
	struct inifile file = { 0 };
	struct err err = { 0 };

	(void)state;
	parse("[policy \"topic:a\"]\non-recreated = latest\npreset = strict\n"
	      "[policy \"group:b\"]\n[restore]\npolicy = strict\n",
	    &file);
	assert_int_equal(config_policy_read(&file, "t.conf", &rules, &err), 0);
	assert_int_equal(rules.count, 2);
	assert_int_equal(rules.list[0].on[GAP_TOPIC_RECREATED], CHOICE_LATEST);
	assert_string_equal(rules.list[1].name, "[policy \"group:b\"]");
	policyrules_release(&rules);
	inifile_release(&file);
	expect_wrong("[policy]\n", "t.conf:1: [policy]", "topic:PATTERN");
	expect_wrong("[policy \"orders\"]\n", "t.conf:1: ", "topic:PATTERN");
	expect_wrong("[policy \"topic:re:(\"]\n", "t.conf:1: ", "");
	expect_wrong("[policy \"topic:a\"]\npolicy = strict\n",
	    "t.conf:2: unknown key 'policy'", "did you mean preset?");
	expect_wrong("[policy \"topic:a\"]\non-recreatd = skip\n",
	    "t.conf:2: unknown key", "did you mean on-recreated?");
	expect_wrong("[policy \"topic:a\"]\npreset = lax\n",
	    "t.conf:2: policy 'lax'", "");
	expect_wrong("[policy \"topic:a\"]\n\n[policy \"topic:a\"]\n",
	    "t.conf:3: this [policy] is there already, in line 1", "");
	expect_wrong("[policy \"topic:a\"]\npreset = strict\npreset = strict\n",
	    "t.conf:3: 'preset' is set twice, first in line 2", "");
}

/* What is asked of one run, said anew each time. */
static bool
is_of_one_run(enum option_id id)
{
	static const enum option_id ids[] = { OPT_CONFIG, OPT_ALL_GROUPS,
		OPT_MAP_GROUP, OPT_MAP_TOPIC, OPT_AT, OPT_TO_DATETIME,
		OPT_BY_DURATION, OPT_TO_EARLIEST, OPT_TO_LATEST, OPT_TO_OFFSET,
		OPT_SHIFT_BY, OPT_TO_CURRENT, OPT_FROM_FILE, OPT_ALLOW_SKIP,
		OPT_ALLOW_REWIND, OPT_MOVED_BACK, OPT_SUMMARY, OPT_RESTORES,
		OPT_CAPTURES, OPT_TIME, OPT_OFFSET, OPT_READ_DATA_SUBSET,
		OPT_SALVAGE, OPT_SINCE, OPT_HISTORY, OPT_SEGMENTS,
		OPT_PARTITIONS, OPT_EXECUTE, OPT_RECORD, OPT_FORCE_STALE,
		OPT_DRY_RUN, OPT_OUTPUT, OPT_SHOW, OPT_JSON, OPT_QUIET,
		OPT_VERBOSE, OPT_HELP, OPT_VERSION };

	for (size_t at = 0; at < sizeof(ids) / sizeof(*ids); at++)
		if (ids[at] == id)
			return true;
	return false;
}

static void
every_lasting_option_has_its_key(void **state)
{
	(void)state;
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];

		if (is_of_one_run(option->id) == config_keeps(option))
			fail_msg("--%s", option->name);
		if (option->variable != NULL && option->id != OPT_CONFIG)
			assert_true(config_keeps(option));
		if (option->section != NULL)
			assert_true(config_counts(option, CMD_SNAPSHOT));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_no_section_is_told_with_the_nearest_one),
		cmocka_unit_test(what_is_no_key_is_told_with_where_it_belongs),
		cmocka_unit_test(a_key_stands_once_unless_it_is_a_list),
		cmocka_unit_test(
		    a_list_of_the_command_line_replaces_that_of_the_file),
		cmocka_unit_test(
		    what_a_snapshot_selects_is_not_what_a_restore_moves),
		cmocka_unit_test(flags_are_yes_or_no),
		cmocka_unit_test(
		    a_word_that_an_option_does_not_know_is_told_with_its_line),
		cmocka_unit_test(policies_are_read_with_their_lines),
		cmocka_unit_test(every_lasting_option_has_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
