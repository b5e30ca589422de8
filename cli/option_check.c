/* What can be told of a value before it is used: see options.h. */
#include <ctype.h>
#include <string.h>

#include "cli/options.h"
#include "restore/policy.h"

#define WORDS_MAX 8
#define GAP_PREFIX "on-"

/* Whether its argument is one of some words: "auto|path|virtual". */
static bool
has_words(const struct option *option)
{
	return option->argument != NULL &&
	    strchr(option->argument, '|') != NULL &&
	    islower((unsigned char)option->argument[0]);
}

static int
check_words(const struct option *option, const char *text, struct err *err)
{
	const char *words[WORDS_MAX];
	struct arena arena = { 0 };
	char *at = arena_text(&arena, option->argument);
	size_t count = 0;
	size_t chosen;
	int result;

	while (at != NULL && count < WORDS_MAX) {
		char *bar = strchr(at, '|');

		words[count++] = at;
		if (bar != NULL)
			*bar++ = '\0';
		at = bar;
	}
	result = option_choose(option->name, text, words, count, &chosen, err);
	arena_release(&arena);
	return result;
}

static int
check_gap(const struct option *option, const char *text, struct err *err)
{
	enum gap_choice choice;

	for (size_t gap = 0; gap < GAP_COUNT; gap++)
		if (strcmp(option->name + strlen(GAP_PREFIX),
			policy_gap_name((enum gap)gap)) == 0)
			return policy_choice((enum gap)gap, text, &choice, err);
	return 0;
}

int
option_check_value(
    const struct option *option, const char *text, struct err *err)
{
	enum gap_choice on[GAP_COUNT];

	if (has_words(option))
		return check_words(option, text, err);
	if (option->id == OPT_POLICY)
		return policy_preset(text, on, err);
	if (strncmp(option->name, GAP_PREFIX, strlen(GAP_PREFIX)) == 0)
		return check_gap(option, text, err);
	return 0;
}
