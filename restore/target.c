#include "restore/target.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "restore/census.h"
#include "restore/members.h"
#include "restore/nameset.h"
#include "restore/positions.h"
#include "restore/reach.h"
#include "restore/topics.h"

/* --- finding ----------------------------------------------------------- */

const struct target_group *
target_find_group(const struct target *target, struct bytes name)
{
	size_t low = 0, high = target->group_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(target->groups[middle].name, name);

		if (order == 0)
			return &target->groups[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct target_topic *
target_find_topic(const struct target *target, struct bytes name)
{
	size_t low = 0, high = target->topic_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(target->topics[middle].name, name);

		if (order == 0)
			return &target->topics[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct target_partition *
target_find_partition(const struct target_topic *topic, int32_t partition)
{
	size_t low = 0, high = topic->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int32_t number = topic->partitions[middle].partition;

		if (number == partition)
			return &topic->partitions[middle];
		if (number < partition)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct target_position *
target_find_position(
    const struct target_group *group, struct bytes topic, int32_t partition)
{
	size_t low = 0, high = group->position_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct target_position *position =
		    &group->positions[middle];
		int order = bytes_compare(position->topic, topic);

		if (order == 0)
			order = (position->partition > partition) -
			    (position->partition < partition);
		if (order == 0)
			return position;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- reading ----------------------------------------------------------- */

static void
begin_groups(const struct target_request *request, struct target *out)
{
	const bool complete = request->census != NULL &&
	    request->census_is_fresh && !request->census->incomplete;

	out->groups = arena_alloc(
	    &out->arena, request->group_count, sizeof(*out->groups));
	out->group_count = request->group_count;
	for (size_t i = 0; i < request->group_count; i++) {
		struct target_group *group = &out->groups[i];
		const struct listed_group *listed = request->census == NULL
		    ? NULL
		    : census_find(request->census, request->groups[i]);

		group->name = arena_bytes(&out->arena, request->groups[i]);
		group->waits =
		    request->waits == NULL ? NULL : &request->waits[i];
		group->state = "unknown";
		group->protocol_type = "unknown";
		group->listed_by = COORDINATOR_UNKNOWN;
		group->unlisted = complete && listed == NULL;
		if (listed == NULL)
			continue;
		group->exists = true;
		group->type = listed->type;
		group->state = arena_text(&out->arena, listed->state);
		group->listed_by = listed->coordinator;
		if (listed->protocol_type != NULL)
			group->protocol_type =
			    arena_text(&out->arena, listed->protocol_type);
	}
}

/* The topics asked for and those of the positions. */
static struct nameset
all_topics(const struct target_request *request, const struct target *target)
{
	struct nameset topics = { 0 };

	for (size_t i = 0; i < request->topic_count; i++)
		nameset_add(&topics, request->topics[i]);
	for (size_t i = 0; i < target->group_count; i++)
		for (size_t j = 0; j < target->groups[i].position_count; j++)
			nameset_add(
			    &topics, target->groups[i].positions[j].topic);
	nameset_settle(&topics);
	return topics;
}

static int
read_topics(const struct reach *reach, const struct target_request *request,
    struct target *out, struct err *err)
{
	struct nameset topics = all_topics(request, out);
	int result;

	out->topics =
	    arena_alloc(&out->arena, topics.count, sizeof(*out->topics));
	out->topic_count = topics.count;
	result = topics_read(reach, &out->arena,
	    &(struct topics_request){
		.names = topics.names,
		.count = topics.count,
		.interest = &request->interest,
	    },
	    out->topics, err);
	free(topics.names);
	return result;
}

/* Groups without a coordinator yet: the first commit ever makes the offsets
 * topic.  Asking for positions there answers "none" all the same. */
int
target_read(const struct reach *reach, const struct target_request *request,
    struct target *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->read_ms = env_now_ms(reach->env);
	begin_groups(request, out);
	if (positions_read(
		reach, &out->arena, out->groups, out->group_count, err) != 0 ||
	    (!request->skips_members &&
		members_read(reach, &out->arena, out->groups, out->group_count,
		    err) != 0) ||
	    read_topics(reach, request, out, err) != 0) {
		target_release(out);
		return -1;
	}
	return 0;
}

void
target_release(struct target *target)
{
	arena_release(&target->arena);
	memset(target, 0, sizeof(*target));
}
