/*
 * test_mapping.c - new names for old ones: by name and by expression.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "restore/mapping.h"

/* The new name by these rules. */
static void
expect_of(const char *const *texts, size_t count, struct bytes name,
    struct bytes wanted)
{
	struct mapping mapping = { 0 };
	struct arena arena = { 0 };
	struct bytes found;
	struct err err = { 0 };

	if (mapping_parse(&mapping.groups, "--map-group", texts, count, &err) !=
	    0)
		fail_msg("%s", err.message);
	if (mapping_name(&mapping.groups, name, &arena, &found, &err) != 0)
		fail_msg("%s", err.message);
	if (!bytes_equal(found, wanted))
		fail_msg("%.*s became %.*s, not %.*s", (int)name.size,
		    name.data, (int)found.size, found.data, (int)wanted.size,
		    wanted.data);
	arena_release(&arena);
	mapping_release(&mapping);
}

static void
expect(const char *text, const char *name, const char *wanted)
{
	expect_of(&text, 1, bytes_of(name), bytes_of(wanted));
}

static void
expect_refused(const char *text, const char *words)
{
	struct mapping mapping = { 0 };
	struct err err = { 0 };

	assert_int_equal(
	    mapping_parse(&mapping.topics, "--map-topic", &text, 1, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "--map-topic"));
	if (strstr(err.message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.message, words);
	mapping_release(&mapping);
}

static void
name_fits_as_a_whole_or_not_at_all(void **state)
{
	(void)state;
	expect("billing=billing-2", "billing", "billing-2");
	expect("billing=x", "billing-eu", "billing-eu");
	expect("bill*=x", "billing", "billing");
	expect(
	    "mail sender=\xf0\x9f\x93\xac", "mail sender", "\xf0\x9f\x93\xac");
}

static void
backslash_takes_the_next_character(void **state)
{
	(void)state;
	expect("a\\=b=c=d", "a=b", "c=d");
	expect("a\\\\=b", "a\\", "b");
	expect("\\s/x/y/=z", "s/x/y/", "z");
}

static void
expression_replaces_its_first_match(void **state)
{
	(void)state;
	expect("s/^/eu./", "orders", "eu.orders");
	expect("s/$/-copy/", "orders", "orders-copy");
	expect("s/o/0/", "foo", "f0o");
	expect("s/^prod-(.*)$/test-\\1/", "prod-billing", "test-billing");
	expect("s/(a+)(b)?(c)/\\3\\2\\1/", "xaacx", "xcaax");
	expect("s/.*/<&>/", "g", "<g>");
	expect("s/.*/\\&\\\\/", "g", "&\\");
	expect("s/a\\/b/c\\/d/", "a/b", "c/d");
	expect("s/x/y/", "orders", "orders");
	expect("s/a{2}|b/-/", "caab", "c-b");
}

static void
names_of_any_bytes_are_renamed(void **state)
{
	static const char *const suffix = "s/$/-copy/";
	const struct bytes nul = { "a\0b", 3 };

	(void)state;
	expect("s/ /_/", "\xe2\x98\x83 \xff", "\xe2\x98\x83_\xff");
	/* POSIX takes C strings: it stays what it is. */
	expect_of(&suffix, 1, nul, nul);
	expect("s/^$/nobody/", "", "nobody");
}

static void
first_rule_that_fits_renames(void **state)
{
	static const char *const rules[] = { "a=b", "s/^./z/" };

	(void)state;
	expect_of(rules, 2, bytes_of("a"), bytes_of("b"));
	expect_of(rules, 2, bytes_of("b"), bytes_of("z"));
}

static void
what_is_no_rule_is_refused(void **state)
{
	(void)state;
	expect_refused("", "OLD=NEW");
	expect_refused("a", "OLD=NEW");
	expect_refused("=a", "OLD=NEW");
	expect_refused("a=", "OLD=NEW");
	expect_refused("a=b\\", "backslash");
	expect_refused("s/a", "s/EXPRESSION/REPLACEMENT/");
	expect_refused("s/a/b", "s/EXPRESSION/REPLACEMENT/");
	expect_refused("s/a/b\\/", "s/EXPRESSION/REPLACEMENT/");
	expect_refused("s/a/b/g", "s/EXPRESSION/REPLACEMENT/");
	expect_refused("s/a/b/c/", "s/EXPRESSION/REPLACEMENT/");
	expect_refused("s/(a/b/", "(a");
	expect_refused("s/(a)/\\2/", "has not");
	expect_refused("s/(a)/\\0/", "has not");
	expect_refused("\x1b[31m", "\\u{1b}");
}

static void
name_that_nothing_is_left_of_is_refused(void **state)
{
	static const char *const rule = "s/.*//";
	struct mapping mapping = { 0 };
	struct arena arena = { 0 };
	struct bytes found;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    mapping_parse(&mapping.groups, "--map-group", &rule, 1, &err), 0);
	assert_int_equal(
	    mapping_name(&mapping.groups, bytes_of("g"), &arena, &found, &err),
	    -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "new name of g would be empty"));
	arena_release(&arena);
	mapping_release(&mapping);
}

static void
rule_that_fits_nothing_is_a_slip(void **state)
{
	static const char *const rules[] = { "a=b", "biling=c" };
	struct mapping mapping = { 0 };
	struct arena arena = { 0 };
	struct bytes found;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    mapping_parse(&mapping.groups, "--map-group", rules, 2, &err), 0);
	assert_int_equal(
	    mapping_name(&mapping.groups, bytes_of("a"), &arena, &found, &err),
	    0);
	assert_int_equal(mapping_check_used(&mapping.groups, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.message, "\"biling=c\" fits nothing"));
	assert_int_equal(mapping_check_used(&mapping.topics, &err), 0);
	arena_release(&arena);
	mapping_release(&mapping);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_fits_as_a_whole_or_not_at_all),
		cmocka_unit_test(backslash_takes_the_next_character),
		cmocka_unit_test(expression_replaces_its_first_match),
		cmocka_unit_test(names_of_any_bytes_are_renamed),
		cmocka_unit_test(first_rule_that_fits_renames),
		cmocka_unit_test(what_is_no_rule_is_refused),
		cmocka_unit_test(name_that_nothing_is_left_of_is_refused),
		cmocka_unit_test(rule_that_fits_nothing_is_a_slip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
