/* Tests of cli/suggest.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/suggest.h"

static const char *const words[] = { "snapshot", "list", "show", "restore",
	"all-groups" };

static const char *
nearest(const char *word)
{
	return suggest_nearest(word, words, sizeof(words) / sizeof(words[0]));
}

static void
a_swapped_pair_of_letters_is_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("lsit"), "list");
	assert_string_equal(nearest("snaphsot"), "snapshot");
}

static void
a_beginning_of_one_word_is_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("snap"), "snapshot");
	assert_string_equal(nearest("all"), "all-groups");
}

static void
a_beginning_of_two_words_is_not(void **state)
{
	(void)state;
	assert_null(nearest("zz"));
	assert_null(nearest("s"));
}

static void
a_far_word_has_no_suggestion(void **state)
{
	(void)state;
	assert_null(nearest("kubernetes"));
	assert_null(nearest(""));
	assert_null(
	    nearest("a-word-that-is-much-longer-than-any-option-can-be"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_swapped_pair_of_letters_is_near),
		cmocka_unit_test(a_beginning_of_one_word_is_near),
		cmocka_unit_test(a_beginning_of_two_words_is_not),
		cmocka_unit_test(a_far_word_has_no_suggestion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
