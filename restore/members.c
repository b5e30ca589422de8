#include "restore/members.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/coordinators.h"
#include "restore/reach.h"
#include "restore/target.h"

struct reading {
	struct arena *arena;
	struct target_group *groups;
	size_t *open;
	const struct members_request *requests;
	bool *answered;
	size_t done;
};

/*
 * ConsumerGroupDescribe of 4.x fails for the empty group id, and what does not
 * exist has no members: no error either way, the broker's refusal is the check.
 */
static bool
is_nobody(const struct target_group *group, int error)
{
	return error == KAFKA_GROUP_ID_NOT_FOUND || group->name.size == 0;
}

/* librdkafka describes only groups of consumers, and calls those of another
 * protocol an invalid argument: here, too, the refusal is the check. */
static bool
is_opaque(const struct target_group *group, int error)
{
	return error == KAFKA_LOCAL_INVALID_ARG &&
	    group->protocol_type[0] != '\0' &&
	    strcmp(group->protocol_type, "consumer") != 0 &&
	    strcmp(group->protocol_type, "unknown") != 0;
}

static void
take_members(struct reading *reading, struct target_group *group,
    const struct members_answer *answer)
{
	group->members =
	    arena_alloc(reading->arena, answer->count, sizeof(struct member));
	group->member_count = answer->count;
	for (size_t i = 0; i < answer->count; i++) {
		const struct member *from = &answer->members[i];
		struct member *to = &group->members[i];

		to->consumer_id = arena_text(reading->arena, from->consumer_id);
		to->client_id = arena_text(reading->arena, from->client_id);
		to->host = arena_text(reading->arena, from->host);
	}
	if (answer->count > 0)
		group->exists = true;
	if (answer->type == GROUP_UNKNOWN) {
		/* It exists, and librdkafka cannot see into it. */
		group->asks_broker = group->exists;
		return;
	}
	group->type = answer->type;
	group->state = arena_text(reading->arena, answer->state);
}

static void
answered(void *context, const struct members_answer *answer)
{
	struct reading *reading = context;
	const size_t at =
	    reading->open[(size_t)(answer->request - reading->requests)];
	struct target_group *group = &reading->groups[at];

	group->members_error = KAFKA_OK;
	if (answer->error == KAFKA_OK) {
		take_members(reading, group, answer);
	} else if (is_nobody(group, answer->error) ||
	    is_opaque(group, answer->error)) {
		group->member_count = 0;
		group->asks_broker = group->exists;
	} else {
		group->members_error = answer->error;
		if (kafka_error_is_retriable(answer->error))
			return;
	}
	reading->answered[at] = true;
	reading->done++;
}

static int
ask(struct reading *reading, size_t count,
    const struct coordinators *coordinators, const struct tries *tries,
    struct err *err)
{
	struct members_request *requests = xcalloc(count, sizeof(*requests));
	const struct call_limits limits = reach_limits(tries);
	size_t asked = 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		struct target_group *group = &reading->groups[i];
		const int32_t coordinator = coordinators_of(
		    coordinators, group->name, group->listed_by);

		if (reading->answered[i])
			continue;
		if (coordinator == COORDINATOR_LEADERLESS) {
			group->members_error = KAFKA_COORDINATOR_NOT_AVAILABLE;
			continue;
		}
		requests[asked].group = group->name;
		requests[asked].coordinator = coordinator;
		reading->open[asked++] = i;
	}
	reading->requests = requests;
	if (asked > 0)
		result = cluster_describe_groups(tries->reach->cluster,
		    requests, asked, &limits, answered, reading, err);
	free(requests);
	return result;
}

static int
read_all(const struct reach *reach, struct reading *reading, size_t count,
    struct coordinators *coordinators, struct err *err)
{
	struct tries tries = reach_begin(reach);
	struct err last = { 0 };

	if (reading->done == count)
		return 0;
	do {
		if (coordinators_refresh(coordinators, &tries, &last) != 0)
			continue;
		if (ask(reading, count, coordinators, &tries, err) != 0)
			return -1;
		if (reading->done == count)
			return 0;
	} while (reach_again(&tries));
	return reach_check(reach, err);
}

int
members_read(const struct reach *reach, struct arena *arena,
    struct target_group *groups, size_t count, struct err *err)
{
	struct coordinators coordinators = { 0 };
	struct reading reading = { 0 };
	int result;

	if (count == 0)
		return 0;
	reading.arena = arena;
	reading.groups = groups;
	reading.open = xcalloc(count, sizeof(*reading.open));
	reading.answered = xcalloc(count, sizeof(*reading.answered));
	for (size_t i = 0; i < count; i++) {
		reading.answered[i] = groups[i].unlisted && !groups[i].exists;
		reading.done += reading.answered[i];
		groups[i].members_error =
		    reading.answered[i] ? KAFKA_OK : KAFKA_LOCAL_TIMED_OUT;
	}
	result = read_all(reach, &reading, count, &coordinators, err);
	free(reading.open);
	free(reading.answered);
	coordinators_release(&coordinators);
	return result;
}

#define MEMBERS_SHOWN 10

const char *
members_text(struct arena *arena, const struct target_group *group)
{
	struct buf text = { 0 };
	const char *kept;

	buf_add_format(&text, "%zu member%s", group->member_count,
	    group->member_count == 1 ? "" : "s");
	for (size_t i = 0; i < group->member_count; i++) {
		if (i == MEMBERS_SHOWN) {
			buf_add_text(&text, ", ...");
			break;
		}
		buf_add_text(&text, i == 0 ? ": " : ", ");
		utf8_escape(&text, bytes_of(group->members[i].client_id));
		buf_add_text(&text, " (");
		utf8_escape(&text, bytes_of(group->members[i].host));
		buf_add_char(&text, ')');
	}
	kept = arena_text(arena, buf_text(&text));
	buf_release(&text);
	return kept;
}
