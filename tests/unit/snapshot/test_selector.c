#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snapshot/selector.h"

static const char *list[8];

static struct selector *
make(const struct selection *selection)
{
	struct selector *selector = NULL;
	struct err err = { 0 };

	assert_int_equal(selector_new(selection, &selector, &err), 0);
	return selector;
}

static void
nothing_given_takes_everything(void **state)
{
	const struct selection selection = { 0 };
	struct selector *selector = make(&selection);

	(void)state;
	assert_true(selector_takes_group(selector, bytes_of("any")));
	assert_true(selector_takes_group(selector, bytes_of("")));
	assert_true(selector_takes_topic(selector, bytes_of("any")));
	assert_false(selector_is_named(selector));
	selector_free(selector);
}

static void
exact_names_are_named(void **state)
{
	struct selection selection = { .groups = list, .group_count = 4 };
	struct selector *selector;

	(void)state;
	list[0] = "b";
	list[1] = "";
	list[2] = "a";
	list[3] = "b";
	selector = make(&selection);
	assert_true(selector_is_named(selector));
	assert_int_equal(selector_named_count(selector), 3);
	assert_true(bytes_equal_text(selector_named_at(selector, 0), ""));
	assert_true(bytes_equal_text(selector_named_at(selector, 1), "a"));
	assert_true(bytes_equal_text(selector_named_at(selector, 2), "b"));
	assert_true(selector_takes_group(selector, bytes_of("a")));
	assert_false(selector_takes_group(selector, bytes_of("ab")));
	selector_free(selector);
}

static void
a_pattern_among_names_is_not_named(void **state)
{
	struct selection selection = { .groups = list, .group_count = 2 };
	struct selector *selector;

	(void)state;
	list[0] = "b";
	list[1] = "a*";
	selector = make(&selection);
	assert_false(selector_is_named(selector));
	assert_true(selector_takes_group(selector, bytes_of("abc")));
	assert_true(selector_takes_group(selector, bytes_of("b")));
	assert_false(selector_takes_group(selector, bytes_of("c")));
	selector_free(selector);
}

static void
exclusions_win(void **state)
{
	static const char *excluded[] = { "a2", "re:b.*" };
	struct selection selection = {
		.groups = list,
		.group_count = 3,
		.exclude_groups = excluded,
		.exclude_group_count = 2,
		.exclude_topics = excluded,
		.exclude_topic_count = 1,
	};
	struct selector *selector;

	(void)state;
	list[0] = "a1";
	list[1] = "a2";
	list[2] = "bx";
	selector = make(&selection);
	assert_true(selector_is_named(selector));
	assert_int_equal(selector_named_count(selector), 1);
	assert_false(selector_takes_group(selector, bytes_of("a2")));
	assert_false(selector_takes_group(selector, bytes_of("bx")));
	assert_false(selector_takes_topic(selector, bytes_of("a2")));
	assert_true(selector_takes_topic(selector, bytes_of("bx")));
	selector_free(selector);
}

static void
a_bad_pattern_is_a_usage_error(void **state)
{
	struct selection selection = { .topics = list, .topic_count = 2 };
	struct selector *selector = NULL;
	struct err err = { 0 };

	(void)state;
	list[0] = "ok*";
	list[1] = "re:(";
	assert_int_equal(selector_new(&selection, &selector, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	selector_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_takes_everything),
		cmocka_unit_test(exact_names_are_named),
		cmocka_unit_test(a_pattern_among_names_is_not_named),
		cmocka_unit_test(exclusions_win),
		cmocka_unit_test(a_bad_pattern_is_a_usage_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
