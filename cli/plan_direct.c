#include "cli/plan_direct.h"

#include <stdlib.h>

#include "cli/plan_choice.h"
#include "common/pattern.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "restore/census.h"
#include "restore/nameset.h"
#include "restore/remap.h"
#include "snapshot/selector.h"

#define SHOWN_MAX 120

/* --- rows of a file ---------------------------------------------------- */

/* The group that a file of three columns is about. */
static int
only_group(const struct selector *selector, struct bytes *out, struct err *err)
{
	if (selector_is_named(selector) &&
	    selector_named_count(selector) == 1) {
		*out = selector_named_at(selector, 0);
		return 0;
	}
	err_set(err, ERR_USAGE,
	    "--from-file: three columns say no group: give one --group by its "
	    "exact name");
	err_hint(err, "a file of four columns has the group before the topic");
	return -1;
}

static int
take_rows(
    struct plan_direct *out, const struct plan_choice *choice, struct err *err)
{
	const struct csvread *csv = &choice->csv;
	struct bytes only = { 0 };

	if (!csv->has_groups && only_group(out->selector, &only, err) != 0)
		return -1;
	out->rows = xcalloc(csv->count, sizeof(*out->rows));
	out->direct.rows = out->rows;
	for (size_t i = 0; i < csv->count; i++) {
		const struct csvread_row *row = &csv->rows[i];
		const struct bytes group = csv->has_groups ? row->group : only;

		if (selector_takes_group(out->selector, group) &&
		    selector_takes_topic(out->selector, row->topic) &&
		    topicspecs_take(
			&choice->topics, row->topic, row->partition))
			out->rows[out->direct.row_count++] =
			    (struct direct_row){ .group = group,
				    .topic = row->topic,
				    .partition = row->partition,
				    .offset = row->offset };
	}
	return 0;
}

/* Who was named is missed where the file has nothing of it. */
static int
check_named(const struct plan_direct *direct, struct err *err)
{
	char shown[SHOWN_MAX];

	if (!selector_is_named(direct->selector))
		return 0;
	for (size_t i = 0; i < selector_named_count(direct->selector); i++) {
		const struct bytes name =
		    selector_named_at(direct->selector, i);
		size_t count;

		(void)direct_rows_of(&direct->direct, name, &count);
		if (count == 0)
			return err_set(err, ERR_NOT_FOUND,
			    "--from-file: no row for group %s",
			    utf8_escape_to(name, shown, sizeof(shown)));
	}
	return 0;
}

/* --- groups ------------------------------------------------------------ */

static void
find_groups(struct plan_direct *out, const struct census *census)
{
	struct nameset groups = { 0 };

	if (out->direct.strategy == STRATEGY_FILE) {
		for (size_t i = 0; i < out->direct.row_count; i++)
			nameset_add(&groups, out->rows[i].group);
	} else {
		/* Without a pattern among them they are taken as they are,
		 * there or not. */
		for (size_t i = 0; i < selector_named_count(out->selector); i++)
			nameset_add(
			    &groups, selector_named_at(out->selector, i));
		for (size_t i = 0; i < census->count; i++)
			if (selector_takes_group(
				out->selector, census->groups[i].name))
				nameset_add(&groups, census->groups[i].name);
	}
	nameset_settle(&groups);
	out->groups = groups.names;
	out->direct.groups = groups.names;
	out->direct.group_count = groups.count;
}

/* --- topics ------------------------------------------------------------ */

static void
add_places(struct plan_direct *out, const struct topicspec *spec,
    struct bytes topic, size_t *capacity)
{
	for (size_t i = 0; i < spec->count || i == 0; i++) {
		out->places = xgrow(out->places, out->direct.place_count,
		    capacity, sizeof(*out->places));
		out->places[out->direct.place_count++] =
		    (struct direct_place){ topic,
			    spec->count == 0 ? -1 : spec->partitions[i] };
	}
}

/* Topics by exact name are places by themselves, and must be asked about. */
static void
find_topics(struct plan_direct *out, const struct plan_choice *choice)
{
	struct nameset topics = { 0 };
	size_t capacity = 0;

	for (size_t i = 0; i < choice->topics.count; i++) {
		const struct topicspec *spec = &choice->topics.list[i];
		const char *exact = pattern_exact(spec->pattern);

		if (out->direct.strategy == STRATEGY_FILE || exact == NULL ||
		    !selector_takes_topic(out->selector, bytes_of(exact)))
			continue;
		add_places(out, spec, bytes_of(exact), &capacity);
		nameset_add(&topics, bytes_of(exact));
	}
	for (size_t i = 0; i < out->direct.row_count; i++)
		nameset_add(&topics, out->rows[i].topic);
	nameset_settle(&topics);
	out->topics = topics.names;
	out->topic_count = topics.count;
	out->direct.places = out->places;
}

int
plan_direct_init(struct plan_direct *out, const struct plan_choice *choice,
    const struct census *census, struct err *err)
{
	if (selector_new(&choice->wanted, &out->selector, err) != 0)
		return -1;
	out->direct.strategy = choice->strategy;
	out->direct.number = choice->number;
	out->direct.time_ms = choice->time_ms;
	out->direct.selector = out->selector;
	if (choice->strategy == STRATEGY_FILE &&
	    (take_rows(out, choice, err) != 0 || check_named(out, err) != 0))
		return -1;
	if (remap_is_wanted(&choice->mapping) &&
	    remap_rows(&choice->mapping, &out->names, out->rows,
		out->direct.row_count, err) != 0)
		return -1;
	find_groups(out, census);
	find_topics(out, choice);
	if (out->direct.group_count > 0)
		return 0;
	err_set(err, ERR_NOT_FOUND, "no group matches");
	err_hint(
	    err, "a group that does not exist yet is given by its exact name");
	return -1;
}

void
plan_direct_release(struct plan_direct *direct)
{
	selector_free(direct->selector);
	free(direct->groups);
	free(direct->topics);
	free(direct->places);
	free(direct->rows);
	arena_release(&direct->names);
	*direct = (struct plan_direct){ 0 };
}
