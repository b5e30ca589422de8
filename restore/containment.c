#include "restore/containment.h"

#include <string.h>

#include "formats/model.h"

struct list {
	const char **texts;
	size_t count;
};

/* A glob that knows no wildcard but *. */
static bool
is_star_glob(const char *text)
{
	return strncmp(text, "re:", 3) != 0 && strpbrk(text, "?[]\\") == NULL;
}

/*
 * Does the star glob match text, where what is special in text counts as a
 * plain character?  As outer has no special character but *, only a * can
 * stand for one of text's, and * takes whatever that one takes.
 */
static bool
star_glob_matches(const char *glob, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*glob == '*') {
			star = glob++;
			resume = text;
		} else if (*glob == *text) {
			glob++;
			text++;
		} else if (star != NULL) {
			glob = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

static bool
pattern_contains(const char *outer, const char *inner)
{
	if (strcmp(outer, inner) == 0 || strcmp(outer, "*") == 0)
		return true;
	return is_star_glob(outer) && strncmp(inner, "re:", 3) != 0 &&
	    star_glob_matches(outer, inner);
}

static bool
contains(struct list outer, struct list outer_exclude, struct list inner)
{
	if (outer_exclude.count > 0)
		return false;
	if (outer.count == 0)
		return true;
	if (inner.count == 0)
		return false;
	for (size_t i = 0; i < inner.count; i++) {
		bool found = false;

		for (size_t j = 0; j < outer.count && !found; j++)
			found =
			    pattern_contains(outer.texts[j], inner.texts[i]);
		if (!found)
			return false;
	}
	return true;
}

bool
containment_of_topics(
    const struct selection *outer, const struct selection *inner)
{
	return contains((struct list){ outer->topics, outer->topic_count },
	    (struct list){ outer->exclude_topics, outer->exclude_topic_count },
	    (struct list){ inner->topics, inner->topic_count });
}

bool
containment_of_groups(
    const struct selection *outer, const struct selection *inner)
{
	return contains((struct list){ outer->groups, outer->group_count },
	    (struct list){ outer->exclude_groups, outer->exclude_group_count },
	    (struct list){ inner->groups, inner->group_count });
}
