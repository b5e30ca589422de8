#include "snapshot/rescuebuild.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "snapshot/ledgermodel.h"
#include "snapshot/rescueholes.h"
#include "snapshot/rescuetopics.h"
#include "snapshot/selector.h"

struct building {
	const struct rescue_job *job;
	struct snapshot *out;
	struct selector *selector;
	struct rescue_topics topics;
	bool is_last_known;
	bool *matters;                    /* offsets partitions; NULL: all do */
	const struct ledger_spot **spots; /* of the group in hand */
	size_t spot_count;
	size_t spot_capacity;
	struct rescue_holes holes;
};

/* --- holes -------------------------------------------------------------- */

static bool
matters(const struct building *building, int32_t partition)
{
	return building->matters == NULL || partition < 0 ||
	    partition >= building->job->partition_count ||
	    building->matters[partition];
}

/* Whether all that was committed up to the time is known. */
static bool
is_exact(const struct building *building, int32_t partition)
{
	const struct ledger *ledger = building->job->ledger;

	return building->is_last_known || partition < 0 ||
	    (size_t)partition >= ledger->partition_count ||
	    ledger->partitions[partition].exact_ms <= building->job->at_ms;
}

/* Only the first records that cannot be decoded are kept one by one. */
static void
add_broken_keys(struct building *building)
{
	const struct ledger *ledger = building->job->ledger;

	for (size_t at = 0; at < ledger->oddity_count; at++)
		if (ledger->oddities[at].verdict == OFFSETS_RECORD_BROKEN_KEY &&
		    matters(building, ledger->oddities[at].partition))
			rescueholes_broken_key(
			    &building->holes, &ledger->oddities[at]);
	for (size_t at = 0; at < ledger->partition_count; at++) {
		size_t left = ledger->partitions[at].broken_key_count;

		for (size_t odd = 0; odd < ledger->oddity_count; odd++)
			left -= ledger->oddities[odd].verdict ==
				OFFSETS_RECORD_BROKEN_KEY &&
			    ledger->oddities[odd].partition == (int32_t)at;
		if (left > 0 && matters(building, (int32_t)at))
			rescueholes_broken_keys(
			    &building->holes, (int32_t)at, left);
	}
}

static void
add_general_holes(struct building *building)
{
	const struct rescue_job *job = building->job;
	const struct ledger *ledger = job->ledger;

	for (size_t at = 0; at < job->gap_count; at++)
		if (matters(building, job->gaps[at].partition))
			rescueholes_gap(&building->holes, &job->gaps[at]);
	for (size_t at = 0; at < ledger->partition_count; at++)
		if (!is_exact(building, (int32_t)at) &&
		    matters(building, (int32_t)at))
			rescueholes_history(&building->holes, (int32_t)at);
	add_broken_keys(building);
}

/* --- positions ---------------------------------------------------------- */

static bool
is_taken(const struct building *building, const struct ledger_spot *spot)
{
	if (!selector_takes_topic(building->selector, spot->topic))
		return false;
	return spot->state == LEDGER_LIVE ||
	    (building->is_last_known && spot->state == LEDGER_GONE &&
		spot->value.record_offset >= 0);
}

/* What is no position: a hole, or nothing. */
static void
note_absence(struct building *building, const struct ledger_spot *spot)
{
	if (!selector_takes_topic(building->selector, spot->topic))
		return;
	if (spot->state == LEDGER_UNREADABLE)
		rescueholes_unreadable(&building->holes, spot);
	else if (spot->state == LEDGER_UNSEEN && spot->is_bound)
		rescueholes_bound(&building->holes, spot);
	else if (spot->state == LEDGER_GONE && building->is_last_known)
		rescueholes_compacted(&building->holes, spot);
}

static int
compare_spots(const void *left, const void *right)
{
	const struct ledger_spot *const *a = left, *const *b = right;
	const int order = bytes_compare((*a)->topic, (*b)->topic);

	if (order != 0)
		return order;
	return ((*a)->partition > (*b)->partition) -
	    ((*a)->partition < (*b)->partition);
}

