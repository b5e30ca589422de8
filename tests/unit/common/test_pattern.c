/* Tests of common/pattern.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/pattern.h"
#include <string.h>

static bool
matches(const char *text, struct bytes name)
{
	struct pattern *pattern;
	struct err err = { 0 };
	bool result;

	if (pattern_new(text, &pattern, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	result = pattern_matches(pattern, name);
	pattern_free(pattern);
	return result;
}

static bool
takes(const char *text, const char *name)
{
	return matches(text, bytes_of(name));
}

static void
an_exact_name_matches_itself_alone(void **state)
{
	struct pattern *pattern;
	struct err err = { 0 };
	(void)state;

	assert_true(takes("orders", "orders"));
	assert_false(takes("orders", "orders2"));
	assert_true(takes("", ""));
	assert_int_equal(pattern_new("a\\*b", &pattern, &err), 0);
	assert_string_equal(pattern_exact(pattern), "a*b");
	pattern_free(pattern);
	assert_int_equal(pattern_new("a*", &pattern, &err), 0);
	assert_null(pattern_exact(pattern));
	pattern_free(pattern);
}

static void
a_glob_matches_the_whole_name(void **state)
{
	(void)state;
	assert_true(takes("orders-*", "orders-eu/1"));
	assert_false(takes("orders-*", "my-orders-1"));
	assert_true(takes("*", ""));
	assert_true(takes("a?c",
	    "a\xc3\xbc"
	    "c"));
	assert_false(takes("a?c", "ac"));
	assert_true(takes("[a-c]x", "bx"));
	assert_false(takes("[!a-c]x", "bx"));
	assert_true(takes("*a*b*c*", "xxaxxbxxcxx"));
}

static void
a_glob_of_many_stars_ends(void **state)
{
	char name[4001];
	char text[201];
	(void)state;

	memset(name, 'a', 4000);
	name[4000] = '\0';
	for (size_t i = 0; i < 200; i += 2)
		memcpy(text + i, "*a", 2);
	text[200] = '\0';
	text[199] = 'b';
	assert_false(takes(text, name));
}

static void
an_expression_matches_the_whole_name(void **state)
{
	(void)state;
	assert_true(takes("re:a|b", "b"));
	assert_false(takes("re:a|b", "ab"));
	assert_false(takes("re:a|b", "xb"));
	assert_true(takes("re:g-[0-9]+", "g-17"));
	assert_false(takes("re:g-[0-9]+", "g-17x"));
}

static void
a_name_with_nul_is_never_matched_by_an_expression(void **state)
{
	(void)state;
	assert_false(matches("re:.*", (struct bytes){ "a\0b", 3 }));
	assert_true(matches("a*", (struct bytes){ "a\0b", 3 }));
}

static void
bad_patterns_are_refused_by_name(void **state)
{
	static const char *const texts[] = { "re:(", "[a", "re:[", "a\\" };
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct pattern *pattern;
		struct err err = { 0 };

		if (pattern_new(texts[i], &pattern, &err) == 0)
			fail_msg("%s was taken", texts[i]);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, texts[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exact_name_matches_itself_alone),
		cmocka_unit_test(a_glob_matches_the_whole_name),
		cmocka_unit_test(a_glob_of_many_stars_ends),
		cmocka_unit_test(an_expression_matches_the_whole_name),
		cmocka_unit_test(
		    a_name_with_nul_is_never_matched_by_an_expression),
		cmocka_unit_test(bad_patterns_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
