#include "restore/timecheck.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/xalloc.h"
#include "restore/plan.h"
#include "restore/timeindex.h"
#include "restore/timelookup.h"

/* What is said about one partition, for every group that reads it. */
struct place {
	struct bytes topic;
	int32_t partition;
	int64_t planned;
	const char *text; /* "" where nothing contradicts */
};

struct places {
	struct place *list;
	size_t count, capacity;
};

static int
compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

/* The log end of "no record" is no answer of the broker's. */
static bool
is_looked_up(const struct plan_row *row)
{
	return row->planned.present && row->rule != RULE_NO_RECORD &&
	    row->rule != RULE_TIME_HOLE;
}

static void
gather(const struct plan *plan, struct places *places)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->group_count; i++)
		for (size_t j = 0; j < plan->groups[i].row_count; j++) {
			const struct plan_row *row = &plan->groups[i].rows[j];

			if (!is_looked_up(row))
				continue;
			places->list = xgrow(places->list, places->count,
			    &places->capacity, sizeof(*places->list));
			places->list[places->count++] =
			    (struct place){ row->topic, row->partition,
				    row->planned.offset, "" };
		}
	if (places->count > 1)
		qsort(places->list, places->count, sizeof(*places->list),
		    compare_places);
	for (size_t i = 0; i < places->count; i++)
		if (kept == 0 ||
		    compare_places(&places->list[kept - 1], &places->list[i]) !=
			0)
			places->list[kept++] = places->list[i];
	places->count = kept;
}

static const char *
contradiction(
    struct arena *arena, const struct timeindex_answer *seen, int64_t planned)
{
	if (seen->low >= 0 && planned < seen->low)
		return arena_format(arena,
		    "captures saw the log end at %" PRId64
		    " or behind it at that time: timestamps of this topic run "
		    "ahead",
		    seen->low);
	if (seen->high >= 0 && planned > seen->high)
		return arena_format(arena,
		    "captures saw the log end at %" PRId64
		    " or before it at that time: timestamps of this topic lag "
		    "behind",
		    seen->high);
	return "";
}

static int
check_place(struct timecheck *check, struct plan *plan, struct place *place,
    struct err *err)
{
	const struct timelookup_request request = { .repo = check->repo,
		.cluster = check->cluster,
		.topic = place->topic,
		.partition = place->partition,
		.env = check->env,
		.log = check->log };
	struct timelookup_report report = { 0 };
	struct timeindex index;
	struct timeindex_life life;
	int result;

	timeindex_init(&index, place->topic, place->partition);
	result = timelookup_time(&request, plan->at_ms, &index, &report, err);
	if (result == 0 && timeindex_life_at(&index, plan->at_ms, &life)) {
		const struct timeindex_answer seen =
		    timeindex_end_at(&life, plan->at_ms);

		if (seen.sure == SURE_EXACT || seen.sure == SURE_RANGE) {
			check->compared++;
			place->text =
			    contradiction(&plan->arena, &seen, place->planned);
			check->lying += place->text[0] != '\0';
		}
	}
	timeindex_release(&index);
	return result;
}

static void
tell(struct plan *plan, const struct places *places)
{
	for (size_t i = 0; i < plan->group_count; i++)
		for (size_t j = 0; j < plan->groups[i].row_count; j++) {
			struct plan_row *row = &plan->groups[i].rows[j];
			const struct place wanted = { row->topic,
				row->partition, 0, "" };
			const struct place *place = places->count == 0
			    ? NULL
			    : bsearch(&wanted, places->list, places->count,
				  sizeof(wanted), compare_places);

			if (place == NULL || place->text[0] == '\0' ||
			    !is_looked_up(row))
				continue;
			row->text =
			    arena_format(&plan->arena, "%s%s%s", row->text,
				row->text[0] != '\0' ? "; " : "", place->text);
		}
}

int
timecheck_plan(struct timecheck *check, struct plan *plan, struct err *err)
{
	struct places places = { 0 };
	int result = 0;

	gather(plan, &places);
	for (size_t i = 0; i < places.count && result == 0; i++) {
		if (i < TIMECHECK_MAX)
			result = check_place(check, plan, &places.list[i], err);
		else
			check->left_out++;
	}
	if (result == 0)
		tell(plan, &places);
	free(places.list);
	return result;
}