/* Its positions, in order; what is none of them becomes a hole. */
static void
gather(struct building *building, const struct ledger_group *group)
{
	building->spot_count = 0;
	for (const struct ledger_spot *spot = group->spots; spot != NULL;
	     spot = spot->next) {
		if (!is_taken(building, spot)) {
			note_absence(building, spot);
		} else if (!rescuetopics_agrees(&building->topics, spot)) {
			rescueholes_elsewhere(&building->holes, spot);
		} else {
			building->spots = xgrow(building->spots,
			    building->spot_count, &building->spot_capacity,
			    sizeof(*building->spots));
			building->spots[building->spot_count++] = spot;
		}
	}
	if (building->spot_count > 0)
		qsort(building->spots, building->spot_count,
		    sizeof(*building->spots), compare_spots);
}

/* One topic of the group: the spots from first on that stand on it. */
static size_t
write_topic(struct building *building, size_t first, struct group_topic *out)
{
	struct arena *arena = &building->out->arena;
	const struct ledger_spot *const *spots = building->spots + first;
	size_t count = 1;

	while (first + count < building->spot_count &&
	    spots[count]->topic.data == spots[0]->topic.data)
		count++;
	out->positions = arena_alloc(arena, count, sizeof(*out->positions));
	out->count = count;
	for (size_t at = 0; at < count; at++) {
		struct position position;

		out->topic = rescuetopics_use(&building->topics, spots[at]);
		position = ledgermodel_position(spots[at]);
		out->positions[at] = position_copy(arena, &position);
	}
	return count;
}

static void
write_positions(struct building *building, struct group *group)
{
	const char *last = NULL;
	size_t topics = 0;

	for (size_t at = 0; at < building->spot_count; at++) {
		topics += building->spots[at]->topic.data != last;
		last = building->spots[at]->topic.data;
	}
	group->topics =
	    arena_alloc(&building->out->arena, topics, sizeof(*group->topics));
	for (size_t at = 0; at < building->spot_count;)
		at += write_topic(
		    building, at, &group->topics[group->topic_count++]);
}

/* --- groups ------------------------------------------------------------- */

static const char *
word(struct building *building, const char *text)
{
	return arena_text(
	    &building->out->arena, text == NULL ? "unknown" : text);
}

/* What is left of it is what it was last. */
static void
write_dead(struct building *building, const struct ledger_group *group,
    struct group *out)
{
	out->type = group->type;
	out->state = word(building, "Dead");
	out->protocol_type =
	    word(building, ledgermodel_last_protocol_type(group));
	if (out->protocol_type[0] == '\0')
		out->type = GROUP_CLASSIC;
}

static void
write_type(struct building *building, const struct ledger_group *group,
    struct group *out)
{
	if (building->is_last_known && group->live_count == 0 &&
	    group->state != LEDGER_LIVE) {
		write_dead(building, group, out);
		return;
	}
	/* A record of it may have been compacted away since. */
	if (group->state == LEDGER_UNSEEN &&
	    !is_exact(building, group->partition)) {
		out->state = word(building, NULL);
		out->protocol_type = word(building, NULL);
		return;
	}
	out->type = ledgermodel_type(group);
	out->state = word(building, ledgermodel_state(group));
	out->protocol_type = word(building, ledgermodel_protocol_type(group));
	out->state_ms = ledgermodel_state_ms(group);
}

static struct group *
begin_group(struct building *building, struct bytes name)
{
	const struct rescue_job *job = building->job;
	struct snapshot *out = building->out;
	struct group *group = &out->groups[out->group_count++];

	*group = (struct group){
		.name = arena_bytes(&out->arena, name),
		.type = GROUP_UNKNOWN,
		.state_ms = -1,
		.coordinator = -1,
		.read_start_ms =
		    building->is_last_known ? job->start_ms : job->at_ms,
		.read_end_ms =
		    building->is_last_known ? job->end_ms : job->at_ms,
	};
	return group;
}

