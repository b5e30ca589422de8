#include "restore/remap.h"

#include <stdlib.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "restore/brackets.h"
#include "restore/direct.h"
#include "restore/mapping.h"

#define SHOWN_MAX 120

/* One name, and what it becomes. */
struct rename {
	struct bytes from;
	struct bytes to;
};

struct renames {
	struct rename *list;
	size_t count;
};

bool
remap_is_wanted(const struct mapping *mapping)
{
	return mapping->groups.count > 0 || mapping->topics.count > 0;
}

/* --- collisions -------------------------------------------------------- */

static int
compare_from(const void *left, const void *right)
{
	const struct rename *a = left, *b = right;

	return bytes_compare(a->from, b->from);
}

static int
compare_to(const void *left, const void *right)
{
	const struct rename *a = left, *b = right;
	const int order = bytes_compare(a->to, b->to);

	return order != 0 ? order : bytes_compare(a->from, b->from);
}

/* Sorted by their old names, each once. */
static const struct rename *
find_from(const struct renames *renames, struct bytes name)
{
	const struct rename key = { .from = name };

	return bsearch(&key, renames->list, renames->count,
	    sizeof(*renames->list), compare_from);
}

static int
refuse_two(const struct rename *a, const struct rename *b, const char *what,
    struct err *err)
{
	char first[SHOWN_MAX], second[SHOWN_MAX], to[SHOWN_MAX];

	return err_set(err, ERR_REFUSED, "%s %s and %s would both be %s", what,
	    utf8_escape_to(a->from, first, sizeof(first)),
	    utf8_escape_to(b->from, second, sizeof(second)),
	    utf8_escape_to(a->to, to, sizeof(to)));
}

static int
refuse_selected(const struct rename *rename, struct err *err)
{
	char from[SHOWN_MAX], to[SHOWN_MAX];

	err_set(err, ERR_REFUSED,
	    "group %s would be put onto group %s, which is itself selected",
	    utf8_escape_to(rename->from, from, sizeof(from)),
	    utf8_escape_to(rename->to, to, sizeof(to)));
	err_hint(err, "leave one of the two out: --exclude-group");
	return -1;
}

static int
check_two(struct renames *renames, const char *what, struct err *err)
{
	if (renames->count > 1)
		qsort(renames->list, renames->count, sizeof(*renames->list),
		    compare_to);
	for (size_t i = 1; i < renames->count; i++)
		if (bytes_equal(renames->list[i - 1].to, renames->list[i].to))
			return refuse_two(&renames->list[i - 1],
			    &renames->list[i], what, err);
	return 0;
}

/* Takes them sorted by their old names, and leaves them by the new ones. */
static int
check_groups(struct renames *renames, struct err *err)
{
	for (size_t i = 0; i < renames->count; i++) {
		const struct rename *rename = &renames->list[i];

		if (!bytes_equal(rename->from, rename->to) &&
		    find_from(renames, rename->to) != NULL)
			return refuse_selected(rename, err);
	}
	return check_two(renames, "groups", err);
}

/* --- names ------------------------------------------------------------- */

static struct renames
renames_for(size_t count)
{
	return (struct renames){ xcalloc(count, sizeof(struct rename)), 0 };
}

/* Names come in order: the one before may be the same. */
static int
take(struct renames *renames, const struct mapping_rules *rules,
    struct bytes name, struct arena *arena, struct err *err)
{
	struct rename *rename = &renames->list[renames->count];

	if (renames->count > 0 && bytes_equal(rename[-1].from, name))
		return 0;
	rename->from = name;
	renames->count++;
	return mapping_name(rules, name, arena, &rename->to, err);
}

static int
check_used(const struct mapping *mapping, struct err *err)
{
	return mapping_check_used(&mapping->groups, err) == 0
	    ? mapping_check_used(&mapping->topics, err)
	    : -1;
}

/* --- brackets ---------------------------------------------------------- */

static int
compare_groups(const void *left, const void *right)
{
	const struct bracket_group *const *a = left, *const *b = right;

	return bytes_compare((*a)->name, (*b)->name);
}

