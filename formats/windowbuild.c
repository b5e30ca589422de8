/*
 * windowbuild.c - see windowbuild.h.
 */
#include "formats/windowbuild.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "formats/windowstate.h"

const char *
window_verdict_text(enum window_verdict verdict)
{
	switch (verdict) {
	case WINDOW_TAKEN:
		return "it goes on";
	case WINDOW_OTHER:
		return "the cluster, scope, selection or source is another";
	case WINDOW_CLOCK:
		return "the clock was set back";
	case WINDOW_DAY:
		return "a day has ended (UTC)";
	case WINDOW_FULL:
		return "it has as many captures as it may have";
	case WINDOW_RECREATED:
		return "a topic was created anew";
	case WINDOW_RETURNED:
		return "a group or position that was gone is there again";
	case WINDOW_LINE:
	default:
		return "what one position went through is too long";
	}
}

struct windowbuild *
windowbuild_new(const struct snapshot *first)
{
	struct windowbuild *window = xcalloc(1, sizeof(*window));

	windowtake(window, first);
	return window;
}

enum window_verdict
windowbuild_add(struct windowbuild *window, const struct snapshot *capture)
{
	const enum window_verdict verdict = windowcheck(window, capture);

	if (verdict == WINDOW_TAKEN)
		windowtake(window, capture);
	return verdict;
}

size_t
windowbuild_count(const struct windowbuild *window)
{
	return window->count;
}

static size_t
list_memory(const struct window_list *list)
{
	return list->capacity * sizeof(*list->slots);
}

static size_t
slots_memory(const struct window_slots *slots)
{
	return slots->capacity * sizeof(*slots->list) +
	    tilelog_memory(&slots->log);
}

static size_t
group_memory(const struct window_group *group)
{
	size_t size = sizeof(struct window_group *) + group->away.capacity +
	    group->capacity * sizeof(*group->topics) +
	    group->turn_capacity * sizeof(*group->turns);

	for (size_t i = 0; i < group->count; i++)
		size += list_memory(&group->topics[i].positions);
	return size;
}

static size_t
times_memory(const struct topic_times *times)
{
	size_t size = sizeof(*times) +
	    times->count * sizeof(*times->partitions) +
	    times->gap_count * sizeof(*times->gaps);

	for (size_t i = 0; i < times->count; i++)
		size += times->partitions[i].count *
		    sizeof(*times->partitions[i].points);
	return size;
}

size_t
windowbuild_memory(const struct windowbuild *window)
{
	size_t size = sizeof(*window) + window->arena_size + window->text_size +
	    window->capacity * sizeof(*window->captures) +
	    window->text_capacity * sizeof(*window->texts) +
	    window->hole_capacity * sizeof(*window->holes) +
	    window->gone_capacity * sizeof(*window->gone) +
	    slots_memory(&window->positions) +
	    slots_memory(&window->partitions);

	for (size_t i = 0; i < window->topic_count; i++)
		size += sizeof(struct window_topic *) +
		    list_memory(&window->topics[i]->partitions) +
		    window->topics[i]->told.capacity +
		    window->topics[i]->away.capacity;
	for (size_t i = 0; i < window->group_count; i++)
		size += group_memory(window->groups[i]);
	for (size_t i = 0; i < window->hole_count; i++)
		size += window->holes[i].captures.capacity;
	for (size_t i = 0; i < window->times_count; i++)
		size += times_memory(&window->times[i]);
	return size;
}

void
windowstate_release_group(struct window_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		free(group->topics[i].positions.slots);
	free(group->topics);
	free(group->turns);
	buf_release(&group->away);
}

void
windowstate_release_topic(struct window_topic *topic)
{
	free(topic->partitions.slots);
	topic->partitions = (struct window_list){ 0 };
	buf_release(&topic->told);
	buf_release(&topic->away);
}

static void
release_slots(struct window_slots *slots)
{
	free(slots->list);
	tilelog_release(&slots->log);
}

void
windowstate_release_times(struct topic_times *times)
{
	for (size_t i = 0; i < times->count; i++)
		free(times->partitions[i].points);
	free(times->partitions);
	free(times->gaps);
}

void
windowbuild_free(struct windowbuild *window)
{
	if (window == NULL)
		return;
	for (size_t i = 0; i < window->group_count; i++)
		windowstate_release_group(window->groups[i]);
	for (size_t i = 0; i < window->topic_count; i++)
		windowstate_release_topic(window->topics[i]);
	for (size_t i = 0; i < window->text_count; i++)
		free(window->texts[i].data);
	for (size_t i = 0; i < window->hole_count; i++)
		buf_release(&window->holes[i].captures);
	for (size_t i = 0; i < window->times_count; i++)
		windowstate_release_times(&window->times[i]);
	release_slots(&window->positions);
	release_slots(&window->partitions);
	free(window->captures);
	free(window->texts);
	free(window->topics);
	free(window->groups);
	free(window->holes);
	free(window->gone);
	free(window->times);
	arena_release(&window->arena);
	free(window);
}
