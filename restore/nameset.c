#include "restore/nameset.h"

#include <stdlib.h>

#include "common/xalloc.h"

void
nameset_add(struct nameset *set, struct bytes name)
{
	if (set->count > 0 && bytes_equal(set->names[set->count - 1], name))
		return;
	set->names =
	    xgrow(set->names, set->count, &set->capacity, sizeof(*set->names));
	set->names[set->count++] = name;
}

static int
compare_names(const void *left, const void *right)
{
	const struct bytes *a = left, *b = right;

	return bytes_compare(*a, *b);
}

void
nameset_settle(struct nameset *set)
{
	size_t kept = 0;

	if (set->count > 0)
		qsort(
		    set->names, set->count, sizeof(*set->names), compare_names);
	for (size_t i = 0; i < set->count; i++)
		if (kept == 0 ||
		    !bytes_equal(set->names[kept - 1], set->names[i]))
			set->names[kept++] = set->names[i];
	set->count = kept;
}
