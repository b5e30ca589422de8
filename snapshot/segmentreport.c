/*
 * segmentreport.c - see segmentreport.h.
 */
#include "snapshot/segmentreport.h"

#include <stdbool.h>
#include <string.h>

static bool
goes_on(const struct segment_place *last, const struct segment_place *place)
{
	return last->size > 0 &&
	    last->position + last->size == place->position &&
	    strcmp(last->path, place->path) == 0 &&
	    strcmp(last->reason, place->reason) == 0;
}

void
segmentreport_add(
    struct segment_report *report, const struct segment_place *place)
{
	const size_t count = report->place_count;
	struct segment_place *at;

	if (count > 0 && count <= SEGMENTREPORT_PLACE_MAX &&
	    goes_on(&report->places[count - 1], place)) {
		report->places[count - 1].size += place->size;
		return;
	}
	report->place_count++;
	if (count >= SEGMENTREPORT_PLACE_MAX)
		return;
	at = &report->places[count];
	*at = *place;
	at->path = arena_text(&report->arena, place->path);
	at->reason = arena_text(&report->arena, place->reason);
}

void
segmentreport_release(struct segment_report *report)
{
	arena_release(&report->arena);
	*report = (struct segment_report){ 0 };
}
