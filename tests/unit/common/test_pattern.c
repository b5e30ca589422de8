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

static void
assert_bad(const char *text, const char *reason)
{
	struct pattern *pattern = NULL;
	struct err err = { 0 };

	if (pattern_new(text, &pattern, &err) == 0)
		fail_msg("%s was taken", text);
	assert_null(pattern);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.message, reason) == NULL)
		fail_msg("%s: %s", text, err.message);
}

static void
brackets_hold_characters_ranges_and_their_reverse(void **state)
{
	(void)state;
	assert_true(takes("[abc]", "b"));
	assert_false(takes("[abc]", "d"));
	assert_false(takes("[abc]", ""));
	assert_false(takes("[abc]", "ab"));
	assert_true(takes("v[0-9a-f]", "vc"));
	assert_true(takes("[!0-9]", "x"));
	assert_false(takes("[!0-9]", "7"));
	assert_true(takes("[a-]", "-"));
	assert_true(takes("[-a]", "-"));
	assert_true(takes("[]]", "]"));
	assert_false(takes("[!]]", "]"));
	assert_true(takes("[\\]]", "]"));
	assert_true(takes("[\\!a]", "!"));
	assert_true(takes("[a\\-z]", "-"));
	assert_false(takes("[a\\-z]", "c"));
	assert_true(takes("[*?]", "*"));
	assert_false(takes("[*?]", "x"));
	assert_true(takes("]", "]"));
}

static void
a_question_mark_is_one_character_even_after_a_star(void **state)
{
	(void)state;
	/* Three bytes: not three characters, wherever the star ends. */
	assert_true(takes("*?", "\xe2\x82\xac"));
	assert_false(takes("*??", "\xe2\x82\xac"));
	assert_true(takes("*??", "x\xe2\x82\xac"));
	assert_true(takes("[\xc3\xa0-\xc3\xbf]", "\xc3\xa9"));
	assert_false(takes("[\xc3\xa0-\xc3\xbf]", "e"));
}

static void
bytes_that_are_not_utf8_are_one_character_each(void **state)
{
	(void)state;
	assert_true(takes("a?", "a\xff"));
	assert_true(takes("a\xff", "a\xff"));
	assert_true(takes("*\xff", "a\xff"));
	assert_false(takes("*\xff", "a\xfe"));
	assert_true(takes("??", "\xff\xfe"));
	assert_true(takes("[!a]", "\xff"));
}

static void
a_backslash_takes_the_next_character_as_it_is(void **state)
{
	(void)state;
	assert_true(takes("\\*", "*"));
	assert_false(takes("\\*", "x"));
	assert_true(takes("a\\?*", "a?b"));
	assert_true(takes("\\\\", "\\"));
	assert_true(takes("\\a", "a"));
}

static void
the_text_is_kept_as_it_was_given(void **state)
{
	(void)state;
	struct pattern *pattern;
	struct err err = { 0 };

	assert_int_equal(pattern_new("re:a+", &pattern, &err), 0);
	assert_string_equal(pattern_text(pattern), "re:a+");
	assert_null(pattern_exact(pattern));
	pattern_free(pattern);
	assert_int_equal(pattern_new("a\\*", &pattern, &err), 0);
	assert_string_equal(pattern_text(pattern), "a\\*");
	pattern_free(pattern);
	pattern_free(NULL);
}

/*
 * What a glob of letters, '*' and '?' is defined to match: reached[i] says that
 * the steps so far can take exactly the first i characters.
 */
static bool
defined_match(const char *text, const char *name)
{
	const size_t length = strlen(name);
	bool reached[8] = { true };

	for (; *text != '\0'; text++) {
		for (size_t i = 1; *text == '*' && i <= length; i++)
			reached[i] = reached[i] || reached[i - 1];
		for (size_t i = length; *text != '*' && i > 0; i--)
			reached[i] = reached[i - 1] &&
			    (*text == '?' || *text == name[i - 1]);
		if (*text != '*')
			reached[0] = false;
	}
	return reached[length];
}

static void
globs_agree_with_a_plain_definition(void **state)
{
	(void)state;
	/* Every pattern of up to five of these against every such name. */
	static const char letters[] = "ab*?";
	char text[6];
	char name[6];

	for (int i = 0; i < 1024; i++) {
		for (size_t at = 0; at < 5; at++)
			text[at] = letters[(i >> (2 * at)) & 3];
		text[5] = '\0';
		for (int j = 0; j < 63; j++) {
			size_t length = 0;
			bool expected;

			/* The bits behind the first one set. */
			for (int bits = j + 1; bits > 1; bits >>= 1)
				name[length++] = (bits & 1) != 0 ? 'a' : 'b';
			name[length] = '\0';
			expected = defined_match(text, name);
			if (takes(text, name) != expected)
				fail_msg("%s and %s", text, name);
		}
	}
}

