/* Tests of cli/restore_line.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"
#include "cli/restore_line.h"
#include "common/pattern.h"

#define ARGUMENTS_MAX 24

/* Parses a copy of the words: secrets in them are wiped. */
static void
parse(struct options *options, const char *const *words)
{
	char *argv[ARGUMENTS_MAX] = { NULL };
	struct err err = { 0 };
	int argc = 0;

	memset(options, 0, sizeof(*options));
	for (; words[argc] != NULL; argc++)
		argv[argc] = strdup(words[argc]);
	if (options_parse(argc, argv, options, &err) != 0)
		fail_msg("%s", err.message);
	while (argc > 0)
		free(argv[--argc]);
}

static void
expect(const char *const *words, struct bytes group, const char *line)
{
	struct options options;
	struct buf begin = { 0 };
	struct buf out = { 0 };

	parse(&options, words);
	restore_line_begin(&options, "12ab", &begin);
	assert_true(restore_line_add(&out, &begin, group));
	assert_string_equal(buf_text(&out), line);
	buf_release(&begin);
	buf_release(&out);
	options_release(&options);
}

static void
it_repeats_what_restore_needs_and_names_one_group(void **state)
{
	static const char *const words[] = { "tidemark", "diff", "latest",
		"live", "-r", "my dir", "-b", "host:9092", "--group", "g*",
		"--exclude-group", "x", "--json", "-v", "--timeout", "5s", "-t",
		"orders", "--s3-region", "here", "--config", "c.conf", NULL };

	(void)state;
	expect(words, bytes_of("g 1"),
	    "tidemark restore -b host:9092 --config c.conf -r 'my dir' "
	    "--s3-region here -t orders --at 12ab --group 'g 1'");
}

static void
secrets_are_left_out(void **state)
{
	static const char *const words[] = { "tidemark", "diff", "-X",
		"sasl.password=hunter2", "-X", "client.id=me", NULL };

	(void)state;
	expect(words, bytes_of("g"),
	    "tidemark restore -X sasl.password=... -X client.id=me --at 12ab "
	    "--group g");
}

static void
the_pattern_takes_the_name_and_no_other(void **state)
{
	static const char *const names[] = { "a*b", "what?", "[ab]",
		"back\\slash", "re:.*", "re:", "plain", "", "\\", "-lead",
		"new\nline" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct buf out = { 0 };
		struct pattern *pattern = NULL;
		struct err err = { 0 };

		restore_line_pattern(&out, bytes_of(names[i]));
		assert_int_equal(
		    pattern_new(buf_text(&out), &pattern, &err), 0);
		assert_string_equal(pattern_exact(pattern), names[i]);
		pattern_free(pattern);
		buf_release(&out);
	}
}

static void
a_name_with_a_nul_has_no_line(void **state)
{
	const struct bytes name = { "a\0b", 3 };
	struct buf begin = { 0 };
	struct buf out = { 0 };

	(void)state;
	assert_false(restore_line_add(&out, &begin, name));
	assert_int_equal(out.size, 0);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    it_repeats_what_restore_needs_and_names_one_group),
		cmocka_unit_test(secrets_are_left_out),
		cmocka_unit_test(the_pattern_takes_the_name_and_no_other),
		cmocka_unit_test(a_name_with_a_nul_has_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
