#include "restore/places.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "restore/topicspec.h"

void
places_add(struct places *places, struct bytes topic, int32_t partition,
    struct bytes from)
{
	places->list = xgrow(places->list, places->count, &places->capacity,
	    sizeof(*places->list));
	places->list[places->count++] =
	    (struct place){ topic, partition, from };
}

int
places_compare(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

void
places_settle(struct places *places, const struct topicspecs *asked)
{
	size_t kept = 0;

	if (places->count > 0)
		qsort(places->list, places->count, sizeof(*places->list),
		    places_compare);
	for (size_t i = 0; i < places->count; i++) {
		const struct place *place = &places->list[i];

		if ((kept == 0 ||
			places_compare(&places->list[kept - 1], place) != 0) &&
		    topicspecs_take(asked, place->from, place->partition))
			places->list[kept++] = *place;
	}
	places->count = kept;
}