/* Records elsewhere than at home may tell what it had then. */
static bool
is_stray(const struct building *building, const struct ledger_group *group)
{
	if (group->stray_ms < 0)
		return false;
	return ledger_group_is_doubtful(group) ||
	    (!building->is_last_known &&
		group->first_ms > building->job->at_ms);
}

static void
write_group(struct building *building, const struct ledger_group *group)
{
	const size_t holes = building->out->hole_count;
	struct group *out;

	gather(building, group);
	if (is_stray(building, group))
		rescueholes_stray(&building->holes, group);
	/* A share group keeps its positions elsewhere. */
	if (building->spot_count == 0 && building->out->hole_count == holes &&
	    (group->state != LEDGER_LIVE || group->type == GROUP_SHARE))
		return;
	out = begin_group(building, group->name);
	write_type(building, group, out);
	write_positions(building, out);
}

static bool
is_written(const struct building *building, struct bytes name)
{
	for (size_t at = 0; at < building->out->group_count; at++)
		if (bytes_equal(building->out->groups[at].name, name))
			return true;
	return false;
}

/* All of the partition that a group is at home in was read, as of then. */
static bool
is_read(const struct building *building, int32_t partition)
{
	const struct rescue_job *job = building->job;

	for (size_t at = 0; at < job->gap_count; at++)
		if (job->gaps[at].partition < 0 ||
		    job->gaps[at].partition == partition)
			return false;
	return is_exact(building, partition);
}

/* A group that was asked for by name was not there, if that can be told. */
static void
write_named(struct building *building)
{
	const int32_t count = building->job->partition_count;

	if (building->out->info.scope != SCOPE_NAMED || count <= 0)
		return;
	for (size_t at = 0; at < selector_named_count(building->selector);
	     at++) {
		const struct bytes name =
		    selector_named_at(building->selector, at);
		struct group *group;

		if (is_written(building, name) ||
		    !is_read(building, coordinator_partition(name, count)))
			continue;
		group = begin_group(building, name);
		group->state = word(building, NULL);
		group->protocol_type = word(building, NULL);
	}
}

static void
write_groups(struct building *building)
{
	const struct ledger *ledger = building->job->ledger;
	struct snapshot *out = building->out;

	for (size_t at = 0; at < ledger->group_count; at++) {
		const struct ledger_group *group = ledger->list[at];

		if (!selector_takes_group(building->selector, group->name))
			continue;
		for (const struct ledger_spot *spot = group->spots;
		     spot != NULL; spot = spot->next)
			if (is_taken(building, spot))
				rescuetopics_see(&building->topics, spot);
	}
	out->groups = arena_alloc(&out->arena,
	    ledger->group_count + selector_named_count(building->selector),
	    sizeof(*out->groups));
	for (size_t at = 0; at < ledger->group_count; at++)
		if (selector_takes_group(
			building->selector, ledger->list[at]->name))
			write_group(building, ledger->list[at]);
	write_named(building);
}

/* --- the whole ---------------------------------------------------------- */

