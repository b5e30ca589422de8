/*
 * modeltext.c - the words of the model's enumerations.
 */
#include <stddef.h>
#include <string.h>

#include "formats/model.h"

static const char *const group_types[] = {
	[GROUP_UNKNOWN] = "unknown",
	[GROUP_CLASSIC] = "classic",
	[GROUP_CONSUMER] = "consumer",
	[GROUP_STREAMS] = "streams",
	[GROUP_SHARE] = "share",
};

static const char *const scopes[] = {
	[SCOPE_CLUSTER] = "cluster",
	[SCOPE_NAMED] = "named",
	[SCOPE_VISIBLE] = "visible",
};

static const char *const sources[] = {
	[SOURCE_API] = "api",
	[SOURCE_TOPIC] = "offsets-topic",
	[SOURCE_BOTH] = "both",
	[SOURCE_RESCUE] = "rescue",
};

static const char *const hole_kinds[HOLE_KIND_COUNT] = {
	[HOLE_VISIBLE_SCOPE] = "visible-scope",
	[HOLE_OFFSETS_TOPIC_HIDDEN] = "offsets-topic-hidden",
	[HOLE_LEADERLESS] = "leaderless",
	[HOLE_MOVED] = "moved",
	[HOLE_LISTING] = "listing",
	[HOLE_GROUP] = "group",
	[HOLE_POSITION] = "position",
	[HOLE_UNSTABLE] = "unstable",
	[HOLE_TOPIC] = "topic",
	[HOLE_BOUND] = "bound",
	[HOLE_HISTORY] = "history",
	[HOLE_HELD] = "held",
	[HOLE_UNREADABLE] = "unreadable",
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The place of text in words, or count. */
static size_t
find_word(const char *const *words, size_t count, const char *text)
{
	size_t i = 0;

	while (i < count && strcmp(words[i], text) != 0)
		i++;
	return i;
}

const char *
group_type_text(enum group_type type)
{
	return group_types[type];
}

enum group_type
group_type_parse(const char *text)
{
	const size_t found =
	    find_word(group_types, COUNT_OF(group_types), text);

	return found < COUNT_OF(group_types) ? (enum group_type)found
					     : GROUP_UNKNOWN;
}

const char *
scope_text(enum scope scope)
{
	return scopes[scope];
}

bool
scope_parse(const char *text, enum scope *out)
{
	const size_t found = find_word(scopes, COUNT_OF(scopes), text);

	if (found == COUNT_OF(scopes))
		return false;
	*out = (enum scope)found;
	return true;
}

const char *
snapshot_source_text(enum snapshot_source source)
{
	return sources[source];
}

bool
snapshot_source_parse(const char *text, enum snapshot_source *out)
{
	const size_t found = find_word(sources, COUNT_OF(sources), text);

	if (found == COUNT_OF(sources))
		return false;
	*out = (enum snapshot_source)found;
	return true;
}

const char *
hole_kind_text(enum hole_kind kind)
{
	return hole_kinds[kind];
}

bool
hole_kind_parse(const char *text, enum hole_kind *out)
{
	const size_t found = find_word(hole_kinds, COUNT_OF(hole_kinds), text);

	if (found == COUNT_OF(hole_kinds))
		return false;
	*out = (enum hole_kind)found;
	return true;
}
