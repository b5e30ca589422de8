#include "snapshot/spotlist.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

static int
compare_spots(const void *left, const void *right)
{
	const struct spot *a = left;
	const struct spot *b = right;
	int order = 0;

	/* Names are mostly the same copy. */
	if (a->topic.data != b->topic.data || a->topic.size != b->topic.size)
		order = bytes_compare(a->topic, b->topic);
	if (order != 0)
		return order;
	return (a->position.partition > b->position.partition) -
	    (a->position.partition < b->position.partition);
}

/* Sort, and keep one where a broker gave two for one position. */
static size_t
sort_spots(struct spot *spots, size_t count)
{
	size_t kept = 0;
	size_t i;

	for (i = 1; i < count; i++) {
		if (compare_spots(&spots[i - 1], &spots[i]) >= 0)
			break;
	}
	if (i >= count)
		return count;
	qsort(spots, count, sizeof(*spots), compare_spots);
	for (i = 0; i < count; i++) {
		if (kept > 0 && compare_spots(&spots[kept - 1], &spots[i]) == 0)
			kept--;
		spots[kept++] = spots[i];
	}
	return kept;
}

void
spotlist_set(struct spotlist *list, struct spot *spots, size_t count)
{
	struct spot *copy;
	size_t size = 0;
	char *metadata;
	size_t i;

	count = sort_spots(spots, count);
	for (i = 0; i < count; i++)
		size += spots[i].position.metadata_size;
	copy = xreallocarray(NULL, count * sizeof(*copy) + size + 1, 1);
	metadata = (char *)(copy + count);
	for (i = 0; i < count; i++) {
		struct position *position = &copy[i].position;

		copy[i] = spots[i];
		if (position->metadata_size > 0)
			memcpy(metadata, position->metadata,
			    position->metadata_size);
		position->metadata = metadata;
		metadata += position->metadata_size;
	}
	free(list->spots);
	list->spots = copy;
	list->count = count;
}

const struct spot *
spotlist_find(
    const struct spotlist *list, struct bytes topic, int32_t partition)
{
	const struct spot key = {
		.topic = topic,
		.position = { .partition = partition },
	};

	if (list->count == 0)
		return NULL;
	return bsearch(
	    &key, list->spots, list->count, sizeof(key), compare_spots);
}

void
spotlist_release(struct spotlist *list)
{
	free(list->spots);
	list->spots = NULL;
	list->count = 0;
}