static void
write_info(struct building *building)
{
	const struct rescue_job *job = building->job;
	const struct ledger_counts *counts = &job->ledger->counts;
	struct snapshot_info *info = &building->out->info;

	env_id(job->env, info->id);
	(void)snprintf(
	    info->cluster_id, sizeof(info->cluster_id), "%s", job->cluster_id);
	(void)snprintf(info->writer, sizeof(info->writer), "%s", job->writer);
	info->reason = arena_text(&building->out->arena, job->reason);
	info->source = SOURCE_RESCUE;
	info->last_known = building->is_last_known;
	info->as_of_ms = building->is_last_known ? -1 : job->at_ms;
	info->from_ms = building->is_last_known ? job->start_ms : job->at_ms;
	info->to_ms = building->is_last_known ? job->end_ms : job->at_ms;
	info->scope =
	    selector_is_named(building->selector) ? SCOPE_NAMED : SCOPE_CLUSTER;
	info->scan.record_count = counts->record_count;
	info->scan.unknown_type_count = counts->unknown_type_count;
	info->scan.unknown_version_count = counts->unknown_version_count;
	info->scan.broken_count = counts->broken_count;
	info->selection =
	    selection_copy(&building->out->arena, &building->job->selection);
	selection_canonical(info->scope, &info->selection, info->last_known,
	    info->selection_hash);
}

/* Of groups given by name only their offsets partitions matter. */
static void
find_what_matters(struct building *building)
{
	const int32_t count = building->job->partition_count;

	if (!selector_is_named(building->selector) || count <= 0)
		return;
	building->matters = xcalloc((size_t)count, sizeof(bool));
	for (size_t at = 0; at < selector_named_count(building->selector); at++)
		building->matters[coordinator_partition(
		    selector_named_at(building->selector, at), count)] = true;
}

/* Too early: the two bounds that may have been meant. */
static int
refuse_time(const struct building *building, int64_t first_ms, struct err *err)
{
	const struct ledger *ledger = building->job->ledger;
	char at[TIME_RFC3339_MAX], first[TIME_RFC3339_MAX];
	int64_t exact_ms = first_ms;

	for (size_t index = 0; index < ledger->partition_count; index++)
		if (ledger->partitions[index].exact_ms > exact_ms)
			exact_ms = ledger->partitions[index].exact_ms;
	(void)err_set(err, ERR_REFUSED,
	    "%s is before the first record that " OFFSETS_TOPIC
	    " still has, of %s",
	    time_format(building->job->at_ms, at),
	    time_format(first_ms, first));
	err_hint(err,
	    "--at %s or later; history is exact in every partition from %s on; "
	    "or no --at: what each position held last",
	    first, time_format(exact_ms, at));
	return -1;
}

static int
check(const struct building *building, struct err *err)
{
	const struct ledger *ledger = building->job->ledger;
	int64_t first_ms = INT64_MAX;

	if (selector_is_named(building->selector) &&
	    selector_named_count(building->selector) == 0)
		return err_set(err, ERR_USAGE,
		    "every group that was named is also excluded");
	if (building->is_last_known || ledger->counts.record_count == 0 ||
	    ledger->counts.late_count < ledger->counts.record_count)
		return 0;
	for (size_t index = 0; index < ledger->partition_count; index++) {
		const struct ledger_partition *partition =
		    &ledger->partitions[index];

		if (partition->first_offset >= 0 &&
		    partition->first_ms < first_ms)
			first_ms = partition->first_ms;
	}
	return refuse_time(building, first_ms, err);
}

int
rescuebuild_run(
    const struct rescue_job *job, struct snapshot *out, struct err *err)
{
	struct building building = {
		.job = job,
		.out = out,
		.is_last_known = job->at_ms == RESCUE_LAST_KNOWN,
		.holes = { job->ledger, out, 0 },
	};
	uint64_t seed;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (selector_new(&job->selection, &building.selector, err) != 0)
		return -1;
	if (check(&building, err) != 0)
		goto out;
	job->env->random(job->env->context, &seed, sizeof(seed));
	rescuetopics_init(
	    &building.topics, seed, job->findings, job->at_ms, &out->arena);
	find_what_matters(&building);
	write_info(&building);
	write_groups(&building);
	rescuetopics_write(&building.topics, out);
	add_general_holes(&building);
	rescueholes_settle(&building.holes);
	model_sort(out);
	model_count(out);
	rescuetopics_release(&building.topics);
	rc = 0;
out:
	free(building.spots);
	free(building.matters);
	selector_free(building.selector);
	return rc;
}
