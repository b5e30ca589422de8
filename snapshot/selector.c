/*
 * selector.c - patterns split in two: exact names, sorted, found by binary
 * search, so that a list of thousands costs nothing; and the others, tried one
 * by one.
 */
#include "snapshot/selector.h"

#include <stdlib.h>

#include "common/pattern.h"
#include "common/xalloc.h"

struct pattern_list {
	struct pattern **patterns; /* all of them, owned */
	size_t count;
	struct bytes *exact; /* sorted; borrowed from the patterns */
	size_t exact_count;
	struct pattern **others; /* borrowed */
	size_t other_count;
};

struct selector {
	struct pattern_list groups;
	struct pattern_list exclude_groups;
	struct pattern_list topics;
	struct pattern_list exclude_topics;
	struct bytes *named; /* exact groups that no exclusion takes */
	size_t named_count;
};

static int
compare_bytes(const void *left, const void *right)
{
	const struct bytes *a = left;
	const struct bytes *b = right;

	return bytes_compare(*a, *b);
}

static int
list_init(struct pattern_list *list, const char *const *texts, size_t count,
    struct err *err)
{
	size_t i;

	list->patterns = xcalloc(count, sizeof(*list->patterns));
	list->exact = xcalloc(count, sizeof(*list->exact));
	list->others = xcalloc(count, sizeof(*list->others));
	for (i = 0; i < count; i++) {
		struct pattern *pattern;
		const char *exact;

		if (pattern_new(texts[i], &pattern, err) != 0)
			return -1;
		list->patterns[list->count++] = pattern;
		exact = pattern_exact(pattern);
		if (exact != NULL)
			list->exact[list->exact_count++] = bytes_of(exact);
		else
			list->others[list->other_count++] = pattern;
	}
	qsort(list->exact, list->exact_count, sizeof(*list->exact),
	    compare_bytes);
	return 0;
}

static void
list_release(struct pattern_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		pattern_free(list->patterns[i]);
	free(list->patterns);
	free(list->exact);
	free(list->others);
}

static bool
list_matches(const struct pattern_list *list, struct bytes name)
{
	size_t i;

	if (list->exact_count > 0 &&
	    bsearch(&name, list->exact, list->exact_count, sizeof(*list->exact),
		compare_bytes) != NULL)
		return true;
	for (i = 0; i < list->other_count; i++) {
		if (pattern_matches(list->others[i], name))
			return true;
	}
	return false;
}

static bool
takes(const struct pattern_list *include, const struct pattern_list *exclude,
    struct bytes name)
{
	if (include->count > 0 && !list_matches(include, name))
		return false;
	return exclude->count == 0 || !list_matches(exclude, name);
}

/* The exact names that stay when exclusions and doubles are gone. */
static void
collect_named(struct selector *selector)
{
	const struct pattern_list *groups = &selector->groups;
	size_t i;

	selector->named = xcalloc(groups->exact_count, sizeof(struct bytes));
	for (i = 0; i < groups->exact_count; i++) {
		if (i > 0 &&
		    bytes_equal(groups->exact[i], groups->exact[i - 1]))
			continue;
		if (selector_takes_group(selector, groups->exact[i]))
			selector->named[selector->named_count++] =
			    groups->exact[i];
	}
}

int
selector_new(
    const struct selection *selection, struct selector **out, struct err *err)
{
	struct selector *selector = xcalloc(1, sizeof(*selector));

	if (list_init(&selector->groups, selection->groups,
		selection->group_count, err) != 0 ||
	    list_init(&selector->exclude_groups, selection->exclude_groups,
		selection->exclude_group_count, err) != 0 ||
	    list_init(&selector->topics, selection->topics,
		selection->topic_count, err) != 0 ||
	    list_init(&selector->exclude_topics, selection->exclude_topics,
		selection->exclude_topic_count, err) != 0) {
		selector_free(selector);
		return -1;
	}
	collect_named(selector);
	*out = selector;
	return 0;
}

bool
selector_takes_group(const struct selector *selector, struct bytes group)
{
	return takes(&selector->groups, &selector->exclude_groups, group);
}

bool
selector_takes_topic(const struct selector *selector, struct bytes topic)
{
	return takes(&selector->topics, &selector->exclude_topics, topic);
}

bool
selector_is_named(const struct selector *selector)
{
	return selector->groups.count > 0 && selector->groups.other_count == 0;
}

size_t
selector_named_count(const struct selector *selector)
{
	return selector->named_count;
}

struct bytes
selector_named_at(const struct selector *selector, size_t index)
{
	return selector->named[index];
}

void
selector_free(struct selector *selector)
{
	if (selector == NULL)
		return;
	list_release(&selector->groups);
	list_release(&selector->exclude_groups);
	list_release(&selector->topics);
	list_release(&selector->exclude_topics);
	free(selector->named);
	free(selector);
}