static void
what_is_wrong_with_a_glob_is_said(void **state)
{
	(void)state;
	assert_bad("a[b", "'['");
	assert_bad("[", "'['");
	assert_bad("[]", "'['");
	assert_bad("[!]", "'['");
	assert_bad("[a-", "'['");
	assert_bad("[a-\\", "'['");
	assert_bad("[a\\", "'['");
	assert_bad("[z-a]", "range");
	assert_bad("[^a]", "[!...]");
	assert_bad("abc\\", "backslash");
	assert_bad("\033[", "\\u{1b}[");
}

static void
alternatives_do_not_escape_the_anchors(void **state)
{
	(void)state;
	assert_bad("re:a)|(b", "')' without '('");
	assert_bad("re:a)|b", "')' without '('");
	assert_bad("re:[[:alpha:])", "re:[[:alpha:])");
	assert_true(takes("re:a\\)|b", "a)"));
	assert_true(takes("re:[)]|b", "b"));
	assert_true(takes("re:[^)]|b", "x"));
	assert_true(takes("re:[])]|b", "]"));
	assert_true(takes("re:[[:alpha:])]|b", ")"));
	assert_true(takes("re:[[.).]]|b", ")"));
	assert_false(takes("re:[[:alpha:])]|b", "xb"));
	assert_true(takes("re:(a|b)(c|d)", "bd"));
	assert_false(takes("re:(a|b)(c|d)", "bdx"));
	assert_true(takes("re:", ""));
	assert_false(takes("re:", "x"));
}

static void
a_long_name_is_matched_by_an_expression(void **state)
{
	(void)state;
	for (size_t size = 505; size < 520; size++) {
		char name[600];

		memset(name, 'a', size);
		name[size] = '\0';
		assert_true(takes("re:a+", name));
		name[size - 1] = 'b';
		assert_false(takes("re:a+", name));
	}
}

static void
bytes_above_ascii_are_seen_by_an_expression(void **state)
{
	(void)state;
	assert_true(takes("re:gr\xc3\xbc+n", "gr\xc3\xbcn"));
	assert_true(takes("re:.*", "gr\xc3\xbcn\xff\n"));
}

/* Short texts that would take all memory, and long ones that do not. */
static void
an_expression_that_grows_without_bound_is_refused(void **state)
{
	static const char *const wrong[] = { "re:((a{99}){99}){99}",
		"re:a{32767}{99}",
		"re:((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+",
		"re:(ab{2,})\\{9{99}{99}{99}", "re:[{]{99}{99}{99}" };
	static const char *const right[] = {
		"re:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
		"re:((a{9}){9}){9}", "re:a\\{99\\}{9}", "re:[{99}{99}{99}]",
		"re:(a|b|c)+-(d*e?)+"
	};

	(void)state;
	for (size_t at = 0; at < sizeof(wrong) / sizeof(*wrong); at++) {
		struct pattern *pattern;
		struct err err = { 0 };

		assert_int_equal(pattern_new(wrong[at], &pattern, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, "too large"));
	}
	for (size_t at = 0; at < sizeof(right) / sizeof(*right); at++) {
		struct pattern *pattern;
		struct err err = { 0 };

		if (pattern_new(right[at], &pattern, &err) != 0)
			fail_msg("%s", err.message);
		pattern_free(pattern);
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
		cmocka_unit_test(
		    brackets_hold_characters_ranges_and_their_reverse),
		cmocka_unit_test(
		    a_question_mark_is_one_character_even_after_a_star),
		cmocka_unit_test(
		    bytes_that_are_not_utf8_are_one_character_each),
		cmocka_unit_test(a_backslash_takes_the_next_character_as_it_is),
		cmocka_unit_test(the_text_is_kept_as_it_was_given),
		cmocka_unit_test(globs_agree_with_a_plain_definition),
		cmocka_unit_test(what_is_wrong_with_a_glob_is_said),
		cmocka_unit_test(alternatives_do_not_escape_the_anchors),
		cmocka_unit_test(a_long_name_is_matched_by_an_expression),
		cmocka_unit_test(bytes_above_ascii_are_seen_by_an_expression),
		cmocka_unit_test(
		    an_expression_that_grows_without_bound_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