static int
compare_brackets(const void *left, const void *right)
{
	const struct bracket *a = left, *b = right;
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

static int
remap_topics(const struct mapping *mapping, struct brackets *brackets,
    struct bracket_group *group, struct err *err)
{
	struct renames renames = renames_for(group->row_count);
	int result = 0;

	for (size_t i = 0; i < group->row_count && result == 0; i++) {
		struct bracket *row = &group->rows[i];

		result = take(&renames, &mapping->topics, row->topic,
		    &brackets->arena, err);
		row->from = row->topic;
		row->topic = renames.list[renames.count - 1].to;
	}
	if (result == 0)
		result = check_two(&renames, "topics", err);
	free(renames.list);
	if (result == 0 && group->row_count > 1)
		qsort(group->rows, group->row_count, sizeof(*group->rows),
		    compare_brackets);
	return result;
}

static int
remap_groups(
    const struct mapping *mapping, struct brackets *brackets, struct err *err)
{
	struct renames renames = renames_for(brackets->group_count);
	int result = 0;

	for (size_t i = 0; i < brackets->group_count && result == 0; i++) {
		struct bracket_group *group = brackets->groups[i];

		result = take(&renames, &mapping->groups, group->name,
		    &brackets->arena, err);
		group->from = group->name;
		group->name = renames.list[renames.count - 1].to;
	}
	if (result == 0)
		result = check_groups(&renames, err);
	free(renames.list);
	return result;
}

int
remap_brackets(
    const struct mapping *mapping, struct brackets *brackets, struct err *err)
{
	if (remap_groups(mapping, brackets, err) != 0)
		return -1;
	for (size_t i = 0; i < brackets->group_count; i++)
		if (remap_topics(mapping, brackets, brackets->groups[i], err) !=
		    0)
			return -1;
	if (brackets->group_count > 1)
		qsort(brackets->groups, brackets->group_count,
		    sizeof(struct bracket_group *), compare_groups);
	brackets->renamed = true;
	return check_used(mapping, err);
}

/* --- rows of a file ---------------------------------------------------- */

static int
compare_rows(const void *left, const void *right)
{
	const struct direct_row *a = left, *b = right;
	int order = bytes_compare(a->group, b->group);

	if (order == 0)
		order = bytes_compare(a->topic, b->topic);
	if (order == 0)
		order = (a->partition > b->partition) -
		    (a->partition < b->partition);
	return order;
}

/* The topics of one group's rows. */
static int
remap_row_topics(const struct mapping *mapping, struct arena *arena,
    struct direct_row *rows, size_t count, struct err *err)
{
	struct renames renames = renames_for(count);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		result =
		    take(&renames, &mapping->topics, rows[i].topic, arena, err);
		rows[i].from_topic = rows[i].topic;
		rows[i].topic = renames.list[renames.count - 1].to;
	}
	if (result == 0)
		result = check_two(&renames, "topics", err);
	free(renames.list);
	return result;
}

static int
remap_row_groups(const struct mapping *mapping, struct arena *arena,
    struct direct_row *rows, size_t count, struct err *err)
{
	struct renames renames = renames_for(count);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		result =
		    take(&renames, &mapping->groups, rows[i].group, arena, err);
		rows[i].from_group = rows[i].group;
		rows[i].group = renames.list[renames.count - 1].to;
	}
	if (result == 0)
		result = check_groups(&renames, err);
	free(renames.list);
	return result;
}

int
remap_rows(const struct mapping *mapping, struct arena *arena,
    struct direct_row *rows, size_t count, struct err *err)
{
	size_t next;

	for (size_t first = 0; first < count; first = next) {
		next = first + 1;
		while (next < count &&
		    bytes_equal(rows[next].group, rows[first].group))
			next++;
		if (remap_row_topics(
			mapping, arena, rows + first, next - first, err) != 0)
			return -1;
	}
	if (remap_row_groups(mapping, arena, rows, count, err) != 0)
		return -1;
	if (count > 1)
		qsort(rows, count, sizeof(*rows), compare_rows);
	return check_used(mapping, err);
}
