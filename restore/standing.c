#include "restore/standing.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "restore/census.h"
#include "restore/positions.h"
#include "restore/target.h"

int
standing_read(const struct reach *reach, const struct census *census,
    const struct bytes *groups, size_t count, struct standing *out,
    struct err *err)
{
	static const struct target_waits none = { 0 };
	struct target_group *asked = xcalloc(count, sizeof(*asked));
	int result;

	*out = (struct standing){ 0 };
	for (size_t i = 0; i < count; i++) {
		const struct listed_group *listed =
		    census_find(census, groups[i]);

		asked[i].name = groups[i];
		asked[i].waits = &none;
		asked[i].listed_by =
		    listed == NULL ? COORDINATOR_UNKNOWN : listed->coordinator;
	}
	result = positions_read(reach, &out->arena, asked, count, err);
	for (size_t i = 0; result == 0 && i < count; i++)
		for (size_t j = 0; j < asked[i].position_count; j++)
			nameset_add(&out->topics, asked[i].positions[j].topic);
	free(asked);
	if (result != 0) {
		standing_release(out);
		return -1;
	}
	nameset_settle(&out->topics);
	return 0;
}

void
standing_release(struct standing *standing)
{
	free(standing->topics.names);
	arena_release(&standing->arena);
	*standing = (struct standing){ 0 };
}
