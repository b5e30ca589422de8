#include "restore/holelist.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "formats/model.h"

static int
compare_holes(const void *left, const void *right)
{
	const struct hole *const *a = left, *const *b = right;

	return bytes_compare((*a)->group, (*b)->group);
}

void
hole_index_init(struct hole_index *out, const struct snapshot *snapshot)
{
	out->holes = xcalloc(snapshot->hole_count, sizeof(struct hole *));
	out->count = 0;
	for (size_t i = 0; i < snapshot->hole_count; i++) {
		const struct hole *hole = &snapshot->holes[i];

		if (hole->has_group && hole->has_topic)
			out->holes[out->count++] = hole;
	}
	if (out->count > 0)
		qsort(out->holes, out->count, sizeof(struct hole *),
		    compare_holes);
}

void
hole_index_release(struct hole_index *index)
{
	free(index->holes);
	*index = (struct hole_index){ 0 };
}

struct hole_list
hole_index_of(const struct hole_index *index, struct bytes group)
{
	struct hole_list list = { 0 };
	size_t low = 0, high = index->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (bytes_compare(index->holes[middle]->group, group) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	list.holes = index->holes + low;
	while (low + list.count < index->count &&
	    bytes_equal(list.holes[list.count]->group, group))
		list.count++;
	return list;
}

const struct hole *
hole_list_find(struct hole_list list, struct bytes topic, int32_t partition)
{
	for (size_t i = 0; i < list.count; i++)
		if (list.holes[i]->partition == partition &&
		    bytes_equal(list.holes[i]->topic, topic))
			return list.holes[i];
	return NULL;
}
