#include "restore/plan.h"

#include <stdlib.h>
#include <string.h>

#include "restore/brackets.h"
#include "restore/nameset.h"

void
plan_release(struct plan *plan)
{
	arena_release(&plan->arena);
	memset(plan, 0, sizeof(*plan));
}

/* --- topics to ask for ------------------------------------------------- */

struct bytes *
plan_topics(const struct brackets *brackets, size_t *count)
{
	struct nameset topics = { 0 };

	for (size_t i = 0; i < brackets->group_count; i++)
		for (size_t j = 0; j < brackets->groups[i]->row_count; j++)
			nameset_add(
			    &topics, brackets->groups[i]->rows[j].topic);
	nameset_settle(&topics);
	*count = topics.count;
	return topics.names;
}
